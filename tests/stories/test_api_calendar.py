"""A program reads the teaching calendar: terms, bells, holidays, decisions about days, what a day is, deadlines."""

from __future__ import annotations

from datetime import date

import pytest

from app.database import transaction
from app.timetable.rules.bell import BellForm, Period
from app.timetable.rules.days import RuleForm
from app.timetable.rules.term import BlockForm, TermForm
from app.timetable.store import bells, days, terms
from tests.programs import small_city


@pytest.fixture
def city(app):
    """The small city; its college has a term from 2025-09-01, two bell tables, and a day that is made up."""
    made = small_city(app)
    with app.app_context():
        transaction(_college)
    return made


def _college() -> None:
    from app.consortium.store import members

    college = next(each.id for each in members.members(today=date(2026, 1, 1)) if each.code == "college")
    term = terms.add_term(TermForm(college, "2025 秋", "Autumn 2025", date(2025, 9, 1), 18))
    terms.replace_blocks(term, [BlockForm("exam", 18, 18, "", False, "考试周", "Examinations")])
    bells.put_bell_table(None, BellForm(college, "冬", "Winter", (Period(1, 480, 525), Period(2, 535, 1440))))
    summer = BellForm(
        college, "夏", "Summer", (Period(1, 510, 555),), "东校区", "", date(2025, 5, 1), date(2025, 10, 1)
    )
    bells.put_bell_table(None, summer)
    days.put_rule(None, RuleForm(college, date(2025, 10, 11), "on", "补课", "Made up", date(2025, 10, 6)))


def test_terms_come_with_their_marked_weeks(city):
    [term] = [each for each in city.li.get("/terms").body["items"] if each["name_en"] == "Autumn 2025"]
    assert (term["member"], term["first_monday"], term["weeks"]) == ("college", "2025-09-01", 18)
    [block] = term["blocks"]
    assert (block["kind"], block["first_week"], block["last_week"], block["teaches"]) == ("exam", 18, 18, False)


def test_bell_tables_of_a_member(city):
    found = {each["name_en"]: each for each in city.li.get("/bell-tables", member="college").body["items"]}
    assert found["Winter"]["periods"][1] == {"number": 2, "start": "08:55", "end": "24:00"}
    summer = found["Summer"]
    assert (summer["campus"], summer["from_on"], summer["until_on"]) == ("东校区", "2025-05-01", "2025-10-01")


def test_what_a_day_is(city):
    made_up = city.li.get("/day", day="2025-10-11", member="college").body
    assert (made_up["kind"], made_up["name_en"], made_up["week"]) == ("runs", "Made up", 6)
    assert made_up["runs"] | {"term_id": 0} == {"term_id": 0, "week": 6, "weekday": 1, "day": "2025-10-06"}
    lost = city.li.get("/day", day="2025-10-06", member="college").body
    assert (lost["kind"], lost["runs"], lost["given_on"], lost["is_working"]) == ("moved", None, "2025-10-11", False)
    off = city.li.get("/day", day="2025-10-07", member="college").body
    assert (off["kind"], off["runs"], off["given_on"]) == ("off", None, None)
    summer = city.li.get("/day", day="2025-09-10", member="college", campus="东校区").body
    assert summer["periods"] == [{"number": 1, "start": "08:30", "end": "09:15"}]
    unknown = city.li.get("/day", day="2031-01-01", member="college").body
    assert (unknown["kind"], unknown["year_known"], unknown["week"]) == ("plain", False, None)


def test_without_a_member_it_is_the_calendar_of_whom_one_asks_for(city):
    assert city.keeper.get("/day", day="2025-10-11").body["member"] == "college"
    assert [each["day"] for each in city.keeper.get("/day-rules").body["items"]] == ["2025-10-11"]
    assert city.li.get("/day-rules", member="company").body["items"] == []


def test_holidays_of_a_year(city):
    found = city.li.get("/holidays", year=2025).body
    assert (found["known"], found["december_may_change"]) == (True, False)
    by_day = {each["date"]: each for each in found["days"]}
    assert by_day["2025-10-01"]["is_off"]
    assert not by_day["2025-10-11"]["is_off"]
    unknown = city.li.get("/holidays", year=2031).body
    assert (unknown["known"], unknown["days"]) == (False, [])
    assert city.li.get("/holidays", year=2026).body["december_may_change"]


def test_working_days_for_deadlines(city):
    """30 working days after acceptance on 2025-09-15: 09-28 and 10-11 are worked, 10-01 to 10-08 are not."""
    found = city.li.get("/working-days", **{"from": "2025-09-15", "count": 30}).body
    assert found == {"from": "2025-09-15", "count": 30, "day": "2025-10-31", "unknown_years": []}
    beyond = city.li.get("/working-days", **{"from": "2026-12-28", "count": 5}).body
    assert beyond["unknown_years"] == [2027]
    assert city.li.get("/working-days", **{"from": "2025-09-15", "count": 0}).body["day"] == "2025-09-15"


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/holidays", {}, "year"),
        ("/holidays", {"year": "1"}, "year"),
        ("/day", {}, "day"),
        ("/day", {"day": "yesterday"}, "day"),
        ("/day", {"day": "9999-12-31"}, "day"),
        ("/day", {"day": "2025-10-06", "member": "nobody"}, "member"),
        ("/day", {"day": "2025-10-06", "campus": "x" * 61}, "campus"),
        ("/bell-tables", {"member": "nobody"}, "member"),
        ("/working-days", {"from": "2025-09-15"}, "count"),
        ("/working-days", {"from": "2025-09-15", "count": "2001"}, "count"),
        ("/working-days", {"from": "2025-09-15", "count": "-1"}, "count"),
    ],
)
def test_what_makes_no_sense_is_named(city, path, query, field):
    answer = city.li.get(path, **query)
    assert answer.status == 422
    assert [each["field"] for each in answer.body["reasons"]] == [field]
