"""A program says when in the college's language: 第3-10周(双) 周二 3-4节; holidays fall out and are named, nothing is guessed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.entrypoints import clock
from app.foundation.timespan import monday_of
from app.timetable.tables import BellTable, DayRule, Period, Term
from tests.programs import at, small_city, wish
from tests.world import _keep

TEXT = "第1-4周 周二 3-4节"


@pytest.fixture
def city(app):
    made = small_city(app)
    with app.app_context():
        bell = _keep(BellTable(member_id=None, name_zh="作息", name_en="Bells", version=1))
        for number, (start, end) in enumerate([(480, 525), (535, 580), (600, 645), (655, 700)], 1):
            _keep(Period(bell_table_id=bell, number=number, start_minute=start, end_minute=end))
        made.first = monday_of(clock.today()) + timedelta(days=14)
        made.term = _keep(
            Term(member_id=None, name_zh="学期", name_en="Term", first_monday=made.first, weeks=18, version=1)
        )
        off = made.first + timedelta(days=8)
        _keep(DayRule(member_id=made.college, day=off, kind="off", name_zh="运动会", name_en="Sports day", version=1))
        made.off = off
    return made


def course(city, **more):
    body = wish(city.lathe)
    body.pop("start"), body.pop("end")
    return body | {"when": TEXT} | more


def days(city, made):
    return [(date.fromisoformat(each["start"][:10]) - city.first).days for each in made["dates"]]


def test_a_series_in_words_is_booked_without_the_day_that_falls_out(city):
    made = city.wang.post("/series", course(city, near=city.first.isoformat()))
    assert made.status == 201
    assert days(city, made.body) == [1, 15, 22]
    assert [(each["periods"], each["week"]) for each in made.body["dates"]] == [("3-4", 1), ("3-4", 3), ("3-4", 4)]
    [left_out] = made.body["left_out"]
    assert left_out == {
        "day": city.off.isoformat(), "week": 2, "weekday": 2, "periods": "3-4", "why": "off",
        "name_zh": "运动会", "name_en": "Sports day",
    }  # fmt: skip
    again = city.wang.get(made.body["url"]).body
    assert [each["week"] for each in again["dates"]] == [1, 3, 4]


def test_days_that_fall_out_are_kept_where_one_says_so(city):
    made = city.wang.post("/series", course(city, term=city.term, keep_lost=True))
    assert days(city, made.body) == [1, 8, 15, 22]
    assert made.body["left_out"] == []


def test_the_preview_says_the_same_and_keeps_nothing(city):
    city.li.post("/bookings", wish(city.lathe, days=1, start="10:00", end="11:00"))
    found = city.wang.post("/bookings/preview", course(city, term=city.term)).body
    assert [(each["week"], each["periods"]) for each in found["dates"]] == [(1, "3-4"), (3, "3-4"), (4, "3-4")]
    assert [each["free"] for each in found["dates"]] == [False, True, True]
    assert [each["week"] for each in found["left_out"]] == [2]
    assert city.wang.get("/bookings").body["items"] == []


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("第1-4周 周八 3-4节", "when_unclear", "周八"),
        ("周二 3-4节", "when_incomplete", "周二 3-4节"),
        ("第1周 周二 3-4节；第2周 周四", "when_incomplete", "第2周 周四"),
        ("第17-20周 周二 3-4节", "week_outside_term", None),
        ("第1周 周二 7节", "not_rung", None),
    ],
)
def test_what_cannot_be_meant_is_named_by_its_part_and_nothing_is_booked(city, text, code, part):
    for answer in (
        city.wang.post("/series", course(city, term=city.term, when=text)),
        city.wang.get("/understand", when=text, term=city.term, unit=city.lathe),
    ):
        assert answer.status == 422
        [reason] = answer.body["reasons"]
        assert (reason["code"], reason["field"], reason.get("part")) == (code, "when", part)
    assert city.wang.get("/bookings").body["items"] == []


def test_a_text_is_understood_in_numbers_and_dates(city):
    found = city.wang.get("/understand", when=" 1-4周（单）星期二3-4节 ", term=city.term, unit=city.lathe)
    assert found.status == 200
    assert found.body["when"] == "第1,3周 周二 3-4节"
    assert found.body["meetings"] == [{"weeks": [1, 3], "weekday": 2, "periods": [3, 4]}]
    assert [each["start"] for each in found.body["dates"]] == [at(day, "10:00") for day in (1, 15)]
    assert city.wang.get("/understand", when=TEXT, unit=2_000_000).status == 422
    assert city.wang.get("/understand", when=TEXT, near="someday").status == 422
    assert city.nobody.get("/understand", when=TEXT).status == 401


def test_words_beside_dates_are_one_way_too_many(city):
    refused = city.wang.post("/series", course(city, weeks=[1]))
    assert (refused.status, refused.body["reasons"][0]["problem"]) == (422, "one_way_only")


def test_another_members_calendar_may_be_asked_for(city):
    made = city.wang.post("/series", course(city, term=city.term, calendar=city.company))
    assert days(city, made.body) == [1, 8, 15, 22]
