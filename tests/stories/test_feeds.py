"""Calendar feeds: what they show to whom, that every change arrives once, and that a secret can be taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, text

from app.booking.tables.addresses import Feed
from app.database import db, session
from app.foundation.identifiers import secret_hash
from app.foundation.refusal import Refused
from app.foundation.timespan import ZONE, at_local
from tests.stories.subscribers import Browser, City, statements


@pytest.fixture
def city(app):
    """On the morning of tomorrow, so that no midnight falls into a story: what a feed spans begins anew each day."""
    morning = at_local(datetime.now(ZONE).date() + timedelta(days=1), 9 * 60)
    with app.app_context(), time_machine.travel(morning, tick=True):
        yield City(app)


def later(days: float):
    """Some days from now, at the same hour."""
    return time_machine.travel(datetime.now(UTC) + timedelta(days=days), tick=True)


# ── who sees what ──


def test_the_keeper_reads_titles_a_stranger_only_that_it_is_taken(city):
    city.wang.books(city.mill, city.slot(1), title="秘密课题", note="带样件", headcount=30)
    told = city.fetches(city.keeper.subscribes_to("base", city.base)).data.decode()
    event = city.event(city.keeper.subscribes_to("lab", city.lab))
    assert "秘密课题" in event["SUMMARY"]
    assert "带样件" in event["DESCRIPTION"]
    assert "王老师" in event["DESCRIPTION"]
    assert "数控实训室" in event["LOCATION"]
    assert "秘密课题" in told
    whole = city.fetches(city.stranger.subscribes_to("base", city.base, "full")).data.decode()
    assert whole.count("BEGIN:VEVENT") == 1
    for secret in ("秘密课题", "带样件", "王老师", "人数", "城市职业学院", "/bookings/"):
        assert secret not in whole.replace("\r\n ", ""), secret
    assert "已占用" in whole


def test_a_colleague_reads_the_title_but_not_the_note(city):
    city.wang.books(city.mill, city.slot(1), title="工艺课", note="钥匙在门卫")
    event = city.event(city.zhao.subscribes_to("unit", city.mill))
    assert "工艺课" in event["SUMMARY"]
    assert "钥匙" not in event["DESCRIPTION"]
    assert "URL" not in event


def test_the_free_busy_variant_names_nothing_even_to_the_holder_herself(city):
    city.wang.books(city.mill, city.slot(1), title="工艺课")
    event = city.event(city.wang.subscribes_to("person", city.wang.id, "busy"))
    assert event["SUMMARY"] == "已占用"
    assert "DESCRIPTION" not in event
    assert event["ORGANIZER"].params["CN"] == "共坊"


def test_rights_are_those_of_the_moment_of_fetching(city):
    city.wang.books(city.mill, city.slot(1), title="工艺课", note="钥匙在门卫")
    token = city.keeper.subscribes_to("base", city.base)
    assert "钥匙" in city.event(token)["DESCRIPTION"]
    before = city.fetches(token).headers["ETag"]
    city.keeper.loses_office("keeper")
    answer = city.fetches(token, If_None_Match=before)
    assert answer.status_code == 200
    assert "钥匙" not in answer.data.decode()
    city.keeper.loses_office("booker")
    assert city.fetches(token, If_None_Match=before).status_code == 404


def test_a_machine_is_taken_when_its_whole_room_is(city):
    city.wang.books(city.room, city.slot(1))
    city.wang.books(city.mill, city.slot(2))
    city.wang.books(city.lathe, city.slot(2))
    assert len(city.events(city.keeper.subscribes_to("unit", city.mill))) == 2
    assert len(city.events(city.keeper.subscribes_to("unit", city.room))) == 1
    assert len(city.events(city.keeper.subscribes_to("lab", city.lab))) == 3
    assert len(city.events(city.keeper.subscribes_to("member", city.college))) == 3
    assert len(city.events(city.wang.subscribes_to("person", city.wang.id))) == 3
    assert city.events(city.zhao.subscribes_to("person", city.zhao.id)) == {}


@pytest.mark.parametrize(("scope", "whose"), [("person", "zhao"), ("member", "works")])
def test_one_follows_oneself_and_ones_own_organisation_only(city, scope, whose):
    other = city.zhao.id if whose == "zhao" else city.works
    with pytest.raises(Refused) as refused:
        city.wang.subscribes_to(scope, other)
    assert [reason.code for reason in refused.value.reasons] == ["not_found"]


def test_everything_wrong_with_a_wish_is_said_at_once(city):
    with pytest.raises(Refused) as refused:
        city.wang.subscribes_to("planet", 1, "loud", " ")
    assert [reason.code for reason in refused.value.reasons] == ["invalid", "invalid", "invalid"]
    with pytest.raises(Refused):
        city.wang.subscribes_to("unit", 999_999)


# ── what arrives ──


def test_nothing_changes_while_nothing_happens(city):
    city.wang.books(city.mill, city.slot(1))
    token = city.keeper.subscribes_to("base", city.base)
    first = city.fetches(token)
    with later(0.01):
        second = city.fetches(token)
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]


def test_a_real_change_raises_the_sequence_of_that_date_and_no_other(city):
    moved = city.wang.books(city.mill, city.slot(1))
    city.zhao.books(city.mill, city.slot(5))
    token = city.keeper.subscribes_to("unit", city.mill)
    before = city.events(token)
    with later(0.01):
        city.wang.moves(moved, city.slot(2))
        after = city.events(token)
    assert set(before) == set(after)
    [changed] = [uid for uid in after if after[uid].to_ical() != before[uid].to_ical()]
    assert after[changed]["SEQUENCE"] == before[changed]["SEQUENCE"] + 1
    assert after[changed]["DTSTAMP"].dt > before[changed]["DTSTAMP"].dt
    assert after[changed]["LAST-MODIFIED"].dt == after[changed]["DTSTAMP"].dt
    assert after[changed]["DTSTART"].dt.date() == city.day(2)
    with later(0.02):
        city.wang.retitles(moved, "新题目")
        assert city.events(token)[changed]["SEQUENCE"] == after[changed]["SEQUENCE"] + 1


def test_a_series_has_one_uid_for_each_date(city):
    city.wang.books(city.mill, *(city.slot(1 + 7 * week, periods="1-2") for week in range(5)))
    events = city.events(city.wang.subscribes_to("person", city.wang.id))
    assert len(events) == 5
    assert all("1-2" in event["DESCRIPTION"] for event in events.values())


def test_waiting_is_tentative_until_the_keeper_decides(city):
    asked = city.wang.books(city.lathe, city.slot(1))
    other = city.wang.books(city.lathe, city.slot(2))
    token = city.wang.subscribes_to("person", city.wang.id)
    assert [str(event["STATUS"]) for event in city.events(token).values()] == ["TENTATIVE", "TENTATIVE"]
    city.keeper.approves(asked)
    city.keeper.refuses(other)
    assert [str(event["STATUS"]) for event in city.events(token).values()] == ["CONFIRMED", "CANCELLED"]


def test_a_cancelled_date_is_told_for_30_days_then_dropped(city):
    booked = city.wang.books(city.mill, city.slot(50))
    token = city.keeper.subscribes_to("unit", city.mill)
    before = city.event(token)
    city.wang.cancels(booked)
    told = city.event(token)
    assert told["STATUS"] == "CANCELLED"
    assert told["SEQUENCE"] == before["SEQUENCE"] + 1
    assert told["TRANSP"] == "TRANSPARENT"
    assert str(told["UID"]) == str(before["UID"])
    with later(29):
        assert city.event(token)["STATUS"] == "CANCELLED"
    with later(31):
        assert city.events(token) == {}


def test_a_feed_reaches_60_days_back_and_400_ahead(city):
    for ahead in (-61, -58, 399):
        city.wang.books(city.mill, city.slot(ahead), any_time=True)
    with later(2):
        city.wang.books(city.mill, city.slot(402), any_time=True)
    starts = [
        event["DTSTART"].dt.date() for event in city.events(city.wang.subscribes_to("person", city.wang.id)).values()
    ]
    assert starts == [city.day(-58), city.day(399)]


def test_times_are_local_with_their_zone_and_nothing_reminds(city):
    city.wang.books(city.mill, city.slot(1, "08:00", "09:40"))
    whole = city.fetches(city.wang.subscribes_to("person", city.wang.id, name="我的课")).data.decode()
    assert f"DTSTART;TZID=Asia/Shanghai:{city.day(1):%Y%m%d}T080000\r\n" in whole
    for line in (
        "METHOD:PUBLISH",
        "BEGIN:VTIMEZONE\r\nTZID:Asia/Shanghai",
        "X-WR-CALNAME:我的课",
        "NAME:我的课",
        "X-WR-TIMEZONE:Asia/Shanghai",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ):
        assert f"\r\n{line}\r\n" in whole, line
    assert "VALARM" not in whole
    assert whole.count("ORGANIZER") == whole.count("BEGIN:VEVENT") == 1


# ── asking again costs nothing ──


def test_who_has_it_already_is_told_so(city):
    booked = city.wang.books(city.mill, city.slot(1))
    token = city.keeper.subscribes_to("base", city.base)
    first = city.fetches(token)
    assert first.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert first.headers["Cache-Control"] == "private"
    assert first.headers["ETag"].startswith('"')
    again = city.fetches(token, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert city.fetches(token, If_None_Match='"other"').status_code == 200
    assert city.fetches(token, If_None_Match=f'W/{first.headers["ETag"]}, "x"').status_code == 304
    with later(0.001):
        settled = city.fetches(token).headers["Last-Modified"]
        assert city.fetches(token, If_Modified_Since=settled).status_code == 304
        city.wang.moves(booked, city.slot(2))
        assert city.fetches(token, If_Modified_Since=settled).status_code == 200
        assert city.fetches(token, If_None_Match=first.headers["ETag"]).status_code == 200


def test_a_change_in_the_second_of_fetching_is_not_lost(city):
    """A date of change is whole seconds: whoever fetched in that second must be served again."""
    booked = city.wang.books(city.mill, city.slot(1))
    token = city.keeper.subscribes_to("base", city.base)
    had = city.fetches(token).headers["Last-Modified"]
    city.wang.moves(booked, city.slot(2))
    with later(0.01):
        assert city.fetches(token, If_Modified_Since=had).status_code == 200


def test_a_new_name_of_a_machine_is_news(city):
    city.wang.books(city.mill, city.slot(1))
    token = city.keeper.subscribes_to("base", city.base)
    had = city.fetches(token).headers["ETag"]
    city.renames(city.mill, "六轴加工中心")
    answer = city.fetches(token, If_None_Match=had)
    assert answer.status_code == 200
    assert "六轴加工中心" in answer.data.decode().replace("\r\n ", "")


def test_a_compressed_calendar_is_recognised_too(city):
    for day in range(1, 6):
        city.wang.books(city.mill, city.slot(day))
    token = city.keeper.subscribes_to("base", city.base)
    packed = city.fetches(token, Accept_Encoding="br")
    assert packed.headers["Content-Encoding"] == "br"
    again = city.fetches(token, Accept_Encoding="br", If_None_Match=packed.headers["ETag"])
    assert again.status_code == 304
    assert again.headers["ETag"] == packed.headers["ETag"]


def test_a_feed_sends_no_cookie_and_needs_none(city):
    answer = city.fetches(city.keeper.subscribes_to("base", city.base))
    assert "Set-Cookie" not in answer.headers


def test_the_number_of_statements_does_not_grow_with_the_events(city):
    city.wang.books(city.mill, city.slot(1))
    token = city.keeper.subscribes_to("base", city.base)
    tag = city.fetches(token).headers["ETag"]
    with statements() as few:
        city.fetches(token)
    with statements() as known:
        city.fetches(token, If_None_Match=tag)
    for day in range(2, 30):
        city.zhao.books(city.mill, city.slot(day))
    with statements() as many:
        assert len(city.events(token)) == 29
    reading = [each for each in many if each.lstrip().upper().startswith("SELECT")]
    assert len(many) == len(few)
    assert len(reading) <= 9
    assert len([each for each in known if each.lstrip().upper().startswith("SELECT")]) == 2


# ── the secret ──


def test_unknown_revoked_rotated_disabled_and_out_of_office_look_the_same(city):
    revoked = city.wang.subscribes_to("base", city.base)
    city.wang.revokes(city.wang.feed_id())
    rotated = city.wang.subscribes_to("base", city.base)
    fresh = city.wang.rotates(city.wang.feed_id())
    disabled = city.zhao.subscribes_to("base", city.base)
    city.zhao.is_disabled()
    retired = city.stranger.subscribes_to("base", city.base)
    city.stranger.loses_office("booker")
    assert city.fetches(fresh).status_code == 200
    answers = [
        city.fetches(token) for token in (revoked, rotated, disabled, retired, "x" * 43, "y", "钥匙", "%00", "z" * 900)
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1


def test_only_the_hash_of_a_secret_is_kept_anywhere(city):
    token = city.wang.subscribes_to("base", city.base)
    city.fetches(token)
    db.session.remove()
    rows = session().execute(select(Feed.token_hash)).scalars().all()
    assert rows == [secret_hash(token)]
    kept = "".join(str(row) for row in session().execute(text("SELECT before, after FROM trail_entry")))
    assert token not in kept
    assert rows[0] not in kept


def test_each_deed_leaves_one_entry_in_the_trail_and_reading_none(city):
    token = city.wang.subscribes_to("base", city.base)
    for _ in range(3):
        city.fetches(token)
    city.wang.rotates(city.wang.feed_id())
    city.wang.revokes(city.wang.feed_id())
    db.session.remove()
    deeds = session().execute(text("SELECT deed FROM trail_entry WHERE object_kind = 'feed' ORDER BY id")).scalars()
    assert list(deeds) == ["feed.subscribe", "feed.rotate", "feed.revoke"]


def test_nobody_changes_somebody_elses_subscription(city):
    token = city.wang.subscribes_to("base", city.base)
    feed_id = city.wang.feed_id()
    with pytest.raises(Refused):
        city.zhao.rotates(feed_id)
    with pytest.raises(Refused):
        city.keeper.revokes(feed_id)
    assert city.fetches(token).status_code == 200


def test_the_last_use_is_noted_to_the_hour(city):
    token = city.wang.subscribes_to("base", city.base)

    def used_at():
        db.session.remove()
        return session().scalar(select(Feed.used_at))

    assert used_at() is None
    city.fetches(token)
    first = used_at()
    assert first is not None
    with later(0.02):
        city.fetches(token)
        assert used_at() == first
    with later(0.05):
        city.fetches(token)
        assert used_at() > first


# ── the page ──


def test_a_subscription_is_made_on_the_page_and_its_address_shown_once(city):
    city.wang.books(city.mill, city.slot(1))
    browser = city.wang.at_a_browser()
    shown = browser.get(f"/calendars?unit={city.mill}")
    assert f'<option selected value="unit-{city.mill}">Five-axis mill' in shown.text
    wish = {"what": f"unit-{city.mill}", "variant": "full", "name": "", "key": "story-key-000001"}
    made = browser.post("/calendars", data=wish)
    assert made.status_code == 200
    address = made.text.split('value="http://localhost/feeds/')[1].split('.ics"')[0]
    assert f'href="webcal://localhost/feeds/{address}.ics"' in made.text
    assert "<svg" in made.text
    assert " style=" not in made.text
    assert len(city.events(address)) == 1
    assert address not in browser.get("/calendars").text
    again = browser.post("/calendars", data=wish)
    assert again.status_code == 303
    assert len(browser.get("/calendars").text.split('class="feed-words"')) == 2


def test_a_subscription_is_renamed_renewed_and_ended_on_the_page(city):
    old = city.wang.subscribes_to("base", city.base)
    feed_id = city.wang.feed_id()
    browser = city.wang.at_a_browser()
    assert browser.post(f"/calendars/{feed_id}/name", data={"name": "Base,\n red"}).status_code == 303
    assert "\r\nX-WR-CALNAME:Base\\, red\r\n" in city.fetches(old).text
    assert browser.post(f"/calendars/{feed_id}/name", data={"name": " "}).status_code == 422
    renewed = browser.post(f"/calendars/{feed_id}/rotate")
    fresh = renewed.text.split('value="http://localhost/feeds/')[1].split('.ics"')[0]
    assert city.fetches(old).status_code == 404
    assert city.fetches(fresh).status_code == 200
    assert browser.post(f"/calendars/{feed_id}/revoke").status_code == 303
    assert city.fetches(fresh).status_code == 404
    assert browser.post(f"/calendars/{feed_id}/revoke").status_code == 404


def test_what_no_honest_form_sends_is_answered_with_a_sentence(city):
    browser = city.wang.at_a_browser()
    for what in (
        "",
        "unit-0",
        "planet-3",
        f"person-{city.zhao.id}",
        f"member-{city.works}",
        "unit-99999999999",
        "单元-3",
    ):
        answer = browser.post("/calendars", data={"what": what, "variant": "full"})
        assert answer.status_code == 422, what
    wish = {"what": f"base-{city.base}", "variant": "full"}
    assert browser.post("/calendars", data=wish | {"variant": "loud"}).status_code == 422
    assert browser.post("/calendars", data=wish | {"name": "x" * 81}).status_code == 422
    assert browser.get("/calendars?base=abc&what=unit-7777").status_code == 200


def test_somebody_elses_subscription_looks_like_none_at_all(city):
    city.wang.subscribes_to("base", city.base)
    browser = city.zhao.at_a_browser()
    feed_id = city.wang.feed_id()
    hers, none = (browser.post(f"/calendars/{each}/rotate") for each in (feed_id, 999_999))
    assert (hers.status_code, none.status_code) == (404, 404)
    assert hers.data.replace(f"/{feed_id}/".encode(), b"//") == none.data.replace(b"/999999/", b"//")


# ── files to take along ──


def test_a_booking_is_taken_along_as_a_file_by_whom_may_see_it(city):
    booked = city.wang.books(city.mill, city.slot(1), title="工艺课", note="钥匙在门卫")
    got = city.wang.at_a_browser("zh").get(f"/bookings/{booked}.ics")
    assert got.status_code == 200
    assert got.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "attachment" in got.headers["Content-Disposition"]
    assert "钥匙在门卫" in got.text.replace("\r\n ", "")
    assert city.keeper.at_a_browser().get(f"/bookings/{booked}.ics").status_code == 200
    hidden = city.stranger.at_a_browser().get(f"/bookings/{booked}.ics")
    missing = city.stranger.at_a_browser().get("/bookings/999999.ics")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    signed_out = Browser(city.app, city.app.test_client()).get(f"/bookings/{booked}.ics")
    assert signed_out.status_code == 302
    assert "/sign-in" in signed_out.headers["Location"]


def test_my_bookings_are_taken_along_as_a_file(city):
    city.wang.books(city.mill, city.slot(1), city.slot(8), title="工艺课")
    city.zhao.books(city.mill, city.slot(3), title="别人的课")
    text_of_it = city.wang.at_a_browser("zh").get("/mine.ics").text
    assert text_of_it.count("BEGIN:VEVENT") == 2
    assert "别人的课" not in text_of_it


def test_a_disabled_persons_calendar_stops_at_once(city):
    token = city.wang.subscribes_to("base", city.base)
    tag = city.fetches(token).headers["ETag"]
    city.wang.is_disabled()
    assert city.fetches(token, If_None_Match=tag).status_code == 404
