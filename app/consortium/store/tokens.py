"""Rows of personal tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from app.consortium.store.entry import password_not_newer_than
from app.consortium.tables.people import ApiToken, Person
from app.database import session


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A personal token as its owner sees it: everything but the token itself."""

    id: int
    name: str
    rights: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


def add(person_id: int, token_hash: str, name: str, rights: str, now: datetime, expires_at: datetime) -> int:
    return (
        session()
        .execute(
            insert(ApiToken)
            .values(
                person_id=person_id,
                token_hash=token_hash,
                name=name,
                rights=rights,
                created_at=now,
                expires_at=expires_at,
            )
            .returning(ApiToken.id)
        )
        .scalar_one()
    )


def tokens_of(person_id: int, now: datetime) -> list[KeptToken]:
    """Tokens that still open something, the newest first."""
    rows = session().execute(
        select(ApiToken.id, ApiToken.name, ApiToken.rights, ApiToken.created_at, ApiToken.expires_at, ApiToken.used_at)
        .join(Person, Person.id == ApiToken.person_id)
        .where(
            ApiToken.person_id == person_id,
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > now,
            password_not_newer_than(ApiToken.created_at),
        )
        .order_by(ApiToken.id.desc())
    )
    return [
        KeptToken(row.id, row.name, tuple(row.rights.split()), row.created_at, row.expires_at, row.used_at)
        for row in rows
    ]


def revoke(person_id: int, token_id: int, now: datetime) -> bool:
    """Whether it was this person's and still stood."""
    done = session().scalar(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiToken.id)
    )
    return done is not None


def revoke_all(person_id: int, now: datetime) -> list[int]:
    return sorted(
        session().scalars(
            update(ApiToken)
            .where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
            .values(revoked_at=now)
            .returning(ApiToken.id)
        )
    )
