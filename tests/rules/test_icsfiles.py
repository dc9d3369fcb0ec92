"""The gate of uploaded calendars: hostile files end in a short word after little work; honest ones are read exactly.

Work is counted in calls, not in seconds, so that a busy machine changes nothing.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.entrypoints.icsfiles.bounds import MOST_BYTES, UnreadableCalendar
from app.entrypoints.icsfiles.reading import read_calendar
from app.foundation.timespan import local

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
END = NOW + timedelta(days=400)
MOST_CALLS = 15_000_000
"""Far above what any file below needs, far below what an endless rule would take."""


def ics(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""]).encode()


def event(*lines: str, uid: str = "a", start: str = "DTSTART:20261201T000000Z", end: str = "DTEND:20261201T010000Z"):
    given = [f"UID:{uid}", start, end, "SUMMARY:Turning", *lines]
    return "\r\n".join(["BEGIN:VEVENT", *(each for each in given if each), "END:VEVENT"])


def read(content: bytes, **zones: str):
    return read_calendar(content, now=NOW, end=END, zones=zones)


def times(reading) -> list[str]:
    return [f"{local(each.span.start):%m-%d %H:%M}-{local(each.span.end):%H:%M}" for each in reading.entries]


@contextmanager
def little_work():
    """Refuses to go on after so many calls of any function."""
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        if event in ("call", "c_call"):
            calls += 1
            if calls > MOST_CALLS:
                sys.setprofile(None)
                raise MemoryError("this would never end")

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)


# ── hostile files ──


HOSTILE_RULES = (
    "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;INTERVAL=0",
    f"FREQ=DAILY;INTERVAL={'9' * 5000}",
    f"FREQ=DAILY;COUNT={'9' * 5000}",
    "FREQ=DAILY;UNTIL=99999999",
    "FREQ=DAILY;UNTIL=20290101",
    "FREQ=MINUTELY",
    "FREQ=DAILY;BYHOUR=0,1,2,3",
    "FREQ=MONTHLY;BYSETPOS=1;BYDAY=MO",
    "FREQ=DAILY;BYSECOND=" + ",".join(["1"] * 1000),
    "",
)


@pytest.mark.parametrize("rule", HOSTILE_RULES, ids=lambda rule: rule[:40])
def test_a_hostile_rule_is_a_bad_entry(rule):
    with little_work():
        reading = read(ics(event(f"RRULE:{rule}"), event(uid="b")))
    assert len(reading.bad) == 1
    assert reading.bad[0].problem.startswith(("rule_", "unreadable"))
    assert [each.uid for each in reading.entries] == ["b"]


@pytest.mark.parametrize(
    "rule",
    ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
     "FREQ=YEARLY;BYWEEKNO=1;BYMONTH=7", "FREQ=DAILY;INTERVAL=7;BYDAY=MO", "FREQ=MONTHLY;BYDAY=5MO;BYMONTH=2"],
)  # fmt: skip
def test_a_rule_that_never_comes_round_ends(rule):
    with little_work():
        reading = read(ics(event(f"RRULE:{rule}")))
    assert len(reading.entries) == 1  # its own first time


@pytest.mark.parametrize(
    ("problem", "content"),
    [
        ("too_many_occurrences", ics(*(event("RRULE:FREQ=DAILY;COUNT=400", uid=f"u{n}") for n in range(60)))),
        ("too_many_occurrences", ics(*(event("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", uid=f"u{n}",
                                             start="DTSTART:20211201T000000Z", end="DURATION:PT1H")
                                       for n in range(4_900)))),
        ("too_many_occurrences", ics(*(event("RDATE:" + ",".join(["20261202T000000Z"] * 900), uid=f"u{n}")
                                       for n in range(100)))),
        ("too_many_components", ics(*(event(*["BEGIN:VALARM\r\nEND:VALARM"] * 10, uid=f"u{n}") for n in range(500)))),
        ("unreadable", ics("BEGIN:VEVENT", *["BEGIN:VALARM"] * 4_000)),
        ("unreadable", ics("END:VEVENT")),
        ("unreadable", ics("BEGIN:VEVENT", "END:VALARM")),
        ("unreadable", b"BEGIN:VCALENDAR\nEND:VCALENDAR\nUID:after the end\n"),
        ("unreadable", ics("SUMMARY:\0")),
        ("cut_off", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a"),
        ("not_a_calendar", b"/etc/passwd"),
        ("not_a_calendar", b"wsgi.py"),
        ("not_a_calendar", b"<html>BEGIN:VCALENDAR</html>"),
        ("empty", b" \r\n\t"),
        ("encoding", b"BEGIN:VCALENDAR\n\xff\xff\n"),
        ("too_large", b"\n" * (MOST_BYTES + 1)),
        ("too_many_zones", ics(*(event(uid=f"u{n}", start=f"DTSTART;TZID=Mars/{n}:20261201T000000") for n in range(20)))),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)  # fmt: skip
def test_a_hostile_file_is_refused_with_a_word(problem, content):
    with little_work(), pytest.raises(UnreadableCalendar) as refused:
        read(content)
    assert refused.value.problem == problem


@pytest.mark.parametrize(
    ("problem", "lines"),
    [
        ("too_many_dates", {"more": ["EXDATE:" + ",".join(["20261202T000000Z"] * 100_000)]}),
        ("too_many_dates", {"more": ["RDATE:" + ",".join(["20261202T000000Z"] * 600)] * 2}),
        ("unreadable", {"start": f"DTSTART:{'9' * 5000}T000000Z"}),
        ("unreadable", {"more": [f"SEQUENCE:{'9' * 5000}"]}),
        ("unreadable", {"end": f"DURATION:P{'9' * 5000}D"}),
        ("unreadable", {"end": "DTEND;VALUE=DATE:20261202"}),
        ("unreadable", {"more": ["RDATE;VALUE=DATE:20261202"]}),
        ("unreadable", {"more": ["RDATE;VALUE=PERIOD:20261202T000000Z/PT1H"]}),
        ("unreadable", {"more": ["no colon at all"]}),
        ("unreadable", {"more": ["DTSTART:20261201T000000Z"]}),
        ("unreadable", {"more": ["RECURRENCE-ID:never"]}),
        ("unreadable", {"start": "DTSTART:20261301T000000Z"}),
        ("no_start", {"start": ""}),
        ("no_length", {"end": ""}),
        ("no_length", {"end": "DTEND:20261130T000000Z"}),
        ("no_length", {"end": "DURATION:-PT1H"}),
        ("too_long", {"end": "DURATION:P8D"}),
        ("too_far", {"start": "DTSTART:20330101T000000Z", "end": "DURATION:PT1H"}),
        ("too_far", {"start": "DTSTART:19700101T000000Z", "end": "DURATION:PT1H"}),
        ("too_far", {"start": "DTSTART:00010101T000000Z", "end": "DURATION:PT1H"}),
        ("no_uid", {"uid": " "}),
        ("rule_part", {"more": ["EXRULE:FREQ=DAILY"]}),
        ("rule_part", {"more": ["RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=WEEKLY;COUNT=2"]}),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_bad_entry_is_named_and_the_others_are_read(problem, lines):
    more = lines.pop("more", [])
    with little_work():
        reading = read(ics(event(*more, **lines), event(uid="b")))
    assert [(bad.row, bad.problem) for bad in reading.bad] == [(1, problem)]
    assert [each.uid for each in reading.entries] == ["b"]


def test_a_zone_of_the_files_own_making_is_never_worked_out():
    zone = ["BEGIN:VTIMEZONE", "TZID:Asia/Shanghai", "BEGIN:STANDARD", "DTSTART:19700101T000000",
            "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "TZOFFSETFROM:+0800", "TZOFFSETTO:-0500", "END:STANDARD",
            "END:VTIMEZONE"]  # fmt: skip
    with little_work():
        reading = read(ics(*zone, event(start="DTSTART;TZID=Asia/Shanghai:20261201T080000", end="DURATION:PT1H")))
    assert times(reading) == ["12-01 08:00-09:00"]


def test_a_name_of_a_file_is_never_opened(tmp_path):
    secret = tmp_path / "secret.ics"
    secret.write_bytes(ics(event()))
    for name in (str(secret), f"{secret}\n", str(Path(__file__))):
        with pytest.raises(UnreadableCalendar) as refused:
            read(name.encode())
        assert refused.value.problem == "not_a_calendar"


# ── honest files ──


def test_line_ends_of_every_kind_and_folded_lines_are_one():
    text = ics(event(end="DTEND:20261201T013000Z")).decode().replace("SUMMARY:Turning", "SUMMARY:Tur\r\n ning")
    for other in (
        text,
        text.replace("\r\n", "\n"),
        text.replace("\r\n", "\r"),
        text.replace("\r\n", "\n", 3),
        "\ufeff" + text,
    ):
        (found,) = read(other.encode()).entries
        assert (found.title, times(read(other.encode()))) == ("Turning", ["12-01 08:00-09:30"])


def test_a_whole_day_is_a_local_day_wherever_it_was_written():
    reading = read(ics("X-WR-TIMEZONE:America/New_York", event(start="DTSTART;VALUE=DATE:20261201", end="")))
    assert times(reading) == ["12-01 00:00-00:00"]


def test_a_series_keeps_its_wall_clock_where_clocks_change():
    series = event("RRULE:FREQ=WEEKLY;COUNT=3", start="DTSTART;TZID=Europe/Berlin:20270322T090000", end="DURATION:PT1H")
    assert times(read(ics(series))) == ["03-22 16:00-17:00", "03-29 15:00-16:00", "04-05 15:00-16:00"]


def test_dates_left_out_added_changed_cancelled_one_by_one():
    series = event("RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20261202T000000Z", "RDATE:20261210T000000Z")
    moved = event("RECURRENCE-ID:20261203T000000Z", start="DTSTART:20261203T060000Z", end="DTEND:20261203T070000Z")
    gone = event(
        "RECURRENCE-ID:20261204T000000Z", "STATUS:CANCELLED", start="DTSTART:20261204T000000Z", end="DURATION:PT1H"
    )
    reading = read(ics(series, moved, gone))
    assert times(reading) == ["12-01 08:00-09:00", "12-03 14:00-15:00", "12-10 08:00-09:00"]
    assert reading.cancelled == 1
    assert [each.occurrence for each in reading.entries] == ["20261201T000000Z", "20261203T000000Z", "20261210T000000Z"]


def test_this_and_all_that_follow_move_together():
    series = event("RRULE:FREQ=DAILY;COUNT=4")
    moved = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20261203T000000Z", start="DTSTART:20261203T020000Z", end="DURATION:PT1H"
    )
    assert times(read(ics(series, moved)))[2:] == ["12-03 10:00-11:00", "12-04 10:00-11:00"]


def test_a_rule_ends_with_its_count_its_last_day_or_the_last_day_asked_for():
    for rule, expected in (
        ("COUNT=3", 3),
        ("UNTIL=20261204T000000Z", 4),
        ("UNTIL=20261204", 4),
        ("UNTIL=20261203T235959Z", 3),
    ):
        assert len(read(ics(event(f"RRULE:FREQ=DAILY;{rule}"))).entries) == expected
    endless = read(ics(event("RRULE:FREQ=WEEKLY")))
    assert endless.cut == [1]
    assert endless.entries[-1].span.start < END <= endless.entries[-1].span.start + timedelta(weeks=1)


def test_free_cancelled_past_later_and_other_things_are_counted():
    reading = read(
        ics(
            event("TRANSP:TRANSPARENT", uid="free"),
            event("STATUS:CANCELLED", uid="cancelled"),
            event(uid="past", start="DTSTART:20261101T000000Z", end="DURATION:PT1H"),
            event(uid="later", start="DTSTART:20290101T000000Z", end="DURATION:PT1H"),
            event("STATUS:TENTATIVE", uid="tentative"),
            "BEGIN:VTODO\r\nUID:t\r\nEND:VTODO",
        )
    )
    assert [each.uid for each in reading.entries] == ["tentative"]
    assert (reading.free, reading.cancelled, reading.past, reading.later, reading.others) == (1, 1, 1, 1, 1)


def test_a_cancelling_message_cancels():
    assert read(ics("METHOD:CANCEL", event())).cancelled == 1


def test_zones_of_windows_are_known_and_unknown_ones_are_asked():
    reading = read(ics(event(start='DTSTART;TZID="China Standard Time":20261201T080000', end="DURATION:PT1H")))
    assert times(reading) == ["12-01 08:00-09:00"]
    text = ics("X-WR-TIMEZONE:Asia/Tokyo", event(start="DTSTART;TZID=Mars/Base:20261201T080000", end="DURATION:PT1H"),
               event(uid="b", start="DTSTART:20261201T100000", end="DURATION:PT1H"))  # fmt: skip
    asks = read(text)
    assert (asks.entries, asks.unknown_zones, asks.suggested_zone) == ([], ("", "Mars/Base"), "Asia/Tokyo")
    answered = read_calendar(text, now=NOW, end=END, zones={"Mars/Base": "Asia/Tokyo", "": "Asia/Shanghai"})
    assert times(answered) == ["12-01 07:00-08:00", "12-01 10:00-11:00"]


def test_what_is_running_now_is_not_past():
    running = event(start="DTSTART:20261122T010000Z", end="DTEND:20261122T030000Z")
    assert times(read(ics(running))) == ["11-22 09:00-11:00"]
