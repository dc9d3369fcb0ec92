"""Rows of coming in: who a cookie or token belongs to, and the devices that are signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute

from app.consortium.rules.office import Appointment as Office
from app.consortium.rules.office import Presence, Side
from app.consortium.tables.people import ApiToken, Appointment, Member, Person, SignIn
from app.database import Instant, session


def in_force(today: date | BindParameter[date]) -> ColumnElement[bool]:
    """Appointments that stand on this day."""
    return and_(Appointment.from_on <= today, or_(Appointment.until_on.is_(None), Appointment.until_on > today))


def belongs(today: date | BindParameter[date]) -> ColumnElement[bool]:
    """Members that are part of the consortium on this day."""
    return and_(Member.joined_on <= today, or_(Member.left_on.is_(None), Member.left_on > today))


def password_not_newer_than(moment: datetime | InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
    """A new password makes worthless what was handed out before it: tokens and calendar addresses."""
    return or_(Person.password_set_at.is_(None), Person.password_set_at <= moment)


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


def _with_offices(query: Select[*tuple[Any, ...]], today: date | BindParameter[date]) -> Select[*tuple[Any, ...]]:
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


@cache
def _cookie_query() -> Select[*tuple[Any, ...]]:
    """Made once: every page asks it."""
    return _with_offices(
        select(
            SignIn.id.label("sign_in_id"),
            SignIn.acting_member_id,
            SignIn.started_at,
            SignIn.seen_at,
            Person.id,
            Person.name,
            Person.locale,
        ).join(Person, Person.id == SignIn.person_id),
        bindparam("today", type_=Date()),
    ).where(SignIn.cookie_hash == bindparam("cookie_hash"), SignIn.ended_at.is_(None))


def presence_by_cookie(cookie_hash: str, today: date, address: str) -> tuple[Presence, datetime] | None:
    """Who is signed in with this cookie and since when, with today's offices; one statement."""
    rows = session().execute(_cookie_query(), {"cookie_hash": cookie_hash, "today": today}).all()
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
        on=today,
    )
    return present, first.started_at


@cache
def _token_query() -> Select[*tuple[Any, ...]]:
    """Made once: every request of a program asks it."""
    return _with_offices(
        select(
            ApiToken.id.label("token_id"),
            ApiToken.rights,
            ApiToken.used_at,
            Person.id,
            Person.name,
            Person.locale,
        ).join(Person, Person.id == ApiToken.person_id),
        bindparam("today", type_=Date()),
    ).where(
        ApiToken.token_hash == bindparam("token_hash"),
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > bindparam("now", type_=Instant()),
        password_not_newer_than(ApiToken.created_at),
    )


def presence_by_token(token_hash: str, today: date, now: datetime, address: str) -> Presence | None:
    """Whose personal token this is, with today's offices and the token's rights; one statement."""
    given = {"token_hash": token_hash, "today": today, "now": now}
    rows = session().execute(_token_query(), given).all()
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
        on=today,
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
    return Presence(rows[0].id, rows[0].name, rows[0].locale, member_id, offices, sides, on=today)


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


@dataclass(frozen=True, slots=True)
class Device:
    """A signed-in device."""

    id: int
    device: str
    address: str
    started_at: datetime
    seen_at: datetime


def devices(person_id: int, seen_since: datetime, started_since: datetime) -> list[Device]:
    """Devices that are still signed in, the latest used first."""
    rows = session().execute(
        select(SignIn.id, SignIn.device, SignIn.address, SignIn.started_at, SignIn.seen_at)
        .where(
            SignIn.person_id == person_id,
            SignIn.ended_at.is_(None),
            SignIn.seen_at > seen_since,
            SignIn.started_at > started_since,
        )
        .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    )
    return [Device(*row) for row in rows]
