"""Stories of messages: mails through a real mail server, invitations, digests, group robots, what an administrator sees."""

from __future__ import annotations

import json
import re
import threading
from datetime import timedelta
from email.message import EmailMessage
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import func, select, update

from app.consortium.tables.people import Person
from app.database import db, session, transaction
from app.entrypoints import clock
from app.entrypoints.jobs import deliver, group_robots
from app.entrypoints.jobs.deliver import run_deliver
from app.entrypoints.jobs.digest import run_digest
from app.entrypoints.jobs.runner import Runner
from app.entrypoints.jobs.schedule import Job
from app.outbox import actions as outbox
from app.outbox.rules.letter import Letter
from app.outbox.store import jobs as kept_jobs
from app.outbox.tables import Choice, Delivery, Message, Robot
from app.trail.tables import Entry
from tests import world
from tests.post_office import PostOffice
from tests.stories.subscribers import City
from tests.stories.test_feeds_in_real_calendars import StrictReader


@pytest.fixture(scope="module")
def post_office():
    office = PostOffice()
    yield office
    office.close()


@pytest.fixture
def app_settings(post_office) -> dict[str, object]:
    post_office.mails.clear()
    post_office.refuses.clear()
    return post_office.settings


@pytest.fixture
def city(app, post_office):
    with app.app_context():
        found = City(app)
        found.post_office = post_office
        found.admin = world.person("admin@x.example", "管理", found.college, "administrator")
        yield found


def sends(city: City) -> list[EmailMessage]:
    """Let the job run once; the mails that came by it."""
    before = len(city.post_office.mails)
    db.session.remove()
    run_deliver(clock.now())
    return city.post_office.mails[before:]


def to(who: Any, mails: list[EmailMessage]) -> list[EmailMessage]:
    """Those of these mails that went to this person."""
    return [mail for mail in mails if who.name in mail["To"]]


def plain(mail: EmailMessage) -> str:
    return mail.get_body(("plain",)).get_content()


def invitations(mail: EmailMessage) -> list[tuple[str, Any]]:
    """The method each calendar part names, and its one event; the method inside is the same."""
    found = []
    for part in mail.walk():
        if part.get_content_type() == "text/calendar":
            calendar = Calendar.from_ical(part.get_content().encode())
            [event] = calendar.walk("VEVENT")
            assert part.get_param("method") == str(calendar["METHOD"])
            found.append((str(calendar["METHOD"]), event))
    return found


def deliveries() -> list[Delivery]:
    db.session.remove()
    return list(session().scalars(select(Delivery).order_by(Delivery.id)))


def unread(person_id: int) -> int:
    db.session.remove()
    return session().scalar(
        select(func.count(Message.id)).where(Message.person_id == person_id, Message.read_at.is_(None))
    )


def entries(deed: str) -> int:
    db.session.remove()
    return session().scalar(select(func.count(Entry.id)).where(Entry.deed == deed)) or 0


# ── mails ──


def test_a_booking_is_confirmed_by_mail_in_chinese_with_everything_one_needs(city):
    booking = city.wang.books(city.mill, city.slot(1), title="数控编程")
    [mail] = sends(city)
    assert mail["Subject"] == "预约成功：数控编程"
    assert mail["To"] == "王老师 <wang@x.example>"
    assert mail["From"] == "共坊 <gongfang@consortium.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    words = plain(mail)
    for expected in (
        "王老师，您好",
        "五轴加工中心",
        "数控实训室",
        "08:00–09:40",
        f"http://localhost/bookings/{booking}",
    ):
        assert expected in words
    page = mail.get_body(("html",)).get_content()
    assert f'href="http://localhost/bookings/{booking}"' in page
    assert "<script" not in page
    assert sends(city) == []
    assert [(each.state, each.tries) for each in deliveries()] == [("sent", 1)]


def test_who_reads_english_is_written_to_in_english(city):
    transaction(lambda: session().execute(update(Person).where(Person.id == city.wang.id).values(locale="en")))
    city.wang.books(city.lathe, city.slot(1))
    [mail] = to(city.wang, sends(city))
    assert mail["Subject"].startswith("Request received: ")
    assert "Hello 王老师," in plain(mail)
    assert "Five-axis" not in plain(mail)
    assert "Lathe" in plain(mail)


