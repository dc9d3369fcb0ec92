"""Approvals by the clock: silence is consent or goes up; a request whose time has begun waits no longer."""

from __future__ import annotations

from datetime import datetime

from app.booking.actions import lapsing
from app.booking.store import chains
from app.entrypoints.jobs.line import SYSTEM
from app.entrypoints.jobs.one_by_one import one_by_one, told


def run_approvals(now: datetime) -> str:
    """Refuse what begins without an answer, then end each time to answer that is over, a transaction each.

    In this order: after days on which nothing ran, nobody is granted a time that has passed meanwhile.
    """
    begun = one_by_one(chains.begun(now), lambda booking_id: lapsing.expire(SYSTEM, booking_id, now=now))
    lapsed = one_by_one(chains.due(now), lambda booking_id: lapsing.lapse(SYSTEM, booking_id, now=now))
    counts = {word: lapsed.answers.count(word) for word in dict.fromkeys(lapsed.answers) if word}
    if ended := sum(begun.answers):
        counts["unanswered"] = ended
    return told(", ".join(f"{word}: {count}" for word, count in counts.items()), begun, lapsed)
