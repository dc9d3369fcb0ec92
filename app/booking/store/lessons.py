"""Rows of lessons and of the names timetables use, to values and back; the dates that lessons stand on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from app.booking.rules.imports.delta import Standing
from app.booking.rules.imports.matching import KeptLesson
from app.booking.rules.imports.names import bare
from app.booking.rules.lessons.lesson import LONGEST_ROOM, Lesson
from app.booking.rules.request import Slot
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.booking.tables.imports import Lesson as LessonRow
from app.consortium.tables.people import Person
from app.database import hold, session, table_of
from app.foundation.timespan import Span
from app.timetable.rules.weeks import periods_text, read_periods, read_weeks, weeks_text

CHUNK = 500
"""Ids in one query."""

_LESSON = (
    LessonRow.id,
    LessonRow.learners,
    LessonRow.state,
    LessonRow.unit_id,
    LessonRow.teacher_id,
    LessonRow.booking_id,
    LessonRow.asked_id,
    LessonRow.left_out,
    LessonRow.course,
    LessonRow.title,
    LessonRow.school,
    LessonRow.class_name,
    LessonRow.teachers,
    LessonRow.headcount,
    LessonRow.campus,
    LessonRow.room,
    LessonRow.weeks,
    LessonRow.weekday,
    LessonRow.periods,
)

_ADD: Any = insert(table_of(LessonRow)).returning(table_of(LessonRow).c.id)

SEPARATOR = "、"


def kept(member_id: int, term_id: int, learners: str) -> list[KeptLesson]:
    """The lessons of a member's timetable that stand, for one kind of learners."""
    rows: Any = session().execute(
        select(*_LESSON)
        .where(
            LessonRow.member_id == member_id,
            LessonRow.term_id == term_id,
            LessonRow.learners == learners,
            LessonRow.state != "gone",
        )
        .order_by(LessonRow.id)
    )
    return [_kept(row) for row in rows]


def by_ids(lesson_ids: Iterable[int], *, lock: bool = False) -> dict[int, KeptLesson]:
    """These lessons by id, locked until the transaction ends where asked."""
    ids = sorted(set(lesson_ids))
    if lock and ids:
        hold(LessonRow, LessonRow.id.in_(ids))
    rows: Any = session().execute(select(*_LESSON).where(LessonRow.id.in_(ids))) if ids else ()
    return {row[0]: _kept(row) for row in rows}


def keys(member_id: int, term_id: int, wanted: Iterable[str]) -> set[str]:
    """Which of these keys a lesson of the timetable has already."""
    query = select(LessonRow.key).where(
        LessonRow.member_id == member_id, LessonRow.term_id == term_id, LessonRow.key.in_(list(wanted))
    )
    return set(session().scalars(query))


def _kept(row: Any) -> KeptLesson:
    lesson_id, learners, state, unit_id, teacher_id, booking_id, asked_id, left_out, *words = row
    course, title, school, class_name, teachers, headcount, campus, room, weeks, weekday, periods = words
    lesson = Lesson(
        row=0,
        course=course,
        title=title,
        school=school,
        class_name=class_name,
        teachers=tuple(teachers.split(SEPARATOR)) if teachers else (),
        headcount=headcount,
        campus=campus,
        room=room,
        weeks=read_weeks(weeks),
        weekday=weekday,
        periods=read_periods(periods) if periods else (),
    )
    left = tuple(
        Slot(Span(datetime.fromisoformat(start), datetime.fromisoformat(end)), label)
        for start, end, label in json.loads(left_out)
    )
    return KeptLesson(lesson_id, lesson, learners, state, unit_id, teacher_id, booking_id, asked_id, left)


def fitting(lesson: Lesson) -> Lesson:
    """A lesson with its words cut to what is kept, so that what is read again is equal."""
    teachers = lesson.teachers
    while len(SEPARATOR.join(teachers)) > 200:
        teachers = teachers[:-1]
    return replace(
        lesson,
        course=lesson.course[:120],
        title=lesson.title[:120],
        school=lesson.school[:120],
        class_name=lesson.class_name[:200],
        teachers=tuple(each.replace(SEPARATOR, " ") for each in teachers if each),
        campus=lesson.campus[:60],
        room=lesson.room[: max(LONGEST_ROOM, 60)],
    )


def _columns(lesson: Lesson, learners: str) -> dict[str, Any]:
    return {
        "key": key_of(lesson, learners),
        "course": lesson.course,
        "title": lesson.title,
        "school": lesson.school,
        "class_name": lesson.class_name,
        "teachers": SEPARATOR.join(lesson.teachers),
        "headcount": lesson.headcount,
        "learners": learners,
        "campus": lesson.campus,
        "room": lesson.room,
        "weeks": weeks_text(lesson.weeks),
        "weekday": lesson.weekday,
        "periods": periods_text(lesson.periods),
    }


