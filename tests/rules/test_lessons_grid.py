"""Grid timetables: a column for each weekday, several courses of several lines in one cell."""

from __future__ import annotations

import pytest

from app.booking.rules.lessons.layout import recognise
from tests.rules.timetables import faults, reading, table, told, when

HEAD = "时间 | 星期一 | 星期二 | 星期三"


def cell(text: str, label: str = "第一大节"):
    """A grid with one filled cell: Monday, in the row with this label."""
    return reading(table(f"{HEAD}\n{label} | {text} | |", "Sheet1"))


def test_courses_of_four_lines_one_below_the_other():
    found = cell("数控编程 / 张三(讲师) / 1-16[周] / A101 / 电工基础 / 李四(高级技师) / 1-15[单周] / B202")
    assert told(found) == ["数控编程 · 第1-16周 周一 1-2节 · A101", "电工基础 · 第1-15周(单) 周一 1-2节 · B202"]
    assert [lesson.teachers for lesson in found.lessons] == [("张三",), ("李四",)]
    assert found.lessons[0].where == "Sheet1!B2"
    assert recognise([table(f"{HEAD}\n1-2 | 钳工 / 1-8周")]) == "grid"


@pytest.mark.parametrize(
    "text",
    [
        "钳工 / 张三 / 1-8周 / A101",
        "钳工 / 张三 / 1-8(周)[01-02节] / A101",
        "钳工 / 张三,李四(讲师) / 第1-8周([周])[01-02节] / A101",
        "钳工◇张三◇1-8周◇A101",
        "钳工◇1-8周◇A101◇张三",
        "钳工 / 教师：张三 / 周次：1-8 / 地点：A101",
        "钳工★ / (1-2节)1-8周/A101/张三",
        "钳工 / 1-8周 / A101 / 张三",
        "钳工 / 张三(讲师) /  / 1-8周 / A101",
        "钳工 / 张三 / 1-8周 / A101 / ----------",
    ],
)
def test_the_same_course_in_every_usual_order_of_lines(text):
    found = cell(text)
    assert told(found) == ["钳工 · 第1-8周 周一 1-2节 · A101"], found.unreadable
    assert found.lessons[0].teachers[0] == "张三"


def test_courses_divided_by_empty_lines_or_rules():
    for rule in ("", "--------", "——————"):
        found = cell(f"钳工 / 张三 / 1-8周 / A101 / {rule} / 车工 / 李四 / 9-16周")
        assert told(found) == ["钳工 · 第1-8周 周一 1-2节 · A101", "车工 · 第9-16周 周一 1-2节"]


def test_a_course_without_a_room_among_others():
    found = cell("钳工 / 张三 / 1-8周 / 车工 / 李四 / 9-16周 / B202")
    assert told(found) == ["钳工 · 第1-8周 周一 1-2节", "车工 · 第9-16周 周一 1-2节 · B202"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("钳工 / 张三", "weeks"),
        ("钳工 / 张三 / 待定 / A101", "weeks"),
        ("1-8周 / 1-9周", "lines"),
        ("钳工 / 张三 / 1-8周 / A101 / 车工 / 9-16周 / B202", "lines"),
        ("钳工 / 张三 / 1-8周 / 甲 / 乙 / 丙 / 丁", "lines"),
        ("钳工 / 张三 / 1-8周星期五 / A101", "weekday"),
    ],
)
def test_lines_that_cannot_be_told_apart_are_named_not_guessed(text, part):
    found = cell(text)
    assert found.lessons == []
    assert [(fault.row, fault.part, fault.where) for fault in found.unreadable] == [(2, part, "Sheet1!B2")]


@pytest.mark.parametrize(
    ("label", "periods"),
    [
        ("第一大节", (1, 2)),
        ("第三节 / (05,06小节)", (5, 6)),
        ("第二大节 / (03,04小节) / 10:00-11:40", (3, 4)),
        ("0506", (5, 6)),
        ("101112", (10, 11, 12)),
        ("第1、2节", (1, 2)),
        ("第一二节", (1, 2)),
        ("第十一、十二节", (11, 12)),
        ("1-2节 08:00-09:40", (1, 2)),
        ("下午 5", (5,)),
        ("七", (7,)),
    ],
)
def test_rows_name_their_periods(label, periods):
    (lesson,) = cell("钳工 / 张三 / 1-8周 / A101", label).lessons
    assert lesson.periods == periods


