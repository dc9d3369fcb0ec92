"""Rows of refusals as the report counts them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, true

from app.booking.rules.chain import REFUSED
from app.booking.rules.refusals import Refusal
from app.booking.store.visible import on_the_owner_side
from app.booking.tables.approvals import PartyAnswer
from app.booking.tables.bookings import Allocation, BookingDate
from app.catalogue.tables import Lab
from app.catalogue.tables import Unit as UnitRow
from app.consortium.rules.scope import Scope
from app.database import session
from app.foundation.timespan import Span


def refusals(scope: Scope, window: Span, base_id: int | None = None, reason: str = "", kind: str = "") -> list[Refusal]:
    """The refusals given within a window at bases on the owner side of this scope; one query.

    A base that refused through two parties at once has refused once.
    """
    if scope.is_empty:
        return []
    where: list[ColumnElement[bool]] = [
        PartyAnswer.state == REFUSED,
        PartyAnswer.decided_at >= window.start,
        PartyAnswer.decided_at < window.end,
        _within(scope),
    ]
    if base_id is not None:
        where.append(PartyAnswer.base_id == base_id)
    if reason:
        where.append(PartyAnswer.reason == reason)
    if kind:
        where.append(PartyAnswer.kind == kind)
    rows: Iterable[Any] = session().execute(
        select(
            PartyAnswer.booking_id,
            PartyAnswer.round,
            PartyAnswer.base_id,
            func.coalesce(PartyAnswer.reason, "other"),
            PartyAnswer.kind,
            PartyAnswer.decided_at,
            BookingDate.id,
            BookingDate.starts_at,
            BookingDate.ends_at,
            func.count(Allocation.unit_id.distinct()),
        )
        .join(
            BookingDate,
            and_(
                BookingDate.booking_id == PartyAnswer.booking_id,
                BookingDate.state == REFUSED,
                BookingDate.changed_at == PartyAnswer.decided_at,
            ),
        )
        .join(Allocation, and_(Allocation.date_id == BookingDate.id, Allocation.asked))
        .join(UnitRow, UnitRow.id == Allocation.unit_id)
        .join(Lab, and_(Lab.id == UnitRow.lab_id, Lab.base_id == PartyAnswer.base_id))
        .where(*where)
        .group_by(
            PartyAnswer.booking_id,
            PartyAnswer.round,
            PartyAnswer.base_id,
            PartyAnswer.reason,
            PartyAnswer.kind,
            PartyAnswer.decided_at,
            BookingDate.id,
            BookingDate.starts_at,
            BookingDate.ends_at,
        )
        .order_by(PartyAnswer.decided_at, BookingDate.id)
    )
    found: dict[tuple[int, int, int], Refusal] = {}
    for booking_id, number, at_base, why, whose, at, _, start, end, units in rows:
        told = found.get((booking_id, number, at_base)) or Refusal(at_base, why, whose, at, ())
        found[booking_id, number, at_base] = replace(told, refused=(*told.refused, (Span(start, end), units)))
    return list(found.values())


def _within(scope: Scope) -> ColumnElement[bool]:
    if scope.everything:
        return true()
    mine = on_the_owner_side(scope.owner_side, scope.on)
    return PartyAnswer.base_id.in_(select(Lab.base_id).join(UnitRow, UnitRow.lab_id == Lab.id).where(mine))
