"""Remaining: reads what is left of one unit over a window."""

from __future__ import annotations

from app.booking.rules.remaining import Remaining, remaining
from app.booking.store import ledger
from app.catalogue.store import units as catalogue
from app.foundation.refusal import NotFound, Refused
from app.foundation.timespan import Span
from app.timetable.store import hours as timetable


def left_of(unit_id: int, window: Span) -> Remaining:
    """What is taken and left of a unit in a window, in three queries. Raises Refused(NotFound)."""
    unit = catalogue.units([unit_id]).get(unit_id)
    if unit is None:
        raise Refused(NotFound())
    hours = timetable.openings([unit.base_id], [unit.lab_id])
    openings = hours.get(("lab", unit.lab_id)) or hours.get(("base", unit.base_id)) or ()
    held = ledger.taken({unit_id, unit.room_id or unit_id}, [window])
    return remaining(unit, openings, held, window)
