"""Rows of what faults and closures are in the way of: what is held then, and who was told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, false, insert, or_, select, true, update

from app.booking.rules.conflict import Taken
from app.booking.rules.course import OPEN_STATES
from app.booking.rules.request import LONGEST_PIECE
from app.booking.store.visible import on_the_owner_side
from app.booking.tables.bookings import Allocation, BookingDate
from app.booking.tables.faults import FaultHit
from app.consortium.rules.scope import Scope
from app.database import session
from app.foundation.timespan import Span
from app.timetable.store.faults import reported_by, reported_of


class Standing(NamedTuple):
    """A stretch that an open date of a booking takes or asks for."""

    taken: Taken
    booking_id: int
    date_id: int


def standing(unit_ids: Collection[int], window: Span) -> list[Standing]:
    """What open dates of bookings, waiting ones too, take of these units in a window; the earliest first."""
    rows = session().execute(
        select(
            Allocation.unit_id,
            Allocation.starts_at,
            Allocation.ends_at,
            Allocation.quantity,
            Allocation.exclusive,
            BookingDate.id,
            BookingDate.booking_id,
        )
        .join(BookingDate, BookingDate.id == Allocation.date_id)
        .where(
            Allocation.unit_id.in_(sorted(set(unit_ids))),
            Allocation.starts_at < window.end,
            Allocation.starts_at > window.start - LONGEST_PIECE,
            Allocation.ends_at > window.start,
            BookingDate.ends_at > window.start,
            BookingDate.state.in_(OPEN_STATES),
        )
        .order_by(BookingDate.starts_at, BookingDate.id, Allocation.id)
    )
    return [
        Standing(
            Taken(unit_id, Span(start, end), quantity, exclusive, "booking", date_id, booking_id), booking_id, date_id
        )
        for unit_id, start, end, quantity, exclusive, date_id, booking_id in rows
    ]


# ── who was told ──


class Told(NamedTuple):
    """A booking whose holder was told of a fault."""

    booking_id: int
    told_at: datetime
    outcome: str


def told(fault_id: int) -> dict[int, Told]:
    """Whose bookings' holders were told of a fault, by booking."""
    rows = session().execute(
        select(FaultHit.booking_id, FaultHit.told_at, FaultHit.outcome)
        .where(FaultHit.fault_id == fault_id)
        .order_by(FaultHit.booking_id)
    )
    return {row[0]: Told(*row) for row in rows}


def note_told(fault_id: int, booking_ids: Sequence[int], now: datetime, outcome: str = "") -> None:
    """Note that these bookings' holders are told for the first time."""
    if booking_ids:
        rows = [
            {"fault_id": fault_id, "booking_id": booking_id, "told_at": now, "outcome": outcome}
            for booking_id in booking_ids
        ]
        session().execute(insert(FaultHit), rows)


def forget_told(fault_id: int, booking_ids: Sequence[int]) -> None:
    session().execute(delete(FaultHit).where(FaultHit.fault_id == fault_id, FaultHit.booking_id.in_(list(booking_ids))))


def note_outcome(fault_id: int, booking_id: int, outcome: str) -> bool:
    """What was done about a booking; whether its holder had been told of the fault."""
    row = (
        session()
        .execute(
            update(FaultHit)
            .where(FaultHit.fault_id == fault_id, FaultHit.booking_id == booking_id)
            .values(outcome=outcome)
            .returning(FaultHit.id)
        )
        .first()
    )
    return row is not None


# ── whose faults one may see ──


def within(scope: Scope) -> ColumnElement[bool]:
    """The faults inside a scope: those of units on one's side, and those one reported; over faults."""
    if scope.everything:
        return true()
    parts = [reported_by(scope.holder_id)]
    if scope.owner_side:
        parts.append(reported_of(on_the_owner_side(scope.owner_side, scope.on)))
    return or_(*parts)


def on_her_side(scope: Scope) -> ColumnElement[bool]:
    """The units inside a scope; over units and labs."""
    if scope.everything:
        return true()
    return on_the_owner_side(scope.owner_side, scope.on) if scope.owner_side else false()
