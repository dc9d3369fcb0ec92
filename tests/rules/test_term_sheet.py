"""A term's lessons become the cells of a printed timetable: each stands once, with its weeks, and nothing taken looks free."""

from __future__ import annotations

from datetime import date

from hypothesis import given as drawn
from hypothesis import strategies as st

from app.booking.rules.term_sheet import (
    BOOKING,
    LESSON,
    TAKEN,
    Given,
    What,
    cells,
    periods_of,
    table,
    where_in_term,
)
from app.foundation.timespan import at_local
from app.timetable.rules.bell import Period
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.days import DayRule, Days, days_of
from app.timetable.rules.term import Term
from app.timetable.rules.weeks import weeks_text

TURNING = What(LESSON, "数控加工", "机制2301", "王老师")
WELDING = What(LESSON, "焊接工艺", "焊接2302", "李老师")
MILLING = What(BOOKING, "样件试制")
BELLS = (Period(1, 480, 525), Period(2, 535, 580), Period(3, 600, 645), Period(4, 655, 700))
MONDAY = date(2025, 9, 1)
TERM = Term(1, None, "秋", "Autumn", MONDAY, 18)


def lesson(weeks, what, weekday=2, periods=(1, 2), clock=""):
    return [Given(week, weekday, periods, clock, what) for week in weeks]


def written(found):
    """`2 1-2: 1-8周 数控加工` for each line of each cell."""
    return [
        f"{cell.weekday} {cell.first}-{cell.last}: {weeks_text(entry.weeks)} {entry.what.title or entry.what.kind}"
        for cell in found
        for entry in cell.entries
    ]


def test_a_lesson_of_eight_weeks_is_one_line():
    assert written(cells(lesson(range(1, 9), TURNING))) == ["2 1-2: 1-8周 数控加工"]


def test_two_lessons_in_turn_share_their_cell():
    found = cells(lesson(range(1, 9), TURNING) + lesson(range(9, 17), WELDING))
    assert written(found) == ["2 1-2: 1-8周 数控加工", "2 1-2: 9-16周 焊接工艺"]
    assert len(found) == 1


def test_odd_weeks_stay_odd():
    assert written(cells(lesson(range(1, 16, 2), TURNING))) == ["2 1-2: 1-15周(单) 数控加工"]


def test_the_same_words_in_other_periods_are_another_cell():
    found = cells(lesson([1, 2], TURNING) + lesson([1, 2], TURNING, periods=(3, 4)))
    assert [(cell.first, cell.last) for cell in found] == [(1, 2), (3, 4)]


def test_lessons_that_share_a_period_share_a_cell_that_covers_both():
    found = cells(lesson([1], TURNING) + lesson([2], WELDING, periods=(1, 2, 3, 4)))
    assert [(cell.first, cell.last, len(cell.entries)) for cell in found] == [(1, 4, 2)]


def test_what_was_booked_by_the_clock_stands_in_every_cell_it_touches_and_joins_none():
    found = cells(lesson([1], TURNING) + lesson([9], MILLING, periods=(2, 3), clock="09:00–10:30"))
    assert written(found) == ["2 1-2: 1周 数控加工", "2 1-2: 9周 样件试制", "2 3-3: 9周 样件试制"]


def test_what_lies_outside_all_periods_stands_below_them():
    found = cells(lesson([3], MILLING, periods=(), clock="12:00–13:00"))
    assert [(cell.first, cell.last) for cell in found] == [(0, 0)]
    assert [line.number for line in table(found, [1, 2], [1, 2])] == [1, 2, 0]


def test_what_strangers_may_not_know_is_one_line_whoever_holds_it():
    hidden = What(TAKEN)
    assert written(cells(lesson([1, 3], hidden) + lesson([2], hidden))) == ["2 1-2: 1-3周 taken"]


def test_a_cell_of_two_periods_reaches_over_two_rows():
    lines = table(cells(lesson([1], TURNING)), [1, 2, 3, 4], [1, 2])
    assert [[rows for _, rows in line.cells] for line in lines] == [[1, 2], [1, 0], [1, 1], [1, 1]]


def test_periods_that_no_bell_knows_get_a_row_all_the_same():
    lines = table(cells(lesson([1], TURNING, periods=(11, 12))), [1, 2], [2])
    assert [line.number for line in lines] == [1, 2, 11, 12]


def test_a_remembered_label_counts_before_the_clock():
    start, end = (int(at_local(MONDAY, minute).timestamp()) for minute in (600, 700))
    assert periods_of("1-2", BELLS, MONDAY, start, end) == (1, 2)
    assert periods_of("", BELLS, MONDAY, start, end) == (3, 4)
    assert periods_of("", BELLS, MONDAY, start, start) == ()


def make_up(day, stands_for) -> Days:
    return days_of([], [DayRule(1, 1, None, day, "on", "补课", "", stands_for)], None)


def test_a_lesson_on_a_make_up_day_stands_under_the_day_it_makes_up_for():
    """27 Sep 2025 (a Saturday) runs the timetable of the lost 30 Sep: week 5, Tuesday."""
    calendar = Calendar(None, [TERM], days=make_up(date(2025, 9, 27), date(2025, 9, 30)))
    assert where_in_term(calendar, TERM, date(2025, 9, 27), is_lesson=True) == (5, 2)
    assert where_in_term(calendar, TERM, date(2025, 9, 27), is_lesson=False) == (4, 6)
    assert where_in_term(calendar, TERM, date(2026, 5, 1), is_lesson=True) is None


@drawn(
    st.lists(
        st.builds(
            lambda week, weekday, first, length, timed, what: Given(
                week, weekday, tuple(range(first, first + length)), "x" if timed else "", what
            ),
            st.integers(1, 18),
            st.integers(1, 7),
            st.integers(1, 10),
            st.integers(1, 4),
            st.booleans(),
            st.sampled_from([TURNING, WELDING, MILLING]),
        ),
        max_size=30,
    )
)
def test_every_taken_period_is_covered_and_no_two_cells_meet(dates):
    found = cells(dates)
    covered = [(cell.weekday, number) for cell in found for number in range(cell.first, cell.last + 1)]
    assert len(covered) == len(set(covered))
    assert set(covered) >= {(each.weekday, number) for each in dates for number in each.periods}
    for each in dates:
        assert any(
            each.week in entry.weeks and entry.what == each.what and cell.weekday == each.weekday
            for cell in found
            for entry in cell.entries
        )
    for line in table(found, range(1, 14), range(1, 8)):
        assert len(line.cells) == 7
