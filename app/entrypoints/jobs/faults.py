"""Faults by the clock: what should work by now and was not said to stays blocked, and its keepers are reminded."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from app.booking.actions import faults
from app.database import transaction
from app.entrypoints.jobs.line import SYSTEM
from app.timetable.store import faults as store


def run_faults(now: datetime) -> str:
    """Move on the end of every fault that nobody ended, each in a transaction of its own."""
    moved = sum(transaction(partial(faults.roll, SYSTEM, fault.id, now=now)) for fault in store.blocking())
    return f"blocked: {moved}" if moved else ""
