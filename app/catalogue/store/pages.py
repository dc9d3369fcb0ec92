"""Rows of the catalogue page by page, for programs: keyed by id, so that a page costs the same wherever it lies."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.catalogue.tables import Asset, Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.consortium.tables.people import Member
from app.database import session


def bases(after: int, limit: int, kind: str | None = None, text: str = "") -> list[dict[str, Any]]:
    """Bases with an id above `after`, in id order."""
    query = _bases().where(TrainingBase.id > after).order_by(TrainingBase.id).limit(limit)
    if kind:
        query = query.where(TrainingBase.kind == kind)
    return _plain(query.where(*_says(text, TrainingBase.code, TrainingBase.name_zh, TrainingBase.name_en)))


def find_base(base_id: int) -> dict[str, Any] | None:
    return next(iter(_plain(_bases().where(TrainingBase.id == base_id))), None)


def labs(after: int, limit: int, base_id: int | None = None, text: str = "") -> list[dict[str, Any]]:
    """Labs with an id above `after`, in id order."""
    query = _labs().where(Lab.id > after).order_by(Lab.id).limit(limit)
    if base_id is not None:
        query = query.where(Lab.base_id == base_id)
    return _plain(query.where(*_says(text, Lab.code, Lab.name_zh, Lab.name_en)))


def find_lab(lab_id: int) -> dict[str, Any] | None:
    return next(iter(_plain(_labs().where(Lab.id == lab_id))), None)


def units(
    after: int,
    limit: int,
    base_id: int | None = None,
    lab_id: int | None = None,
    kind: str | None = None,
    text: str = "",
) -> list[dict[str, Any]]:
    """Units with an id above `after`, in id order."""
    query = _units().where(UnitRow.id > after).order_by(UnitRow.id).limit(limit)
    if base_id is not None:
        query = query.where(Lab.base_id == base_id)
    if lab_id is not None:
        query = query.where(UnitRow.lab_id == lab_id)
    if kind:
        query = query.where(UnitRow.kind == kind)
    return _plain(query.where(*_says(text, UnitRow.code, UnitRow.name_zh, UnitRow.name_en)))


def find_unit(unit_id: int) -> dict[str, Any] | None:
    return next(iter(_plain(_units().where(UnitRow.id == unit_id))), None)


def _bases() -> Select[Any]:
    host, operator, keeping = aliased(Member), aliased(Member), aliased(Member)
    columns: list[Any] = [
        TrainingBase.id,
        TrainingBase.code,
        TrainingBase.kind,
        TrainingBase.name_zh,
        TrainingBase.name_en,
        host.code.label("host"),
        operator.code.label("operator"),
        keeping.code.label("keeping_member"),
        TrainingBase.address,
        TrainingBase.contact,
        TrainingBase.retired_on,
    ]
    return (
        select(*columns)
        .join(host, host.id == TrainingBase.host_id)
        .join(operator, operator.id == TrainingBase.operator_id)
        .join(keeping, keeping.id == TrainingBase.keeping_member_id)
    )


def _labs() -> Select[Any]:
    room = aliased(UnitRow)
    columns: list[Any] = [
        Lab.id,
        Lab.base_id,
        Lab.code,
        Lab.name_zh,
        Lab.name_en,
        Lab.place,
        Lab.seats,
        room.id.label("room_unit_id"),
        Lab.retired_on,
        TrainingBase.retired_on.label("base_retired_on"),
    ]
    return (
        select(*columns)
        .join(TrainingBase, TrainingBase.id == Lab.base_id)
        .outerjoin(room, (room.lab_id == Lab.id) & (room.kind == "room"))
    )


def _units() -> Select[Any]:
    columns: list[Any] = [
        UnitRow.id,
        UnitRow.code,
        UnitRow.kind,
        UnitRow.name_zh,
        UnitRow.name_en,
        UnitRow.lab_id,
        Lab.base_id,
        UnitRow.capacity,
        UnitRow.needs_approval,
        UnitRow.holds_while_waiting,
        UnitRow.setup_minutes,
        UnitRow.cleaning_minutes,
        Asset.sharing,
        UnitRow.retired_on,
        Lab.retired_on.label("lab_retired_on"),
        TrainingBase.retired_on.label("base_retired_on"),
    ]
    return (
        select(*columns)
        .join(Lab, Lab.id == UnitRow.lab_id)
        .join(TrainingBase, TrainingBase.id == Lab.base_id)
        .outerjoin(Asset, Asset.unit_id == UnitRow.id)
    )


def _says(text: str, *columns: InstrumentedAttribute[str]) -> list[ColumnElement[bool]]:
    return [or_(*(column.icontains(text, autoescape=True) for column in columns))] if text else []


def _plain(query: Select[Any]) -> list[dict[str, Any]]:
    return [_one(row) for row in session().execute(query)]


def _one(row: Row[Any]) -> dict[str, Any]:
    """A row by its names; what stands in a retired lab or base is retired with it."""
    found = dict(row._mapping)
    ends: list[date] = [
        day
        for name in ("retired_on", "lab_retired_on", "base_retired_on")
        if (day := found.pop(name, None)) is not None
    ]
    found["retired_on"] = min(ends, default=None)
    if "sharing" in found:
        found["sharing"] = found["sharing"] or "external"
    return found
