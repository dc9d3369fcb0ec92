"""Decisions of the timetable: when something is open, and what a class period or a teaching week means on the clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

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
class Period:
    """节次: one class period on the wall clock, half-open."""

    number: int
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class Term:
    """学期: week 1 begins on `first_monday`."""

    id: int
    member_id: int | None
    name_zh: str
    name_en: str
    first_monday: date
    weeks: int

    def day(self, week: int, weekday: int) -> date:
        """The date of a weekday (1–7) in a teaching week (from 1)."""
        return self.first_monday + timedelta(days=7 * (week - 1) + weekday - 1)

    def week_of(self, day: date) -> int | None:
        """The teaching week a day lies in, or None outside the term."""
        week = (day - self.first_monday).days // 7 + 1
        return week if 1 <= week <= self.weeks else None

    @property
    def last_day(self) -> date:
        return self.day(self.weeks, 7)


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


def span_of_periods(periods: Sequence[Period], day: date, first: int, last: int) -> Span | None:
    """The clock time of periods `first` to `last` on a day, or None where the bell table lacks one of them."""
    by_number = {period.number: period for period in periods}
    if first > last or first not in by_number or last not in by_number:
        return None
    return Span(at_local(day, by_number[first].start_minute), at_local(day, by_number[last].end_minute))


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Consecutive stretches: 1, 2, 5 → (1, 2), (5, 5)."""
    result: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if result and number == result[-1][1] + 1:
            result[-1] = (result[-1][0], number)
        else:
            result.append((number, number))
    return result


def term_on(terms: Sequence[Term], day: date, member_id: int | None = None) -> Term | None:
    """The term a day lies in: the member's own before the consortium's, the later-begun first."""
    fitting = [term for term in terms if term.week_of(day) is not None and term.member_id in (member_id, None)]
    return max(fitting, key=lambda term: (term.member_id is not None, term.first_monday), default=None)
