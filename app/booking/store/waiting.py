"""Rows of standbys and offers, to values and back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, exists, insert, select, update

from app.booking.rules.waiting import OPEN, Offer, Standby, StandbyForm
from app.booking.tables.bookings import Allocation, BookingDate
from app.booking.tables.line import Offer as OfferRow
from app.booking.tables.line import Standby as StandbyRow
from app.booking.tables.line import StandbyUnit
from app.catalogue.tables import Unit as UnitRow
from app.database import hold, session
from app.foundation.timespan import Span


def add(person_id: int, member_id: int, rank: int, form: StandbyForm, now: datetime) -> int:
    """Keep a standby; its id."""
    whose = {"person_id": person_id, "member_id": member_id, "state": OPEN, "rank": rank, "asked_at": now, "version": 1}
    standby_id = (
        session().execute(insert(StandbyRow).values(**whose, **_columns(form)).returning(StandbyRow.id)).scalar_one()
    )
    _add_units(standby_id, form)
    return standby_id


def rewrite(standby_id: int, version: int, form: StandbyForm, rank: int, asked_at: datetime) -> bool:
    """Compare and swap: another wish and another place in the line, where the standby still had this version."""
    row = (
        session()
        .execute(
            update(StandbyRow)
            .where(StandbyRow.id == standby_id, StandbyRow.version == version)
            .values(rank=rank, asked_at=asked_at, version=version + 1, **_columns(form))
            .returning(StandbyRow.id)
        )
        .first()
    )
    if row is None:
        return False
    session().execute(delete(StandbyUnit).where(StandbyUnit.standby_id == standby_id))
    _add_units(standby_id, form)
    return True


def _columns(form: StandbyForm) -> dict[str, Any]:
    return {
        "quantity": form.quantity,
        "first_day": form.first_day,
        "last_day": form.last_day,
        "weekdays": "".join(str(each) for each in sorted(set(form.weekdays))),
        "from_minute": form.from_minute,
        "until_minute": form.until_minute,
        "minutes": form.minutes,
        "periods": form.periods,
        "title": form.title.strip(),
        "purpose": form.purpose,
        "headcount": form.headcount,
        "note": form.note.strip(),
        "declared": " ".join(form.declared),
    }


def _add_units(standby_id: int, form: StandbyForm) -> None:
    many = dict(zip(form.unit_ids, form.together, strict=bool(form.together)))
    session().execute(
        insert(StandbyUnit),
        [
            {"standby_id": standby_id, "unit_id": unit_id, "place": n, "quantity": many.get(unit_id)}
            for n, unit_id in enumerate(dict.fromkeys(form.unit_ids))
        ],
    )


def standbys(
    *,
    standby_ids: Collection[int] | None = None,
    person_id: int | None = None,
    unit_ids: Collection[int] | None = None,
    state: str | None = None,
    still_on: date | None = None,
) -> list[Standby]:
    """Standbys in the order of the line: these, of this person, for any of these units, in this state, not yet past."""
    query = select(
        StandbyRow.id,
        StandbyRow.version,
        StandbyRow.person_id,
        StandbyRow.member_id,
        StandbyRow.state,
        StandbyRow.rank,
        StandbyRow.asked_at,
        StandbyRow.quantity,
        StandbyRow.first_day,
        StandbyRow.last_day,
        StandbyRow.weekdays,
        StandbyRow.from_minute,
        StandbyRow.until_minute,
        StandbyRow.minutes,
        StandbyRow.periods,
        StandbyRow.title,
        StandbyRow.purpose,
        StandbyRow.headcount,
        StandbyRow.note,
        StandbyRow.declared,
        StandbyUnit.unit_id,
        StandbyUnit.quantity.label("together"),
    ).join(StandbyUnit, StandbyUnit.standby_id == StandbyRow.id)
    if standby_ids is not None:
        query = query.where(StandbyRow.id.in_(list(standby_ids)))
    if person_id is not None:
        query = query.where(StandbyRow.person_id == person_id)
    if unit_ids is not None:
        any_of = select(StandbyUnit.standby_id).where(StandbyUnit.unit_id.in_(list(unit_ids)))
        query = query.where(StandbyRow.id.in_(any_of))
    if state is not None:
        query = query.where(StandbyRow.state == state)
    if still_on is not None:
        query = query.where(StandbyRow.last_day >= still_on)
    kept: dict[int, tuple[Any, list[tuple[int, int | None]]]] = {}
    for *row, unit_id, many in session().execute(
        query.order_by(StandbyRow.rank, StandbyRow.asked_at, StandbyRow.id, StandbyUnit.place)
    ):
        kept.setdefault(row[0], (row, []))[1].append((unit_id, many))
    return [_standby(row, units) for row, units in kept.values()]


def _standby(row: Any, units: Sequence[tuple[int, int | None]]) -> Standby:
    parts: Any = row[7:]
    quantity, first, last, weekdays, since, until, minutes, periods, title, purpose, headcount, note, declared = parts
    form = StandbyForm(
        tuple(unit_id for unit_id, _ in units),
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
        tuple(declared.split()),
        tuple(many for _, many in units if many is not None),
    )
    standby_id, version, person_id, member_id, state, rank, asked_at = row[:7]
    return Standby(standby_id, version, person_id, member_id, state, rank, asked_at, form)


def find(standby_id: int, *, lock: bool = False) -> Standby | None:
    """A standby, locked until the transaction ends where asked for; None where there is none."""
    if lock:
        hold(StandbyRow, StandbyRow.id == standby_id)
    found = standbys(standby_ids=[standby_id])
    return found[0] if found else None


def set_state(standby_id: int, version: int, state: str, now: datetime, *, ends: bool) -> bool:
    """Compare and swap: whether the standby still had this version. One that `ends` waits no more."""
    row = (
        session()
        .execute(
            update(StandbyRow)
            .where(StandbyRow.id == standby_id, StandbyRow.version == version)
            .values(state=state, version=version + 1, closed_at=now if ends else None)
            .returning(StandbyRow.id)
        )
        .first()
    )
    return row is not None


def add_offer(standby_id: int, booking_id: int, unit_id: int, span: Span, now: datetime, expires_at: datetime) -> int:
    """Keep an offer; its id."""
    return (
        session()
        .execute(
            insert(OfferRow)
            .values(
                standby_id=standby_id,
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
    OfferRow.standby_id,
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
    standby_ids: Collection[int] | None = None,
    booking_id: int | None = None,
    due_at: datetime | None = None,
) -> list[Offer]:
    """Offers in the order in which they were made: these, for these standbys, of this booking, open and run out by then."""
    query = select(*_OFFER).order_by(OfferRow.id)
    if offer_ids is not None:
        query = query.where(OfferRow.id.in_(list(offer_ids)))
    if standby_ids is not None:
        query = query.where(OfferRow.standby_id.in_(list(standby_ids)))
    if booking_id is not None:
        query = query.where(OfferRow.booking_id == booking_id)
    if due_at is not None:
        query = query.where(OfferRow.state == OPEN, OfferRow.expires_at <= due_at)
    return [
        Offer(offer_id, standby_id, of_booking, unit_id, Span(start, end), made_at, expires_at, state)
        for offer_id, standby_id, of_booking, unit_id, start, end, made_at, expires_at, state in session().execute(
            query
        )
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
    return bool(session().scalar(select(exists().where(StandbyRow.state == OPEN))))


def in_the_labs_of(unit_ids: Collection[int]) -> set[int]:
    """Every unit in the labs of these units: a freed lab frees its machines, a freed machine may free the lab."""
    labs = select(UnitRow.lab_id).where(UnitRow.id.in_(list(unit_ids)))
    return set(session().scalars(select(UnitRow.id).where(UnitRow.lab_id.in_(labs))))


def wanted_together_with(unit_ids: Collection[int]) -> set[int]:
    """These units, and those that somebody waits for together with one of them."""
    touched = (
        select(StandbyUnit.standby_id)
        .join(StandbyRow, StandbyRow.id == StandbyUnit.standby_id)
        .where(StandbyRow.state == OPEN, StandbyUnit.quantity.is_not(None), StandbyUnit.unit_id.in_(list(unit_ids)))
    )
    together = session().scalars(select(StandbyUnit.unit_id).where(StandbyUnit.standby_id.in_(touched)))
    return {*unit_ids, *together}
