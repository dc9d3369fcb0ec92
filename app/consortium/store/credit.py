"""Rows of credit events and restrictions, to values and back. Events are only ever added."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from app.consortium.rules.credit import Event
from app.consortium.rules.restriction import IN_FORCE, Appeal, Restriction
from app.consortium.tables.conduct import CreditEvent
from app.consortium.tables.conduct import Restriction as Row
from app.consortium.tables.people import Person
from app.database import hold, session, table_of


def hold_person(person_id: int) -> None:
    """Lock a person, so that what her events add up to is decided once."""
    hold(Person, Person.id == person_id)


def events_of(person_ids: Collection[int]) -> list[Event]:
    """Every event of these people, in the order they came."""
    return _events(CreditEvent.person_id.in_(sorted(person_ids))) if person_ids else []


def events_of_date(date_id: int) -> list[Event]:
    """Every event that speaks of one booking date."""
    return _events(CreditEvent.date_id == date_id)


def _events(condition: Any) -> list[Event]:
    columns = [getattr(CreditEvent, name) for name in Event.__slots__]
    rows: Iterable[Any] = session().execute(select(*columns).where(condition).order_by(CreditEvent.at, CreditEvent.id))
    return [Event(*row) for row in rows]


def add_events(events: Sequence[Event]) -> None:
    """Keep events; their ids are the database's."""
    if events:
        names = [name for name in Event.__slots__ if name != "id"]
        session().execute(insert(CreditEvent), [{name: getattr(each, name) for name in names} for each in events])


def restrictions_of(person_ids: Collection[int], at: datetime) -> dict[int, tuple[Restriction, ...]]:
    """The restrictions in force at this moment, by person; nobody without one is in it. One query."""
    if not person_ids:
        return {}
    found: dict[int, list[Restriction]] = {}
    for each in _restrictions(
        Row.person_id.in_(sorted(person_ids)), Row.state == IN_FORCE, Row.from_at <= at, Row.until_at > at
    ):
        found.setdefault(each.person_id, []).append(each)
    return {person_id: tuple(each) for person_id, each in found.items()}


def restrictions(*, person_id: int | None = None, ids: Collection[int] | None = None) -> list[Restriction]:
    """Restrictions of a person, or these ones, whatever became of them; the newest first."""
    where = [] if person_id is None else [Row.person_id == person_id]
    if ids is not None:
        where.append(Row.id.in_(sorted(ids)))
    return _restrictions(*where)


def find_restriction(restriction_id: int, *, lock: bool = False) -> Restriction | None:
    if lock:
        hold(Row, Row.id == restriction_id)
    found = restrictions(ids=[restriction_id])
    return found[0] if found else None


def _restrictions(*where: Any) -> list[Restriction]:
    rows = session().execute(select(table_of(Row)).where(*where).order_by(Row.proposed_at.desc(), Row.id.desc()))
    return [_restriction(row) for row in rows.mappings()]


def _restriction(row: Any) -> Restriction:
    appeal = None
    if row["appealed_at"] is not None:
        appeal = Appeal(row["appeal"], row["appealed_at"], row["answer"], row["answered_by"], row["answered_at"])
    plain = {name: row[name] for name in Restriction.__slots__ if name not in ("appeal", "event_ids")}
    return Restriction(**plain, appeal=appeal, event_ids=tuple(json.loads(row["event_ids"])))


def add_restriction(new: Restriction) -> int:
    """Keep a restriction; its id."""
    row = {name: getattr(new, name) for name in Restriction.__slots__ if name not in ("id", "appeal")}
    row |= {"event_ids": json.dumps(list(new.event_ids)), "appeal": "", "answer": ""}
    added: int = session().execute(insert(table_of(Row)).returning(table_of(Row).c.id), row).scalar_one()
    return added


def change_restriction(restriction_id: int, version: int, **columns: object) -> bool:
    """Compare and swap: whether it still had this version."""
    row = session().execute(
        update(Row)
        .where(Row.id == restriction_id, Row.version == version)
        .values(version=version + 1, **columns)
        .returning(Row.id)
    )
    return row.first() is not None
