"""Decisions of the timetable: when something is open, and what a class period or a teaching week means on the clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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


@dataclass(frozen=True, slots=True)
class TermForm:
    """What may be said of a term; no member means the whole consortium."""

    member_id: int | None
    name_zh: str
    name_en: str
    first_monday: date | None
    weeks: int | None


@dataclass(frozen=True, slots=True)
class BellForm:
    """What may be said of a bell table: its name and its class periods in order of their numbers."""

    member_id: int | None
    name_zh: str
    name_en: str
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class TermsOverlap(Reason):
    """The same member (or the consortium) already has a term in these weeks."""

    code = "terms_overlap"
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class PeriodsOverlap(Reason):
    """Class period `number` begins before the one before it has ended."""

    code = "periods_overlap"
    kind = "invalid"
    number: int


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


MOST_WEEKS = 60
MOST_PERIODS = 20
LONGEST_NAME = 80


def reasons_against_term(form: TermForm, others: Sequence[Term]) -> list[Reason]:
    """Everything wrong with a term; `others` are the terms there are besides it."""
    found = _reasons_against_names(form.name_zh, form.name_en)
    if form.first_monday is None:
        found.append(Invalid("first_monday", "missing"))
    elif form.first_monday.isoweekday() != 1:
        found.append(Invalid("first_monday", "not_a_monday"))
    elif not 1980 <= form.first_monday.year <= 2200:
        found.append(Invalid("first_monday", "out_of_range"))
    if form.weeks is None:
        found.append(Invalid("weeks", "missing"))
    elif not 1 <= form.weeks <= MOST_WEEKS:
        found.append(Invalid("weeks", "out_of_range"))
    if found or form.first_monday is None or form.weeks is None:
        return found
    last_day = form.first_monday + timedelta(days=7 * form.weeks - 1)
    return [
        TermsOverlap(other.name_zh, other.name_en)
        for other in others
        if other.member_id == form.member_id and other.first_monday <= last_day and form.first_monday <= other.last_day
    ]


def reasons_against_bell_table(form: BellForm) -> list[Reason]:
    """Everything wrong with a bell table: numbers run from 1, each period ends after it starts and before the next."""
    found = _reasons_against_names(form.name_zh, form.name_en)
    if not form.periods:
        found.append(Invalid("periods", "missing"))
    if len(form.periods) > MOST_PERIODS:
        found.append(Invalid("periods", "too_many"))
    for number, period in enumerate(form.periods, 1):
        if period.number != number:
            found.append(Invalid("periods", "numbers_not_in_order"))
            break
    found += [
        Invalid("periods", "backward")
        for period in form.periods
        if not 0 <= period.start_minute < period.end_minute <= 24 * 60
    ][:1]
    found += [
        PeriodsOverlap(after.number)
        for before, after in pairwise(form.periods)
        if after.start_minute < before.end_minute
    ]
    return found


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


def _reasons_against_names(name_zh: str, name_en: str) -> list[Reason]:
    found: list[Reason] = []
    for field, name in (("name_zh", name_zh), ("name_en", name_en)):
        if not name.strip():
            found.append(Invalid(field, "missing"))
        elif len(name) > LONGEST_NAME:
            found.append(Invalid(field, "too_long"))
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
