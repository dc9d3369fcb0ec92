"""Messages: which way they go, when they are tried again, what group robots are sent, how jobs stand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.foundation.timespan import at_local, local_day
from app.outbox.rules import delivery, robot, ways
from app.outbox.rules.delivery import DEAD, DROPPED, FAILED, SENT, WAITING, Outcome, after, has_expired, pause_after
from app.outbox.rules.job import KeptJob, standing_of_all
from app.outbox.rules.letter import KINDS, Letter, kind_of
from app.outbox.rules.robot import KeptRobot, RobotForm, body, escaped, is_accepted, is_outside, reasons_against, target
from app.outbox.rules.ways import Choices, last_digest, way_out

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday, ten in the morning."""
HOSTS = tuple(robot.HOSTS.values())


# ── marks and kinds ──


def test_the_same_occasion_makes_the_same_mark_and_another_person_another():
    letter = Letter(1, "booking/approved", "7/2")
    assert letter.mark == Letter(1, "booking/approved", "7/2", {"other": "facts"}).mark
    assert len({letter.mark, Letter(2, "booking/approved", "7/2").mark, Letter(1, "booking/refused", "7/2").mark}) == 3


def test_what_one_changed_oneself_is_ones_own_doing():
    assert kind_of("booking/cancelled", {"by": 1}, 1) == "own"
    assert kind_of("booking/cancelled", {"by": 2}, 1) == "change"
    assert kind_of("booking/approved", {"by": 1}, 1) == "answer"
    assert kind_of("booking/to_decide", {}, 1) == kind_of("booking/escalated", {}, 1) == "request"
    assert kind_of("something/new", {}, 1) == "other"


# ── trying again ──


def test_pauses_double_from_a_minute_to_six_hours():
    minutes = [pause_after(tries, 0.5) / timedelta(minutes=1) for tries in range(1, 12)]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]


@given(st.integers(1, 40), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_longer_than_six_hours_nor_shorter_than_54_seconds(tries, chance):
    assert timedelta(seconds=54) <= pause_after(tries, chance) <= timedelta(hours=6)


def test_chance_spreads_the_pauses():
    assert pause_after(3, 0.0) < pause_after(3, 0.5) < pause_after(3, 0.99)


def test_the_tenth_failure_is_the_last():
    failed = Outcome(FAILED, "no answer")
    assert after(failed, 9, NOW, 0.5) == (WAITING, NOW + timedelta(minutes=256))
    assert after(failed, 10, NOW, 0.5) == (DEAD, NOW)


@pytest.mark.parametrize("state", [SENT, DEAD, DROPPED])
def test_what_is_decided_is_not_tried_again(state):
    assert after(Outcome(state), 1, NOW, 0.5) == (state, NOW)


def test_last_words_fit_on_a_line():
    assert Outcome(FAILED, "a\r\n b" + "x" * 900).short_words.startswith("a bx")
    assert len(Outcome(FAILED, "x" * 900).short_words) == delivery.LONGEST_WORDS


def test_after_three_days_news_is_no_news():
    assert not has_expired(NOW - timedelta(days=3), NOW)
    assert has_expired(NOW - timedelta(days=3, seconds=1), NOW)


# ── ways and digest ──


def test_without_a_choice_everything_comes_by_mail_at_once():
    assert {way_out(ways.USUAL, kind, 0) for kind in KINDS} == {"mail"}


def test_a_choice_counts_for_its_kind_only():
    chosen = Choices({"own": "notice", "change": "digest"})
    assert [way_out(chosen, kind, 0) for kind in KINDS] == ["mail", "mail", "digest", "notice", "mail"]


def test_the_thirteenth_mail_of_an_hour_goes_into_the_digest_but_never_brings_back_what_was_silenced():
    assert way_out(ways.USUAL, "answer", 11) == "mail"
    assert way_out(ways.USUAL, "answer", 12) == "digest"
    assert way_out(Choices({"answer": "notice"}), "answer", 99) == "notice"


def test_the_last_digest_is_todays_from_its_hour_on_and_yesterdays_before():
    assert last_digest(10, NOW) == NOW
    assert last_digest(11, NOW) == NOW - timedelta(hours=23)


@given(st.integers(0, 23), st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)))
def test_a_digest_is_never_in_the_future_and_never_older_than_a_day(hour, moment):
    now = moment.replace(tzinfo=UTC)
    due = last_digest(hour, now)
    assert timedelta(0) <= now - due < timedelta(days=1)
    assert due == at_local(local_day(due), hour * 60)


