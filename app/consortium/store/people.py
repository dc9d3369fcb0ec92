"""Rows of people and their appointments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, false, func, insert, or_, select, true, update
from sqlalchemy.exc import IntegrityError

from app.consortium.rules.membership import KeptPerson, PersonForm
from app.consortium.rules.scope import Scope
from app.consortium.store.entry import in_force
from app.consortium.store.members import escaped
from app.consortium.tables.people import Appointment, Person
from app.database import session, violated_constraint
from app.foundation.refusal import Invalid, Refused

DEMO_DOMAIN = "@demo.example"
_DEMO_NAMES = ("admin", "teacher", "trainer", "keeper", "finance", "council")


def demo_people() -> list[tuple[str, str]]:
    """E-mail and name of the demonstration's six people, in the order in which they are introduced."""
    emails = [f"{each}{DEMO_DOMAIN}" for each in _DEMO_NAMES]
    rows = session().execute(select(Person.email, Person.name).where(Person.email.in_(emails)))
    names = {row.email: row.name for row in rows}
    return [(email, names[email]) for email in emails if email in names]


# ── people ──

_KEPT = (
    Person.id,
    Person.email,
    Person.name,
    Person.phone,
    Person.locale,
    (Person.password_hash != "").label("has_password"),
    Person.password_set_at,
    Person.disabled_at,
    Person.created_at,
    Person.version,
)
SORTS = {"name": Person.name, "email": Person.email, "created_at": Person.created_at}
STATES = ("open", "invited", "disabled", "no_office")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of people is narrowed to; empty means any."""

    text: str = ""
    member_id: int | None = None
    role: str = ""
    state: str = ""
    sort: str = "name"


def person_id_of(email: str) -> int | None:
    return session().scalar(select(Person.id).where(Person.email == email))


def find(person_id: int, *, lock: bool = False) -> KeptPerson | None:
    query = select(*_KEPT).where(Person.id == person_id)
    row = session().execute(query.with_for_update(key_share=True) if lock else query).first()
    return None if row is None else _person(row)


def names(person_ids: Sequence[int]) -> dict[int, str]:
    rows = session().execute(select(Person.id, Person.name).where(Person.id.in_(list(person_ids))))
    return {row.id: row.name for row in rows}


def visible(scope: Scope) -> ColumnElement[bool]:
    """The people this scope may see: everybody, those with an office of its members ever, oneself."""
    if scope.everything:
        return true()
    parts: list[ColumnElement[bool]] = []
    if scope.holder_id is not None:
        parts.append(Person.id == scope.holder_id)
    if scope.member_ids:
        parts.append(
            exists().where(Appointment.person_id == Person.id, Appointment.member_id.in_(sorted(scope.member_ids)))
        )
    return or_(*parts) if parts else false()


def people(scope: Scope, wanted: Wanted, today: date, limit: int, offset: int = 0) -> list[KeptPerson]:
    column = SORTS.get(wanted.sort.removeprefix("-"), Person.name)
    order = column.desc() if wanted.sort.startswith("-") else column.asc()
    rows = session().execute(
        _narrowed(select(*_KEPT), scope, wanted, today).order_by(order, Person.id).limit(limit).offset(offset)
    )
    return [_person(row) for row in rows]


def count(scope: Scope, wanted: Wanted, today: date) -> int:
    found: int = session().execute(_narrowed(select(func.count(Person.id)), scope, wanted, today)).scalar_one()
    return found


def _narrowed(query: Select[*tuple[Any, ...]], scope: Scope, wanted: Wanted, today: date) -> Select[*tuple[Any, ...]]:
    query = query.where(visible(scope))
    if wanted.text:
        like = f"%{escaped(wanted.text)}%"
        query = query.where(or_(Person.name.ilike(like, escape="\\"), Person.email.ilike(like, escape="\\")))
    own = [Appointment.person_id == Person.id, in_force(today)]
    if not scope.everything:
        own.append(Appointment.member_id.in_(sorted(scope.member_ids)))
    if wanted.member_id is not None:
        query = query.where(exists().where(*own, Appointment.member_id == wanted.member_id))
    if wanted.role:
        query = query.where(exists().where(*own, Appointment.role == wanted.role))
    if wanted.state == "disabled":
        return query.where(Person.disabled_at.is_not(None))
    if wanted.state == "invited":
        return query.where(Person.password_hash == "", Person.disabled_at.is_(None))
    if wanted.state == "open":
        return query.where(Person.password_hash != "", Person.disabled_at.is_(None))
    if wanted.state == "no_office":
        return query.where(~exists().where(Appointment.person_id == Person.id, in_force(today)))
    return query


def add(form: PersonForm, locale: str, now: datetime) -> int:
    """Raises Refused(Invalid) where the e-mail is another's."""
    with _emails_once():
        return (
            session()
            .execute(
                insert(Person)
                .values(
                    email=form.email,
                    name=form.name,
                    phone=form.phone,
                    locale=locale,
                    password_hash="",
                    created_at=now,
                    version=1,
                )
                .returning(Person.id)
            )
            .scalar_one()
        )


def keep(person_id: int, version: int, form: PersonForm, locale: str | None = None) -> bool:
    """Whether this version was still the present one. Raises Refused(Invalid) where the e-mail is another's."""
    values: dict[str, Any] = {"email": form.email, "name": form.name, "phone": form.phone, "version": version + 1}
    if locale is not None:
        values["locale"] = locale
    with _emails_once():
        done = session().scalar(
            update(Person)
            .where(Person.id == person_id, Person.version == version)
            .values(**values)
            .returning(Person.id)
        )
    return done is not None


def set_disabled(person_id: int, disabled_at: datetime | None) -> None:
    session().execute(
        update(Person).where(Person.id == person_id).values(disabled_at=disabled_at, version=Person.version + 1)
    )


def _person(row: Row[*tuple[Any, ...]]) -> KeptPerson:
    return KeptPerson(row.id, row.email, row.name, row.phone, row.locale, bool(row.has_password), *row[6:])


@contextmanager
def _emails_once() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        named = violated_constraint(error)
        if "uq_consortium_person_email" in named or "consortium_person.email" in named:
            raise Refused(Invalid("email", "in_use")) from error
        raise
