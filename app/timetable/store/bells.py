"""Rows of bell tables and their class periods."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from app.database import session
from app.timetable.rules.bell import BellForm, Period
from app.timetable.tables import BellTable
from app.timetable.tables import Period as PeriodRow


@dataclass(frozen=True, slots=True)
class KeptBell:
    """A bell table as it stands."""

    id: int
    version: int
    form: BellForm


def bell_tables(*member_ids: int | None) -> list[KeptBell]:
    """Every bell table (of these organisations alone, where any is named) with its periods; one query."""
    query = (
        select(
            BellTable.id,
            BellTable.version,
            BellTable.member_id,
            BellTable.name_zh,
            BellTable.name_en,
            BellTable.campus,
            BellTable.learners,
            BellTable.from_on,
            BellTable.until_on,
            PeriodRow.number,
            PeriodRow.start_minute,
            PeriodRow.end_minute,
        )
        .outerjoin(PeriodRow, PeriodRow.bell_table_id == BellTable.id)
        .order_by(
            BellTable.member_id.is_not(None),
            BellTable.member_id,
            BellTable.campus,
            BellTable.learners,
            BellTable.from_on,
            BellTable.id,
            PeriodRow.number,
        )
    )
    if member_ids:
        known = [each for each in member_ids if each is not None]
        query = query.where(or_(BellTable.member_id.in_(known), BellTable.member_id.is_(None)))
    found: list[KeptBell] = []
    read: Any = session().execute(query)
    for (table_id, version, *words), rows in groupby(read, key=lambda row: row[:9]):
        periods = tuple(Period(*row[9:]) for row in rows if row[9] is not None)
        member_id, name_zh, name_en, *rest = words
        found.append(KeptBell(table_id, version, BellForm(member_id, name_zh, name_en, periods, *rest)))
    return found


def bell_version(table_id: int) -> int | None:
    return session().scalar(select(BellTable.version).where(BellTable.id == table_id).with_for_update())


def put_bell_table(table_id: int | None, form: BellForm) -> int:
    """Keep a bell table, a new one where there is no id; its id."""
    names = {
        "member_id": form.member_id,
        "name_zh": form.name_zh.strip(),
        "name_en": form.name_en.strip(),
        "campus": form.campus.strip(),
        "learners": form.learners.strip(),
        "from_on": form.from_on,
        "until_on": form.until_on,
    }
    if table_id is None:
        table_id = session().execute(insert(BellTable).values(**names, version=1).returning(BellTable.id)).scalar_one()
    else:
        session().execute(
            update(BellTable).where(BellTable.id == table_id).values(**names, version=BellTable.version + 1)
        )
        session().execute(delete(PeriodRow).where(PeriodRow.bell_table_id == table_id))
    session().execute(
        insert(PeriodRow),
        [
            {
                "bell_table_id": table_id,
                "number": period.number,
                "start_minute": period.start_minute,
                "end_minute": period.end_minute,
            }
            for period in form.periods
        ],
    )
    return table_id


def remove_bell_table(table_id: int) -> None:
    session().execute(delete(PeriodRow).where(PeriodRow.bell_table_id == table_id))
    session().execute(delete(BellTable).where(BellTable.id == table_id))
