"""Rows of the catalogue as people look through them: lists with filters, and what lies in a base or lab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, case, collate, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.catalogue.store.narrowing import Wanted, narrowed_bases, narrowed_units, still_there
from app.catalogue.tables import Asset, Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.database import is_sqlite, session


@dataclass(frozen=True, slots=True)
class BaseLine:
    """A base in a list; the numbers count what is not retired."""

    id: int
    code: str
    kind: str
    name_zh: str
    name_en: str
    address: str
    host_id: int
    operator_id: int
    is_public: bool
    retired_on: date | None
    labs: int
    units: int


@dataclass(frozen=True, slots=True)
class LabLine:
    """A lab of a base; the numbers count what is not retired."""

    id: int
    code: str
    name_zh: str
    name_en: str
    place: str
    seats: int | None
    retired_on: date | None
    room_id: int | None
    needs_approval: bool
    machines: int
    pools: int
    stations: int


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit in a list."""

    id: int
    code: str
    kind: str
    name_zh: str
    name_en: str
    capacity: int
    needs_approval: bool
    retired_on: date | None
    sharing: str
    model: str
    manufacturer: str
    condition: str
    lab_id: int
    lab_code: str
    lab_zh: str
    lab_en: str
    place: str
    base_id: int
    base_code: str
    base_zh: str
    base_en: str

    @property
    def lab(self) -> Named:
        return Named(self.lab_zh, self.lab_en)

    @property
    def base(self) -> Named:
        return Named(self.base_zh, self.base_en)


@dataclass(frozen=True, slots=True)
class Named:
    """A name in both languages."""

    name_zh: str
    name_en: str


def bases(
    wanted: Wanted, today: date, sort: str = "name", limit: int = 10_000, offset: int = 0, *, chinese: bool = True
) -> list[BaseLine]:
    """Bases that fit, in one query."""
    labs, units = _labs_in(today), _units_in(wanted, today)
    keys: dict[str, Any] = {
        "name": _by(TrainingBase.name_zh if chinese else TrainingBase.name_en),
        "code": _by(TrainingBase.code),
        "kind": _by(TrainingBase.kind),
        "labs": labs,
        "units": units,
    }
    query: Select[*tuple[Any, ...]] = select(
        TrainingBase.id,
        TrainingBase.code,
        TrainingBase.kind,
        TrainingBase.name_zh,
        TrainingBase.name_en,
        TrainingBase.address,
        TrainingBase.host_id,
        TrainingBase.operator_id,
        TrainingBase.is_public,
        TrainingBase.retired_on,
        labs,
        units,
    )
    query = _ordered(narrowed_bases(query, wanted, today), keys, sort, TrainingBase.id).limit(limit).offset(offset)
    return [BaseLine(*row) for row in session().execute(query)]


def count_bases(wanted: Wanted, today: date) -> int:
    return session().scalar(narrowed_bases(select(func.count(TrainingBase.id)), wanted, today)) or 0


def units(
    wanted: Wanted,
    today: date,
    sort: str = "name",
    limit: int = 10_000,
    offset: int = 0,
    *,
    chinese: bool = True,
    lab_id: int | None = None,
) -> list[UnitLine]:
    """Machines, pools, stations and whole labs that fit, in one query."""
    keys: dict[str, Any] = {
        "name": _by(UnitRow.name_zh if chinese else UnitRow.name_en),
        "code": _by(UnitRow.code),
        "kind": _by(UnitRow.kind),
        "base": _by(TrainingBase.name_zh if chinese else TrainingBase.name_en),
        "lab": _by(Lab.name_zh if chinese else Lab.name_en),
        "capacity": UnitRow.capacity,
    }
    query: Select[*tuple[Any, ...]] = select(
        UnitRow.id,
        UnitRow.code,
        UnitRow.kind,
        UnitRow.name_zh,
        UnitRow.name_en,
        UnitRow.capacity,
        UnitRow.needs_approval,
        UnitRow.retired_on,
        func.coalesce(Asset.sharing, "external"),
        func.coalesce(Asset.model, ""),
        func.coalesce(Asset.manufacturer, ""),
        func.coalesce(Asset.condition, "normal"),
        Lab.id,
        Lab.code,
        Lab.name_zh,
        Lab.name_en,
        Lab.place,
        TrainingBase.id,
        TrainingBase.code,
        TrainingBase.name_zh,
        TrainingBase.name_en,
    )
    query = narrowed_units(query, wanted, today)
    if lab_id is not None:
        query = query.where(Lab.id == lab_id)
    query = _ordered(query, keys, sort, UnitRow.id).limit(limit).offset(offset)
    return [UnitLine(*row) for row in session().execute(query)]


