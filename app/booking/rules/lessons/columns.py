"""What the columns of a long table are: guessed from their headings and cells, or as a person said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.booking.rules.lessons.lesson import plain
from app.booking.rules.lessons.timing import read_or_none

HEAD_WITHIN = 15
"""Rows among which the heading is looked for."""
SAMPLE = 40
MOST_COLUMNS = 120

COLUMNS: dict[str, tuple[str, ...]] = {
    meaning: tuple(headings.split())
    for meaning, headings in {
        "class_code": "教学班 教学班号 教学班编号 教学班代码 教学班名称 选课课号 课程序号 开课编号 开课号 任务编号 "
        "教学任务编号 "
        "课序号 上课班号 classcode section",
        "course": "课程代码 课程编号 课程号 课程编码 课程id 课号 coursecode courseno courseid code identifier",
        "title": "课程名称 课程名 课程 课名 科目 实训项目 所授课程 coursename course coursetitle title name",
        "class_name": "行政班 行政班级 班级 班级名称 上课班级 教学班组成 授课班级 学生班级 专业班级 班级组成 合班班级 合班 "
        "所授班级 面向班级 class classname",
        "school": "开课学院 开课单位 开课部门 开课院系 开课系部 学院 系部 院系 二级学院 部门 承担单位 学院名称 school department",
        "teacher": "教师姓名 教师 任课教师 上课教师 授课教师 主讲教师 老师 任课老师 授课老师 指导教师 教师名称 教师名 姓名 "
        "teacher teachername teachers",
        "teacher_code": "教师工号 工号 教师编号 职工号 教工号 教师号 teacherid teacherno",
        "headcount": "人数 上课人数 选课人数 学生数 学生人数 班级人数 教学班人数 计划人数 实际人数 总人数 已选人数 实选人数 "
        "headcount students",
        "campus": "校区 上课校区 校区名称 开课校区 campus",
        "building": "教学楼 楼号 楼宇 教学楼名称 楼名 楼栋 building",
        "room": "教室名称 教室 上课地点 地点 场地 实训室 机房 上课教室 教学场地 场地名称 授课地点 教室名 实验室 教学地点 "
        "实训地点 room classroom place location venue",
        "room_code": "教室编号 教室代码 场地编号 教室号 场地代码 roomcode roomno",
        "when": "上课时间 时间 时间安排 上课时间地点 上课时间及地点 时间地点 排课信息 上课安排 课程安排 排课时间 授课时间 "
        "上课时间和地点 周次节次 星期节次 时间及地点 schedule time when",
        "weeks": "教学周 周次 上课周次 起止周 周 上课周 周数 起止周次 授课周次 教学周次 开课周 weeks week",
        "weekday": "星期 星期几 周几 上课星期 weekday day dayofweek",
        "periods": "节次 上课节次 节 小节 起止节次 起止节 课节 授课节次 periods period sections",
        "week_from": "起始周 开始周 开始周次 起始周次 起周 weekfrom startweek",
        "week_until": "结束周 终止周 结束周次 截止周 终止周次 止周 weekuntil endweek",
        "parity": "单双周 单双 周类型 周属性 oddeven",
        "period_from": "开始节次 开始节 起始节 起始节次 开始 开始时间 startperiod",
        "period_until": "结束节次 结束节 终止节 终止节次 结束 结束时间 endperiod",
    }.items()
}
"""Closed list of what a column may be, each with its usual headings; `class_code` tells classes of one course apart."""

_BY_HEADING = {heading: meaning for meaning, headings in COLUMNS.items() for heading in headings}
_UNMEANT = frozenset({
    *("课程性质", "课程类别", "课程类型", "班级代码", "班级编号", "序号", "学生姓名", "监考教师", "考试时间", "考试地点"),
    *("考试周", "打印时间", "更新时间", "创建时间", "上传时间", "实习单位", "用人部门"),
})  # fmt: skip
"""Headings that end like one of ours and are something else."""
_FROM_TEXT = sorted(
    ((heading, meaning) for heading, meaning in _BY_HEADING.items() if len(heading) > 1 and not heading.isascii()),
    key=lambda pair: -len(pair[0]),
)


@dataclass(frozen=True, slots=True)
class Columns:
    """What each column is (a key of COLUMNS, or "" for none), how sure that is (0 to 1), and where the heading stands."""

    head: int
    """Row of the heading, from 1; 0 where there is none."""
    headings: tuple[str, ...]
    meanings: tuple[str, ...]
    confidence: tuple[float, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What no column says: `title`, `when`, or one of its three parts; empty where the table can be read."""
        have = set(self.meanings)
        lacks = [] if have & {"title", "course", "class_code"} else ["title"]
        times = {"weeks": {"weeks", "week_from"}, "weekday": {"weekday"}, "periods": {"periods", "period_from"}}
        if "when" not in have:
            gone = [part for part, any_of in times.items() if not have & any_of]
            lacks += ["when"] if len(gone) == 3 else gone
        return tuple(lacks)

    @property
    def by_meaning(self) -> dict[str, int]:
        return {meaning: at for at, meaning in enumerate(self.meanings) if meaning}


