"""Faults: what may become of a report, how long nobody can book, and how long things stood still, counted once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.conflict import OutOfOrder, Situation, Taken, reasons_by_slot
from app.booking.rules.outage import is_hit
from app.booking.rules.request import Asked, Slot, Want
from app.catalogue.rules.unit import Unit
from app.foundation.refusal import Invalid
from app.foundation.timespan import DAY, Span, merged
from app.timetable.rules.faults import (
    CAUSES,
    CONFIRMED,
    DISMISSED,
    REPAIRED,
    REPORTED,
    UNUSABLE,
    USABLE,
    Ending,
    Fault,
    FaultIsOver,
    Finding,
    NotConfirmed,
    Outage,
    Report,
    blocked_until,
    by_cause,
    downtime,
    moved_on,
    reasons_against_dismissal,
    reasons_against_ending,
    reasons_against_finding,
    reasons_against_report,
)

MONDAY = datetime(2026, 9, 7, 0, 0, tzinfo=UTC)


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def fault(state: str = REPORTED, **more) -> Fault:
    kept = Fault(
        id=1,
        unit_id=7,
        state=state,
        severity=UNUSABLE,
        cause="unclear",
        quantity=1,
        whole=True,
        words="It smokes",
        answer="",
        cost_source="",
        reported_by=3,
        reported_at=at(8),
        began_at=at(8),
        expected_until=None,
        blocked_until=None,
        ended_at=None,
        ended_by=None,
        version=1,
    )
    return replace(kept, **more)


def problems(reasons) -> set[tuple[str, str]]:
    return {(each.field, each.problem) for each in reasons if isinstance(each, Invalid)}


# ── reports and what becomes of them ──


def test_a_report_needs_words_a_known_severity_and_a_beginning_that_has_been():
    assert reasons_against_report(Report("It smokes", UNUSABLE, at(8)), at(8)) == []
    wrong = reasons_against_report(Report("  ", "worse", at(9)), at(8))
    assert problems(wrong) == {("words", "missing"), ("severity", "unknown"), ("began_at", "in_the_future")}
    assert problems(reasons_against_report(Report("x" * 1001, USABLE, at(-24 * 401)), at(8))) == {
        ("words", "too_long"),
        ("began_at", "too_long_ago"),
    }


def test_a_finding_ends_after_now_and_never_breaks_more_than_there_are():
    good = Finding(at(8), at(60), UNUSABLE, "wear")
    assert reasons_against_finding(good, fault(), 1, at(9)) == []
    wrong = Finding(at(10), at(9), "worse", "bad luck", quantity=2)
    assert problems(reasons_against_finding(wrong, fault(), 1, at(9))) == {
        ("began_at", "in_the_future"),
        ("expected_until", "in_the_past"),
        ("severity", "unknown"),
        ("cause", "unknown"),
        ("quantity", "out_of_range"),
    }


@pytest.mark.parametrize("state", [REPAIRED, DISMISSED])
def test_what_is_over_stays_over(state):
    over = fault(state)
    assert reasons_against_finding(Finding(at(8), None, UNUSABLE, "wear"), over, 1, at(9)) == [FaultIsOver(state)]
    assert reasons_against_ending(Ending(at(9), "wear"), over, at(9)) == [FaultIsOver(state)]
    assert reasons_against_dismissal("nothing there", over) == [FaultIsOver(state)]


def test_only_what_was_confirmed_is_repaired_and_not_before_it_broke():
    assert reasons_against_ending(Ending(at(9), "wear"), fault(), at(9)) == [NotConfirmed()]
    confirmed = fault(CONFIRMED)
    assert reasons_against_ending(Ending(at(9), "wear"), confirmed, at(9)) == []
    assert problems(reasons_against_ending(Ending(at(7), "wear"), confirmed, at(9))) == {("ended_at", "backward")}
    assert problems(reasons_against_ending(Ending(at(10), "wear"), confirmed, at(9))) == {("ended_at", "in_the_future")}


def test_nobody_is_dismissed_without_a_word():
    assert problems(reasons_against_dismissal(" ", fault())) == {("words", "missing")}
    assert reasons_against_dismissal("It was switched off.", fault()) == []


# ── how long nobody can book ──


def test_what_can_still_be_used_blocks_nobody():
    assert blocked_until(Finding(at(8), at(60), USABLE, "wear"), at(9), 14) is None
    assert blocked_until(Finding(at(8), at(60), UNUSABLE, "wear"), at(9), 14) == at(60)


def test_without_an_expected_end_it_blocks_so_many_days_from_now_and_the_clock_moves_it_on():
    until = blocked_until(Finding(at(8), None, UNUSABLE, "wear"), at(9), 14)
    assert until == at(9) + 14 * DAY
    kept = fault(CONFIRMED, blocked_until=until)
    assert moved_on(kept, at(20), 14) is None
    assert moved_on(kept, at(9) + DAY, 14) == at(9) + 15 * DAY


def test_what_should_work_by_now_and_was_not_repaired_stays_blocked_a_day_more():
    kept = fault(CONFIRMED, expected_until=at(60), blocked_until=at(60))
    assert moved_on(kept, at(59.9), 14) is None
    assert moved_on(kept, at(60), 14) == at(84)
    assert moved_on(kept, at(60 + 50), 14) == at(60 + 72)
    assert moved_on(fault(REPAIRED, blocked_until=at(60), expected_until=at(60)), at(70), 14) is None


# ── what a broken machine refuses ──

LATHE = Unit(7, 1, 1, 9, "machine", "车床", "Lathe", 1, False, True, 0, 0, None, "external", frozenset())
ROOM = replace(LATHE, id=9, kind="room", name_en="Lab")
SEATS = replace(LATHE, id=8, kind="stations", capacity=20)


def asked(unit_id: int, quantity: int = 1) -> Asked:
    slot = Slot(Span(at(34), at(36)))
    return Asked((Want(unit_id, quantity),), (slot,), "teaching", "A lesson", 1, 1)


def broken(unit_id: int, quantity: int = 1, whole: bool = True) -> Taken:
    return Taken(unit_id, Span(at(8), at(60)), quantity, whole, "fault")


def reasons(wanted: Asked, *taken: Taken) -> list:
    units = {unit.id: unit for unit in (LATHE, ROOM, SEATS)}
    return reasons_by_slot(wanted, Situation(units, {}, list(taken)))[0]


def test_a_broken_machine_is_refused_with_the_time_until_which_it_is_broken():
    (reason,) = reasons(asked(7), broken(7))
    assert reason == OutOfOrder(7, at(8), at(60), at(34))
    assert reasons(asked(7), replace(broken(7), span=Span(at(8), at(34)))) == []  # half-open


def test_the_room_of_a_broken_machine_can_still_be_booked_but_no_machine_in_a_broken_room():
    assert reasons(asked(9), broken(7)) == []
    (reason,) = reasons(asked(7), broken(9))
    assert isinstance(reason, OutOfOrder)


def test_of_twenty_stations_nineteen_are_left_when_one_is_broken():
    assert reasons(asked(8, 19), broken(8, 1, whole=False)) == []
    assert [each.code for each in reasons(asked(8, 20), broken(8, 1, whole=False))] == ["over_capacity"]


def test_a_booking_of_some_stations_is_hit_only_where_too_few_are_left():
    held = [Taken(8, Span(at(34), at(36)), 12, False), Taken(8, Span(at(35), at(37)), 7, False)]
    assert not is_hit(held[0], held, broken(8, 1, whole=False), 20)
    assert is_hit(held[0], held, broken(8, 2, whole=False), 20)
    assert is_hit(held[0], held, broken(8, 20), 20)
    assert not is_hit(held[0], held, replace(broken(8, 20), span=Span(at(8), at(34))), 20)


# ── downtime ──

hours = st.integers(-200, 400)
outages = st.lists(
    st.builds(
        lambda unit, cause, start, length: Outage(unit, cause, at(start), None if length > 90 else at(start + length)),
        st.integers(1, 3),
        st.sampled_from(CAUSES),
        hours,
        st.integers(1, 100),
    ),
    max_size=12,
)


@given(outages, hours, st.integers(1, 200), hours)
def test_downtime_lies_in_the_window_is_counted_once_and_is_at_most_the_sum_of_its_causes(found, start, length, now):
    window = Span(at(start), at(start + length))
    for each in downtime(found, window, at(now)):
        assert timedelta() < each.total <= window.length
        assert each.total <= max(at(now) - window.start, timedelta())
        assert max(each.by_cause.values()) <= each.total <= sum(each.by_cause.values(), timedelta())


@given(outages, hours, st.integers(2, 200))
def test_the_downtime_of_two_halves_is_that_of_the_whole(found, start, length):
    middle = at(start + length / 2)
    halves = [Span(at(start), middle), Span(middle, at(start + length))]
    now = at(1000)
    parts: dict[int, timedelta] = {}
    for half in halves:
        for each in downtime(found, half, now):
            parts[each.unit_id] = parts.get(each.unit_id, timedelta()) + each.total
    whole = {each.unit_id: each.total for each in downtime(found, Span(at(start), at(start + length)), now)}
    assert parts == whole


@given(outages)
def test_it_agrees_with_counting_hour_by_hour(found):
    window, now = Span(at(0), at(100)), at(90)
    for each in downtime(found, window, now):
        mine = [outage for outage in found if outage.unit_id == each.unit_id]
        counted = sum(
            any(outage.start <= at(hour) and (outage.end is None or at(hour) < outage.end) for outage in mine)
            for hour in range(90)
        )
        assert each.total == timedelta(hours=counted)


def test_a_run_over_midnight_gives_each_day_its_own_part():
    night = [Outage(7, "wear", at(23), at(25))]
    assert downtime(night, Span(at(0), at(24)), at(99))[0].total == timedelta(hours=1)
    assert downtime(night, Span(at(24), at(48)), at(99))[0].total == timedelta(hours=1)


def test_causes_are_summed_over_units_the_longest_first():
    found = downtime(
        [Outage(7, "wear", at(0), at(2)), Outage(8, "power", at(0), at(3)), Outage(8, "wear", at(1), at(2))],
        Span(at(0), at(9)),
        at(9),
    )
    assert by_cause(found) == {"power": timedelta(hours=3), "wear": timedelta(hours=3)}
    assert [each.total for each in found] == [timedelta(hours=2), timedelta(hours=3)]
    assert merged([]) == []
