"""Rows of the weekly opening hours."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select

from app.database import session, table_of
from app.timetable.rules.hours import Opening
from app.timetable.tables import Opening as OpeningRow

_opening = table_of(OpeningRow)
_OPENINGS = select(
    _opening.c.base_id,
    _opening.c.lab_id,
    _opening.c.weekday,
    _opening.c.start_minute,
    _opening.c.end_minute,
    _opening.c.from_on,
    _opening.c.until_on,
).where(
    or_(
        _opening.c.base_id.in_(bindparam("base_ids", expanding=True)),
        _opening.c.lab_id.in_(bindparam("lab_ids", expanding=True)),
    )
)
"""Made once: every booking asks it."""


def openings(base_ids: Collection[int], lab_ids: Collection[int]) -> dict[tuple[str, int], list[Opening]]:
    """The weekly hours of bases and of labs that have their own, by ("base", id) or ("lab", id)."""
    found: dict[tuple[str, int], list[Opening]] = {}
    base_id: Any
    lab_id: Any
    hours: list[Any]
    places = {"base_ids": list(base_ids), "lab_ids": list(lab_ids)}
    for base_id, lab_id, *hours in session().execute(_OPENINGS, places):
        found.setdefault(("lab", lab_id) if lab_id else ("base", base_id), []).append(Opening(*hours))
    return found


def replace_hours(scope: str, scope_id: int, hours: Sequence[Opening]) -> None:
    """Set the weekly hours of a base or lab. Hours with days of their own (a season's) stay as they are."""
    column = OpeningRow.base_id if scope == "base" else OpeningRow.lab_id
    session().execute(
        delete(OpeningRow).where(column == scope_id, OpeningRow.from_on.is_(None), OpeningRow.until_on.is_(None))
    )
    if hours:
        session().execute(
            insert(OpeningRow),
            [
                {
                    f"{scope}_id": scope_id,
                    "weekday": each.weekday,
                    "start_minute": each.start_minute,
                    "end_minute": each.end_minute,
                }
                for each in hours
            ],
        )
