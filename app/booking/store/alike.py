"""Rows of units that would also do: the same sort of machine, pool or place, here and in the other bases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select

from app.booking.rules.alike import Place, Similar, Thing, instead_of, sort_of
from app.catalogue.tables import Asset, Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.database import session

MOST_ROWS = 400


def similar(unit_ids: Sequence[int], quantities: Mapping[int, int], day: date) -> list[Similar]:
    """For each of these units what would do instead of it on that day; four queries at most, however many there are."""
    asked = {thing.unit_id: thing for thing in _things(UnitRow.id.in_(list(unit_ids)))}
    if not asked:
        return []
    inside = _inside({thing.place.lab_id for thing in asked.values() if thing.kind == "room"})
    sorts = {sort for thing in asked.values() for sort in thing.sorts} | {
        sort for of_lab in inside.values() for sort in of_lab
    }
    others = _things(
        UnitRow.kind.in_({thing.kind for thing in asked.values()}),
        or_(
            Lab.base_id.in_({thing.place.base_id for thing in asked.values()}),
            _of_sorts(sorts),
            Lab.id.in_(select(UnitRow.lab_id).outerjoin(Asset, Asset.unit_id == UnitRow.id).where(_of_sorts(sorts)))
            if inside
            else false(),
        ),
        or_(UnitRow.retired_on.is_(None), UnitRow.retired_on > day),
        or_(Lab.retired_on.is_(None), Lab.retired_on > day),
        or_(TrainingBase.retired_on.is_(None), TrainingBase.retired_on > day),
    )
    inside |= _inside({thing.place.lab_id for thing in others if thing.kind == "room"} - set(inside))
    return [
        found
        for unit_id, thing in asked.items()
        for other in others
        if (found := instead_of(thing, other, quantities.get(unit_id, 1), inside)) is not None
    ]


def _of_sorts(sorts: set[str]) -> ColumnElement[bool]:
    """Everything whose name begins like these sorts, or whose model is one of them; the rule looks more closely."""
    if not sorts:
        return UnitRow.id.is_(None)
    return or_(
        func.lower(Asset.model).in_(sorted(sorts)),
        *(func.lower(UnitRow.name_zh).startswith(sort, autoescape=True) for sort in sorted(sorts)[:12]),
    )


def _things(*where: Any) -> list[Thing]:
    rows = session().execute(
        select(
            UnitRow.id,
            UnitRow.kind,
            UnitRow.capacity,
            UnitRow.name_zh,
            Asset.model,
            Lab.seats,
            Lab.id,
            Lab.base_id,
            TrainingBase.host_id,
            TrainingBase.campus,
        )
        .join(Lab, Lab.id == UnitRow.lab_id)
        .join(TrainingBase, TrainingBase.id == Lab.base_id)
        .outerjoin(Asset, Asset.unit_id == UnitRow.id)
        .where(*where)
        .order_by(UnitRow.id)
        .limit(MOST_ROWS)
    )
    return [
        Thing(row[0], row[1], row[2], sort_of(row[3], row[4] or ""), row[5], Place(row[6], row[7], row[8], row[9]))
        for row in rows
    ]


def _inside(lab_ids: set[int]) -> dict[int, frozenset[str]]:
    """The sorts of what stands in each of these labs, by lab id."""
    if not lab_ids:
        return {}
    found: dict[int, set[str]] = {lab_id: set() for lab_id in lab_ids}
    rows = session().execute(
        select(UnitRow.lab_id, UnitRow.name_zh, Asset.model)
        .outerjoin(Asset, Asset.unit_id == UnitRow.id)
        .where(UnitRow.lab_id.in_(sorted(lab_ids)), UnitRow.kind != "room")
        .distinct()
    )
    for lab_id, name, model in rows:
        found[lab_id].add(sort_of(name, model or "")[0])
    return {lab_id: frozenset(sorts) for lab_id, sorts in found.items()}
