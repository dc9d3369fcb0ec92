"""Conduct: what a use is judged to be is a function of its time and of what was noted; every bound is exact and half-open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.consortium.rules.settings import in_force
from app.foundation.timespan import Span
from app.usage.rules.presence import (
    SOONEST,
    GivenOn,
    Graces,
    HereAlready,
    NotConfirmed,
    NotNow,
    Seen,
    about,
    due_at,
    graces_of,
    is_due,
    reasons_against_arriving,
    reasons_against_giving_back,
    rest_from,
    should_watch,
)
from app.usage.rules.verdict import (
    LATE_CANCEL,
    NO_SHOW,
    NORMAL,
    NOT_JUDGED,
    Cancelling,
    Verdict,
    credited,
    verdict,
    verdict_on_cancelled,
)

START = datetime(2026, 9, 1, 0, 0, tzinfo=UTC)
SPAN = Span(START, START + timedelta(minutes=100))
SECOND = timedelta(seconds=1)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def graces(late=15, no_show=30, overrun=10, early=20, kept=True, released=True) -> Graces:
    def length(minutes):
        return timedelta(minutes=minutes) if minutes else None

    return Graces(length(late), length(no_show), length(overrun), length(early), kept, released, timedelta(minutes=30))


def seen(arrived=None, left=None, expected=True, released=None) -> Seen:
    return Seen(
        1,
        expected_at=at(1) if expected else None,
        arrived_at=None if arrived is None else at(arrived),
        left_at=None if left is None else at(left),
        released_at=None if released is None else at(released),
    )


# ── verdicts ──


@pytest.mark.parametrize(
    ("arrived", "left", "word"),
    [
        (0, 100, "normal"),
        (-10, 95, "normal"),
        (14.99, 100, "normal"),
        (15, 100, "late"),
        (60, 100, "late"),
        (0, 80.01, "normal"),
        (0, 80, "early"),
        (0, 109.99, "normal"),
        (0, 110, "overrun"),
        (15, 110, "late_overrun"),
        (15, 80, "late_early"),
        (15, None, "late"),
        (None, 100, "normal"),
        (None, 110, "overrun"),
        (None, None, "no_show"),
    ],
)
def test_each_verdict_begins_at_its_very_minute(arrived, left, word):
    assert verdict(SPAN, seen(arrived, left), graces()).word == word


def test_the_minutes_are_told():
    assert verdict(SPAN, seen(20.5, 115), graces()) == Verdict("late_overrun", 20, 0, 15)
    assert verdict(SPAN, seen(0, 70), graces()) == Verdict("early", 0, 30, 0)


@pytest.mark.parametrize(
    ("kind", "arrived", "left"), [("late", 90, 100), ("early", 0, 10), ("overrun", 0, 500), ("no_show", None, None)]
)
def test_a_grace_of_zero_means_that_this_kind_is_not_judged(kind, arrived, left):
    found = verdict(SPAN, seen(arrived, left), graces(**{kind: 0}))
    assert found is None if kind == "no_show" else found.word == NORMAL


def test_a_missing_record_is_never_by_itself_a_no_show():
    assert verdict(SPAN, Seen(1), graces()) is None
    assert verdict(SPAN, Seen(1), graces(kept=False)) is None


def test_what_was_watched_for_before_it_was_moved_here_says_nothing():
    moved = Span(SPAN.start + timedelta(days=1), SPAN.end + timedelta(days=1))
    assert verdict(moved, seen(), graces()) is None
    assert verdict(moved, seen(0, 100), graces()) is None


def test_a_slot_given_on_because_nobody_came_is_a_no_show_and_one_given_back_is_normal():
    rest = Span(START, at(31))
    assert verdict(rest, seen(released=31), graces()).word == NO_SHOW
    given_back = Seen(1, arrived_at=at(0), left_at=at(30.5), released_at=at(30.5), released_by=7)
    assert verdict(rest, given_back, graces(early=1)).word == NORMAL


_minutes = some.none() | some.integers(-60, 200)


@given(_minutes, _minutes, some.booleans(), some.integers(0, 90), some.integers(0, 90), some.integers(0, 90))
def test_a_verdict_is_a_function_and_more_grace_never_makes_it_worse(arrived, left, expected, late, over, early):
    if arrived is not None and left is not None and left < arrived:
        arrived, left = left, arrived
    known, rules = seen(arrived, left, expected), graces(late=late, overrun=over, early=early)
    found = verdict(SPAN, known, rules)
    assert found == verdict(SPAN, known, rules)
    if found is None:
        assert about(SPAN, known).arrived_at is None
        return
    assert (found.late_minutes > 0) == ("late" in found.word)
    assert (found.over_minutes > 0) == ("overrun" in found.word)
    assert (found.early_minutes > 0) == ("early" in found.word)
    assert found.word != NO_SHOW or (expected and about(SPAN, known).arrived_at is None)
    # (a grace of 0 means that a kind is not judged at all, so it is not the strictest)
    milder = verdict(SPAN, known, graces(late=late and late + 5, overrun=over and over + 5, early=early and early + 5))
    assert milder is not None
    for worse in ("late", "overrun", "early"):
        assert worse not in milder.word or worse in found.word


# ── cancelling ──


@pytest.mark.parametrize(
    ("hours", "word"), [(30, NOT_JUDGED), (24, NOT_JUDGED), (23.99, LATE_CANCEL), (0, LATE_CANCEL), (-0.4, LATE_CANCEL)]
)
def test_cancelling_is_late_less_than_so_many_hours_before(hours, word):
    cancelled = Cancelling(START - timedelta(hours=hours), by_herself=True)
    found = verdict_on_cancelled(SPAN, cancelled, Seen(1), graces(), timedelta(hours=24))
    assert found.word == word


def test_what_others_cancel_costs_her_nothing():
    cancelled = Cancelling(at(-5), by_herself=False)
    assert verdict_on_cancelled(SPAN, cancelled, Seen(1), graces(), timedelta(hours=24)).word == NOT_JUDGED


def test_cancelling_instead_of_coming_is_not_to_have_come():
    notice = timedelta(hours=24)
    for minute, word in ((29, LATE_CANCEL), (30, NO_SHOW)):
        cancelled = Cancelling(at(minute), by_herself=True)
        assert verdict_on_cancelled(SPAN, cancelled, seen(), graces(), notice).word == word
        assert verdict_on_cancelled(SPAN, cancelled, seen(expected=False), graces(), notice).word == LATE_CANCEL
        assert verdict_on_cancelled(SPAN, cancelled, seen(arrived=5), graces(), notice).word == NORMAL


# ── coming ──


def test_one_is_here_from_a_quarter_of_an_hour_before_until_the_end():
    for moment, opens in ((at(0) - SOONEST - SECOND, False), (at(0) - SOONEST, True), (at(100), False)):
        assert (reasons_against_arriving(SPAN, "confirmed", Seen(1), moment) == []) is opens
    assert isinstance(reasons_against_arriving(SPAN, "confirmed", Seen(1), at(100))[0], NotNow)


def test_nobody_comes_twice_nor_to_what_was_given_on_nor_unconfirmed():
    assert reasons_against_arriving(SPAN, "confirmed", seen(3), at(5)) == [HereAlready(at(3))]
    assert reasons_against_arriving(SPAN, "confirmed", seen(released=31), at(40)) == [GivenOn(at(31))]
    assert reasons_against_arriving(SPAN, "waiting", Seen(1), at(5)) == [NotConfirmed("waiting")]


def test_the_rest_begins_at_the_next_whole_minute():
    assert rest_from(at(30)) == at(30)
    assert rest_from(at(30) + SECOND) == at(31)


def test_only_a_running_date_with_a_minute_left_is_given_back():
    for moment, gives in ((at(0), False), (at(0) + SECOND, True), (at(99), True), (at(99) + SECOND, False)):
        assert (reasons_against_giving_back(SPAN, "confirmed", Seen(1), moment) == []) is gives


# ── giving on what nobody came for ──


def test_it_is_given_on_at_the_very_minute_and_not_before():
    assert due_at(SPAN, graces()) == at(30)
    assert not is_due(SPAN, "confirmed", seen(), graces(), at(30) - SECOND)
    assert is_due(SPAN, "confirmed", seen(), graces(), at(30))


@pytest.mark.parametrize(("minute", "watches"), [(-0.01, False), (0, True), (4.99, True), (5, False), (40, False)])
def test_watching_begins_with_the_slot_or_not_at_all(minute, watches):
    """Where noting is switched on, or the clock stood still, in the middle of a slot: who is there was noted by nobody."""
    assert should_watch(SPAN, "confirmed", Seen(1), graces(), at(minute)) is watches
    late = Seen(1, expected_at=at(minute))
    assert is_due(SPAN, "confirmed", late, graces(), at(60)) is watches
    assert (verdict(SPAN, late, graces()) is not None) is watches
    assert not should_watch(SPAN, "confirmed", Seen(1), graces(kept=False), at(1))


@pytest.mark.parametrize(
    ("known", "rules", "state"),
    [
        (seen(arrived=29), graces(), "confirmed"),
        (seen(left=29), graces(), "confirmed"),
        (seen(expected=False), graces(), "confirmed"),
        (seen(released=31), graces(), "confirmed"),
        (seen(), graces(released=False), "confirmed"),
        (seen(), graces(no_show=0), "confirmed"),
        (seen(), graces(no_show=100), "confirmed"),
        (seen(), graces(), "waiting"),
        (seen(), graces(), "cancelled"),
    ],
)
def test_it_is_never_given_on_when_somebody_came_or_nobody_was_watched_for_or_it_is_not_set(known, rules, state):
    assert not is_due(SPAN, state, known, rules, at(60))


def test_the_most_forgiving_unit_counts_and_all_must_agree():
    usual = in_force({}) | {"presence.kept": 1, "release.unclaimed": 1}
    both = graces_of([usual, usual | {"grace.late_minutes": 40}])
    assert (both.late, both.kept, both.released) == (timedelta(minutes=40), True, True)
    assert graces_of([usual, usual | {"presence.kept": 0}]).released is False
    assert graces_of([usual, usual | {"grace.late_minutes": 0}]).late is None
    assert graces_of([usual, usual | {"limit.block_minutes": 60}]).extend == timedelta(hours=1)
    assert graces_of([]).kept is False


def test_what_a_verdict_is_worth_stands_in_the_settings():
    values = in_force({})
    assert credited(Verdict("late_overrun"), values) == [("late", -3), ("overrun", -3)]
    assert credited(Verdict("normal"), values) == [("normal", 1)]
    assert credited(Verdict("no_show"), values | {"credit.no_show": 0}) == []
    assert credited(Verdict(NOT_JUDGED), values) == []
