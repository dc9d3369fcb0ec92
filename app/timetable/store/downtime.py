"""Rows of downtime: when units could not be used within a window, and of what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from app.catalogue.tables import Lab
from app.catalogue.tables import Unit as UnitRow
from app.database import session
from app.foundation.timespan import Span
from app.timetable.rules.faults import CONFIRMED, PLANNED, REPAIRED, UNUSABLE, Outage
from app.timetable.tables import Closure
from app.timetable.tables import Fault as FaultRow


def outages(window: Span, within: ColumnElement[bool], base_id: int | None = None) -> list[Outage]:
    """When units could not be used in a window: by faults of the whole unit, and by planned maintenance of it.

    Maintenance of a lab or base is that of its whole-lab units. `within` is a condition over units and labs; three
    statements, for joined into one SQLite finds no plan for them.
    """
    here: Any = session().execute(
        select(UnitRow.id, UnitRow.kind, Lab.id, Lab.base_id).join(Lab, Lab.id == UnitRow.lab_id).where(within)
    )
    units = {row[0]: row for row in here if base_id in (None, row[3])}
    broken: Any = session().execute(
        select(FaultRow.unit_id, FaultRow.cause, FaultRow.began_at, FaultRow.ended_at).where(
            FaultRow.state.in_((CONFIRMED, REPAIRED)),
            FaultRow.severity == UNUSABLE,
            FaultRow.whole,
            FaultRow.began_at < window.end,
            or_(FaultRow.ended_at.is_(None), FaultRow.ended_at > window.start),
        )
    )
    found = [Outage(*row) for row in broken if row[0] in units]
    closed = session().execute(
        select(
            Closure.unit_id, Closure.lab_id, Closure.base_id, Closure.starts_at, Closure.ends_at, Closure.lifted_at
        ).where(Closure.kind == "maintenance", Closure.starts_at < window.end, Closure.ends_at > window.start)
    )
    for unit_id, lab_id, closed_base_id, start, end, lifted_at in closed:
        ended = min(end, lifted_at) if lifted_at else end
        if start < ended:
            found += [
                Outage(unit, PLANNED, start, ended)
                for unit, kind, lab, base in units.values()
                if unit == unit_id or (kind == "room" and (lab == lab_id or base == closed_base_id))
            ]
    return found


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit as figures name it."""

    id: int
    name_zh: str
    name_en: str
    code: str
    lab_zh: str
    lab_en: str


def unit_names(unit_ids: Sequence[int]) -> dict[int, UnitName]:
    rows = session().execute(
        select(UnitRow.id, UnitRow.name_zh, UnitRow.name_en, UnitRow.code, Lab.name_zh, Lab.name_en)
        .join(Lab, Lab.id == UnitRow.lab_id)
        .where(UnitRow.id.in_(sorted(set(unit_ids))))
    )
    return {row[0]: UnitName(*row) for row in rows}
