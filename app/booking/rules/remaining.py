"""Remaining: how much of one unit is taken and how much is left of it, moment by moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.booking.rules.conflict import Taken
from app.catalogue.rules.unit import Unit
from app.foundation.timespan import LATEST, Span, local_midnight, minus
from app.timetable.rules.hours import Opening, closed_parts


@dataclass(frozen=True, slots=True)
class Stretch:
    """So many of the unit taken over a time, and by what (booking, closure or maintenance); never by whom."""

    span: Span
    quantity: int
    cause: str


@dataclass(frozen=True, slots=True)
class Remaining:
    """A unit over a window: what is taken, in order of time, and where how much is left."""

    unit: Unit
    taken: tuple[Stretch, ...]
    free: tuple[tuple[Span, int], ...]


def remaining(unit: Unit, openings: Sequence[Opening], held: Sequence[Taken], window: Span) -> Remaining:
    """What is taken and what is left of a unit; `held` are the ledger's rows of it and of the room it stands in."""
    taken = sorted(
        (
            Stretch(span, _quantity(unit, each), each.cause)
            for each in held
            if _quantity(unit, each) and (span := each.span.clip(window))
        ),
        key=lambda stretch: (stretch.span, stretch.cause),
    )
    gone = [Span(local_midnight(unit.retired_on), LATEST)] if unit.retired_on else []
    usable = minus([window], [*closed_parts(openings, window), *gone])
    return Remaining(unit, tuple(taken), tuple(_left(unit.capacity, taken, usable)))


def _quantity(unit: Unit, held: Taken) -> int:
    """How much of the unit a row takes: all of it where the room is taken whole, or where it is the room itself."""
    if held.unit_id == unit.id:
        return unit.capacity if held.exclusive or unit.is_room else held.quantity
    return unit.capacity if held.exclusive and held.unit_id == unit.room_id else 0


def _left(capacity: int, taken: Sequence[Stretch], usable: Sequence[Span]) -> list[tuple[Span, int]]:
    steps: dict[datetime, int] = {}
    for each in taken:
        steps[each.span.start] = steps.get(each.span.start, 0) + each.quantity
        steps[each.span.end] = steps.get(each.span.end, 0) - each.quantity
    moments = sorted(steps)
    found: list[tuple[Span, int]] = []
    at, used = 0, 0
    for span in usable:
        start = span.start
        while at < len(moments) and moments[at] <= start:
            used, at = used + steps[moments[at]], at + 1
        while start < span.end:
            end = min(moments[at], span.end) if at < len(moments) else span.end
            _note(found, start, end, capacity - used)
            start = end
            while at < len(moments) and moments[at] <= start:
                used, at = used + steps[moments[at]], at + 1
    return found


def _note(found: list[tuple[Span, int]], start: datetime, end: datetime, left: int) -> None:
    """Add a free stretch; one that goes on with as much left makes the last one longer."""
    if left <= 0:
        return
    if found and found[-1][0].end == start and found[-1][1] == left:
        found[-1] = (Span(found[-1][0].start, end), left)
    else:
        found.append((Span(start, end), left))
