"""Long tables: a row for every arrangement; headings in any order and wording; what is unclear is named by its row."""

from __future__ import annotations

import pytest

from app.booking.rules.lessons.columns import COLUMNS, guess, heading_key
from app.booking.rules.lessons.layout import read, recognise
from tests.rules.timetables import LAST_WEEK, faults, reading, table, told

VENDOR = "课程代码 | 课程名称 | 教师工号 | 教师姓名 | 节次 | 开始 | 结束 | 星期 | 教学周 | 教室编号 | 教室名称 | 教学楼"


def one(head: str, row: str, **choices):
    found = reading(table(f"{head}\n{row}"), **choices)
    assert not found.unreadable, found.unreadable
    (lesson,) = found.lessons
    return lesson


# ── the vendor's template ──


def test_the_vendors_template_with_weeks_as_a_list():
    found = reading(
        table(f"""
        本学期课程信息
        {VENDOR}
        C001 | 数控编程 | T09 | 王师傅 | 1-2 | 08:00 | 09:40 | 1 | 1,2,3,4,6 | R101 | 数控实训室 | 实训楼
        C002 | 电工基础 | T10 | 李工 | 0304 | 10:00 | 11:40 | 日 | 1,3,5,7 | R102 | 102 | 实训楼
        """)
    )
    assert told(found) == [
        "数控编程 · 第1-4,6周 周一 1-2节 · 数控实训室",
        "电工基础 · 第1-7周(单) 周日 3-4节 · 实训楼102",
    ]
    first = found.lessons[0]
    assert (first.row, first.course, first.teachers, first.room_code) == (3, "C001", ("王师傅",), "R101")


def test_clock_times_do_not_stand_in_for_periods():
    found = reading(table(f"{VENDOR}\nC1 | 数控 | T1 | 王 | | 08:00 | 09:40 | 1 | 1,2 | R1 | 一号室 | 实训楼"))
    assert faults(found) == [(2, "C1", "periods", "")]


def test_times_of_the_clock_beside_the_periods_are_left_aside():
    head = "课程 | 上课时间 | 下课时间 | 周次 | 星期 | 节次"
    assert one(head, "钳工 | 08:00 | 09:40 | 1-8 | 一 | 1-2").periods == (1, 2)
    assert guess(
        table("课程 | 星期 | 上课时间 | 下课时间 | 开始周 | 结束周\n钳工 | 三 | 14:00 | 15:40 | 1 | 8").rows
    ).missing == ("periods",)


# ── headings ──


def test_the_heading_may_stand_below_titles_and_remarks():
    lines = ["2026-2027学年第一学期课表", "打印日期：2026-09-01", "", "课程 | 班级 | 周次 | 星期 | 节次 | 教室"]
    found = reading(table("\n".join([*lines, "钳工 | 机电1班 | 1-8周 | 一 | 1-2 | A101"])))
    assert told(found) == ["钳工 · 第1-8周 周一 1-2节 · A101"]
    assert found.lessons[0].row == 5


def test_a_heading_of_two_rows_is_its_lower_one():
    found = reading(
        table("""
        课程 | 教师 | 上课时间 | 上课时间 | 上课时间 | 教室
        课程 | 教师 | 周次 | 星期 | 节次 | 教室
        钳工 | 王师傅 | 1-8周 | 一 | 1-2 | A101
        """)
    )
    assert told(found) == ["钳工 · 第1-8周 周一 1-2节 · A101"]


def test_a_heading_repeated_on_each_page_is_no_lesson():
    head = "课程 | 周次 | 星期 | 节次"
    found = reading(table(f"{head}\n钳工 | 1-8 | 一 | 1-2\n{head}\n车工 | 1-8 | 二 | 1-2"))
    assert len(found.lessons) == 2
    assert found.unreadable == []


@pytest.mark.parametrize(
    "head",
    [
        "课程名称 * | 起始周 | 结束周 | 周几 | 开始节次 | 结束节次",
        "Course Name | start week | END WEEK | Weekday | Start Period | End Period",
    ],
)
def test_from_and_until_in_columns_of_their_own(head):
    lesson = one(head, "钳工 | 3 | 6 | 周二 | 3 | 4")
    assert (lesson.weeks, lesson.weekday, lesson.periods) == ((3, 4, 5, 6), 2, (3, 4))


