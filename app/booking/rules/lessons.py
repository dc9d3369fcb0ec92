"""Lessons: a published course list read into what can be booked; what cannot be read is named by row, never guessed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.booking.rules.request import Slot
from app.foundation.identifiers import canonical
from app.timetable.rules.bell import label_of, runs, span_of_periods
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import Term

NO_ROOM = ("", "教室未定", "不排教室")
"""What a course list writes where there is no room: not decided yet, none needed."""

MOST_WEEK, MOST_PERIOD = 60, 20


@dataclass(frozen=True, slots=True)
class Lesson:
    """One arrangement of a course: in these weeks, on this weekday (1 Monday … 7 Sunday), in these periods, in a room."""

    key: str
    """The same arrangement of the same course has the same key in every file of the term."""
    row: int
    course: str
    title: str
    school: str
    teachers: str
    headcount: int | None
    campus: str
    room: str
    weeks: tuple[int, ...]
    weekday: int
    periods: tuple[int, ...]

    @property
    def has_room(self) -> bool:
        return self.room not in NO_ROOM


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row (from 1) that makes no sense: which course, as far as it says, and which part is wrong."""

    row: int
    course: str
    part: str


@dataclass(slots=True)
class Reading:
    """What a course list says: lessons in its order, rows that only repeat another, rows that cannot be read."""

    lessons: list[Lesson] = field(default_factory=list)
    repeated: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)

    @property
    def schools(self) -> list[str]:
        return sorted({lesson.school for lesson in self.lessons})

    @property
    def rooms(self) -> list[tuple[str, str]]:
        """Campus and name of every real room."""
        return sorted({(lesson.campus, lesson.room) for lesson in self.lessons if lesson.has_room})

    @property
    def last_week(self) -> int:
        return max((max(lesson.weeks) for lesson in self.lessons), default=0)

    def busiest_school(self, campus: str) -> str:
        """The school that teaches most at a campus; the first by name of several."""
        count = Counter(lesson.school for lesson in self.lessons if lesson.campus == campus)
        return min(count, key=lambda school: (-count[school], school))


def read(rows: Sequence[Any]) -> Reading:
    """Read a course list as published: a list of courses, each with its arrangements."""
    reading, seen = Reading(), set()
    for number, row in enumerate(rows, 1):
        course = _text(row.get("identifier")) if isinstance(row, dict) else ""
        problem = _problem_of_course(row)
        if problem:
            reading.unreadable.append(Unreadable(number, course, problem))
            continue
        for arrangement in row["arrangements"]:
            part = _problem_of_arrangement(arrangement)
            if part:
                reading.unreadable.append(Unreadable(number, course, part))
                continue
            lesson = _lesson(number, row, arrangement)
            if lesson.key in seen:
                reading.repeated += 1
            else:
                seen.add(lesson.key)
                reading.lessons.append(lesson)
    return reading


def slots_of(lesson: Lesson, term: Term, calendar: Calendar) -> list[Slot]:
    """Every date of a lesson, in order of time; periods with a gap between them are dates of their own.

    Empty where the bell table lacks one of its periods.
    """
    slots = []
    for day in calendar.dates(term, lesson.weeks, [lesson.weekday]).days:
        for first, last in runs(lesson.periods):
            span = span_of_periods(calendar.bells.on(day), day, first, last)
            if span is None:
                return []
            slots.append(Slot(span, label_of(first, last)))
    return sorted(slots, key=lambda slot: slot.span)


def _lesson(number: int, row: dict[str, Any], arrangement: dict[str, Any]) -> Lesson:
    weeks = tuple(sorted(set(arrangement["weeks"])))
    periods = tuple(sorted(set(arrangement["sessions"])))
    campus, room = _text(arrangement.get("campus")), _text(arrangement.get("classroom"))
    course = _text(row["identifier"])
    place = canonical([course, weeks, arrangement["week_day"], periods, campus, room])
    headcount = row.get("student_number")
    return Lesson(
        key=hashlib.sha256(place.encode()).hexdigest()[:32],
        row=number,
        course=course,
        title=_text(row["name"]),
        school=_text(row["holder_school"]),
        teachers="、".join(_text(each) for each in row.get("teacher") or () if isinstance(each, str)),
        headcount=headcount if _is_count(headcount, 100_000) else None,
        campus=campus,
        room=room,
        weeks=weeks,
        weekday=arrangement["week_day"],
        periods=periods,
    )


def _problem_of_course(row: Any) -> str:
    if not isinstance(row, dict):
        return "row"
    for part, most in (("identifier", 120), ("name", 120), ("holder_school", 120)):
        if not _text(row.get(part)) or len(_text(row.get(part))) > most:
            return part
    return "" if isinstance(row.get("arrangements"), list) else "arrangements"


def _problem_of_arrangement(arrangement: Any) -> str:
    if not isinstance(arrangement, dict):
        return "arrangements"
    for part, most in (("weeks", MOST_WEEK), ("sessions", MOST_PERIOD)):
        numbers = arrangement.get(part)
        if not isinstance(numbers, list) or not numbers or not all(_is_count(each, most) for each in numbers):
            return part
    if not _is_count(arrangement.get("week_day"), 7):
        return "week_day"
    return "classroom" if len(_text(arrangement.get("classroom"))) > 60 else ""


def _is_count(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _text(value: Any) -> str:
    """A cell's words with every kind of space (non-breaking and full-width too) made one plain space."""
    return " ".join(value.split()) if isinstance(value, str) else ""
