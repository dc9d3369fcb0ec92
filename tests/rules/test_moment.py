"""Free now: until when, how many are left, and what comes next."""

from __future__ import annotations

from app.booking.rules.moment import CLOSED, FREE, PARTLY, TAKEN, free_until, now_and_next, stretches
from app.booking.rules.timeline import Use
from app.foundation.timespan import Span, at_local
from tests.rules.conftest import MONDAY


def at(hour):
    return int(at_local(MONDAY, int(hour * 60)).timestamp())


def use(start, end, state="others", quantity=1, whole=True, part=False, holds=True):
    return Use(at(start), at(end), state, quantity, whole, part, holds, 0, "booking", "", "", "", "")


def shown(uses, start, end=22, capacity=1, opened=None):
    spans = None if opened is None else [Span(at_local(MONDAY, a * 60), at_local(MONDAY, b * 60)) for a, b in opened]
    return stretches(uses, capacity, spans, at(start), at(end))


def test_an_empty_lab_is_free_until_it_closes():
    found = shown([], 9, opened=[(8, 18)])
    assert [each.state for each in found] == [FREE, CLOSED]
    assert free_until(found) == at(18)


def test_it_is_free_until_the_next_booking():
    assert free_until(shown([use(10, 11)], 9)) == at(10)


def test_what_is_taken_now_is_not_free():
    assert free_until(shown([use(8, 10)], 9)) is None


def test_two_bookings_side_by_side_are_one_stretch():
    now, after = now_and_next(shown([use(8, 10), use(10, 12)], 9))
    assert (now.state, now.end) == (TAKEN, at(12))
    assert after is not None
    assert after.state == FREE


def test_what_waits_without_holding_leaves_it_free():
    assert free_until(shown([use(9, 10, "waiting", holds=False)], 9)) == at(22)


def test_a_closure_says_closed_not_taken():
    assert shown([use(8, 10, "closed")], 9)[0].state == CLOSED


def test_a_room_with_one_machine_in_use_is_partly_taken():
    assert shown([use(8, 10, part=True)], 9)[0].state == PARTLY


def test_of_five_stations_two_are_left():
    found = shown([use(8, 10, quantity=3, whole=False)], 9, capacity=5)
    assert (found[0].state, found[0].left) == (FREE, 2)
    assert free_until(found) == at(22)


def test_all_five_taken_is_taken():
    both = [use(8, 10, quantity=3, whole=False), use(9, 11, quantity=2, whole=False)]
    assert shown(both, 9, capacity=5)[0].state == TAKEN


def test_nothing_more_today_has_no_next():
    assert now_and_next(shown([], 9))[1] is None
