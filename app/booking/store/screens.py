"""Rows of door screens, to values and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from app.booking.tables.addresses import Screen as ScreenRow
from app.catalogue.tables import Lab, TrainingBase
from app.consortium.tables.people import Person
from app.database import session


@dataclass(frozen=True, slots=True)
class Screen:
    """A door screen. `lab_id` None: it shows every lab of its base."""

    id: int
    base_id: int
    lab_id: int | None
    name: str
    made_by: str
    made_at: datetime
    used_at: datetime | None
    lab_zh: str = ""
    lab_en: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a screen needs to know of the place it hangs at."""

    id: int
    base_id: int
    lab_id: int | None
    base_zh: str
    base_en: str
    lab_zh: str
    lab_en: str
    calendar_id: int
    campus: str
    used_at: datetime | None


def add(base_id: int, lab_id: int | None, name: str, token_hash: str, person_id: int, now: datetime) -> int:
    """Keep a new screen; its id."""
    return (
        session()
        .execute(
            insert(ScreenRow)
            .values(base_id=base_id, lab_id=lab_id, name=name, token_hash=token_hash, made_by=person_id, made_at=now)
            .returning(ScreenRow.id)
        )
        .scalar_one()
    )


def of_base(base_id: int) -> list[Screen]:
    """The living screens of a base, the newest first."""
    rows = session().execute(
        select(
            ScreenRow.id,
            ScreenRow.base_id,
            ScreenRow.lab_id,
            ScreenRow.name,
            Person.name,
            ScreenRow.made_at,
            ScreenRow.used_at,
            func.coalesce(Lab.name_zh, ""),
            func.coalesce(Lab.name_en, ""),
        )
        .join(Person, Person.id == ScreenRow.made_by)
        .outerjoin(Lab, Lab.id == ScreenRow.lab_id)
        .where(ScreenRow.base_id == base_id, ScreenRow.revoked_at.is_(None))
        .order_by(ScreenRow.id.desc())
    )
    return [Screen(*row) for row in rows]


def find(screen_id: int) -> tuple[int, str] | None:
    """The base of a living screen and its name, locked until the transaction ends; None where there is none."""
    row = (
        session()
        .execute(
            select(ScreenRow.base_id, ScreenRow.name)
            .where(ScreenRow.id == screen_id, ScreenRow.revoked_at.is_(None))
            .with_for_update()
        )
        .first()
    )
    return (row[0], row[1]) if row else None


def by_secret(token_hash: str) -> Shown | None:
    """The living screen with this secret, and the place it shows; one statement."""
    row: Any = (
        session()
        .execute(
            select(
                ScreenRow.id,
                ScreenRow.base_id,
                ScreenRow.lab_id,
                TrainingBase.name_zh,
                TrainingBase.name_en,
                func.coalesce(Lab.name_zh, ""),
                func.coalesce(Lab.name_en, ""),
                func.coalesce(TrainingBase.calendar_member_id, TrainingBase.host_id),
                TrainingBase.campus,
                ScreenRow.used_at,
            )
            .join(TrainingBase, TrainingBase.id == ScreenRow.base_id)
            .outerjoin(Lab, Lab.id == ScreenRow.lab_id)
            .where(ScreenRow.token_hash == token_hash, ScreenRow.revoked_at.is_(None))
        )
        .first()
    )
    return Shown(*row) if row else None


def note_use(screen_id: int, now: datetime) -> None:
    session().execute(update(ScreenRow).where(ScreenRow.id == screen_id).values(used_at=now))


def revoke(screen_id: int, now: datetime) -> None:
    session().execute(update(ScreenRow).where(ScreenRow.id == screen_id).values(revoked_at=now))


def labs_of(base_id: int) -> Sequence[tuple[int, str, str]]:
    """The labs of a base to choose from."""
    rows = session().execute(
        select(Lab.id, Lab.name_zh, Lab.name_en)
        .where(Lab.base_id == base_id, Lab.retired_on.is_(None))
        .order_by(Lab.code)
    )
    return [(row[0], row[1], row[2]) for row in rows]
