"""Which approvals somebody may answer now, as a condition on the rows: what the inbox lists and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, false, not_, or_, select, true
from sqlalchemy.sql.functions import func

from app.booking.rules.chain import ADMINISTRATOR, APPLICANT_ADMIN, DEPARTMENT, OWNER, PARTIES, UP, WAITING, line
from app.booking.store.visible import on_the_owner_side
from app.booking.tables.approvals import PartyAnswer
from app.booking.tables.bookings import Allocation, Approval, Booking, BookingDate
from app.catalogue.store.units import owned_on
from app.catalogue.tables import Lab, Ownership
from app.catalogue.tables import Unit as UnitRow
from app.consortium.rules.scope import Scope
from app.database import session

_LINES = {
    party: tuple((seat, asked) for seat in PARTIES for asked in line(seat, ADMINISTRATOR) if party in line(seat, asked))
    for party in (*PARTIES, *UP.values())
}
"""For each party the seats, and who is asked in their place, for which it may answer."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One of those for whom somebody answers, herself first: whose place it is, and for each party what she reaches."""

    person_id: int
    scopes: Mapping[str, Scope] = field(default_factory=dict)


def answerable(standings: Sequence[Standing]) -> ColumnElement[bool]:
    """Approvals (joined to their booking) for which an answer is waited for that one of these may give.

    Nobody answers for what she holds or asked for, nor for somebody who does.
    """
    if not standings:
        return false()
    me = standings[0].person_id
    return and_(_not_of(me), or_(*(and_(_not_of(each.person_id), _asked_of(each)) for each in standings)))


def _not_of(person_id: int) -> ColumnElement[bool]:
    return and_(Booking.holder_id != person_id, Booking.requester_id != person_id)


def _asked_of(standing: Standing) -> ColumnElement[bool]:
    parts = [
        exists()
        .where(
            PartyAnswer.booking_id == Approval.booking_id,
            PartyAnswer.base_id == Approval.base_id,
            PartyAnswer.state == WAITING,
            or_(*(and_(PartyAnswer.seat == seat, PartyAnswer.party == asked) for seat, asked in _LINES[party])),
        )
        .correlate(Approval)
        & _reached(party, scope)
        for party, scope in standing.scopes.items()
        if not scope.is_empty
    ]
    return or_(*parts) if parts else false()


def _reached(party: str, scope: Scope) -> ColumnElement[bool]:
    if scope.everything:
        return true()
    if party in (DEPARTMENT, APPLICANT_ADMIN):
        return Booking.member_id.in_(sorted(scope.member_ids))
    if not scope.owner_side:
        return false()
    mine = on_the_owner_side(scope.owner_side, scope.on)
    if party == OWNER:
        mine = and_(mine, or_(*(_owned_by(member_id, scope.on) for member_id, _ in sorted(scope.owner_side, key=str))))
    return and_(_some_unit(mine), ~_some_unit(and_(BookingDate.state == WAITING, UnitRow.needs_approval, not_(mine))))


def _some_unit(such: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the booking asks for such a unit in this base."""
    return (
        exists()
        .where(
            BookingDate.booking_id == Approval.booking_id,
            Allocation.date_id == BookingDate.id,
            Allocation.asked,
            UnitRow.id == Allocation.unit_id,
            Lab.id == UnitRow.lab_id,
            Lab.base_id == Approval.base_id,
            such,
        )
        .correlate(Approval)
    )


def _owned_by(member_id: int, on: date) -> ColumnElement[bool]:
    """Units (joined to their lab) that a member owns a share of; of what has no owner on record, any on its side are."""
    mine, anybodys = _owned(Ownership.member_id == member_id, on), _owned(true(), on)
    return or_(mine, not_(anybodys))


def _owned(by: ColumnElement[bool], on: date) -> ColumnElement[bool]:
    owned = select(Ownership.id).where(by, owned_on(on))
    return or_(
        Lab.base_id.in_(owned.with_only_columns(Ownership.base_id).where(Ownership.base_id.is_not(None))),
        Lab.id.in_(owned.with_only_columns(Ownership.lab_id).where(Ownership.lab_id.is_not(None))),
        UnitRow.id.in_(owned.with_only_columns(Ownership.unit_id).where(Ownership.unit_id.is_not(None))),
    )


def waiting_ids(standings: Sequence[Standing]) -> list[tuple[int, int]]:
    """Booking and base of every approval that waits for one of these; the earliest use first."""
    first_at = (
        select(func.min(BookingDate.starts_at))
        .where(BookingDate.booking_id == Approval.booking_id, BookingDate.state == WAITING)
        .correlate(Approval)
        .scalar_subquery()
    )
    rows = session().execute(
        select(Approval.booking_id, Approval.base_id)
        .join(Booking, Booking.id == Approval.booking_id)
        .where(Approval.state == WAITING, answerable(standings))
        .order_by(first_at, Approval.booking_id, Approval.base_id)
    )
    return [(row[0], row[1]) for row in rows]


def count_waiting(standings: Sequence[Standing]) -> int:
    """How many bookings wait for an answer from one of these."""
    query = (
        select(func.count(Approval.booking_id.distinct()))
        .join(Booking, Booking.id == Approval.booking_id)
        .where(Approval.state == WAITING, answerable(standings))
    )
    return session().execute(query).scalar_one()
