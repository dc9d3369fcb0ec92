"""A lesson as a timetable says it, and what became of reading a whole file: lessons, repeats, and what makes no sense."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from app.foundation.identifiers import canonical

NO_ROOM = ("", "教室未定", "不排教室", "未定", "待定", "无")
"""What a timetable writes where there is no room: not decided yet, none needed."""

LONGEST_NAME, LONGEST_ROOM, LONGEST_TEXT = 120, 60, 200
"""Characters of a course's code, title or school; of a room or campus; of a piece of the file that is shown again."""

_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f\u200b-\u200f\u2060\ufeff\ufffe\uffff\ud800-\udfff]")

MOST_LEARNERS = 100_000
MOST_UNREADABLE = 1_000
"""Faults that are kept with their words; those after them are only counted."""

PARTS = (
    "row",  # not a row, or not a course, at all
    "course",  # neither code nor title
    "title",
    "school",
    "arrangements",  # the list of arrangements is missing or no list
    "when",  # weeks, weekday and periods in one text
    "weeks",
    "weekday",
    "periods",
    "room",
    "date",  # a date or a fraction stands where weeks or periods should (1-16 became Jan 16)
    "formula",  # a formula whose result is not in the file
    "lines",  # the lines of a grid cell do not tell course, weeks and room apart
    "too_long",
    "sheet",  # a whole sheet without a heading that can be understood
)
"""Closed list of what may be wrong; the wording stands at the web edge."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One arrangement of a course: in these weeks, on this weekday, in these periods, in a room."""

    row: int
    """The row of the file (from 1) it stands in; for a grid cell the row of the sheet."""
    course: str
    """The code of the class or course; where the file has none, the title. Never empty."""
    title: str
    school: str
    class_name: str
    teachers: tuple[str, ...]
    headcount: int | None
    campus: str
    room: str
    weeks: tuple[int, ...]
    weekday: int | None
    """1 Monday … 7 Sunday. None: whole practice weeks, Monday to Friday, every period that rings."""
    periods: tuple[int, ...]
    """Empty only where there is no weekday."""
    where: str = ""
    """Sheet and cell for messages, such as `Sheet1!C5`; empty where the row says it all."""
    room_code: str = ""
    """教室编号, where the file has one beside the name."""

    @property
    def has_room(self) -> bool:
        return self.room not in NO_ROOM

    @property
    def key(self) -> str:
        """The same course at the same time in the same place has the same key in every file.

        Without a room it is the class that tells two lessons of one course apart.
        """
        place = [self.course, self.weeks, self.weekday, self.periods, self.campus, self.room]
        if not self.has_room and self.class_name:
            place.append(self.class_name)
        return hashlib.sha256(canonical(place).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What makes no sense: where it stands, of which course, as far as that can be said, which of PARTS, and its words."""

    row: int
    course: str
    part: str
    text: str = ""
    where: str = ""


@dataclass(slots=True)
class Reading:
    """What a file says: lessons in its order, rows that only repeat another, what cannot be read."""

    lessons: list[Lesson] = field(default_factory=list)
    repeated: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)
    unlisted: int = 0
    """Faults past MOST_UNREADABLE, which are not in the list."""
    _seen: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def add(self, lesson: Lesson) -> None:
        """One more lesson; a repeat only adds its teachers and classes to the first (two teachers, two classes, one room)."""
        lesson = _joined(lesson, lesson)
        key = lesson.key
        at = self._seen.get(key)
        if at is None:
            self._seen[key] = len(self.lessons)
            self.lessons.append(lesson)
        else:
            self.repeated += 1
            self.lessons[at] = _joined(self.lessons[at], lesson)

    def fault(self, row: int, course: str, part: str, text: str = "", where: str = "") -> None:
        if len(self.unreadable) < MOST_UNREADABLE:
            self.unreadable.append(Unreadable(row, course[:LONGEST_NAME], part, text[:LONGEST_TEXT], where))
        else:
            self.unlisted += 1

    @property
    def schools(self) -> list[str]:
        return sorted({lesson.school for lesson in self.lessons})

    @property
    def rooms(self) -> list[tuple[str, str]]:
        """Campus and name of every real room."""
        return sorted({(lesson.campus, lesson.room) for lesson in self.lessons if lesson.has_room})

    @property
    def teachers(self) -> list[str]:
        return sorted({teacher for lesson in self.lessons for teacher in lesson.teachers})

    @property
    def last_week(self) -> int:
        return max((max(lesson.weeks) for lesson in self.lessons), default=0)

    def busiest_school(self, campus: str) -> str:
        """The school that teaches most at a campus; the first by name of several."""
        count = Counter(lesson.school for lesson in self.lessons if lesson.campus == campus)
        return min(count, key=lambda school: (-count[school], school))


def plain(text: object) -> str:
    """A cell's words with every kind of space (non-breaking and full-width too) made one plain space.

    Signs that nobody sees, and those that no database keeps, are left out. A whole number becomes its digits.
    """
    if isinstance(text, int) and not isinstance(text, bool) and abs(text) < 10**18:
        return str(text)
    return " ".join(_UNSEEN.sub("", text).split()) if isinstance(text, str) else ""


def _joined(first: Lesson, other: Lesson) -> Lesson:
    """The first with the teachers and classes of both, as far as they fit."""
    if first is other and not first.class_name and len(first.teachers) < 2:
        return first
    return replace(
        first,
        teachers=_within((*first.teachers, *other.teachers)),
        class_name="、".join(_within((*first.class_name.split("、"), *other.class_name.split("、")))),
        headcount=max(first.headcount or 0, other.headcount or 0) or None,
    )


def _within(names: Iterable[str]) -> tuple[str, ...]:
    """Names, each once, as many as fit into LONGEST_TEXT characters with a mark between them."""
    kept: dict[str, None] = {}
    left = LONGEST_TEXT + 1
    for name in names:
        if name and name not in kept:
            left -= len(name) + 1
            if left < 0:
                break
            kept[name] = None
    return tuple(kept)


def whole(numbers: Iterable[int]) -> tuple[int, ...]:
    """Numbers in order, each once."""
    return tuple(sorted(set(numbers)))
