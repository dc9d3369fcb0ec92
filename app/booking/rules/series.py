"""Series: which days a weekly repetition means and the clock time of each of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from app.booking.rules.request import Slot
from app.foundation.timespan import Span, at_local, local_day, local_minute
from app.timetable.rules.bell import Bells, label_of, span_of_label

MOST_DAYS = 500
"""A repetition is cut off here, past every limit on dates, so that an absurd end costs no time."""

NO_BELLS = Bells()


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


@dataclass(frozen=True, slots=True)
class InPeriods:
    """When in a day: class periods, at the clock times that ring on each day."""

    bells: Bells
    label: str

    def on(self, day: date) -> Slot | None:
        """The slot on a day; None where that day's bell table lacks one of the periods."""
        span = span_of_label(self.bells.on(day), day, self.label)
        return Slot(span, self.label) if span else None


def by_periods(bells: Bells, day: date, first: int, last: int) -> InPeriods | None:
    """Class periods `first` to `last` as they ring, or None where they are none on `day`."""
    found = InPeriods(bells, label_of(first, last))
    return found if found.on(day) else None


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


def slots_on(days: Iterable[date], time: TimeOfDay | InPeriods) -> list[Slot]:
    """The same time of day on each day, or the same class periods."""
    return [slot for day in days if (slot := time.on(day)) is not None]


def moved_alike(slot: Slot, days: int, time: TimeOfDay | InPeriods | None, bells: Bells = NO_BELLS) -> Slot:
    """A slot so many days later, at this time of day or, without one, at its own.

    Where it is what its class periods are by these bells, it stays in those, at the clock times of the new day.
    """
    was = local_day(slot.span.start)
    day = was + timedelta(days=days)
    if time is not None:
        moved = time.on(day)
        if moved is None:
            raise ValueError("the clock leaves nothing of this")
        return moved
    again = span_of_label(bells.on(day), day, slot.periods)
    if again is not None and span_of_label(bells.on(was), was, slot.periods) == slot.span:
        return Slot(again, slot.periods)
    start = at_local(day, local_minute(slot.span.start))
    moved_span = Span(start, start + slot.span.length)
    keeps = again == moved_span or not slot.periods or bells is NO_BELLS
    return Slot(moved_span, slot.periods if keeps else "")
