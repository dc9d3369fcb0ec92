"""Rows of what is taken, as a grid reads them: plain rows in one query, however many units and bookings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    String,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)

from app.booking.rules.request import LONGEST_PIECE
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.consortium.tables.people import Member, Person
from app.database import Instant, is_sqlite, session
from app.foundation.timespan import Span
from app.timetable.tables import Closure, Fault


def seconds_of(column: Any, from_micros: bool) -> ColumnElement[int]:
    """An instant as whole seconds since 1970, without making a datetime of it."""
    if from_micros:
        return type_coerce(column, BigInteger).op("/")(1_000_000)
    return cast(func.extract("epoch", column), BigInteger)


@cache
def _taken_query(from_micros: bool, with_parts: bool) -> Any:
    """Made once for each way of reading seconds; building it anew costs more than running it."""
    start, end = bindparam("window_start", type_=Instant()), bindparam("window_end", type_=Instant())
    held = (
        select(
            Allocation.unit_id,
            seconds_of(Allocation.starts_at, from_micros),
            seconds_of(Allocation.ends_at, from_micros),
            Allocation.quantity,
            Allocation.exclusive,
            Allocation.holds,
            Allocation.asked,
            BookingDate.state,
            Booking.id,
            Booking.holder_id,
            Booking.requester_id,
            Booking.member_id,
            Booking.title,
            Person.name,
            Member.name_zh,
            Member.name_en,
            Closure.kind,
            Closure.reason,
            Booking.origin,
        )
        .outerjoin(BookingDate, BookingDate.id == Allocation.date_id)
        .outerjoin(Booking, Booking.id == BookingDate.booking_id)
        .outerjoin(Person, Person.id == Booking.holder_id)
        .outerjoin(Member, Member.id == Booking.member_id)
        .outerjoin(Closure, Closure.id == Allocation.closure_id)
        .where(
            Allocation.unit_id.in_(bindparam("unit_ids", expanding=True)),
            Allocation.starts_at < end,
            Allocation.starts_at > bindparam("looks_from", type_=Instant()),
            Allocation.ends_at > start,
            or_(Allocation.holds, BookingDate.state == "waiting"),
            *([] if with_parts else [or_(Allocation.asked, Allocation.exclusive)]),
        )
    )
    nobody: list[Any] = [cast(null(), Integer)] * 4
    no_words: list[Any] = [cast(null(), String)] * 4
    broken = select(
        Fault.unit_id,
        seconds_of(Fault.began_at, from_micros),
        seconds_of(Fault.blocked_until, from_micros),
        Fault.quantity,
        Fault.whole,
        true(),
        true(),
        cast(null(), String),
        *nobody,
        *no_words,
        literal_column("'fault'"),
        literal_column("''"),
        cast(null(), String),
    ).where(Fault.unit_id.in_(bindparam("unit_ids", expanding=True)), Fault.began_at < end, Fault.blocked_until > start)
    return union_all(held, broken)


def taken_rows(unit_ids: Sequence[int], window: Span, *, with_parts: bool) -> Sequence[Any]:
    """All that is held of these units in the window, or waits for an answer, and where they are broken; one query.

    `with_parts`: also the part of a room that its machines take along, which says nothing new beside the machines.
    unit, start and end in seconds, quantity, exclusive, holds, asked, state of the date, booking, holder, requester,
    member, title, holder's name, member's names, kind (or fault) and reason of a closure, origin of the booking.
    """
    values = {
        "unit_ids": list(unit_ids),
        "window_start": window.start,
        "window_end": window.end,
        "looks_from": window.start - LONGEST_PIECE,
    }
    return session().execute(_taken_query(is_sqlite(), with_parts), values).all()
