"""Matching: which lesson of a file is which lesson that stands already, and which are new or gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.booking.rules.lessons.lesson import Lesson
from app.booking.rules.request import Slot

CLOSE_ENOUGH = 4
"""Two lessons of one course are the same lesson changed when they agree in two of: when in the week, where, which weeks."""


@dataclass(frozen=True, slots=True)
class KeptLesson:
    """A lesson as the timetable last said it, with what became of it."""

    id: int
    lesson: Lesson
    learners: str
    state: str
    unit_id: int | None
    teacher_id: int | None
    booking_id: int | None
    asked_id: int | None = None
    left_out: tuple[Slot, ...] = ()

    @property
    def booking_ids(self) -> tuple[int, ...]:
        return tuple(each for each in (self.booking_id, self.asked_id) if each is not None)


@dataclass(slots=True)
class Pairing:
    """Every lesson of the file and every lesson that stands, each in exactly one of these."""

    same: list[tuple[Lesson, KeptLesson]] = field(default_factory=list)
    changed: list[tuple[Lesson, KeptLesson]] = field(default_factory=list)
    added: list[Lesson] = field(default_factory=list)
    gone: list[KeptLesson] = field(default_factory=list)


def pair(read: Sequence[Lesson], kept: Sequence[KeptLesson]) -> Pairing:
    """Equal lessons first; what is left of a course is paired by likeness, the likest first; the rest is new or gone."""
    pairing = Pairing()
    by_key = {each.lesson.key: each for each in kept}
    unpaired: dict[str, list[Lesson]] = {}
    for lesson in read:
        stands = by_key.pop(lesson.key, None)
        if stands is None:
            unpaired.setdefault(lesson.course, []).append(lesson)
        elif parts_changed(stands.lesson, lesson):
            pairing.changed.append((lesson, stands))
        else:
            pairing.same.append((lesson, stands))
    left: dict[str, list[KeptLesson]] = {}
    for each in by_key.values():
        left.setdefault(each.lesson.course, []).append(each)
    for course, lessons in unpaired.items():
        found, added = _by_likeness(lessons, left.get(course, []))
        pairing.changed += found
        pairing.added += added
        taken = {each.id for _, each in found}
        left[course] = [each for each in left.get(course, []) if each.id not in taken]
    pairing.gone = [each for rest in left.values() for each in rest]
    pairing.changed.sort(key=lambda both: both[0].row)
    pairing.added.sort(key=lambda lesson: lesson.row)
    return pairing


def _by_likeness(
    lessons: Sequence[Lesson], kept: Sequence[KeptLesson]
) -> tuple[list[tuple[Lesson, KeptLesson]], list[Lesson]]:
    needed = 2 if len(lessons) == len(kept) == 1 else CLOSE_ENOUGH
    scored = [
        (-score, at, other)
        for at, lesson in enumerate(lessons)
        for other, each in enumerate(kept)
        if (score := likeness(lesson, each.lesson)) >= needed
    ]
    found, used, taken = [], set(), set()
    for _, at, other in sorted(scored):
        if at not in used and other not in taken:
            used.add(at)
            taken.add(other)
            found.append((lessons[at], kept[other]))
    return found, [lesson for at, lesson in enumerate(lessons) if at not in used]


def likeness(one: Lesson, other: Lesson) -> int:
    """How alike two lessons of one course are: two points for each of when in the week, where and which weeks; fewer
    than two for all the rest together, so that they only decide between equals."""
    score = 2 * ((one.weekday, one.periods) == (other.weekday, other.periods))
    score += 2 * ((one.campus, one.room) == (other.campus, other.room))
    if one.weeks == other.weeks:
        score += 2
    elif set(one.weeks) & set(other.weeks):
        score += 1
    same_people = bool(one.teachers) and one.teachers == other.teachers
    same_class = bool(one.class_name) and one.class_name == other.class_name
    return score + (1 if same_people or same_class else 0)


PARTS = ("weeks", "when", "room", "words", "teachers")
"""What may have changed of a lesson: its weeks, its weekday or periods, its room or campus, its words, its teachers."""


def parts_changed(before: Lesson, after: Lesson) -> list[str]:
    """Which PARTS of a lesson the file says otherwise than before."""
    found = []
    if before.weeks != after.weeks:
        found.append("weeks")
    if (before.weekday, before.periods) != (after.weekday, after.periods):
        found.append("when")
    if (before.campus, before.room) != (after.campus, after.room):
        found.append("room")
    if words_of(before) != words_of(after):
        found.append("words")
    if before.teachers != after.teachers:
        found.append("teachers")
    return found


def words_of(lesson: Lesson) -> tuple[str, str, str, int | None]:
    """What a lesson says beside when, where and by whom."""
    return lesson.title, lesson.school, lesson.class_name, lesson.headcount
