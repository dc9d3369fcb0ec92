"""What a row of a grid shows: every column once, and nothing taken looks free."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.timeline import FREE, PARTLY, Axis, Use, paint
from app.foundation.timespan import Span, at_local, day_span
from tests.rules.conftest import MONDAY

HOUR = 3600
MIDNIGHT = int(day_span(MONDAY).start.timestamp())


def hours(first, last):
    """One day of columns, each an hour wide."""
    return Axis([(MIDNIGHT + h * HOUR, MIDNIGHT + (h + 1) * HOUR) for h in range(first, last)], [last - first])


def use(start, end, state="others", quantity=1, whole=True, part=False, holds=True, booking=0):
    at = [MIDNIGHT + int(hour * HOUR) for hour in (start, end)]
    return Use(*at, state, quantity, whole, part, holds, booking, "booking", "", "", "", "")


def shown(axis, uses, capacity=1, row=None):
    runs = paint(axis, row or [FREE] * axis.length, uses, capacity)
    return [(run.state, run.span) for day in runs for run in day]


def test_an_empty_row_is_one_free_run():
    assert shown(hours(8, 18), []) == [("free", 10)]


def test_what_is_taken_covers_every_column_it_touches():
    assert shown(hours(8, 12), [use(9, 9.5)]) == [("free", 1), ("others", 1), ("free", 2)]


def test_touching_a_column_is_not_enough():
    assert shown(hours(8, 12), [use(7, 8), use(12, 13)]) == [("free", 4)]


def test_what_lies_between_two_periods_is_not_shown():
    axis = Axis([(0, 45), (55, 100)], [2])
    assert [run.state for run in paint(axis, [FREE, FREE], [Use(45, 55, *use(0, 1)[2:])])[0]] == ["free"]


def test_runs_never_cross_a_day():
    axis = Axis([(n * HOUR, (n + 1) * HOUR) for n in range(4)], [2, 2])
    taken = Use(0, 4 * HOUR, *use(0, 1)[2:])
    assert [[run.span for run in day] for day in paint(axis, [FREE] * 4, [taken])] == [[2], [2]]


def test_outside_opening_hours_it_is_closed_and_before_now_it_is_past():
    axis = hours(6, 12)
    open_from = Span(at_local(MONDAY, 7 * 60), at_local(MONDAY, 11 * 60))
    row = axis.empty([open_from], MIDNIGHT + 8 * HOUR)
    assert [run.state for run in row] == ["closed", "past", "free", "free", "free", "closed"]


def test_a_column_only_partly_open_is_closed():
    row = hours(8, 10).empty([Span(at_local(MONDAY, 8 * 60 + 30), at_local(MONDAY, 10 * 60))], 0)
    assert [run.state for run in row] == ["closed", "free"]


def test_always_open_is_free_from_now_on():
    assert [run.state for run in hours(8, 10).empty(None, MIDNIGHT + 9 * HOUR)] == ["past", "free"]


def test_mine_and_closures_come_before_others():
    axis = hours(8, 9)
    assert shown(axis, [use(8, 9, "mine"), use(8, 9)]) == [("mine", 1)]
    assert shown(axis, [use(8, 9, "closed"), use(8, 9, "mine")]) == [("closed", 1)]


def test_a_pool_shows_how_many_are_left_at_the_fullest_moment():
    axis = hours(8, 10)
    runs = paint(axis, [FREE] * 2, [use(8, 8.5, quantity=3, whole=False), use(8.5, 9, quantity=2, whole=False)], 5)
    assert [(run.state, run.span, run.left) for run in runs[0]] == [("free", 1, 2), ("free", 1, 0)]


def test_a_full_pool_is_taken_and_a_closed_one_is_closed():
    axis = hours(8, 9)
    assert shown(axis, [use(8, 9, quantity=5, whole=False)], 5) == [("others", 1)]
    assert shown(axis, [use(8, 9, "closed")], 5) == [("closed", 1)]


def test_my_part_of_a_pool_is_mine():
    assert shown(hours(8, 9), [use(8, 9, "mine", 1, whole=False, booking=4)], 5) == [("mine", 1)]


def test_a_room_with_something_taken_in_it_is_partly_taken():
    runs = paint(hours(8, 9), [FREE], [use(8, 9, whole=False, part=True)])
    assert runs[0][0] is PARTLY


def test_what_waits_without_holding_is_shown_only_as_waiting():
    assert shown(hours(8, 9), [use(8, 9, "waiting", holds=False)]) == [("waiting", 1)]


@st.composite
def uses(draw):
    start = draw(st.integers(0, 92))
    return use(
        start / 4,
        (start + draw(st.integers(1, 12))) / 4,
        draw(st.sampled_from(("mine", "others", "closed", "waiting"))),
        draw(st.integers(1, 3)),
        draw(st.booleans()),
    )


@given(st.lists(uses(), max_size=8), st.sampled_from((1, 3)))
def test_every_column_is_shown_once_and_nothing_full_looks_free(several, capacity):
    axis = hours(6, 20)
    runs = paint(axis, [FREE] * axis.length, several, capacity)
    assert sum(run.span for day in runs for run in day) == axis.length
    column = 0
    for run in runs[0]:
        for at in range(column, column + run.span):
            start, end = axis.starts[at], axis.ends[at]
            here = [each for each in several if each.start < end and start < each.end]
            if run.state == "free":
                assert all(not each.whole and capacity > 1 for each in here)
                for minute in range(start, end, 900):
                    held = sum(each.quantity for each in here if each.start <= minute < each.end)
                    assert held + max(run.left, 1) <= capacity or not here
            else:
                assert here
        column += run.span
