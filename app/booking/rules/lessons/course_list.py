"""A published course list (NG-Course JSON): a list of classes, each with its arrangements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.booking.rules.lessons.lesson import (
    LONGEST_NAME,
    LONGEST_ROOM,
    MOST_LEARNERS,
    Lesson,
    Reading,
    plain,
    whole,
)
from app.timetable.rules.bell import MOST_PERIODS
from app.timetable.rules.term import MOST_WEEKS


def read(rows: Sequence[Any]) -> Reading:
    """Read a course list as published; the row of a lesson is its course's place in the list."""
    reading = Reading()
    for number, row in enumerate(rows, 1):
        course = plain(row.get("identifier")) if isinstance(row, dict) else ""
        problem = _problem_of_course(row)
        if problem:
            reading.fault(number, course, problem)
            continue
        for arrangement in row["arrangements"]:
            part = _problem_of_arrangement(arrangement)
            if part:
                reading.fault(number, course, part, _words(arrangement, part))
            else:
                reading.add(_lesson(number, row, arrangement))
    return reading


def is_course_list(content: Any) -> bool:
    """Whether a JSON value is such a list: its first course has arrangements."""
    return isinstance(content, list) and any(isinstance(row, dict) and "arrangements" in row for row in content[:20])


def _lesson(number: int, row: dict[str, Any], arrangement: dict[str, Any]) -> Lesson:
    headcount, teachers = row.get("student_number"), row.get("teacher")
    return Lesson(
        row=number,
        course=plain(row["identifier"]),
        title=plain(row["name"]),
        school=plain(row["holder_school"]),
        class_name="",
        teachers=_teachers(teachers),
        headcount=headcount if _is_count(headcount, MOST_LEARNERS) else None,
        campus=plain(arrangement.get("campus")),
        room=plain(arrangement.get("classroom")),
        weeks=whole(arrangement["weeks"]),
        weekday=arrangement["week_day"],
        periods=whole(arrangement["sessions"]),
    )


def _teachers(names: Any) -> tuple[str, ...]:
    return (
        tuple(plain(each)[:LONGEST_ROOM] for each in names if isinstance(each, str)) if isinstance(names, list) else ()
    )


_NAMES = {"course": "identifier", "title": "name", "school": "holder_school"}
_TIMES = {"weeks": "weeks", "periods": "sessions", "weekday": "week_day", "room": "classroom"}


def _problem_of_course(row: Any) -> str:
    if not isinstance(row, dict):
        return "row"
    for part, name in _NAMES.items():
        if not 0 < len(plain(row.get(name))) <= LONGEST_NAME:
            return part
    return "" if isinstance(row.get("arrangements"), list) else "arrangements"


def _problem_of_arrangement(arrangement: Any) -> str:
    if not isinstance(arrangement, dict):
        return "arrangements"
    for part, most in (("weeks", MOST_WEEKS), ("periods", MOST_PERIODS)):
        numbers = arrangement.get(_TIMES[part])
        if not isinstance(numbers, list) or not numbers or not all(_is_count(each, most) for each in numbers):
            return part
    if not _is_count(arrangement.get("week_day"), 7):
        return "weekday"
    texts = (plain(arrangement.get("classroom")), plain(arrangement.get("campus")))
    return "room" if max(map(len, texts)) > LONGEST_ROOM else ""


def _words(arrangement: Any, part: str) -> str:
    value = arrangement.get(_TIMES.get(part)) if isinstance(arrangement, dict) else arrangement
    return "" if value is None else str(value)[:80]


def _is_count(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most
