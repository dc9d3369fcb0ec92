"""A program reads: members, bases, labs, units, what is free, its owner's feeds."""

from __future__ import annotations

import pytest

from tests import world
from tests.programs import at, small_city, wish


@pytest.fixture
def city(app):
    return small_city(app)


def test_members_bases_labs_and_units(city):
    assert [each["code"] for each in city.li.get("/members").body["items"]] == ["college", "company"]
    [base] = city.li.get("/bases").body["items"]
    assert (base["code"], base["host"]) == ("north", "college")
    assert city.li.get(f"/bases/{city.base}").body == base
    [lab] = city.li.get("/labs", base=city.base).body["items"]
    assert lab["room_unit_id"] == city.room
    assert city.li.get(f"/labs/{city.lab}").body == lab
    units = city.li.get("/units", lab=city.lab).body["items"]
    assert [each["id"] for each in units] == sorted(each["id"] for each in units)
    assert len(units) == 6
    assert city.li.get(f"/units/{city.stations}").body["capacity"] == 20
    assert [each["id"] for each in city.li.get("/units", kind="room").body["items"]] == [city.room]
    assert [each["id"] for each in city.li.get("/units", q="LATH").body["items"]] == [city.lathe]
    assert city.li.get("/units", base=city.base + 99).body == {"items": [], "next": None}


def test_units_come_in_pages(city):
    seen, cursor = [], {}
    while True:
        page = city.li.get("/units", limit=2, **cursor).body
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert len(seen) == len(set(seen)) == 6


def test_a_missing_thing_is_missing(city):
    for path in ("/bases/999", "/labs/999", "/units/999", "/bookings/999", "/units/0", "/units/x", "/nothing/here"):
        missing = city.li.get(path)
        assert (missing.status, missing.codes) == (404, ["not_found"]), path


def test_whose_token_this_is(city):
    me = city.keeper.get("/me").body
    assert (me["name"], me["acting_for"], me["rights"]) == ("管理员", "college", ["approve", "book", "read"])
    assert me["members"][0]["roles"] == ["booker", "keeper"]


def test_purposes_have_names_in_both_languages(city):
    items = {each["code"]: each for each in city.li.get("/purposes").body["items"]}
    assert items["teaching"]["name_en"] == "Practical teaching"
    assert items["teaching"]["name_zh"] == "实训教学"
    assert len(items) == 15


def free(city, unit, start="00:00", end="23:59", day=0):
    found = city.li.get(f"/units/{unit}/availability", start=at(day, start), end=at(day, end))
    assert found.status == 200
    return [(each["start"][11:16], each["end"][11:16], each["remaining"]) for each in found.body["free"]], found.body


def test_availability_tells_that_time_is_taken_and_nothing_more(city):
    city.wang.post("/bookings", wish(city.lathe, title="CANARY", note="CANARY"))
    spans, body = free(city, city.lathe, "07:00", "12:00")
    assert spans == [("07:00", "08:00", 1), ("09:40", "12:00", 1)]
    assert body["taken"] == [{"start": at(0, "08:00"), "end": at(0, "09:40"), "quantity": 1, "cause": "booking"}]
    assert "CANARY" not in str(body)


def test_a_taken_lab_takes_everything_in_it(city):
    city.wang.post("/bookings", wish(city.room))
    for unit in (city.lathe, city.stations, city.room):
        assert free(city, unit, "08:00", "09:40")[0] == []


def test_a_taken_machine_takes_the_lab_as_a_whole_and_leaves_the_others(city):
    city.wang.post("/bookings", wish(city.lathe))
    assert free(city, city.room, "08:00", "09:40")[0] == []
    assert free(city, city.mill, "08:00", "09:40")[0] == [("08:00", "09:40", 1)]


def test_what_is_left_of_stations_changes_with_the_time(city):
    city.wang.post("/bookings", wish(city.stations, quantity=15))
    city.li.post("/bookings", wish(city.stations, quantity=5, start="09:00", end="11:00"))
    spans, _ = free(city, city.stations, "07:00", "12:00")
    assert spans == [("07:00", "08:00", 20), ("08:00", "09:00", 5), ("09:40", "11:00", 15), ("11:00", "12:00", 20)]


def test_opening_hours_count(city, app):
    from app.timetable.tables import Opening

    with app.app_context():
        world._keep(Opening(base_id=city.base, weekday=1, start_minute=480, end_minute=720))
    assert free(city, city.lathe)[0] == [("08:00", "12:00", 1)]
    assert free(city, city.lathe, day=1)[0] == []


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({"start": "2026-09-01T08:00:00", "end": "2026-09-01T09:00:00Z"}, "no_offset"),
        ({"start": "2026-09-01T09:00:00Z", "end": "2026-09-01T09:00:00Z"}, "backward"),
        ({"start": "2026-09-01T09:00:00Z", "end": "2027-09-01T09:00:00Z"}, "too_long"),
        ({"start": "9999-12-31T23:59:59-23:59", "end": "2027-09-01T09:00:00Z"}, "out_of_range"),
        ({"start": "0001-01-01T00:00:00+23:59", "end": "2027-09-01T09:00:00Z"}, "out_of_range"),
        ({"start": "2026-02-30T08:00:00Z", "end": "2027-09-01T09:00:00Z"}, "out_of_range"),
        ({"start": "now", "end": "2027-09-01T09:00:00Z"}, "not_a_moment"),
        ({"end": "2027-09-01T09:00:00Z"}, "missing"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(city, query, problem):
    refused = city.li.get(f"/units/{city.lathe}/availability", **query)
    assert (refused.status, refused.body["reasons"][0]["problem"]) == (422, problem)


def test_a_plus_that_nobody_escaped_is_understood(city):
    address = f"/api/v1/units/{city.lathe}/availability?start={at(0, '08:00')}&end={at(0, '09:00')}"
    assert "+08:00" in address
    assert city.li.get(address).status == 200


def test_feeds_are_made_shown_changed_and_ended(city):
    body = {"name": "车床", "scope": "unit", "of": city.lathe, "variant": "busy"}
    made = city.wang.post("/feeds", body)
    assert made.status == 201
    assert made.body["url"].startswith("/feeds/")
    [kept] = city.wang.get("/feeds").body["items"]
    assert (kept["id"], kept["variant"]) == (made.body["id"], "busy")
    rotated = city.wang.ask("POST", f"/feeds/{kept['id']}/rotate")
    assert rotated.status == 200
    assert rotated.body["url"] != made.body["url"]
    assert city.li.get("/feeds").body["items"] == []
    assert city.li.delete(f"/feeds/{kept['id']}").status == 404
    assert city.wang.delete(f"/feeds/{kept['id']}").status == 200
    assert city.wang.get("/feeds").body["items"] == []
    assert city.wang.post("/feeds", body | {"scope": "person", "of": city.people["li"]}).status in (403, 404, 422)
