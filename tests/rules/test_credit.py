"""Credit: a score is a rule over events; it never rises above the cap; what is excused never was; and repetition restricts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.consortium.rules import credit
from app.consortium.rules.credit import Event, points_of, repeated, score, standing, still_enough, terms_of
from app.consortium.rules.restriction import SCOPES, Restriction, covers
from app.consortium.rules.settings import in_force

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
VALUES = in_force({})
TERMS = terms_of(VALUES)


def event(number: int, rule: str, days_ago: float = 0, points: int | None = None, **more) -> Event:
    worth = points_of(rule, VALUES) if points is None else points
    return Event(number, 7, rule, worth, NOW - days_ago * DAY, **({"date_id": number} | more))


def excuse(number: int, of: Event) -> Event:
    return Event(number, 7, "excused", -of.points, NOW, by_id=3, reverses_id=of.id)


def test_the_numbers_are_the_published_ones():
    worth = {rule: points_of(rule, VALUES) for rule in (*credit.GIVES, *credit.TAKES)}
    assert worth == {
        "normal": 1,
        "no_show": -10,
        "late": -3,
        "early": 0,
        "overrun": -3,
        "late_cancel": -2,
        "no_feedback": -2,
    }
    assert (TERMS.start, TERMS.cap, TERMS.after_events) == (100, 100, 3)
    assert (TERMS.within, TERMS.length, TERMS.automatic) == (180 * DAY, 30 * DAY, False)


def test_events_count_one_after_the_other_and_what_goes_beyond_the_cap_is_lost():
    assert score([], TERMS) == 100
    assert score([event(1, "normal", 3)], TERMS) == 100
    assert score([event(1, "normal", 3), event(2, "no_show", 2), event(3, "normal", 1)], TERMS) == 91
    assert score([event(2, "no_show", 1), event(1, "normal", 2)], TERMS) == 90  # whatever order they are told in


_events = some.lists(
    some.tuples(some.sampled_from(["normal", "no_show", "late", "overrun", "late_cancel"]), some.integers(0, 400)),
    max_size=20,
).map(lambda given: [event(n, rule, ago) for n, (rule, ago) in enumerate(given, 1)])


@given(_events)
def test_the_score_never_rises_above_the_cap(events):
    for number in range(len(events) + 1):
        assert score(events[:number], TERMS) <= TERMS.cap
    assert all(reached <= TERMS.cap for reached in credit.course(events, TERMS).values())


@given(_events, some.data())
def test_what_is_excused_never_was(events, data):
    if not events:
        return
    chosen = data.draw(some.sampled_from(events))
    excused = [*events, excuse(1000, chosen)]
    without = [each for each in events if each is not chosen]
    assert score(excused, TERMS) == score(without, TERMS)
    assert standing(excused) == standing(without)


def test_a_score_may_fall_as_far_as_it_must():
    assert score([event(n, "no_show", 20 - n) for n in range(12)], TERMS) == -20


# ── repetition ──


def test_the_third_event_restricts_and_the_second_does_not():
    events = [event(n, "no_show", n) for n in (1, 2, 3)]
    assert repeated(events[:2], [], TERMS, NOW) == []
    assert {each.id for each in repeated(events, [], TERMS, NOW)} == {1, 2, 3}


@pytest.mark.parametrize(("days_ago", "counts"), [(179.99, True), (180, False), (200, False)])
def test_events_count_for_so_many_days_to_the_moment(days_ago, counts):
    events = [event(1, "late", days_ago), event(2, "late", 1), event(3, "overrun", 0)]
    assert bool(repeated(events, [], TERMS, NOW)) is counts


def test_two_events_of_one_date_are_one():
    events = [event(1, "late", 1, date_id=5), event(2, "overrun", 1, date_id=5), event(3, "late", 2)]
    assert repeated(events, [], TERMS, NOW) == []


def test_late_cancellations_and_normal_use_restrict_nobody():
    events = [event(n, rule, n) for n, rule in enumerate(["late_cancel"] * 5 + ["normal"] * 5, 1)]
    assert repeated(events, [], TERMS, NOW) == []


def test_nobody_is_restricted_twice_for_the_same_thing():
    events = [event(n, "no_show", n) for n in range(1, 6)]
    assert repeated(events, [1, 2, 3], TERMS, NOW) == []
    assert len(repeated([*events, event(6, "late")], [1, 2, 3], TERMS, NOW)) == 3


def test_zero_events_mean_that_there_is_no_such_rule():
    never = replace(TERMS, after_events=0)
    assert repeated([event(n, "no_show", n) for n in range(1, 9)], [], never, NOW) == []


@given(_events)
def test_only_events_that_count_restrict_and_enough_of_them(events):
    found = repeated(events, [], TERMS, NOW)
    assert len(found) == 0 or len({each.date_id for each in found}) >= TERMS.after_events
    assert all(each.rule in credit.COUNTED and NOW - each.at < TERMS.within for each in found)
    if found:
        assert not repeated(events, [each.id for each in found], TERMS, NOW)
        assert still_enough(events, [each.id for each in found], TERMS)


def test_an_excuse_takes_the_ground_away():
    events = [event(n, "no_show", n) for n in (1, 2, 3)]
    assert not still_enough([*events, excuse(9, events[0])], [1, 2, 3], TERMS)


def test_it_holds_where_the_events_happened():
    same = [event(n, "late", unit_id=4, base_id=2) for n in (1, 2)]
    assert credit.narrowest(same) == ("unit", 4)
    assert credit.narrowest([*same, event(3, "late", unit_id=5, base_id=2)]) == ("base", 2)
    assert credit.narrowest([*same, event(3, "late", unit_id=5, base_id=3)]) == ("all", None)
    assert credit.narrowest([event(1, "late")]) == ("all", None)


def restriction(scope: str, scope_id: int | None, state: str = "in_force") -> Restriction:
    return Restriction(
        1, 7, None, scope, scope_id, "repeated", "", (), state, NOW, None, NOW, NOW, NOW + 30 * DAY, None, None, "",
        None, 1,
    )  # fmt: skip


def test_it_covers_its_own_place_and_no_other_for_its_own_time():
    places = {"all": (None, None), "member": (9, 8), "base": (2, 3), "unit": (4, 5)}
    assert set(places) == set(SCOPES)
    for scope, (here, elsewhere) in places.items():
        assert covers(restriction(scope, here), 4, 2, {9, 10}, NOW)
        assert elsewhere is None or not covers(restriction(scope, elsewhere), 4, 2, {9, 10}, NOW)
    held = restriction("all", None)
    for moment, holds in ((NOW - DAY, False), (NOW, True), (NOW + 30 * DAY, False)):
        assert covers(held, 4, 2, (), moment) is holds
    for state in ("proposed", "dismissed", "lifted"):
        assert not covers(restriction("all", None, state), 4, 2, (), NOW)
