"""Ownership: shares make exactly 100 % at every instant, whatever changes hands, and a thing takes its parties from above."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue.rules.ownership import (
    WHOLE,
    OwnerTwice,
    SharesNotWhole,
    Stake,
    owners_on,
    parties,
    reasons_against_stakes,
    stretches,
)
from app.foundation.refusal import Invalid

COMPANY, COLLEGE, PARK = 1, 2, 3
FIRST = date(2024, 9, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def percent(number: float) -> int:
    return round(number * 100)


def test_a_machine_in_a_factory_in_school_is_owned_60_40():
    """60 % the company's, 40 % the college's, from the first day and for ever."""
    stakes = [Stake(COMPANY, percent(60), FIRST), Stake(COLLEGE, percent(40), FIRST)]
    assert reasons_against_stakes(stakes) == []
    assert [(s.member_id, s.share) for s in owners_on(day(5000), stakes)] == [(COMPANY, 6000), (COLLEGE, 4000)]


def test_it_stands_at_the_college_and_the_company_runs_it():
    """The base is the college's in every part; the unit itself says only who operates it."""
    base = {"host": COLLEGE, "operator": COLLEGE, "keeper": COLLEGE}
    assert parties({"operator": COMPANY}, {}, base) == {"host": COLLEGE, "operator": COMPANY, "keeper": COLLEGE}


def test_a_lab_stands_between_unit_and_base():
    base = {"host": COLLEGE, "operator": COLLEGE, "keeper": COLLEGE}
    lab = {"operator": PARK, "keeper": PARK}
    assert parties({"keeper": COMPANY}, lab, base) == {"host": COLLEGE, "operator": PARK, "keeper": COMPANY}


@pytest.mark.parametrize("shares", [(60, 39.99), (60, 40.01), (100, 100), (0.01,)])
def test_a_sum_that_misses_the_whole_by_a_hundredth_of_a_percent_is_refused(shares):
    stakes = [Stake(number, percent(share), FIRST) for number, share in enumerate(shares, start=1)]
    assert reasons_against_stakes(stakes) == [SharesNotWhole(FIRST, None, sum(percent(share) for share in shares))]


def test_a_gap_of_one_day_is_named_with_its_days():
    stakes = [Stake(COMPANY, WHOLE, day(0), day(10)), Stake(COLLEGE, WHOLE, day(11))]
    assert reasons_against_stakes(stakes) == [SharesNotWhole(day(10), day(11), 0)]


def test_touching_days_are_neither_gap_nor_overlap():
    assert reasons_against_stakes([Stake(COMPANY, WHOLE, day(0), day(10)), Stake(COLLEGE, WHOLE, day(10))]) == []


def test_ownership_never_just_ends():
    assert reasons_against_stakes([Stake(COMPANY, WHOLE, day(0), day(10))]) == [SharesNotWhole(day(10), None, 0)]


def test_all_reasons_come_at_once():
    """Too little at first, then too much, and the company twice at the same time."""
    stakes = [
        Stake(COMPANY, 5000, day(0)),
        Stake(COLLEGE, 5000, day(2)),
        Stake(COMPANY, 1000, day(4)),
    ]
    assert reasons_against_stakes(stakes) == [
        SharesNotWhole(day(0), day(2), 5000),
        SharesNotWhole(day(4), None, 11000),
        OwnerTwice(COMPANY, day(4)),
    ]


def test_a_share_of_nothing_and_an_end_before_the_start_make_no_sense():
    stakes = [Stake(COMPANY, 0, day(0)), Stake(COLLEGE, WHOLE, day(3), day(3))]
    assert reasons_against_stakes(stakes) == [Invalid("share", "out_of_range"), Invalid("until_on", "backward")]


def test_without_own_owners_a_thing_has_those_above_it():
    lab, base = [Stake(COMPANY, WHOLE, day(10))], [Stake(COLLEGE, WHOLE, day(0))]
    assert reasons_against_stakes([]) == []
    assert [stake.member_id for stake in owners_on(day(5), [], lab, base)] == [COLLEGE]
    assert [stake.member_id for stake in owners_on(day(10), [], lab, base)] == [COMPANY]
    assert owners_on(day(-1), [], lab, base) == ()


def splits() -> st.SearchStrategy[dict[int, int]]:
    """Any way to split the whole among up to six members."""

    def shares_between(cuts: set[int]) -> list[int]:
        marks = [0, *sorted(cuts), WHOLE]
        return [high - low for low, high in pairwise(marks)]

    return st.sets(st.integers(1, WHOLE - 1), max_size=5).map(
        lambda cuts: dict(enumerate(shares_between(cuts), start=1))
    )


def handed_over(stakes, since, shares):
    """The stakes after the thing passes to these members (id to share); what was before stays as it was."""
    kept = [
        stake if stake.until_on is not None and stake.until_on <= since else replace(stake, until_on=since)
        for stake in stakes
        if stake.from_on < since
    ]
    return kept + [Stake(member_id, share, since) for member_id, share in sorted(shares.items())]


@given(splits(), st.lists(st.tuples(st.integers(0, 400), splits()), max_size=6), st.integers(0, 900))
def test_however_it_changes_hands_the_shares_make_the_whole_at_every_instant(first, changes, asked):
    stakes = handed_over([], day(0), first)
    for number, shares in changes:
        stakes = handed_over(stakes, day(number), shares)
    assert reasons_against_stakes(stakes) == []
    assert sum(stake.share for stake in owners_on(day(asked), stakes)) == WHOLE
    assert [(start, total) for start, _, total in stretches(stakes)] == [(day(0), WHOLE)]


stakes_of_any_kind = st.lists(
    st.builds(
        lambda member, share, start, length: Stake(
            member, share, day(start), day(start + length) if length is not None else None
        ),
        st.integers(1, 4),
        st.sampled_from([2500, 4000, 5000, 6000, WHOLE]),
        st.integers(0, 30),
        st.none() | st.integers(1, 30),
    ),
    max_size=6,
)


@given(stakes_of_any_kind)
def test_what_is_let_through_is_whole_on_each_single_day_and_what_is_not_is_refused(stakes):
    days = range(min((stake.from_on - FIRST).days for stake in stakes), 70) if stakes else range(0)
    sums = [sum(stake.share for stake in stakes if stake.holds(day(number))) for number in days]
    held_twice = any(
        len([s for s in stakes if s.member_id == member and s.holds(day(number))]) > 1
        for number in days
        for member in range(1, 5)
    )
    whole = all(total == WHOLE for total in sums) and not held_twice
    assert (reasons_against_stakes(stakes) == []) == whole


@given(stakes_of_any_kind)
def test_stretches_say_what_adding_up_day_by_day_says(stakes):
    for start, end, total in stretches(stakes):
        last = end or day(80)
        for number in range((start - FIRST).days, (last - FIRST).days):
            assert sum(stake.share for stake in stakes if stake.holds(day(number))) == total
