"""Narrowing: what a list of the catalogue is filtered by, as conditions on rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.catalogue.tables import Asset, Lab, Ownership, TrainingBase
from app.catalogue.tables import Unit as UnitRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; an empty field narrows nothing."""

    text: str = ""
    kind: str = ""
    """Of base."""
    unit_kind: str = ""
    sharing: str = ""
    member_id: int | None = None
    """Owns, hosts, operates or keeps it."""
    base_id: int | None = None
    gone_too: bool = False
    """Also what has been retired by `today`."""
    public_only: bool = False
    """Only what the public may see: public bases, units that are shared at all."""


def narrowed_bases(query: Select[*tuple[Any, ...]], wanted: Wanted, today: date) -> Select[*tuple[Any, ...]]:
    if wanted.kind:
        query = query.where(TrainingBase.kind == wanted.kind)
    if wanted.public_only:
        query = query.where(TrainingBase.is_public)
    if not wanted.gone_too:
        query = query.where(still_there(TrainingBase.retired_on, today))
    if wanted.member_id is not None:
        query = query.where(_on_the_side_of_base(wanted.member_id, today))
    if wanted.unit_kind or wanted.sharing:
        query = query.where(_units_query(wanted, today).exists())
    for word in _words(wanted.text):
        here = (TrainingBase.name_zh, TrainingBase.name_en, TrainingBase.code, TrainingBase.address)
        within = (
            select(UnitRow.id)
            .join(Lab, Lab.id == UnitRow.lab_id)
            .outerjoin(Asset, Asset.unit_id == UnitRow.id)
            .where(Lab.base_id == TrainingBase.id, _says(word, *_UNIT_TEXTS))
            .correlate(TrainingBase)
        )
        if wanted.public_only:
            within = within.where(func.coalesce(Asset.sharing, "external") != "none")
        query = query.where(_says(word, *here) | within.exists())
    return query


def narrowed_units(query: Select[*tuple[Any, ...]], wanted: Wanted, today: date) -> Select[*tuple[Any, ...]]:
    query = (
        query.select_from(UnitRow)
        .join(Lab, Lab.id == UnitRow.lab_id)
        .join(TrainingBase, TrainingBase.id == Lab.base_id)
        .outerjoin(Asset, Asset.unit_id == UnitRow.id)
    )
    if wanted.kind:
        query = query.where(TrainingBase.kind == wanted.kind)
    if wanted.unit_kind:
        query = query.where(UnitRow.kind == wanted.unit_kind)
    if wanted.sharing:
        query = query.where(func.coalesce(Asset.sharing, "external") == wanted.sharing)
    if wanted.base_id is not None:
        query = query.where(TrainingBase.id == wanted.base_id)
    if wanted.public_only:
        query = query.where(TrainingBase.is_public, func.coalesce(Asset.sharing, "external") != "none")
    if wanted.member_id is not None:
        owned = (
            exists()
            .where(Ownership.member_id == wanted.member_id, _now(today))
            .where(or_(Ownership.unit_id == UnitRow.id, Ownership.lab_id == Lab.id))
        )
        query = query.where(owned | _on_the_side_of_base(wanted.member_id, today))
    if not wanted.gone_too:
        for column in (UnitRow.retired_on, Lab.retired_on, TrainingBase.retired_on):
            query = query.where(still_there(column, today))
    for word in _words(wanted.text):
        query = query.where(_says(word, *_UNIT_TEXTS, TrainingBase.name_zh, TrainingBase.name_en))
    return query


_UNIT_TEXTS: tuple[InstrumentedAttribute[str], ...] = (
    UnitRow.name_zh,
    UnitRow.name_en,
    UnitRow.code,
    Asset.model,
    Asset.manufacturer,
    Asset.functions,
    Lab.name_zh,
    Lab.name_en,
)


def _words(text: str) -> list[str]:
    return text.replace("\0", " ").split()[:6]


def _says(word: str, *columns: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    return or_(*(column.icontains(word, autoescape=True) for column in columns))


def _on_the_side_of_base(member_id: int, today: date) -> ColumnElement[bool]:
    owned = exists().where(Ownership.member_id == member_id, _now(today), Ownership.base_id == TrainingBase.id)
    return or_(
        TrainingBase.host_id == member_id,
        TrainingBase.operator_id == member_id,
        TrainingBase.keeping_member_id == member_id,
        owned.correlate(TrainingBase),
    )


def _now(today: date) -> ColumnElement[bool]:
    return (Ownership.from_on <= today) & or_(Ownership.until_on.is_(None), Ownership.until_on > today)


def _units_query(wanted: Wanted, today: date) -> Select[*tuple[Any, ...]]:
    query = (
        select(UnitRow.id)
        .join(Lab, Lab.id == UnitRow.lab_id)
        .outerjoin(Asset, Asset.unit_id == UnitRow.id)
        .where(Lab.base_id == TrainingBase.id, still_there(Lab.retired_on, today))
        .where(still_there(UnitRow.retired_on, today))
        .correlate(TrainingBase)
    )
    if wanted.unit_kind:
        query = query.where(UnitRow.kind == wanted.unit_kind)
    if wanted.sharing:
        query = query.where(func.coalesce(Asset.sharing, "external") == wanted.sharing)
    return query


def still_there(column: InstrumentedAttribute[date | None], today: date) -> ColumnElement[bool]:
    return or_(column.is_(None), column > today)