def test_every_answer_and_change_is_told(city):
    asked = city.wang.books(city.lathe, city.slot(1), title="一")
    city.keeper.approves(asked)
    other = city.wang.books(city.lathe, city.slot(2), title="二")
    city.keeper.refuses(other)
    city.keeper.moves(asked, city.slot(3))
    city.keeper.cancels(asked)
    mails = sends(city)
    assert [mail["Subject"] for mail in to(city.keeper, mails)] == [
        "有一项申请等待您答复：一",
        "有一项申请等待您答复：二",
        "有一项申请等待您答复：一",  # it was moved
    ]
    hers = to(city.wang, mails)
    assert [mail["Subject"] for mail in hers] == [
        "申请已收到：一",
        "申请已批准：一",
        "申请已收到：二",
        "申请未获批准：二",
        "预约已变更：一",
        "预约已取消：一",
    ]
    assert "理由： no" in plain(hers[3])
    assert "负责人取消了这一预约" in plain(hers[5])


def test_a_repeat_carries_the_same_message_id_and_says_the_same(city, monkeypatch):
    """The sender dies after the server took the mail and before that was noted."""
    city.wang.books(city.mill, city.slot(1))

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(deliver, "_settle", dies)
        with pytest.raises(KeyboardInterrupt):
            sends(city)
    assert sends(city) == []  # it is still leased
    transaction(outbox.release_leases)  # what a new leader does
    [repeat] = sends(city)
    first = city.post_office.mails[0]
    assert repeat["Message-ID"] == first["Message-ID"]
    assert (repeat["Date"], plain(repeat)) == (first["Date"], plain(first))
    assert [each.state for each in deliveries()] == ["sent"]


def test_a_title_cannot_write_headers(city):
    city.wang.books(city.mill, city.slot(1), title="x\r\nBcc: evil@example.org\r\n\r\nboo")
    transaction(
        lambda: session().execute(
            update(Person).where(Person.id == city.wang.id).values(name="W\r\nCc: evil@example.org")
        )
    )
    [mail] = sends(city)
    assert (mail["Bcc"], mail["Cc"]) == (None, None)
    assert mail["Subject"] == "预约成功：x Bcc: evil@example.org boo"
    assert mail.came_to == ["wang@x.example"]


def test_an_address_that_is_none_is_dead_at_once_and_stops_nobody(city):
    transaction(
        lambda: session().execute(update(Person).where(Person.id == city.wang.id).values(email="no address\r\nX: y"))
    )
    city.wang.books(city.mill, city.slot(1))
    city.zhao.books(city.mill, city.slot(2))
    assert [mail.came_to for mail in sends(city)] == [["zhao@x.example"]]
    assert [each.state for each in deliveries()] == ["dead", "sent"]


def test_a_closed_account_gets_no_mail_and_it_is_written_down(city):
    city.wang.books(city.mill, city.slot(1))
    city.wang.is_disabled()
    assert sends(city) == []
    assert [(each.state, each.last_words) for each in deliveries()] == [("dropped", "account_closed")]


def test_who_may_not_see_a_booking_any_more_learns_nothing_of_it(city):
    """S2: rights are asked at the moment of sending; what was posted long ago tells nothing more than they allow."""
    booking = city.wang.books(city.mill, city.slot(1), title="canary")
    letter = Letter(city.stranger.id, "booking/changed", "leak", {"booking": booking, "by": city.wang.id})
    transaction(lambda: outbox.post([letter], clock.now()))
    mail = next(mail for mail in sends(city) if mail.came_to == ["stranger@x.example"])
    assert "canary" not in mail.as_string()
    assert "canary" not in plain(mail)
    assert "王老师" not in plain(mail)
    assert invitations(mail) == []
    assert "canary" not in city.stranger.at_a_browser().get("/notices").get_data(as_text=True)


def test_a_refused_recipient_is_dead_at_once_a_busy_one_is_tried_again(city):
    city.post_office.refuses |= {"wang@x.example": "550 no such mailbox", "zhao@x.example": "451 try later"}
    city.wang.books(city.mill, city.slot(1))
    city.zhao.books(city.mill, city.slot(2))
    city.keeper.books(city.mill, city.slot(3))
    assert [mail.came_to for mail in sends(city)] == [["keeper@x.example"]]
    refused, later, good = deliveries()
    assert (refused.state, refused.last_words) == ("dead", "550 no such mailbox")
    assert (later.state, later.tries, later.last_words) == ("waiting", 1, "451 try later")
    assert timedelta(seconds=50) < later.due_at - clock.now() < timedelta(seconds=70)
    assert good.state == "sent"
    city.post_office.refuses.clear()
    assert sends(city) == []  # not yet
    transaction(lambda: session().execute(update(Delivery).values(due_at=clock.now())))
    assert [mail.came_to for mail in sends(city)] == [["zhao@x.example"]]


