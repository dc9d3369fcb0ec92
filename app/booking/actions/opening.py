"""Opening: new weekly hours, with every booking that they would leave outside shown first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.booking.store import looking
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.foundation.refusal import Reason, Refused
from app.foundation.timespan import Span
from app.timetable.actions import hours as timetable
from app.timetable.rules.hours import LeavesOutside, Opening, closed_parts
from app.timetable.store import hours as hours_store

MOST_SHOWN = 50


def set_hours(
    actor: Actor,
    scope: str,
    scope_id: int,
    mark: str,
    hours: Sequence[Opening],
    *,
    anyway: bool,
    now: datetime,
) -> int:
    """Set the weekly hours of a base or lab; how many coming bookings lie outside them.

    Raises Refused with a LeavesOutside for each of these (at most 50), unless `anyway`: they then stay as they are,
    seen and accepted. Nothing can be booked there meanwhile.
    """
    timetable.check_hours(actor, scope, scope_id, mark, hours, now)
    rooms = catalogue.room_ids(**{f"{scope}_id": scope_id})
    catalogue.hold_units(rooms)
    outside = outside_of(scope, scope_id, hours, now)
    if outside and not anyway:
        raise Refused(outside[:MOST_SHOWN])
    timetable.set_hours(actor, scope, scope_id, mark, hours, now=now)
    return len(outside)


def outside_of(scope: str, scope_id: int, hours: Sequence[Opening], now: datetime) -> list[Reason]:
    """Every coming booked time that does not lie wholly within the new hours."""
    dates = looking.dates_to_come(scope, scope_id, now)
    lab_ids = sorted({lab_id for *_, lab_id, _ in dates})
    base_ids = sorted({base_id for *_, base_id in dates})
    in_force = hours_store.openings(base_ids, lab_ids)
    found: list[Reason] = []
    for booking_id, unit_id, start, end, lab_id, base_id in dates:
        if scope == "base":
            if in_force.get(("lab", lab_id)):
                continue  # the lab's own hours hold there
            held_to: Sequence[Opening] = hours
        else:
            held_to = hours or in_force.get(("base", base_id), [])
        if closed_parts(held_to, Span(start, end)):
            found.append(LeavesOutside(booking_id, unit_id, start, end))
    return found
