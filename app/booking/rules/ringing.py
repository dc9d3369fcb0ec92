"""Ringing: which bookings in class periods another set of bell tables would put at other clock times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.booking.rules.request import Slot
from app.foundation.refusal import Reason
from app.foundation.timespan import Span, local_day
from app.timetable.rules.bell import BellForm, Bells, span_of_label


@dataclass(frozen=True, slots=True)
class Remembered:
    """A coming date that was asked for in class periods, and by whose bells, where and for whom they ring."""

    date_id: int
    booking_id: int
    unit_id: int
    span: Span
    periods: str
    calendar_id: int | None
    campus: str
    learners: str


@dataclass(frozen=True, slots=True)
class RingsOtherwise(Reason):
    """A booked date whose class periods would ring at [new_start, new_end); None: they would not ring at all."""

    code = "rings_otherwise"
    booking_id: int
    date_id: int
    unit_id: int
    periods: str
    start: datetime
    end: datetime
    new_start: datetime | None
    new_end: datetime | None

    @property
    def slot(self) -> Slot | None:
        """Where the date would go."""
        if self.new_start is None or self.new_end is None:
            return None
        return Slot(Span(self.new_start, self.new_end), self.periods)


@dataclass(frozen=True, slots=True)
class BookingsRing(Reason):
    """So many coming dates were asked for in class periods that would ring at other times; somebody must choose."""

    code = "bookings_ring"
    dates: int
    bookings: int


@dataclass(frozen=True, slots=True)
class PeriodsGone(Reason):
    """The class periods that this date was asked for in would not ring any more: there is nowhere to move it to."""

    code = "periods_gone"
    periods: str


def rung_otherwise(
    dates: Iterable[Remembered], before: Sequence[BellForm], after: Sequence[BellForm]
) -> list[RingsOtherwise]:
    """The dates whose class periods ring at other times by the tables `after` than by those `before`, in their order.

    A date that lies at the new time already is none of them.
    """
    old = {whose: _of(before, whose) for whose in {date.calendar_id for date in dates}} if before else {}
    new: dict[int | None, Bells] = {}
    found = []
    for date in dates:
        bells = new.setdefault(date.calendar_id, _of(after, date.calendar_id))
        was, is_now = (_rings(each, date) for each in (old.get(date.calendar_id, Bells()), bells))
        if was == is_now or is_now == date.span:
            continue
        start, end = (is_now.start, is_now.end) if is_now else (None, None)
        found.append(
            RingsOtherwise(
                date.booking_id, date.date_id, date.unit_id, date.periods, date.span.start, date.span.end, start, end
            )
        )
    return found


def _of(tables: Sequence[BellForm], member_id: int | None) -> Bells:
    return Bells(tuple(table for table in tables if table.member_id in (None, member_id)))


def _rings(bells: Bells, date: Remembered) -> Span | None:
    day = local_day(date.span.start)
    return span_of_label(bells.at(date.campus, date.learners).on(day), day, date.periods)