def test_while_the_mail_server_is_away_nothing_is_lost_and_after_ten_tries_it_is_dead(city):
    city.wang.books(city.mill, city.slot(1))
    city.post_office.close()
    try:
        for tries in range(1, 11):
            assert sends(city) == []
            [one] = deliveries()
            assert (one.tries, one.state) == (tries, "waiting" if tries < 10 else "dead")
            transaction(lambda: session().execute(update(Delivery).values(due_at=clock.now())))
    finally:
        city.post_office.open()
    assert "ConnectionRefused" in one.last_words
    assert sends(city) == []
    browser = Browser(city)
    assert browser.page("/admin/messages", "Could not be sent").count("ConnectionRefused") == 1
    browser.presses(f"/admin/messages/{one.id}/again")
    assert [mail.came_to for mail in sends(city)] == [["wang@x.example"]]
    assert entries("outbox.send_again") == 1


def test_after_downtime_fresh_news_goes_out_and_old_news_is_marked_expired(city):
    for days in (2, 4):
        moment = clock.now() - timedelta(days=days)
        letter = Letter(city.wang.id, "booking/confirmed", f"{days}", {})
        transaction(lambda letter=letter, moment=moment: outbox.post([letter], moment))
    assert len(sends(city)) == 1
    assert [each.state for each in deliveries()] == ["expired", "sent"]
    assert unread(city.wang.id) == 2


# ── invitations ──


def test_a_mail_program_takes_over_moves_and_removes_the_date(city):
    """Same UID as the feed's, rising SEQUENCE: what a program merges by."""
    booking = city.wang.books(city.mill, city.slot(1), title="数控编程")
    feed = city.event(city.wang.subscribes_to("person", city.wang.id))
    [(method, first)] = invitations(sends(city)[0])
    assert (method, str(first["UID"]), first["SEQUENCE"]) == ("REQUEST", str(feed["UID"]), feed["SEQUENCE"])
    assert str(first["ORGANIZER"]) == "mailto:gongfang@consortium.example"
    assert str(first["ATTENDEE"]) == "mailto:wang@x.example"
    assert first["DTSTART"].dt == feed["DTSTART"].dt

    city.wang.moves(booking, city.slot(2, "10:00", "11:40"))
    [(method, moved)] = invitations(sends(city)[0])
    assert (method, moved["UID"], moved["STATUS"]) == ("REQUEST", first["UID"], "CONFIRMED")
    assert moved["SEQUENCE"] > first["SEQUENCE"]
    assert moved["DTSTART"].dt.hour == 10

    city.wang.cancels(booking)
    [(method, gone)] = invitations(sends(city)[0])
    assert (method, gone["UID"], gone["STATUS"]) == ("CANCEL", first["UID"], "CANCELLED")
    assert gone["SEQUENCE"] > moved["SEQUENCE"]
    assert gone["ORGANIZER"] == first["ORGANIZER"]


def test_a_booking_handed_over_leaves_one_calendar_and_comes_into_the_other(city):
    booking = city.wang.books(city.mill, city.slot(1), title="数控编程")
    [(_, first)] = invitations(sends(city)[0])
    city.wang.hands_over(booking, city.zhao)
    mails = sends(city)
    [(method, gone)] = [each for mail in to(city.wang, mails) for each in invitations(mail)]
    assert (method, gone["UID"], gone["STATUS"]) == ("CANCEL", first["UID"], "CANCELLED")
    assert gone["SEQUENCE"] > first["SEQUENCE"]
    assert "数控编程" not in str(gone["SUMMARY"]), "what it says by now is no longer hers to read"
    [(method, taken)] = [each for mail in to(city.zhao, mails) for each in invitations(mail)]
    assert (method, taken["UID"], taken["STATUS"]) == ("REQUEST", first["UID"], "CONFIRMED")


