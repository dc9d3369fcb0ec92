"""When may it be had: the specification of the conflict rule, in a teacher's notation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules import conflict
from app.booking.rules.conflict import Taken, peak, reasons_by_slot, reasons_to_refuse
from app.booking.rules.request import Slot, Want
from app.foundation.timespan import Span
from tests.rules.conftest import MONDAY, at, tell

pytestmark = pytest.mark.usefixtures("machine_zone")

# ── one unit ──


def test_an_empty_day_can_be_had(told):
    """open 08:00-18:00 / asks 08:00-09:40 Li"""
    assert told.answer == []


def test_touching_ends_do_not_overlap(told):
    """open 08:00-18:00 / taken 08:00-09:40 Wang / taken 11:20-12:00 Zhao / asks 09:40-11:20 Li"""
    assert told.answer == []


def test_one_minute_too_many_overlaps(told):
    """open 08:00-18:00 / taken 08:00-09:41 Wang / asks 09:40-11:20 Li"""
    assert told.answer == ["it taken 08:00-09:41 Wang"]


def test_asking_inside_what_is_taken_overlaps(told):
    """taken 08:00-12:00 Wang / asks 09:00-10:00 Li"""
    assert told.answer == ["it taken 08:00-12:00 Wang"]


def test_asking_around_what_is_taken_overlaps(told):
    """taken 09:00-10:00 Wang / asks 08:00-12:00 Li"""
    assert told.answer == ["it taken 09:00-10:00 Wang"]


def test_exactly_the_same_time_overlaps(told):
    """taken 08:00-09:40 Wang / asks 08:00-09:40 Li"""
    assert told.answer == ["it taken 08:00-09:40 Wang"]


def test_everything_in_the_way_is_named_at_once(told):
    """
    now 2026-09-07 07:00
    open 08:00-18:00
    taken 09:00-10:00 Wang
    maintenance 16:00-17:00
    asks 06:30-19:00 Li
    """
    assert told.answer == [
        "in_the_past",
        "it closed 06:30-08:00",
        "it closed 18:00-19:00",
        "it taken 09:00-10:00 Wang",
        "it taken 16:00-17:00 maintenance",
    ]


def test_it_may_run_over_midnight_when_that_is_free(told):
    """taken 2026-09-08 02:00-04:00 Wang / asks 22:00-+02:00 Li"""
    assert told.answer == []


def test_what_runs_over_midnight_is_in_the_way_next_morning(told):
    """taken 22:00-+02:00 Wang / asks 2026-09-08 01:00-03:00 Li"""
    assert told.answer == ["it taken 22:00-02:00 Wang"]


# ── set-up and cleaning ──


def test_set_up_and_cleaning_keep_their_distance(told):
    """
    unit it setup 10 cleaning 20
    taken 08:00-09:00 Wang / asks 09:20-10:00 Li
    """
    assert told.answer == ["it taken 07:50-09:20 Wang"]


def test_cleaning_and_the_next_set_up_both_fit_between(told):
    """
    unit it setup 10 cleaning 20
    taken 08:00-09:00 Wang / asks 09:30-10:00 Li
    """
    assert told.answer == []


def test_set_up_may_lie_outside_opening_hours(told):
    """
    unit it setup 30 cleaning 30
    open 08:00-18:00 / asks 08:00-18:00 Li
    """
    assert told.answer == []


# ── opening hours and closures ──


def test_without_hours_it_is_always_open(told):
    """asks 02:00-03:00 Li"""
    assert told.answer == []


def test_outside_opening_hours_it_is_closed(told):
    """open 08:00-12:00 / open 14:00-18:00 / asks 11:00-15:00 Li"""
    assert told.answer == ["it closed 12:00-14:00"]


def test_hours_that_touch_are_one(told):
    """open 08:00-12:00 / open 12:00-18:00 / asks 11:00-13:00 Li"""
    assert told.answer == []


def test_a_weekday_without_hours_is_closed(told):
    """open Mon-Fri 08:00-18:00 / asks Sat 09:00-10:00 Li"""
    assert told.answer == ["it closed 2026-09-12 09:00-10:00"]


def test_hours_until_midnight_join_the_next_morning(told):
    """open 00:00-24:00 / asks 22:00-+02:00 Li"""
    assert told.answer == []


def test_a_closure_is_in_the_way_and_says_so(told):
    """closed 08:00-12:00 / asks 09:00-10:00 Li"""
    assert told.answer == ["it taken 08:00-12:00 closure"]


def test_what_is_gone_cannot_be_had(told):
    """unit it until 2026-09-08 / asks Tue 08:00-09:00 Li"""
    assert told.answer == ["it retired"]


def test_until_the_day_it_goes_it_can_be_had(told):
    """unit it until 2026-09-08 / asks Mon 08:00-24:00 Li"""
    assert told.answer == []


# ── pools: the peak, not the sum ──


def test_a_pool_gives_what_is_left(told):
    """unit welders pool of 5 / taken 3 welders 08:00-10:00 Wang / asks 2 welders 09:00-11:00 Li"""
    assert told.answer == []


def test_a_pool_gives_no_more_than_is_left(told):
    """unit welders pool of 5 / taken 3 welders 08:00-10:00 Wang / asks 3 welders 09:00-11:00 Li"""
    assert told.answer == ["welders has 2 of 3"]


def test_uses_one_after_the_other_count_by_their_peak_not_their_sum(told):
    """
    unit welders pool of 5
    taken 3 welders 08:00-09:00 Wang / taken 3 welders 09:00-10:00 Zhao
    asks 2 welders 08:00-10:00 Li
    """
    assert told.answer == []


def test_uses_at_once_add_up(told):
    """
    unit welders pool of 5
    taken 3 welders 08:00-09:30 Wang / taken 2 welders 09:00-10:00 Zhao
    asks 1 welders 08:00-10:00 Li
    """
    assert told.answer == ["welders has 0 of 1"]


def test_nobody_can_ask_for_more_than_there_is(told):
    """unit welders pool of 5 / asks 6 welders 08:00-09:00 Li"""
    assert told.answer == ["welders are only 5"]


def test_a_closed_pool_gives_nothing(told):
    """unit welders pool of 5 / closed welders 08:00-12:00 / asks 1 welders 09:00-10:00 Li"""
    assert told.answer == ["welders taken 08:00-12:00 closure"]


# ── the whole lab and what stands in it ──


def test_the_whole_lab_cannot_be_had_while_a_machine_in_it_is_used(told):
    """unit R301 room / unit lathe in R301 / taken lathe 08:00-09:40 Wang / asks R301 08:00-09:40 Li"""
    assert told.answer == ["R301 taken 08:00-09:40 Wang"]


def test_a_machine_cannot_be_had_while_the_whole_lab_is_used(told):
    """unit R301 room / unit lathe in R301 / taken R301 08:00-09:40 Wang / asks lathe 09:00-10:00 Li"""
    assert told.answer == ["R301 taken 08:00-09:40 Wang"]


def test_two_machines_of_a_lab_do_not_disturb_each_other(told):
    """
    unit R301 room / unit lathe in R301 / unit mill in R301
    taken lathe 08:00-09:40 Wang / asks mill 08:00-09:40 Li
    """
    assert told.answer == []


def test_stations_keep_the_whole_lab_from_being_had(told):
    """unit R301 room / unit benches stations of 20 in R301 / taken 1 benches 08:00-09:00 Wang / asks R301 08:00-09:00 Li"""
    assert told.answer == ["R301 taken 08:00-09:00 Wang"]


def test_a_machines_cleaning_keeps_the_whole_lab_waiting(told):
    """
    unit R301 room / unit lathe in R301 cleaning 20
    taken lathe 08:00-09:00 Wang / asks R301 09:00-10:00 Li
    """
    assert told.answer == ["R301 taken 08:00-09:20 Wang"]


def test_several_units_at_once_are_refused_for_each_that_is_taken(told):
    """
    unit R301 room / unit lathe in R301 / unit mill in R301
    taken lathe 08:00-09:00 Wang / taken mill 08:30-09:30 Zhao
    asks lathe + mill 08:00-10:00 Li
    """
    assert told.answer == ["lathe taken 08:00-09:00 Wang", "mill taken 08:30-09:30 Zhao"]


def test_a_lab_and_its_own_machine_can_be_had_together(told):
    """unit R301 room / unit lathe in R301 / asks R301 + lathe 08:00-09:00 Li"""
    assert told.answer == []


# ── series ──


def test_a_series_is_judged_date_by_date(told):
    """open 08:00-18:00 / taken 2026-09-14 08:00-09:40 Wang / asks weekly 3 08:00-09:40 Li"""
    by_slot = reasons_by_slot(told.asked, told.situation)
    assert [[told.say(reason) for reason in reasons] for reasons in by_slot] == [
        [],
        ["it taken 2026-09-14 08:00-09:40 Wang"],
        [],
    ]


def test_a_series_tells_every_clash_at_once(told):
    """
    taken 08:00-09:00 Wang / taken 2026-09-21 08:00-12:00 Zhao
    asks weekly 3 08:00-09:40 Li
    """
    assert told.answer == ["it taken 08:00-09:00 Wang", "it taken 2026-09-21 08:00-12:00 Zhao"]


def test_two_dates_of_a_request_may_touch(told):
    """asks 08:00-09:00 Li / asks 09:00-10:00 Li"""
    assert told.answer == []


def test_two_dates_of_a_request_may_not_run_into_each_other(told):
    """asks 08:00-09:00 Li / asks 08:30-10:00 Li"""
    assert told.answer == ["overlaps_itself"]


def test_two_dates_of_a_request_keep_the_cleaning_between_them(told):
    """unit it cleaning 15 / asks 08:00-09:00 Li / asks 09:10-10:00 Li"""
    assert told.answer == ["overlaps_itself"]


# ── limits ──


def test_the_past_cannot_be_booked(told):
    """now 2026-09-07 08:01 / asks 08:00-09:00 Li"""
    assert told.answer == ["in_the_past"]


def test_this_very_minute_can_be_booked(told):
    """now 2026-09-07 08:00 / asks 08:00-09:00 Li"""
    assert told.answer == []


def test_beyond_the_horizon_nothing_can_be_booked(told):
    """now 2026-09-07 08:00 / horizon 1 days / asks Tue 07:00-08:01 Li"""
    assert told.answer == ["too_far_ahead"]


def test_one_date_is_at_most_as_long_as_the_rules_say(told):
    """asks 08:00-09:00 Li"""
    start = at("08:00")
    for days, answer in ((14, []), (15, ["too_long"])):
        told.slots = [Slot(Span(start, start + timedelta(days=days)))]
        assert told.answer == answer


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"purpose": "party"}, "invalid"),
        ({"title": "  "}, "invalid"),
        ({"slots": ()}, "invalid"),
        ({"wants": ()}, "invalid"),
        ({"wants": (Want(1), Want(1))}, "invalid"),
        ({"wants": (Want(99),)}, "not_found"),
        ({"wants": (Want(1, 0),)}, "more_than_there_is"),
    ],
)
def test_a_request_that_makes_no_sense_says_why(change, code):
    told = tell("asks 08:00-09:00 Li")
    assert [reason.code for reason in reasons_to_refuse(replace(told.asked, **change), told.situation)] == [code]


def test_too_many_dates_and_too_many_units_are_counted():
    told = tell("asks 08:00-09:00 Li")
    told.limits = replace(told.limits, most_dates=0, most_units=0)
    assert told.answer == ["too_many_dates", "too_many_units"]


# ── who may at all ──


def test_what_its_owner_keeps_is_not_for_others(told):
    """unit it for its owner / asks 08:00-09:00 Li"""
    assert told.answer == ["it not_shared"]


def test_what_its_owner_keeps_is_for_the_owner(told):
    """unit it for its owner / asks 08:00-09:00 owner"""
    assert told.answer == []


# ── days on which the clock was changed ──


def test_on_the_day_that_lost_an_hour_the_span_is_an_hour_shorter(told):
    """asks 1986-05-04 00:00-24:00 Li"""
    assert told.slots[0].span.length == timedelta(hours=23)
    assert told.answer == []


def test_on_the_day_that_lost_an_hour_touching_ends_do_not_overlap(told):
    """taken 1986-05-04 00:30-04:00 Wang / asks 1986-05-04 04:00-05:00 Li"""
    assert told.answer == []


def test_on_the_day_that_gained_an_hour_both_one_oclocks_are_taken(told):
    """taken 1991-09-15 00:30-03:00 Wang / asks 1991-09-15 01:30-02:00 Li"""
    assert told.answer == ["it taken 1991-09-15 00:30-03:00 Wang"]


def test_on_the_day_that_gained_an_hour_opening_hours_hold_on_the_clock(told):
    """open 08:00-18:00 / asks 1991-09-15 07:00-09:00 Li"""
    assert told.answer == ["it closed 1991-09-15 07:00-08:00"]


# ── held by chance ──

MINUTES = st.integers(0, 24 * 60 - 1)


@st.composite
def held(draw):
    start = draw(MINUTES)
    end = draw(st.integers(start + 1, 24 * 60))
    return Taken(
        1,
        Span(at("00:00") + timedelta(minutes=start), at("00:00") + timedelta(minutes=end)),
        draw(st.integers(1, 4)),
        False,
    )


@given(st.lists(held(), max_size=6))
def test_the_peak_is_the_fullest_minute(taken):
    window = Span(at("08:00"), at("12:00"))
    minutes = [window.start + timedelta(minutes=n) for n in range(240)]
    by_hand = max(sum(one.quantity for one in taken if one.span.start <= at_ < one.span.end) for at_ in minutes)
    assert peak(taken, window) == by_hand


@given(st.lists(held(), max_size=5), held())
def test_a_refused_request_is_still_refused_when_more_is_taken(taken, asked):
    told = tell("unit welders pool of 4 / asks 1 welders 08:00-09:00 Li")
    told.slots = [Slot(asked.span)]
    told.wants = (Want(1, asked.quantity),)
    told.taken = list(taken[:-1])
    before = bool(told.reasons)
    told.taken = list(taken)
    assert bool(told.reasons) >= before


def test_preview_and_saving_ask_the_same_function():
    """The whole is the sum of its dates: nothing is judged in two places."""
    told = tell("taken 08:00-09:00 Wang / asks 08:00-09:40 Li / asks Tue 08:00-09:40 Li")
    by_slot = reasons_by_slot(told.asked, told.situation)
    assert told.reasons == [reason for reasons in by_slot for reason in reasons]
    assert isinstance(told.reasons[0], conflict.Overlaps)
    assert told.reasons[0].asked_start == at("08:00", MONDAY)
