"""What a feed shows, decided without a database: the window, who sees what, when it last changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules import feed as rules
from app.booking.rules.course import STATES
from app.booking.rules.feed import Feed, Occurrence, Place, Subscriber
from app.consortium.rules.office import Actor, Appointment
from app.foundation.timespan import local, local_day

NOON = datetime(2026, 9, 1, 4, tzinfo=UTC)
COLLEGE, WORKS = 1, 2
WANG, LI, KEEPER = 11, 12, 13


def actor(person_id: int, member_id: int, *roles: str, base_id: int | None = None) -> Actor:
    offices = tuple(Appointment(role, member_id, base_id, date(2020, 1, 1), None) for role in roles)
    return Actor(person_id, "x", member_id, offices)


def place(unit_id: int, base_id: int = 1, owner: int = COLLEGE) -> Place:
    return Place(unit_id, False, "机", "M", "室", "L", "", "基地", "B", base_id, frozenset({owner}))


def occurrence(date_id: int = 1, state: str = "confirmed", holder: int = WANG, member: int = COLLEGE) -> Occurrence:
    end = NOON + timedelta(hours=2)
    return Occurrence(
        date_id,
        1,
        "u",
        NOON,
        end,
        "",
        state,
        0,
        NOON,
        "课",
        "teaching",
        30,
        "note",
        holder,
        holder,
        member,
        "王",
        "院",
        "C",
    )


def fields(who: Actor, one: Occurrence, *places: Place, variant: str = "full") -> frozenset[str]:
    units = {one.date_id: [(each.unit_id, 1) for each in places]}
    [shown] = rules.shown(who, variant, [one], units, {each.unit_id: each for each in places}, lambda _: True)
    return shown.fields


def test_the_holder_sees_everything_and_a_stranger_only_the_time():
    assert "note" in fields(actor(WANG, COLLEGE, "booker"), occurrence(), place(1))
    assert fields(actor(LI, WORKS, "booker"), occurrence(), place(1)) == {"time", "units", "state"}


def test_a_keeper_of_another_base_of_the_same_owner_sees_what_a_colleague_sees():
    here = actor(KEEPER, COLLEGE, "keeper", base_id=1)
    elsewhere = actor(KEEPER, COLLEGE, "keeper", base_id=2)
    assert "note" in fields(here, occurrence(member=WORKS, holder=LI), place(1, base_id=1))
    assert fields(elsewhere, occurrence(member=WORKS, holder=LI), place(1, base_id=1)) == {"time", "units", "state"}


@pytest.mark.parametrize("who", [actor(WANG, COLLEGE, "booker"), actor(KEEPER, COLLEGE, "keeper", "member_admin")])
def test_the_busy_variant_shows_nobody_more_than_the_time(who):
    assert fields(who, occurrence(), place(1), variant="busy") == {"time", "units", "state"}


def test_of_a_busy_date_no_unit_outside_the_feed_is_named():
    inside, outside = place(1), place(2)
    units = {1: [(1, 1), (2, 1)]}
    places = {1: inside, 2: outside}
    stranger, owner = actor(LI, WORKS, "booker"), actor(WANG, COLLEGE, "booker")
    [busy] = rules.shown(stranger, "full", [occurrence()], units, places, lambda each: each is inside)
    [whole] = rules.shown(owner, "full", [occurrence()], units, places, lambda each: each is inside)
    assert [each for each, _ in busy.places] == [inside]
    assert [each for each, _ in whole.places] == [inside, outside]


def test_dates_that_stand_alike_are_judged_alike_and_others_apart():
    """The judgement is remembered by what it depends on: whose, which member's, which state, which units."""
    who = actor(WANG, COLLEGE, "booker")
    dates = [occurrence(1), occurrence(2, holder=LI, member=WORKS), occurrence(3), occurrence(4, holder=LI)]
    units = {each.date_id: [(1, 1)] for each in dates}
    shown = list(rules.shown(who, "full", dates, units, {1: place(1, owner=WORKS)}, lambda _: True))
    assert ["note" in each.fields for each in shown] == [True, False, True, False]
    assert ["title" in each.fields for each in shown] == [True, False, True, True]


def test_every_state_has_its_word_in_the_standard():
    assert set(rules.STATUS) == set(STATES)
    assert set(rules.STATUS.values()) == {"CONFIRMED", "TENTATIVE", "CANCELLED"}


