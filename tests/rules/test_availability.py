"""What is free: the quick answer is the rule's own answer, and the nearest slots are nearest, free and of the same length."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.availability import (
    Space,
    Stretch,
    clock_stretches,
    period_stretches,
)
from app.booking.rules.conflict import Limits, Situation, Taken, reasons_by_slot, reasons_to_refuse
from app.booking.rules.nearest import nearest_free
from app.booking.rules.request import Asked, Slot, Want, claims
from app.catalogue.rules.unit import Unit
from app.foundation.timespan import DAY, Span, at_local, day_span
from app.timetable.rules.bell import BellForm, Bells, Period
from app.timetable.rules.hours import Opening
from tests.rules.conftest import MONDAY, Told, clock

PERIODS = [Period(n, start, start + 45) for n, start in ((1, 480), (2, 535), (3, 605), (4, 660), (5, 840), (6, 895))]
WEEK = Span(day_span(MONDAY).start, day_span(MONDAY + 6 * DAY).end)


def slots_of(choices):
    return [clock(slot.span.start, slot.span.end) for choice in choices for slot in choice.slots]


def ringing(periods) -> Bells:
    """The same class periods on every day."""
    return Bells((BellForm(None, "作息", "Bells", tuple(periods)),))


def nearest(told: Told, *also: str, periods=(), limit=6, window=WEEK):
    alternatives = [told.wants, *((Want(told.units[name].id, told.wants[0].quantity),) for name in also)]
    return nearest_free(told.asked, told.situation, alternatives, window, ringing(periods), limit)


def test_the_nearest_free_slot_of_the_same_unit_comes_first(told):
    """open 08:00-18:00 / taken 08:00-09:40 Wang / asks 08:00-09:40 Li"""
    assert slots_of(nearest(told, limit=2)) == ["09:40-11:20", "2026-09-08 08:00-09:40"]


def test_class_periods_are_answered_in_class_periods(told):
    """open 08:00-18:00 / taken 08:00-09:40 Wang / asks 08:00-09:40 Li"""
    found = nearest(told, periods=PERIODS, limit=2)
    assert slots_of(found) == ["10:05-11:45", "14:00-15:40"]
    assert [choice.slots[0].periods for choice in found] == ["3-4", "5-6"]


def test_set_up_and_cleaning_keep_the_nearest_slot_away_from_its_neighbour(told):
    """
    unit it setup 10 cleaning 20
    open 08:00-18:00 / taken 09:00-10:00 Wang / asks 09:00-10:00 Li
    """
    assert slots_of(nearest(told, limit=2)) == ["10:30-11:30", "2026-09-08 09:00-10:00"]


def test_another_unit_of_the_same_lab_at_the_same_time_beats_waiting_longer_than_an_hour(told):
    """
    unit R1 room / unit lathe1 in R1 / unit lathe2 in R1
    open 08:00-18:00 / taken lathe1 08:00-12:00 Wang / asks lathe1 08:00-10:00 Li
    """
    found = nearest(told, "lathe2", limit=1)
    assert found[0].wants == (Want(told.units["lathe2"].id),)
    assert slots_of(found) == ["08:00-10:00"]


def test_nothing_is_offered_at_night_unless_asked_for_at_night(told):
    """taken 08:00-20:00 Wang / asks 19:00-21:00 Li"""
    assert slots_of(nearest(told, limit=1)) == ["20:00-22:00"]


def test_what_was_asked_for_at_night_is_answered_at_night(told):
    """taken 22:00-23:00 Wang / asks 22:00-23:00 Li"""
    assert slots_of(nearest(told, limit=1)) == ["21:00-22:00"]


def test_nothing_is_offered_in_the_past(told):
    """now 2026-09-07 12:00 / open 08:00-18:00 / taken 14:00-18:00 Wang / asks 14:00-16:00 Li"""
    assert slots_of(nearest(told, limit=2))[0] == "12:00-14:00"


def test_a_series_is_moved_as_a_whole_and_the_fullest_answer_comes_first(told):
    """
    open 08:00-18:00
    taken weekly 3 08:00-09:40 Wang
    asks weekly 3 08:00-09:40 Li
    """
    window = Span(WEEK.start, WEEK.end + timedelta(days=21))
    found = nearest(told, periods=PERIODS, limit=3, window=window)
    assert all(len(choice.slots) == choice.of == 3 for choice in found)
    assert slots_of(found[:1]) == ["10:05-11:45", "2026-09-14 10:05-11:45", "2026-09-21 10:05-11:45"]


def test_a_series_says_how_many_dates_another_unit_covers(told):
    """
    unit R1 room / unit lathe1 in R1 / unit lathe2 in R1
    open Mon 08:00-10:00
    taken lathe1 weekly 3 08:00-09:40 Wang
    taken lathe2 2026-09-14 08:00-09:40 Zhao
    asks lathe1 weekly 3 08:00-09:40 Li
    """
    window = Span(WEEK.start, WEEK.end + timedelta(days=21))
    found = nearest(told, "lathe2", window=window)
    assert [(choice.wants[0].unit_id, len(choice.slots), choice.of) for choice in found] == [(3, 2, 3)]


def test_a_run_of_periods_needs_each_of_them():
    gaps = [period for period in PERIODS if period.number != 3]
    assert [stretch.periods for stretch in period_stretches(gaps, 2)] == ["1-2", "5-6"]


def test_a_run_over_the_midday_break_is_offered_only_where_nothing_else_is_long_enough():
    assert [stretch.periods for stretch in period_stretches(PERIODS, 2)] == ["1-2", "2-3", "3-4", "5-6"]
    assert [stretch.periods for stretch in period_stretches(PERIODS, 5)] == ["1-5", "2-6"]


def test_clock_stretches_end_inside_the_wanted_hours():
    assert clock_stretches(90, 480, 600) == [Stretch(480, 570), Stretch(510, 600)]


# ── held to the rule by chance ──

QUARTERS = st.integers(0, 95)


@st.composite
def worlds(draw):
    """A room with a machine and a pool in it, with buffers, hours and things taken, on two days."""
    minutes = st.sampled_from((0, 0, 15, 30))
    units = {
        1: _unit(1, "room", 1, draw(minutes), draw(minutes)),
        2: _unit(2, "machine", 1, draw(minutes), draw(minutes), draw(st.sampled_from((None, MONDAY + DAY)))),
        3: _unit(3, "pool", 3, draw(minutes), draw(minutes)),
    }
    hours = draw(st.sampled_from(((), ((1, 480, 1080),), ((1, 480, 720), (1, 840, 1440), (2, 0, 600)))))
    taken = []
    for number in range(draw(st.integers(0, 6))):
        wants = (Want(draw(st.sampled_from((1, 2, 3, 3))), 1),)
        if wants[0].unit_id == 3:
            wants = (Want(3, draw(st.integers(1, 3))),)
        span = draw(spans())
        taken += [
            Taken(claim.unit_id, claim.taken_by(span), claim.quantity, claim.exclusive, "booking", number, number)
            for claim in claims(wants, units)
        ]
    openings = {2: tuple(Opening(*each) for each in hours), 3: tuple(Opening(*each) for each in hours)}
    limits = Limits(latest=at_local(MONDAY + DAY, 1200))
    wants = draw(
        st.sampled_from(
            ((Want(1),), (Want(2),), (Want(3, 1),), (Want(3, 2),), (Want(2), Want(3, 2)), (Want(1), Want(2)))
        )
    )
    return wants, Situation(units, openings, taken, limits)


@st.composite
def spans(draw):
    start = draw(QUARTERS)
    length = draw(st.integers(1, 40))
    return Span(at_local(MONDAY, start * 15), at_local(MONDAY, (start + length) * 15))


def _unit(number, kind, capacity, setup, cleaning, retired=None):
    return Unit(number, 1, 1, 1, kind, "", "", capacity, False, True, setup, cleaning, retired, "external", frozenset())


TWO_DAYS = Span(day_span(MONDAY).start, day_span(MONDAY + DAY).end)


@given(worlds(), spans())
def test_fits_is_the_rule_said_quicker(world, span):
    wants, situation = world
    asked = Asked(wants, (Slot(span),), "teaching", "x", 8, 1)
    free = not reasons_by_slot(asked, situation)[0]
    assert Space(wants, situation, TWO_DAYS).fits(span) == free


@given(worlds(), st.integers(1, 12))
def test_starts_are_exactly_where_it_fits(world, quarters):
    wants, situation = world
    length = timedelta(minutes=15 * quarters)
    space = Space(wants, situation, TWO_DAYS)
    found = space.starts(length)
    for step in range(0, 48 * 60 - 15 * quarters, 15):
        start = TWO_DAYS.start + timedelta(minutes=step)
        assert space.fits(Span(start, start + length)) == any(first <= start <= last for first, last in found)


@given(worlds(), spans(), st.booleans())
def test_everything_offered_can_be_had_and_keeps_its_length(world, span, by_periods):
    wants, situation = world
    asked = Asked(wants, (Slot(span),), "teaching", "x", 8, 1)
    alternatives = [wants, (Want(2),), (Want(3, 1),)]
    periods = [Period(n, 480 + 45 * n, 525 + 45 * n) for n in range(1, 6)] if by_periods else ()
    for choice in nearest_free(asked, situation, alternatives, TWO_DAYS, ringing(periods)):
        offered = replace(asked, wants=choice.wants, slots=choice.slots)
        assert reasons_to_refuse(offered, situation) == []
        assert choice.slots[0].span.length == span.length


@given(worlds(), spans())
def test_nothing_nearer_on_the_same_day_was_missed(world, span):
    """By brute force: no start on a quarter hour of the daytime lies nearer than the first one offered."""
    wants, situation = world
    asked = Asked(wants, (Slot(span),), "teaching", "x", 8, 1)
    space = Space(wants, situation, TWO_DAYS)
    found = nearest_free(asked, situation, [wants], TWO_DAYS, limit=1)
    best = abs(found[0].slots[0].span.start - span.start) if found else None
    for step in range(7 * 60, 22 * 60 - span.minutes + 1, 15):
        start = at_local(MONDAY, step)
        if space.fits(Span(start, start + span.length)):
            assert best is not None
            assert best <= abs(start - span.start)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_runs_of_periods_are_consecutive(count):
    for stretch in period_stretches(PERIODS, count):
        first, _, last = stretch.periods.partition("-")
        assert int(last or first) - int(first) == count - 1