@pytest.mark.parametrize(
    ("chosen", "hour"), [({"answer": "pigeon"}, 9), ({"gossip": "mail"}, 9), ({}, 24), ({}, -1)], ids=str
)
def test_choices_that_do_not_exist_are_refused(chosen, hour):
    assert ways.reasons_against(chosen, hour)


# ── robots ──


def told(**more) -> RobotForm:
    given = {"name": "Keepers", "form": "wecom", "url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k1"}
    return RobotForm(**(given | more))


def test_a_proper_robot_is_allowed():
    assert reasons_against(told(), HOSTS) == []


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "missing"),
        ("http://qyapi.weixin.qq.com/x", "not_https"),
        ("ftp://qyapi.weixin.qq.com/x", "not_https"),
        ("https://evil.example/x", "host_not_allowed"),
        ("https://127.0.0.1/x", "host_not_allowed"),
        ("https://[::1]/x", "unreadable"),
        ("https://qyapi.weixin.qq.com.evil.example/x", "host_not_allowed"),
        ("https://qyapi.weixin.qq.com@evil.example/x", "unreadable"),
        ("https://me:pw@qyapi.weixin.qq.com/x", "unreadable"),
        ("https://qyapi.weixin.qq.com:8443/x", "unreadable"),
        ("https://qyapi.weixin.qq.com/x#y", "unreadable"),
        ("https://qyapi.weixin.qq.com/x\r\nHost: evil", "unreadable"),
        ("https://qyapi.weixin.qq.com\\@evil.example/", "unreadable"),
        ("https://ｑyapi.weixin.qq.com/x", "unreadable"),
        ("//qyapi.weixin.qq.com/x", "unreadable"),
        ("https://qyapi.weixin.qq.com/" + "x" * 400, "too_long"),
    ],
    ids=lambda text: text[:40],
)
def test_no_other_address_is_allowed(url, problem):
    assert [reason.problem for reason in reasons_against(told(url=url), HOSTS)] == [problem]


