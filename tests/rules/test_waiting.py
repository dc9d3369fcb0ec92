"""Whose turn it is when time comes free, what fits a standby, and how long it is held."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.availability import Space
from app.booking.rules.conflict import Situation, Taken
from app.booking.rules.fitting import SHORTEST_HOLD, first_fit, hold_until, windows_on_days
from app.booking.rules.request import Want
from app.booking.rules.waiting import (
    DISPLACED,
    FIRST_COME,
    OPEN,
    SERVED,
    Standby,
    StandbyForm,
    alternatives,
    days_of,
    in_line,
    is_no_wider,
    is_past,
    position,
    reached,
    reasons_against_standby,
    rewritten,
)
from app.catalogue.rules.unit import Unit
from app.foundation.timespan import DAY, Span, at_local
from app.timetable.rules.bell import BellForm, Bells, Period

pytestmark = pytest.mark.usefixtures("machine_zone")

MONDAY = date(2026, 9, 7)
NOW = at_local(MONDAY, 8 * 60)
LATHE, MILL, LASER = 1, 2, 3
BELLS = Bells((BellForm(None, "作息", "Bells", (Period(1, 480, 525), Period(2, 535, 580))),))


def standing_by(*units: int, **fields) -> StandbyForm:
    usual = {
        "quantity": 1,
        "first_day": MONDAY,
        "last_day": MONDAY + 13 * DAY,
        "weekdays": (2,),
        "from_minute": 13 * 60,
        "until_minute": 18 * 60,
        "minutes": 90,
        "periods": "",
        "title": "Milling",
        "purpose": "teaching",
    }
    return StandbyForm(units or (LATHE,), **(usual | fields))


def waiting(number: int, *units: int, rank: int = FIRST_COME, state: str = OPEN, hours: int = 0) -> Standby:
    return Standby(number, 1, 100 + number, 1, state, rank, NOW + timedelta(hours=hours), standing_by(*units))


def at(day: int, start: str, end: str) -> Span:
    minutes = [int(text[:2]) * 60 + int(text[3:]) for text in (start, end)]
    return Span(at_local(MONDAY + day * DAY, minutes[0]), at_local(MONDAY + day * DAY, minutes[1]))


def lathe_taken(*spans: Span) -> Space:
    unit = Unit(
        id=LATHE,
        lab_id=1,
        base_id=1,
        room_id=None,
        kind="machine",
        name_zh="车床",
        name_en="Lathe",
        capacity=1,
        needs_approval=False,
        holds_while_waiting=True,
        setup_minutes=0,
        cleaning_minutes=0,
        retired_on=None,
        sharing="external",
        party_ids=frozenset(),
    )
    situation = Situation({LATHE: unit}, {}, [Taken(LATHE, span, 1, exclusive=True) for span in spans])
    return Space((Want(LATHE),), situation, Span(at_local(MONDAY, 0), at_local(MONDAY + 14 * DAY, 0)))


def test_who_was_displaced_comes_first_then_who_came_first():
    early, late, displaced = waiting(1), waiting(2, hours=1), waiting(3, rank=DISPLACED, hours=9)
    assert in_line([late, displaced, early]) == [displaced, early, late]


def test_the_place_in_the_line_counts_who_wants_any_of_the_same():
    line = [waiting(1, MILL), waiting(2, LATHE, LASER, hours=1), waiting(3, LATHE, hours=2), waiting(4, LASER, hours=3)]
    assert [position(each, line) for each in line] == [1, 1, 2, 2]


def test_who_was_served_is_in_nobodys_way():
    assert position(waiting(2, hours=1), [waiting(1, state=SERVED)]) == 1


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({}, 2),
        ({"first_day": MONDAY + 14 * DAY, "last_day": MONDAY + 20 * DAY}, 1),
        ({"weekdays": (3,)}, 1),
        ({"from_minute": 18 * 60, "until_minute": 20 * 60, "minutes": 60}, 1),
        ({"periods": "3-4"}, 2),
    ],
)
def test_who_waits_for_another_time_is_not_before_one(fields, place):
    first = replace(waiting(1), form=standing_by(LATHE, **fields))
    assert position(waiting(2, hours=1), [first]) == place


def test_any_tuesday_afternoon_is_every_tuesday_between_the_days():
    assert days_of(standing_by()) == [MONDAY + DAY, MONDAY + 8 * DAY]


def test_the_earliest_time_that_fits_is_found():
    assert first_fit(standing_by(), lathe_taken(at(1, "12:00", "14:10")), BELLS).span == at(1, "14:10", "15:40")
    assert first_fit(standing_by(), lathe_taken(at(1, "12:00", "18:00")), BELLS).span == at(8, "13:00", "14:30")
    assert first_fit(standing_by(), lathe_taken(at(1, "12:00", "18:00"), at(8, "08:00", "17:00")), BELLS) is None


def test_a_start_lies_on_five_minutes():
    assert (
        first_fit(standing_by(), lathe_taken(at(1, "12:00", "14:02")), BELLS).span.start
        == at(1, "14:05", "18:00").start
    )


def test_only_what_came_free_is_offered():
    space = lathe_taken(at(1, "13:00", "14:00"))
    freed = at(8, "15:00", "16:00")
    found = first_fit(standing_by(), space, BELLS, [freed])
    assert found is None or found.span.overlaps(freed)
    assert first_fit(standing_by(minutes=300), lathe_taken(), BELLS, [freed]).span == at(8, "13:00", "18:00")
    assert first_fit(standing_by(), space, BELLS, [at(2, "13:00", "18:00")]) is None


def test_class_periods_are_wanted_exactly():
    standby = standing_by(periods="1-2", weekdays=(2,))
    assert first_fit(standby, lathe_taken(), BELLS).span == at(1, "08:00", "09:40")
    assert first_fit(standby, lathe_taken(at(1, "09:00", "09:30")), BELLS).span == at(8, "08:00", "09:40")
    assert first_fit(standing_by(periods="3-4"), lathe_taken(), BELLS) is None


def overnight(**fields) -> StandbyForm:
    """Tuesday 22:00 to Wednesday 6:00."""
    return standing_by(
        **{"last_day": MONDAY + DAY, "from_minute": 22 * 60, "until_minute": 24 * 60, "minutes": 8 * 60} | fields
    )


def test_the_very_time_that_was_lost_may_pass_midnight():
    night = Span(at(1, "22:00", "23:00").start, at(2, "05:00", "06:00").end)
    assert first_fit(overnight(), lathe_taken(), BELLS).span == night
    assert first_fit(overnight(), lathe_taken(at(2, "05:30", "07:00")), BELLS) is None
    assert first_fit(overnight(), lathe_taken(), BELLS, [at(2, "02:00", "03:00")]).span == night
    assert first_fit(overnight(), lathe_taken(), BELLS, [at(2, "06:00", "07:00")]) is None
    assert windows_on_days(overnight(), [at(2, "02:00", "03:00")]) == [Span(at(1, "00:00", "01:00").start, night.end)]


def test_the_very_time_that_was_lost_need_not_lie_on_five_minutes():
    exact = standing_by(from_minute=8 * 60 + 2, until_minute=9 * 60 + 1, minutes=59)
    assert first_fit(exact, lathe_taken(), BELLS).span == at(1, "08:02", "09:01")


def test_who_waits_for_a_night_is_before_whoever_waits_for_its_morning():
    night = replace(waiting(1), form=overnight())
    for minutes, place in (((5 * 60, 8 * 60), 2), ((6 * 60, 8 * 60), 1)):
        early = standing_by(weekdays=(3,), from_minute=minutes[0], until_minute=minutes[1], minutes=60)
        assert position(replace(waiting(2, hours=1), form=early), [night]) == place


def test_what_is_wanted_together_is_taken_together_or_not_at_all():
    both = replace(waiting(1), form=standing_by(LATHE, MILL, together=(1, 3)))
    assert alternatives(both, [MILL]) == alternatives(both, [MILL, LATHE]) == [(Want(LATHE, 1), Want(MILL, 3))]
    assert alternatives(both, [LASER]) == []
    assert alternatives(waiting(1, LATHE, MILL), [MILL, LATHE]) == [(Want(LATHE),), (Want(MILL),)]


def test_a_time_is_held_for_as_long_as_is_set_but_never_past_half_way():
    day = timedelta(days=1)
    assert hold_until(NOW, NOW + 10 * day, day) == NOW + day
    assert hold_until(NOW, NOW + day, day) == NOW + day / 2
    assert hold_until(NOW, NOW + timedelta(minutes=30), day) == NOW + SHORTEST_HOLD
    assert hold_until(NOW, NOW + timedelta(minutes=29), day) is None
    assert hold_until(NOW, NOW - day, day) is None


@given(st.integers(1, 60 * 24 * 30), st.integers(15, 60 * 24 * 7))
def test_whoever_is_asked_has_a_quarter_of_an_hour_and_the_next_has_time_too(left, hold):
    until = hold_until(NOW, NOW + timedelta(minutes=left), timedelta(minutes=hold))
    if until is None:
        assert left < 30
    else:
        assert SHORTEST_HOLD <= until - NOW <= timedelta(minutes=max(left / 2, 15))


def test_waiting_ends_with_the_last_day():
    assert not is_past(standing_by(), NOW + 13 * DAY)
    assert is_past(standing_by(), NOW + 14 * DAY)


def test_a_standby_says_everything_that_is_wrong_with_it():
    found = reasons_against_standby(
        standing_by(title=" ", minutes=301, weekdays=(), purpose="fun", headcount=0), MONDAY
    )
    assert [(each.field, each.problem) for each in found] == [
        ("weekdays", "missing"),
        ("minutes", "out_of_range"),
        ("title", "missing"),
        ("purpose", "unknown"),
        ("headcount", "out_of_range"),
    ]
    assert reasons_against_standby(standing_by(), MONDAY) == []


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"title": "Other words", "note": "x", "headcount": 3, "purpose": "research"},
        {"last_day": MONDAY + DAY},
        {"from_minute": 14 * 60},
        {"until_minute": 15 * 60},
    ],
)
def test_who_waits_for_less_keeps_her_place(fields):
    assert is_no_wider(standing_by(LATHE, MILL, **fields), standing_by(LATHE, MILL))


@pytest.mark.parametrize(
    "fields",
    [
        {"last_day": MONDAY + 20 * DAY},
        {"weekdays": (2, 3)},
        {"from_minute": 12 * 60},
        {"until_minute": 19 * 60},
        {"minutes": 60},
        {"minutes": 100},
        {"quantity": 2},
        {"periods": "1-2"},
        {"together": (1, 1)},
    ],
)
def test_who_waits_for_more_or_for_something_else_does_not(fields):
    assert not is_no_wider(standing_by(LATHE, MILL, **fields), standing_by(LATHE, MILL))


def test_fewer_units_are_less_but_not_of_what_is_wanted_together():
    assert is_no_wider(standing_by(MILL), standing_by(LATHE, MILL))
    assert not is_no_wider(standing_by(LATHE, LASER), standing_by(LATHE, MILL))
    both = standing_by(LATHE, MILL, together=(1, 3))
    assert is_no_wider(both, both)
    assert is_no_wider(standing_by(MILL, LATHE, together=(3, 1)), both)
    assert not is_no_wider(standing_by(LATHE), both)
    assert not is_no_wider(standing_by(LATHE, MILL, together=(1, 1)), both)
    assert not is_no_wider(standing_by(LATHE, MILL), both)


def test_a_night_is_no_less_when_it_begins_later():
    assert is_no_wider(overnight(title="x"), overnight())
    assert not is_no_wider(overnight(from_minute=23 * 60), overnight())


free_wishes = st.builds(
    standing_by,
    st.sampled_from((LATHE, MILL)),
    quantity=st.integers(1, 2),
    last_day=st.integers(1, 15).map(lambda n: MONDAY + n * DAY),
    weekdays=st.sets(st.integers(1, 7), min_size=1).map(lambda days: tuple(sorted(days))),
    from_minute=st.integers(0, 10).map(lambda n: n * 60),
    until_minute=st.integers(11, 24).map(lambda n: n * 60),
    minutes=st.sampled_from((60, 90, 26 * 60)),
)


@given(free_wishes, free_wishes)
def test_what_would_do_for_a_wish_that_keeps_its_place_would_have_done_before(form, was):
    if not is_no_wider(form, was):
        return
    assert set(form.unit_ids) <= set(was.unit_ids)
    assert all(any(each.contains(one) for each in reached(was)) for one in reached(form))


def test_what_was_lost_keeps_what_cannot_be_written():
    was = overnight(periods="", together=())
    assert rewritten(overnight(title="x"), was) == overnight(title="x")
    lesson = standing_by(periods="3-4", from_minute=600, until_minute=700, minutes=100)
    assert rewritten(replace(lesson, periods="", title="x"), lesson) == replace(lesson, title="x")
    assert rewritten(replace(lesson, periods="", until_minute=720), lesson).periods == ""
    both = standing_by(MILL, LATHE, together=(3, 1), quantity=3)
    assert rewritten(standing_by(LATHE, MILL, together=(3, 3), quantity=3), both) == both
    assert rewritten(standing_by(LATHE, LASER, together=(3, 3), quantity=3), both).together == (3, 3)


def test_the_very_length_that_was_lost_may_stay_but_nobody_asks_for_it_anew():
    assert [each.field for each in reasons_against_standby(overnight(), MONDAY)] == ["minutes"]
    assert reasons_against_standby(overnight(title="x"), MONDAY, overnight()) == []
    assert [each.field for each in reasons_against_standby(standing_by(together=(1,)), MONDAY)] == ["together"]