def test_a_mail_sent_late_never_brings_an_older_state_back(city):
    """Booked and cancelled before anything was sent: both mails say that it is cancelled, with one sequence."""
    booking = city.wang.books(city.mill, city.slot(1))
    city.wang.cancels(booking)
    found = [invitations(mail) for mail in sends(city)]
    assert [[method for method, _ in each] for each in found] == [["CANCEL"], ["CANCEL"]]
    assert len({event["SEQUENCE"] for each in found for _, event in each}) == 1


def test_of_a_series_only_the_moved_date_is_told_again(city):
    booking = city.wang.books(city.mill, city.slot(1), city.slot(8), city.slot(15))
    told = invitations(sends(city)[0])
    assert [method for method, _ in told] == ["REQUEST"] * 3
    assert len({str(event["UID"]) for _, event in told}) == 3
    city.wang.moves(booking, city.slot(2))
    [(_, moved)] = invitations(sends(city)[0])
    assert moved["UID"] == told[0][1]["UID"]


def test_what_only_waits_is_in_nobodys_calendar_yet(city):
    asked = city.wang.books(city.lathe, city.slot(1))
    assert invitations(sends(city)[0]) == []
    city.keeper.approves(asked)
    [(method, event)] = invitations(sends(city)[0])
    assert (method, event["STATUS"]) == ("REQUEST", "CONFIRMED")
    other = city.wang.books(city.lathe, city.slot(2))
    city.keeper.refuses(other)
    assert [invitations(mail) for mail in sends(city)] == [[], [], []]


def test_libical_finds_nothing_wrong_with_invitations(city):
    strict = StrictReader()
    booking = city.wang.books(city.mill, city.slot(1), city.slot(2), title="编程, 加工; 100%\\N", note="第一行\n第二行")
    city.wang.moves(booking, city.slot(3))
    city.wang.cancels(booking)
    parts = [
        part.get_content().encode()
        for mail in sends(city)
        for part in mail.walk()
        if part.get_content_type() == "text/calendar"
    ]
    assert len(parts) >= 4
    for part in parts:
        assert strict.complaints(part.replace(b"\n", b"\r\n").replace(b"\r\r\n", b"\r\n")) == []


# ── the digest ──


def chooses(city: City, person_id: int, hour: int, **ways: str) -> None:
    row = {"person_id": person_id, "ways": json.dumps(ways), "digest_hour": hour, "version": 1}
    transaction(lambda: session().add(Choice(**row)))


def passes(days: int) -> None:
    """What was gathered was gathered so many days ago."""
    ago = clock.now() - timedelta(days=days)
    transaction(lambda: session().execute(update(Delivery).where(Delivery.state == "gathered").values(made_at=ago)))


def test_a_day_comes_in_one_mail_instead_of_many(city):
    chooses(city, city.wang.id, 9, own="digest")
    city.wang.books(city.mill, city.slot(1), title="早课")
    city.wang.books(city.mill, city.slot(2), title="晚课")
    assert sends(city) == []
    assert [each.state for each in deliveries()] == ["gathered", "gathered"]
    run_digest(clock.now() - timedelta(days=1))  # its hour has not come since
    assert sends(city) == []
    passes(days=1)
    run_digest(clock.now())
    run_digest(clock.now())  # nothing is left for a second one
    [mail] = sends(city)
    assert mail["Subject"] == "今日共坊：2 条消息"
    assert "预约成功：早课" in plain(mail)
    assert "预约成功：晚课" in plain(mail)
    assert "/bookings/" in plain(mail)
    assert unread(city.wang.id) == 3  # the two, and the digest itself, which the page never shows
    shown = city.wang.at_a_browser().get("/notices").get_data(as_text=True)
    assert "2 unread" in shown
    assert "Today in Gongfang" not in shown


def test_a_digest_missed_while_nothing_ran_is_made_up_for(city):
    chooses(city, city.wang.id, 9, own="digest")
    city.wang.books(city.mill, city.slot(1))
    sends(city)
    passes(days=5)
    run_digest(clock.now())
    assert len(sends(city)) == 1


def test_an_import_of_many_bookings_is_no_flood(city):
    for day in range(1, 16):
        city.wang.books(city.mill, city.slot(day))
    assert len(sends(city)) == 12
    assert sorted({each.state for each in deliveries()}) == ["gathered", "sent"]
    passes(days=1)
    run_digest(clock.now())
    [digest] = sends(city)
    assert digest["Subject"] == "今日共坊：3 条消息"


