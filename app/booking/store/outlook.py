"""Rows of bookings as figures: what is still to come for a member, and how a week stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select

from app.booking.rules.course import CONFIRMED, WAITING
from app.booking.rules.listing import Named
from app.booking.store.visible import visible
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.catalogue.tables import Lab, TrainingBase, Unit
from app.consortium.rules.scope import Scope
from app.consortium.tables.people import Member, Person
from app.database import session
from app.foundation.timespan import Span

_OPEN = (CONFIRMED, WAITING)
LONGEST = timedelta(days=370)
"""No date began longer ago than this and still runs: it keeps the index in use."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Dates counted under one name."""

    id: int
    name_zh: str
    name_en: str
    dates: int


@dataclass(frozen=True, slots=True)
class DayDate:
    """One date of a day: which booking, when, for whom."""

    date_id: int
    booking_id: int
    title: str
    state: str
    span: Span
    periods: str
    holder: str
    member: Named


def day_dates(scope: Scope, span: Span, limit: int) -> list[DayDate]:
    """Dates of that time within the scope, confirmed or waiting, the earliest first."""
    rows = session().execute(
        select(
            BookingDate.id,
            BookingDate.booking_id,
            Booking.title,
            BookingDate.state,
            BookingDate.starts_at,
            BookingDate.ends_at,
            BookingDate.periods,
            Person.name,
            Member.id,
            Member.name_zh,
            Member.name_en,
        )
        .join(Booking, Booking.id == BookingDate.booking_id)
        .join(Person, Person.id == Booking.holder_id)
        .join(Member, Member.id == Booking.member_id)
        .where(
            visible(scope),
            BookingDate.state.in_(_OPEN),
            *_touching(span),
        )
        .order_by(BookingDate.starts_at, BookingDate.id)
        .limit(limit)
    )
    return [
        DayDate(row[0], row[1], row[2], row[3], Span(row[4], row[5]), row[6], row[7], Named(row[8], row[9], row[10]))
        for row in rows
    ]


def dates_to_come(member_id: int, since: datetime) -> int:
    """How many dates that member still holds or waits for from then on."""
    return (
        session()
        .execute(
            select(func.count(BookingDate.id))
            .join(Booking, Booking.id == BookingDate.booking_id)
            .where(Booking.member_id == member_id, BookingDate.ends_at > since, BookingDate.state.in_(_OPEN))
        )
        .scalar_one()
    )


def dates_in(span: Span) -> tuple[int, int]:
    """How many dates touch that time: confirmed, and still awaiting an answer."""
    rows = session().execute(
        select(BookingDate.state, func.count(BookingDate.id))
        .where(*_touching(span), BookingDate.state.in_(_OPEN))
        .group_by(BookingDate.state)
    )
    counted = {row[0]: row[1] for row in rows}
    return counted.get(CONFIRMED, 0), counted.get(WAITING, 0)


def by_base(span: Span) -> list[Tally]:
    """Confirmed dates of that time by base, the busiest first."""
    dates = func.count(BookingDate.id.distinct())
    rows = session().execute(
        select(TrainingBase.id, TrainingBase.name_zh, TrainingBase.name_en, dates)
        .join(Lab, Lab.base_id == TrainingBase.id)
        .join(Unit, Unit.lab_id == Lab.id)
        .join(Allocation, and_(Allocation.unit_id == Unit.id, Allocation.asked))
        .join(BookingDate, BookingDate.id == Allocation.date_id)
        .where(BookingDate.state == CONFIRMED, *_touching(span))
        .group_by(TrainingBase.id, TrainingBase.name_zh, TrainingBase.name_en)
        .order_by(dates.desc(), TrainingBase.id)
    )
    return [Tally(*row) for row in rows]


def by_member(span: Span) -> list[Tally]:
    """Confirmed dates of that time by the member that booked, the busiest first."""
    dates = func.count(BookingDate.id)
    rows = session().execute(
        select(Member.id, Member.name_zh, Member.name_en, dates)
        .join(Booking, Booking.member_id == Member.id)
        .join(BookingDate, BookingDate.booking_id == Booking.id)
        .where(BookingDate.state == CONFIRMED, *_touching(span))
        .group_by(Member.id, Member.name_zh, Member.name_en)
        .order_by(dates.desc(), Member.id)
    )
    return [Tally(*row) for row in rows]


def _touching(span: Span) -> tuple[ColumnElement[bool], ...]:
    return (
        BookingDate.starts_at < span.end,
        BookingDate.starts_at > span.start - LONGEST,
        BookingDate.ends_at > span.start,
    )