def test_odd_and_even_weeks_in_a_column_of_their_own():
    head = "课程 | 周次 | 单双周 | 星期 | 节次"
    assert one(head, "钳工 | 1-8 | 单 | 2 | 3").weeks == (1, 3, 5, 7)
    assert one(head, "钳工 | 1-4 | 全 | 2 | 3").weeks == (1, 2, 3, 4)


def test_the_class_code_tells_classes_of_one_course_apart():
    lesson = one("课程代码 | 教学班 | 课程名 | 行政班 | 开课学院 | 校区 | 人数 | 上课时间 | 上课地点",
                 "C1 | (2026-1)-C1-02 | 钳工 | 机电1班 | 机电学院 | 东区 | 42人 | 1-8周周二3-4节 | A101")  # fmt: skip
    assert (lesson.course, lesson.title, lesson.class_name) == ("(2026-1)-C1-02", "钳工", "机电1班")
    assert (lesson.school, lesson.campus, lesson.headcount) == ("机电学院", "东区", 42)


def test_without_a_code_the_title_is_the_course():
    assert one("课程 | 周次 | 星期 | 节次", "钳工 | 1-8 | 一 | 1-2").course == "钳工"


def test_what_columns_are_is_guessed_with_how_sure_that_is():
    columns = guess(table("序号 | 课程名称 | 任课教师姓名 | 周次 | 星期 | 节次 | 备注").rows)
    assert columns.meanings == ("", "title", "teacher", "weeks", "weekday", "periods", "")
    assert columns.confidence == (0.0, 1.0, 0.6, 1.0, 1.0, 1.0, 0.0)
    assert columns.missing == ()


def test_a_heading_that_only_begins_like_ours_is_something_else():
    columns = guess(
        table(
            "课程名称 | 课程学分 | 教师职称 | 上课老师 | 授课周次,星期,节次\n钳工 | 2 | 讲师 | 王 | 1-8周星期一1-2节"
        ).rows
    )
    assert columns.meanings == ("title", "", "", "teacher", "when")


def test_cells_tell_what_a_heading_hides():
    columns = guess(table("课程 | 班级 | 周次 | 教室\n钳工 | 1班 | 1-8周星期一1-2节 | A101").rows)
    assert columns.meanings == ("title", "class_name", "when", "room")
    assert columns.confidence[2] < 1 or columns.headings[2] == "周次"


def test_what_is_missing_is_said():
    assert guess(table("课程 | 教师 | 班级 | 教室").rows).missing == ("when",)
    assert guess(table("教师 | 周次 | 班级 | 教室").rows).missing == ("title", "weekday", "periods")
    assert guess(table("甲 | 乙 | 丙").rows) is None


def test_what_a_person_says_of_a_heading_goes_before_the_guess():
    rows = table("名目 | 教室 | 周次 | 星期 | 节次\n钳工 | A101 | 1-8 | 一 | 1-2", "x")
    assert guess(rows.rows).missing == ("title",)
    known = {heading_key("名目"): "title", heading_key("教室"): ""}
    found = read("long_table", [rows], last_week=LAST_WEEK, known=known)
    assert told(found) == ["钳工 · 第1-8周 周一 1-2节"]


def test_every_usual_heading_means_one_thing():
    headings = [heading for headings in COLUMNS.values() for heading in headings]
    assert len(headings) == len(set(headings))
    assert all(heading_key(heading) == heading for heading in headings)


# ── when, in one column ──

COMBINED = "课程 | 班级 | 上课时间 | 上课地点"


def test_domain_examples_in_one_column():
    found = reading(
        table(f"{COMBINED}\n钳工 | 1班 | 1-4,6-17周星期一6-7节 | A101\n车工 | 1班 | 12-15周星期五8-9节 | B202")
    )
    assert told(found) == ["钳工 · 第1-4,6-17周 周一 6-7节 · A101", "车工 · 第12-15周 周五 8-9节 · B202"]


def test_several_meetings_each_in_its_own_room():
    found = reading(table(f"{COMBINED}\n钳工 | 1班 | 1-8周星期一1-2节;9-16周(双)星期四3-4节 | A101;B202"))
    assert told(found) == ["钳工 · 第1-8周 周一 1-2节 · A101", "钳工 · 第10-16周(双) 周四 3-4节 · B202"]


