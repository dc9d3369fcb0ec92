"""Calendars as domain.md, 9 B 13 asks for them, word for word; and closures in the feeds of what they close."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from icalendar import Calendar

from app.booking.actions import closing, lifting
from app.database import transaction
from app.foundation.timespan import ZONE, Span, at_local
from tests.stories.subscribers import City, statements
from tests.stories.test_feeds_in_real_calendars import StrictReader


@pytest.fixture
def city(app):
    """On the morning of tomorrow, so that no midnight falls into a story: what a feed spans begins anew each day."""
    morning = at_local(datetime.now(ZONE).date() + timedelta(days=1), 9 * 60)
    with app.app_context(), time_machine.travel(morning, tick=True):
        yield City(app)


def closes(
    city: City, scope: str, scope_id: int, span: Span, reason: str = "锅炉检修", kind: str = "maintenance"
) -> int:
    actor, now = city.keeper.actor, datetime.now(UTC)
    return transaction(lambda: closing.close(actor, kind, scope, scope_id, span, reason, now=now))


def lifts(city: City, closure_id: int, later: timedelta = timedelta()) -> None:
    actor, now = city.keeper.actor, datetime.now(UTC) + later
    transaction(lambda: lifting.lift(actor, closure_id, now=now))


def later(days: float):
    return time_machine.travel(datetime.now(UTC) + timedelta(days=days), tick=True)


def test_domain_9_b_13(city):
    """Time zone Asia/Shanghai everywhere in iCal (TZID, VTIMEZONE), stable UID, SEQUENCE and CANCEL on change, revocable
    secret URL per feed, personal data off by default ("已预约" only), per base / asset / own bookings."""
    booking = city.wang.books(city.mill, city.slot(3), city.slot(10), title="秘密课题", note="带样件")
    closes(city, "lab", city.lab, city.slot(5).span)
    feeds = {
        "per base": city.keeper.subscribes_to("base", city.base),
        "per asset": city.keeper.subscribes_to("unit", city.mill),
        "own bookings": city.wang.subscribes_to("person", city.wang.id),
    }

    # time zone Asia/Shanghai everywhere: TZID on every time, one VTIMEZONE, nothing floating, nothing in UTC
    for token in feeds.values():
        text = city.fetches(token).data.decode()
        body = text[text.index("BEGIN:VEVENT") :]
        starts_and_ends = re.findall(r"^DT(?:START|END)(.*):(.*)\r$", body, re.MULTILINE)
        assert starts_and_ends
        assert {zone for zone, _ in starts_and_ends} == {";TZID=Asia/Shanghai"}
        assert not any(moment.endswith("Z") for _, moment in starts_and_ends)
        assert text.count("BEGIN:VTIMEZONE") == 1
        assert "TZID:Asia/Shanghai" in text
        assert "X-WR-TIMEZONE:Asia/Shanghai" in text

    # stable UID, SEQUENCE and CANCEL on change
    before = city.events(feeds["own bookings"])
    city.wang.moves(booking, city.slot(4, "10:00", "11:40"))
    moved = city.events(feeds["own bookings"])
    assert set(moved) == set(before)
    raised = [uid for uid in before if moved[uid]["SEQUENCE"] > before[uid]["SEQUENCE"]]
    assert len(raised) == 1
    assert all(moved[uid]["DTSTART"].dt == before[uid]["DTSTART"].dt for uid in before if uid not in raised)
    city.wang.cancels(booking)
    cancelled = city.events(feeds["own bookings"])
    assert set(cancelled) == set(before)
    assert all(each["STATUS"] == "CANCELLED" for each in cancelled.values())
    assert all(cancelled[uid]["SEQUENCE"] > moved[uid]["SEQUENCE"] for uid in before)

    # a revocable secret address for each feed
    assert len(set(feeds.values())) == 3
    assert all(len(token) >= 43 for token in feeds.values())
    city.wang.revokes(city.wang.feed_id())
    assert city.fetches(feeds["own bookings"]).status_code == 404
    assert city.fetches(feeds["per base"]).status_code == 200

    # personal data off by default: of what is not hers, a reader is only told that it is taken
    city.wang.books(city.mill, city.slot(7), title="秘密课题", note="带样件")
    for scope, scope_id in (("base", city.base), ("unit", city.mill)):
        stranger = city.fetches(city.stranger.subscribes_to(scope, scope_id)).data.decode().replace("\r\n ", "")
        assert "已占用" in stranger
        assert not any(secret in stranger for secret in ("秘密课题", "带样件", "王老师", "wang@"))


def test_a_closure_stands_in_the_feeds_of_all_it_closes_and_of_nothing_else(city):
    closes(city, "lab", city.lab, city.slot(5).span)
    for scope, scope_id in (("base", city.base), ("lab", city.lab), ("unit", city.room), ("unit", city.mill)):
        event = city.event(city.stranger.subscribes_to(scope, scope_id))
        assert "维护" in event["SUMMARY"]
        assert "锅炉检修" in event["SUMMARY"]
        assert (event["STATUS"], event["TRANSP"], event["SEQUENCE"]) == ("CONFIRMED", "OPAQUE", 0)
        assert event["DTSTART"].dt == city.slot(5).span.start
        assert event["DTEND"].dt == city.slot(5).span.end
        assert "数控实训室" in event["LOCATION"]
    assert city.events(city.wang.subscribes_to("person", city.wang.id)) == {}
    assert city.events(city.wang.subscribes_to("member", city.college)) == {}


def test_a_closed_machine_does_not_close_the_others(city):
    closes(city, "unit", city.mill, city.slot(5).span, kind="closure")
    assert len(city.events(city.keeper.subscribes_to("unit", city.mill))) == 1
    assert city.events(city.keeper.subscribes_to("unit", city.lathe)) == {}
    assert city.events(city.keeper.subscribes_to("unit", city.room)) == {}


def test_a_busy_feed_says_only_that_it_is_closed(city):
    closes(city, "lab", city.lab, city.slot(5).span)
    text = city.fetches(city.keeper.subscribes_to("lab", city.lab, "busy")).data.decode()
    assert "锅炉检修" not in text
    assert "SUMMARY:维护" in text


def test_a_closure_taken_back_is_cancelled_for_30_days_under_the_same_uid(city):
    closure = closes(city, "lab", city.lab, city.slot(50).span)
    token = city.keeper.subscribes_to("lab", city.lab)
    before, tag = city.event(token), city.fetches(token).headers["ETag"]
    assert city.fetches(token, If_None_Match=tag).status_code == 304
    lifts(city, closure)
    after = city.event(token)
    assert city.fetches(token, If_None_Match=tag).status_code == 200
    assert after["UID"] == before["UID"]
    assert (after["STATUS"], after["TRANSP"], after["SEQUENCE"]) == ("CANCELLED", "TRANSPARENT", 1)
    with later(29):
        assert len(city.events(token)) == 1
    with later(32):
        assert city.events(token) == {}


def test_a_closure_that_ends_early_ends_then_in_calendars_too(city):
    closure = closes(city, "lab", city.lab, Span(city.slot(1).span.start, city.slot(3).span.end))
    token = city.keeper.subscribes_to("lab", city.lab)
    before = city.event(token)
    with later(2):
        lifts(city, closure)
        after = city.event(token)
    assert after["UID"] == before["UID"]
    assert (after["STATUS"], after["SEQUENCE"]) == ("CONFIRMED", 1)
    assert after["DTSTART"].dt < after["DTEND"].dt < before["DTEND"].dt


def test_two_closures_never_share_a_uid_and_a_renamed_lab_is_news(city):
    for day in (5, 6):
        closes(city, "lab", city.lab, city.slot(day).span)
    token = city.keeper.subscribes_to("lab", city.lab)
    assert len(city.events(token)) == 2
    before = city.fetches(token).headers["ETag"]
    city.renames(city.room, "新名字")
    assert city.fetches(token).headers["ETag"] != before


def test_the_number_of_statements_does_not_grow_with_the_closures(city):
    token, counts = city.keeper.subscribes_to("base", city.base), []
    for days in (range(5, 6), range(6, 16)):
        for day in days:
            closes(city, "lab", city.lab, city.slot(day).span)
        city.fetches(token)
        with statements() as sent:
            city.fetches(token)
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_closures_pass_the_strict_check_and_every_calendar_reads_them(city):
    taken_back = closes(city, "unit", city.mill, city.slot(5).span, "长" * 200)
    closes(city, "lab", city.lab, city.slot(8).span, "锅炉;检修, 第二次\\n")
    lifts(city, taken_back)
    answer = city.fetches(city.keeper.subscribes_to("base", city.base))
    assert StrictReader().complaints(answer.data) == []
    assert len(Calendar.from_ical(answer.data).walk("VEVENT")) == 2
