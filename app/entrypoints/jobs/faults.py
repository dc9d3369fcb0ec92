"""Faults by the clock: what should work by now and was not said to stays blocked, and its keepers are reminded."""

from __future__ import annotations

from datetime import datetime

from app.booking.actions import faults
from app.entrypoints.jobs.line import SYSTEM
from app.entrypoints.jobs.one_by_one import one_by_one, told
from app.timetable.store import faults as store


def run_faults(now: datetime) -> str:
    """Move on the end of every fault that nobody ended, each in a transaction of its own."""
    done = one_by_one(store.blocking(), lambda fault: faults.roll(SYSTEM, fault.id, now=now))
    moved = sum(done.answers)
    return told(f"blocked: {moved}" if moved else "", done)
