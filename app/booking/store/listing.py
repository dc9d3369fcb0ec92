"""Rows of bookings as lists and pages show them, with the names that belong to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)

from app.booking.rules.course import CANCELLED, CONFIRMED, REFUSED, WAITING
from app.booking.rules.listing import PAST, Event, Filters, Line, Named, PlacedUnit, sort_of
from app.booking.store.visible import visible
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.catalogue.tables import Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.consortium.rules.scope import Scope
from app.consortium.tables.people import Member, Person
from app.database import session
from app.foundation.timespan import Span
from app.trail.tables import Entry


def lines(scope: Scope, filters: Filters, now: datetime, limit: int, offset: int) -> list[Line]:
    """A stretch of the list, in three queries whatever its length."""
    summed = _dates_summed(scope, filters, now)
    shown_at = func.coalesce(summed.c.next_at, summed.c.first_at)
    word, down = sort_of(filters.sort)
    column: SQLColumnExpression[Any] = {
        "start": shown_at,
        "title": Booking.title,
        "holder": Person.name,
        "created": Booking.created_at,
    }[word]
    if word == "start" and filters.when == PAST and not filters.sort:
        down = True
    rows = session().execute(
        select(
            Booking.id,
            Booking.title,
            Booking.purpose,
            summed.c.state,
            Booking.version,
            Booking.headcount,
            Booking.created_at,
            Person.name,
            Member.id,
            Member.name_zh,
            Member.name_en,
            shown_at.label("shown_at"),
            summed.c.dates,
            summed.c.left,
        )
        .join(summed, summed.c.booking_id == Booking.id)
        .join(Person, Person.id == Booking.holder_id)
        .join(Member, Member.id == Booking.member_id)
        .where(*_having(summed, filters))
        .order_by(column.desc() if down else column.asc(), Booking.id)
        .limit(limit)
        .offset(offset)
    )
    found = rows.all()
    dated = _dates_at([(row.id, row.shown_at) for row in found])
    placed = placed_units([date_id for date_id, _, _ in dated.values()])
    return [
        Line(
            id=row.id,
            title=row.title,
            purpose=row.purpose,
            state=row.state,
            version=row.version,
            headcount=row.headcount,
            created_at=row.created_at,
            holder=row.name,
            member=Named(row[8], row[9], row[10]),
            span=dated[row.id][1],
            periods=dated[row.id][2],
            dates=row.dates,
            left=row.left,
            units=placed.get(row.id, ()),
        )
        for row in found
    ]


def count(scope: Scope, filters: Filters, now: datetime) -> int:
    summed = _dates_summed(scope, filters, now)
    query = select(func.count()).select_from(summed).where(*_having(summed, filters))
    return session().execute(query).scalar_one()


def _dates_summed(scope: Scope, filters: Filters, now: datetime) -> Subquery:
    """The bookings in the scope that the filters let through, each with its dates summed up."""
    wanted: list[ColumnElement[bool]] = [visible(scope)]
    if filters.purpose:
        wanted.append(Booking.purpose == filters.purpose)
    if filters.text:
        holders = select(Person.id).where(Person.name.icontains(filters.text, autoescape=True))
        wanted.append(or_(Booking.title.icontains(filters.text, autoescape=True), Booking.holder_id.in_(holders)))
    if filters.base_id is not None:
        here = (
            select(Allocation.date_id)
            .join(UnitRow, UnitRow.id == Allocation.unit_id)
            .join(Lab, Lab.id == UnitRow.lab_id)
            .where(Lab.base_id == filters.base_id, Allocation.asked, Allocation.date_id.is_not(None))
        )
        wanted.append(Booking.id.in_(select(BookingDate.booking_id).where(BookingDate.id.in_(here))))
    to_come = and_(BookingDate.state.in_((WAITING, CONFIRMED)), BookingDate.ends_at > now)
    if filters.when != PAST:  # found by their dates first, so that years of the past are not summed up
        wanted.append(BookingDate.booking_id.in_(select(BookingDate.booking_id).where(to_come)))
    elif filters.since is not None:
        recent = select(BookingDate.booking_id).where(BookingDate.starts_at >= filters.since)
        wanted.append(BookingDate.booking_id.in_(recent))
    summed = (
        select(
            BookingDate.booking_id,
            func.count().label("dates"),
            func.count(case((to_come, 1))).label("left"),
            func.min(case((to_come, BookingDate.starts_at))).label("next_at"),
            func.min(BookingDate.starts_at).label("first_at"),
            case(
                *[
                    (func.count(case((BookingDate.state == state, 1))) > 0, state)
                    for state in (WAITING, CONFIRMED, REFUSED)
                ],
                else_=CANCELLED,
            ).label("state"),
        )
        .where(*wanted)
        .group_by(BookingDate.booking_id)
    )
    if not (scope.everything and filters.purpose == filters.text == "" and filters.base_id is None):
        summed = summed.join(Booking, Booking.id == BookingDate.booking_id)
    return summed.subquery()


def _having(summed: Subquery, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [summed.c.left == 0 if filters.when == PAST else summed.c.left > 0]
    if filters.state:
        found.append(summed.c.state == filters.state)
    return found


def _dates_at(wanted: Sequence[tuple[int, datetime]]) -> dict[int, tuple[int, Span, str]]:
    """For each booking the date that begins then: its id, time and periods."""
    if not wanted:
        return {}
    starts = dict(wanted)
    rows = session().execute(
        select(BookingDate.booking_id, BookingDate.id, BookingDate.starts_at, BookingDate.ends_at, BookingDate.periods)
        .where(BookingDate.booking_id.in_(list(starts)), BookingDate.starts_at.in_(sorted(set(starts.values()))))
        .order_by(BookingDate.id.desc())
    )
    return {
        booking_id: (date_id, Span(start, end), periods)
        for booking_id, date_id, start, end, periods in rows
        if starts[booking_id] == start
    }


def placed_units(date_ids: Sequence[int]) -> dict[int, tuple[PlacedUnit, ...]]:
    """By booking: the units that these dates asked for, with where they stand."""
    if not date_ids:
        return {}
    found: dict[int, dict[int, PlacedUnit]] = {}
    asked: Select[Any] = select().add_columns(BookingDate.booking_id, Allocation.quantity)
    query = (
        _with_place(asked)
        .join(Allocation, Allocation.date_id == BookingDate.id)
        .join(UnitRow, UnitRow.id == Allocation.unit_id)
        .where(BookingDate.id.in_(list(date_ids)), Allocation.asked)
    )
    for booking_id, quantity, *rest in session().execute(_joined(query)):
        unit = _placed(quantity, rest)
        found.setdefault(booking_id, {})[unit.unit_id] = unit
    return {booking_id: tuple(units.values()) for booking_id, units in found.items()}


def places(unit_ids: Sequence[int]) -> dict[int, PlacedUnit]:
    """These units with where they stand; `quantity` is 1."""
    if not unit_ids:
        return {}
    query = _joined(_with_place(select()).where(UnitRow.id.in_(list(unit_ids))))
    return {unit.unit_id: unit for unit in (_placed(1, list(row)) for row in session().execute(query))}


def siblings(lab_ids: Sequence[int]) -> list[PlacedUnit]:
    """Everything that can be booked in these labs and is not retired, the whole lab first."""
    if not lab_ids:
        return []
    query = _joined(_with_place(select()).where(UnitRow.lab_id.in_(list(lab_ids)), UnitRow.retired_on.is_(None)))
    found = [_placed(1, list(row)) for row in session().execute(query)]
    return sorted(found, key=lambda unit: (unit.lab.id, unit.kind != "room", unit.unit_id))


def _with_place(query: Select[Any]) -> Select[Any]:
    return query.add_columns(
        UnitRow.id,
        UnitRow.kind,
        UnitRow.capacity,
        UnitRow.name_zh,
        UnitRow.name_en,
        Lab.id,
        Lab.name_zh,
        Lab.name_en,
        TrainingBase.id,
        TrainingBase.name_zh,
        TrainingBase.name_en,
        Lab.place,
        TrainingBase.address,
        func.coalesce(TrainingBase.calendar_member_id, TrainingBase.host_id),
    )


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Lab, Lab.id == UnitRow.lab_id)
        .join(TrainingBase, TrainingBase.id == Lab.base_id)
        .order_by(UnitRow.lab_id, UnitRow.id)
    )


def _placed(quantity: int, row: Sequence[Any]) -> PlacedUnit:
    unit_id, kind, capacity, name_zh, name_en, *rest = row
    return PlacedUnit(
        unit_id, kind, capacity, quantity, name_zh, name_en, Named(*rest[:3]), Named(*rest[3:6]), *rest[6:9]
    )


def bases(scope: Scope) -> list[Named]:
    """The bases in which the scope's bookings may lie: for a filter to choose from."""
    rows = session().execute(
        select(TrainingBase.id, TrainingBase.name_zh, TrainingBase.name_en)
        .where(TrainingBase.retired_on.is_(None))
        .order_by(TrainingBase.code)
    )
    return [] if scope.is_empty else [Named(*row) for row in rows]


