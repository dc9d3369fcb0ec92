"""Rows of units as booking needs them: what each is, whose side it is on, and the lock on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Date, Select, and_, bindparam, or_, select

from app.catalogue.rules.unit import Unit
from app.catalogue.tables import Asset, Lab, Ownership, Party, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.database import hold, session, table_of


def hold_units(unit_ids: Sequence[int]) -> None:
    """Lock these units and the rooms they stand in, in id order."""
    hold(UnitRow, _these_and_their_rooms(), unit_ids=sorted(set(unit_ids)))


def hold_at_once(unit_ids: Collection[int]) -> set[int]:
    """Lock those of these units that nobody else has now, with the rooms they stand in; waits for nobody."""
    got = hold(UnitRow, _these_and_their_rooms(), waits=False, unit_ids=sorted(unit_ids))
    unit, room = table_of(UnitRow), table_of(UnitRow).alias()
    whole = (
        select(unit.c.id)
        .join(room, (room.c.lab_id == unit.c.lab_id) & (room.c.kind == "room"))
        .where(unit.c.id.in_(got), room.c.id.in_(got))
    )
    return set(unit_ids).intersection(session().scalars(whole))


@cache
def _these_and_their_rooms() -> ColumnElement[bool]:
    unit = table_of(UnitRow)
    asked, room = unit.alias(), unit.alias()
    wanted: BindParameter[Sequence[int]] = bindparam("unit_ids", expanding=True)
    rooms = (
        select(room.c.id)
        .join(asked, asked.c.lab_id == room.c.lab_id)
        .where(room.c.kind == "room", asked.c.id.in_(wanted))
    )
    return or_(unit.c.id.in_(wanted), unit.c.id.in_(rooms))


def units(unit_ids: Sequence[int]) -> dict[int, Unit]:
    """The units that exist among these ids."""
    rows = session().execute(_units_query(), {"unit_ids": list(unit_ids)})
    return {
        row[0]: Unit(
            id=row[0],
            lab_id=row[1],
            base_id=row[2],
            room_id=row[3],
            kind=row[4],
            name_zh=row[5],
            name_en=row[6],
            capacity=row[7],
            needs_approval=row[8],
            holds_while_waiting=row[9],
            setup_minutes=row[10],
            cleaning_minutes=row[11],
            retired_on=min((day for day in (row[12], row[13], row[14]) if day), default=None),
            sharing=row[15] or "external",
            party_ids=frozenset((row[16], row[17], row[18])),
        )
        for row in rows
    }


@cache
def _units_query() -> Select[*tuple[Any, ...]]:
    unit, lab, base, asset = table_of(UnitRow), table_of(Lab), table_of(TrainingBase), table_of(Asset)
    room = unit.alias()
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
            unit.c.holds_while_waiting,
            unit.c.setup_minutes,
            unit.c.cleaning_minutes,
            unit.c.retired_on,
            lab.c.retired_on,
            base.c.retired_on,
            asset.c.sharing,
            base.c.host_id,
            base.c.operator_id,
            base.c.keeping_member_id,
        )
        .select_from(unit)
        .join(lab, lab.c.id == unit.c.lab_id)
        .join(base, base.c.id == lab.c.base_id)
        .outerjoin(room, (room.c.lab_id == lab.c.id) & (room.c.kind == "room"))
        .outerjoin(asset, asset.c.unit_id == unit.c.id)
        .where(unit.c.id.in_(bindparam("unit_ids", expanding=True)))
    )


def owned_on(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Shares in force on a day: who has sold a thing has no say in it from that very day on."""
    return and_(Ownership.from_on <= day, or_(Ownership.until_on.is_(None), Ownership.until_on > day))


