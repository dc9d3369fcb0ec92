"""Terms, class periods and opening hours: what they mean on the clock, and what is wrong with a badly written one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.foundation.timespan import Span, at_local
from app.timetable.rules.bell import BellForm, Period, reasons_against_bell_table, runs, span_of_periods
from app.timetable.rules.hours import Opening, closed_parts, open_spans, reasons_against_hours
from app.timetable.rules.term import Term, TermForm, reasons_against_term, term_on

pytestmark = pytest.mark.usefixtures("machine_zone")

MONDAY = date(2026, 9, 7)
TERM = Term(1, None, "秋季学期", "Autumn term", MONDAY, 20)
PERIODS = (Period(1, 480, 525), Period(2, 535, 580), Period(3, 605, 650))


def test_week_1_begins_on_the_first_monday():
    assert TERM.week_of(MONDAY) == 1
    assert TERM.week_of(MONDAY + timedelta(days=6)) == 1
    assert TERM.week_of(MONDAY + timedelta(days=7)) == 2


def test_outside_the_term_weeks_have_no_number():
    assert TERM.week_of(MONDAY - timedelta(days=1)) is None
    assert TERM.week_of(TERM.last_day + timedelta(days=1)) is None


@pytest.mark.parametrize("week", [1, 7, 20])
@pytest.mark.parametrize("weekday", [1, 3, 7])
def test_a_day_of_a_week_lies_in_that_week(week, weekday):
    day = TERM.day(week, weekday)
    assert (TERM.week_of(day), day.isoweekday()) == (week, weekday)


def test_a_members_own_term_comes_before_the_consortiums():
    own = replace(TERM, id=2, member_id=5, first_monday=MONDAY + timedelta(days=7))
    day = MONDAY + timedelta(days=10)
    assert term_on([TERM, own], day, 5) == own
    assert term_on([TERM, own], day, 6) == TERM
    assert term_on([TERM, own], MONDAY, 5) == TERM


def test_periods_become_clock_times():
    assert span_of_periods(PERIODS, MONDAY, 1, 2) == Span(at_local(MONDAY, 480), at_local(MONDAY, 580))
    assert span_of_periods(PERIODS, MONDAY, 2, 4) is None
    assert span_of_periods(PERIODS, MONDAY, 2, 1) is None


def test_runs_are_consecutive():
    assert runs([5, 1, 2, 2, 7]) == [(1, 2), (5, 5), (7, 7)]


def test_hours_with_days_of_their_own_hold_on_those_days_only():
    summer = Opening(1, 480, 720, from_on=MONDAY, until_on=MONDAY + timedelta(days=7))
    assert len(open_spans([summer], [MONDAY, MONDAY + timedelta(days=7)])) == 1


def test_without_hours_nothing_is_closed():
    assert closed_parts([], Span(at_local(MONDAY, 0), at_local(MONDAY, 1440))) == []


def form(**changes):
    return replace(TermForm(None, "秋季学期", "Autumn term", MONDAY, 20), **changes)


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"name_zh": " "}, "name_zh", "missing"),
        ({"name_en": "x" * 81}, "name_en", "too_long"),
        ({"first_monday": None}, "first_monday", "missing"),
        ({"first_monday": MONDAY + timedelta(days=1)}, "first_monday", "not_a_monday"),
        ({"first_monday": date(1900, 1, 1)}, "first_monday", "out_of_range"),
        ({"weeks": 0}, "weeks", "out_of_range"),
        ({"weeks": 61}, "weeks", "out_of_range"),
        ({"weeks": None}, "weeks", "missing"),
    ],
)
def test_a_badly_written_term_says_what_is_wrong(changes, field, problem):
    (reason,) = reasons_against_term(form(**changes), [])
    assert (reason.field, reason.problem) == (field, problem)


def test_everything_wrong_with_a_term_is_said_at_once():
    assert len(reasons_against_term(form(name_zh="", weeks=0, first_monday=None), [])) == 3


def test_two_terms_of_the_same_member_may_touch_but_not_overlap():
    after = form(first_monday=MONDAY + timedelta(days=140))
    assert reasons_against_term(after, [TERM]) == []
    (reason,) = reasons_against_term(form(first_monday=MONDAY + timedelta(days=133)), [TERM])
    assert reason.code == "terms_overlap"
    assert reasons_against_term(form(member_id=5), [TERM]) == []


def test_a_good_bell_table_has_nothing_against_it():
    assert reasons_against_bell_table(BellForm(None, "作息", "Bell", PERIODS)) == []


@pytest.mark.parametrize(
    ("periods", "code"),
    [
        ((), "invalid"),
        ((Period(2, 480, 525),), "invalid"),
        ((Period(1, 525, 480),), "invalid"),
        ((Period(1, 480, 1500),), "invalid"),
        ((Period(1, 480, 525), Period(2, 520, 560)), "periods_overlap"),
    ],
)
def test_a_badly_written_bell_table_says_what_is_wrong(periods, code):
    assert code in {reason.code for reason in reasons_against_bell_table(BellForm(None, "作息", "Bell", periods))}


def test_hours_of_a_day_may_touch_but_not_overlap():
    assert reasons_against_hours([Opening(1, 480, 720), Opening(1, 720, 1080)]) == []
    (reason,) = reasons_against_hours([Opening(1, 480, 721), Opening(1, 720, 1080), Opening(2, 0, 1440)])
    assert (reason.code, reason.weekday) == ("hours_overlap", 1)


def test_hours_that_end_before_they_start_are_refused():
    assert [reason.code for reason in reasons_against_hours([Opening(1, 720, 480)])] == ["invalid"]
