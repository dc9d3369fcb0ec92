"""Bookings as messages mention them: by name and first date, as far as the reader may see; and which bases they concern."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import case, func, select

from app.booking.rules.course import WAITING
from app.booking.store.visible import visible
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.catalogue.tables import Lab
from app.catalogue.tables import Unit as UnitRow
from app.consortium.rules.scope import Scope
from app.database import session
from app.foundation.timespan import Span


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A booking in a line: its title, its first date, how many dates it has, whether an answer is still waited for."""

    booking_id: int
    title: str
    first: Span
    dates: int
    waits: bool


def mentioned(booking_ids: Collection[int], scope: Scope) -> dict[int, Mentioned]:
    """Those of these bookings that lie in the scope; one statement."""
    if not booking_ids or scope.is_empty:
        return {}
    rows = session().execute(
        select(
            Booking.id,
            Booking.title,
            func.min(BookingDate.starts_at).label("start"),
            func.min(BookingDate.ends_at).label("end"),
            func.count(BookingDate.id).label("dates"),
            func.max(case((BookingDate.state == WAITING, 1), else_=0)).label("waits"),
        )
        .join(BookingDate, BookingDate.booking_id == Booking.id)
        .where(Booking.id.in_(sorted(booking_ids)), visible(scope))
        .group_by(Booking.id, Booking.title)
    )
    return {row.id: Mentioned(row.id, row.title, Span(row.start, row.end), row.dates, bool(row.waits)) for row in rows}


def base_ids(booking_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """In which bases the units of these bookings stand; one statement."""
    if not booking_ids:
        return {}
    rows = session().execute(
        select(BookingDate.booking_id, Lab.base_id)
        .join(Allocation, Allocation.date_id == BookingDate.id)
        .join(UnitRow, UnitRow.id == Allocation.unit_id)
        .join(Lab, Lab.id == UnitRow.lab_id)
        .where(BookingDate.booking_id.in_(sorted(booking_ids)), Allocation.asked)
        .distinct()
    )
    found: dict[int, frozenset[int]] = {}
    for booking_id, base_id in rows:
        found[booking_id] = found.get(booking_id, frozenset()) | {base_id}
    return found
