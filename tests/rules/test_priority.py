"""Who may displace whom: by the published order, before the deadline, and nobody for nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.conflict import Situation, Taken, reasons_by_slot
from app.booking.rules.displacing import Said, dates_in_the_way, mark_of, reasons_against_said, same_wish
from app.booking.rules.priority import (
    CLASSES,
    FIRST_ORDER,
    Order,
    Standing,
    Terms,
    class_in,
    classes_of,
    deadline,
    rank_of,
    reasons_against_order,
    reasons_not_to_displace,
)
from app.booking.rules.request import Asked, Slot, Want
from app.catalogue.rules.unit import Unit
from app.foundation.timespan import ZONE, Span

NOW = datetime(2026, 9, 1, 0, 0, tzinfo=UTC)
START = NOW + timedelta(days=10)

some_classes = st.builds(
    classes_of,
    st.sampled_from(["person", "lesson", "calendar"]),
    st.sampled_from(["teaching", "competition", "certification", "research", "visit"]),
    st.sampled_from(["own", "member", "outside"]),
)
some_order = st.permutations(CLASSES).map(lambda classes: Order(7, tuple(classes)))


def codes(winner: frozenset[str], standing: Standing, order: Order = FIRST_ORDER, now: datetime = NOW) -> list[str]:
    return [reason.code for reason in reasons_not_to_displace(winner, standing, order, now)]


def standing(*classes: str, hours: int = 72, is_on: bool = True, start: datetime = START) -> Standing:
    return Standing(5, start, frozenset(classes), Terms(is_on, hours))


class TestTheOrder:
    @pytest.mark.parametrize(
        ("origin", "purpose", "footing", "counts_as"),
        [
            ("lesson", "teaching", "member", "lesson"),
            ("lesson", "competition", "own", "lesson"),
            ("person", "competition", "member", "event"),
            ("person", "certification", "outside", "event"),
            ("person", "teaching", "own", "owner"),
            ("person", "teaching", "member", "member"),
            ("calendar", "research", "outside", "outside"),
        ],
    )
    def test_a_booking_counts_as_the_highest_it_is(self, origin, purpose, footing, counts_as):
        assert class_in(FIRST_ORDER, classes_of(origin, purpose, footing)) == counts_as

    def test_another_order_counts_the_same_booking_otherwise(self):
        owners_first = Order(2, ("owner", "lesson", "event", "member", "outside"))
        assert class_in(owners_first, classes_of("lesson", "teaching", "own")) == "owner"

    @given(some_classes, some_classes, some_order)
    def test_of_two_bookings_at_most_one_may_displace_the_other(self, one, other, order):
        first = reasons_not_to_displace(one, Standing(1, START, other), order, NOW)
        second = reasons_not_to_displace(other, Standing(2, START, one), order, NOW)
        assert first or second

    @given(some_classes, some_classes, some_classes, some_order)
    def test_nobody_comes_back_by_a_detour(self, one, two, three, order):
        def above(higher: frozenset[str], lower: frozenset[str]) -> bool:
            return not reasons_not_to_displace(higher, Standing(1, START, lower), order, NOW)

        assert not (above(one, two) and above(two, three) and above(three, one))

    def test_an_order_names_every_class_once_and_says_why(self):
        assert reasons_against_order(CLASSES, "the council's decision") == []
        assert [each.field for each in reasons_against_order(CLASSES[:-1], "")] == ["classes", "note"]
        assert reasons_against_order((*CLASSES[:-1], "lesson"), "twice")


class TestWhoGivesWay:
    def test_the_lower_gives_way_the_higher_does_not(self):
        assert codes(frozenset({"event"}), standing("member")) == []
        assert codes(frozenset({"member"}), standing("event")) == ["not_higher"]

    def test_as_high_is_not_higher(self):
        assert codes(frozenset({"owner"}), standing("owner")) == ["equal_rank"]

    def test_every_reason_is_told_at_once(self):
        late = standing("event", is_on=False, start=NOW + timedelta(hours=5))
        assert codes(frozenset({"member"}), late) == ["not_displaced_here", "not_higher", "after_the_deadline"]

    def test_what_has_begun_stays_even_without_a_deadline(self):
        assert codes(frozenset({"lesson"}), standing("member", hours=0, start=NOW)) == ["has_begun"]
        assert codes(frozenset({"lesson"}), standing("member", hours=0, start=NOW + timedelta(minutes=1))) == []

    @given(st.integers(0, 24 * 60), st.integers(-90_000, 90_000))
    def test_the_deadline_itself_is_the_last_moment(self, hours, seconds):
        there = standing("member", hours=hours)
        now = deadline(START, there.terms) + timedelta(seconds=seconds)
        may = not reasons_not_to_displace(frozenset({"lesson"}), there, FIRST_ORDER, now)
        assert may == (seconds <= 0 and now < START)


# ── which dates are in the way ──


def unit(unit_id: int, kind: str, capacity: int = 1) -> Unit:
    names = (kind, kind)
    return Unit(unit_id, 1, 1, 10, kind, *names, capacity, False, True, 0, 0, None, "external", frozenset({1}))


HALL, MACHINE, STATIONS = unit(10, "room"), unit(11, "machine"), unit(12, "stations", 20)
UNITS = {unit.id: unit for unit in (HALL, MACHINE, STATIONS)}


def span(first: int, last: int) -> Span:
    day = datetime(2026, 9, 22, tzinfo=ZONE)
    return Span(day + timedelta(hours=first), day + timedelta(hours=last))


def taken(unit: int, first: int, last: int, date_id: int | None, quantity: int = 1, exclusive: bool = True) -> Taken:
    return Taken(unit, span(first, last), quantity, exclusive, "booking" if date_id else "closure", date_id, date_id)


def asks(unit: int, first: int, last: int, quantity: int = 1) -> Asked:
    return Asked((Want(unit, quantity),), (Slot(span(first, last)),), "competition", "Finals", 1, 1)


class TestWhatIsInTheWay:
    def test_only_what_touches_the_wanted_time(self):
        there = [taken(11, 8, 10, 1), taken(11, 10, 12, 2), taken(11, 12, 14, 3)]
        assert dates_in_the_way(asks(11, 10, 12), UNITS, there, {}) == [2]

    def test_a_whole_lab_pushes_aside_each_machine_in_it(self):
        there = [taken(11, 8, 10, 1), taken(10, 8, 10, 1, exclusive=False), taken(10, 9, 10, 2, exclusive=False)]
        assert dates_in_the_way(asks(10, 8, 12), UNITS, there, {}) == [1, 2]

    def test_a_closure_is_no_booking(self):
        assert dates_in_the_way(asks(11, 8, 10), UNITS, [taken(11, 8, 10, None)], {}) == []

    def test_of_a_pool_the_lowest_gives_way_first_and_of_those_the_last(self):
        there = [taken(12, 8, 10, date_id, 5, False) for date_id in (1, 2, 3, 4)]
        rank = {1: 4, 2: 3, 3: 4, 4: 3}
        assert dates_in_the_way(asks(12, 8, 10, 5), UNITS, there, rank) == [3]
        assert dates_in_the_way(asks(12, 8, 10, 9), UNITS, there, rank) == [1, 3]
        assert dates_in_the_way(asks(12, 8, 10, 11), UNITS, there, rank) == [1, 3, 4]

    def test_of_a_pool_nobody_goes_where_it_would_not_be_enough(self):
        there = [taken(12, 8, 10, 1, 5, False), taken(12, 8, 10, 2, 15, False)]
        assert dates_in_the_way(asks(12, 8, 10, 10), UNITS, there, {1: 4}) == []

    @given(
        st.lists(st.tuples(st.integers(8, 15), st.integers(1, 4), st.integers(1, 8), st.integers(0, 4)), max_size=7),
        st.integers(1, 20),
    )
    def test_with_them_away_it_fits_and_with_any_one_of_them_back_it_does_not(self, lines, quantity):
        there = [taken(12, at, at + long, n, many, False) for n, (at, long, many, _) in enumerate(lines, 1)]
        rank = {n: each[3] for n, each in enumerate(lines, 1)}
        wanted = asks(12, 10, 14, quantity)
        gone = set(dates_in_the_way(wanted, UNITS, there, rank))

        def clashes(without: set[int]) -> bool:
            left = [each for each in there if each.date_id not in without]
            return any(reasons_by_slot(wanted, Situation(UNITS, {}, left)))

        assert not clashes(gone)
        assert all(clashes(gone - {one}) for one in gone)


class TestWhatIsSaid:
    def test_other_needs_words(self):
        assert reasons_against_said(Said("event")) == []
        assert [each.field for each in reasons_against_said(Said("other"))] == ["note"]
        assert [each.field for each in reasons_against_said(Said("whim", "x" * 401, "y" * 401, -1))] == [
            "reason", "note", "compensation", "compensation_fen",
        ]  # fmt: skip

    def test_the_line_knows_the_very_wish(self):
        wish = same_wish(asks(12, 8, 10, 5))
        assert (wish.unit_ids, wish.quantity, wish.from_minute, wish.until_minute, wish.minutes) == (
            (12,), 5, 480, 600, 120,
        )  # fmt: skip
        assert (wish.first_day, wish.weekdays) == (datetime(2026, 9, 22, tzinfo=ZONE).date(), (2,))

    def test_the_line_has_a_place_for_two_units_together_and_for_a_night(self):
        two = same_wish(Asked((Want(11), Want(12, 3)), (Slot(span(8, 10)),), "teaching", "Both", 1, 1))
        assert (two.unit_ids, two.together) == ((11, 12), (1, 3))
        night = same_wish(asks(11, 22, 26))
        assert (night.from_minute, night.until_minute, night.minutes, night.together) == (22 * 60, 24 * 60, 240, ())

    def test_a_press_is_for_what_was_shown(self):
        assert mark_of([(1, 1, 5), (2, 3, 9)]) == mark_of([(2, 3, 9), (1, 1, 5)])
        assert mark_of([(1, 1, 5)]) != mark_of([(1, 2, 5)])

    @given(some_order, some_classes)
    def test_the_class_that_counts_is_one_of_its_own(self, order, classes):
        found = class_in(order, classes)
        assert found in classes
        assert all(rank_of(found, order) <= rank_of(each, order) for each in classes)
