"""A weekly repetition means exactly the days a teacher would mark in her calendar."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.request import Slot
from app.booking.rules.series import MOST_DAYS, InPeriods, TimeOfDay, by_periods, days_until, moved_alike, slots_on
from app.foundation.timespan import Span, at_local, local_day, local_minute
from app.timetable.rules.bell import BellForm, Bells, Period

WINTER = (Period(1, 480, 525), Period(2, 535, 580), Period(3, 600, 645), Period(4, 655, 700))
SUMMER = (Period(1, 450, 495), Period(2, 505, 550))
BELLS = Bells(
    (
        BellForm(None, "冬", "Winter", WINTER),
        BellForm(None, "夏", "Summer", SUMMER, from_on=date(2026, 5, 1), until_on=date(2026, 10, 1)),
    )
)
MONDAY = date(2025, 9, 1)


def test_until_takes_both_ends_and_stops_at_an_absurd_one():
    assert days_until(MONDAY, date(2025, 9, 15), [1]) == [MONDAY, date(2025, 9, 8), date(2025, 9, 15)]
    assert days_until(MONDAY, date(2025, 8, 1), [1]) == []
    assert len(days_until(MONDAY, date.max, range(1, 8))) == MOST_DAYS
    assert days_until(date.max, date.max, [date.max.isoweekday()]) == [date.max]


def test_class_periods_are_the_clock_times_that_ring_on_each_day():
    before, after = date(2026, 4, 30), date(2026, 5, 1)
    time = by_periods(BELLS, before, 1, 2)
    assert time == InPeriods(BELLS, "1-2")
    assert [(local_minute(slot.span.start), slot.span.minutes) for slot in slots_on([before, after], time)] == [
        (480, 100),
        (450, 100),
    ]
    assert by_periods(BELLS, before, 2, 2) == InPeriods(BELLS, "2")
    assert by_periods(BELLS, before, 3, 2) is None
    assert by_periods(BELLS, before, 1, 9) is None


def test_a_day_whose_table_lacks_the_periods_has_no_slot():
    time = by_periods(BELLS, date(2026, 4, 30), 3, 4)
    assert time is not None
    assert time.on(date(2026, 5, 1)) is None


def test_midnight_ends_its_own_day_and_a_later_minute_another():
    until_midnight, over = TimeOfDay(1320, 1440).on(MONDAY), TimeOfDay(1320, 1440 + 360).on(MONDAY)
    assert until_midnight
    assert over
    assert until_midnight.span.days() == [MONDAY]
    assert over.span.days() == [MONDAY, MONDAY + timedelta(days=1)]
    assert TimeOfDay(600, 600).on(MONDAY) is None


@given(st.integers(-400, 400), st.integers(0, 1380), st.integers(5, 900))
def test_moving_alike_keeps_the_time_of_day_and_the_length(days: int, start: int, minutes: int):
    slot = Slot(Span(at_local(MONDAY, start), at_local(MONDAY, start) + timedelta(minutes=minutes)))
    moved = moved_alike(slot, days, None)
    assert local_day(moved.span.start) == MONDAY + timedelta(days=days)
    assert local_minute(moved.span.start) == start
    assert moved.span.length == slot.span.length


def test_moving_alike_to_another_time_takes_its_periods_along():
    (slot,) = slots_on([MONDAY], TimeOfDay(480, 580, "1-2"))
    assert moved_alike(slot, 7, None, BELLS).periods == "1-2"
    moved = moved_alike(slot, 1, by_periods(BELLS, MONDAY, 3, 4))
    assert (moved.periods, local_minute(moved.span.start)) == ("3-4", 600)