def test_weekdays_and_rooms_as_lists_with_commas_share_the_weeks():
    found = reading(table("课程 | 周次 | 上课时间 | 上课地点\n钳工 | 1-8 | 周一1-2节,周三3-4节 | A101,B202"))
    assert told(found) == ["钳工 · 第1-8周 周一 1-2节 · A101", "钳工 · 第1-8周 周三 3-4节 · B202"]


def test_several_meetings_in_one_room():
    found = reading(table(f"{COMBINED}\n钳工 | 1班 | 1-8周星期一1-2节 / 1-8周星期四3-4节 | A101"))
    assert [lesson.room for lesson in found.lessons] == ["A101", "A101"]


def test_rooms_behind_each_meeting():
    text = "1-8周 星期一 1-2节 A101；9-16周星期四3-4节B202"
    found = reading(table(f"课程 | 班级 | 上课时间地点\n钳工 | 1班 | {text}"))
    assert told(found) == ["钳工 · 第1-8周 周一 1-2节 · A101", "钳工 · 第9-16周 周四 3-4节 · B202"]


def test_more_rooms_than_meetings_are_not_dealt_out():
    found = reading(
        table(f"{COMBINED}\n钳工 | 1班 | 1-8周星期一1-2节;9周星期二1节 | A;B;C\n车工 | 1班 | 1周周一1节 | A;B")
    )
    assert faults(found) == [(2, "钳工", "room", "A;B;C"), (3, "车工", "room", "A;B")]


def test_weeks_without_a_weekday_are_whole_practice_weeks():
    lesson = one(COMBINED, "金工实习 | 1班 | 10周 | 实训中心")
    assert (lesson.weeks, lesson.weekday, lesson.periods) == ((10,), None, ())


def test_odd_weeks_alone_are_those_of_the_term():
    assert one("课程 | 周次 | 星期 | 节次", "钳工 | [单周] | 一 | 101112").weeks == tuple(range(1, LAST_WEEK, 2))


def test_two_cells_may_say_the_same_but_not_two_different_things():
    head = "课程 | 上课时间 | 周次 | 教室"
    assert one(head, "钳工 | 1-8周周二3-4节 | 1-8 | A").weeks == tuple(range(1, 9))
    assert faults(reading(table(f"{head}\n钳工 | 1-8周周二3-4节 | 1-9 | A"))) == [(2, "钳工", "weeks", "1-9")]


# ── what is unclear ──


