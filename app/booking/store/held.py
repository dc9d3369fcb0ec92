"""What is held of units from a moment on: what the catalogue must know before a unit shrinks or goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app.booking.rules.conflict import Taken
from app.booking.tables.bookings import Allocation
from app.catalogue.rules.unit import Held
from app.database import session
from app.foundation.timespan import Span


def held_from(unit_ids: Sequence[int], now: datetime) -> dict[int, Held]:
    """For each of these units of which anything is held after `now`: the most at one moment, and until when. One query.

    Whoever holds a unit whole counts as one: what is left of the unit is still a whole.
    """
    rows: dict[int, list[Taken]] = {}
    for unit_id, start, end, quantity, exclusive in session().execute(
        select(
            Allocation.unit_id, Allocation.starts_at, Allocation.ends_at, Allocation.quantity, Allocation.exclusive
        ).where(Allocation.unit_id.in_(list(unit_ids)), Allocation.ends_at > now, Allocation.holds)
    ):
        rows.setdefault(unit_id, []).append(Taken(unit_id, Span(max(start, now), end), quantity, exclusive))
    return {unit_id: _held(taken) for unit_id, taken in rows.items()}


def _held(taken: Sequence[Taken]) -> Held:
    changes = sorted(
        [(one.span.end, 0, -one.quantity) for one in taken] + [(one.span.start, 1, one.quantity) for one in taken]
    )
    now_held, most, most_at = 0, 0, changes[0][0]
    for at, _, quantity in changes:
        now_held += quantity
        if now_held > most:
            most, most_at = now_held, at
    return Held(most, most_at, max(one.span.end for one in taken))
