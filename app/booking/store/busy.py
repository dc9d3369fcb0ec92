"""Rows that came from uploaded calendars: what stands of one, what else is taken there, keys given and given back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from app.booking.rules.busy import parts_of
from app.booking.rules.busy_plan import Standing
from app.booking.rules.conflict import Taken
from app.booking.rules.request import LONGEST_PIECE
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.booking.tables.imports import Import, ImportItem
from app.database import session, table_of
from app.foundation.timespan import Span
from app.timetable.tables import Closure

_GIVEN_BACK = "~"
"""Ends the key of what a file no longer says, so that a later file may say it again."""


def standing_closures(calendar: str, now: datetime) -> list[Standing]:
    """What stands of a calendar as closures and is not over; those lifted by hand too."""
    rows: Iterable[Any] = session().execute(
        select(
            Closure.id, Closure.source_key, Closure.starts_at, Closure.ends_at, Closure.reason, Closure.lifted_at
        ).where(*_of_calendar(Closure.source_key, calendar), Closure.ends_at > now)
    )
    return [
        Standing(closure_id, 1, *parts_of(key), Span(start, end), reason, lifted is not None)
        for closure_id, key, start, end, reason, lifted in rows
    ]


def standing_bookings(
    calendar: str, member_id: int, unit_ids: Sequence[int], now: datetime, *, lock: bool = False
) -> list[Standing]:
    """What stands of a calendar as bookings and is not over; those cancelled, moved or altered by hand too. Two queries."""
    query = (
        select(
            Booking.id,
            Booking.version,
            Booking.source_key,
            Booking.title,
            BookingDate.id,
            BookingDate.starts_at,
            BookingDate.ends_at,
            BookingDate.state,
        )
        .join(BookingDate, BookingDate.booking_id == Booking.id)
        .where(
            Booking.member_id == member_id, Booking.origin == "calendar", *_of_calendar(Booking.source_key, calendar)
        )
        .order_by(Booking.id, BookingDate.id)
    )
    found: dict[int, list[Any]] = {}
    for row in session().execute(query.with_for_update() if lock else query):
        found.setdefault(row[0], []).append(row)
    dates = {each[4]: booking_id for booking_id, rows in found.items() for each in rows}
    units: dict[int, set[int]] = {}
    if dates:
        taken: Iterable[Any] = session().execute(
            select(BookingDate.booking_id, Allocation.unit_id)
            .join(Allocation, Allocation.date_id == BookingDate.id)
            .join(Booking, Booking.id == BookingDate.booking_id)
            .where(
                Booking.member_id == member_id,
                Booking.origin == "calendar",
                *_of_calendar(Booking.source_key, calendar),
                Allocation.asked,
            )
            .distinct()
        )
        for booking_id, unit_id in taken:
            units.setdefault(booking_id, set()).add(unit_id)
    result = []
    for booking_id, rows in found.items():
        if all(row[6] <= now for row in rows):
            continue
        is_open = [row for row in rows if row[7] in ("waiting", "confirmed")]
        first = (is_open or rows)[0]
        result.append(
            Standing(
                booking_id,
                first[1],
                *parts_of(first[2]),
                Span(first[5], first[6]),
                first[3],
                is_over=not is_open,
                is_altered=len(rows) > 1 or units.get(booking_id, set()) != set(unit_ids),
                date_id=first[4],
            )
        )
    return result


def taken(
    unit_ids: Iterable[int], window: Span, *, except_dates: Sequence[int], except_closures: Sequence[int]
) -> list[Taken]:
    """What else is held of these units in the window: one query."""
    rows: Iterable[Any] = session().execute(
        select(
            Allocation.unit_id,
            Allocation.starts_at,
            Allocation.ends_at,
            Allocation.quantity,
            Allocation.exclusive,
            Allocation.date_id,
            Allocation.closure_id,
            BookingDate.booking_id,
            Closure.kind,
        )
        .outerjoin(BookingDate, BookingDate.id == Allocation.date_id)
        .outerjoin(Closure, Closure.id == Allocation.closure_id)
        .where(
            Allocation.unit_id.in_(sorted(set(unit_ids))),
            Allocation.starts_at < window.end,
            Allocation.starts_at > window.start - LONGEST_PIECE,
            Allocation.ends_at > window.start,
            Allocation.holds,
        )
        .order_by(Allocation.starts_at, Allocation.id)
    )
    dates, closures = set(except_dates), set(except_closures)
    return [
        Taken(unit_id, Span(start, end), quantity, exclusive, kind or "booking", date_id, booking_id)
        for unit_id, start, end, quantity, exclusive, date_id, closure_id, booking_id, kind in rows
        if date_id not in dates and closure_id not in closures
    ]


def is_known(kind: str, key: str) -> bool:
    """Whether something stands under this key already."""
    table = Booking if kind == "booking" else Closure
    return session().scalar(select(table.id).where(table.source_key == key)) is not None


def set_booking_key(booking_id: int, key: str) -> None:
    session().execute(update(Booking).where(Booking.id == booking_id).values(source_key=key))


def give_back(kind: str, thing_id: int) -> None:
    """Let go of a key: the file says this entry no longer."""
    table = Booking if kind == "booking" else Closure
    key = session().scalar(select(table.source_key).where(table.id == thing_id))
    if key:
        session().execute(update(table).where(table.id == thing_id).values(source_key=f"{key}{_GIVEN_BACK}{thing_id}"))


def forget(import_id: int, facts: Mapping[int, str]) -> None:
    """Keep of an import what became of it, but neither its file nor its titles; `facts` (JSON) by item."""
    session().execute(update(Import).where(Import.id == import_id).values(content=b""))
    if facts:
        table = table_of(ImportItem)
        session().connection().execute(
            update(table).where(table.c.id == bindparam("item_id")).values(facts=bindparam("kept")),
            [{"item_id": item_id, "kept": kept} for item_id, kept in facts.items()],
        )


def unfinished(made_by: int, calendar: str, except_id: int) -> list[int]:
    """Earlier uploads of the same calendar by the same person that were never carried out."""
    query = select(Import.id).where(
        Import.made_by == made_by,
        Import.kind == "calendar",
        Import.header_key == calendar,
        Import.id != except_id,
        or_(Import.state == "read", Import.state == "planned"),
    )
    return list(session().scalars(query))


def _of_calendar(column: Any, calendar: str) -> tuple[Any, ...]:
    return column.startswith(calendar, autoescape=True), ~column.contains(_GIVEN_BACK)
