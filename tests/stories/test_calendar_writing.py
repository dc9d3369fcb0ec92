"""The hand-written events are, byte for byte, what the icalendar library writes; and texts come back as they went in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, vCalAddress
from icalendar import Event as LibraryEvent

from app.entrypoints.ical.writer import NOBODYS_ADDRESS, Event, calendar, event
from app.foundation.timespan import ZONE

TEXTS = st.text(
    st.one_of(
        st.sampled_from("\\,;:^\"'\n数控实训室，。🛠é aN"),
        st.characters(exclude_categories=("Cs", "Cc")),
    ),
    max_size=160,
).filter(lambda text: "\\N" not in text)
"""`\\N` is left out: the library takes it for a line break, and so would turn D:\\NC into two lines. We do not."""

MOMENTS = st.datetimes(datetime(1992, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


@st.composite
def events(draw):
    start = draw(MOMENTS)
    return Event(
        uid=draw(st.from_regex(r"[0-9a-f-]{8,120}", fullmatch=True)) + "@gongfang",
        start=start,
        end=start + timedelta(minutes=draw(st.integers(1, 3000))),
        stamp=draw(MOMENTS),
        sequence=draw(st.integers(0, 10**6)),
        status=draw(st.sampled_from(("CONFIRMED", "TENTATIVE", "CANCELLED"))),
        summary=draw(TEXTS),
        location=draw(TEXTS),
        description=draw(TEXTS),
        organizer=draw(TEXTS.map(lambda text: text.replace("\n", " "))),
        url=draw(st.sampled_from(("", "https://gongfang.example.cn/bookings/7", "https://x.example/" + "a" * 90))),
    )


def by_the_library(one: Event) -> bytes:
    written = LibraryEvent()
    written.add("summary", one.summary)
    written.add("dtstart", one.start.astimezone(ZONE).replace(microsecond=0))
    written.add("dtend", one.end.astimezone(ZONE).replace(microsecond=0))
    written.add("dtstamp", one.stamp.replace(microsecond=0))
    written.add("uid", one.uid)
    written.add("sequence", one.sequence)
    written.add("last-modified", one.stamp.replace(microsecond=0))
    organizer = vCalAddress(NOBODYS_ADDRESS)
    organizer.params["CN"] = one.organizer
    written.add("organizer", organizer)
    written.add("status", one.status)
    written.add("transp", "TRANSPARENT" if one.status == "CANCELLED" else "OPAQUE")
    if one.description:
        written.add("description", one.description)
    if one.location:
        written.add("location", one.location)
    if one.url:
        written.add("url", one.url)
    return written.to_ical()


@settings(max_examples=400, deadline=None)
@given(events())
def test_an_event_written_by_hand_is_what_the_library_writes(one):
    assert event(one) == by_the_library(one)


@settings(max_examples=200, deadline=None)
@given(events())
def test_no_line_is_longer_than_75_octets_and_no_character_is_cut(one):
    for line in event(one).split(b"\r\n"):
        assert len(line) <= 75
        line.decode()


def _one(**more) -> Event:
    moment = datetime(2026, 9, 1, tzinfo=UTC)
    given = {"summary": "课", "location": "", "description": "", "organizer": "王", "url": ""}
    return Event(
        **{"uid": "1@gongfang", "start": moment, "end": moment + timedelta(hours=1), "stamp": moment}
        | {"sequence": 0, "status": "CONFIRMED"}
        | given
        | more
    )


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_a_text_comes_back_as_it_went_in(text):
    if "\\n" in text or "\\N" in text:
        return  # the library's own reading takes an escaped backslash before an n for a line break
    whole = calendar("日历", [_one(description="x" + text)], datetime(2026, 1, 1, tzinfo=UTC))
    [read] = Calendar.from_ical(whole).walk("VEVENT")
    assert read["DESCRIPTION"] == "x" + text


def test_a_path_with_a_backslash_and_an_n_stays_a_path():
    assert b"DESCRIPTION:D:\\\\NC\\\\new\r\n" in event(_one(description="D:\\NC\\new"))


@pytest.mark.parametrize("day", [datetime(1986, 5, 4, tzinfo=UTC), datetime(1991, 9, 15, tzinfo=UTC)])
def test_a_file_of_an_old_booking_carries_the_summer_time_of_its_years(day):
    one = _one(start=day, end=day + timedelta(hours=30))
    [read] = Calendar.from_ical(calendar("旧", [one], day)).walk("VEVENT")
    assert read["DTSTART"].dt.astimezone(UTC) == one.start
    assert read["DTEND"].dt.astimezone(UTC) == one.end
    assert b"BEGIN:DAYLIGHT" in calendar("旧", [one], day)
