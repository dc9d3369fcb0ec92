"""Ids of bookings page by page, for programs: the newest first, keyed by id."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select

from app.booking.store.visible import visible
from app.booking.tables.bookings import Booking, BookingDate
from app.consortium.rules.scope import Scope
from app.database import session


def ids(
    scope: Scope,
    before: int | None,
    limit: int,
    start: datetime | None = None,
    end: datetime | None = None,
    state: str | None = None,
) -> list[int]:
    """Bookings in the scope below the id `before` that have a date in [start, end) and in this state."""
    query = select(Booking.id).where(visible(scope)).order_by(Booking.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Booking.id < before)
    narrow = [
        *([BookingDate.ends_at > start] if start else []),
        *([BookingDate.starts_at < end] if end else []),
        *([BookingDate.state == state] if state else []),
    ]
    if narrow:
        query = query.where(exists().where(BookingDate.booking_id == Booking.id, *narrow).correlate(Booking))
    return list(session().scalars(query))