def test_a_keeper_may_have_what_waits_for_her_once_a_day(city):
    keeper = city.keeper.id
    chooses(city, keeper, 9, request="digest")
    asked = [city.wang.books(city.lathe, city.slot(day), title=f"车削{day}") for day in (1, 2, 3)]
    city.keeper.approves(asked[0])
    assert not any("keeper@x" in mail["To"] for mail in sends(city))
    passes(days=1)
    run_digest(clock.now())
    [mail] = [each for each in sends(city) if "keeper@x" in each["To"]]
    assert mail["Subject"] == "今日共坊：3 条消息"
    assert plain(mail).count("有一项申请等待您答复") == 3
    assert plain(mail).count("已有答复，或已不再申请。") == 1


def test_who_wants_notices_only_gets_no_mail(city):
    chooses(city, city.wang.id, 9, own="notice")
    city.wang.books(city.mill, city.slot(1))
    assert sends(city) == []
    assert deliveries() == []
    assert unread(city.wang.id) == 1


# ── group robots ──


class Group(BaseHTTPRequestHandler):
    """The service of a group chat, on this machine."""

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.said.append((self.path, content, self.headers["X-Gongfang-Delivery"]))
        status, answer = self.server.answers
        whole = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(whole)))
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(whole)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def group(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Group)
    server.said, server.answers = [], (200, {"errcode": 0})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    usual = group_robots.tell

    def opener(_host: str) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", server.server_port, timeout=5)

    monkeypatch.setattr(group_robots, "tell", lambda *words: usual(*words, opener=opener))
    yield server
    server.shutdown()
    server.server_close()


def add_robot(city: City, **columns: Any) -> int:
    given = {
        "name": "Keepers",
        "form": "wecom",
        "url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k",
        "secret": "",
        "kinds": "answer change own other",
        "locale": "zh",
        "made_by": city.admin,
        "made_at": clock.now(),
        "version": 1,
    }
    return world._keep(Robot(**(given | columns)))


def test_a_group_learns_when_and_where_but_never_who_or_what_for(city, group):
    add_robot(city)
    city.wang.books(city.mill, city.slot(1), title="secret project", note="secret note")
    sends(city)
    [(path, content, mark)] = group.said
    assert path == "/cgi-bin/webhook/send?key=k"
    text = content["markdown"]["content"]
    for expected in ("预约成功", "五轴加工中心", "08:00–09:40", "/bookings/"):
        assert expected in text
    for private in ("secret", "王老师", "城市职业学院"):
        assert private not in text
    assert len(mark) == 40


def test_a_group_is_told_of_its_base_and_kinds_only(city, group):
    add_robot(city, base_id=city.base, kinds="own")
    add_robot(city, base_id=city.base + 999)
    add_robot(city, kinds="answer")
    city.wang.books(city.mill, city.slot(1))
    sends(city)
    assert len(group.said) == 1


def test_one_change_told_to_several_people_is_told_to_a_group_once(city, group):
    add_robot(city)
    letters = [Letter(person, "booking/changed", "9/2", {}) for person in (city.wang.id, city.zhao.id)]
    transaction(lambda: outbox.post(letters, clock.now()))
    sends(city)
    assert len(group.said) == 1


def test_what_lies_between_the_consortium_and_one_person_is_told_to_no_group(city, group):
    add_robot(city)
    chooses(city, city.wang.id, 9, own="digest")
    templates = ("consortium/restricted", "usage/judged", "passing/hand_over", "booking/confirmed")
    letters = [Letter(city.wang.id, template, "1", {"by": city.wang.id}) for template in templates]
    transaction(lambda: outbox.post(letters, clock.now()))
    sends(city)
    passes(days=1)
    assert run_digest(clock.now()) == "digests: 1"
    sends(city)
    assert len(group.said) == 1, group.said


def test_an_import_is_no_flood_for_a_group(city, group):
    add_robot(city)
    for day in range(1, 25):
        city.wang.books(city.mill, city.slot(day))
    sends(city)
    assert len(group.said) == 20
    assert sorted(each.state for each in deliveries() if each.channel == "robot").count("dropped") == 4


