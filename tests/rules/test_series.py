"""A weekly repetition means exactly the days a teacher would mark in her calendar."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.request import Slot
from app.booking.rules.series import MOST_DAYS, TimeOfDay, by_periods, days_of_weeks, days_until, moved_alike, slots_on
from app.foundation.timespan import Span, at_local, local_day, local_minute
from app.timetable.rules import Period, Term

TERM = Term(1, None, "秋", "Autumn", date(2025, 9, 1), 18)
BELL = [Period(1, 480, 525), Period(2, 535, 580), Period(3, 600, 645), Period(4, 655, 700)]
MONDAY = date(2025, 9, 1)


def test_weeks_and_weekdays_are_days_in_order_and_none_outside_the_term():
    assert days_of_weeks(TERM, [3, 1, 1], [4, 2]) == [
        date(2025, 9, 2),
        date(2025, 9, 4),
        date(2025, 9, 16),
        date(2025, 9, 18),
    ]
    assert days_of_weeks(TERM, [0, 19, 500], [2]) == []
    assert days_of_weeks(TERM, [1], [0, 8]) == []


def test_until_takes_both_ends_and_stops_at_an_absurd_one():
    assert days_until(MONDAY, date(2025, 9, 15), [1]) == [MONDAY, date(2025, 9, 8), date(2025, 9, 15)]
    assert days_until(MONDAY, date(2025, 8, 1), [1]) == []
    assert len(days_until(MONDAY, date.max, range(1, 8))) == MOST_DAYS
    assert days_until(date.max, date.max, [date.max.isoweekday()]) == [date.max]


def test_periods_are_clock_times_by_the_bell():
    assert by_periods(BELL, 2, 3) == TimeOfDay(535, 645, "2-3")
    assert by_periods(BELL, 2, 2) == TimeOfDay(535, 580, "2")
    assert by_periods(BELL, 3, 2) is None
    assert by_periods(BELL, 1, 9) is None


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
    assert moved_alike(slot, 7, None, BELL).periods == "1-2"
    moved = moved_alike(slot, 1, by_periods(BELL, 3, 4))
    assert (moved.periods, local_minute(moved.span.start)) == ("3-4", 600)
