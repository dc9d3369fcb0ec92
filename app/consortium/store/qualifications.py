"""Rows of qualifications, to values and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, insert, or_, select, true, update

from app.consortium.rules.qualification import Grant, Qualification, Reach
from app.consortium.store.members import escaped
from app.consortium.tables.people import Appointment, Person
from app.consortium.tables.qualifications import Qualification as Row
from app.database import hold, session

_COLUMNS = (
    Row.id,
    Row.person_id,
    Row.sort,
    Row.scope,
    Row.scope_id,
    Row.from_on,
    Row.until_on,
    Row.score,
    Row.evidence,
    Row.given_by,
    Row.given_at,
    Row.revoked_at,
    Row.revoked_by,
    Row.why,
    Row.version,
)


@dataclass(frozen=True, slots=True)
class Reached:
    """Which places a list is about: everything (None), or these ids of members, bases, labs and units.

    `person_id` and `of_members` widen it: hers, and those of whoever holds or held an office of these members.
    """

    places: dict[str, frozenset[int]] | None = None
    person_id: int | None = None
    of_members: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; empty means any. `standing` is judged on `today`, ending until `soon`."""

    today: date
    soon: date
    text: str = ""
    sort: str = ""
    standing: str = ""
    order: str = "until_on"


@dataclass(frozen=True, slots=True)
class Line:
    """A qualification in a list, with whose it is."""

    kept: Qualification
    name: str


ORDERS = {"person": Person.name, "from_on": Row.from_on, "until_on": Row.until_on, "sort": Row.sort}


def held_by(person_ids: Collection[int], *, still_on: date | None = None) -> list[Qualification]:
    """What these people hold or held; with `still_on` only what was not taken back and is not over by then."""
    if not person_ids:
        return []
    query = select(*_COLUMNS).where(Row.person_id.in_(sorted(person_ids)))
    if still_on is not None:
        query = query.where(Row.revoked_at.is_(None), or_(Row.until_on.is_(None), Row.until_on > still_on))
    return [_value(row) for row in session().execute(query.order_by(Row.person_id, Row.sort, Row.from_on, Row.id))]


def find(qualification_id: int, *, lock: bool = False) -> Qualification | None:
    if lock:
        hold(Row, Row.id == qualification_id)
    row = session().execute(select(*_COLUMNS).where(Row.id == qualification_id)).first()
    return None if row is None else _value(row)


def add(grant: Grant, given_by: int, now: datetime) -> list[int]:
    """Keep one row for each person and place; their ids."""
    rows = [
        {
            "person_id": person_id,
            "sort": grant.sort,
            "scope": reach.kind,
            "scope_id": reach.id,
            "from_on": grant.from_on,
            "until_on": grant.until_on,
            "score": grant.score,
            "evidence": grant.evidence.strip(),
            "given_by": given_by,
            "given_at": now,
            "why": "",
            "version": 1,
        }
        for person_id in grant.person_ids
        for reach in grant.reaches
    ]
    return list(session().scalars(insert(Row).returning(Row.id), rows))


def revoke(qualification_id: int, version: int, by: int, why: str, now: datetime) -> bool:
    """Whether it still had this version and was in force."""
    done = session().scalar(
        update(Row)
        .where(Row.id == qualification_id, Row.version == version, Row.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by=by, why=why, version=version + 1)
        .returning(Row.id)
    )
    return done is not None


def ending(first: date, last: date) -> list[Qualification]:
    """What is in force and whose last day lies in [first, last]; people whose account is closed are left out."""
    rows = session().execute(
        select(*_COLUMNS)
        .join(Person, Person.id == Row.person_id)
        .where(Row.revoked_at.is_(None), Row.until_on > first, Row.until_on <= last, Person.disabled_at.is_(None))
        .order_by(Row.until_on, Row.id)
    )
    return [_value(row) for row in rows]


