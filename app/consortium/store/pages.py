"""Rows of the consortium page by page, for programs: keyed by id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from app.consortium.tables.people import Appointment, Member, Person
from app.database import session


def members(after: int, limit: int) -> list[dict[str, Any]]:
    """Members with an id above `after`, in id order; those that have left too."""
    rows = session().execute(
        select(
            Member.id,
            Member.code,
            Member.kind,
            Member.name_zh,
            Member.name_en,
            Member.joined_on,
            Member.left_on,
        )
        .where(Member.id > after)
        .order_by(Member.id)
        .limit(limit)
    )
    return [dict(row._mapping) for row in rows]


def member_codes(member_ids: Sequence[int]) -> dict[int, str]:
    """Codes by id."""
    wanted = sorted(set(member_ids))
    if not wanted:
        return {}
    return {row[0]: row[1] for row in session().execute(select(Member.id, Member.code).where(Member.id.in_(wanted)))}


def person_of_member(who: int | str, member_id: int, today: date) -> tuple[int, str] | None:
    """Id and name of a person, by id or e-mail, who holds an office at this member today."""
    is_her = Person.id == who if isinstance(who, int) else Person.email == who.strip().lower()
    row = (
        session()
        .execute(
            select(Person.id, Person.name)
            .join(Appointment, Appointment.person_id == Person.id)
            .where(
                is_her,
                Person.disabled_at.is_(None),
                Appointment.member_id == member_id,
                Appointment.from_on <= today,
                or_(Appointment.until_on.is_(None), Appointment.until_on > today),
            )
            .limit(1)
        )
        .first()
    )
    return None if row is None else (row[0], row[1])
