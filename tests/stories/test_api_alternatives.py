"""A program is refused and told what can be had instead; sending what it is told takes it, all of it or nothing."""

from __future__ import annotations

import pytest

from tests import world
from tests.programs import at, small_city, wish


@pytest.fixture
def city(app):
    """With a second lathe, and one in the company's base."""
    made = small_city(app)
    with app.app_context():
        made.lathe2 = world.unit(made.lab, "lathe 2")
        made.far = world.training_base("south", made.company)
        made.far_lathe = world.unit(world.lab(made.far, "S1"), "lathe 9")
    return made


def taken(city, alternative, who=None):
    """What its own request is answered."""
    take = alternative["take"]
    return (who or city.li).ask(take["method"], take["href"], body=take["body"])


def codes(alternative):
    return [reason["code"] for reason in alternative["reasons"]]


def test_a_refusal_says_what_can_be_had_instead_and_how_to_take_it(city):
    city.wang.post("/bookings", wish(city.lathe))
    refused = city.li.post("/bookings", wish(city.lathe, headcount=12), Accept_Language="en")
    assert refused.status == 409
    offered = refused.body["alternatives"]
    assert {each["kind"] for each in offered} == {"time", "unit", "base"}
    first = offered[0]
    assert codes(first) == ["same_sort", "at_lab", "same_time", "at_once"]
    assert first["reasons"][0]["message"] == "the same kind"
    made = taken(city, first)
    assert made.status == 201
    assert (made.body["units"], made.body["start"]) == ([{"id": city.lathe2, "quantity": 1}], at(0, "08:00"))
    assert (made.body["headcount"], made.body["title"]) == (12, "数控实训")


def test_another_base_at_the_same_time_is_among_them(city):
    for unit in (city.lathe, city.lathe2):
        city.wang.post("/bookings", wish(unit))
    offered = city.li.post("/bookings", wish(city.lathe)).body["alternatives"]
    far = next(each for each in offered if each["kind"] == "base")
    assert far["bookings"][0]["units"] == [{"id": city.far_lathe, "quantity": 1}]
    assert "at_own" in codes(far)
    assert taken(city, far).status == 201


def series(city, *days):
    body = wish(city.lathe)
    del body["start"], body["end"]
    return body | {"dates": [{"start": at(day, "08:00"), "end": at(day, "09:40")} for day in days]}


def test_a_series_in_pieces_is_taken_by_one_request_and_only_once(city):
    city.wang.post("/bookings", wish(city.lathe, days=7))
    for day in (0, 14):
        city.wang.post("/bookings", wish(city.lathe2, days=day))
        city.wang.post("/bookings", wish(city.far_lathe, days=day))
    refused = city.li.post("/series", series(city, 0, 7, 14))
    pieces = next(each for each in refused.body["alternatives"] if len(each["bookings"]) > 1)
    assert (pieces["kind"], pieces["missing"]) == ("split", 0)
    assert "several_bookings" in codes(pieces)
    take = pieces["take"]
    made = city.li.post(take["href"], take["body"], Idempotency_Key="pieces-1")
    assert made.status == 201
    assert [len(each["dates"]) for each in made.body["bookings"]] == [2, 1]
    again = city.li.post(take["href"], take["body"], Idempotency_Key="pieces-1")
    assert (again.body, again.headers["Idempotency-Replayed"]) == (made.body, "true")


def test_of_pieces_there_are_all_or_none(city):
    city.wang.post("/bookings", wish(city.lathe2, days=7))
    pieces = [
        {"units": [{"id": unit, "quantity": 1}], "dates": [{"start": at(day, "08:00"), "end": at(day, "09:40")}]}
        for unit, day in ((city.lathe, 0), (city.lathe2, 7))
    ]
    body = {"bookings": pieces, "purpose": "teaching", "title": "x"}
    refused = city.li.post("/bookings/together", body)
    assert refused.status == 409
    assert [reason["unit_id"] for reason in refused.body["reasons"]] == [city.lathe2]
    assert city.li.get("/bookings").body["items"] == []


def test_a_series_may_also_be_taken_at_other_times_or_in_part(city):
    city.wang.post("/bookings", wish(city.lathe, days=7))
    offered = city.li.post("/series", series(city, 0, 7)).body["alternatives"]
    assert {each["kind"] for each in offered} >= {"unit", "split", "part"}
    part = next(each for each in offered if each["kind"] == "part")
    assert part["missing"] == 1
    made = taken(city, part)
    assert made.status == 201
    assert len(made.body["dates"]) == 1


def test_a_refused_change_says_how_to_move_it_instead(city):
    mine = city.li.post("/bookings", wish(city.lathe)).body
    city.wang.post("/bookings", wish(city.lathe, days=1))
    refused = city.li.patch(mine["url"], {"version": 1, "start": at(1, "08:00"), "end": at(1, "09:40")})
    assert refused.status == 409
    first = refused.body["alternatives"][0]
    assert first["take"]["method"] == "PATCH"
    moved = taken(city, first)
    assert moved.status == 200
    assert moved.body["start"] == at(1, "08:00")
    assert moved.body["units"] == [{"id": city.lathe2, "quantity": 1}]


def test_the_preview_offers_the_same(city):
    city.wang.post("/bookings", wish(city.lathe))
    seen = city.li.post("/bookings/preview", wish(city.lathe)).body
    refused = city.li.post("/bookings", wish(city.lathe)).body
    assert seen["alternatives"] == refused["alternatives"]
    assert seen["nearest"] == [each["bookings"][0] for each in seen["alternatives"]]
    free = city.li.post("/bookings/preview", wish(city.mill)).body
    assert free["alternatives"] == []


def test_where_nothing_else_would_do_either_nothing_is_offered(city):
    for body in (wish(999_999), wish(city.lathe, title=" ")):
        assert city.li.post("/bookings", body).body.get("alternatives", []) == []
