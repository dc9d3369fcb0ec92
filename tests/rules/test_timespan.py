"""Spans of time: half-open, in any zone, on the days on which the clock was changed too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.foundation.timespan import (
    ZONE,
    Span,
    at_local,
    day_span,
    local_day,
    local_minute,
    merged,
    minus,
    monday_of,
    week_span,
)

pytestmark = pytest.mark.usefixtures("machine_zone")

START = datetime(2026, 9, 7, tzinfo=UTC)
HOURS = st.integers(0, 60)


@st.composite
def spans(draw):
    first = draw(HOURS)
    return Span(START + timedelta(hours=first), START + timedelta(hours=first + draw(st.integers(1, 12))))


def hours_of(several):
    """The hours that some spans cover, as a set: what the set operations are held to."""
    return {n for n in range(80) for span in several if span.start <= START + timedelta(hours=n) < span.end}


def test_an_empty_or_backward_span_cannot_exist():
    for end in (START, START - timedelta(hours=1)):
        with pytest.raises(ValueError, match="ends after"):
            Span(START, end)


def test_a_span_needs_aware_instants():
    with pytest.raises(ValueError, match="aware"):
        Span(datetime(2026, 9, 7), datetime(2026, 9, 8))


def test_the_same_instants_in_other_zones_are_the_same_span():
    assert Span(START, START + timedelta(hours=1)) == Span(
        START.astimezone(ZONE), (START + timedelta(hours=1)).astimezone(ZONE)
    )


@given(spans(), spans())
def test_overlap_is_mutual_and_means_a_shared_hour(one, other):
    assert one.overlaps(other) == other.overlaps(one) == bool(hours_of([one]) & hours_of([other]))


@given(spans(), spans())
def test_a_clip_is_what_both_cover(one, other):
    clip = one.clip(other)
    assert hours_of([clip] if clip else []) == hours_of([one]) & hours_of([other])


@given(spans(), spans())
def test_containing_means_every_hour(one, other):
    assert one.contains(other) == (hours_of([other]) <= hours_of([one]))


@given(st.lists(spans(), max_size=8))
def test_merging_covers_the_same_in_order_and_apart(several):
    result = merged(several)
    assert hours_of(result) == hours_of(several)
    assert all(one.end < other.start for one, other in pairwise(result))


@given(st.lists(spans(), max_size=6), st.lists(spans(), max_size=6))
def test_minus_leaves_what_only_the_first_cover(several, holes):
    assert hours_of(minus(several, holes)) == hours_of(several) - hours_of(holes)


@given(spans(), st.integers(0, 300), st.integers(0, 300))
def test_widening_moves_each_end_outward(span, before, after):
    wide = span.widen(timedelta(minutes=before), timedelta(minutes=after))
    assert wide.contains(span)
    assert wide.length - span.length == timedelta(minutes=before + after)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(1986, 5, 4), 23), (date(1991, 9, 15), 25), (date(2026, 9, 7), 24)],
)
def test_a_day_is_as_long_as_its_clock_says(day, hours):
    """China changed its clocks from 1986 to 1991."""
    assert day_span(day).length == timedelta(hours=hours)


def test_a_week_is_seven_days_of_the_clock():
    assert week_span(date(2026, 9, 7)).length == timedelta(days=7)
    assert week_span(date(1986, 4, 28)).length == timedelta(days=7) - timedelta(hours=1)


def test_a_reading_that_the_clock_skipped_moves_later():
    skipped = at_local(date(1986, 5, 4), 2 * 60 + 30)
    assert local_minute(skipped) == 3 * 60 + 30


def test_a_reading_that_the_clock_showed_twice_is_the_first():
    assert at_local(date(1991, 9, 15), 1 * 60 + 30) == datetime(1991, 9, 14, 16, 30, tzinfo=UTC)


def test_minute_1440_is_the_next_days_beginning():
    assert at_local(date(2026, 9, 7), 1440) == at_local(date(2026, 9, 8), 0)


@given(st.dates(date(1980, 1, 1), date(2100, 1, 1)), st.integers(0, 1439))
def test_a_reading_of_the_clock_comes_back_as_it_was(day, minute):
    moment = at_local(day, minute)
    skipped = day.year in range(1986, 1992) and local_minute(moment) != minute
    assert skipped or (local_day(moment), local_minute(moment)) == (day, minute)


@given(st.dates(date(1980, 1, 1), date(2100, 1, 1)))
def test_the_monday_of_a_day_is_at_most_six_days_before(day):
    assert monday_of(day).isoweekday() == 1
    assert 0 <= (day - monday_of(day)).days <= 6
