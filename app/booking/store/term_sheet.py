"""Rows for a term at a glance: the dates of a lab, a unit, a class, a teacher or a member, with the lessons they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select, union

from app.booking.rules.request import LONGEST_PIECE
from app.booking.store.taken import seconds_of
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.booking.tables.imports import Lesson
from app.catalogue.tables import Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.consortium.tables.people import Member, Person
from app.database import is_sqlite, session, table_of
from app.foundation.timespan import Span
from app.timetable.tables import BellTable, Closure, DayRule, Term

MOST_ROWS = 20_000
"""So many dates of one sheet are read; a lab has a few hundred in a term."""


class DateRow(NamedTuple):
    """One date of one unit, with everything that decides who may read what of it."""

    date_id: int | None
    booking_id: int | None
    start: int
    end: int
    periods: str
    state: str
    holds: bool
    origin: str
    title: str
    holder_id: int
    requester_id: int
    member_id: int
    holder: str
    teachers: str
    class_name: str
    unit_id: int
    unit_kind: str
    unit_zh: str
    unit_en: str
    lab_zh: str
    lab_en: str
    base_id: int
    closure_kind: str
    closure_reason: str


class LessonRow(NamedTuple):
    """A lesson that no booking stands for: its room is unknown, or taken."""

    member_id: int
    title: str
    class_name: str
    teachers: str
    room: str
    weeks: str
    weekday: int | None
    periods: str
    teacher_id: int | None


class Place(NamedTuple):
    """A lab or unit, by its names, and where it stands."""

    name_zh: str
    name_en: str
    lab_id: int
    lab_zh: str
    lab_en: str
    base_id: int
    calendar_id: int
    campus: str
    is_room: bool
    base_zh: str
    base_en: str


def of_place(lab_id: int | None, unit_id: int | None, window: Span) -> list[DateRow]:
    """The dates and closures of a lab with all that stands in it, or of one unit with what takes its whole room."""
    if lab_id is not None:
        where: ColumnElement[bool] = UnitRow.lab_id == lab_id
    else:
        room = select(UnitRow.lab_id).where(UnitRow.id == unit_id).scalar_subquery()
        where = or_(
            UnitRow.id == unit_id,
            and_(UnitRow.lab_id == room, UnitRow.kind == "room", Allocation.exclusive),
        )
    return _rows(where, window)


def of_class(class_name: str, window: Span) -> list[DateRow]:
    return _rows(Lesson.class_name.contains(class_name, autoescape=True), window)


def of_teacher(person_id: int | None, name: str, window: Span) -> list[DateRow]:
    """What a person teaches, or holds herself; or, by name alone, the lessons whose teachers are written so."""
    if person_id is not None:
        return _rows(
            or_(Lesson.teacher_id == person_id, and_(Lesson.id.is_(None), Booking.holder_id == person_id)), window
        )
    return _rows(Lesson.teachers.contains(name, autoescape=True), window)


def of_member(member_id: int, window: Span) -> list[DateRow]:
    return _rows(Booking.member_id == member_id, window)


def _rows(where: ColumnElement[bool], window: Span) -> list[DateRow]:
    from_micros = is_sqlite()
    query: Any = (
        select(
            BookingDate.id,
            BookingDate.booking_id,
            seconds_of(func.coalesce(BookingDate.starts_at, Allocation.starts_at), from_micros),
            seconds_of(func.coalesce(BookingDate.ends_at, Allocation.ends_at), from_micros),
            func.coalesce(BookingDate.periods, ""),
            func.coalesce(BookingDate.state, ""),
            Allocation.holds,
            func.coalesce(Booking.origin, ""),
            func.coalesce(Booking.title, ""),
            func.coalesce(Booking.holder_id, 0),
            func.coalesce(Booking.requester_id, 0),
            func.coalesce(Booking.member_id, 0),
            func.coalesce(Person.name, ""),
            *(func.coalesce(column, "") for column in (Lesson.teachers, Lesson.class_name)),
            UnitRow.id,
            UnitRow.kind,
            UnitRow.name_zh,
            UnitRow.name_en,
            Lab.name_zh,
            Lab.name_en,
            Lab.base_id,
            func.coalesce(Closure.kind, ""),
            func.coalesce(Closure.reason, ""),
        )
        .select_from(Allocation)
        .join(UnitRow, UnitRow.id == Allocation.unit_id)
        .join(Lab, Lab.id == UnitRow.lab_id)
        .outerjoin(BookingDate, BookingDate.id == Allocation.date_id)
        .outerjoin(Booking, Booking.id == BookingDate.booking_id)
        .outerjoin(Person, Person.id == Booking.holder_id)
        .outerjoin(Lesson, Lesson.booking_id == Booking.id)
        .outerjoin(Closure, Closure.id == Allocation.closure_id)
        .where(
            where,
            Allocation.asked,
            Allocation.starts_at < window.end,
            Allocation.starts_at > window.start - LONGEST_PIECE,
            Allocation.ends_at > window.start,
            or_(Allocation.holds, BookingDate.state == "waiting"),
        )
        .order_by(Allocation.starts_at, BookingDate.id, UnitRow.kind != "room", UnitRow.id)
        .limit(MOST_ROWS)
    )
    return [DateRow(*row) for row in session().execute(query)]


def unplaced(
    term_id: int, *, class_name: str = "", person_id: int | None = None, teacher: str = "", member_id: int | None = None
) -> list[LessonRow]:
    """Lessons of a term without a booking, of a class, a teacher or a member."""
    query: Any = select(
        Lesson.member_id,
        Lesson.title,
        Lesson.class_name,
        Lesson.teachers,
        Lesson.room,
        Lesson.weeks,
        Lesson.weekday,
        Lesson.periods,
        Lesson.teacher_id,
    ).where(Lesson.term_id == term_id, Lesson.booking_id.is_(None), Lesson.state != "gone")
    if class_name:
        query = query.where(Lesson.class_name.contains(class_name, autoescape=True))
    if person_id is not None:
        query = query.where(Lesson.teacher_id == person_id)
    if teacher:
        query = query.where(Lesson.teachers.contains(teacher, autoescape=True))
    if member_id is not None:
        query = query.where(Lesson.member_id == member_id)
    return [LessonRow(*row) for row in session().execute(query.order_by(Lesson.id).limit(MOST_ROWS))]


def place(lab_id: int | None, unit_id: int | None) -> Place | None:
    """A lab, or else a unit."""
    query: Any = select(
        UnitRow.name_zh if lab_id is None else Lab.name_zh,
        UnitRow.name_en if lab_id is None else Lab.name_en,
        Lab.id,
        Lab.name_zh,
        Lab.name_en,
        TrainingBase.id,
        func.coalesce(TrainingBase.calendar_member_id, TrainingBase.host_id),
        TrainingBase.campus,
        UnitRow.kind == "room",
        TrainingBase.name_zh,
        TrainingBase.name_en,
    ).join(Lab, Lab.id == UnitRow.lab_id)
    query = query.join(TrainingBase, TrainingBase.id == Lab.base_id)
    query = (
        query.where(UnitRow.id == unit_id) if lab_id is None else query.where(Lab.id == lab_id, UnitRow.kind == "room")
    )
    row = session().execute(query).first()
    return Place(*row) if row else None


def written_names(member_ids: Sequence[int] | None, most: int = 400) -> tuple[list[str], list[str]]:
    """The classes and the teachers as the lessons of these members (None: of all) write them; two queries."""
    found: list[list[str]] = []
    if member_ids is not None and not member_ids:
        return [], []
    for column in (Lesson.class_name, Lesson.teachers):
        query = select(column).where(column != "", Lesson.state != "gone").distinct().order_by(column).limit(most)
        if member_ids is not None:
            query = query.where(Lesson.member_id.in_(list(member_ids)))
        found.append([str(text) for text in session().scalars(query)])
    return found[0], found[1]


class CalendarOwner(NamedTuple):
    """A member with a teaching calendar of its own."""

    id: int
    name_zh: str
    name_en: str


def calendar_owners() -> list[CalendarOwner]:
    """The members whose calendar differs from the consortium's: own terms, bells or days."""
    return [CalendarOwner(*row) for row in session().execute(_owners_query())]


@cache
def _owners_query() -> Any:
    """Made once: every grid asks it."""
    member = table_of(Member).c
    own = union(
        *(select(each.c.member_id) for each in (table_of(Term), table_of(BellTable), table_of(DayRule)))
    ).subquery()
    return (
        select(member.id, member.name_zh, member.name_en)
        .where(member.id.in_(select(own.c.member_id).where(own.c.member_id.is_not(None))))
        .order_by(member.code)
    )


def member_name(member_id: int) -> CalendarOwner | None:
    row: Any = (
        session().execute(select(Member.id, Member.name_zh, Member.name_en).where(Member.id == member_id)).first()
    )
    return CalendarOwner(*row) if row else None
