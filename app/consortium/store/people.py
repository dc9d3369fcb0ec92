"""Rows of people."""

from __future__ import annotations

from sqlalchemy import select

from app.consortium.tables import Person
from app.database import session

DEMO_DOMAIN = "@demo.example"
_DEMO_NAMES = ("admin", "teacher", "trainer", "keeper", "finance")


def demo_people() -> list[tuple[str, str]]:
    """E-mail and name of the demonstration's five people, in the order in which they are introduced."""
    emails = [f"{each}{DEMO_DOMAIN}" for each in _DEMO_NAMES]
    names = {
        row.email: row.name
        for row in session().execute(select(Person.email, Person.name).where(Person.email.in_(emails)))
    }
    return [(email, names[email]) for email in emails if email in names]


def person_id_of(email: str) -> int | None:
    return session().scalar(select(Person.id).where(Person.email == email))
