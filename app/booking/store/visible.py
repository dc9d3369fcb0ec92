"""Which bookings lie in a scope, as a condition on booking's own columns. Every list of bookings goes through here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, false, not_, or_, select, true

from app.booking.tables.bookings import Allocation, Approval, Booking, BookingDate
from app.catalogue.store.units import owned_on
from app.catalogue.tables import Lab, Ownership, Party, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.consortium.rules.scope import Scope


def visible(scope: Scope) -> ColumnElement[bool]:
    """The bookings inside a scope."""
    if scope.everything:
        return true()
    parts: list[ColumnElement[bool]] = []
    if scope.holder_id is not None:
        parts += [Booking.holder_id == scope.holder_id, Booking.requester_id == scope.holder_id]
    if scope.member_ids:
        parts.append(Booking.member_id.in_(sorted(scope.member_ids)))
    if scope.owner_side:
        parts.append(
            exists()
            .where(
                BookingDate.booking_id == Booking.id,
                Allocation.date_id == BookingDate.id,
                Allocation.asked,
                UnitRow.id == Allocation.unit_id,
                Lab.id == UnitRow.lab_id,
                on_the_owner_side(scope.owner_side, scope.on),
            )
            .correlate(Booking)
        )
    return or_(*parts) if parts else false()


def answerable(scope: Scope) -> ColumnElement[bool]:
    """The approvals (rows of `Approval`) that somebody with this scope may answer: for units of that very base.

    Where units of several owners wait in it, only somebody on the side of each one that needs an answer gives it.
    """
    if scope.everything:
        return true()
    if not scope.owner_side:
        return false()
    mine = on_the_owner_side(scope.owner_side, scope.on)
    return and_(
        Approval.base_id.in_(select(Lab.base_id).join(UnitRow, UnitRow.lab_id == Lab.id).where(mine)),
        exists()
        .where(
            BookingDate.booking_id == Approval.booking_id,
            Allocation.date_id == BookingDate.id,
            Allocation.asked,
            UnitRow.id == Allocation.unit_id,
            Lab.id == UnitRow.lab_id,
            Lab.base_id == Approval.base_id,
            mine,
        )
        .correlate(Approval),
        ~exists()
        .where(
            BookingDate.booking_id == Approval.booking_id,
            BookingDate.state == "waiting",
            Allocation.date_id == BookingDate.id,
            Allocation.asked,
            UnitRow.id == Allocation.unit_id,
            UnitRow.needs_approval,
            Lab.id == UnitRow.lab_id,
            Lab.base_id == Approval.base_id,
            not_(mine),
        )
        .correlate(Approval),
    )


def on_the_owner_side(offices: Iterable[tuple[int, int | None]], on: date) -> ColumnElement[bool]:
    """Units (joined to their lab) that these members own, host, operate or keep; with a base, only inside it."""
    return or_(*(_of_member(member_id, base_id, on) for member_id, base_id in sorted(offices, key=str)))


def _of_member(member_id: int, base_id: int | None, on: date) -> ColumnElement[bool]:
    bases = select(TrainingBase.id).where(
        or_(
            TrainingBase.host_id == member_id,
            TrainingBase.operator_id == member_id,
            TrainingBase.keeping_member_id == member_id,
        )
    )
    owned = select(Ownership.id).where(Ownership.member_id == member_id, owned_on(on))
    partly = select(Party.id).where(Party.member_id == member_id)
    here = or_(
        Lab.base_id.in_(bases),
        Lab.base_id.in_(owned.with_only_columns(Ownership.base_id).where(Ownership.base_id.is_not(None))),
        Lab.id.in_(owned.with_only_columns(Ownership.lab_id).where(Ownership.lab_id.is_not(None))),
        Lab.id.in_(partly.with_only_columns(Party.lab_id).where(Party.lab_id.is_not(None))),
        UnitRow.id.in_(owned.with_only_columns(Ownership.unit_id).where(Ownership.unit_id.is_not(None))),
        UnitRow.id.in_(partly.with_only_columns(Party.unit_id).where(Party.unit_id.is_not(None))),
    )
    return here if base_id is None else and_(Lab.base_id == base_id, here)
