"""Rows of units as booking needs them: what each is, whose side it is on, and the lock on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from app.catalogue.rules.unit import Unit
from app.catalogue.tables import Asset, Lab, Ownership, Party, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.database import hold, session


def hold_units(unit_ids: Sequence[int]) -> None:
    """Lock these units and the rooms they stand in, in id order."""
    ids = sorted(set(unit_ids))
    asked, room = aliased(UnitRow), aliased(UnitRow)
    rooms = select(room.id).join(asked, asked.lab_id == room.lab_id).where(room.kind == "room", asked.id.in_(ids))
    hold(UnitRow, or_(UnitRow.id.in_(ids), UnitRow.id.in_(rooms)))


def units(unit_ids: Sequence[int]) -> dict[int, Unit]:
    """The units that exist among these ids."""
    room = aliased(UnitRow)
    rows = session().execute(
        select(
            UnitRow.id,
            UnitRow.lab_id,
            Lab.base_id,
            room.id,
            UnitRow.kind,
            UnitRow.name_zh,
            UnitRow.name_en,
            UnitRow.capacity,
            UnitRow.needs_approval,
            UnitRow.holds_while_waiting,
            UnitRow.setup_minutes,
            UnitRow.cleaning_minutes,
            UnitRow.retired_on,
            Lab.retired_on,
            TrainingBase.retired_on,
            Asset.sharing,
            TrainingBase.host_id,
            TrainingBase.operator_id,
            TrainingBase.keeping_member_id,
        )
        .join(Lab, Lab.id == UnitRow.lab_id)
        .join(TrainingBase, TrainingBase.id == Lab.base_id)
        .outerjoin(room, (room.lab_id == Lab.id) & (room.kind == "room"))
        .outerjoin(Asset, Asset.unit_id == UnitRow.id)
        .where(UnitRow.id.in_(list(unit_ids)))
    )
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


def owner_side(unit_ids: Sequence[int], on: date | None = None) -> dict[int, frozenset[int]]:
    """For each unit, every member that owns, hosts, operates or keeps it, its lab or its base.

    With a day, only those that own on that day; without one, past and future owners too.
    """
    found: dict[int, set[int]] = {}
    places = (
        session()
        .execute(
            select(
                UnitRow.id,
                Lab.id,
                Lab.base_id,
                TrainingBase.host_id,
                TrainingBase.operator_id,
                TrainingBase.keeping_member_id,
            )
            .join(Lab, Lab.id == UnitRow.lab_id)
            .join(TrainingBase, TrainingBase.id == Lab.base_id)
            .where(UnitRow.id.in_(list(unit_ids)))
        )
        .all()
    )
    lab_ids, base_ids = {row[1] for row in places}, {row[2] for row in places}
    owners: dict[tuple[str, int | None], set[int]] = {}
    owning = select(Ownership.base_id, Ownership.lab_id, Ownership.unit_id, Ownership.member_id).where(
        or_(Ownership.base_id.in_(base_ids), Ownership.lab_id.in_(lab_ids), Ownership.unit_id.in_(list(unit_ids)))
    )
    if on is not None:
        owning = owning.where(Ownership.from_on <= on, or_(Ownership.until_on.is_(None), Ownership.until_on > on))
    for base_id, lab_id, unit_id, member_id in session().execute(owning):
        thing = ("base", base_id) if base_id else ("lab", lab_id) if lab_id else ("unit", unit_id)
        owners.setdefault(thing, set()).add(member_id)
    for lab_id, unit_id, member_id in session().execute(
        select(Party.lab_id, Party.unit_id, Party.member_id).where(
            or_(Party.lab_id.in_(lab_ids), Party.unit_id.in_(list(unit_ids)))
        )
    ):
        owners.setdefault(("lab", lab_id) if lab_id else ("unit", unit_id), set()).add(member_id)
    for unit_id, lab_id, base_id, *parties in places:
        found[unit_id] = set(parties)
        for thing in (("unit", unit_id), ("lab", lab_id), ("base", base_id)):
            found[unit_id] |= owners.get(thing, set())
    return {unit_id: frozenset(members) for unit_id, members in found.items()}


def room_ids(base_id: int | None = None, lab_id: int | None = None) -> list[int]:
    """The whole-lab units of a base or of one lab."""
    query = select(UnitRow.id).join(Lab, Lab.id == UnitRow.lab_id).where(UnitRow.kind == "room")
    if base_id is not None:
        query = query.where(Lab.base_id == base_id)
    if lab_id is not None:
        query = query.where(Lab.id == lab_id)
    return list(session().scalars(query.order_by(UnitRow.id)))