def test_a_row_without_periods_is_named():
    assert faults(cell("钳工 / 张三 / 1-8周", "中午")) == [(2, "钳工", "periods", "1-8周")]


def test_periods_in_the_cell_go_before_the_rows():
    (lesson,) = cell("钳工 / 张三 / 1-8周[03-04节] / A101").lessons
    assert lesson.periods == (3, 4)


def test_a_course_over_several_rows_is_one_lesson():
    text = "钳工 / 张三 / 1-8周 / A101"
    found = reading(table(f"{HEAD}\n1 | {text} | | \n2 | {text} | {text} | \n3 | | | \n4 | {text} | |", "Sheet1"))
    assert sorted(told(found)) == [
        "钳工 · 第1-8周 周一 1-2节 · A101",
        "钳工 · 第1-8周 周一 4节 · A101",
        "钳工 · 第1-8周 周二 2节 · A101",
    ]


@pytest.mark.parametrize(
    ("title", "sheet", "class_name"),
    [
        ("机电2401班课表", "Sheet1", "机电2401班"),
        ("班级：数控1 人数：40", "Sheet1", "数控1"),
        ("", "机电2402班", "机电2402班"),
        ("", "Sheet1", ""),
    ],
)
def test_whose_timetable_it_is_stands_above_it_or_on_its_sheet(title, sheet, class_name):
    found = reading(table(f"{title}\n{HEAD}\n1-2 | 钳工 / 张三 / 1-8周 / A101", sheet))
    assert found.lessons[0].class_name == class_name


def test_a_rooms_timetable_gives_every_lesson_its_room_and_a_teachers_its_teacher():
    found = reading(table(f"教室：数控实训室\n{HEAD}\n1-2 | 钳工 / 张三 / 1-8周", "Sheet1"))
    assert found.lessons[0].room == "数控实训室"
    found = reading(table(f"{HEAD}\n1-2 | 钳工 / 1-8周 / A101", "张三"), subject="teacher")
    assert (found.lessons[0].teachers, found.lessons[0].room) == (("张三",), "A101")


def test_a_wide_grid_has_a_row_for_each_class_and_columns_for_weekday_and_periods():
    found = reading(
        table("""
        班级 | 星期一 | 星期一 | 星期一 | 星期二 | 星期二 | 星期三 | 星期三 | 星期三
             | 0102   | 0304   | 0506   | 0102   | 0304   | 0102   | 0304   | 101112
        机电1 | 钳工 / 张三 / 1-8周 / A101 | | | | 车工 / 李四 / 1-8周 / B202 | | |
        机电2 | | | | | | | | 电工 / 王五 / 9周 / C303
        """, "全校")
    )  # fmt: skip
    assert [(lesson.class_name, when(lesson)) for lesson in found.lessons] == [
        ("机电1", "第1-8周 周一 1-2节"),
        ("机电1", "第1-8周 周二 3-4节"),
        ("机电2", "第9周 周三 10-12节"),
    ]


def test_practice_weeks_written_below_a_grid_are_shown_to_a_person():
    found = reading(table(f"{HEAD}\n1-2 | 钳工 / 张三 / 1-8周 | |\n备注 | 金工实习 17-18周 李四 | |", "Sheet1"))
    assert faults(found) == [(3, "", "row", "备注 金工实习 17-18周 李四")]


def test_the_same_lesson_on_the_sheets_of_two_classes_is_one_of_both():
    grid = f"{HEAD}\n1-2 | 钳工 / 张三 / 1-8周 / A101"
    found = reading(table(grid, "机电1班"), table(grid, "机电2班"))
    assert found.repeated == 1
    assert found.lessons[0].class_name == "机电1班、机电2班"