@pytest.mark.parametrize(
    ("weeks", "weekday", "periods", "part", "words"),
    [
        ("第一阶段", "一", "1-2", "weeks", "第一阶段"),
        ("", "一", "1-2", "weeks", ""),
        ("1-8", "八", "1-2", "weekday", "八"),
        ("1-8", "", "1-2", "weekday", ""),
        ("1-8", "一", "上午", "periods", "上午"),
        ("1-8", "一", "25", "periods", "25"),
        ("1-8", "一", "", "periods", ""),
        ("2026-01-16", "一", "1-2", "date", "2026-01-16"),
        ("1月16日", "一", "1-2", "date", "1月16日"),
        ("九月一日", "一", "1-2", "date", "九月一日"),
        ("1-8", "一", "2026-03-04", "date", "2026-03-04"),
        ("1-8", "一", "4-Mar", "date", "4-Mar"),
        ("=B3", "一", "1-2", "formula", "=B3"),
        ("1-8", "一", "=C1&C2", "formula", "=C1&C2"),
        ("#REF!", "一", "1-2", "weeks", "#REF!"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_its_part_and_words(weeks, weekday, periods, part, words):
    found = reading(table(f"课程 | 周次 | 星期 | 节次\n钳工 | {weeks} | {weekday} | {periods} \n车工 | 1-8 | 一 | 1-2"))
    assert faults(found) == [(2, "钳工", part, words)]
    assert [lesson.title for lesson in found.lessons] == ["车工"]


def test_a_row_without_a_course_and_a_remark_below_the_table():
    found = reading(table("课程 | 周次 | 星期 | 节次\n | 1-8 | 一 | 1-2\n注：以教务处通知为准 | | |"))
    assert faults(found) == [
        (2, "", "course", "1-8 一 1-2"),
        (3, "注：以教务处通知为准", "row", "注：以教务处通知为准"),
    ]


def test_ragged_rows_and_spaces_of_every_kind():
    found = reading(
        table("课程 | 周次 | 星期 | 节次 | 教室\n\u00a0钳工\u3000 一 | 1-8\u00a0周 | 一 | 1-2\n车工\n| | | | | | | |")
    )
    assert told(found) == ["钳工 一 · 第1-8周 周一 1-2节"]
    assert faults(found) == [(3, "车工", "row", "车工")]


def test_no_room_is_said_in_several_ways():
    head = "课程 | 周次 | 星期 | 节次 | 教室"
    for words in ("", "教室未定", "不排教室", "待定"):
        assert not one(head, f"钳工 | 1-8 | 一 | 1-2 | {words}").has_room


def test_repeated_rows_are_counted_and_bring_their_teachers_and_classes():
    found = reading(
        table("""
        课程 | 班级 | 教师 | 人数 | 周次 | 星期 | 节次 | 教室
        钳工 | 机电1班 | 王师傅(高级技师) | 40 | 1-8 | 一 | 1-2 | A101
        钳工 | 机电2班 | 李工、王师傅 | 38 | 1-8 | 一 | 1-2 | A101
        """)
    )
    assert found.repeated == 1
    (lesson,) = found.lessons
    assert (lesson.teachers, lesson.class_name, lesson.headcount) == (("王师傅", "李工"), "机电1班、机电2班", 40)


def test_a_thousand_classes_of_one_lesson_are_as_many_as_can_be_kept():
    head = "课程 | 班级 | 教师 | 周次 | 星期 | 节次 | 教室"
    rows = "\n".join(f"军事理论 | 机电{n}班 | 教师{n} | 1-8 | 一 | 1-2 | 操场" for n in range(1000))
    (lesson,) = reading(table(f"{head}\n{rows}")).lessons
    assert 180 < len(lesson.class_name) <= 200
    assert 180 < len("、".join(lesson.teachers)) <= 200


def test_classes_with_endless_names_are_no_two_lessons_of_one_key():
    rows = "\n".join(f"钳工 | {'机' * 210}{n} | 1-8 | 一 | 1-2" for n in range(3))
    found = reading(table(f"课程 | 班级 | 周次 | 星期 | 节次\n{rows}"))
    assert len({lesson.key for lesson in found.lessons}) == len(found.lessons)


def test_the_same_lesson_has_the_same_key_in_every_file():
    one_way = one("课程 | 周次 | 星期 | 节次 | 教室", "钳工 | 1-8 | 一 | 1-2 | A101")
    other_way = one("教室 | 班级 | 课程 | 上课时间", "A101 | 1班 | 钳工 | 周一1-2节1-8周")
    assert one_way.key == other_way.key
    assert one_way.key != one("课程 | 周次 | 星期 | 节次 | 教室", "钳工 | 1-8 | 一 | 1-2 | A102").key


def test_every_sheet_with_a_heading_is_read_and_the_others_are_named():
    head = "课程 | 周次 | 星期 | 节次"
    sheets = [
        table(f"{head}\n钳工 | 1-8 | 一 | 1-2", "机电"),
        table(f"{head}\n车工 | 1-8 | 九 | 1-2", "数控"),
        table("说明 | 见教务处", "说明"),
    ]
    found = reading(*sheets)
    assert [(lesson.title, lesson.where) for lesson in found.lessons] == [("钳工", "机电!A2")]
    assert [(fault.part, fault.where, fault.text) for fault in found.unreadable] == [
        ("weekday", "数控!A2", "九"),
        ("sheet", "", "说明"),
    ]


def test_a_long_table_is_recognised_as_one():
    assert recognise([table(f"{VENDOR}\n")]) == "long_table"
    assert recognise([table("甲 | 乙")]) is None


def test_a_thousand_faults_are_listed_and_the_rest_counted():
    rows = "\n".join("钳工 | ? | 一 | 1-2" for _ in range(1200))
    found = reading(table(f"课程 | 周次 | 星期 | 节次\n{rows}"))
    assert (len(found.unreadable), found.unlisted) == (1000, 200)
