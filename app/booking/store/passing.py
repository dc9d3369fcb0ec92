"""Rows of proposals, and the dates they are about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update

from app.booking.rules.passing import OPEN, Proposal
from app.booking.rules.request import Want
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.booking.tables.line import Proposal as ProposalRow
from app.database import hold, session

_COLUMNS = (
    ProposalRow.id,
    ProposalRow.kind,
    ProposalRow.booking_id,
    ProposalRow.date_id,
    ProposalRow.other_booking_id,
    ProposalRow.other_date_id,
    ProposalRow.from_id,
    ProposalRow.to_id,
    ProposalRow.note,
    ProposalRow.mark,
    ProposalRow.state,
    ProposalRow.made_at,
    ProposalRow.expires_at,
)


def add(proposal: Proposal) -> int:
    """Keep a proposal; its id (the one it comes with is not used)."""
    row = {column.key: getattr(proposal, column.key) for column in _COLUMNS if column.key != "id"}
    return session().execute(insert(ProposalRow).values(**row).returning(ProposalRow.id)).scalar_one()


def find(proposal_id: int, *, lock: bool = False) -> Proposal | None:
    """A proposal, locked until the transaction ends where asked for."""
    if lock:
        hold(ProposalRow, ProposalRow.id == proposal_id)
    row = session().execute(select(*_COLUMNS).where(ProposalRow.id == proposal_id)).first()
    return _proposal(row) if row else None


def of_person(person_id: int, most: int = 100) -> list[Proposal]:
    """The proposals somebody made or was made, the newest first."""
    rows = session().execute(
        select(*_COLUMNS)
        .where(or_(ProposalRow.from_id == person_id, ProposalRow.to_id == person_id))
        .order_by(ProposalRow.id.desc())
        .limit(most)
    )
    return [_proposal(row) for row in rows]


def _proposal(row: Any) -> Proposal:
    columns: list[Any] = list(row)
    return Proposal(*columns)


def answer(proposal_id: int, state: str, now: datetime) -> bool:
    """Compare and swap: whether the proposal was still open."""
    row = (
        session()
        .execute(
            update(ProposalRow)
            .where(ProposalRow.id == proposal_id, ProposalRow.state == OPEN)
            .values(state=state, answered_at=now)
            .returning(ProposalRow.id)
        )
        .first()
    )
    return row is not None


def wants_of(date_ids: Sequence[int]) -> dict[int, tuple[Want, ...]]:
    """What each of these dates asked for."""
    found: dict[int, dict[int, Want]] = {date_id: {} for date_id in date_ids}
    rows = session().execute(
        select(Allocation.date_id, Allocation.unit_id, Allocation.quantity)
        .where(Allocation.date_id.in_(list(date_ids)), Allocation.asked)
        .order_by(Allocation.unit_id)
    )
    for date_id, unit_id, quantity in rows:
        if date_id is not None:
            found[date_id][unit_id] = Want(unit_id, quantity)
    return {date_id: tuple(wants.values()) for date_id, wants in found.items()}


def held_at(unit_id: int, at: datetime) -> tuple[int, int] | None:
    """The (booking, date) of a person's confirmed booking that holds a unit at an instant, asked for as such."""
    row = (
        session()
        .execute(
            select(BookingDate.booking_id, BookingDate.id)
            .join(Allocation, Allocation.date_id == BookingDate.id)
            .join(Booking, Booking.id == BookingDate.booking_id)
            .where(
                Allocation.unit_id == unit_id,
                Allocation.asked,
                Allocation.holds,
                Allocation.exclusive,
                Allocation.starts_at <= at,
                Allocation.ends_at > at,
                BookingDate.state == "confirmed",
                Booking.origin == "person",
            )
            .limit(1)
        )
        .first()
    )
    return (row[0], row[1]) if row else None


def give_to(booking_id: int, holder_id: int, member_id: int, requester_id: int) -> None:
    """Somebody else holds the booking from now on."""
    session().execute(
        update(Booking)
        .where(Booking.id == booking_id)
        .values(holder_id=holder_id, member_id=member_id, requester_id=requester_id)
    )
