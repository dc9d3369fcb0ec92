"""Rows of delegations: who answers in whose place, and when."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from app.booking.tables.approvals import Delegation
from app.consortium.rules.office import Appointment as Office
from app.consortium.store.entry import belongs, in_force
from app.consortium.tables.people import Appointment, Member, Person
from app.database import session


@dataclass(frozen=True, slots=True)
class KeptDelegation:
    """While `person_id` is away, `delegate_id` answers for her, from `from_on` until the day before `until_on`."""

    id: int
    person_id: int
    delegate_id: int
    from_on: date
    until_on: date


def add(person_id: int, delegate_id: int, from_on: date, until_on: date) -> int:
    made: int = (
        session()
        .execute(
            insert(Delegation)
            .values(person_id=person_id, delegate_id=delegate_id, from_on=from_on, until_on=until_on)
            .returning(Delegation.id)
        )
        .scalar_one()
    )
    return made


def end(delegation: KeptDelegation, today: date) -> None:
    """End it today; one that has not begun goes."""
    own = Delegation.id == delegation.id
    if delegation.from_on >= today:
        session().execute(delete(Delegation).where(own))
    else:
        session().execute(update(Delegation).where(own).values(until_on=today))


def of_person(person_id: int) -> list[KeptDelegation]:
    """Whom somebody has named, and who has named her; the latest first."""
    rows: Iterable[Any] = session().execute(
        select(Delegation.id, Delegation.person_id, Delegation.delegate_id, Delegation.from_on, Delegation.until_on)
        .where(or_(Delegation.person_id == person_id, Delegation.delegate_id == person_id))
        .order_by(Delegation.from_on.desc(), Delegation.id.desc())
    )
    return [KeptDelegation(*row) for row in rows]


def standing_in_for(person_ids: Collection[int], today: date) -> set[int]:
    """Who answers today in the place of any of these."""
    query = select(Delegation.delegate_id).where(
        Delegation.person_id.in_(sorted(person_ids)), Delegation.from_on <= today, Delegation.until_on > today
    )
    return set(session().scalars(query))


def stood_in_for(delegate_id: int, today: date) -> dict[int, tuple[Office, ...]]:
    """For whom somebody answers today, and the offices each of them holds; one query."""
    rows: Iterable[Any] = session().execute(
        select(Delegation.person_id, *_OFFICE)
        .join(Appointment, Appointment.person_id == Delegation.person_id)
        .join(Person, Person.id == Delegation.person_id)
        .join(Member, Member.id == Appointment.member_id)
        .where(
            Delegation.delegate_id == delegate_id,
            Delegation.from_on <= today,
            Delegation.until_on > today,
            Person.disabled_at.is_(None),
            in_force(today),
            belongs(today),
        )
        .distinct()
        .order_by(Delegation.person_id)
    )
    return _by_person(rows)


_OFFICE = (
    Appointment.role,
    Appointment.member_id,
    Appointment.base_id,
    Appointment.from_on,
    Appointment.until_on,
)


def _by_person(rows: Iterable[Any]) -> dict[int, tuple[Office, ...]]:
    found: dict[int, tuple[Office, ...]] = {}
    for person_id, *office in rows:
        found[person_id] = (*found.get(person_id, ()), Office(*office))
    return found
