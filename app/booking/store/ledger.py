"""Rows of the ledger of taken time: what is held, taking, letting go, and the guards behind it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Integer,
    Select,
    and_,
    bindparam,
    cast,
    column,
    delete,
    insert,
    literal_column,
    null,
    or_,
    select,
    union_all,
    update,
    values,
)
from sqlalchemy.exc import DBAPIError

from app.booking.rules.conflict import Overlaps, Taken
from app.booking.rules.request import LONGEST_PIECE, Claim, pieces
from app.booking.tables.bookings import Allocation, BookingDate
from app.database import Instant, session, table_of, violated_constraint
from app.foundation.refusal import Refused
from app.foundation.timespan import Span
from app.timetable.tables import Closure, Fault

log = logging.getLogger(__name__)

_INSERT = insert(table_of(Allocation))

GUARDS = (
    "booking_allocation_guard",
    "ex_booking_allocation_exclusive",
)
"""What the database itself refuses with, should the check above it ever let an overlap through."""


def taken(unit_ids: Iterable[int], windows: Sequence[Span], except_dates: Sequence[int] = ()) -> list[Taken]:
    """What is held of these units in any of the windows, in one query, however many windows there are.

    A fault that keeps a unit from being booked counts as held by it, although bookings may still stand there.
    """
    ids = sorted(set(unit_ids))
    if not ids or not windows:
        return []
    given: dict[str, Any] = {"unit_ids": ids}
    for n, span in enumerate(windows):
        given |= {f"start{n}": span.start, f"end{n}": span.end, f"from{n}": span.start - LONGEST_PIECE}
    if except_dates:
        given["except_dates"] = list(except_dates)
    query = _taken_query(len(windows), bool(except_dates))
    rows: Iterable[Any] = dict.fromkeys(tuple(row)[:8] for row in session().execute(query, given))
    return [
        Taken(unit_id, Span(start, end), quantity, exclusive, closure or "booking", date_id, booking_id)
        for unit_id, start, end, quantity, exclusive, date_id, booking_id, closure in rows
    ]


@lru_cache(maxsize=64)
def _taken_query(windows: int, leaves_out: bool) -> Select[*tuple[Any, ...]]:
    """Made once for each number of windows: making it costs more than running it.

    One window is told without VALUES, whose SQL text SQLAlchemy would put together anew each time.
    """
    taken, date, closure = table_of(Allocation), table_of(BookingDate), table_of(Closure)
    told = [[bindparam(f"{name}{n}", type_=Instant()) for name in ("start", "end", "from")] for n in range(windows)]
    names = [column(name, Instant()) for name in ("starts_at", "ends_at", "looks_from")]
    sought = values(*names, name="sought").data([tuple(each) for each in told]).cte("sought")
    several = windows > 1
    start, end, looks_from = sought.c if several else told[0]
    overlaps = and_(
        taken.c.unit_id.in_(bindparam("unit_ids", expanding=True)),
        taken.c.starts_at < end,
        taken.c.starts_at > looks_from,
        taken.c.ends_at > start,
        taken.c.holds,
    )
    held = (
        select(
            taken.c.unit_id,
            taken.c.starts_at,
            taken.c.ends_at,
            taken.c.quantity,
            taken.c.exclusive,
            taken.c.date_id,
            date.c.booking_id,
            closure.c.kind,
            taken.c.id,
        )
        .select_from(sought.join(taken, overlaps) if several else taken)
        .outerjoin(date, date.c.id == taken.c.date_id)
        .outerjoin(closure, closure.c.id == taken.c.closure_id)
        .where(*([] if several else [overlaps]))
    )
    if leaves_out:
        kept = taken.c.date_id.not_in(bindparam("except_dates", expanding=True))
        held = held.where(or_(taken.c.date_id.is_(None), kept))
    fault = table_of(Fault)
    stands_still = and_(
        fault.c.unit_id.in_(bindparam("unit_ids", expanding=True)),
        fault.c.began_at < end,
        fault.c.blocked_until > start,
    )
    nothing = cast(null(), Integer)
    broken = (
        select(
            fault.c.unit_id,
            fault.c.began_at,
            fault.c.blocked_until,
            fault.c.quantity,
            fault.c.whole,
            nothing,
            nothing,
            literal_column("'fault'"),
            fault.c.id,
        )
        .select_from(sought.join(fault, stands_still) if several else fault)
        .where(*([] if several else [stands_still]))
    )
    both = union_all(held, broken).subquery()
    return select(both).order_by(both.c.starts_at, both.c.id)


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
            session().execute(_INSERT, rows)


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
            "consortium_credit_event_no_update",
            "consortium_credit_event_no_delete",
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
            "consortium_credit_event_no_change",
            "consortium_credit_event_no_truncate",
        }
    return sorted(wanted - names)


def guard_refuses_a_copy() -> bool | None:
    """Try to hold a held time a second time, and take it back: whether the database refused; None with nothing to try.

    Looking for names cannot tell whether a guard works; this can.
    """
    taken = table_of(Allocation)
    row = session().execute(select(taken).where(taken.c.holds, taken.c.exclusive).limit(1)).mappings().first()
    if row is None:
        return None
    attempt = session().begin_nested()
    try:
        session().execute(_INSERT, {name: value for name, value in row.items() if name != "id"})
    except DBAPIError as error:
        return any(guard in violated_constraint(error) for guard in GUARDS)
    else:
        return False
    finally:
        attempt.rollback()
