"""Rows behind a calendar: the dates it tells, their units and places, and what tells whether any of it changed.

Read on plain columns with statements put together once: a feed has thousands of dates, and many calendars ask each hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, or_, select

from app.booking.rules.feed import Closed, Occurrence, Place, Window
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.catalogue.store import units as catalogue
from app.catalogue.tables import Lab, Ownership, Party, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.consortium.tables.people import Member, Person
from app.database import session
from app.timetable.tables import Closure

_dates, _bookings, _taken = BookingDate.__table__, Booking.__table__, Allocation.__table__
_units, _labs, _bases = UnitRow.__table__, Lab.__table__, TrainingBase.__table__
_people, _members = Person.__table__, Member.__table__
_shares, _parties = Ownership.__table__, Party.__table__
_closures = Closure.__table__

_LONGEST_REACH = timedelta(days=2)
"""An allocation begins at most so long before the part of a date that it stands for, set-up included."""
_ROOM: ColumnElement[str] = literal_column("'room'")
"""Written out: SQLite 3.53 stops with an internal error where a bound value meets the partial index on rooms in an OR."""
_PLACES = ("base", "lab", "unit")
_BOOKING = "booking"
"""A scope of its own, for the file of one booking: all its dates, whenever they are."""


def occurrences(scope: str, scope_id: int, window: Window) -> tuple[list[Occurrence], dict[int, list[tuple[int, int]]]]:
    """Every date the calendar tells, in order of time, and for each its units with how many of them; one statement."""
    dates: list[Occurrence] = []
    units: dict[int, list[tuple[int, int]]] = {}
    for unit_id, quantity, *values in _run(_occurrences(scope), scope_id, window):
        wanted = units.get(values[0])
        if wanted is None:
            dates.append(Occurrence._make(values))  # noqa: SLF001 - NamedTuple's own
            units[values[0]] = [(unit_id, quantity)]
        elif (unit_id, quantity) not in wanted:
            wanted.append((unit_id, quantity))
    return dates, units


def closures(scope: str, scope_id: int, window: Window) -> list[Closed]:
    """Every closure the calendar of a base, lab or unit tells, in order of time; one statement. Others tell none."""
    if scope not in _PLACES:
        return []
    found: dict[int, Closed] = {}
    for unit_id, *values in _run(_closed(scope), scope_id, window):
        known = found.get(values[0])
        units = (unit_id,) if known is None else (*known.unit_ids, unit_id)
        found[values[0]] = Closed._make([*values, units])  # noqa: SLF001 - NamedTuple's own
    return list(found.values())


def unit_ids_in(scope: str, scope_id: int) -> frozenset[int]:
    """The units a feed of a base, lab or unit is about; none for any other calendar."""
    if scope not in _PLACES:
        return frozenset()
    return frozenset(session().scalars(_unit_ids(scope), {"scope_id": scope_id}))


def places(unit_ids: Iterable[int], *, on: date | None) -> dict[int, Place]:
    """These units as calendars name them; with whose they are on a day, where that matters."""
    ids = sorted(set(unit_ids))
    if not ids:
        return {}
    owners = catalogue.owner_side(ids, on) if on else {}
    rows = session().execute(_places(), {"unit_ids": ids})
    return {row[0]: Place(*(*row, owners.get(row[0], frozenset()))) for row in rows}


def world(scope: str, scope_id: int, window: Window) -> tuple[datetime | None, tuple[int, ...]]:
    """The newest change among the dates told, and sums that differ whenever anything a feed is made of differs.

    One statement. Dates only ever rise in sequence, and every change of a thing with a name raises its version.
    """
    (row,) = _run(_world(scope), scope_id, window)
    moments, sums = row[:3], row[3:]
    newest = max((each for each in moments if each is not None), default=None)
    return newest, tuple(int(each or 0) for each in sums)


def _run(query: Select[Any], scope_id: int, window: Window) -> Any:
    answer = session().execute(
        query,
        {
            "scope_id": scope_id,
            "start": window.span.start,
            "end": window.span.end,
            "reach": window.span.start - _LONGEST_REACH,
            "cancelled_since": window.cancelled_since,
        },
    )
    return answer.all()


@lru_cache(maxsize=16)
def _occurrences(scope: str) -> Select[Any]:
    return (
        select(
            _taken.c.unit_id,
            _taken.c.quantity,
            _dates.c.id,
            _dates.c.booking_id,
            _bookings.c.uid,
            _dates.c.starts_at,
            _dates.c.ends_at,
            _dates.c.periods,
            _dates.c.state,
            _dates.c.sequence,
            _dates.c.changed_at,
            _bookings.c.title,
            _bookings.c.purpose,
            _bookings.c.headcount,
            _bookings.c.note,
            _bookings.c.holder_id,
            _bookings.c.requester_id,
            _bookings.c.member_id,
            _people.c.name,
            _members.c.name_zh,
            _members.c.name_en,
        )
        .join_from(_dates, _bookings, _bookings.c.id == _dates.c.booking_id)
        .join(_people, _people.c.id == _bookings.c.holder_id)
        .join(_members, _members.c.id == _bookings.c.member_id)
        .join(_taken, and_(_taken.c.date_id == _dates.c.id, _taken.c.asked))
        .where(*_told(scope))
        .order_by(_dates.c.starts_at, _dates.c.id, _taken.c.unit_id)
    )


@lru_cache(maxsize=1)
def _places() -> Select[Any]:
    return (
        select(
            _units.c.id,
            _units.c.kind == "room",
            _units.c.name_zh,
            _units.c.name_en,
            _labs.c.name_zh,
            _labs.c.name_en,
            _labs.c.place,
            _bases.c.name_zh,
            _bases.c.name_en,
            _bases.c.id,
        )
        .join_from(_units, _labs, _labs.c.id == _units.c.lab_id)
        .join(_bases, _bases.c.id == _labs.c.base_id)
        .where(_units.c.id.in_(bindparam("unit_ids", expanding=True)))
    )


@lru_cache(maxsize=16)
def _world(scope: str) -> Select[Any]:
    versioned = (_units, _labs, _bases, _members, _people)
    return (
        select(
            func.max(_dates.c.changed_at),
            _of_closures(scope, func.max(_closures.c.made_at)),
            _of_closures(scope, func.max(_closures.c.lifted_at)),
            _of_closures(scope, func.count()),
            _of_closures(scope, func.sum(_closures.c.id)),
            _of_closures(scope, func.count(_closures.c.lifted_at)),
            func.count(),
            func.sum(_dates.c.id),
            func.sum(_dates.c.sequence),
            func.sum(_bookings.c.version),
            *(select(func.sum(table.c.version)).scalar_subquery() for table in versioned),
            *(
                select(func.sum(column)).scalar_subquery()
                for table in (_shares, _parties)
                for column in (table.c.id, table.c.member_id)
            ),
        )
        .join_from(_dates, _bookings, _bookings.c.id == _dates.c.booking_id)
        .where(*_told(scope))
    )


@lru_cache(maxsize=4)
def _closed(scope: str) -> Select[Any]:
    return (
        select(
            _taken.c.unit_id,
            _closures.c.id,
            _closures.c.kind,
            _closures.c.starts_at,
            _closures.c.ends_at,
            _closures.c.reason,
            _closures.c.made_at,
            _closures.c.lifted_at,
        )
        .join_from(_closures, _taken, and_(_taken.c.closure_id == _closures.c.id, _taken.c.asked))
        .where(*_closed_then(), _taken.c.unit_id.in_(_unit_ids(scope)))
        .distinct()
        .order_by(_closures.c.starts_at, _closures.c.id, _taken.c.unit_id)
    )


def _of_closures(scope: str, what: Any) -> Any:
    """A number or moment of the closures told, as a part of the one statement; nothing where none are told."""
    if scope not in _PLACES:
        return literal_column("NULL")
    there = _taken.alias()
    of_feed = select(there.c.closure_id).where(
        there.c.unit_id.in_(_unit_ids(scope)), there.c.closure_id.is_not(None), there.c.asked
    )
    return select(what).select_from(_closures).where(*_closed_then(), _closures.c.id.in_(of_feed)).scalar_subquery()


def _closed_then() -> list[ColumnElement[bool]]:
    """Closures in the days a feed covers; one taken back is told as long as a cancelled date."""
    return [
        _closures.c.starts_at < bindparam("end"),
        _closures.c.ends_at > bindparam("start"),
        or_(
            _closures.c.lifted_at.is_(None),
            _closures.c.lifted_at > _closures.c.starts_at,
            _closures.c.lifted_at >= bindparam("cancelled_since"),
        ),
    ]


def _told(scope: str) -> list[ColumnElement[bool]]:
    """The dates a calendar tells, as conditions on dates joined to their booking."""
    if scope == _BOOKING:
        return [_bookings.c.id == bindparam("scope_id")]
    return [
        _dates.c.starts_at < bindparam("end"),
        _dates.c.ends_at > bindparam("start"),
        or_(_dates.c.state.in_(("waiting", "confirmed")), _dates.c.changed_at >= bindparam("cancelled_since")),
        _belongs(scope),
    ]


def _belongs(scope: str) -> ColumnElement[bool]:
    if scope == "person":
        return _bookings.c.holder_id == bindparam("scope_id")
    if scope == "member":
        return _bookings.c.member_id == bindparam("scope_id")
    there = _taken.alias()
    return _dates.c.id.in_(
        select(there.c.date_id).where(
            there.c.unit_id.in_(_unit_ids(scope)),
            there.c.starts_at < bindparam("end"),
            there.c.starts_at > bindparam("reach"),
            there.c.date_id.is_not(None),
            there.c.asked,
        )
    )


@lru_cache(maxsize=4)
def _unit_ids(scope: str) -> Select[Any]:
    """A base's and a lab's units; a unit and the room it stands in, because it is taken when the whole room is."""
    wanted: ColumnElement[int] = bindparam("scope_id")
    if scope == "base":
        return (
            select(_units.c.id).join_from(_units, _labs, _labs.c.id == _units.c.lab_id).where(_labs.c.base_id == wanted)
        )
    if scope == "lab":
        return select(_units.c.id).where(_units.c.lab_id == wanted)
    itself = _units.alias()
    its_lab = select(itself.c.lab_id).where(itself.c.id == wanted).scalar_subquery()
    return select(_units.c.id).where(
        or_(_units.c.id == wanted, and_(_units.c.kind == _ROOM, _units.c.lab_id == its_lab))
    )
