"""This moment: what is free now and until when, and what a door screen may tell, for many units in a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.booking.actions import looking
from app.booking.rules.moment import Stretch, stretches
from app.booking.rules.timeline import Use
from app.booking.store.looking import UnitLine
from app.consortium.rules.office import Actor
from app.foundation.timespan import Span, day_span, local_day
from app.timetable.rules.hours import open_spans
from app.timetable.store import hours as timetable


def rest_of_day(
    actor: Actor, lines: Sequence[UnitLine], now: datetime
) -> tuple[dict[int, list[Stretch]], dict[int, frozenset[int]]]:
    """Each unit's day from now on, by unit id, and the owner side of each; six statements at most."""
    day = day_span(local_day(now))
    uses, sides = looking.board(actor, lines, Span(now, day.end)) if lines else ({}, {})
    return of_units(lines, uses, now, day.end), sides


def of_units(
    lines: Sequence[UnitLine], uses: dict[int, list[Use]], start: datetime, end: datetime
) -> dict[int, list[Stretch]]:
    """What the time from `start` to `end`, within one day, is made of for each unit; one statement."""
    hours = timetable.openings(sorted({line.base_id for line in lines}), sorted({line.lab_id for line in lines}))
    day = local_day(start)
    found = {}
    for line in lines:
        openings = hours.get(("lab", line.lab_id)) or hours.get(("base", line.base_id)) or ()
        opened = open_spans(openings, [day]) if openings else None
        found[line.id] = stretches(
            uses.get(line.id, []), line.capacity, opened, int(start.timestamp()), int(end.timestamp())
        )
    return found