def test_what_kills_its_sender_each_time_is_given_up_at_last(city):
    city.wang.books(city.mill, city.slot(1))
    transaction(lambda: outbox.spread(clock.now(), mails=True, bases_of=lambda _: {}))
    transaction(lambda: session().execute(update(Delivery).values(tries=10)))
    assert sends(city) == []
    assert [each.state for each in deliveries()] == ["dead"]


@pytest.mark.parametrize(
    "answers",
    [(200, {"errcode": 45009, "errmsg": "limit"}), (500, {}), (302, {}), (200, b"<html>"), (200, b"")],
    ids=["an error code", "a fault", "a redirect", "no JSON", "nothing"],
)
def test_what_a_group_does_not_take_is_tried_again(city, group, answers):
    group.answers = answers
    add_robot(city)
    city.wang.books(city.mill, city.slot(1))
    sends(city)
    robot = next(each for each in deliveries() if each.channel == "robot")
    assert (robot.state, robot.tries) == ("waiting", 1)
    group.answers = (200, {"code": 0})
    transaction(lambda: session().execute(update(Delivery).values(due_at=clock.now())))
    sends(city)
    assert [each.state for each in deliveries()] == ["sent", "sent"]
    assert len({mark for _, _, mark in group.said}) == 1


def test_a_host_that_is_no_longer_allowed_is_told_nothing(city, group):
    add_robot(city, url="https://elsewhere.example/hook")
    city.wang.books(city.mill, city.slot(1))
    sends(city)
    assert group.said == []
    assert next(each for each in deliveries() if each.channel == "robot").last_words == "host_not_allowed"


