"""第3-10周(双) 周二 3-4节 as a booking understands it: real teaching dates at that day's bell, and what falls out by name."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.meetings import (
    NotRung,
    Picked,
    WeekOutsideTerm,
    WhenIncomplete,
    WhenUnclear,
    alone,
    meetings_in,
    meetings_picked,
    picked,
    plan,
    reasons_against_text,
    written,
)
from app.booking.rules.request import Slot
from app.booking.rules.series import TimeOfDay, moved_alike
from app.foundation.timespan import Span, at_local, local_minute
from app.timetable.rules.bell import BellForm, Bells, Period
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.days import DayRule, Holiday, days_of
from app.timetable.rules.term import Block, Term

WEEK1 = date(2026, 9, 7)
TERM = Term(7, None, "上学期", "Autumn", WEEK1, 18)
WINTER = tuple(Period(n, 480 + 60 * n, 525 + 60 * n) for n in range(1, 9))
SUMMER = tuple(Period(n, 470 + 60 * n, 515 + 60 * n) for n in range(1, 5))
BELLS = Bells(
    (
        BellForm(None, "冬", "Winter", WINTER),
        BellForm(None, "夏", "Summer", SUMMER, from_on=date(2026, 5, 1), until_on=date(2026, 10, 1)),
    )
)
OFF = [Holiday(2026, date(2026, 10, n), "国庆节", is_off=True) for n in range(1, 8)]
MAKE_UP = [DayRule(1, 1, None, date(2026, 10, 10), "on", "调休", "Make-up", date(2026, 10, 6))]
EXAMS = [Block(1, TERM.id, "exam", 18, 18, "", False, "考试周", "Exams")]


def college(rules=(), blocks=(), bells=BELLS) -> Calendar:
    return Calendar(None, (TERM,), tuple(blocks), days_of(OFF, rules, None), bells)


def said(text: str, calendar: Calendar, **more):
    meetings, reasons = reasons_against_text(text, TERM)
    assert not reasons
    return plan(calendar, TERM, meetings, **more)


def days(found) -> list[str]:
    return [f"{each.day:%m-%d}" for each in found.planned]


def test_even_weeks_of_three_to_ten_without_the_holiday_which_is_named():
    """Week 5 Tuesday is 6 October, a holiday; weeks 4, 6, 8, 10 are the even ones."""
    found = said("第3-10周(双) 周二 3-4节", college())
    assert days(found) == ["09-29", "10-13", "10-27", "11-10"]
    assert found.left_out == ()
    odd = said("第3-10周(单) 周二 3-4节", college())
    assert days(odd) == ["09-22", "10-20", "11-03"]
    [lost] = odd.left_out
    assert (lost.day, lost.week, lost.weekday, lost.periods, lost.why.name) == (
        date(2026, 10, 6),
        5,
        2,
        "3-4",
        "国庆节",
    )


def test_a_make_up_day_gives_the_lost_lesson_and_no_lesson_twice():
    found = said("第4-6周 周二 3-4节；第5周 周六 3-4节", college(MAKE_UP))
    assert days(found) == ["09-29", "10-10", "10-13"]
    assert [(each.week, each.weekday) for each in found.planned] == [(4, 2), (5, 2), (6, 2)]
    assert [(each.day, each.why.kind) for each in found.left_out] == [(date(2026, 10, 10), "runs")]


def test_each_date_is_at_the_bell_that_rings_that_day():
    found = said("第4,6周 周二 3-4节", college())
    assert [local_minute(each.slot.span.start) for each in found.planned] == [650, 660]
    assert {each.slot.periods for each in found.planned} == {"3-4"}


def test_periods_that_do_not_ring_on_a_day_are_said_of_that_day():
    found = said("第4,6周 周二 5-6节", college())
    assert days(found) == ["10-13"]
    [silent] = found.left_out
    assert (silent.why.kind, silent.not_rung) == ("silent", NotRung(date(2026, 9, 29), "5-6"))


def test_exam_weeks_fall_out_by_name():
    found = said("第17-18周 周二 3-4节", college(blocks=EXAMS))
    assert days(found) == ["12-29"]
    assert [each.why.name for each in found.left_out] == ["考试周"]


def test_who_accepts_the_days_that_fall_out_has_them_all():
    found = said("第5,18周 周二 3-4节", college(blocks=EXAMS), keep_lost=True)
    assert days(found) == ["10-06", "01-05"]
    assert [each.despite.name for each in found.planned] == ["国庆节", "考试周"]
    assert found.left_out == ()


def test_several_meetings_are_one_series_in_order_of_time():
    found = said("第3周 周四 1-2节；第3周 周二 3-4,7节", college(bells=Bells((BellForm(None, "x", "x", WINTER),))))
    assert [(f"{each.day:%m-%d}", each.slot.periods) for each in found.planned] == [
        ("09-22", "3-4"),
        ("09-22", "7"),
        ("09-24", "1-2"),
    ]


def test_by_the_clock_only_weeks_and_weekday_are_needed():
    meetings, reasons = reasons_against_text("第3-4周 周二", TERM, by_clock=True)
    assert not reasons
    found = plan(college(), TERM, meetings, TimeOfDay(600, 700))
    assert [(local_minute(each.slot.span.start), each.slot.periods) for each in found.planned] == [(600, ""), (600, "")]


def test_what_is_unclear_or_missing_is_named_and_nothing_is_guessed():
    def against(text):
        return reasons_against_text(text, TERM)[1]

    assert against("第3-10周 周八 3-4节") == [WhenUnclear("周八")]
    assert against("第3-10周 周二 abc节") == [WhenUnclear("abc节")]
    assert against("") == [WhenUnclear("")]
    assert against("周二 3-4节") == [WhenIncomplete("周二 3-4节", "weeks")]
    assert against("第3周 3-4节") == [WhenIncomplete("第3周 3-4节", "weekday")]
    assert against("第3周 周二 3-4节；第5周 周四") == [WhenIncomplete("第5周 周四", "periods")]
    assert against("第17-20周 周二 3-4节") == [WeekOutsideTerm("19-20周", date(2027, 1, 12), 18, "上学期", "Autumn")]


def test_a_single_date_on_a_holiday_stands_and_is_told():
    slot = Slot(Span(at_local(date(2026, 10, 6), 600), at_local(date(2026, 10, 6), 700)))
    [one] = alone(college(), [slot]).planned
    assert (one.slot, one.despite.kind, one.despite.name) == (slot, "off", "国庆节")
    make_up = Slot(Span(at_local(date(2026, 10, 10), 600), at_local(date(2026, 10, 10), 700)))
    [one] = alone(college(MAKE_UP), [make_up]).planned
    assert (one.week, one.weekday) == (5, 2)


numbers = st.sets(st.integers(1, 18), min_size=1).map(lambda each: tuple(sorted(each)))


@given(numbers, st.sets(st.integers(1, 7), min_size=1), st.integers(1, 8), st.integers(0, 3))
def test_words_and_pickers_say_the_same(weeks, weekdays, first, more):
    chosen = Picked(weeks, tuple(sorted(weekdays)), first, min(first + more, 8))
    meetings = meetings_picked(chosen)
    assert picked(meetings) == chosen
    assert meetings_in(written(meetings), TERM) == meetings


@given(numbers, st.sets(st.integers(1, 7), min_size=1), st.integers(1, 4), st.booleans())
def test_no_date_lies_outside_the_term_on_a_holiday_or_twice(weeks, weekdays, period, with_make_up):
    calendar = college(MAKE_UP if with_make_up else (), EXAMS)
    found = plan(calendar, TERM, meetings_picked(Picked(weeks, tuple(sorted(weekdays)), period, period)))
    slots = found.slots
    assert len(set(slots)) == len(slots)
    assert slots == sorted(slots, key=lambda slot: slot.span)
    for each in found.planned:
        assert WEEK1 <= each.day <= TERM.last_day
        assert calendar.runs(each.day) is not None
        assert calendar.week_of(each.day) != 18
    assert len(found.planned) + len(found.left_out) == len(weeks) * len(weekdays)


def test_a_date_moved_over_the_change_of_bells_stays_in_its_periods():
    """Tuesday of week 4 rings the summer table, a week later the winter table."""
    [one] = said("第4周 周二 3-4节", college()).slots
    moved = moved_alike(one, 14, None, BELLS)
    assert (moved.periods, local_minute(moved.span.start)) == ("3-4", 660)
    shortened = Slot(Span(one.span.start, one.span.end - timedelta(minutes=10)), "3-4")
    by_clock = moved_alike(shortened, 14, None, BELLS)
    assert (by_clock.periods, local_minute(by_clock.span.start)) == ("", 650)