FEED = Feed(1, WANG, COLLEGE, "日历", "base", 1, "full", NOON, None)


@pytest.mark.parametrize(
    ("scope", "scope_id", "who", "may"),
    [
        ("base", 1, actor(WANG, COLLEGE, "booker"), True),
        ("base", 1, actor(WANG, COLLEGE), False),
        ("person", WANG, actor(WANG, COLLEGE, "learner"), True),
        ("person", LI, actor(WANG, COLLEGE, "booker"), False),
        ("member", COLLEGE, actor(WANG, COLLEGE, "booker"), True),
        ("member", WORKS, actor(WANG, COLLEGE, "member_admin"), False),
    ],
)
def test_a_feed_answers_only_whom_it_may(scope, scope_id, who, may):
    assert rules.may_read(Subscriber(replace(FEED, scope=scope, scope_id=scope_id), who, "zh")) is may


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_the_window_is_whole_local_days_and_the_same_all_day(moment):
    window = rules.window_on(local_day(moment))
    assert (local(window.span.start).hour, local(window.span.end).hour) == (0, 0)
    assert local_day(window.span.start) == local_day(moment) - timedelta(days=60)
    assert local_day(window.span.end) == local_day(moment) + timedelta(days=401)
    assert window.span.start < moment - timedelta(days=60) + timedelta(days=1)
    assert window.span.end > moment + timedelta(days=400)


def tag(feed: Feed = FEED, who: Actor | None = None, world: tuple = (NOON, 3, 4), day: date = date(2026, 9, 1)) -> str:
    subscriber = Subscriber(feed, who or actor(WANG, COLLEGE, "booker"), "zh")
    return rules.tag(subscriber, rules.window_on(day), world, "https://x.example")


def test_the_tag_differs_with_everything_the_text_is_made_of():
    others = [
        tag(replace(FEED, name="别的")),
        tag(replace(FEED, variant="busy")),
        tag(who=actor(WANG, COLLEGE, "booker", "keeper")),
        tag(world=(NOON, 3, 5)),
        tag(world=(NOON + timedelta(microseconds=1), 3, 4)),
        tag(day=date(2026, 9, 2)),
    ]
    assert len({tag(), *others}) == 1 + len(others)
    assert tag() == tag(replace(FEED, used_at=NOON))


@given(st.timedeltas(timedelta(0), timedelta(days=3)), st.timedeltas(timedelta(0), timedelta(days=3)))
def test_a_date_of_change_never_hides_a_later_change(before, after):
    """Whoever fetched at one moment and asks again is served when something changed in between, even in that second."""
    window = rules.window_on(date(2026, 9, 1))
    fetched, changed = NOON, NOON + after
    had = rules.last_modified(fetched - before, FEED.made_at - timedelta(days=9), window, fetched)
    asked = changed + timedelta(minutes=1)
    assert had <= fetched
    assert rules.last_modified(changed, FEED.made_at - timedelta(days=9), window, asked) > had


def test_the_last_use_is_worth_noting_once_an_hour():
    assert rules.is_use_worth_noting(FEED, NOON)
    used = replace(FEED, used_at=NOON)
    assert not rules.is_use_worth_noting(used, NOON + timedelta(minutes=59))
    assert rules.is_use_worth_noting(used, NOON + timedelta(hours=1))


def test_a_name_is_one_line_of_at_most_80_characters():
    who = actor(WANG, COLLEGE, "booker")
    assert rules.tidy(" 我的\r\n 课\x00表 ") == "我的 课 表"
    assert list(rules.reasons_against(who, "日历", "base", 1, "full", is_there=True)) == []
    for name, problem in (("\n", "missing"), ("x" * 81, "too_long")):
        [reason] = rules.reasons_against(who, name, "base", 1, "full", is_there=True)
        assert reason.problem == problem


def test_nobody_has_more_than_50_subscriptions():
    who = actor(WANG, COLLEGE, "booker")
    assert list(rules.reasons_against(who, "日历", "base", 1, "full", is_there=True, living=49)) == []
    [reason] = rules.reasons_against(who, "日历", "base", 1, "full", is_there=True, living=50)
    assert reason == rules.TooManyFeeds(50)