def test_a_name_that_leads_inside_is_never_connected_to(monkeypatch):
    """DNS may say anything; what it says is judged, and the judged address is the one that is used."""
    monkeypatch.setattr(group_robots.socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.0.0.7", 443))])
    monkeypatch.setattr(group_robots.socket, "create_connection", lambda *_, **__: pytest.fail("it connected"))
    with pytest.raises(group_robots.NotOutside):
        group_robots.outside("qyapi.weixin.qq.com").connect()


# ── the pages ──


class Browser:
    """The administrator at a browser."""

    def __init__(self, city: City, person_id: int | None = None) -> None:
        self.client = world.signed_in(city.app, person_id or city.admin, city.college, "en")

    def page(self, path: str, expected: str) -> str:
        answer = self.client.get(path)
        text = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert expected in text, re.sub(r"<[^>]+>|\s+", " ", text)[:3000]
        return text

    def presses(self, path: str, **values: Any) -> Any:
        return self.client.post(path, data=values)


ROBOT = {
    "name": "Keepers",
    "form": "feishu",
    "url": "https://open.feishu.cn/open-apis/bot/v2/hook/SECRETKEY",
    "secret": "SIGNING",
    "base": "",
    "kinds": ["answer", "own"],
    "locale": "zh",
}


def test_an_administrator_adds_tries_changes_and_ends_a_group_robot(city, group):
    browser = Browser(city)
    browser.page("/admin/webhooks", "No group is told anything")
    assert browser.presses("/admin/webhooks/new", **ROBOT).status_code == 302
    shown = browser.page("/admin/webhooks", "Keepers")
    assert "SECRETKEY" not in shown
    [robot] = session().scalars(select(Robot))
    group.answers = (200, {"code": 0})
    browser.presses(f"/admin/webhooks/{robot.id}/try")
    sends(city)
    [(path, content, _)] = group.said
    assert path == "/open-apis/bot/v2/hook/SECRETKEY"
    assert content["card"]["header"]["title"]["content"] == "测试消息"
    assert content["sign"]

    sheet = browser.page(f"/admin/webhooks/{robot.id}", "Keepers")
    assert "SECRETKEY" not in sheet
    assert "SIGNING" not in sheet
    changed = ROBOT | {"name": "Everybody", "url": "", "secret": "", "version": 1}
    assert browser.presses(f"/admin/webhooks/{robot.id}", **changed).status_code == 302
    assert browser.presses(f"/admin/webhooks/{robot.id}", **changed).status_code == 422  # stale by now
    db.session.remove()
    kept = session().get(Robot, robot.id)
    assert (kept.name, kept.url, kept.secret) == ("Everybody", ROBOT["url"], "SIGNING")
    browser.presses(f"/admin/webhooks/{robot.id}/end", version=2)
    db.session.remove()
    assert session().get(Robot, robot.id).url == ""
    browser.page("/admin/webhooks", "No group is told anything")
    assert [entries(f"robot.{deed}") for deed in ("add", "try", "change", "end")] == [1, 1, 1, 1]
    trail = session().scalars(select(Entry.after).where(Entry.object_kind == "robot")).all()
    assert not any("SECRETKEY" in each or "SIGNING" in each for each in trail)


@pytest.mark.parametrize(
    "wrong",
    [{"url": "https://evil.example/x"}, {"url": "http://open.feishu.cn/x"}, {"url": ""}, {"name": ""}, {"form": "irc"},
     {"kinds": []}, {"base": "99999"}, {"locale": "fr"}, {"url": "https://127.0.0.1/"}],
    ids=str,
)  # fmt: skip
def test_a_wrong_robot_is_refused_with_words_and_the_entries_stay(city, wrong):
    answer = Browser(city).presses("/admin/webhooks/new", **(ROBOT | wrong))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert session().scalar(select(func.count(Robot.id))) == 0


def test_only_an_administrator_sets_robots(city):
    assert Browser(city, city.keeper.id).presses("/admin/webhooks/new", **ROBOT).status_code == 403


def test_dead_letters_stand_on_a_page_with_why_and_all_can_be_sent_again(city):
    city.post_office.refuses |= {"wang@x.example": "550 no such mailbox"}
    for day in (1, 2):
        city.wang.books(city.mill, city.slot(day), title="private title")
    sends(city)
    browser = Browser(city)
    shown = browser.page("/admin/messages?state=dead", "550 no such mailbox")
    assert "王老师" in shown
    assert "private title" not in shown
    taken = browser.client.get("/admin/messages?state=dead&format=csv")
    assert taken.get_data(as_text=True).count("550 no such mailbox") == 2
    assert browser.client.get("/readyz").json["messages"] == "dead"
    city.post_office.refuses.clear()
    browser.presses("/admin/messages/again")
    assert len(sends(city)) == 2
    assert entries("outbox.send_all_again") == 1
    assert browser.client.get("/readyz").json["messages"] == "ok"


def test_what_is_given_up_is_not_sent_and_what_was_sent_cannot_be_given_up(city):
    city.post_office.refuses |= {"wang@x.example": "451 later"}
    city.wang.books(city.mill, city.slot(1))
    sends(city)
    [one] = deliveries()
    browser = Browser(city)
    browser.presses(f"/admin/messages/{one.id}/drop")
    assert [each.state for each in deliveries()] == ["dropped"]
    assert browser.presses(f"/admin/messages/{one.id}/drop").status_code == 409
    city.post_office.refuses.clear()
    browser.presses(f"/admin/messages/{one.id}/again")
    assert len(sends(city)) == 1
    assert browser.presses(f"/admin/messages/{one.id}/drop").status_code == 409
    assert browser.presses(f"/admin/messages/{one.id}/again").status_code == 409
    assert browser.presses("/admin/messages/999999/again").status_code == 404


def test_the_page_of_jobs_says_when_nothing_runs_and_how_each_job_stands(city):
    browser = Browser(city)
    browser.page("/admin/jobs", "No worker has run yet")
    assert browser.client.get("/readyz").json["jobs"] == "never"
    now = clock.now()
    transaction(lambda: outbox.plan_jobs({"deliver": 2, "digest": 60}, now, "here/7"))
    transaction(lambda: outbox.note_run("deliver", now, now, now + timedelta(seconds=2), "sent: 3", failed=False))
    shown = browser.page("/admin/jobs", "sent: 3")
    assert "here/7" in shown
    assert browser.client.get("/readyz").json == {"status": "ok", "jobs": "ok", "messages": "ok"}
    transaction(lambda: outbox.note_run("deliver", now, now, now, "ValueError: no", failed=True))
    browser.page("/admin/jobs", "ValueError: no")
    assert browser.client.get("/readyz").json["jobs"] == "failing"
    long_ago = now - timedelta(hours=2)
    transaction(lambda: outbox.note_run("deliver", long_ago, long_ago, long_ago, "", failed=False))
    browser.page("/admin/jobs", "overdue")
    assert browser.client.get("/readyz").json["jobs"] == "late"


def test_a_job_that_falls_over_is_noted_and_runs_again(city):
    def falls(_now: Any) -> str:
        raise ValueError("no\nluck")

    runner = Runner(city.app, (Job("digest", falls, 60),), threading.Event())
    transaction(lambda: outbox.plan_jobs({"digest": 60}, clock.now(), runner.name))
    for times in (1, 2):
        runner._run(Job("digest", falls, 60))
        [job] = kept_jobs.jobs()
        assert (job.failures, job.last_words) == (times, "ValueError: no luck")
        db.session.remove()
    runner._run(Job("digest", lambda _now: "", 60))
    [job] = kept_jobs.jobs()
    assert (job.failures, job.runs) == (0, 3)


def test_a_person_reads_her_notices_and_the_count_goes_down(city):
    first = city.wang.books(city.mill, city.slot(1), title="早课")
    city.wang.books(city.mill, city.slot(2), title="晚课")
    browser = Browser(city, city.wang.id)
    shown = browser.page("/notices", "2 unread")
    assert shown.index("晚课") < shown.index("早课")
    [message] = session().scalars(select(Message.id).where(Message.facts.like(f'%"booking":{first},%')))
    opened = browser.presses(f"/notices/{message}/open")
    assert opened.location == f"/bookings/{first}"
    assert "早课" not in browser.page("/notices?show=unread", "晚课")
    assert browser.page("/notices", "1 unread").index("晚课") < shown.index("早课")
    browser.presses("/notices/read")
    browser.page("/notices", "Everything is read.")
    browser.page("/notices?show=unread", "Nothing is unread")
    taken = browser.client.get("/notices?format=csv").get_data(as_text=True)
    assert taken.count("Booking confirmed") == 2


def test_nobody_opens_anothers_notice(city):
    city.wang.books(city.mill, city.slot(1))
    [message] = session().scalars(select(Message.id))
    assert Browser(city, city.zhao.id).presses(f"/notices/{message}/open").status_code == 404
    assert unread(city.wang.id) == 1


def test_a_person_chooses_how_she_is_told(city):
    browser = Browser(city, city.wang.id)
    browser.page("/account", "How I am told")
    wish = {"answer": "mail", "change": "mail", "own": "notice", "other": "digest", "digest_hour": "8"}
    assert browser.presses("/account/messages", **wish, version=0).status_code == 302
    assert browser.presses("/account/messages", **wish, version=0).status_code == 422  # shown before it was changed
    assert browser.presses("/account/messages", **(wish | {"own": "pigeon"}), version=1).status_code == 422
    assert browser.presses("/account/messages", **(wish | {"digest_hour": "99"}), version=1).status_code == 422
    city.wang.books(city.mill, city.slot(1))
    assert sends(city) == []
    assert entries("account.choose_messages") == 1


def test_a_page_of_notices_asks_the_database_as_often_for_many_as_for_one(city):
    from tests.stories.subscribers import statements

    browser = Browser(city, city.wang.id)
    counts = []
    for days in ((1,), range(2, 9)):
        for day in days:
            city.wang.books(city.mill, city.slot(day))
        with statements() as sent:
            browser.page("/notices", "unread")
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_without_a_mail_server_messages_are_notices_and_the_pages_say_so(city):
    city.app.config["SMTP_HOST"] = ""
    city.wang.books(city.mill, city.slot(1))
    assert sends(city) == []
    assert deliveries() == []
    assert unread(city.wang.id) == 1
    Browser(city, city.wang.id).page("/notices", "sends no mails")
    Browser(city, city.wang.id).page("/account", "sends no mails yet")
    Browser(city).page("/admin/messages", "No mail server is set")


def test_every_letter_that_is_posted_has_words_of_its_own(app):
    """Every template named in an action has its file; a new one without words is noticed here."""
    from tests.servers import PROJECT

    named = set()
    for path in (PROJECT / "app").glob("*/actions/**/*.py"):
        named |= set(re.findall(r'"((?:booking|timetable|catalogue|consortium|usage)/[a-z_]+)"', path.read_text()))
    assert len(named) >= 6
    missing = [
        each
        for each in sorted(named)
        if not (PROJECT / "app" / "templates" / each.split("/")[0] / "mail" / f"{each.split('/')[1]}.txt").exists()
    ]
    assert missing == []
