"""Rows of what lets people in: passwords, counted failures, single-use links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_ignore_pg
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore_sqlite

from app.consortium.rules.entry import Failures
from app.consortium.tables.people import Attempt, Invitation, Person
from app.database import is_sqlite, session

# ── passwords ──


def credentials(email: str) -> tuple[int, str, bool] | None:
    """Person id, password hash (empty before the invitation is used) and whether the account is open."""
    row = (
        session()
        .execute(select(Person.id, Person.password_hash, Person.disabled_at).where(Person.email == email))
        .first()
    )
    return None if row is None else (row.id, row.password_hash, row.disabled_at is None)


Password = tuple[str, datetime | None, bool]
"""Password hash, when it was set, and whether the account is open."""


def password_of(person_id: int) -> Password | None:
    """Password hash, when it was set, and whether the account is open; locks the person."""
    row = (
        session()
        .execute(
            select(Person.password_hash, Person.password_set_at, Person.disabled_at)
            .where(Person.id == person_id)
            .with_for_update(key_share=True)
        )
        .first()
    )
    return None if row is None else (row.password_hash, row.password_set_at, row.disabled_at is None)


def keep_password(person_id: int, password_hash: str, now: datetime) -> None:
    session().execute(
        update(Person)
        .where(Person.id == person_id)
        .values(password_hash=password_hash, password_set_at=now, version=Person.version + 1)
    )


def keep_stronger_hash(person_id: int, password_hash: str) -> None:
    """The same password under newer hashing parameters."""
    session().execute(update(Person).where(Person.id == person_id).values(password_hash=password_hash))


# ── failures ──


def failures(whos: Sequence[str]) -> dict[str, Failures]:
    rows = session().execute(
        select(Attempt.who, Attempt.failures, Attempt.first_at, Attempt.locked_until).where(Attempt.who.in_(list(whos)))
    )
    return {row.who: Failures(row.failures, row.first_at, row.locked_until) for row in rows}


def hold_failures(whos: Sequence[str], now: datetime) -> dict[str, Failures]:
    """The counts, their rows made where missing and locked, in one order, until the transaction ends."""
    make = insert_or_ignore_sqlite if is_sqlite() else insert_or_ignore_pg
    for who in sorted(whos):
        session().execute(
            make(Attempt).values(who=who, failures=0, first_at=now, locked_until=None).on_conflict_do_nothing()
        )
    rows = session().execute(
        select(Attempt.who, Attempt.failures, Attempt.first_at, Attempt.locked_until)
        .where(Attempt.who.in_(list(whos)))
        .order_by(Attempt.who)
        .with_for_update()
    )
    return {row.who: Failures(row.failures, row.first_at, row.locked_until) for row in rows}


def keep_failures(who: str, counted: Failures) -> None:
    session().execute(
        update(Attempt)
        .where(Attempt.who == who)
        .values(failures=counted.count, first_at=counted.first_at, locked_until=counted.locked_until)
    )


def forget_failures(who: str) -> None:
    session().execute(delete(Attempt).where(Attempt.who == who))


def forget_failures_before(moment: datetime) -> None:
    session().execute(delete(Attempt).where(Attempt.first_at < moment))


# ── single-use links ──


def add_link(person_id: int, token_hash: str, made_by: int | None, now: datetime, expires_at: datetime) -> int:
    return (
        session()
        .execute(
            insert(Invitation)
            .values(person_id=person_id, token_hash=token_hash, made_by=made_by, made_at=now, expires_at=expires_at)
            .returning(Invitation.id)
        )
        .scalar_one()
    )


def close_links(person_id: int, now: datetime) -> None:
    """Links still open for this person are spent from now on."""
    session().execute(
        update(Invitation).where(Invitation.person_id == person_id, Invitation.used_at.is_(None)).values(used_at=now)
    )


def person_of_link(token_hash: str, now: datetime) -> tuple[int, str, str, str] | None:
    """Id, name, e-mail and password hash of the person an open link belongs to."""
    row = (
        session()
        .execute(
            select(Person.id, Person.name, Person.email, Person.password_hash)
            .join(Invitation, Invitation.person_id == Person.id)
            .where(
                Invitation.token_hash == token_hash,
                Invitation.used_at.is_(None),
                Invitation.expires_at > now,
                Person.disabled_at.is_(None),
            )
        )
        .first()
    )
    return None if row is None else (row.id, row.name, row.email, row.password_hash)


def spend_link(token_hash: str, now: datetime) -> int | None:
    """Use a link up: whose it was, or None when it no longer stands. Of two at once, one gets it."""
    return session().scalar(
        update(Invitation)
        .where(Invitation.token_hash == token_hash, Invitation.used_at.is_(None), Invitation.expires_at > now)
        .values(used_at=now)
        .returning(Invitation.person_id)
    )


def open_link_until(person_id: int, now: datetime) -> datetime | None:
    """Until when the newest unused link of this person is good."""
    return session().scalar(
        select(func.max(Invitation.expires_at)).where(
            Invitation.person_id == person_id, Invitation.used_at.is_(None), Invitation.expires_at > now
        )
    )
