"""Rows of the timetable, to values and back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import insert, or_, select

from app.database import session
from app.timetable.rules import Opening, Period, Term
from app.timetable.tables import BellTable
from app.timetable.tables import Opening as OpeningRow
from app.timetable.tables import Period as PeriodRow
from app.timetable.tables import Term as TermRow


def openings(base_ids: Collection[int], lab_ids: Collection[int]) -> dict[tuple[str, int], list[Opening]]:
    """The weekly hours of bases and of labs that have their own, by ("base", id) or ("lab", id)."""
    found: dict[tuple[str, int], list[Opening]] = {}
    for base_id, lab_id, *hours in session().execute(
        select(
            OpeningRow.base_id,
            OpeningRow.lab_id,
            OpeningRow.weekday,
            OpeningRow.start_minute,
            OpeningRow.end_minute,
            OpeningRow.from_on,
            OpeningRow.until_on,
        ).where(or_(OpeningRow.base_id.in_(list(base_ids)), OpeningRow.lab_id.in_(list(lab_ids))))
    ):
        found.setdefault(("lab", lab_id) if lab_id else ("base", base_id), []).append(Opening(*hours))
    return found


def terms() -> list[Term]:
    rows = session().execute(
        select(
            TermRow.id, TermRow.member_id, TermRow.name_zh, TermRow.name_en, TermRow.first_monday, TermRow.weeks
        ).order_by(TermRow.first_monday, TermRow.id)
    )
    return [Term(*row) for row in rows]


def periods(member_id: int | None) -> list[Period]:
    """The class periods that hold for a member: its own bell table, else the consortium's."""
    table = (
        select(BellTable.id)
        .where(or_(BellTable.member_id == member_id, BellTable.member_id.is_(None)))
        .order_by(BellTable.member_id.is_(None), BellTable.id)
        .limit(1)
        .scalar_subquery()
    )
    rows = session().execute(
        select(PeriodRow.number, PeriodRow.start_minute, PeriodRow.end_minute)
        .where(PeriodRow.bell_table_id == table)
        .order_by(PeriodRow.number)
    )
    return [Period(*row) for row in rows]


def add_term(member_id: int | None, name_zh: str, name_en: str, first_monday: date, weeks: int) -> int:
    """Keep a term; its id."""
    columns = {"member_id": member_id, "name_zh": name_zh, "name_en": name_en}
    row = insert(TermRow).values(first_monday=first_monday, weeks=weeks, version=1, **columns).returning(TermRow.id)
    return session().execute(row).scalar_one()


def add_bell_table(member_id: int | None, name_zh: str, name_en: str, periods: Sequence[Period]) -> int:
    """Keep a bell table with its periods; its id."""
    row = insert(BellTable).values(member_id=member_id, name_zh=name_zh, name_en=name_en, version=1)
    table_id = session().execute(row.returning(BellTable.id)).scalar_one()
    session().execute(
        insert(PeriodRow),
        [
            {
                "bell_table_id": table_id,
                "number": period.number,
                "start_minute": period.start_minute,
                "end_minute": period.end_minute,
            }
            for period in periods
        ],
    )
    return table_id
