"""Rows of other times that somebody who is to agree has proposed, to values and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from app.booking.rules.counter_offer import OPEN, PAST, CounterOffer
from app.booking.tables.approvals import CounterOffer as Row
from app.database import hold, session
from app.foundation.timespan import Span


def add(offer: CounterOffer) -> int:
    made: int = (
        session()
        .execute(
            insert(Row)
            .values(
                booking_id=offer.booking_id,
                date_id=offer.date_id,
                starts_at=offer.span.start,
                ends_at=offer.span.end,
                by_id=offer.by_id,
                for_person=offer.for_person,
                seats=" ".join(f"{base_id}:{seat}" for base_id, seat in offer.seats),
                note=offer.note,
                state=offer.state,
                made_at=offer.made_at,
            )
            .returning(Row.id)
        )
        .scalar_one()
    )
    return made


def find(offer_id: int, *, lock: bool = False) -> CounterOffer | None:
    if lock:
        hold(Row, Row.id == offer_id)
    found = _offers(Row.id == offer_id)
    return found[0] if found else None


def of_bookings(booking_ids: Collection[int], *, only_open: bool = False) -> list[CounterOffer]:
    """All that was proposed for these bookings, the newest first; one query."""
    wanted = [Row.booking_id.in_(sorted(booking_ids)), *([Row.state == OPEN] if only_open else [])]
    return _offers(*wanted)


def _offers(*where: Any) -> list[CounterOffer]:
    rows: Iterable[Any] = session().execute(
        select(
            Row.id,
            Row.booking_id,
            Row.date_id,
            Row.starts_at,
            Row.ends_at,
            Row.by_id,
            Row.for_person,
            Row.seats,
            Row.note,
            Row.state,
            Row.made_at,
            Row.answered_at,
        )
        .where(*where)
        .order_by(Row.id.desc())
    )
    return [
        CounterOffer(
            offer_id, booking_id, date_id, Span(start, end), by_id, for_person, _seats(seats), note, state, *when
        )
        for offer_id, booking_id, date_id, start, end, by_id, for_person, seats, note, state, *when in rows
    ]


def _seats(text: str) -> tuple[tuple[int, str], ...]:
    pairs = (each.partition(":") for each in text.split())
    return tuple((int(base_id), seat) for base_id, _, seat in pairs)


def answer(offer_id: int, state: str, now: datetime) -> bool:
    """Whether it was still open."""
    row = session().execute(
        update(Row).where(Row.id == offer_id, Row.state == OPEN).values(state=state, answered_at=now).returning(Row.id)
    )
    return row.first() is not None


def end_open(booking_id: int, now: datetime) -> None:
    """What is still open for a booking is past: something else has become of it."""
    session().execute(
        update(Row).where(Row.booking_id == booking_id, Row.state == OPEN).values(state=PAST, answered_at=now)
    )
