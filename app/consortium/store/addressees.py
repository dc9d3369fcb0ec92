"""People as messages reach them: address, name, language, and whether their account is still open."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from app.consortium.tables.people import Person
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
