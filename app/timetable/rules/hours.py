"""Opening hours: when something is open, and what is wrong with badly written hours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from app.foundation.refusal import Invalid, Reason
from app.foundation.timespan import Span, at_local, merged, minus


@dataclass(frozen=True, slots=True)
class Opening:
    """Weekly hours on one weekday (1 Monday … 7 Sunday), minutes of the wall clock, half-open, on days [from_on, until_on)."""

    weekday: int
    start_minute: int
    end_minute: int
    from_on: date | None = None
    until_on: date | None = None

    def applies(self, day: date) -> bool:
        return (
            day.isoweekday() == self.weekday
            and (self.from_on is None or self.from_on <= day)
            and (self.until_on is None or day < self.until_on)
        )


ALWAYS: tuple[Opening, ...] = ()
"""No hours declared: open at all times."""


@dataclass(frozen=True, slots=True)
class HoursOverlap(Reason):
    """Two of a weekday's opening hours run into each other."""

    code = "hours_overlap"
    kind = "invalid"
    weekday: int


@dataclass(frozen=True, slots=True)
class LeavesOutside(Reason):
    """New hours would leave this booked time outside them."""

    code = "leaves_outside"
    booking_id: int
    unit_id: int
    start: datetime
    end: datetime


def reasons_against_hours(hours: Sequence[Opening]) -> list[Reason]:
    """Everything wrong with a week's opening hours."""
    found: list[Reason] = []
    if any(not 0 <= each.start_minute < each.end_minute <= 24 * 60 for each in hours):
        found.append(Invalid("hours", "backward"))
    for weekday in range(1, 8):
        ordered = sorted((each.start_minute, each.end_minute) for each in hours if each.weekday == weekday)
        if any(second[0] < first[1] for first, second in pairwise(ordered)):
            found.append(HoursOverlap(weekday))
    return found


def open_spans(openings: Sequence[Opening], days: Iterable[date]) -> list[Span]:
    """When it is open on these local days; touching hours become one."""
    return merged(
        Span(at_local(day, opening.start_minute), at_local(day, opening.end_minute))
        for day in days
        for opening in openings
        if opening.applies(day)
    )


def closed_parts(openings: Sequence[Opening], span: Span) -> list[Span]:
    """The parts of a span outside the opening hours. Without declared hours nothing is closed."""
    if not openings:
        return []
    return minus([span], open_spans(openings, span.days()))
