"""Rows of coming in: who a cookie or token belongs to, devices, failures, single-use links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_ignore_pg
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore_sqlite

from app.consortium.rules.entry import Failures
from app.consortium.rules.office import Appointment as Office
from app.consortium.rules.office import Presence, Side
from app.consortium.tables import ApiToken, Appointment, Attempt, Invitation, Member, Person, SignIn
from app.database import is_sqlite, session


def in_force(today: date) -> ColumnElement[bool]:
    """Appointments that stand on this day."""
    return and_(Appointment.from_on <= today, or_(Appointment.until_on.is_(None), Appointment.until_on > today))


def belongs(today: date) -> ColumnElement[bool]:
    """Members that are part of the consortium on this day."""
    return and_(Member.joined_on <= today, or_(Member.left_on.is_(None), Member.left_on > today))


_OFFICE = (
    Appointment.role,
    Appointment.member_id,
    Appointment.base_id,
    Appointment.from_on,
    Appointment.until_on,
    Member.code,
    Member.name_zh,
    Member.name_en,
)


def _with_offices(query: Select[*tuple[Any, ...]], today: date) -> Select[*tuple[Any, ...]]:
    return (
        query.add_columns(*_OFFICE)
        .outerjoin(Appointment, and_(Appointment.person_id == Person.id, in_force(today)))
        .outerjoin(Member, and_(Member.id == Appointment.member_id, belongs(today)))
        .where(Person.disabled_at.is_(None))
        .order_by(Appointment.member_id, Appointment.id)
    )


def _offices(rows: Sequence[Row[*tuple[Any, ...]]]) -> tuple[tuple[Office, ...], tuple[Side, ...]]:
    held = [row for row in rows if row.code is not None]
    sides = {row.member_id: Side(row.member_id, row.code, row.name_zh, row.name_en) for row in held}
    offices = tuple(Office(row.role, row.member_id, row.base_id, row.from_on, row.until_on) for row in held)
    return offices, tuple(sides.values())


def presence_by_cookie(cookie_hash: str, today: date, address: str) -> tuple[Presence, datetime] | None:
    """Who is signed in with this cookie and since when, with today's offices; one statement."""
    rows = (
        session()
        .execute(
            _with_offices(
                select(
                    SignIn.id.label("sign_in_id"),
                    SignIn.acting_member_id,
                    SignIn.started_at,
                    SignIn.seen_at,
                    Person.id,
                    Person.name,
                    Person.locale,
                ).join(Person, Person.id == SignIn.person_id),
                today,
            ).where(SignIn.cookie_hash == cookie_hash, SignIn.ended_at.is_(None))
        )
        .all()
    )
    if not rows:
        return None
    first, (offices, sides) = rows[0], _offices(rows)
    present = Presence(
        person_id=first.id,
        name=first.name,
        locale=first.locale,
        acting_member_id=first.acting_member_id,
        appointments=offices,
        sides=sides,
        address=address,
        sign_in_id=first.sign_in_id,
        seen_at=first.seen_at,
    )
    return present, first.started_at


def presence_by_token(token_hash: str, today: date, now: datetime, address: str) -> Presence | None:
    """Whose personal token this is, with today's offices and the token's rights; one statement."""
    rows = (
        session()
        .execute(
            _with_offices(
                select(
                    ApiToken.id.label("token_id"),
                    ApiToken.rights,
                    ApiToken.used_at,
                    Person.id,
                    Person.name,
                    Person.locale,
                ).join(Person, Person.id == ApiToken.person_id),
                today,
            ).where(ApiToken.token_hash == token_hash, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
        )
        .all()
    )
    if not rows:
        return None
    first, (offices, sides) = rows[0], _offices(rows)
    return Presence(
        person_id=first.id,
        name=first.name,
        locale=first.locale,
        acting_member_id=None,
        appointments=offices,
        sides=sides,
        address=address,
        rights=frozenset(first.rights.split()),
        token_id=first.token_id,
        seen_at=first.used_at,
    )


def presence_of(person_id: int, member_id: int | None, today: date) -> Presence | None:
    """A person who may come in at all, acting for this member, with today's offices; one statement."""
    rows = (
        session()
        .execute(_with_offices(select(Person.id, Person.name, Person.locale), today).where(Person.id == person_id))
        .all()
    )
    if not rows:
        return None
    offices, sides = _offices(rows)
    return Presence(rows[0].id, rows[0].name, rows[0].locale, member_id, offices, sides)


# ── devices ──


def add_sign_in(
    person_id: int, cookie_hash: str, member_id: int | None, device: str, address: str, now: datetime
) -> int:
    return (
        session()
        .execute(
            insert(SignIn)
            .values(
                person_id=person_id,
                cookie_hash=cookie_hash,
                acting_member_id=member_id,
                device=device,
                address=address,
                started_at=now,
                seen_at=now,
            )
            .returning(SignIn.id)
        )
        .scalar_one()
    )


def forget_old_sign_ins(person_id: int, before: datetime) -> None:
    """Devices last seen before that instant leave no row; the trail keeps that they came in."""
    session().execute(delete(SignIn).where(SignIn.person_id == person_id, SignIn.seen_at < before))


def note_device_seen(sign_in_id: int, now: datetime) -> None:
    session().execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.seen_at < now).values(seen_at=now))


def note_token_used(token_id: int, now: datetime) -> None:
    session().execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=now))


def end_sign_ins(*, person_id: int, now: datetime, only: int | None = None, except_for: int | None = None) -> list[int]:
    """Sign devices of a person out: one, all, or all but one; the ids of those that were signed in."""
    query = update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    if only is not None:
        query = query.where(SignIn.id == only)
    if except_for is not None:
        query = query.where(SignIn.id != except_for)
    return sorted(session().scalars(query.values(ended_at=now).returning(SignIn.id)))


def acting_member_of(sign_in_id: int) -> int | None:
    return session().scalar(select(SignIn.acting_member_id).where(SignIn.id == sign_in_id))


def set_acting(sign_in_id: int, member_id: int) -> None:
    session().execute(update(SignIn).where(SignIn.id == sign_in_id).values(acting_member_id=member_id))


# ── passwords ──


def credentials(email: str) -> tuple[int, str, bool] | None:
    """Person id, password hash (empty before the invitation is used) and whether the account is open."""
    row = (
        session()
        .execute(select(Person.id, Person.password_hash, Person.disabled_at).where(Person.email == email))
        .first()
    )
    return None if row is None else (row.id, row.password_hash, row.disabled_at is None)


def password_of(person_id: int) -> tuple[str, datetime | None, bool] | None:
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
