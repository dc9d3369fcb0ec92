"""正方 timetables saved as JSON: a list `kbList` of arrangements and `sjkList` of practice weeks, somewhere in a response."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.booking.rules.lessons.lesson import LONGEST_NAME, LONGEST_ROOM, Lesson, Reading, plain
from app.booking.rules.lessons.long_table import headcount_of, teachers_of
from app.booking.rules.lessons.timing import NotRead, periods_of, weekday_of, weeks_of

DEEPEST = 6


def lists_in(content: Any) -> Iterator[dict[str, Any]]:
    """Every object with a `kbList` (or a bare list of arrangements as one), as deep as responses wrap it."""
    level = [content]
    for _ in range(DEEPEST):
        deeper: list[Any] = []
        for each in level:
            if isinstance(each, dict) and any(isinstance(each.get(name), list) for name in ("kbList", "sjkList")):
                yield each
            elif isinstance(each, list) and any(isinstance(row, dict) and _is_row(row) for row in each[:20]):
                yield {"kbList": each}
            elif isinstance(each, dict):
                deeper += each.values()
            elif isinstance(each, list):
                deeper += each[:1000]
        level = [each for each in deeper if isinstance(each, dict | list)]


def is_zhengfang(content: Any) -> bool:
    return next(lists_in(content), None) is not None


def read(content: Any, *, last_week: int) -> Reading:
    """Read every arrangement; the row of a lesson is its place (from 1) in its list."""
    reading = Reading()
    for found in lists_in(content):
        for name in ("kbList", "sjkList"):
            rows = found.get(name)
            for number, row in enumerate(rows if isinstance(rows, list) else (), 1):
                where = f"{name}[{number}]"
                if not isinstance(row, dict):
                    reading.fault(number, "", "row", str(row)[:80], where)
                    continue
                course = _first(row, "jxbmc", "kch", "kch_id", "kcmc")
                try:
                    reading.add(_lesson(row, course, number, where, last_week))
                except NotRead as fault:
                    reading.fault(number, course, fault.part, plain(fault.text), where)
    return reading


def _lesson(row: Mapping[str, Any], course: str, number: int, where: str, last_week: int) -> Lesson:
    title = _first(row, "kcmc", "kch", "jxbmc")
    room, campus = _first(row, "cdmc"), _first(row, "xqmc", "xqumc")
    if not title:
        raise NotRead("course", "")
    if max(len(title), len(course)) > LONGEST_NAME:
        raise NotRead("too_long", title)
    if max(len(room), len(campus)) > LONGEST_ROOM:
        raise NotRead("room", room)
    weekday_text = _first(row, "xqj", "xqjmc")
    periods_text = _first(row, "jcs", "jc", "jcor")
    if not weekday_text and periods_text:
        raise NotRead("weekday", periods_text)
    weeks_text = _first(row, "zcd", "qsjsz", "sjkcgs", "qtkcgs")
    return Lesson(
        row=number,
        course=course,
        title=title,
        school=_first(row, "kkxy", "kkbm", "kkbmmc", "jgmc")[:LONGEST_NAME],
        class_name=_first(row, "jxbzc", "bjmc")[:LONGEST_NAME].replace(";", "、").replace(",", "、"),
        teachers=teachers_of(_first(row, "xm", "jsxm")),
        headcount=headcount_of(_first(row, "jxbrs", "xkrs", "zrs", "rs")),
        campus=campus,
        room=room,
        weeks=weeks_of(weeks_text, last_week),
        weekday=weekday_of(weekday_text) if weekday_text else None,
        periods=periods_of(periods_text) if weekday_text else (),
        where=where,
        room_code=_first(row, "cdbh", "cd_id")[:LONGEST_ROOM],
    )


def _first(row: Mapping[str, Any], *names: str) -> str:
    return next((text for name in names if (text := plain(row.get(name)))), "")


def _rows(found: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    rows = found.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _is_row(row: Mapping[str, Any]) -> bool:
    return "kcmc" in row and ("zcd" in row or "xqj" in row)
