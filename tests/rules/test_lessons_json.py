"""Timetables as JSON: 正方's kbList and the published course list."""

from __future__ import annotations

import json

import pytest

from app.booking.rules.lessons.layout import recognise
from tests.rules.timetables import faults, reading, told

ROW = {
    "kcmc": "数控编程",
    "xm": "张三,李四",
    "cdmc": "实训楼A101",
    "cdbh": "A101",
    "xqj": "2",
    "jcs": "3-4",
    "zcd": "6-8周(双),9-18周",
    "jxbmc": "(2026-2027-1)-C01-02",
    "jxbzc": "机电1班;机电2班",
    "xqmc": "东校区",
    "kch_id": "C01",
    "zws": "60",
    "jxbrs": "48",
    "xnm": "2026",
    "xqm": "3",
}


def rows(*changes: dict) -> dict:
    return {"kbList": [ROW | change for change in changes]}


def test_a_row_of_kb_list():
    found = reading(content=rows({}))
    assert told(found) == ["数控编程 · 第6,8-18周 周二 3-4节 · 实训楼A101"]
    (lesson,) = found.lessons
    assert (lesson.course, lesson.class_name, lesson.campus) == ("(2026-2027-1)-C01-02", "机电1班、机电2班", "东校区")
    assert (lesson.teachers, lesson.headcount, lesson.room_code) == (("张三", "李四"), 48, "A101")
    assert lesson.where == "kbList[1]"


def test_seats_of_the_room_are_no_headcount():
    row = {name: value for name, value in ROW.items() if name != "jxbrs"}
    assert reading(content={"kbList": [row]}).lessons[0].headcount is None


@pytest.mark.parametrize(
    "content",
    [
        rows({}),
        [ROW],
        {"success": True, "data": rows({})},
        {"code": 200, "result": {"items": [rows({})]}},
        [rows({}), rows({"xqj": "5"})],
        json.loads(json.dumps(rows({"xqj": 2, "jcs": None, "jc": "3-4节"}))),
    ],
)
def test_a_saved_response_may_wrap_it(content):
    assert recognise([], content) == "zhengfang"
    assert "数控编程 · 第6,8-18周 周二 3-4节 · 实训楼A101" in told(reading(content=content))


def test_the_practice_list_gives_whole_weeks():
    found = reading(content={"kbList": [], "sjkList": [{"kcmc": "金工实习", "jsxm": "王五", "qsjsz": "17-18周"}]})
    (lesson,) = found.lessons
    assert (lesson.title, lesson.weeks, lesson.weekday, lesson.periods) == ("金工实习", (17, 18), None, ())


def test_practice_told_in_prose_is_shown_to_a_person():
    found = reading(content={"kbList": [], "sjkList": [{"kcmc": "实践课", "sjkcgs": "第18周<br>到企业"}]})
    assert faults(found) == [(1, "实践课", "weeks", "第18周<br>到企业")]


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"zcd": ""}, "weeks"),
        ({"zcd": "长期"}, "weeks"),
        ({"xqj": "8"}, "weekday"),
        ({"xqj": ""}, "weekday"),
        ({"jcs": "早上"}, "periods"),
        ({"kcmc": "", "jxbmc": "", "kch_id": ""}, "course"),
        ({"cdmc": "室" * 61}, "room"),
        ({"kcmc": "课" * 121}, "too_long"),
    ],
)
def test_what_is_unclear_is_named_by_its_place(change, part):
    found = reading(content=rows({}, change))
    assert [(fault.row, fault.part, fault.where) for fault in found.unreadable] == [(2, part, "kbList[2]")]
    assert len(found.lessons) == 1


def test_what_is_no_row_is_named_too():
    assert faults(reading(content={"kbList": [ROW, "x", None]})) == [(2, "", "row", "x"), (3, "", "row", "None")]


def test_a_published_course_list_is_recognised():
    arrangement = {"weeks": [1], "week_day": 1, "sessions": [1, 2], "campus": "东区", "classroom": "A101"}
    courses = [{"identifier": "C1", "name": "钳工", "holder_school": "机电", "arrangements": [arrangement]}]
    assert recognise([], courses) == "course_list"
    assert told(reading(content=courses)) == ["钳工 · 第1周 周一 1-2节 · A101"]


@pytest.mark.parametrize("content", [None, 1, "x", [], {}, [1], {"kbList": 3}, [[[[]]]], {"a": {"b": None}}])
def test_other_json_is_no_timetable(content):
    assert recognise([], content) is None
