"""Rows of the names that timetables use for rooms and teachers, and the units and people that they may mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, func, insert, select

from app.booking.rules.imports.names import Room, Rooms, Teachers, bare, room_text
from app.booking.store import people
from app.booking.store.lessons import SEPARATOR
from app.booking.tables.imports import Lesson as LessonRow
from app.booking.tables.imports import Name
from app.catalogue.tables import Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.database import session


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
    return [Unmatched(room_text(campus, room), campus, room, *rest) for campus, room, *rest in rows]


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