def lines(reached: Reached, wanted: Wanted, limit: int, offset: int = 0) -> list[Line]:
    column = ORDERS.get(wanted.order.removeprefix("-"), Row.until_on)
    order = column.desc() if wanted.order.startswith("-") else column.asc()
    query = _narrowed(select(*_COLUMNS, Person.name), reached, wanted)
    rows = session().execute(query.order_by(order.nulls_last(), Person.name, Row.id).limit(limit).offset(offset))
    return [Line(_value(row), row[-1]) for row in rows]


def lines_after(reached: Reached, wanted: Wanted, after: int, limit: int) -> list[Qualification]:
    """The same by id, for programs that read on where they were."""
    query = _narrowed(select(*_COLUMNS), reached, wanted).where(Row.id > after).order_by(Row.id).limit(limit)
    return [_value(row) for row in session().execute(query)]


def count(reached: Reached, wanted: Wanted) -> int:
    found: int = session().execute(_narrowed(select(func.count(Row.id)), reached, wanted)).scalar_one()
    return found


def people_by_email(emails: Iterable[str]) -> dict[str, int]:
    """Open accounts by their address in small letters."""
    wanted = sorted({email.lower() for email in emails})
    if not wanted:
        return {}
    rows = session().execute(
        select(func.lower(Person.email), Person.id).where(
            func.lower(Person.email).in_(wanted), Person.disabled_at.is_(None)
        )
    )
    return {email: person_id for email, person_id in rows}  # noqa: C416 - rows are not pairs to the type checker


def member_ids_of(person_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """The members whose office each person holds or ever held."""
    found: dict[int, set[int]] = {person_id: set() for person_id in person_ids}
    rows = session().execute(
        select(Appointment.person_id, Appointment.member_id).where(Appointment.person_id.in_(sorted(person_ids)))
    )
    for person_id, member_id in rows:
        found[person_id].add(member_id)
    return {person_id: frozenset(ids) for person_id, ids in found.items()}


def _narrowed(query: Select[*tuple[Any, ...]], reached: Reached, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    query = query.join(Person, Person.id == Row.person_id).where(_within(reached))
    if wanted.text:
        like = f"%{escaped(wanted.text)}%"
        query = query.where(Person.name.ilike(like, escape="\\"))
    if wanted.sort:
        query = query.where(Row.sort == wanted.sort)
    return query.where(_stands(wanted)) if wanted.standing else query


def _within(reached: Reached) -> ColumnElement[bool]:
    if reached.places is None:
        return true()
    parts: list[ColumnElement[bool]] = [
        and_(Row.scope == kind, Row.scope_id.in_(sorted(ids))) for kind, ids in reached.places.items() if ids
    ]
    if reached.person_id is not None:
        parts.append(Row.person_id == reached.person_id)
    if reached.of_members:
        parts.append(
            exists().where(
                Appointment.person_id == Row.person_id, Appointment.member_id.in_(sorted(reached.of_members))
            )
        )
    return or_(*parts) if parts else false()


def _stands(wanted: Wanted) -> ColumnElement[bool]:
    """As `Qualification.standing` says it, as a condition; a test holds the two equal."""
    if wanted.standing == "revoked":
        return Row.revoked_at.is_not(None)
    kept, over = Row.revoked_at.is_(None), Row.until_on <= wanted.today
    if wanted.standing == "over":
        return and_(kept, over)
    alive = and_(kept, or_(Row.until_on.is_(None), Row.until_on > wanted.today))
    if wanted.standing == "to_come":
        return and_(alive, Row.from_on > wanted.today)
    begun = and_(alive, Row.from_on <= wanted.today)
    if wanted.standing == "ending":
        return and_(begun, Row.until_on <= wanted.soon)
    return and_(begun, or_(Row.until_on.is_(None), Row.until_on > wanted.soon))


def _value(row: Sequence[Any]) -> Qualification:
    return Qualification(row[0], row[1], row[2], Reach(row[3], row[4]), *row[5:15])
