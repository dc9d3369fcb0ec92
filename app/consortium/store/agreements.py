"""Rows of agreements between organisations, to values and back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, insert, or_, select, update

from app.consortium.rules.qualification import Agreement, AgreementForm
from app.consortium.tables.people import Member
from app.consortium.tables.qualifications import Agreement as Row
from app.database import hold, session

_COLUMNS = (
    Row.id,
    Row.member_id,
    Row.with_member_id,
    Row.number,
    Row.guarantor_id,
    Row.from_on,
    Row.until_on,
    Row.version,
)


def of_member(member_id: int) -> list[Agreement]:
    """Every agreement by which this organisation may use others' things."""
    return _values(select(*_COLUMNS).where(Row.member_id == member_id))


def agreements(member_ids: Collection[int] | None, standing: str, today: date) -> list[Agreement]:
    """Agreements of these organisations, on either side (None: all); `standing` in_force, to_come, over or any."""
    query = select(*_COLUMNS)
    if member_ids is not None:
        ids = sorted(member_ids)
        query = query.where(or_(Row.member_id.in_(ids), Row.with_member_id.in_(ids), Row.guarantor_id.in_(ids)))
    if standing == "in_force":
        query = query.where(Row.from_on <= today, or_(Row.until_on.is_(None), Row.until_on > today))
    elif standing == "to_come":
        query = query.where(Row.from_on > today)
    elif standing == "over":
        query = query.where(Row.until_on <= today)
    return _values(query)


def find(agreement_id: int, *, lock: bool = False) -> Agreement | None:
    if lock:
        hold(Row, Row.id == agreement_id)
    return next(iter(_values(select(*_COLUMNS).where(Row.id == agreement_id))), None)


def add(form: AgreementForm, filed_by: int, now: datetime) -> int:
    row = {
        "member_id": form.member_id,
        "with_member_id": form.with_member_id,
        "number": form.number.strip(),
        "guarantor_id": form.guarantor_id,
        "from_on": form.from_on,
        "until_on": form.until_on,
        "filed_by": filed_by,
        "filed_at": now,
        "why": "",
        "version": 1,
    }
    added: int = session().execute(insert(Row).returning(Row.id), row).scalar_one()
    return added


def end(agreement_id: int, version: int, until_on: date, by: int, why: str, now: datetime) -> bool:
    """From this day on it is no more; whether it still had this version."""
    done = session().scalar(
        update(Row)
        .where(Row.id == agreement_id, Row.version == version)
        .values(until_on=until_on, ended_by=by, ended_at=now, why=why, version=version + 1)
        .returning(Row.id)
    )
    return done is not None


def ending(first: date, last: date) -> list[Agreement]:
    """Agreements whose first day after the end lies in (first, last]."""
    return _values(select(*_COLUMNS).where(Row.until_on > first, Row.until_on <= last))


def outside_ids(member_ids: Collection[int]) -> frozenset[int]:
    """Those of these organisations that are on the register without being members."""
    return frozenset(session().scalars(select(Member.id).where(Member.id.in_(sorted(member_ids)), Member.is_outside)))


def known_ids() -> frozenset[int]:
    return frozenset(session().scalars(select(Member.id)))


def count() -> int:
    found: int = session().execute(select(func.count(Row.id))).scalar_one()
    return found


def _values(query: Select[*tuple[Any, ...]]) -> list[Agreement]:
    return [Agreement(*row) for row in session().execute(query.order_by(Row.from_on.desc(), Row.id.desc()))]
