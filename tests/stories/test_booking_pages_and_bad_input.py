"""Whatever is typed or sent to the booking pages is answered with a sentence: never an error of ours, never half kept."""

from __future__ import annotations

import time

import pytest

from tests.stories.workshop import Workshop, bookings_kept, dates_of, form_of

BAD = [
    "",
    " ",
    "0",
    "-1",
    "9" * 5000,
    "99999999999999999999",
    "2147483648",
    "１２",
    "NaN",
    "1e9",
    "null",
    "a\0b",
    "\ud800",
    "\x1b[31m",
    "'; DROP TABLE booking_booking; --",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "%s%s%n",
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "2026-11-24T25:61",
    "24:00",
    "99:99",
    "1-1-1",
    "x" * 20_000,
    "𠮷" * 300,
    "/" * 50,
    "1x1/0/60/2026-13-01",
    "1x1/0/99999999/2026-12-01",
    "٣",
]
FINE = {200, 303, 400, 403, 404, 409, 413, 422}
SECONDS = 2.0
"""Processor time, so that a busy machine fails nothing."""


def _as_sent(text: str) -> bytes:
    """What a browser, or something worse, puts on the wire."""
    return text.encode("utf-8", "surrogatepass")


def _checked(answer, started: float, what: str) -> None:
    assert answer.status_code in FINE, f"{what}: {answer.status_code}"
    assert time.process_time() - started < SECONDS, what
    assert "Traceback" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "field",
    [
        *("unit", "quantity_{lathe}", "day", "mode", "first", "last", "start", "end", "end_day", "repeat", "weekday"),
        *(
            "week",
            "until",
            "on",
            "leave_out",
            "accept",
            "take",
            "instead",
            "purpose",
            "title",
            "headcount",
            "note",
            "holder",
            "key",
        ),
    ],
)
def test_no_field_of_the_form_breaks_it(workshop: Workshop, field: str):
    """Each field with each bad value, booked by the clock and in a series, looked at and sent."""
    name = field.format(lathe=workshop.lathe)
    teacher = workshop.teacher
    kept = 0
    for number, bad in enumerate(BAD):
        values = teacher.filled(
            workshop.lathe, on=workshop.day(1 + number % 16, 1 + number // 16), key=f"bad-{field[:8]}-{number:04d}"
        )
        if field in ("weekday", "week", "until"):
            values |= {"repeat": "until" if field == "until" else "weeks", "week": ["1"], "weekday": ["1"]}
        if field in ("first", "last"):
            values["mode"] = "periods"
        if field == "on":
            values["repeat"] = "dates"
        values[name] = _as_sent(bad)
        for extra in ({"preview": "1"}, {}):
            started = time.process_time()
            answer = teacher.client.post("/book/new", data=values | extra)
            _checked(answer, started, f"{field}={bad[:40]!r}")
            kept += answer.status_code == 303
    assert bookings_kept() == kept


@pytest.mark.slow
def test_no_address_breaks_the_pages(workshop: Workshop):
    booking = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2)).booking_id
    dean = workshop.dean
    for bad in BAD:
        for path, names in (
            ("/book/new", ("unit", "start", "end", "title", "headcount", "purpose", "on", "holder")),
            ("/mine", ("whose", "when", "state", "purpose", "base", "text", "sort", "page", "format")),
            (f"/bookings/{booking}/change", ("date",)),
            (f"/bookings/{booking}/cancel", ("date",)),
            ("/inbox", ("page",)),
            ("/inbox/decided", ("page",)),
        ):
            for name in names:
                started = time.process_time()
                values = {"unit": str(workshop.lathe), "start": "2026-11-24T08:00", "end": "2026-11-24T09:00"}
                values = (values if path == "/book/new" else {}) | {name: bad.encode("utf-8", "replace").decode()}
                _checked(dean.client.get(path, query_string=values), started, f"{path}?{name}={bad[:40]!r}")


