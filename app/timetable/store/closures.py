"""Rows of closures and maintenance, as lists show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from app.catalogue.tables import Lab
from app.catalogue.tables import Unit as UnitRow
from app.database import session
from app.timetable.tables import Closure


@dataclass(frozen=True, slots=True)
class KeptClosure:
    """A closure or maintenance as it stands, and what it closes."""

    id: int
    kind: str
    scope: str
    scope_id: int
    name_zh: str
    name_en: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    lifted_at: datetime | None


def closures_of(base_id: int, since: datetime) -> list[KeptClosure]:
    """The closures of a base and of all in it that end after `since`, the next first."""
    labs = select(Lab.id).where(Lab.base_id == base_id)
    rows = session().execute(
        select(
            Closure.id,
            Closure.kind,
            Closure.base_id,
            Closure.lab_id,
            Closure.unit_id,
            Lab.name_zh,
            Lab.name_en,
            UnitRow.name_zh,
            UnitRow.name_en,
            Closure.starts_at,
            Closure.ends_at,
            Closure.reason,
            Closure.lifted_at,
        )
        .outerjoin(UnitRow, UnitRow.id == Closure.unit_id)
        .outerjoin(Lab, or_(Lab.id == Closure.lab_id, Lab.id == UnitRow.lab_id))
        .where(
            or_(Closure.base_id == base_id, Closure.lab_id.in_(labs), UnitRow.lab_id.in_(labs)),
            Closure.ends_at > since,
        )
        .order_by(Closure.starts_at, Closure.id)
    )
    return [_kept_closure(row) for row in rows]


def _kept_closure(row: Any) -> KeptClosure:
    closure_id, kind, base_id, lab_id, unit_id, lab_zh, lab_en, unit_zh, unit_en, *rest = row
    if unit_id:
        return KeptClosure(closure_id, kind, "unit", unit_id, f"{lab_zh} {unit_zh}", f"{lab_en} {unit_en}", *rest)
    if lab_id:
        return KeptClosure(closure_id, kind, "lab", lab_id, lab_zh, lab_en, *rest)
    return KeptClosure(closure_id, kind, "base", base_id, "", "", *rest)
