"""A program books a course: many dates at once, all of them or the part its owner accepts, and single dates later."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.programs import at, small_city, wish


@pytest.fixture
def city(app):
    return small_city(app)


def course(unit: int, days: list[int], **more):
    body = wish(unit, **more)
    body.pop("start"), body.pop("end")
    return body | {"dates": [{"start": at(day, "08:00"), "end": at(day, "09:40")} for day in days]}


def test_all_dates_or_none(city):
    city.li.post("/bookings", wish(city.lathe, days=7))
    refused = city.wang.post("/series", course(city.lathe, [0, 7, 14]))
    assert refused.status == 409
    assert [reason["asked_start"] for reason in refused.body["reasons"]] == [at(7, "08:00")]
    assert city.wang.get("/bookings").body["items"] == []


def test_an_accepted_part_names_what_was_left_out(city):
    city.li.post("/bookings", wish(city.lathe, days=7))
    made = city.wang.post("/series", course(city.lathe, [14, 0, 7], accept_part=True))
    assert made.status == 201
    assert [each["start"] for each in made.body["dates"]] == [at(0, "08:00"), at(14, "08:00")]
    [skipped] = made.body["skipped"]
    assert skipped["start"] == at(7, "08:00")
    assert skipped["reasons"][0]["code"] == "overlaps"
    assert (made.body["start"], made.body["end"]) == (at(0, "08:00"), at(14, "09:40"))


def test_nothing_left_of_the_part_is_a_refusal(city):
    city.li.post("/bookings", wish(city.lathe))
    assert city.wang.post("/series", course(city.lathe, [0], accept_part=True)).status == 409


def test_one_date_is_moved_or_cancelled_and_the_others_stay(city):
    made = city.wang.post("/series", course(city.lathe, [0, 7]))
    url, (first, second) = made.body["url"], [each["id"] for each in made.body["dates"]]
    moved = city.wang.patch(f"{url}/dates/{second}", {"version": 1, "start": at(8, "08:00"), "end": at(8, "09:40")})
    assert [each["start"] for each in moved.body["dates"]] == [at(0, "08:00"), at(8, "08:00")]
    gone = city.wang.delete(f"{url}/dates/{first}", version=2)
    assert [each["state"] for each in gone.body["dates"]] == ["cancelled", "confirmed"]
    assert city.wang.delete(f"{url}/dates/2147483647", version=3).status == 404
    assert city.li.delete(f"{url}/dates/{second}", version=3).status == 404
    assert city.wang.patch(url, {"version": 3, "start": at(8, "09:00")}).body["version"] == 4
    assert city.li.post("/bookings", wish(city.lathe, days=8, end="09:00")).status == 201


def test_a_course_of_several_dates_cannot_be_moved_by_one_start(city):
    made = city.wang.post("/series", course(city.lathe, [0, 7]))
    refused = city.wang.patch(made.body["url"], {"version": 1, "start": at(1, "08:00")})
    assert (refused.status, refused.body["reasons"][0]["problem"]) == (422, "several_dates")
    both = [{"id": each["id"], "start": at(n + 1, "08:00"), "end": at(n + 1, "09:00")} for n, each in
            enumerate(made.body["dates"])]  # fmt: skip
    moved = city.wang.patch(made.body["url"], {"version": 1, "dates": both})
    assert [each["start"] for each in moved.body["dates"]] == [at(1, "08:00"), at(2, "08:00")]


@pytest.fixture
def term(city, app):
    from app.entrypoints import clock
    from app.foundation.timespan import monday_of
    from app.timetable.tables import BellTable, Period, Term
    from tests.world import _keep

    with app.app_context():
        bell = _keep(BellTable(member_id=None, name_zh="作息", name_en="Bells", version=1))
        for number, (start, end) in enumerate([(480, 525), (535, 580), (600, 645), (655, 700)], 1):
            _keep(Period(bell_table_id=bell, number=number, start_minute=start, end_minute=end))
        first = monday_of(clock.today()) + timedelta(days=14)
        return _keep(Term(member_id=None, name_zh="学期", name_en="Term", first_monday=first, weeks=18, version=1))


def weekly(city, term_id, **more):
    body = wish(city.lathe)
    body.pop("start"), body.pop("end")
    return body | {"term": term_id, "weeks": [1, 2, 4], "weekday": 2, "periods": [3, 4]} | more


def test_a_course_is_said_in_weeks_and_periods(city, term):
    assert city.wang.get("/terms").body["items"][0]["id"] == term
    made = city.wang.post("/series", weekly(city, term))
    assert made.status == 201
    assert [(each["start"], each["end"], each["periods"]) for each in made.body["dates"]] == [
        (at(day, "10:00"), at(day, "11:40"), "3-4") for day in (1, 8, 22)
    ]
    assert date.fromisoformat(made.body["start"][:10]).isoweekday() == 2


def test_periods_apart_are_dates_apart(city, term):
    made = city.wang.post("/series", weekly(city, term, weeks=[1], periods=[1, 2, 4]))
    assert [each["periods"] for each in made.body["dates"]] == ["1-2", "4"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"weeks": [19]}, "weeks"),
        ({"weeks": []}, "weeks"),
        ({"weeks": [0]}, "weeks.0"),
        ({"periods": [5]}, "periods"),
        ({"term": 2_000_000}, "term"),
        ({"weekday": 8}, "weekday"),
        ({"dates": [{"start": at(0, "08:00"), "end": at(0, "09:00")}]}, "dates"),
    ],
)
def test_what_cannot_be_meant_is_named(city, term, more, field):
    refused = city.wang.post("/series", weekly(city, term, **more))
    assert refused.status == 422
    assert refused.body["reasons"][0]["field"] == field


def test_what_is_missing_is_named(city, term):
    body = weekly(city, term)
    del body["weekday"], body["periods"]
    assert [each["field"] for each in city.wang.post("/series", body).body["reasons"]] == ["weekday", "periods"]