def test_no_id_breaks_the_pages(workshop: Workshop):
    for bad in ("0", "9" * 5000, "99999999999999999999", "2147483648", "-1", "1.5", "%00", "%ED%A0%80", "１"):
        for path in ("/bookings/{}", "/bookings/{}/form", "/bookings/{}/change", "/bookings/{}/cancel", "/inbox/{}"):
            assert workshop.dean.opens(path.format(bad)).status == 404, (path, bad[:30])


@pytest.mark.slow
def test_no_change_and_no_decision_breaks_anything(workshop: Workshop):
    booking = workshop.teacher.asks_for(workshop.laser, on=workshop.day(1, 2)).booking_id
    before = dates_of(booking)
    whole = form_of(workshop.dean.opens(f"/bookings/{booking}/change"))
    for bad in BAD:
        raw = _as_sent(bad)
        for path, name, rest in (
            *((f"/bookings/{booking}/change", name, whole | {"version": "7777"}) for name in (*whole, "which")),
            (f"/bookings/{booking}/cancel", "version", {"which": "every"}),
            (f"/bookings/{booking}/cancel", "date_id", {"which": "one", "version": "7777"}),
            (f"/bookings/{booking}/cancel", "which", {"version": "7777"}),
            (f"/inbox/{booking}/approve", "version", {}),
            (f"/inbox/{booking}/refuse", "version", {"note": "no"}),
            ("/inbox/approve", "booking", {}),
        ):
            started = time.process_time()
            _checked(workshop.dean.client.post(path, data=rest | {name: raw}), started, f"{path} {name}={bad[:40]!r}")
    assert dates_of(booking) == before


def test_ten_thousand_dates_are_a_sentence(workshop: Workshop):
    far = workshop.day(1, 1).replace(year=2199)
    answer = workshop.teacher.asks_for(
        workshop.lathe, on=workshop.day(1, 1), repeat="until", until=far.isoformat(), weekday=list("1234567")
    )
    assert answer.status == 422
    assert "dates are too many at once" in answer.words
    many = workshop.teacher.asks_for(
        workshop.lathe,
        on=workshop.day(1, 1),
        repeat="dates",
        leave_out=[workshop.day(1, 1).isoformat()] * 1500,
    )
    assert many.status in (409, 413, 422)
    assert bookings_kept() == 0


def test_the_past_and_the_far_future_are_sentences(workshop: Workshop):
    past = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(-5, 1))
    assert (past.status, "is already past" in past.words) == (422, True)
    far = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(90, 1))
    assert (far.status, "too far ahead" in far.words) == (422, True)
    long = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 1), end_day=workshop.day(6, 1).isoformat())
    assert (long.status, "too long" in long.words) == (422, True)


def test_repeated_fields_take_the_first_and_many_units_are_a_sentence(workshop: Workshop):
    values = workshop.teacher.filled(workshop.lathe, on=workshop.day(1, 2))
    two_days = workshop.teacher.sends("/book/new", values | {"day": [values["day"], "1999-01-01"]})
    assert (two_days.status, "Date" in two_days.words) == (422, True)
    doubled = values | {"title": ["One", "Two"]}
    booked = workshop.teacher.sends("/book/new", doubled)
    assert booked.was_booked
    assert "One" in workshop.teacher.opens(booked.location).words
    units = {"unit": [str(number) for number in range(1, 1200)]}
    many = workshop.teacher.sends("/book/new", values | units | {"key": "another-key-1"})
    assert many.status == 422
    assert "too many units" in many.words


def test_a_busy_database_says_come_back(workshop: Workshop, monkeypatch):
    from app.booking.actions import asking
    from app.foundation.refusal import Busy, Refused

    def too_many(*_, **__):
        raise Refused(Busy())

    monkeypatch.setattr(asking, "request", too_many)
    answer = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), title="Keep this")
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert form_of(answer)["title"] == "Keep this"
