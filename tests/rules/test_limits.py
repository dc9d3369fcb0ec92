"""Limits: how soon, how long, in which blocks; and how much one person and one member may take in a week or a term."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.limits import (
    BeyondHorizon,
    Ground,
    LongerThanAllowed,
    OffTheBlocks,
    OverPeakShare,
    OverQuota,
    Quota,
    TooManyAhead,
    TooShort,
    TooSoon,
    UnitLimits,
    Use,
    reach,
    reasons_against_amount,
    reasons_against_date,
    term_spans,
)
from app.foundation.timespan import Span, at_local

pytestmark = pytest.mark.usefixtures("machine_zone")

MILL, LATHE = 1, 2
WANG, LI = 7, 8
COLLEGE, COMPANY = 70, 80
MONDAY = date(2026, 9, 7)
NOW = at_local(MONDAY - timedelta(days=3), 9 * 60)
HOUR = timedelta(hours=1)


def at(day: int, start: str, end: str) -> Span:
    """A time on the n-th day from Monday (0), by the clock."""
    minutes = [int(text[:2]) * 60 + int(text[3:]) for text in (start, end)]
    return Span(at_local(MONDAY + timedelta(days=day), minutes[0]), at_local(MONDAY + timedelta(days=day), minutes[1]))


def rules(own=(), **of_mill) -> Ground:
    return Ground(NOW, {MILL: UnitLimits(**of_mill)}, frozenset(own))


def counted(quota: Quota, *uses: Use, own=(), terms=()) -> Ground:
    return Ground(NOW, own=frozenset(own), quota=quota, uses=uses, terms=terms)


def asked(ground: Ground, *spans: Span, units=(MILL,), holder=WANG, member=COLLEGE):
    return reasons_against_amount(spans, units, holder, member, ground)


# ── one date ──


def test_without_rules_nothing_stands_against_a_date():
    assert reasons_against_date(at(0, "08:00", "09:40"), [MILL], Ground(NOW)) == []


def test_a_unit_may_want_to_be_asked_some_time_before():
    span = at(0, "08:00", "09:00")
    ahead = span.start - NOW
    assert reasons_against_date(span, [MILL], rules(lead=ahead)) == []
    assert reasons_against_date(span, [MILL], rules(lead=ahead + HOUR)) == [
        TooSoon(MILL, span.start, (ahead + HOUR) // HOUR)
    ]


def test_others_may_have_to_ask_earlier_than_the_owner_side():
    span = at(0, "08:00", "09:00")
    strict = {"lead_others": timedelta(days=7)}
    assert reasons_against_date(span, [MILL], rules(own=[MILL], **strict)) == []
    assert [type(each) for each in reasons_against_date(span, [MILL], rules(**strict))] == [TooSoon]


def test_a_unit_may_be_had_for_some_days_ahead_only():
    span = at(3, "08:00", "09:00")
    assert reasons_against_date(span, [MILL], rules(horizon=timedelta(days=7))) == []
    assert reasons_against_date(span, [MILL], rules(horizon=timedelta(days=5))) == [BeyondHorizon(MILL, span.start, 5)]


def test_the_shortest_and_the_longest_are_allowed_themselves():
    two_hours = at(0, "08:00", "10:00")
    assert reasons_against_date(two_hours, [MILL], rules(shortest=2 * HOUR, longest=2 * HOUR)) == []
    assert reasons_against_date(two_hours, [MILL], rules(shortest=3 * HOUR)) == [TooShort(MILL, two_hours.start, 180)]
    assert reasons_against_date(two_hours, [MILL], rules(longest=HOUR)) == [LongerThanAllowed(MILL, two_hours.start, 1)]


def test_blocks_are_counted_from_midnight_of_the_wall_clock():
    assert reasons_against_date(at(0, "08:00", "10:00"), [MILL], rules(block_minutes=120)) == []
    odd = at(0, "09:00", "11:00")
    assert reasons_against_date(odd, [MILL], rules(block_minutes=120)) == [OffTheBlocks(MILL, odd.start, 120)]


def test_all_that_stands_against_a_date_is_said_at_once():
    found = reasons_against_date(
        at(0, "08:10", "08:30"), [MILL], rules(lead=timedelta(days=30), shortest=HOUR, block_minutes=60)
    )
    assert [type(each) for each in found] == [TooSoon, TooShort, OffTheBlocks]


# ── in all ──


def test_the_hours_of_a_week_are_hers_in_all_and_exactly_the_limit_is_allowed():
    quota = Quota(person_week=4 * HOUR)
    before = Use(at(1, "08:00", "10:00"), WANG, COLLEGE, (LATHE,))
    assert asked(counted(quota, before), at(2, "08:00", "10:00")) == []
    assert asked(counted(quota, before), at(2, "08:00", "10:01")) == [
        OverQuota("person", "week", MONDAY, 4 * 60 + 1, 4 * 60)
    ]


def test_another_week_and_another_person_do_not_count():
    quota = Quota(person_week=4 * HOUR)
    others = [Use(at(1, "08:00", "12:00"), LI, COLLEGE, (MILL,)), Use(at(8, "08:00", "12:00"), WANG, COLLEGE, (MILL,))]
    assert asked(counted(quota, *others), at(2, "08:00", "12:00")) == []


def test_each_unit_of_a_booking_counts():
    assert asked(counted(Quota(person_week=4 * HOUR)), at(0, "08:00", "10:01"), units=(MILL, LATHE)) == [
        OverQuota("person", "week", MONDAY, 242, 240)
    ]


def test_a_night_from_sunday_to_monday_counts_in_both_weeks_by_its_part():
    night = Span(at_local(MONDAY - timedelta(days=1), 22 * 60), at_local(MONDAY, 60))
    (over,) = asked(counted(Quota(person_week=HOUR)), night)
    assert over == OverQuota("person", "week", MONDAY - timedelta(days=7), 120, 60)


def test_a_series_is_counted_with_itself():
    every_day = [at(day, "08:00", "09:00") for day in range(5)]
    assert asked(counted(Quota(person_week=5 * HOUR)), *every_day) == []
    assert asked(counted(Quota(person_week=4 * HOUR)), *every_day) == [OverQuota("person", "week", MONDAY, 300, 240)]


def test_a_members_hours_are_those_of_all_its_people():
    quota = Quota(member_week=4 * HOUR)
    colleague = Use(at(1, "08:00", "11:00"), LI, COLLEGE, (MILL,))
    stranger = Use(at(1, "13:00", "17:00"), LI, COMPANY, (MILL,))
    assert asked(counted(quota, stranger), at(2, "08:00", "12:00")) == []
    assert asked(counted(quota, colleague, stranger), at(2, "08:00", "10:00")) == [
        OverQuota("member", "week", MONDAY, 300, 240)
    ]


def test_the_hours_of_a_term_end_with_it():
    term = term_spans([(MONDAY, MONDAY + timedelta(days=13))])
    quota = Quota(person_term=3 * HOUR)
    first = Use(at(7, "08:00", "10:00"), WANG, COLLEGE, (MILL,))
    after = Use(at(14, "08:00", "10:00"), WANG, COLLEGE, (MILL,))
    assert asked(counted(quota, after, terms=term), at(0, "08:00", "11:00")) == []
    assert asked(counted(quota, first, terms=term), at(0, "08:00", "11:00")) == [
        OverQuota("person", "term", MONDAY, 300, 180)
    ]
    assert reach([at(0, "08:00", "09:00")], term, quota) == term[0]


def test_coming_dates_are_counted_and_past_ones_are_not():
    quota = Quota(person_dates=2)
    past = Use(at(-10, "08:00", "09:00"), WANG, COLLEGE, (MILL,))
    coming = Use(at(1, "08:00", "09:00"), WANG, COLLEGE, (MILL,))
    assert asked(counted(quota, past, coming), at(2, "08:00", "09:00")) == []
    assert asked(counted(quota, past, coming), at(2, "08:00", "09:00"), at(3, "08:00", "09:00")) == [TooManyAhead(3, 2)]


def test_nobody_but_the_owner_side_takes_more_than_its_share_of_the_peak_hours():
    quota = Quota(member_peak_percent=20)  # 10 of the 50 peak hours from Monday to Friday, 8:00 to 18:00
    one_day = at(0, "08:00", "18:00")
    assert asked(counted(quota), one_day) == []
    assert asked(counted(quota), one_day, at(1, "17:00", "18:30")) == [OverPeakShare(MILL, MONDAY, 22, 20)]
    assert asked(counted(quota, own=[MILL]), one_day, at(1, "17:00", "18:30")) == []


def test_evenings_and_weekends_are_no_peak():
    quota = Quota(member_peak_percent=1)
    assert asked(counted(quota), at(0, "18:00", "22:00"), at(5, "08:00", "18:00")) == []


@given(st.lists(st.tuples(st.integers(0, 13), st.integers(0, 20), st.integers(1, 4)), max_size=8), st.integers(1, 40))
def test_what_is_allowed_never_exceeds_the_limit(dates, most):
    """Whatever is asked one by one, what was let through stays within the week's hours."""
    kept: list[Use] = []
    for day, hour, length in dates:
        span = at(day, f"{hour:02d}:00", f"{min(hour + length, 24):02d}:00")
        if not asked(counted(Quota(person_week=most * HOUR), *kept), span):
            kept.append(Use(span, WANG, COLLEGE, (MILL,)))
    for week in (0, 7):
        inside = [
            use
            for use in kept
            if at(week, "00:00", "24:00").start <= use.span.start < at(week + 7, "00:00", "24:00").start
        ]
        assert sum((use.span.length for use in inside), timedelta()) <= most * HOUR


def test_a_quota_says_what_is_left_of_it_as_it_stands():
    """3 of 4 hours are taken; 2 more are asked for: one is left, whatever is asked."""
    quota = Quota(person_week=4 * HOUR, person_dates=1)
    over, ahead = asked(counted(quota, Use(at(0, "08:00", "11:00"), WANG, COLLEGE, (LATHE,))), at(1, "08:00", "10:00"))
    assert (over.minutes, over.most, over.left) == (300, 240, 60)
    assert (ahead.dates, ahead.most, ahead.left) == (2, 1, 0)
    assert asked(counted(Quota(person_week=HOUR)), at(1, "08:00", "10:00"))[0].left == 60