def count_units(wanted: Wanted, today: date) -> int:
    return session().scalar(narrowed_units(select(func.count(UnitRow.id)), wanted, today)) or 0


def labs(base_id: int, today: date, *, gone_too: bool = False) -> list[LabLine]:
    """The labs of a base, in one query."""

    def how_many(kind: str) -> Any:
        return func.coalesce(func.sum(case((UnitRow.kind == kind, UnitRow.capacity), else_=0)), 0)

    is_room = UnitRow.kind == "room"
    query = (
        select(
            Lab.id,
            Lab.code,
            Lab.name_zh,
            Lab.name_en,
            Lab.place,
            Lab.seats,
            Lab.retired_on,
            func.max(case((is_room, UnitRow.id))),
            func.max(case((is_room & UnitRow.needs_approval, 1), else_=0)) == 1,
            how_many("machine"),
            how_many("pool"),
            how_many("stations"),
        )
        .outerjoin(UnitRow, (UnitRow.lab_id == Lab.id) & still_there(UnitRow.retired_on, today))
        .where(Lab.base_id == base_id)
        .group_by(Lab.id)
        .order_by(_by(Lab.code), Lab.id)
    )
    if not gone_too:
        query = query.where(still_there(Lab.retired_on, today))
    return [LabLine(*row) for row in session().execute(query)]


def names(base_ids: Sequence[int] = (), lab_ids: Sequence[int] = ()) -> dict[tuple[str, int], Named]:
    """Names of bases and labs, by ("base", id) or ("lab", id)."""
    found: dict[tuple[str, int], Named] = {}
    for kind, table, ids in (("base", TrainingBase, base_ids), ("lab", Lab, lab_ids)):
        if ids:
            columns = (table.id, table.name_zh, table.name_en)
            for row_id, name_zh, name_en in session().execute(select(*columns).where(table.id.in_(list(ids)))):
                found[(kind, row_id)] = Named(name_zh, name_en)
    return found


def _units_in(wanted: Wanted, today: date) -> Any:
    query = (
        select(func.count(UnitRow.id))
        .join(Lab, Lab.id == UnitRow.lab_id)
        .where(Lab.base_id == TrainingBase.id, UnitRow.kind != "room", still_there(UnitRow.retired_on, today))
        .where(still_there(Lab.retired_on, today))
    )
    if wanted.public_only:
        query = query.outerjoin(Asset, Asset.unit_id == UnitRow.id).where(
            func.coalesce(Asset.sharing, "external") != "none"
        )
    return query.correlate(TrainingBase).scalar_subquery()


def _labs_in(today: date) -> Any:
    query = select(func.count(Lab.id)).where(Lab.base_id == TrainingBase.id, still_there(Lab.retired_on, today))
    return query.correlate(TrainingBase).scalar_subquery()


def _by(column: InstrumentedAttribute[str]) -> Any:
    """Texts in the order of their code points: what SQLite does by itself, and PostgreSQL when asked."""
    return column if is_sqlite() else collate(column, "C")


def _ordered(
    query: Select[*tuple[Any, ...]], keys: dict[str, Any], sort: str, last: InstrumentedAttribute[int]
) -> Select[*tuple[Any, ...]]:
    key = keys.get(sort.removeprefix("-"), keys["name"])
    return query.order_by(key.desc() if sort.startswith("-") else key, last)
