"""Rows of faults, to values and back, and as lists show them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, insert, or_, select, true, update

from app.catalogue.tables import Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.consortium.tables.people import Person
from app.database import hold, session
from app.foundation.timespan import LATEST, Span
from app.timetable.rules.faults import CONFIRMED, OPEN_STATES, REPAIRED, UNUSABLE, Fault
from app.timetable.tables import Fault as FaultRow

_COLUMNS = (
    FaultRow.id,
    FaultRow.unit_id,
    FaultRow.state,
    FaultRow.severity,
    FaultRow.cause,
    FaultRow.quantity,
    FaultRow.whole,
    FaultRow.words,
    FaultRow.answer,
    FaultRow.cost_source,
    FaultRow.reported_by,
    FaultRow.reported_at,
    FaultRow.began_at,
    FaultRow.expected_until,
    FaultRow.blocked_until,
    FaultRow.ended_at,
    FaultRow.ended_by,
    FaultRow.version,
)


def add(unit_id: int, severity: str, words: str, whole: bool, began_at: datetime, person_id: int, now: datetime) -> int:
    """Keep a report; its id."""
    row = {
        "unit_id": unit_id,
        "state": "reported",
        "severity": severity,
        "cause": "unclear",
        "quantity": 1,
        "whole": whole,
        "words": words,
        "answer": "",
        "cost_source": "",
        "reported_by": person_id,
        "reported_at": now,
        "began_at": began_at,
        "version": 1,
    }
    return session().execute(insert(FaultRow).values(row).returning(FaultRow.id)).scalar_one()


def find(fault_id: int, *, lock: bool = False) -> Fault | None:
    """A fault as it stands, or None; locked until the transaction ends where it is about to be changed."""
    if lock:
        hold(FaultRow, FaultRow.id == fault_id)
    row: Any = session().execute(select(*_COLUMNS).where(FaultRow.id == fault_id)).first()
    return Fault(*row) if row else None


def change(fault_id: int, version: int, **columns: object) -> bool:
    """Compare and swap: whether the fault still had this version."""
    row = (
        session()
        .execute(
            update(FaultRow)
            .where(FaultRow.id == fault_id, FaultRow.version == version)
            .values(version=version + 1, **columns)
            .returning(FaultRow.id)
        )
        .first()
    )
    return row is not None


def open_of(unit_ids: Collection[int]) -> dict[int, list[Fault]]:
    """The open faults of each of these units, the oldest first."""
    found: dict[int, list[Fault]] = {}
    if unit_ids:
        row: Any
        for row in session().execute(
            select(*_COLUMNS)
            .where(FaultRow.unit_id.in_(sorted(set(unit_ids))), FaultRow.state.in_(OPEN_STATES))
            .order_by(FaultRow.began_at, FaultRow.id)
        ):
            found.setdefault(row[1], []).append(Fault(*row))
    return found


def blocking_in_the_labs_of(unit_ids: Collection[int]) -> list[Fault]:
    """The faults that keep any unit in the labs of these from being booked, they themselves included; one query."""
    labs = select(UnitRow.lab_id).where(UnitRow.id.in_(sorted(set(unit_ids))))
    mates = select(UnitRow.id).where(UnitRow.lab_id.in_(labs))
    rows: Any = session().execute(
        select(*_COLUMNS)
        .where(FaultRow.unit_id.in_(mates), FaultRow.blocked_until.is_not(None))
        .order_by(FaultRow.began_at, FaultRow.id)
    )
    return [Fault(*row) for row in rows]


def blocking() -> list[Fault]:
    """Every fault that keeps its unit from being booked."""
    rows: Any = session().execute(select(*_COLUMNS).where(FaultRow.blocked_until.is_not(None)).order_by(FaultRow.id))
    return [Fault(*row) for row in rows]


def blocked(unit_ids: Collection[int], window: Span) -> list[tuple[int, Span, int, bool]]:
    """Where faults keep these units from being booked within a window: unit, time, how many of it, the whole of it."""
    rows = session().execute(
        select(FaultRow.unit_id, FaultRow.began_at, FaultRow.blocked_until, FaultRow.quantity, FaultRow.whole).where(
            FaultRow.unit_id.in_(sorted(set(unit_ids))),
            FaultRow.began_at < window.end,
            FaultRow.blocked_until > window.start,
        )
    )
    found = []
    for unit_id, start, until, quantity, whole in rows:
        part = Span(start, until).clip(window) if until else None
        if part is not None:
            found.append((unit_id, part, quantity, whole))
    return found


def faults_covering(unit_ids: Collection[int], span: Span) -> dict[int, list[Span]]:
    """When each of these units could not be used within a span because of a fault; open faults last on.

    For whoever judges use: what lies in here is nobody's no-show.
    """
    found: dict[int, list[Span]] = {}
    if not unit_ids:
        return found
    rows = session().execute(
        select(FaultRow.unit_id, FaultRow.began_at, FaultRow.ended_at).where(
            FaultRow.unit_id.in_(sorted(set(unit_ids))),
            FaultRow.state.in_((CONFIRMED, REPAIRED)),
            FaultRow.severity == UNUSABLE,
            FaultRow.began_at < span.end,
            or_(FaultRow.ended_at.is_(None), FaultRow.ended_at > span.start),
        )
    )
    for unit_id, start, ended_at in rows:
        end = ended_at or LATEST
        if start < end and (part := Span(start, end).clip(span)):
            found.setdefault(unit_id, []).append(part)
    return found


# ── lists ──

SORTS = ("began", "reported", "unit", "state")


@dataclass(frozen=True, slots=True)
class FaultLine:
    """A fault as a list shows it, with where its unit stands."""

    fault: Fault
    name_zh: str
    name_en: str
    code: str
    lab_zh: str
    lab_en: str
    base_id: int
    base_zh: str
    base_en: str
    reporter: str


@dataclass(frozen=True, slots=True)
class Sought:
    """Which faults a list shows."""

    state: str = ""
    """A state, `open` for all that is not over, or empty for all."""
    cause: str = ""
    base_id: int | None = None
    unit_id: int | None = None
    text: str = ""


def condition(sought: Sought, within: ColumnElement[bool]) -> ColumnElement[bool]:
    parts = [within]
    if sought.state == "open":
        parts.append(FaultRow.state.in_(OPEN_STATES))
    elif sought.state:
        parts.append(FaultRow.state == sought.state)
    if sought.cause:
        parts.append(FaultRow.cause == sought.cause)
    if sought.base_id is not None:
        parts.append(Lab.base_id == sought.base_id)
    if sought.unit_id is not None:
        parts.append(FaultRow.unit_id == sought.unit_id)
    if sought.text:
        columns = (UnitRow.name_zh, UnitRow.name_en, UnitRow.code, FaultRow.words)
        wanted = sought.text.lower()
        parts.append(or_(*(func.lower(each).contains(wanted, autoescape=True) for each in columns)))
    return and_(*parts)


def reported_by(person_id: int | None) -> ColumnElement[bool]:
    return FaultRow.reported_by == person_id if person_id is not None else false()


def reported_of(where: ColumnElement[bool]) -> ColumnElement[bool]:
    """The faults of units that meet a condition over units and labs; asked apart, for SQLite plans it badly as one."""
    return FaultRow.unit_id.in_(select(UnitRow.id).join(Lab, Lab.id == UnitRow.lab_id).where(where))


def count(sought: Sought, within: ColumnElement[bool]) -> int:
    """How many faults a list has; `within` is whose they may be."""
    query = select(func.count(FaultRow.id)).select_from(FaultRow).join(UnitRow, UnitRow.id == FaultRow.unit_id)
    return session().scalar(query.join(Lab, Lab.id == UnitRow.lab_id).where(condition(sought, within))) or 0


def lines(
    sought: Sought, within: ColumnElement[bool], sort: str, limit: int, offset: int = 0, after: int | None = None
) -> list[FaultLine]:
    """A page of faults: what is open first, the latest first, unless sorted otherwise; `after` an id: the ids below it."""
    down = sort.startswith("-")
    column: Any = {"began": FaultRow.began_at, "reported": FaultRow.reported_at, "unit": UnitRow.name_zh}.get(
        sort.removeprefix("-"), FaultRow.state
    )
    order = [column.desc() if down else column] if sort else [FaultRow.state.not_in(OPEN_STATES)]
    query = (
        select(
            *_COLUMNS,
            UnitRow.name_zh,
            UnitRow.name_en,
            UnitRow.code,
            Lab.name_zh,
            Lab.name_en,
            TrainingBase.id,
            TrainingBase.name_zh,
            TrainingBase.name_en,
            Person.name,
        )
        .join(UnitRow, UnitRow.id == FaultRow.unit_id)
        .join(Lab, Lab.id == UnitRow.lab_id)
        .join(TrainingBase, TrainingBase.id == Lab.base_id)
        .join(Person, Person.id == FaultRow.reported_by)
        .where(condition(sought, within), FaultRow.id < after if after is not None else true())
        .limit(limit)
        .offset(offset)
    )
    ordered = query.order_by(FaultRow.id.desc()) if after is not None else query.order_by(*order, FaultRow.id.desc())
    rows: Any = session().execute(ordered)
    return [FaultLine(Fault(*row[:18]), *row[18:]) for row in rows]


def only(fault_id: int) -> ColumnElement[bool]:
    """Just this one; who may see it was asked before."""
    return FaultRow.id == fault_id