def owner_side(unit_ids: Sequence[int], on: date) -> dict[int, frozenset[int]]:
    """For each unit, every member that on this day owns, hosts, operates or keeps it, its lab or its base."""
    found: dict[int, set[int]] = {}
    where, owning, parting = _owner_side_queries()
    places = session().execute(where, {"unit_ids": list(unit_ids)}).all()
    within: dict[str, Any] = {
        "unit_ids": list(unit_ids),
        "lab_ids": list({row[1] for row in places}),
        "base_ids": list({row[2] for row in places}),
        "day": on,
    }
    owners: dict[tuple[str, int | None], set[int]] = {}
    for base_id, lab_id, unit_id, member_id in session().execute(owning, within):
        thing = ("base", base_id) if base_id else ("lab", lab_id) if lab_id else ("unit", unit_id)
        owners.setdefault(thing, set()).add(member_id)
    del within["base_ids"], within["day"]
    for lab_id, unit_id, member_id in session().execute(parting, within):
        owners.setdefault(("lab", lab_id) if lab_id else ("unit", unit_id), set()).add(member_id)
    for unit_id, lab_id, base_id, *parties in places:
        found[unit_id] = set(parties)
        for thing in (("unit", unit_id), ("lab", lab_id), ("base", base_id)):
            found[unit_id] |= owners.get(thing, set())
    return {unit_id: frozenset(members) for unit_id, members in found.items()}


def owners(unit_ids: Sequence[int], on: date) -> dict[int, frozenset[int]]:
    """For each unit, the members with a share in it, its lab or its base on this day; where there is none, its whole side."""
    where, owning, _ = _owner_side_queries()
    places = session().execute(where, {"unit_ids": list(unit_ids)}).all()
    within = {
        "unit_ids": list(unit_ids),
        "lab_ids": list({row[1] for row in places}),
        "base_ids": list({row[2] for row in places}),
        "day": on,
    }
    found: dict[int, set[int]] = {row[0]: set() for row in places}
    for base_id, lab_id, unit_id, member_id in session().execute(owning, within):
        for of_unit, of_lab, of_base, *_ in places:
            if unit_id == of_unit or (lab_id and lab_id == of_lab) or (base_id and base_id == of_base):
                found[of_unit].add(member_id)
    if unowned := [unit_id for unit_id, members in found.items() if not members]:
        found |= {unit_id: set(side) for unit_id, side in owner_side(unowned, on).items()}
    return {unit_id: frozenset(members) for unit_id, members in found.items()}


@cache
def _owner_side_queries() -> tuple[Select[*tuple[Any, ...]], Select[*tuple[Any, ...]], Select[*tuple[Any, ...]]]:
    """Where units stand, who owns them, and who hosts, operates or keeps them apart from their base; made once."""
    unit, lab, base = table_of(UnitRow), table_of(Lab), table_of(TrainingBase)
    owning, parting = table_of(Ownership), table_of(Party)
    unit_ids: BindParameter[Sequence[int]] = bindparam("unit_ids", expanding=True)
    lab_ids: BindParameter[Sequence[int]] = bindparam("lab_ids", expanding=True)
    base_ids: BindParameter[Sequence[int]] = bindparam("base_ids", expanding=True)
    return (
        select(unit.c.id, lab.c.id, lab.c.base_id, base.c.host_id, base.c.operator_id, base.c.keeping_member_id)
        .select_from(unit.join(lab, lab.c.id == unit.c.lab_id).join(base, base.c.id == lab.c.base_id))
        .where(unit.c.id.in_(unit_ids)),
        select(owning.c.base_id, owning.c.lab_id, owning.c.unit_id, owning.c.member_id).where(
            owned_on(bindparam("day", type_=Date())),
            or_(owning.c.base_id.in_(base_ids), owning.c.lab_id.in_(lab_ids), owning.c.unit_id.in_(unit_ids)),
        ),
        select(parting.c.lab_id, parting.c.unit_id, parting.c.member_id).where(
            or_(parting.c.lab_id.in_(lab_ids), parting.c.unit_id.in_(unit_ids))
        ),
    )


def room_ids(base_id: int | None = None, lab_id: int | None = None) -> list[int]:
    """The whole-lab units of a base or of one lab."""
    query = select(UnitRow.id).join(Lab, Lab.id == UnitRow.lab_id).where(UnitRow.kind == "room")
    if base_id is not None:
        query = query.where(Lab.base_id == base_id)
    if lab_id is not None:
        query = query.where(Lab.id == lab_id)
    return list(session().scalars(query.order_by(UnitRow.id)))