def test_every_other_mistake_is_named_at_once():
    wrong = RobotForm(" ", "irc", "https://evil.example/", "s" * 201, None, (), "fr")
    fields = {reason.field for reason in reasons_against(wrong, HOSTS)}
    assert fields == {"robot_name", "robot_form", "robot_url", "robot_secret", "robot_kinds", "locale"}


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
     "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:a00:1::1", "::10.0.0.1", "192.0.0.8", "not an address", ""],
)  # fmt: skip
def test_nothing_inside_is_outside(address):
    assert not is_outside(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2400:3200::1"])
def test_the_open_internet_is_outside(address):
    assert is_outside(address)


def test_wecom_gets_markdown():
    sent = body(told(), "Booking confirmed", ["When: 8:00"], "https://gf.example/bookings/7", "Open it", NOW)
    assert sent["msgtype"] == "markdown"
    assert (
        sent["markdown"]["content"] == "**Booking confirmed**\n\nWhen: 8:00\n\n[Open it](https://gf.example/bookings/7)"
    )
    assert target(told(), NOW) == "/cgi-bin/webhook/send?key=k1"


def test_dingtalk_gets_markdown_with_a_title_and_a_signed_address():
    form = told(form="dingtalk", url="https://oapi.dingtalk.com/robot/send?access_token=t", secret="SECabc")
    sent = body(form, "Booking confirmed", ["When"], "", "Open it", NOW)
    assert (sent["msgtype"], sent["markdown"]["title"]) == ("markdown", "Booking confirmed")
    moment = int(NOW.timestamp() * 1000)
    made = hmac.new(b"SECabc", f"{moment}\nSECabc".encode(), hashlib.sha256).digest()
    quoted = base64.b64encode(made).decode().replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    assert target(form, NOW) == f"/robot/send?access_token=t&timestamp={moment}&sign={quoted}"


def test_feishu_gets_a_card_and_its_signature_in_the_body():
    form = told(form="feishu", url="https://open.feishu.cn/open-apis/bot/v2/hook/h", secret="s")
    sent = body(form, "Booking confirmed", ["When"], "https://gf.example/", "Open it", NOW)
    moment = int(NOW.timestamp())
    made = hmac.new(f"{moment}\ns".encode(), b"", hashlib.sha256).digest()
    assert (sent["msg_type"], sent["timestamp"], sent["sign"]) == (
        "interactive",
        str(moment),
        base64.b64encode(made).decode(),
    )
    assert sent["card"]["header"]["title"]["content"] == "Booking confirmed"
    assert target(form, NOW) == "/open-apis/bot/v2/hook/h"


def test_text_stays_text_in_a_group():
    assert escaped("<@all> [win](http://evil) # *x*\n@everybody") == (
        "＜＠all＞ \\[win\\]\\(http://evil\\) \\# \\*x\\* ＠everybody"
    )


@given(st.text(max_size=3000))
def test_no_text_makes_a_message_too_long_or_calls_anybody(text):
    for form in robot.FORMS:
        whole = json.dumps(body(told(form=form), text, [text] * 3, "", "Open", NOW), ensure_ascii=False)
        said = whole.replace("interactive", "")
        assert "<@" not in said
        assert len(body(told(), text, [text] * 3, "", "Open", NOW)["markdown"]["content"]) <= robot.LONGEST_TEXT


@pytest.mark.parametrize(
    ("answer", "yes"),
    [
        ({"errcode": 0, "errmsg": "ok"}, True),
        ({"errcode": 93000}, False),
        ({"StatusCode": 0, "StatusMessage": "success", "code": 0}, True),
        ({"code": 19021, "msg": "sign match fail"}, False),
        ({}, False),
        ("ok", False),
        (None, False),
    ],
    ids=str,
)
def test_only_a_clear_yes_is_a_yes(answer, yes):
    assert is_accepted(answer) is yes


def test_a_robot_is_told_only_of_its_base_and_its_kinds():
    kept = KeptRobot(1, told(base_id=5, kinds=("answer",)), NOW, None, 1)
    assert kept.wants("answer", frozenset({5, 6}))
    assert not kept.wants("own", frozenset({5}))
    assert not kept.wants("answer", frozenset({6}))
    assert KeptRobot(1, told(), NOW, None, 1).wants("own", frozenset())


def test_the_address_is_never_shown_whole():
    shown = KeptRobot(
        1, told(url="https://open.feishu.cn/open-apis/bot/v2/hook/SECRET-abcd"), NOW, None, 1
    ).shown_address
    assert shown == "open.feishu.cn/…abcd"


# ── jobs ──


def job(minutes_ago: float, failures: int = 0, every: int = 60) -> KeptJob:
    ended = NOW - timedelta(minutes=minutes_ago)
    return KeptJob("deliver", every, ended, ended, ended + timedelta(seconds=every), 3, failures, "", "here/1")


@pytest.mark.parametrize(
    ("jobs", "standing"),
    [
        ([], "never"),
        ([job(0.5)], "well"),
        ([job(3.5)], "well"),
        ([job(4.5)], "late"),
        ([job(0.5, failures=2)], "failing"),
        ([job(0.5, failures=2), job(60)], "late"),
    ],
    ids=["never", "just now", "a slow run", "overdue", "fell over", "the worst counts"],
)
def test_jobs_are_late_only_when_somebody_should_care(jobs, standing):
    assert standing_of_all(jobs, NOW) == standing
