"""Rows of appointments: who holds, held or will hold which office."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, delete, func, insert, or_, select, update

from app.consortium.rules.membership import KeptOffice, OfficeForm
from app.consortium.rules.office import Appointment as Office
from app.consortium.rules.permission import ADMINISTRATOR, DECIDING
from app.consortium.store.entry import belongs, in_force
from app.consortium.tables.people import Appointment, Member, Person
from app.database import session

_OFFICE = (
    Appointment.id,
    Appointment.person_id,
    Appointment.role,
    Appointment.member_id,
    Appointment.base_id,
    Appointment.from_on,
    Appointment.until_on,
)


def offices_of(person_ids: Sequence[int]) -> dict[int, list[KeptOffice]]:
    """Every appointment these people hold, held or will hold; the newest first."""
    found: dict[int, list[KeptOffice]] = {person_id: [] for person_id in person_ids}
    rows = session().execute(
        select(*_OFFICE)
        .where(Appointment.person_id.in_(list(person_ids)))
        .order_by(Appointment.from_on.desc(), Appointment.id.desc())
    )
    for row in rows:
        found[row.person_id].append(KeptOffice(*row))
    return found


def find_office(office_id: int) -> KeptOffice | None:
    row = session().execute(select(*_OFFICE).where(Appointment.id == office_id)).first()
    return None if row is None else KeptOffice(*row)


def appoint(person_id: int, form: OfficeForm) -> int:
    return (
        session()
        .execute(
            insert(Appointment)
            .values(
                person_id=person_id,
                role=form.role,
                member_id=form.member_id,
                base_id=form.base_id,
                from_on=form.from_on,
                until_on=form.until_on,
            )
            .returning(Appointment.id)
        )
        .scalar_one()
    )


def end_office(office_id: int, until_on: date | None) -> None:
    """Until this day; None takes away one that had not begun."""
    if until_on is None:
        session().execute(delete(Appointment).where(Appointment.id == office_id))
    else:
        session().execute(update(Appointment).where(Appointment.id == office_id).values(until_on=until_on))


@dataclass(frozen=True, slots=True)
class Holder:
    """A line of the list of appointments."""

    office: KeptOffice
    name: str
    email: str
    is_disabled: bool


@dataclass(frozen=True, slots=True)
class WantedOffices:
    """What a list of appointments is narrowed to. `member_ids` None is all of them; `standing` any, or as on that day."""

    today: date
    member_ids: tuple[int, ...] | None = None
    role: str = ""
    base_id: int | None = None
    standing: str = "in_force"
    sort: str = "person"


SORTS = {
    "person": Person.name,
    "role": Appointment.role,
    "from_on": Appointment.from_on,
    "until_on": Appointment.until_on,
}


def _narrowed(query: Select[*tuple[Any, ...]], wanted: WantedOffices) -> Select[*tuple[Any, ...]]:
    query = query.join(Person, Person.id == Appointment.person_id)
    if wanted.member_ids is not None:
        query = query.where(Appointment.member_id.in_(wanted.member_ids))
    if wanted.role:
        query = query.where(Appointment.role == wanted.role)
    if wanted.base_id is not None:
        query = query.where(Appointment.base_id == wanted.base_id)
    if wanted.standing == "in_force":
        query = query.where(in_force(wanted.today))
    elif wanted.standing == "coming":
        query = query.where(Appointment.from_on > wanted.today)
    elif wanted.standing == "over":
        query = query.where(Appointment.until_on <= wanted.today)
    return query


def holders(wanted: WantedOffices, limit: int, offset: int = 0) -> list[Holder]:
    """Appointments that fit, with whose they are."""
    column = SORTS.get(wanted.sort.removeprefix("-"), Person.name)
    order = column.desc() if wanted.sort.startswith("-") else column.asc()
    query = _narrowed(select(*_OFFICE, Person.name, Person.email, Person.disabled_at), wanted)
    rows = session().execute(query.order_by(order, Appointment.id).limit(limit).offset(offset))
    return [Holder(KeptOffice(*row[:7]), row[7], row[8], row[9] is not None) for row in rows]


def count_holders(wanted: WantedOffices) -> int:
    found: int = session().execute(_narrowed(select(func.count(Appointment.id)), wanted)).scalar_one()
    return found


def counts_by_member(today: date) -> dict[int, int]:
    """How many people hold an office of each member today."""
    rows = session().execute(
        select(Appointment.member_id, func.count(Appointment.person_id.distinct()))
        .join(Person, Person.id == Appointment.person_id)
        .join(Member, Member.id == Appointment.member_id)
        .where(in_force(today), belongs(today), Person.disabled_at.is_(None))
        .group_by(Appointment.member_id)
    )
    return {row[0]: row[1] for row in rows}


def deciding(member_ids: Collection[int], today: date) -> dict[int, tuple[Office, ...]]:
    """Everybody who may be asked to decide on the side of these members today, and all administrators, with their offices."""
    rows: Iterable[Any] = session().execute(
        select(
            Appointment.person_id,
            Appointment.role,
            Appointment.member_id,
            Appointment.base_id,
            Appointment.from_on,
            Appointment.until_on,
        )
        .join(Person, Person.id == Appointment.person_id)
        .join(Member, Member.id == Appointment.member_id)
        .where(
            or_(
                Appointment.member_id.in_(sorted(member_ids)) & Appointment.role.in_(DECIDING),
                Appointment.role == ADMINISTRATOR,
            ),
            Person.disabled_at.is_(None),
            in_force(today),
            belongs(today),
        )
        .order_by(Appointment.person_id)
    )
    found: dict[int, tuple[Office, ...]] = {}
    for person_id, *office in rows:
        found[person_id] = (*found.get(person_id, ()), Office(*office))
    return found


def colleagues_deciding(person_id: int, member_id: int, today: date) -> list[tuple[int, str]]:
    """Whoever else may be asked to decide for the same member today, by name."""
    rows = session().execute(
        select(Person.id, Person.name)
        .join(Appointment, Appointment.person_id == Person.id)
        .where(
            Appointment.member_id == member_id,
            Appointment.role.in_(DECIDING),
            in_force(today),
            Person.disabled_at.is_(None),
            Person.id != person_id,
        )
        .distinct()
        .order_by(Person.name, Person.id)
    )
    return [(row[0], row[1]) for row in rows]
