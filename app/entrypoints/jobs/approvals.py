"""Approvals by the clock: silence is consent or goes up; a request whose time has begun waits no longer."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from app.booking.actions import lapsing
from app.booking.store import chains
from app.database import transaction
from app.entrypoints.jobs.line import SYSTEM


def run_approvals(now: datetime) -> str:
    """End each time to answer that is over, a transaction each; and refuse what begins without an answer."""
    outcomes = [transaction(partial(lapsing.lapse, SYSTEM, booking_id, now=now)) for booking_id in chains.due(now)]
    begun = sum(transaction(partial(lapsing.expire, SYSTEM, booking_id, now=now)) for booking_id in chains.begun(now))
    counts = {word: outcomes.count(word) for word in dict.fromkeys(outcomes) if word}
    if begun:
        counts["unanswered"] = begun
    return ", ".join(f"{word}: {count}" for word, count in counts.items())
