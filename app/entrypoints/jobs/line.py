"""The waiting list by the clock: offers that nobody answered go to the next, and whoever waits is looked at again."""

from __future__ import annotations

from datetime import datetime

from app.booking.actions import serving, waiting
from app.booking.store import waiting as store
from app.consortium.rules.office import Actor
from app.entrypoints.jobs.one_by_one import one_by_one, told

SYSTEM = Actor(0, "jobs", None, (), address="jobs")
"""In whose name the clock acts: nobody's."""


def run_line(now: datetime) -> str:
    """End each offer whose time is over, in a transaction of its own, so that the next is asked."""
    done = one_by_one(store.offers(due_at=now), lambda offer: waiting.expire(SYSTEM, offer.id, now=now))
    ended = sum(done.answers)
    return told(f"offers: {ended}" if ended else "", done)


def run_sweep(now: datetime) -> str:
    """Look at everybody who waits, in the order of the line: some things come free in ways that tell nobody."""
    line = store.standbys(state="open")
    done = one_by_one(line, lambda standby: serving.sweep(SYSTEM, standby.id, now=now))
    made = sum(offer_id is not None for offer_id in done.answers)
    return told(f"held: {made}" if made else "", done)