def key_of(lesson: Lesson, learners: str) -> str:
    """The key a lesson is kept under: learners of another kind have lessons of their own."""
    return f"{lesson.key}/{bare(learners)[:30]}" if learners else lesson.key


def add(member_id: int, term_id: int, lesson: Lesson, learners: str, now: datetime, **columns: Any) -> int:
    """Keep a lesson; its id."""
    row = {
        "member_id": member_id,
        "term_id": term_id,
        "state": "clash",
        "unit_id": None,
        "teacher_id": None,
        "booking_id": None,
        "asked_id": None,
        "left_out": "[]",
        "import_id": None,
        "changed_at": now,
    }
    row |= _columns(lesson, learners) | columns
    lesson_id: int = session().execute(_ADD, row).scalar_one()
    return lesson_id


def put(lesson_id: int, now: datetime, lesson: Lesson | None = None, learners: str = "", **columns: Any) -> None:
    """Set what became of a lesson, and what it says where that is given."""
    if lesson is not None:
        columns = _columns(lesson, learners) | columns
    session().execute(update(LessonRow).where(LessonRow.id == lesson_id).values(**columns, changed_at=now))


def forget(lesson_id: int) -> None:
    """Take a lesson away that is no longer taught; the booking it was stays in the books."""
    session().execute(delete(LessonRow).where(LessonRow.id == lesson_id))


def left_out_text(slots: Sequence[Slot]) -> str:
    return json.dumps([[slot.span.start.isoformat(), slot.span.end.isoformat(), slot.periods] for slot in slots])


def standing(booking_ids: Iterable[int]) -> dict[int, list[Standing]]:
    """The dates of these bookings by booking, with the units each takes; few queries, whatever their number."""
    ids = sorted(set(booking_ids))
    found: dict[int, Any] = {}
    for start in range(0, len(ids), CHUNK):
        rows: Any = session().execute(
            select(
                BookingDate.id,
                BookingDate.booking_id,
                BookingDate.starts_at,
                BookingDate.ends_at,
                BookingDate.periods,
                BookingDate.state,
                Allocation.unit_id,
            )
            .join(Allocation, Allocation.date_id == BookingDate.id)
            .where(BookingDate.booking_id.in_(ids[start : start + CHUNK]), Allocation.asked)
            .order_by(BookingDate.starts_at, BookingDate.id)
        )
        for date_id, booking_id, begins, ends, periods, state, unit_id in rows:
            known = found.get(date_id)
            units = (known.unit_ids if known else frozenset()) | {unit_id}
            is_open = state in ("waiting", "confirmed")
            found[date_id] = Standing(date_id, booking_id, Span(begins, ends), periods, is_open, units)
    by_booking: dict[int, list[Standing]] = {}
    for each in found.values():
        by_booking.setdefault(each.booking_id, []).append(each)
    return by_booking


def purposes(booking_ids: Iterable[int]) -> dict[int, str]:
    """What these bookings are for."""
    ids = sorted(set(booking_ids))
    found: dict[int, str] = {}
    for start in range(0, len(ids), CHUNK):
        rows: Any = session().execute(
            select(Booking.id, Booking.purpose).where(Booking.id.in_(ids[start : start + CHUNK]))
        )
        found |= dict(tuple(row) for row in rows)
    return found


def titles(booking_ids: Iterable[int]) -> Mapping[int, tuple[str, int, int, str]]:
    """Title, holder, member and holder's name of bookings by id, for whoever may see them."""
    ids = sorted({each for each in booking_ids if each > 0})
    found: dict[int, tuple[str, int, int, str]] = {}
    for start in range(0, len(ids), CHUNK):
        rows: Any = session().execute(
            select(Booking.id, Booking.title, Booking.holder_id, Booking.member_id, Person.name)
            .join(Person, Person.id == Booking.holder_id)
            .where(Booking.id.in_(ids[start : start + CHUNK]))
        )
        found |= {row[0]: tuple(row[1:]) for row in rows}
    return found


def date_counts(kept: Iterable[KeptLesson]) -> dict[int, int]:
    """How many open dates the bookings of these lessons have, by the lesson's id."""
    lesson_of = {booking_id: each.id for each in kept for booking_id in each.booking_ids}
    ids = sorted(lesson_of)
    found: dict[int, int] = {}
    for start in range(0, len(ids), CHUNK):
        rows: Any = session().execute(
            select(BookingDate.booking_id, func.count())
            .where(
                BookingDate.booking_id.in_(ids[start : start + CHUNK]),
                BookingDate.state.in_(("waiting", "confirmed")),
            )
            .group_by(BookingDate.booking_id)
        )
        for booking_id, count in rows:
            lesson_id = lesson_of[booking_id]
            found[lesson_id] = found.get(lesson_id, 0) + count
    return found
