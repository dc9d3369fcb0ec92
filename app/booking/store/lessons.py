"""Rows of lessons and of the names timetables use, to values and back; the dates that lessons stand on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from app.booking.rules.imports.delta import Standing
from app.booking.rules.imports.matching import KeptLesson
from app.booking.rules.imports.names import Room, Rooms, Teachers, bare
from app.booking.rules.lessons.lesson import LONGEST_ROOM, Lesson
from app.booking.rules.request import Slot
from app.booking.store import people
from app.booking.tables import Allocation, Booking, BookingDate, Name
from app.booking.tables import Lesson as LessonRow
from app.catalogue.tables import Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.consortium.tables import Person
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


# ── names ──


def names(member_id: int, kind: str) -> dict[str, int]:
    """What a member's texts for rooms (unit ids) or teachers (person ids) mean, as somebody said."""
    column = Name.unit_id if kind == "room" else Name.person_id
    rows: Any = session().execute(select(Name.text, column).where(Name.member_id == member_id, Name.kind == kind))
    return dict(tuple(row) for row in rows)


def put_name(member_id: int, kind: str, text: str, said: int | None) -> None:
    """Keep what a text means, or forget it."""
    session().execute(delete(Name).where(Name.member_id == member_id, Name.kind == kind, Name.text == text))
    if said is not None:
        thing = {"unit_id": said, "person_id": None} if kind == "room" else {"unit_id": None, "person_id": said}
        session().execute(insert(Name).values(member_id=member_id, kind=kind, text=text, **thing))


def rooms(member_id: int) -> Rooms:
    """All rooms there are, as a member's timetable may call them; two queries."""
    rows: Any = session().execute(
        select(
            UnitRow.id,
            Lab.base_id,
            TrainingBase.campus,
            TrainingBase.code,
            TrainingBase.name_zh,
            TrainingBase.name_en,
            Lab.code,
            Lab.name_zh,
            Lab.name_en,
            Lab.place,
            UnitRow.code,
            func.coalesce(TrainingBase.calendar_member_id, TrainingBase.host_id),
            TrainingBase.host_id,
            TrainingBase.operator_id,
            TrainingBase.keeping_member_id,
        )
        .join(Lab, Lab.id == UnitRow.lab_id)
        .join(TrainingBase, TrainingBase.id == Lab.base_id)
        .where(UnitRow.kind == "room", UnitRow.retired_on.is_(None), Lab.retired_on.is_(None))
        .order_by(UnitRow.id)
    )
    found = []
    for unit_id, base_id, campus, base_code, base_zh, base_en, *lab, calendar_id, host, operator, keeper in rows:
        written = (campus, base_code, base_code.partition("-")[2], base_zh, base_en)  # CAMPUS-东区 names its campus
        campuses = {bare(each) for each in written if each}
        called = {bare(each) for each in lab if each}
        label = f"{base_zh} · {lab[1]}" + (f" ({lab[3]})" if lab[3] else "")
        own = member_id in (host, operator, keeper)
        found.append(Room(unit_id, base_id, frozenset(campuses), frozenset(called), label, own, calendar_id, campus))
    return Rooms(found, names(member_id, "room"))


def teachers(member_id: int, today: date) -> Teachers:
    """The people of a member who hold an office today; two queries."""
    return Teachers(people.of_member(member_id, today), names(member_id, "teacher"))


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A text of timetables that nobody knows yet: how many lessons wait for it, and one of them."""

    text: str
    campus: str
    room: str
    lessons: int
    example: str


def unknown_rooms(member_id: int) -> list[Unmatched]:
    """Rooms of a member's timetables that are not matched to a unit, the most wanted first."""
    rows: Any = session().execute(
        select(LessonRow.campus, LessonRow.room, func.count(), func.min(LessonRow.title))
        .where(LessonRow.member_id == member_id, LessonRow.state == "unknown_room")
        .group_by(LessonRow.campus, LessonRow.room)
        .order_by(func.count().desc(), LessonRow.campus, LessonRow.room)
    )
    return [Unmatched(f"{campus} / {room}" if campus else room, campus, room, *rest) for campus, room, *rest in rows]


def unknown_teachers(member_id: int) -> dict[str, int]:
    """Teachers of a member's timetables whose lessons are nobody's yet, as written, with how many lessons."""
    rows: Any = session().execute(
        select(LessonRow.teachers, func.count())
        .where(LessonRow.member_id == member_id, LessonRow.teacher_id.is_(None), LessonRow.teachers != "")
        .group_by(LessonRow.teachers)
    )
    found: dict[str, int] = {}
    for text, count in rows:
        for name in text.split(SEPARATOR):
            found[name] = found.get(name, 0) + count
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def terms_with(member_id: int, state: str) -> list[tuple[int, str]]:
    """(term, learners) of a member's timetables that have lessons in this state."""
    rows: Any = session().execute(
        select(LessonRow.term_id, LessonRow.learners)
        .where(LessonRow.member_id == member_id, LessonRow.state == state)
        .distinct()
        .order_by(LessonRow.term_id)
    )
    return [tuple(row) for row in rows]


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