def people(person_ids: Sequence[int]) -> dict[int, str]:
    """Names by id."""
    wanted = sorted(set(person_ids))
    if not wanted:
        return {}
    return {row[0]: row[1] for row in session().execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))}


def people_and_codes(person_ids: Sequence[int], member_ids: Sequence[int]) -> tuple[dict[int, str], dict[int, str]]:
    """Names of people and codes of members, by id; one query."""
    if not person_ids and not member_ids:
        return {}, {}
    rows = session().execute(
        union_all(
            select(literal("person"), Person.id, Person.name).where(Person.id.in_(sorted(set(person_ids)))),
            select(literal("member"), Member.id, Member.code).where(Member.id.in_(sorted(set(member_ids)))),
        )
    )
    found: dict[str, dict[int, str]] = {"person": {}, "member": {}}
    for kind, row_id, words in rows:
        found[kind][row_id] = words
    return found["person"], found["member"]


def members(member_ids: Sequence[int]) -> dict[int, Named]:
    wanted = sorted(set(member_ids))
    rows = session().execute(select(Member.id, Member.name_zh, Member.name_en).where(Member.id.in_(wanted)))
    return {row[0]: Named(*row) for row in rows}


def base_names(base_ids: Sequence[int]) -> dict[int, Named]:
    wanted = sorted(set(base_ids))
    rows = session().execute(
        select(TrainingBase.id, TrainingBase.name_zh, TrainingBase.name_en).where(TrainingBase.id.in_(wanted))
    )
    return {row[0]: Named(*row) for row in rows}


def history(booking_id: int) -> list[Event]:
    """What the trail says about a booking, oldest first."""
    rows = session().execute(
        select(Entry.at, Entry.deed, func.coalesce(Person.name, ""), Entry.before, Entry.after)
        .outerjoin(Person, Person.id == Entry.person_id)
        .where(Entry.object_kind == "booking", Entry.object_id == booking_id)
        .order_by(Entry.at, Entry.id)
    )
    return [Event(*row) for row in rows]
