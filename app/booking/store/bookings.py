"""Rows of bookings, their dates and approvals, to values and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.sql.dml import ReturningInsert

from app.booking.rules.course import Kept, KeptApproval, KeptBooking, KeptUnit
from app.booking.rules.request import Asked, Slot
from app.booking.tables.bookings import Allocation, Approval, Booking, BookingDate
from app.catalogue.tables import Lab
from app.catalogue.tables import Unit as UnitRow
from app.database import hold, session, table_of
from app.foundation.timespan import Span

_ADD: ReturningInsert[int] = insert(table_of(Booking)).returning(table_of(Booking).c.id)
_ADD_DATE: ReturningInsert[int] = insert(table_of(BookingDate)).returning(table_of(BookingDate).c.id)


def add(
    asked: Asked, uid: str, requester_id: int, source_key: str | None, now: datetime, origin: str = "person"
) -> int:
    """Keep a booking without its dates; its id."""
    row = {
        "uid": uid,
        "title": asked.title.strip(),
        "purpose": asked.purpose,
        "headcount": asked.headcount,
        "note": asked.note,
        "requester_id": requester_id,
        "holder_id": asked.holder_id,
        "member_id": asked.member_id,
        "source_key": source_key,
        "origin": origin,
        "declared": " ".join(sorted(asked.declared)),
        "created_at": now,
        "changed_at": now,
        "version": 1,
    }
    return session().execute(_ADD, row).scalar_one()


def add_dates(booking_id: int, slots: Sequence[Slot], state: str, now: datetime) -> list[int]:
    """Keep dates, in the order of the slots; their ids."""
    rows = [
        {
            "booking_id": booking_id,
            "starts_at": slot.span.start,
            "ends_at": slot.span.end,
            "periods": slot.periods,
            "state": state,
            "sequence": 0,
            "changed_at": now,
        }
        for slot in slots
    ]
    if len(rows) == 1:
        return [session().execute(_ADD_DATE, rows[0]).scalar_one()]
    session().execute(insert(table_of(BookingDate)), rows)
    # Asking for the ids back in order would make it one statement a date on SQLite; no two slots begin together.
    newest = session().execute(
        select(BookingDate.starts_at, BookingDate.id)
        .where(BookingDate.booking_id == booking_id)
        .order_by(BookingDate.id.desc())
        .limit(len(slots))
    )
    ids = {row.starts_at: row.id for row in newest}
    return [ids[slot.span.start] for slot in slots]


def set_state(date_ids: Sequence[int], state: str, now: datetime) -> None:
    """A new state for dates; a real change, so their sequence rises."""
    session().execute(
        update(BookingDate)
        .where(BookingDate.id.in_(list(date_ids)))
        .values(state=state, sequence=BookingDate.sequence + 1, changed_at=now)
    )


def move_dates(moved: Sequence[tuple[int, Slot]], state: str, now: datetime) -> None:
    """New times, and a state, for dates by id; one statement sent with many values."""
    table = BookingDate.__table__
    session().connection().execute(
        update(BookingDate)
        .where(table.c.id == bindparam("date_id"))
        .values(
            starts_at=bindparam("new_start"),
            ends_at=bindparam("new_end"),
            periods=bindparam("new_periods"),
            state=state,
            sequence=table.c.sequence + 1,
            changed_at=now,
        ),
        [
            {
                "date_id": date_id,
                "new_start": slot.span.start,
                "new_end": slot.span.end,
                "new_periods": slot.periods,
            }
            for date_id, slot in moved
        ],
    )


def touch_dates(booking_id: int, now: datetime) -> None:
    """What the dates say (title, note) has changed: their sequence rises."""
    session().execute(
        update(BookingDate)
        .where(BookingDate.booking_id == booking_id, BookingDate.state.in_(("waiting", "confirmed")))
        .values(sequence=BookingDate.sequence + 1, changed_at=now)
    )


def raise_version(booking_id: int, version: int, now: datetime, **columns: object) -> bool:
    """Compare and swap: whether the booking still had this version."""
    row = (
        session()
        .execute(
            update(Booking)
            .where(Booking.id == booking_id, Booking.version == version)
            .values(version=version + 1, changed_at=now, **columns)
            .returning(Booking.id)
        )
        .first()
    )
    return row is not None


def ask_bases(booking_id: int, base_ids: Sequence[int]) -> None:
    if base_ids:
        session().execute(
            insert(Approval),
            [{"booking_id": booking_id, "base_id": base_id, "state": "waiting", "note": ""} for base_id in base_ids],
        )


def forget_approvals(booking_id: int) -> None:
    session().execute(delete(Approval).where(Approval.booking_id == booking_id))


def set_approval(
    booking_id: int,
    base_ids: Sequence[int],
    state: str,
    by: int | None,
    now: datetime,
    note: str,
    reason: str | None = None,
) -> None:
    session().execute(
        update(Approval)
        .where(Approval.booking_id == booking_id, Approval.base_id.in_(list(base_ids)))
        .values(state=state, decided_by=by, decided_at=now, note=note, reason=reason)
    )


def find(booking_id: int, *, lock: bool = False) -> KeptBooking | None:
    """A booking with everything that belongs to it, or None."""
    found = bookings([booking_id], lock=lock)
    return found[0] if found else None


def bookings(booking_ids: Sequence[int], *, lock: bool = False) -> list[KeptBooking]:
    """These bookings, in the order of the ids, in a fixed number of queries."""
    ids = list(booking_ids)
    if not ids:
        return []
    if lock:
        hold(Booking, Booking.id.in_(ids))
    dates: dict[int, list[Kept]] = {}
    dated: Iterable[Any] = session().execute(
        select(
            BookingDate.booking_id,
            BookingDate.id,
            BookingDate.starts_at,
            BookingDate.ends_at,
            BookingDate.periods,
            BookingDate.state,
            BookingDate.sequence,
            BookingDate.changed_at,
        )
        .where(BookingDate.booking_id.in_(ids))
        .order_by(BookingDate.starts_at, BookingDate.id)
    )
    for booking_id, date_id, start, end, *rest in dated:
        dates.setdefault(booking_id, []).append(Kept(date_id, Span(start, end), *rest))
    units: dict[int, dict[int, KeptUnit]] = {}
    # A date that is over or was cancelled may remember other units than the dates that are still to come.
    telling = {
        booking_id: max(found, key=lambda date: (date.is_open, date.span.start, date.id)).id
        for booking_id, found in dates.items()
    }
    for booking_id, date_id, unit_id, quantity in session().execute(
        select(BookingDate.booking_id, BookingDate.id, Allocation.unit_id, Allocation.quantity)
        .join(Allocation, Allocation.date_id == BookingDate.id)
        .where(BookingDate.booking_id.in_(ids), Allocation.asked)
        .order_by(Allocation.unit_id)
    ):
        if telling.get(booking_id) == date_id:
            units.setdefault(booking_id, {})[unit_id] = KeptUnit(unit_id, quantity)
    approvals: dict[int, list[KeptApproval]] = {}
    answered: Iterable[Any] = session().execute(
        select(
            Approval.booking_id,
            Approval.base_id,
            Approval.state,
            Approval.decided_by,
            Approval.decided_at,
            Approval.note,
            Approval.reason,
        )
        .where(Approval.booking_id.in_(ids))
        .order_by(Approval.base_id)
    )
    for booking_id, *rest in answered:
        approvals.setdefault(booking_id, []).append(KeptApproval(*rest))
    rows: Iterable[Any] = session().execute(
        select(
            Booking.id,
            Booking.uid,
            Booking.title,
            Booking.purpose,
            Booking.headcount,
            Booking.note,
            Booking.requester_id,
            Booking.holder_id,
            Booking.member_id,
            Booking.source_key,
            Booking.created_at,
            Booking.changed_at,
            Booking.version,
            Booking.declared,
        ).where(Booking.id.in_(ids))
    )
    kept: dict[int, KeptBooking] = {}
    for row in rows:
        parts: tuple[Any, ...] = (
            *row[:13],
            tuple(dates.get(row[0], ())),
            tuple(units.get(row[0], {}).values()),
            tuple(approvals.get(row[0], ())),
            frozenset(row.declared.split()),
        )
        kept[row[0]] = KeptBooking(*parts)
    return [kept[booking_id] for booking_id in ids if booking_id in kept]


def base_ids_of(unit_ids: Sequence[int]) -> frozenset[int]:
    query = select(Lab.base_id).join(UnitRow, UnitRow.lab_id == Lab.id).where(UnitRow.id.in_(list(unit_ids))).distinct()
    return frozenset(session().scalars(query))
