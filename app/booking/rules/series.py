"""Series: which days a weekly repetition means, and the clock time of each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.booking.rules.request import Slot
from app.foundation.timespan import Span, at_local, local_day, local_minute
from app.timetable.rules import Period, Term, span_of_periods

MOST_DAYS = 500
"""A repetition is cut off here, past every limit on dates, so that an absurd end costs no time."""


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """When in a day: minutes of the wall clock (an end at or before the start, or over 1440, is a later day), and periods."""

    start_minute: int
    end_minute: int
    periods: str = ""

    def on(self, day: date) -> Slot | None:
        """The slot on a day; None where the clock skipped so much that nothing is left."""
        start, end = at_local(day, self.start_minute), at_local(day, self.end_minute)
        return Slot(Span(start, end), self.periods) if start < end else None


def by_periods(periods: Sequence[Period], first: int, last: int) -> TimeOfDay | None:
    """Class periods `first` to `last` by this bell table, or None where it lacks one of them."""
    by_number = {period.number: period for period in periods}
    if first > last or first not in by_number or last not in by_number:
        return None
    label = str(first) if first == last else f"{first}-{last}"
    return TimeOfDay(by_number[first].start_minute, by_number[last].end_minute, label)


def days_of_weeks(term: Term, weeks: Iterable[int], weekdays: Iterable[int]) -> list[date]:
    """These weekdays (1 Monday … 7 Sunday) of these teaching weeks, in order; weeks outside the term are left out."""
    days = {
        term.day(week, weekday)
        for week in set(weeks)
        if 1 <= week <= term.weeks
        for weekday in set(weekdays)
        if 1 <= weekday <= 7
    }
    return sorted(days)


def days_until(first: date, last: date, weekdays: Iterable[int]) -> list[date]:
    """These weekdays from `first` to `last`, both included."""
    wanted = set(weekdays)
    found: list[date] = []
    day = first
    while day <= last and len(found) < MOST_DAYS:
        if day.isoweekday() in wanted:
            found.append(day)
        if day == date.max:
            break
        day += timedelta(days=1)
    return found


def slots_on(days: Sequence[date], time: TimeOfDay) -> list[Slot]:
    """The same time of day on each day."""
    return [slot for day in days if (slot := time.on(day)) is not None]


def moved_alike(slot: Slot, days: int, time: TimeOfDay | None, periods: Sequence[Period] = ()) -> Slot:
    """A slot so many days later, at this time of day or, without one, at its own.

    Where it was asked for in class periods that the bell table still has, it stays in those.
    """
    day = local_day(slot.span.start) + timedelta(days=days)
    if time is not None:
        moved = time.on(day)
        if moved is None:
            raise ValueError("the clock leaves nothing of this")
        return moved
    again = _in_periods(slot.periods, periods, day)
    if again is not None and again.minutes == slot.span.minutes:
        return Slot(again, slot.periods)
    start = at_local(day, local_minute(slot.span.start))
    return replace(slot, span=Span(start, start + slot.span.length))


def _in_periods(text: str, periods: Sequence[Period], day: date) -> Span | None:
    first, _, last = text.partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        return None
    return span_of_periods(periods, day, int(first), int(last or first))
