"""Rows of the catalogue by member: which bases a member has to do with, and in which part."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import CompoundSelect, and_, func, or_, select, true, union_all

from app.catalogue.tables import Lab, Ownership, Party, TrainingBase, Unit
from app.database import session


@dataclass(frozen=True, slots=True)
class BaseName:
    """A base by its names."""

    id: int
    code: str
    name_zh: str
    name_en: str


_NAME = (TrainingBase.id, TrainingBase.code, TrainingBase.name_zh, TrainingBase.name_en)
PARTS = ("host", "operator", "keeper", "owner")


def base_names(base_ids: Collection[int] | None = None) -> dict[int, BaseName]:
    """These bases, or all, by id, in the order of their codes."""
    query = select(*_NAME).order_by(TrainingBase.code)
    if base_ids is not None:
        query = query.where(TrainingBase.id.in_(sorted(base_ids)))
    return {row.id: BaseName(*row) for row in session().execute(query)}


def parts_by_base(member_id: int, today: date) -> dict[int, tuple[str, ...]]:
    """For each base of which the member hosts, operates, keeps or owns the whole or something in it: its parts there."""
    standing = and_(Ownership.from_on <= today, or_(Ownership.until_on.is_(None), Ownership.until_on > today))
    found: dict[int, set[str]] = {}
    columns = {
        "host": TrainingBase.host_id,
        "operator": TrainingBase.operator_id,
        "keeper": TrainingBase.keeping_member_id,
    }
    for part, column in columns.items():
        for base_id in session().scalars(
            select(TrainingBase.id).where(column == member_id, TrainingBase.retired_on.is_(None))
        ):
            found.setdefault(base_id, set()).add(part)
    owned: CompoundSelect[Any] = union_all(
        select(Ownership.base_id).where(Ownership.member_id == member_id, standing, Ownership.base_id.is_not(None)),
        select(Lab.base_id)
        .join(Ownership, Ownership.lab_id == Lab.id)
        .where(Ownership.member_id == member_id, standing),
        select(Lab.base_id)
        .join(Unit, Unit.lab_id == Lab.id)
        .join(Ownership, Ownership.unit_id == Unit.id)
        .where(Ownership.member_id == member_id, standing),
    )
    for base_id in session().scalars(owned):
        found.setdefault(base_id, set()).add("owner")
    rows = session().execute(
        select(Lab.base_id, Party.part)
        .join(Unit, Unit.lab_id == Lab.id, isouter=True)
        .join(Party, or_(Party.lab_id == Lab.id, Party.unit_id == Unit.id))
        .where(Party.member_id == member_id)
        .distinct()
    )
    for base_id, part in rows:
        found.setdefault(base_id, set()).add(part)
    return {base_id: tuple(part for part in PARTS if part in parts) for base_id, parts in found.items()}


def count_things(public_only: bool = False) -> tuple[int, int, int]:
    """How many bases, labs, and machines, pools and stations are in use; of public bases only where asked so."""
    shown = and_(TrainingBase.retired_on.is_(None), TrainingBase.is_public if public_only else true())
    bases = session().execute(select(func.count(TrainingBase.id)).where(shown)).scalar_one()
    labs = (
        session()
        .execute(
            select(func.count(Lab.id))
            .join(TrainingBase, TrainingBase.id == Lab.base_id)
            .where(shown, Lab.retired_on.is_(None))
        )
        .scalar_one()
    )
    units = (
        session()
        .execute(
            select(func.count(Unit.id))
            .join(Lab, Lab.id == Unit.lab_id)
            .join(TrainingBase, TrainingBase.id == Lab.base_id)
            .where(shown, Lab.retired_on.is_(None), Unit.retired_on.is_(None), Unit.kind != "room")
        )
        .scalar_one()
    )
    return bases, labs, units


def campuses() -> list[str]:
    """The campuses that bases stand on, as they are written; for forms to offer."""
    query = select(TrainingBase.campus).where(TrainingBase.campus != "").distinct().order_by(TrainingBase.campus)
    return list(session().scalars(query))
