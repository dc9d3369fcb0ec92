"""Whatever a program sends, it gets a problem it can read: never a trace, never a long wait, nothing half-kept."""

from __future__ import annotations

import json
import time

import pytest

from tests import world
from tests.programs import Program, at, small_city, wish


@pytest.fixture
def city(app):
    return small_city(app)


BODIES = {
    "nothing": b"",
    "not JSON": b"units=1",
    "cut off": b'{"units": [',
    "not UTF-8": b'{"title": "\xff"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "NaN": b'{"headcount": NaN}',
    "Infinity": b'{"headcount": -Infinity}',
    "a float without end": b'{"headcount": 1e999}',
    "5,000 digits": b'{"headcount": ' + b"9" * 5_000 + b"}",
    "a field twice": b'{"title": "a", "title": "b"}',
    "200,000 lists deep": b"[" * 100_000 + b"]" * 100_000,
    "200,000 objects deep": b'{"a":' * 40_000,
    "3,000 lists deep": b"[" * 3_000 + b"]" * 3_000,
    "many lists": b"[" + b"[]," * 50_000 + b"[]]",
}


@pytest.mark.parametrize("name", BODIES, ids=lambda name: name.replace(" ", "-"))
def test_a_body_that_cannot_be_read_is_a_400(city, name):
    began = time.process_time()
    refused = city.wang.ask("POST", "/bookings", raw=BODIES[name])
    assert refused.status == 400, refused.text
    assert refused.body["reasons"][0]["message"]
    assert time.process_time() - began < 2


WRONG = {
    "no object": [],
    "a number": 5,
    "null": None,
    "an unknown field": {"colour": "red"},
    "a field with an odd name": {"\ud800\x00" * 1000: 1},
    "5,000 unknown fields": {f"f{n}": n for n in range(5_000)},
    "units as an object": {"units": {"id": 1}},
    "units of numbers": {"units": [1, 2]},
    "no units": {"units": []},
    "too many units": {"units": [{"id": 1}] * 61},
    "half a unit": {"units": [{"id": 1.5}]},
    "a unit in quotes": {"units": [{"id": "1"}]},
    "unit zero": {"units": [{"id": 0}]},
    "a unit beyond every database": {"units": [{"id": 2**31}]},
    "a true unit": {"units": [{"id": True}]},
    "an unknown part of a unit": {"units": [{"id": 1, "x": 2}]},
    "no quantity": {"units": [{"id": 1, "quantity": 0}]},
    "a time without offset": {"start": "2030-01-01T08:00:00"},
    "a time as number": {"start": 1234567890},
    "a day": {"start": "2030-01-01"},
    "a year beyond all": {"end": "9999-12-31T23:59:59Z"},
    "a year before all": {"start": "0001-01-01T00:00:00+23:59"},
    "nanoseconds": {"start": "2030-01-01T08:00:00.000000001Z"},
    "an end before the start": {"start": "2030-01-01T08:00:00Z", "end": "2029-01-01T08:00:00Z"},
    "an unknown purpose": {"purpose": "fun"},
    "a purpose as list": {"purpose": ["teaching"]},
    "an empty title": {"title": ""},
    "a blank title": {"title": "   "},
    "a title of 121 letters": {"title": "课" * 121},
    "a NUL in the title": {"title": "a\x00b"},
    "half a character in the title": {"title": "a\ud800b"},
    "two lines as title": {"title": "a\nb"},
    "a NUL in the note": {"note": "\x00"},
    "a head count of zero": {"headcount": 0},
    "a head count of many": {"headcount": 100_001},
    "a head count in words": {"headcount": "thirty"},
    "an e-mail that cannot be": {"on_behalf_of": "a\x00@b"},
    "somebody unknown": {"on_behalf_of": "nobody@nowhere.cn"},
    "a person with many digits": {"on_behalf_of": 10**17},
}


@pytest.mark.parametrize("name", WRONG, ids=lambda name: name.replace(" ", "-"))
def test_a_field_that_makes_no_sense_is_a_422(city, name):
    change = WRONG[name]
    body = {**wish(city.lathe), **change} if isinstance(change, dict) else change
    for path in ("/bookings", "/bookings/preview", "/series"):
        refused = city.wang.ask("POST", path, raw=json.dumps(body).encode())
        if path == "/series" and refused.status == 201:  # pragma: no cover - a series may not be said by start and end
            pytest.fail("booked nonsense")
        if path == "/bookings/preview" and name == "a blank title":
            assert refused.body["reasons"][0]["code"] == "invalid"
            continue
        assert refused.status == 422, refused.text
        assert len(refused.text) < 20_000
    assert city.wang.get("/bookings").body["items"] == []


