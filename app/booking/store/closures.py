"""Rows of closures as booking writes them, together with what they take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from app.booking.tables.bookings import Allocation
from app.database import session
from app.foundation.timespan import Span
from app.timetable.tables import Closure


def add_closure(
    kind: str,
    scope: str,
    scope_id: int,
    span: Span,
    reason: str,
    made_by: int,
    now: datetime,
    source_key: str | None = None,
) -> int:
    """Keep a closure; its id. `scope` is base, lab or unit."""
    return (
        session()
        .execute(
            insert(Closure)
            .values(
                kind=kind,
                **{f"{scope}_id": scope_id},
                starts_at=span.start,
                ends_at=span.end,
                reason=reason,
                made_by=made_by,
                made_at=now,
                source_key=source_key,
            )
            .returning(Closure.id)
        )
        .scalar_one()
    )


@dataclass(frozen=True, slots=True)
class Running:
    """What lifting a closure needs to know of it."""

    starts_at: datetime
    ends_at: datetime
    lifted_at: datetime | None


def find(closure_id: int) -> Running | None:
    """A closure, locked until the transaction ends, or None."""
    row = (
        session()
        .execute(
            select(Closure.starts_at, Closure.ends_at, Closure.lifted_at)
            .where(Closure.id == closure_id)
            .with_for_update()
        )
        .first()
    )
    return Running(row[0], row[1], row[2]) if row else None


def unit_ids(closure_id: int) -> list[int]:
    """The units that a closure takes or took; not the part of a room that a closed machine takes along."""
    query = select(Allocation.unit_id).where(Allocation.closure_id == closure_id, Allocation.asked).distinct()
    return sorted(session().scalars(query))


def lift(closure_id: int, now: datetime) -> None:
    """Free all that the closure still takes from now on; what has passed stays in the ledger.

    A closure that has not begun keeps its rows as memory, without holding.
    """
    of_closure = Allocation.closure_id == closure_id
    begun = session().scalar(select(Allocation.id).where(of_closure, Allocation.starts_at < now).limit(1))
    if begun is None:
        session().execute(update(Allocation).where(of_closure).values(holds=False))
    else:
        session().execute(delete(Allocation).where(of_closure, Allocation.starts_at >= now))
        session().execute(update(Allocation).where(of_closure, Allocation.ends_at > now).values(ends_at=now))
    session().execute(update(Closure).where(Closure.id == closure_id).values(lifted_at=now))
