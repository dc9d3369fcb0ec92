"""The waiting list by the clock: offers that nobody answered go to the next, and whoever waits is looked at again."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from app.booking.actions import serving, waiting
from app.booking.store import waiting as store
from app.consortium.rules.office import Actor
from app.database import transaction

SYSTEM = Actor(0, "jobs", None, (), address="jobs")
"""In whose name the clock acts: nobody's."""


def run_line(now: datetime) -> str:
    """End each offer whose time is over, in a transaction of its own, so that the next is asked."""
    due = store.offers(due_at=now)
    ended = sum(transaction(partial(waiting.expire, SYSTEM, offer.id, now=now)) for offer in due)
    return f"offers: {ended}" if ended else ""


def run_sweep(now: datetime) -> str:
    """Look at everybody who waits, in the order of the line: some things come free in ways that tell nobody."""
    made = 0
    for standby in store.standbys(state="open"):
        found = transaction(partial(serving.sweep, SYSTEM, standby.id, now=now))
        made += found is not None
    return f"held: {made}" if made else ""
