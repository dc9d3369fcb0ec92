"""Rows of presence, to values and back; and the dates that run just now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.database import session, table_of
from app.foundation.timespan import Span
from app.usage.rules.presence import Seen
from app.usage.tables import Judgement, Presence

_COLUMNS = tuple(getattr(Presence, name) for name in Seen.__slots__)


@dataclass(frozen=True, slots=True)
class Running:
    """A confirmed date that has begun and not ended, with the units it asked for."""

    date_id: int
    booking_id: int
    span: Span
    unit_ids: tuple[int, ...]


def seen(date_ids: Collection[int]) -> dict[int, Seen]:
    """What is known of each of these dates; of those nothing is noted of, nothing is known."""
    found = {date_id: Seen(date_id) for date_id in date_ids}
    if found:
        rows: Iterable[Any] = session().execute(select(*_COLUMNS).where(Presence.date_id.in_(sorted(found))))
        found |= {row[0]: Seen(*row) for row in rows}
    return found


def note(before: Seen, **columns: object) -> bool:
    """Keep what is new of a date: whether nobody noted anything since `before` was read."""
    table = table_of(Presence)
    if before.version == 0:
        row = {"date_id": before.date_id, "arrived_how": "", "left_how": "", "version": 1, **columns}
        session().execute(insert(table), row)
        return True
    changed = session().execute(
        update(table)
        .where(table.c.date_id == before.date_id, table.c.version == before.version)
        .values(version=before.version + 1, **columns)
        .returning(table.c.date_id)
    )
    return changed.first() is not None


def running(now: datetime, date_ids: Collection[int] | None = None) -> list[Running]:
    """The dates that are used just now, other than lessons of the timetable and maintenance, in order of their start."""
    where = [
        BookingDate.state == "confirmed",
        BookingDate.starts_at <= now,
        BookingDate.ends_at > now,
        Booking.origin != "lesson",
        Booking.purpose != "maintenance",
    ]
    if date_ids is not None:
        where.append(BookingDate.id.in_(sorted(date_ids)))
    rows = session().execute(
        select(BookingDate.id, BookingDate.booking_id, BookingDate.starts_at, BookingDate.ends_at, Allocation.unit_id)
        .join(Booking, Booking.id == BookingDate.booking_id)
        .join(Allocation, Allocation.date_id == BookingDate.id)
        .where(*where, Allocation.asked)
        .order_by(BookingDate.starts_at, BookingDate.id, Allocation.unit_id)
    )
    found: dict[int, tuple[int, Span, list[int]]] = {}
    for date_id, booking_id, start, end, unit_id in rows:
        units = found.setdefault(date_id, (booking_id, Span(start, end), []))[2]
        if unit_id not in units:
            units.append(unit_id)
    return [Running(date_id, booking_id, span, tuple(units)) for date_id, (booking_id, span, units) in found.items()]


def is_watched(booking_id: int) -> bool:
    """Whether coming to this booking can be watched for: not to a lesson, nor to maintenance."""
    row = session().execute(select(Booking.origin, Booking.purpose).where(Booking.id == booking_id)).one()
    return row[0] != "lesson" and row[1] != "maintenance"


def was_closed(unit_ids: Collection[int], span: Span) -> bool:
    """Whether a closure or maintenance held one of these units within the span."""
    return (
        session()
        .execute(
            select(Allocation.id)
            .where(
                Allocation.unit_id.in_(sorted(unit_ids)),
                Allocation.closure_id.is_not(None),
                Allocation.holds,
                Allocation.starts_at < span.end,
                Allocation.ends_at > span.start,
            )
            .limit(1)
        )
        .first()
        is not None
    )


def is_judged(date_id: int) -> bool:
    return session().scalar(select(Judgement.date_id).where(Judgement.date_id == date_id)) is not None
