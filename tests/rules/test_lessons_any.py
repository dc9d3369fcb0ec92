"""Whatever a file holds, every reader answers with a reading whose lessons are complete, and never falls over."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.lessons import course_list
from app.booking.rules.lessons.cells import SUBJECTS
from app.booking.rules.lessons.columns import COLUMNS, Columns, guess
from app.booking.rules.lessons.layout import LAYOUTS, columns_of, read, recognise
from app.booking.rules.lessons.lesson import LONGEST_NAME, LONGEST_ROOM, LONGEST_TEXT, PARTS, Reading
from app.timetable.rules.weeks import Meeting, periods_text, weeks_text, write
from tests.rules.timetables import Table

HEADINGS = [heading for headings in COLUMNS.values() for heading in headings[:2]]
PLAIN = """星期一 星期二 周三 周四 第一大节 0102 备注 班级：机电1 教室:A1 钳工 张三(讲师) A101 1-8周 1-16[周] 1-15周(单) 周二3-4节
    1-4,6-17周星期一6-7节 10周 [单周] 一 7 1-2 101112 3 45人 2026-01-16 =A1 08:00 #REF! 待定 单 ◇ / ---- ; … 地点:"""
WORDS = st.sampled_from([*HEADINGS, *PLAIN.split(), "\n", "\n\n", " ", "\u00a0", "\x00", "\ud800"])
CELLS = st.one_of(
    st.just(""),
    WORDS,
    st.lists(WORDS, max_size=9).map("\n".join),
    st.lists(WORDS, max_size=6).map("".join),
    st.text(max_size=30),
)
ROWS = st.lists(st.lists(CELLS, max_size=9), max_size=9)
SHEETS = st.lists(st.builds(Table, st.text(max_size=8), ROWS), max_size=3)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.text(max_size=10))
FIELD_NAMES = """kbList sjkList xsxx data kcmc xm cdmc xqj jcs zcd jxbmc jxbrs qsjsz xnm xqm identifier name holder_school
    teacher student_number arrangements weeks week_day sessions classroom"""
FIELDS = st.sampled_from(FIELD_NAMES.split())
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(FIELDS, inner, max_size=9)),
    max_leaves=30,
)


def assert_sound(reading: Reading) -> None:
    for lesson in reading.lessons:
        assert 0 < len(lesson.course) <= LONGEST_NAME
        assert 0 < len(lesson.title) <= LONGEST_NAME
        assert len(lesson.room) <= LONGEST_ROOM
        assert len(lesson.campus) <= LONGEST_ROOM
        assert len(lesson.room_code) <= LONGEST_ROOM
        assert len(lesson.school) <= LONGEST_NAME
        assert len(lesson.class_name) <= LONGEST_TEXT
        assert len("、".join(lesson.teachers)) <= LONGEST_TEXT
        assert lesson.weeks == tuple(sorted(set(lesson.weeks)))
        assert lesson.weeks
        assert all(1 <= week <= 60 for week in lesson.weeks)
        assert (lesson.weekday is None) == (not lesson.periods)
        assert all(1 <= period <= 20 for period in lesson.periods)
        assert not set("".join((lesson.course, lesson.title, lesson.room, *lesson.teachers))) & {"\x00", "\ud800", "\n"}
        assert len(lesson.key) == 32
    keys = [lesson.key for lesson in reading.lessons]
    assert len(keys) == len(set(keys))
    for fault in reading.unreadable:
        assert fault.part in PARTS
        assert fault.row >= 1
        assert len(fault.text) <= LONGEST_TEXT


@given(SHEETS, st.sampled_from(LAYOUTS), st.sampled_from(["", *SUBJECTS]), st.integers(0, 25))
def test_any_sheets_read_as_any_layout(sheets, layout, subject, last_week):
    recognise(sheets)
    columns_of(sheets)
    assert_sound(read(layout, sheets, last_week=last_week, subject=subject))


@given(ROWS, st.lists(st.sampled_from([*COLUMNS, ""]), max_size=9, unique=True), st.integers(0, 12))
def test_any_rows_with_any_choice_of_columns(rows, meanings, head):
    columns = Columns(head, tuple(meanings), tuple(meanings), tuple(1.0 for _ in meanings))
    assert_sound(read("long_table", [Table("", rows)], last_week=18, columns=columns))


@given(ROWS, st.dictionaries(st.text(max_size=6), st.text(max_size=6), max_size=4))
def test_any_memory_of_headings(rows, known):
    guess(rows, known)


@given(VALUES)
def test_any_json(content):
    recognise([], content)
    for layout in LAYOUTS:
        assert_sound(read(layout, [], content, last_week=18))


@given(st.lists(VALUES, max_size=4))
def test_any_course_list(rows):
    assert_sound(course_list.read(rows))


ARRANGEMENTS = st.tuples(
    st.sampled_from(["C1", "C2", "C3"]),
    st.sets(st.integers(1, 18), min_size=1),
    st.integers(1, 7),
    st.sets(st.integers(1, 12), min_size=1, max_size=5),
    st.sampled_from(["A101", "B202", ""]),
)


@given(st.lists(ARRANGEMENTS, min_size=1, max_size=8))
def test_the_same_term_has_the_same_lessons_in_every_layout(arrangements):
    rows = [
        (code, tuple(sorted(weeks)), day, tuple(sorted(periods)), room)
        for code, weeks, day, periods, room in arrangements
    ]
    courses = [
        {"identifier": code, "name": f"课{code}", "holder_school": "机电", "arrangements": [
            {"weeks": list(weeks), "week_day": day, "sessions": list(periods), "campus": "东区", "classroom": room}
        ]}
        for code, weeks, day, periods, room in rows
    ]  # fmt: skip
    columns = [["教学班", "课程名称", "校区", "周次", "星期", "节次", "教室"]] + [
        [code, f"课{code}", "东区", weeks_text(weeks), "一二三四五六日"[day - 1], periods_text(periods), room]
        for code, weeks, day, periods, room in rows
    ]
    combined = [["教学班", "课程名称", "校区", "上课时间", "教室"]] + [
        [code, f"课{code}", "东区", write(Meeting(weeks, day, periods)), room]
        for code, weeks, day, periods, room in rows
    ]
    kb_list = [
        {"jxbmc": code, "kcmc": f"课{code}", "xqmc": "东区", "zcd": weeks_text(weeks), "xqj": str(day),
         "jcs": periods_text(periods), "cdmc": room}
        for code, weeks, day, periods, room in rows
    ]  # fmt: skip
    readings = [
        read("course_list", [], courses, last_week=18),
        read("long_table", [Table("", columns)], last_week=18),
        read("long_table", [Table("", combined)], last_week=18),
        read("zhengfang", [], {"kbList": kb_list}, last_week=18),
    ]
    assert [reading.unreadable for reading in readings] == [[], [], [], []]
    keys = [[lesson.key for lesson in reading.lessons] for reading in readings]
    assert keys[1:] == [keys[0]] * 3
    assert {reading.repeated for reading in readings} == {len(rows) - len(set(rows))}


def test_thirty_thousand_rows_are_read_in_seconds():
    head = ["课程代码", "课程名称", "教师", "上课时间", "教室"]
    rows = [head] + [
        [f"C{n}", "钳工", "张三", f"1-8周星期{'一二三四五'[n % 5]}{n % 9 + 1}-{n % 9 + 2}节;10周周六1节", f"A{n % 200}"]
        for n in range(30_000)
    ]
    started = time.process_time()
    reading = read("long_table", [Table("", rows)], last_week=18)
    assert len(reading.lessons) == 60_000
    assert time.process_time() - started < 8
