"""Rows of bell tables and their class periods."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update

from app.database import session, table_of
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
    """Every bell table (of these organisations and the consortium alone, where any is named) with its periods; one query."""
    known = [each for each in member_ids if each is not None]
    found: list[KeptBell] = []
    read: Any = session().execute(_bells_query(bool(member_ids)), {"member_ids": known} if member_ids else {})
    for (table_id, version, *words), rows in groupby(read, key=lambda row: row[:9]):
        periods = tuple(Period(*row[9:]) for row in rows if row[9] is not None)
        member_id, name_zh, name_en, *rest = words
        found.append(KeptBell(table_id, version, BellForm(member_id, name_zh, name_en, periods, *rest)))
    return found


@cache
def _bells_query(of_some: bool) -> Any:
    """Made once for each way of asking: every grid and form asks it."""
    bell, period = table_of(BellTable), table_of(PeriodRow)
    query = (
        select(
            bell.c.id,
            bell.c.version,
            bell.c.member_id,
            bell.c.name_zh,
            bell.c.name_en,
            bell.c.campus,
            bell.c.learners,
            bell.c.from_on,
            bell.c.until_on,
            period.c.number,
            period.c.start_minute,
            period.c.end_minute,
        )
        .outerjoin(period, period.c.bell_table_id == bell.c.id)
        .order_by(
            bell.c.member_id.is_not(None),
            bell.c.member_id,
            bell.c.campus,
            bell.c.learners,
            bell.c.from_on,
            bell.c.id,
            period.c.number,
        )
    )
    if of_some:
        query = query.where(
            or_(bell.c.member_id.in_(bindparam("member_ids", expanding=True)), bell.c.member_id.is_(None))
        )
    return query


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
