"""Rows for those who look: the bases and units there are, and which units would also do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Date, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.catalogue.tables import Asset, Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.database import session


def siblings(unit_id: int, quantity: int, day: date, most: int = 12) -> list[int]:
    """Units of the same kind and base that hold as many, those of the same lab first; what `most` cuts off is furthest."""
    this, this_lab = aliased(UnitRow), aliased(Lab)
    return list(
        session().scalars(
            select(UnitRow.id)
            .select_from(this)
            .join(this_lab, this_lab.id == this.lab_id)
            .join(Lab, Lab.base_id == this_lab.base_id)
            .join(UnitRow, UnitRow.lab_id == Lab.id)
            .where(
                this.id == unit_id,
                UnitRow.id != unit_id,
                UnitRow.kind == this.kind,
                UnitRow.capacity >= quantity,
                or_(this.kind != "machine", UnitRow.lab_id == this.lab_id),
                or_(UnitRow.retired_on.is_(None), UnitRow.retired_on > day),
                or_(Lab.retired_on.is_(None), Lab.retired_on > day),
                or_(
                    this.kind != "room", Lab.seats.is_(None), this_lab.seats.is_(None), Lab.seats * 2 >= this_lab.seats
                ),
            )
            .order_by((UnitRow.lab_id != this.lab_id), UnitRow.id)
            .limit(most)
        )
    )


def bell_place(unit_id: int) -> tuple[int | None, str]:
    """Whose calendar a unit goes by (its base's choice, else the host's), and the campus it stands on."""
    row = (
        session()
        .execute(
            select(func.coalesce(TrainingBase.calendar_member_id, TrainingBase.host_id), TrainingBase.campus)
            .join(Lab, Lab.base_id == TrainingBase.id)
            .join(UnitRow, UnitRow.lab_id == Lab.id)
            .where(UnitRow.id == unit_id)
        )
        .first()
    )
    return (row[0], row[1]) if row else (None, "")


def rooms_of(lab_ids: Sequence[int]) -> dict[int, int]:
    """The unit that stands for each whole lab."""
    rows = session().execute(
        select(UnitRow.lab_id, UnitRow.id).where(UnitRow.kind == "room", UnitRow.lab_id.in_(sorted(set(lab_ids))))
    )
    return {lab_id: unit_id for lab_id, unit_id in rows}  # noqa: C416 - rows are not pairs to the type checker


class BaseLine(NamedTuple):
    """A base as a list to choose from shows it."""

    id: int
    name_zh: str
    name_en: str
    host_id: int
    operator_id: int
    keeping_member_id: int
    campus: str = ""
    calendar_id: int | None = None
    """Whose teaching calendar it goes by: its own choice, else the host's."""


@cache
def _base_query() -> Any:
    return (
        select(
            TrainingBase.id,
            TrainingBase.name_zh,
            TrainingBase.name_en,
            TrainingBase.host_id,
            TrainingBase.operator_id,
            TrainingBase.keeping_member_id,
            TrainingBase.campus,
            func.coalesce(TrainingBase.calendar_member_id, TrainingBase.host_id),
        )
        .where(or_(TrainingBase.retired_on.is_(None), TrainingBase.retired_on > bindparam("day", type_=Date())))
        .order_by(TrainingBase.code)
    )


def bases(day: date) -> list[BaseLine]:
    """The bases that are there on this day, in the order of their codes."""
    return [BaseLine(*row) for row in session().execute(_base_query(), {"day": day})]


class UnitLine(NamedTuple):
    """A unit as a row of a grid shows it, with its lab."""

    id: int
    lab_id: int
    base_id: int
    kind: str
    code: str
    name_zh: str
    name_en: str
    capacity: int
    sharing: str
    needs_approval: bool
    setup_minutes: int
    cleaning_minutes: int
    retired_on: date | None
    lab_code: str
    lab_name_zh: str
    lab_name_en: str
    place: str
    seats: int | None


