"""Rows for finding a slot: every unit with what is said of it, and what is held of many units, one text for each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    String,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    or_,
    select,
    type_coerce,
)

from app.booking.rules.occupancy import CLOSURE, LENGTH, QUANTITY, Held, write
from app.booking.rules.request import LONGEST_PIECE, pieces
from app.booking.rules.wish import Sought, plain
from app.booking.tables.bookings import Allocation
from app.catalogue.store.units import owned_on
from app.catalogue.tables import Asset, ClassCode, Lab, Ownership, Party, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.consortium.tables.people import Member
from app.database import Instant, is_sqlite, session, table_of
from app.foundation.timespan import Span
from app.timetable.store import faults

_SAID = ("functions", "specifications", "services", "model", "manufacturer")


def units(day: date, *, with_words: bool) -> list[tuple[Sought, str]]:
    """Every unit that is there on this day, with how it is shared, lab by lab; at most four queries.

    `with_words`: with all text that may be looked through, and the class codes.
    """
    owners = _owners(day)
    codes = _codes() if with_words else {}
    found = []
    row: Any
    for order, row in enumerate(session().execute(_units_query(with_words)).all()):
        retired_on = min((gone for gone in row[11:14] if gone), default=None)
        if retired_on is not None and retired_on <= day:
            continue
        unit_id, lab_id, base_id = row[:3]
        side = frozenset(row[20:23]).union(
            *(owners[thing] for thing in (("unit", unit_id), ("lab", lab_id), ("base", base_id)) if thing in owners)
        )
        found.append(
            (
                _sought(row, retired_on, side, order, codes.get(unit_id, ())),
                row[18] or "external",
            )
        )
    return found


def _sought(row: Any, retired_on: date | None, side: frozenset[int], order: int, codes: tuple[str, ...]) -> Sought:
    words = plain("\n".join(filter(None, row[23:])))
    columns: list[Any] = [
        *row[:11],
        retired_on,
        *row[14:17],
        row[20],
        row[17],
        side,
        order,
        words,
        codes,
        frozenset(row[20:23]),
    ]
    return Sought(*columns)


@cache
def _units_query(with_words: bool) -> Any:
    unit, lab, base, asset = table_of(UnitRow), table_of(Lab), table_of(TrainingBase), table_of(Asset)
    room = unit.alias()
    said = [unit.c.name_zh, unit.c.name_en, unit.c.code, lab.c.name_zh, lab.c.name_en, lab.c.code, lab.c.place]
    said += [base.c.name_zh, base.c.name_en, *(asset.c[name] for name in _SAID)]
    return (
        select(
            unit.c.id,
            unit.c.lab_id,
            lab.c.base_id,
            room.c.id,
            unit.c.kind,
            unit.c.name_zh,
            unit.c.name_en,
            unit.c.capacity,
            unit.c.needs_approval,
            unit.c.setup_minutes,
            unit.c.cleaning_minutes,
            unit.c.retired_on,
            lab.c.retired_on,
            base.c.retired_on,
            lab.c.name_zh,
            lab.c.name_en,
            lab.c.seats,
            base.c.campus,
            asset.c.sharing,
            base.c.code,
            base.c.host_id,
            base.c.operator_id,
            base.c.keeping_member_id,
            *(said if with_words else []),
        )
        .select_from(unit)
        .join(lab, lab.c.id == unit.c.lab_id)
        .join(base, base.c.id == lab.c.base_id)
        .outerjoin(room, and_(room.c.lab_id == lab.c.id, room.c.kind == "room"))
        .outerjoin(asset, asset.c.unit_id == unit.c.id)
        .order_by(base.c.code, lab.c.code, lab.c.id, unit.c.kind != "room", unit.c.code, unit.c.id)
    )


def _owners(day: date) -> dict[tuple[str, int], set[int]]:
    """Who owns each thing on this day, and who hosts, operates or keeps it apart from its base."""
    found: dict[tuple[str, int], set[int]] = {}
    row: Any
    shares = select(Ownership.base_id, Ownership.lab_id, Ownership.unit_id, Ownership.member_id).where(owned_on(day))
    for row in session().execute(shares):
        kind, thing_id = next((kind, each) for kind, each in zip(("base", "lab", "unit"), row, strict=False) if each)
        found.setdefault((kind, thing_id), set()).add(row[3])
    for row in session().execute(select(Party.lab_id, Party.unit_id, Party.member_id)):
        found.setdefault(("lab", row[0]) if row[0] else ("unit", row[1]), set()).add(row[2])
    return found


def _codes() -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    row: Any
    for row in session().execute(select(ClassCode.unit_id, ClassCode.code)):
        found[row[0]] = (*found.get(row[0], ()), plain(row[1]))
    return found


def held(unit_ids: Collection[int], room_ids: Collection[int], window: Span) -> Mapping[int, Held]:
    """What is held in a window of these units, and of these rooms as a whole; one query of one row a unit, and one
    of the faults that keep them from being booked."""
    rows = (
        session()
        .execute(
            _held_query(is_sqlite()),
            {
                "unit_ids": sorted(set(unit_ids)),
                "all_ids": sorted({*unit_ids, *room_ids}),
                "window_start": window.start,
                "window_end": window.end,
                "looks_from": window.start - LONGEST_PIECE,
            },
        )
        .all()
    )
    found = {unit_id: tuple(texts.split(" ")) for unit_id, texts in rows}
    for unit_id, span, quantity, whole in faults.blocked({*unit_ids, *room_ids}, window):
        texts = tuple(write(piece.start, piece.end, quantity, whole, closure=True) for piece in pieces(span))
        found[unit_id] = found.get(unit_id, ()) + texts
    return {unit_id: Held(texts) for unit_id, texts in found.items()}


@cache
def _held_query(from_micros: bool) -> Any:
    taken = table_of(Allocation)
    start: Any
    end: Any
    if from_micros:
        start = type_coerce(taken.c.starts_at, BigInteger) // 60_000_000
        end = (type_coerce(taken.c.ends_at, BigInteger) + 59_999_999) // 60_000_000
    else:
        start = cast(func.floor(func.extract("epoch", taken.c.starts_at) / 60), BigInteger)
        end = cast(func.ceil(func.extract("epoch", taken.c.ends_at) / 60), BigInteger)
    in_part = case((taken.c.exclusive, 0), else_=taken.c.quantity)
    closed = case((taken.c.closure_id.is_(None), 0), else_=1)
    number = start * LENGTH + (end - start) * QUANTITY + in_part * CLOSURE + closed
    text = cast(number, String)
    asked: BindParameter[Any] = bindparam("unit_ids", expanding=True)
    return (
        select(taken.c.unit_id, func.aggregate_strings(text, " "))
        .where(
            taken.c.unit_id.in_(bindparam("all_ids", expanding=True)),
            or_(taken.c.exclusive, taken.c.unit_id.in_(asked)),
            taken.c.starts_at < bindparam("window_end", type_=Instant()),
            taken.c.starts_at > bindparam("looks_from", type_=Instant()),
            taken.c.ends_at > bindparam("window_start", type_=Instant()),
            taken.c.holds,
        )
        .group_by(taken.c.unit_id)
    )


def member_names(member_ids: Sequence[int]) -> list[tuple[int, str, str]]:
    """These members with their names in both languages, by code."""
    rows = session().execute(
        select(Member.id, Member.name_zh, Member.name_en)
        .where(Member.id.in_(sorted(set(member_ids))) if member_ids else false())
        .order_by(Member.code)
    )
    return [(row[0], row[1], row[2]) for row in rows]
