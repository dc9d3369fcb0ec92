"""Rows of wishes and offers, to values and back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, insert, select, update

from app.booking.rules.waiting import OPEN, Offer, Wish, WishForm
from app.booking.tables import Allocation, BookingDate, WishUnit
from app.booking.tables import Offer as OfferRow
from app.booking.tables import Wish as WishRow
from app.catalogue.tables import Unit as UnitRow
from app.database import hold, session
from app.foundation.timespan import Span


def add(person_id: int, member_id: int, rank: int, form: WishForm, now: datetime) -> int:
    """Keep a wish; its id."""
    wish_id = (
        session()
        .execute(
            insert(WishRow)
            .values(
                person_id=person_id,
                member_id=member_id,
                state=OPEN,
                rank=rank,
                quantity=form.quantity,
                first_day=form.first_day,
                last_day=form.last_day,
                weekdays="".join(str(each) for each in sorted(set(form.weekdays))),
                from_minute=form.from_minute,
                until_minute=form.until_minute,
                minutes=form.minutes,
                periods=form.periods,
                title=form.title.strip(),
                purpose=form.purpose,
                headcount=form.headcount,
                note=form.note.strip(),
                asked_at=now,
                version=1,
            )
            .returning(WishRow.id)
        )
        .scalar_one()
    )
    units = dict.fromkeys(form.unit_ids)
    session().execute(
        insert(WishUnit), [{"wish_id": wish_id, "unit_id": unit_id, "place": n} for n, unit_id in enumerate(units)]
    )
    return wish_id


def wishes(
    *,
    wish_ids: Collection[int] | None = None,
    person_id: int | None = None,
    unit_ids: Collection[int] | None = None,
    state: str | None = None,
    still_on: date | None = None,
) -> list[Wish]:
    """Wishes in the order of the line: these, of this person, for any of these units, in this state, not yet past."""
    query = select(
        WishRow.id,
        WishRow.version,
        WishRow.person_id,
        WishRow.member_id,
        WishRow.state,
        WishRow.rank,
        WishRow.asked_at,
        WishRow.quantity,
        WishRow.first_day,
        WishRow.last_day,
        WishRow.weekdays,
        WishRow.from_minute,
        WishRow.until_minute,
        WishRow.minutes,
        WishRow.periods,
        WishRow.title,
        WishRow.purpose,
        WishRow.headcount,
        WishRow.note,
        WishUnit.unit_id,
    ).join(WishUnit, WishUnit.wish_id == WishRow.id)
    if wish_ids is not None:
        query = query.where(WishRow.id.in_(list(wish_ids)))
    if person_id is not None:
        query = query.where(WishRow.person_id == person_id)
    if unit_ids is not None:
        any_of = select(WishUnit.wish_id).where(WishUnit.unit_id.in_(list(unit_ids)))
        query = query.where(WishRow.id.in_(any_of))
    if state is not None:
        query = query.where(WishRow.state == state)
    if still_on is not None:
        query = query.where(WishRow.last_day >= still_on)
    kept: dict[int, tuple[Any, list[int]]] = {}
    for *row, unit_id in session().execute(query.order_by(WishRow.rank, WishRow.asked_at, WishRow.id, WishUnit.place)):
        kept.setdefault(row[0], (row, []))[1].append(unit_id)
    return [_wish(row, units) for row, units in kept.values()]


def _wish(row: Any, unit_ids: Sequence[int]) -> Wish:
    parts: Any = row[7:]
    quantity, first, last, weekdays, since, until, minutes, periods, title, purpose, headcount, note = parts
    form = WishForm(
        tuple(unit_ids),
        quantity,
        first,
        last,
        tuple(int(each) for each in weekdays),
        since,
        until,
        minutes,
        periods,
        title,
        purpose,
        headcount,
        note,
    )
    wish_id, version, person_id, member_id, state, rank, asked_at = row[:7]
    return Wish(wish_id, version, person_id, member_id, state, rank, asked_at, form)


def find(wish_id: int, *, lock: bool = False) -> Wish | None:
    """A wish, locked until the transaction ends where asked for; None where there is none."""
    if lock:
        hold(WishRow, WishRow.id == wish_id)
    found = wishes(wish_ids=[wish_id])
    return found[0] if found else None


def set_state(wish_id: int, version: int, state: str, now: datetime, *, ends: bool) -> bool:
    """Compare and swap: whether the wish still had this version. One that `ends` waits no more."""
    row = (
        session()
        .execute(
            update(WishRow)
            .where(WishRow.id == wish_id, WishRow.version == version)
            .values(state=state, version=version + 1, closed_at=now if ends else None)
            .returning(WishRow.id)
        )
        .first()
    )
    return row is not None


def add_offer(wish_id: int, booking_id: int, unit_id: int, span: Span, now: datetime, expires_at: datetime) -> int:
    """Keep an offer; its id."""
    return (
        session()
        .execute(
            insert(OfferRow)
            .values(
                wish_id=wish_id,
                booking_id=booking_id,
                unit_id=unit_id,
                starts_at=span.start,
                ends_at=span.end,
                made_at=now,
                expires_at=expires_at,
                state=OPEN,
            )
            .returning(OfferRow.id)
        )
        .scalar_one()
    )


_OFFER = (
    OfferRow.id,
    OfferRow.wish_id,
    OfferRow.booking_id,
    OfferRow.unit_id,
    OfferRow.starts_at,
    OfferRow.ends_at,
    OfferRow.made_at,
    OfferRow.expires_at,
    OfferRow.state,
)


def offers(
    *,
    offer_ids: Collection[int] | None = None,
    wish_ids: Collection[int] | None = None,
    booking_id: int | None = None,
    due_at: datetime | None = None,
) -> list[Offer]:
    """Offers in the order in which they were made: these, for these wishes, of this booking, open and run out by then."""
    query = select(*_OFFER).order_by(OfferRow.id)
    if offer_ids is not None:
        query = query.where(OfferRow.id.in_(list(offer_ids)))
    if wish_ids is not None:
        query = query.where(OfferRow.wish_id.in_(list(wish_ids)))
    if booking_id is not None:
        query = query.where(OfferRow.booking_id == booking_id)
    if due_at is not None:
        query = query.where(OfferRow.state == OPEN, OfferRow.expires_at <= due_at)
    return [
        Offer(offer_id, wish_id, of_booking, unit_id, Span(start, end), made_at, expires_at, state)
        for offer_id, wish_id, of_booking, unit_id, start, end, made_at, expires_at, state in session().execute(query)
    ]


def answer(offer_id: int, state: str, now: datetime) -> bool:
    """Compare and swap: whether the offer was still open."""
    row = (
        session()
        .execute(
            update(OfferRow)
            .where(OfferRow.id == offer_id, OfferRow.state == OPEN)
            .values(state=state, answered_at=now)
            .returning(OfferRow.id)
        )
        .first()
    )
    return row is not None


def freed_by(date_ids: Sequence[int]) -> list[tuple[int, Span]]:
    """What these dates hold now: (unit, time), asked for or taken along; read before it is let go."""
    rows = session().execute(
        select(Allocation.unit_id, Allocation.starts_at, Allocation.ends_at)
        .join(BookingDate, BookingDate.id == Allocation.date_id)
        .where(Allocation.date_id.in_(list(date_ids)), Allocation.holds)
    )
    return [(unit_id, Span(start, end)) for unit_id, start, end in rows]


def freed_by_closure(closure_id: int) -> list[tuple[int, Span]]:
    """What a closure holds now."""
    rows = session().execute(
        select(Allocation.unit_id, Allocation.starts_at, Allocation.ends_at).where(
            Allocation.closure_id == closure_id, Allocation.holds
        )
    )
    return [(unit_id, Span(start, end)) for unit_id, start, end in rows]


def anybody_waits() -> bool:
    """Whether anybody waits for anything: on most days nobody does, and nothing more need be read."""
    return bool(session().scalar(select(exists().where(WishRow.state == OPEN))))


def in_the_labs_of(unit_ids: Collection[int]) -> set[int]:
    """Every unit in the labs of these units: a freed lab frees its machines, a freed machine may free the lab."""
    labs = select(UnitRow.lab_id).where(UnitRow.id.in_(list(unit_ids)))
    return set(session().scalars(select(UnitRow.id).where(UnitRow.lab_id.in_(labs))))