@cache
def _unit_query() -> Any:
    """Made once; only what is asked of it differs."""
    return (
        select(
            UnitRow.id,
            UnitRow.lab_id,
            Lab.base_id,
            UnitRow.kind,
            UnitRow.code,
            UnitRow.name_zh,
            UnitRow.name_en,
            UnitRow.capacity,
            func.coalesce(Asset.sharing, "external"),
            UnitRow.needs_approval,
            UnitRow.setup_minutes,
            UnitRow.cleaning_minutes,
            UnitRow.retired_on,
            Lab.retired_on,
            TrainingBase.retired_on,
            Lab.code,
            Lab.name_zh,
            Lab.name_en,
            Lab.place,
            Lab.seats,
        )
        .join(Lab, Lab.id == UnitRow.lab_id)
        .join(TrainingBase, TrainingBase.id == Lab.base_id)
        .outerjoin(Asset, Asset.unit_id == UnitRow.id)
        .order_by(TrainingBase.code, Lab.code, Lab.id, UnitRow.kind != "room", UnitRow.code, UnitRow.id)
    )


def unit_lines(
    day: date,
    base_id: int | None = None,
    lab_id: int | None = None,
    unit_ids: Sequence[int] | None = None,
    kind: str = "",
    text: str = "",
    most: int | None = None,
) -> list[UnitLine]:
    """The units that are there on this day, lab by lab, the whole lab first.

    `text` is looked for, word by word, in the names and codes of unit, lab and base.
    """
    query = _unit_query()
    if base_id is not None:
        query = query.where(Lab.base_id == base_id)
    if lab_id is not None:
        query = query.where(Lab.id == lab_id)
    if unit_ids is not None:
        query = query.where(UnitRow.id.in_(list(unit_ids)))
    if kind:
        query = query.where(UnitRow.kind == kind)
    for word in text.lower().split()[:8]:
        sought = [UnitRow.name_zh, UnitRow.name_en, UnitRow.code, Lab.name_zh, Lab.name_en, Lab.code]
        sought += [TrainingBase.name_zh, TrainingBase.name_en, Lab.place]
        query = query.where(or_(*(func.lower(column).contains(word, autoescape=True) for column in sought)))
    if most is not None:
        query = query.limit(most)
    found = []
    row: Any
    for row in session().execute(query):
        retired_on = min((gone for gone in row[12:15] if gone), default=None)
        if retired_on is None or retired_on > day:
            columns: list[Any] = [*row[:12], retired_on, *row[15:]]
            found.append(UnitLine(*columns))
    return found


def base_of(lab_id: int | None, unit_id: int | None) -> int | None:
    """The base in which a lab, or else a unit, stands."""
    query = select(Lab.base_id)
    if lab_id is not None:
        return session().scalar(query.where(Lab.id == lab_id))
    return session().scalar(query.join(UnitRow, UnitRow.lab_id == Lab.id).where(UnitRow.id == unit_id))


def has_asked(person_id: int) -> bool:
    """Whether a person has ever asked for anything."""
    return session().scalar(select(Booking.id).where(Booking.requester_id == person_id).limit(1)) is not None


def dates_to_come(scope: str, scope_id: int, now: datetime) -> Sequence[Any]:
    """Every booked time of a base or lab that ends after `now`: booking, unit, start, end, lab, base; soonest first."""
    place = Lab.base_id if scope == "base" else Lab.id
    return (
        session()
        .execute(
            select(
                BookingDate.booking_id,
                Allocation.unit_id,
                BookingDate.starts_at,
                BookingDate.ends_at,
                Lab.id,
                Lab.base_id,
            )
            .join(Allocation, Allocation.date_id == BookingDate.id)
            .join(UnitRow, UnitRow.id == Allocation.unit_id)
            .join(Lab, Lab.id == UnitRow.lab_id)
            .where(
                place == scope_id,
                Allocation.asked,
                BookingDate.ends_at > now,
                BookingDate.state.in_(("waiting", "confirmed")),
            )
            .order_by(BookingDate.starts_at, BookingDate.booking_id)
            .distinct()
        )
        .all()
    )