def test_all_wrong_fields_are_named_at_once(city):
    refused = city.wang.post("/bookings", {"units": [{"id": "x"}], "purpose": "fun"}, Accept_Language="en")
    fields = {reason["field"] for reason in refused.body["reasons"]}
    assert fields == {"units.0.id", "purpose", "title", "start", "end"}
    assert all(reason["message"].isascii() for reason in refused.body["reasons"])


def test_every_problem_with_a_field_has_words_in_both_languages(city):
    for body in WRONG.values():
        for language in ("zh", "en"):
            refused = city.wang.post("/bookings", body if body is not None else [], Accept_Language=language)
            for reason in refused.body["reasons"]:
                if reason["code"] == "invalid":
                    assert reason["problem"] not in reason["message"], reason


def test_a_body_of_another_kind_is_a_415(city):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/vnd.api+json", ""):
        assert city.wang.ask("POST", "/bookings", raw=b"{}", content_type=kind).status == 415


def test_a_body_that_is_too_large_is_a_413(city):
    assert city.wang.ask("POST", "/bookings", raw=b'"' + b"a" * 300_000 + b'"').status == 413
    assert city.wang.ask("POST", "/bookings", raw=b'"' + b"a" * 5_000_000 + b'"').status == 413


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/units", {"limit": "0"}),
        ("/units", {"limit": "201"}),
        ("/units", {"limit": "9" * 5_000}),
        ("/units", {"limit": "٣"}),
        ("/units", {"base": "-1"}),
        ("/units", {"kind": "spaceship"}),
        ("/units", {"q": "a\x00"}),
        ("/units", {"cursor": "!!"}),
        ("/units", {"cursor": "YWZ0ZXI6LTE"}),
        ("/units", {"cursor": "a" * 500}),
        ("/units", {"colour": "red"}),
        ("/bookings", {"from": "yesterday"}),
        ("/bookings", {"state": "lost"}),
        ("/bookings", {"whose": "everybody"}),
        ("/bookings", {"from": at(1, "00:00"), "to": at(0, "00:00")}),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(city, path, query):
    assert city.wang.get(path, **query).status in (400, 422)


def test_a_percent_in_a_search_is_a_percent(city):
    assert city.wang.get("/units", q="%").body["items"] == []
    assert city.wang.get("/units", q="_").body["items"] == []


def test_without_a_token_there_is_nothing(city, app):
    for program in (city.nobody, Program(app, "x" * 43), Program(app, ""), Program(app, "a" * 5_000)):
        refused = program.get("/units")
        assert (refused.status, refused.codes) == (401, ["token_needed"])
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
        assert program.post("/bookings", wish(city.lathe)).status == 401


def test_a_cookie_counts_for_nothing_here(city, app):
    with app.app_context():
        browser = world.signed_in(app, city.people["wang"])
    assert browser.get("/api/v1/units").status_code == 401
    assert browser.post("/api/v1/bookings", json=wish(city.lathe)).status_code == 401


def test_a_student_may_not_book(city):
    refused = city.student.post("/bookings", wish(city.lathe))
    assert (refused.status, refused.codes) == (403, ["not_allowed"])


def test_a_wrong_method_is_told_the_right_ones(city):
    refused = city.wang.ask("PUT", "/bookings", body={})
    assert (refused.status, refused.codes) == (405, ["wrong_method"])
    assert "POST" in refused.headers["Allow"]


def test_an_address_that_leads_nowhere_is_json_too(city):
    for path in ("/api/v1/", "/api/", "/api/v2/bookings", "/api/v1/units/%00", "/api/v1/units/" + "9" * 5_000):
        assert city.wang.get(path).status == 404


def test_an_id_out_of_range_is_missing_whatever_the_method(city):
    for method in ("GET", "PATCH", "DELETE"):
        assert city.wang.ask(method, "/bookings/3220131704291", body={}).status == 404


def test_a_defect_is_a_problem_without_a_trace(city, app, monkeypatch):
    from app.entrypoints.api import catalogue

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(catalogue.pages, "find_unit", lambda _: 1 / 0)
    found = app.test_client().get(
        f"/api/v1/units/{city.lathe}", headers={"Authorization": f"Bearer {city.tokens['li']}"}
    )
    assert (found.status_code, found.content_type) == (500, "application/problem+json")
    assert "division" not in found.get_data(as_text=True)
