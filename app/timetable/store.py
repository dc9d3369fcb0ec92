"""Rows of the timetable, to values and back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update

from app.catalogue.tables import Lab
from app.catalogue.tables import Unit as UnitRow
from app.database import session, table_of
from app.timetable.rules import BellForm, Opening, Period, Term, TermForm
from app.timetable.tables import BellTable, Closure
from app.timetable.tables import Opening as OpeningRow
from app.timetable.tables import Period as PeriodRow
from app.timetable.tables import Term as TermRow

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


# ── terms ──


def term_version(term_id: int) -> int | None:
    """The version of a term, locked until the transaction ends; None where there is none."""
    return session().scalar(select(TermRow.version).where(TermRow.id == term_id).with_for_update())


def version_of_term(term_id: int) -> int | None:
    """The version of a term as a page shows it."""
    return session().scalar(select(TermRow.version).where(TermRow.id == term_id))


def add_term(form: TermForm) -> int:
    return (
        session().execute(insert(TermRow).values(**_term_columns(form), version=1).returning(TermRow.id)).scalar_one()
    )


def put_term(term_id: int, form: TermForm) -> None:
    session().execute(
        update(TermRow).where(TermRow.id == term_id).values(**_term_columns(form), version=TermRow.version + 1)
    )


def remove_term(term_id: int) -> None:
    session().execute(delete(TermRow).where(TermRow.id == term_id))


def _term_columns(form: TermForm) -> dict[str, Any]:
    return {
        "member_id": form.member_id,
        "name_zh": form.name_zh.strip(),
        "name_en": form.name_en.strip(),
        "first_monday": form.first_monday,
        "weeks": form.weeks,
    }


# ── bell tables ──


@dataclass(frozen=True, slots=True)
class KeptBell:
    """A bell table as it stands."""

    id: int
    version: int
    form: BellForm


def bell_tables() -> list[KeptBell]:
    """Every bell table with its periods, the consortium's first; two queries."""
    periods_of: dict[int, list[Period]] = {}
    for table_id, number, start, end in session().execute(
        select(PeriodRow.bell_table_id, PeriodRow.number, PeriodRow.start_minute, PeriodRow.end_minute).order_by(
            PeriodRow.bell_table_id, PeriodRow.number
        )
    ):
        periods_of.setdefault(table_id, []).append(Period(number, start, end))
    rows = session().execute(
        select(BellTable.id, BellTable.version, BellTable.member_id, BellTable.name_zh, BellTable.name_en).order_by(
            BellTable.member_id.is_not(None), BellTable.member_id, BellTable.id
        )
    )
    return [
        KeptBell(table_id, version, BellForm(member_id, name_zh, name_en, tuple(periods_of.get(table_id, ()))))
        for table_id, version, member_id, name_zh, name_en in rows
    ]


def bell_version(table_id: int) -> int | None:
    return session().scalar(select(BellTable.version).where(BellTable.id == table_id).with_for_update())


def put_bell_table(table_id: int | None, form: BellForm) -> int:
    """Keep a bell table, a new one where there is no id; its id."""
    names = {"member_id": form.member_id, "name_zh": form.name_zh.strip(), "name_en": form.name_en.strip()}
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


# ── hours ──


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


# ── closures ──


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