def guess(rows: Sequence[Sequence[str]], known: Mapping[str, str] | None = None) -> Columns | None:
    """The columns of a table, or None where no row looks like a heading.

    `known` says what headings mean ("" for nothing), as a person chose now or before; it goes before any guess. Its
    keys are as `heading_key` writes them.
    """
    best: Columns | None = None
    most = 0.0
    for number, row in enumerate(rows[:HEAD_WITHIN], 1):
        found = _of_heading(number, row[:MOST_COLUMNS], known or {})
        score = sum(found.confidence) - 3 * len(found.missing)
        if sum(meaning != "" for meaning in found.meanings) < 2:
            continue
        if best is None or score > most or (score == most and best.head == number - 1):
            best, most = found, score
    return _with_cells(best, rows) if best else None


def heading_key(text: str) -> str:
    """A heading without spaces, marks, remarks in brackets and differences of width and case."""
    wide = unicodedata.normalize("NFKC", plain(text)).lower()
    return re.sub(r"\([^()]*\)|\[[^\[\]]*\]|[\s*:_\-/.]+", "", wide)[:40]


def _of_heading(number: int, row: Sequence[str], known: Mapping[str, str]) -> Columns:
    meanings, confidence = [""] * len(row), [0.0] * len(row)
    taken: dict[str, int] = {}
    for at, cell in enumerate(row):
        key = heading_key(cell)
        if not key:
            continue
        meaning, sure = (known[key], 2.0) if key in known else _meaning(key)
        if meaning not in COLUMNS:
            continue
        rival = taken.get(meaning)
        if rival is not None:
            if confidence[rival] >= sure:
                continue
            meanings[rival], confidence[rival] = "", 0.0
        taken[meaning], meanings[at], confidence[at] = at, meaning, sure
    sure_of = tuple(min(each, 1.0) for each in confidence)
    return Columns(number, tuple(plain(cell)[:80] for cell in row), tuple(meanings), sure_of)


@lru_cache(maxsize=1024)
def _meaning(key: str) -> tuple[str, float]:
    if key in _BY_HEADING:
        return _BY_HEADING[key], 1.0
    if len(key) > 16 or key in _UNMEANT:
        return "", 0.0
    for heading, meaning in _FROM_TEXT:
        if key.endswith(heading) and len(heading) * 2 >= len(key):
            return meaning, 0.6
    return "", 0.0


def _with_cells(found: Columns, rows: Sequence[Sequence[str]]) -> Columns:
    """The same after a look at the cells: 周次 that also names days and periods is all of `when`; 上课时间 with times of
    the clock is nothing that can be read."""
    meanings, confidence = list(found.meanings), list(found.confidence)
    sample = [row for row in rows[found.head : found.head + SAMPLE] if any(row)]
    for at, meaning in enumerate(found.meanings):
        cells = [plain(row[at]) for row in sample if at < len(row) and plain(row[at])]
        if meaning == "when" and sum(_CLOCK.search(cell) is not None for cell in cells) * 2 > len(cells):
            meanings[at], confidence[at] = "", 0.0
    for at, meaning in enumerate(meanings):
        cells = [plain(row[at]) for row in sample if at < len(row) and plain(row[at])]
        whole = sum(_is_whole(cell) for cell in cells)
        if meaning in ("weeks", "periods", "") and "when" not in meanings and cells and whole * 2 > len(cells):
            meanings[at], confidence[at] = "when", max(confidence[at], 0.5)
    return Columns(found.head, found.headings, tuple(meanings), tuple(confidence))


_CLOCK = re.compile(r"\d[:：]\d\d")


def _is_whole(cell: str) -> bool:
    read = read_or_none(cell, 20) if any(sign in cell for sign in "周节") else None
    return bool(read) and all(meeting.weekday and meeting.periods for meeting in read or ())
