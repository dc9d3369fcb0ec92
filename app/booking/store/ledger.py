"""Rows of the ledger of taken time: what is held, taking, letting go, and the guards behind it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, column, delete, insert, or_, select, update, values
from sqlalchemy.exc import DBAPIError

from app.booking.rules.conflict import Overlaps, Taken
from app.booking.rules.request import LONGEST_PIECE, Claim, pieces
from app.booking.tables import Allocation, BookingDate
from app.database import Instant, session, violated_constraint
from app.foundation.refusal import Refused
from app.foundation.timespan import Span
from app.timetable.tables import Closure

log = logging.getLogger(__name__)

GUARDS = (
    "booking_allocation_guard",
    "ex_booking_allocation_exclusive",
)
"""What the database itself refuses with, should the check above it ever let an overlap through."""


def taken(unit_ids: Iterable[int], windows: Sequence[Span], except_dates: Sequence[int] = ()) -> list[Taken]:
    """What is held of these units in any of the windows, in one query, however many windows there are."""
    ids = sorted(set(unit_ids))
    if not ids or not windows:
        return []
    window = (
        values(
            column("starts_at", Instant()), column("ends_at", Instant()), column("looks_from", Instant()), name="sought"
        )
        .data([(span.start, span.end, span.start - LONGEST_PIECE) for span in windows])
        .cte("sought")
    )
    query = (
        select(
            Allocation.unit_id,
            Allocation.starts_at,
            Allocation.ends_at,
            Allocation.quantity,
            Allocation.exclusive,
            Allocation.date_id,
            BookingDate.booking_id,
            Closure.kind,
        )
        .select_from(window)
        .join(
            Allocation,
            and_(
                Allocation.unit_id.in_(ids),
                Allocation.starts_at < window.c.ends_at,
                Allocation.starts_at > window.c.looks_from,
                Allocation.ends_at > window.c.starts_at,
                Allocation.holds,
            ),
        )
        .outerjoin(BookingDate, BookingDate.id == Allocation.date_id)
        .outerjoin(Closure, Closure.id == Allocation.closure_id)
        .order_by(Allocation.starts_at, Allocation.id)
    )
    if except_dates:
        query = query.where(or_(Allocation.date_id.is_(None), Allocation.date_id.not_in(list(except_dates))))
    rows: Iterable[Any] = dict.fromkeys(tuple(row) for row in session().execute(query))
    return [
        Taken(unit_id, Span(start, end), quantity, exclusive, closure or "booking", date_id, booking_id)
        for unit_id, start, end, quantity, exclusive, date_id, booking_id, closure in rows
    ]


@dataclass(frozen=True, slots=True)
class Taking:
    """One claim on one date, ready to be written."""

    claim: Claim
    span: Span
    holds: bool
    date_id: int | None = None
    closure_id: int | None = None


def take(takings: Sequence[Taking]) -> None:
    """Write to the ledger. Should the database's guard refuse, that is Refused(Overlaps) and a defect in the log."""
    rows = [
        {
            "unit_id": taking.claim.unit_id,
            "date_id": taking.date_id,
            "closure_id": taking.closure_id,
            "starts_at": piece.start,
            "ends_at": piece.end,
            "quantity": taking.claim.quantity,
            "exclusive": taking.claim.exclusive,
            "holds": taking.holds,
            "asked": taking.claim.asked,
        }
        for taking in takings
        for piece in pieces(taking.claim.taken_by(taking.span))
    ]
    if rows:
        with _guarded(takings):
            session().execute(insert(Allocation), rows)


@contextmanager
def _guarded(takings: Sequence[Taking]) -> Iterator[None]:
    """Turns the guard's refusal into the same Refused that the rule would have raised."""
    try:
        yield
    except DBAPIError as error:
        if not any(guard in violated_constraint(error) for guard in GUARDS):
            raise
        log.exception("defect: the database's guard refused what the check had let through")
        first = takings[0]
        raise Refused(
            Overlaps(first.claim.unit_id, first.span.start, first.span.end, first.span.start, "booking")
        ) from error


def hold_again(date_ids: Sequence[int], takings: Sequence[Taking]) -> None:
    """Let every row of these dates hold; the guard looks again."""
    with _guarded(takings):
        session().execute(update(Allocation).where(Allocation.date_id.in_(list(date_ids))).values(holds=True))


def let_go(date_ids: Sequence[int]) -> None:
    """Free the time of these dates; the rows stay as memory of what was asked."""
    session().execute(update(Allocation).where(Allocation.date_id.in_(list(date_ids))).values(holds=False))


def forget_allocations(date_ids: Sequence[int]) -> None:
    """Remove the rows of dates that are about to be written anew."""
    session().execute(delete(Allocation).where(Allocation.date_id.in_(list(date_ids))))


def missing_guards() -> list[str]:
    """Which of the database's guards are not in place."""
    connection = session().connection()
    if connection.dialect.name == "sqlite":
        names = {row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
        wanted = {
            "booking_allocation_guard_insert",
            "booking_allocation_guard_update",
            "booking_allocation_shape_insert",
            "booking_allocation_shape_update",
            "catalogue_unit_guard_update",
            "trail_entry_no_update",
            "trail_entry_no_delete",
        }
    else:
        names = {
            row[0]
            for row in connection.exec_driver_sql(
                "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' UNION ALL SELECT conname FROM pg_constraint"
            )
        }
        wanted = {
            "booking_allocation_guard_insert",
            "booking_allocation_guard_update",
            "ex_booking_allocation_exclusive",
            "catalogue_unit_guard_update",
            "trail_entry_no_change",
            "trail_entry_no_truncate",
        }
    return sorted(wanted - names)
