"""Rows of settings: the numbers that differ from their defaults."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, select

from app.consortium.tables.people import Setting
from app.database import session


def kept() -> dict[str, int]:
    """The numbers somebody has set, by name."""
    return {name: int(value) for name, value in session().execute(select(Setting.name, Setting.value))}


def put(values: Mapping[str, int | None]) -> None:
    """Keep these numbers; None goes back to the default."""
    if not values:
        return
    session().execute(delete(Setting).where(Setting.name.in_(sorted(values))))
    rows = [{"name": name, "value": str(value), "version": 1} for name, value in values.items() if value is not None]
    if rows:
        session().execute(insert(Setting), rows)
