"""What is offered instead of a refused request: ranked, each with its reasons, and each of it can be had as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.alike import Instead, Place, Similar, Thing, best_of, instead_of, sets_instead, sort_of
from app.booking.rules.alternatives import Alternative, alternatives
from app.booking.rules.conflict import reasons_to_refuse
from app.booking.rules.limits import Ground, Quota, UnitLimits, Use
from app.booking.rules.request import Asked, Slot, Want
from app.foundation.timespan import DAY, Span, at_local, local
from tests.rules.conftest import MONDAY, Told
from tests.rules.test_availability import TWO_DAYS, spans, worlds

WEEKS = Span(at_local(MONDAY - 3 * DAY, 0), at_local(MONDAY + 27 * DAY, 0))
HERE = Place(1, 1, 1, "east")


def instead(told: Told, *names: str, where: str = "lab", same: bool = True) -> list[Instead]:
    others = [Instead((Want(told.units[name].id, told.wants[0].quantity),), where, same) for name in names]
    return [Instead(told.wants), *others]


def offered(told: Told, sets: Sequence[Instead], limit: int = 6, ground: Ground | None = None) -> list[Alternative]:
    return alternatives(told.asked, replace(told.situation, ground=ground), sets, WEEKS, limit=limit)


def name_of(told: Told, unit_id: int) -> str:
    return next(name for name, unit in told.units.items() if unit.id == unit_id)


def said(told: Told, found: Sequence[Alternative]) -> list[str]:
    """`unit lathe2 08:00` : the kind, the units of each part, and when its first date begins."""
    return [
        f"{each.kind} {'+'.join(name_of(told, part.wants[0].unit_id) for part in each.parts)} "
        f"{local(each.slots[0].span.start):%a %H:%M}"
        for each in found
    ]


# ── one date ──


def test_the_same_sort_at_the_same_time_goes_before_another_time(told):
    """
    unit R1 room / unit lathe1 in R1 / unit lathe2 in R1
    open 08:00-18:00
    taken lathe1 08:00-10:00 Wang
    asks lathe1 08:00-10:00 Li
    """
    found = offered(told, instead(told, "lathe2"))
    assert said(told, found)[:2] == ["unit lathe2 Mon 08:00", "time lathe1 Mon 10:00"]
    assert found[0].speaks_for == ("same_sort", "at_lab", "same_time", "at_once")
    assert found[1].speaks_for == ("same_units", "later", "at_once")


def test_soon_here_goes_before_now_in_another_house_and_that_before_tomorrow_here(told):
    """
    unit R1 room / unit lathe1 in R1 / unit R2 room / unit lathe2 in R2
    open 08:00-12:00
    taken lathe1 08:00-10:00 Wang
    asks lathe1 08:00-10:00 Li
    """
    found = said(told, offered(told, instead(told, "lathe2", where="city")))
    assert found[0] == "time lathe1 Mon 10:00"
    assert found.index("base lathe2 Mon 08:00") == 1


def test_ones_own_house_goes_before_others_and_says_so(told):
    """
    unit R1 room / unit lathe1 in R1 / unit R2 room / unit lathe2 in R2 / unit R3 room / unit lathe3 in R3
    open 08:00-10:00
    taken lathe1 08:00-10:00 Wang
    asks lathe1 08:00-10:00 Li
    """
    similar = [
        Similar(told.units[name].id, told.units[other].id, "city", True, host)
        for name, other, host in (("lathe1", "lathe2", 99), ("lathe1", "lathe3", 8))
    ]
    found = offered(told, sets_instead(told.asked, similar))
    assert said(told, found)[:2] == ["base lathe3 Mon 08:00", "base lathe2 Mon 08:00"]
    assert [each.speaks_for[1] for each in found[:2]] == ["at_own", "at_city"]


def test_the_best_of_each_kind_is_among_them_however_few_are_asked_for(told):
    """
    unit R1 room / unit lathe1 in R1 / unit lathe2 in R1 / unit R2 room / unit lathe3 in R2
    open 08:00-18:00
    taken lathe1 08:00-10:00 Wang
    asks lathe1 08:00-10:00 Li
    """
    sets = [*instead(told, "lathe2"), *instead(told, "lathe3", where="city")[1:]]
    assert [each.kind for each in offered(told, sets, limit=3)] == ["unit", "time", "base"]


def test_many_alike_leave_room_for_other_times(told):
    """
    unit R1 room / unit lathe1 in R1 / unit lathe2 in R1 / unit lathe3 in R1 / unit lathe4 in R1 / unit lathe5 in R1
    open 08:00-18:00
    taken lathe1 08:00-10:00 Wang
    asks lathe1 08:00-10:00 Li
    """
    found = said(told, offered(told, instead(told, "lathe2", "lathe3", "lathe4", "lathe5")))
    assert sum(each.endswith("Mon 08:00") for each in found) == 2
    assert sum(each.startswith("time") for each in found) >= 2
    assert len(found) == 6


def test_of_a_saturday_and_a_thursday_as_near_the_thursday_goes_before(told):
    """
    open 08:00-10:00
    taken Fri 08:00-10:00 Wang
    asks Fri 08:00-10:00 Li
    """
    assert said(told, offered(told, [Instead(told.wants)], limit=2))[0] == "time it Thu 08:00"


def test_another_sort_of_machine_is_last_and_says_so(told):
    """
    unit R1 room / unit lathe1 in R1 / unit mill in R1
    open 08:00-10:00
    taken lathe1 08:00-10:00 Wang
    asks lathe1 08:00-10:00 Li
    """
    first, *_ = offered(told, instead(told, "mill", same=False))
    assert first.speaks_for == ("other_sort", "at_lab", "same_time", "at_once")


def test_in_another_house_a_time_is_said_by_the_clock_for_it_may_ring_other_bells(told):
    """
    unit R1 room / unit lathe1 in R1 / unit R2 room / unit lathe2 in R2
    open 08:00-10:00
    taken lathe1 08:00-10:00 Wang
    asks lathe1 08:00-10:00 Li
    """
    found = [each for each in offered(told, instead(told, "lathe2", where="city")) if each.kind == "base"]
    assert found
    assert all(slot.periods == "" for each in found for slot in each.slots)


def test_what_needs_an_answer_first_is_a_little_worse_and_says_so(told):
    """
    unit R1 room / unit lathe1 in R1 / unit lathe2 in R1 / unit lathe3 in R1
    open 08:00-10:00
    taken lathe1 08:00-10:00 Wang
    asks lathe1 08:00-10:00 Li
    """
    told.units["lathe2"] = replace(told.units["lathe2"], needs_approval=True)
    found = offered(told, instead(told, "lathe2", "lathe3"))
    assert said(told, found)[:2] == ["unit lathe3 Mon 08:00", "unit lathe2 Mon 08:00"]
    assert found[1].speaks_for[-1] == "needs_approval"


# ── limits and quotas count ──


def test_nothing_sooner_than_the_lead_time_is_offered(told):
    """
    now 2026-09-07 07:00
    open 08:00-18:00
    taken 08:00-10:00 Wang
    asks 08:00-10:00 Li
    """
    now = at_local(MONDAY, 7 * 60)
    ground = Ground(now, {1: UnitLimits(lead=timedelta(hours=24))})
    found = offered(told, [Instead(told.wants)], ground=ground)
    assert found
    assert all(slot.span.start >= now + DAY for each in found for slot in each.slots)


def test_what_lies_off_the_blocks_is_answered_on_the_blocks(told):
    """
    open 08:00-18:00
    asks 08:10-09:00 Li
    """
    ground = Ground(at_local(MONDAY - 9 * DAY, 0), {1: UnitLimits(block_minutes=60, shortest=timedelta(hours=2))})
    first, *_ = offered(told, [Instead(told.wants)], ground=ground)
    assert [(f"{local(each.span.start):%a %H:%M}", each.span.minutes) for each in first.slots] == [("Mon 08:00", 120)]


def test_who_has_used_up_a_week_is_offered_another_week(told):
    """
    open 08:00-18:00
    asks Wed 08:00-10:00 Li
    """
    week = Span(at_local(MONDAY, 480), at_local(MONDAY, 600))
    ground = Ground(
        at_local(MONDAY - 9 * DAY, 0), quota=Quota(person_week=timedelta(hours=2)), uses=[Use(week, 1, 8, (9,))]
    )
    found = offered(told, [Instead(told.wants)], ground=ground)
    assert found
    assert all(not MONDAY <= local(each.slots[0].span.start).date() < MONDAY + 7 * DAY for each in found)


# ── a series ──


def test_a_series_comes_whole_elsewhere_or_moved_or_in_pieces_and_last_in_part(told):
    """
    unit R1 room / unit lathe1 in R1 / unit lathe2 in R1
    open Mon-Tue 08:00-10:00
    taken lathe1 2026-09-14 08:00-10:00 Wang
    taken lathe2 Mon 08:00-10:00 Zhao
    asks lathe1 weekly 3 08:00-10:00 Li
    """
    found = offered(told, instead(told, "lathe2"))
    assert [(each.kind, each.missing) for each in found] == [
        ("split", 0),
        ("time", 0),
        ("split", 0),
        ("part", 1),
        ("unit", 1),
    ]
    pieces = found[0]
    assert said(told, [pieces]) == ["split lathe1+lathe2 Mon 08:00"]
    assert [len(part.slots) for part in pieces.parts] == [2, 1]
    assert pieces.speaks_for == ("same_sort", "at_lab", "same_time", "all_dates", "several_bookings", "at_once")
    assert {len(each.parts) for each in found if each.kind == "split"} == {1, 2}


def test_the_rest_of_a_series_at_other_times_is_one_booking_that_never_meets_itself(told):
    """
    open 08:00-12:00
    taken 2026-09-14 08:00-10:00 Wang
    taken 2026-09-15 08:00-12:00 Wang
    asks weekly 3 08:00-10:00 Li
    asks 2026-09-15 08:00-10:00 Li
    """
    found = [each for each in offered(told, [Instead(told.wants)], limit=20) if each.kind == "split"]
    assert [(len(each.parts), len(each.slots)) for each in found] == [(1, 4)]
    starts = [f"{local(slot.span.start):%m-%d %H:%M}" for slot in found[0].slots]
    assert len(set(starts)) == 4
    assert starts[0] == "09-07 08:00"
    assert starts[-1] == "09-21 08:00"


def test_pieces_together_stay_within_a_quota(told):
    """
    unit R1 room / unit lathe1 in R1 / unit lathe2 in R1
    open 08:00-10:00
    taken lathe1 Tue 08:00-10:00 Wang
    asks lathe1 Mon 08:00-10:00 Li
    asks lathe1 Tue 08:00-10:00 Li
    """
    ground = Ground(at_local(MONDAY - 9 * DAY, 0), quota=Quota(person_week=timedelta(hours=2)))
    found = offered(told, instead(told, "lathe2"), limit=20, ground=ground)
    assert not [
        each
        for each in found
        if len(each.slots) > 1 and len({local(s.span.start).isocalendar()[1] for s in each.slots}) == 1
    ]


# ── which units would do ──


def test_of_several_units_those_in_the_way_are_replaced_together():
    asked = Asked((Want(1), Want(2), Want(3)), (), "teaching", "x", 8, 1)
    similar = [
        Similar(1, 11, "base"),
        Similar(1, 12, "lab"),
        Similar(2, 12, "lab"),
        Similar(2, 22, "lab"),
        Similar(3, 33, "lab"),
    ]
    found = sets_instead(asked, similar, [1, 2])
    assert [[want.unit_id for want in each.wants] for each in found] == [[1, 2, 3], [12, 22, 3], [11, 22, 3]]
    assert [each.where for each in found] == ["here", "lab", "base"]


def test_units_near_leave_room_for_units_far():
    similar = [Similar(1, 100 + n, "lab") for n in range(30)] + [Similar(1, 7, "city")]
    assert 7 in {each.unit_id for each in best_of(similar)}
    assert len(best_of(similar)) < 20


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        ("数控车床 3 号", "数控车床"),
        ("lathe 2", "lathe"),
        ("工业机器人工作站（二）", "工业机器人工作站"),
        ("3D 打印机", "3d 打印机"),
        ("Mill-B", "mill"),
        ("12", "12"),
    ],
)
def test_a_sort_is_the_name_without_what_tells_one_from_the_next(name, sort):
    assert sort_of(name, "") == (sort,)


def thing(unit_id: int, name: str, model: str = "", kind: str = "machine", place: Place = HERE, **more: int) -> Thing:
    return Thing(unit_id, kind, more.get("capacity", 1), sort_of(name, model), more.get("seats"), place)


def test_a_machine_of_the_same_name_or_model_would_do_anywhere():
    lathe, far = thing(1, "数控车床 1 号", "CK6140"), Place(9, 9, 9, "")
    assert instead_of(lathe, thing(2, "数控车床 2 号", "CK6140"), 1, {}) == Similar(1, 2, "lab", True, 1)
    assert instead_of(lathe, thing(2, "卧式车床", "ck6140", place=far), 1, {}) == Similar(1, 2, "city", True, 9)
    assert instead_of(lathe, thing(2, "铣床", "XK-7"), 1, {}) is None
    assert instead_of(lathe, thing(2, "车床"), 1, {}) == Similar(1, 2, "lab", False, 1)
    assert instead_of(lathe, thing(2, "车床", place=far), 1, {}) is None


def test_a_pool_must_have_as_many():
    welders = thing(1, "氩弧焊机", kind="pool", capacity=12)
    assert instead_of(welders, thing(2, "氩弧焊机", kind="pool", capacity=6), 8, {}) is None
    assert instead_of(welders, thing(2, "氩弧焊机", kind="pool", capacity=8), 8, {}) == Similar(1, 2, "lab", True, 1)


def test_a_lab_would_do_where_the_same_stands_in_it_or_near_by_with_half_the_seats():
    inside = {1: frozenset({"车床", "铣床"}), 2: frozenset({"车床", "磨床"}), 3: frozenset({"电脑"})}
    room = thing(1, "车工室", kind="room", seats=40)
    there = Place(2, 5, 5, "")
    assert instead_of(room, thing(2, "金工车间", kind="room", seats=30, place=there), 1, inside) == Similar(
        1, 2, "city", True, 5
    )
    assert instead_of(room, thing(2, "金工车间", kind="room", seats=10, place=there), 1, inside) is None
    near, far = Place(3, 1, 1, "east"), Place(3, 6, 6, "")
    assert instead_of(room, thing(3, "机房", kind="room", place=near), 1, inside) == Similar(1, 3, "base", False, 1)
    assert instead_of(room, thing(3, "机房", kind="room", place=far), 1, inside) is None


# ── held to the rule by chance ──


@given(worlds(), spans(), st.integers(1, 3))
def test_everything_offered_can_be_had_as_it_stands_and_differs_from_what_was_asked(world, span, dates):
    wants, situation = world
    slots = tuple(Slot(Span(span.start + n * DAY, span.end + n * DAY)) for n in range(dates))
    asked = Asked(wants, slots, "teaching", "x", 8, 1)
    sets = [Instead(wants), Instead((Want(2),), "lab"), Instead((Want(3, 1),), "city")]
    found = alternatives(asked, situation, sets, Span(TWO_DAYS.start, TWO_DAYS.end + 3 * DAY))
    for each in found:
        for one in each.asked(asked):
            assert reasons_to_refuse(one, situation) == []
        assert len(each.parts) > 1 or (each.wants, each.slots) != (asked.wants, asked.slots)
        assert 0 <= each.missing < len(slots)
        assert all(slot.span.length == span.length for slot in each.slots)
    assert len({each.parts for each in found}) == len(found)
