"""Rows of approvals as the inbox shows them: what waits, what competes with it, what was decided."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from app.booking.rules.course import WAITING
from app.booking.rules.listing import Decided, Named, Rival
from app.booking.store.visible import answerable, on_the_owner_side
from app.booking.tables.approvals import PartyAnswer
from app.booking.tables.bookings import Allocation, Approval, Booking, BookingDate
from app.catalogue.tables import Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.consortium.rules.scope import Scope
from app.consortium.tables.people import Member, Person
from app.database import session
from app.foundation.timespan import Span


def rivals(booking_ids: Sequence[int], scope: Scope) -> dict[int, tuple[Rival, ...]]:
    """For each waiting booking, the other waiting ones that want the same unit at the same time.

    Only about units in this scope: of what else a booking asks for, another keeper sees the rivals.
    """
    if not booking_ids or not (scope.everything or scope.owner_side):
        return {}
    mine, theirs = aliased(Allocation), aliased(Allocation)
    my_date, their_date = aliased(BookingDate), aliased(BookingDate)
    rows = session().execute(
        select(
            my_date.booking_id,
            Booking.id,
            Booking.title,
            Member.id,
            Member.name_zh,
            Member.name_en,
            func.min(their_date.starts_at),
            func.min(their_date.ends_at),
        )
        .select_from(my_date)
        .join(mine, mine.date_id == my_date.id)
        .join(
            theirs,
            and_(
                theirs.unit_id == mine.unit_id,
                theirs.starts_at < mine.ends_at,
                theirs.ends_at > mine.starts_at,
                theirs.exclusive | mine.exclusive,
            ),
        )
        .join(UnitRow, UnitRow.id == theirs.unit_id)
        .join(Lab, Lab.id == UnitRow.lab_id)
        .join(their_date, their_date.id == theirs.date_id)
        .join(Booking, Booking.id == their_date.booking_id)
        .join(Member, Member.id == Booking.member_id)
        .where(
            true() if scope.everything else on_the_owner_side(scope.owner_side, scope.on),
            my_date.booking_id.in_(list(booking_ids)),
            my_date.state == WAITING,
            their_date.state == WAITING,
            their_date.booking_id != my_date.booking_id,
            their_date.booking_id.in_(select(Approval.booking_id).where(Approval.state == WAITING)),
        )
        .group_by(my_date.booking_id, Booking.id, Booking.title, Member.id, Member.name_zh, Member.name_en)
        .order_by(my_date.booking_id, func.min(their_date.starts_at))
    )
    found: dict[int, list[Rival]] = {}
    for booking_id, other_id, title, member_id, name_zh, name_en, start, end in rows:
        rival = Rival(other_id, title, Named(member_id, name_zh, name_en), Span(start, end))
        found.setdefault(booking_id, []).append(rival)
    return {booking_id: tuple(each) for booking_id, each in found.items()}


def _given(scope: Scope, person_id: int) -> ColumnElement[bool]:
    """Answers of bases this scope keeps, and those to which this person has said something herself."""
    said = (
        exists()
        .where(
            PartyAnswer.booking_id == Approval.booking_id,
            PartyAnswer.base_id == Approval.base_id,
            PartyAnswer.decided_by == person_id,
        )
        .correlate(Approval)
    )
    return and_(Approval.decided_at.is_not(None), or_(answerable(scope), said))


def decided(scope: Scope, person_id: int, limit: int, offset: int) -> list[Decided]:
    """Answers that were given, the newest first."""
    holder, decider = aliased(Person), aliased(Person)
    dated = select().where(BookingDate.booking_id == Booking.id).correlate(Booking)
    rows = session().execute(
        select(
            Booking.id,
            Booking.title,
            Member.id,
            Member.name_zh,
            Member.name_en,
            holder.name,
            TrainingBase.id,
            TrainingBase.name_zh,
            TrainingBase.name_en,
            Approval.state,
            func.coalesce(decider.name, ""),
            Approval.decided_at,
            Approval.note,
            Approval.reason,
            dated.with_only_columns(func.min(BookingDate.starts_at)).scalar_subquery(),
            dated.with_only_columns(func.min(BookingDate.ends_at)).scalar_subquery(),
        )
        .join(Booking, Booking.id == Approval.booking_id)
        .join(Member, Member.id == Booking.member_id)
        .join(holder, holder.id == Booking.holder_id)
        .join(TrainingBase, TrainingBase.id == Approval.base_id)
        .outerjoin(decider, decider.id == Approval.decided_by)
        .where(_given(scope, person_id))
        .order_by(Approval.decided_at.desc(), Approval.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [
        Decided(
            booking_id=row[0],
            title=row[1],
            member=Named(row[2], row[3], row[4]),
            holder=row[5],
            base=Named(row[6], row[7], row[8]),
            state=row[9],
            by=row[10],
            at=row[11],
            note=row[12],
            reason=row[13],
            span=Span(row[14], row[15]),
        )
        for row in rows
        if row[11] is not None
    ]


def count_decided(scope: Scope, person_id: int) -> int:
    query = select(func.count()).select_from(Approval).where(_given(scope, person_id))
    return session().execute(query).scalar_one()
