"""People as booking needs them: on whose behalf somebody may book."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select

from app.consortium.tables.people import Appointment, Person
from app.database import session


def of_member(member_id: int, today: date) -> list[tuple[int, str]]:
    """Id and name of everybody who holds an office for a member today and whose account is open, by name."""
    rows = session().execute(
        select(Person.id, Person.name)
        .join(Appointment, Appointment.person_id == Person.id)
        .where(
            Appointment.member_id == member_id,
            Appointment.from_on <= today,
            or_(Appointment.until_on.is_(None), Appointment.until_on > today),
            Person.disabled_at.is_(None),
        )
        .distinct()
        .order_by(Person.name, Person.id)
    )
    return [(person_id, name) for person_id, name in rows]


def holds_office(person_id: int, member_id: int, today: date) -> bool:
    """Whether somebody may hold bookings for a member today."""
    return any(known == person_id for known, _ in of_member(member_id, today))
