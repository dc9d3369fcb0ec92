"""People as messages reach them: address, name, language, and whether their account is still open."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from app.consortium.store.entry import in_force
from app.consortium.tables.people import Appointment, Person
from app.database import session


@dataclass(frozen=True, slots=True)
class Addressee:
    """Where a person's messages go."""

    person_id: int
    email: str
    name: str
    locale: str
    is_open: bool


def of_ids(person_ids: Collection[int]) -> dict[int, Addressee]:
    if not person_ids:
        return {}
    rows = session().execute(
        select(Person.id, Person.email, Person.name, Person.locale, Person.disabled_at).where(
            Person.id.in_(sorted(person_ids))
        )
    )
    return {row.id: Addressee(row.id, row.email, row.name, row.locale, row.disabled_at is None) for row in rows}


def in_charge(member_ids: Collection[int], base_id: int, on: date) -> list[int]:
    """Who keeps things of these members in this base: its keepers, else its heads, else the members' administrators."""
    if not member_ids:
        return []
    rows = (
        session()
        .execute(
            select(Appointment.person_id, Appointment.role)
            .join(Person, Person.id == Appointment.person_id)
            .where(
                Appointment.member_id.in_(sorted(member_ids)),
                Appointment.role.in_(_IN_CHARGE),
                or_(Appointment.base_id.is_(None), Appointment.base_id == base_id),
                in_force(on),
                Person.disabled_at.is_(None),
            )
            .order_by(Appointment.person_id)
        )
        .all()
    )
    for role in _IN_CHARGE:
        if found := [person_id for person_id, each in rows if each == role]:
            return list(dict.fromkeys(found))
    return []


_IN_CHARGE = ("keeper", "base_head", "member_admin")
