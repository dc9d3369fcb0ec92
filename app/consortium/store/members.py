"""Rows of member organisations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import Select, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.consortium.rules.membership import KeptMember, MemberForm
from app.consortium.store.entry import belongs
from app.consortium.tables.people import Member
from app.database import session, violated_constraint
from app.foundation.refusal import Invalid, Refused

_KEPT = (
    Member.id,
    Member.code,
    Member.kind,
    Member.name_zh,
    Member.name_en,
    Member.joined_on,
    Member.left_on,
    Member.version,
    Member.is_outside,
)
SORTS = {"code": Member.code, "name": Member.name_zh, "kind": Member.kind, "joined_on": Member.joined_on}


def _chosen(text: str, kind: str, standing: str, today: date) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(*_KEPT)
    if text:
        like = f"%{escaped(text)}%"
        query = query.where(
            or_(*(column.ilike(like, escape="\\") for column in (Member.code, Member.name_zh, Member.name_en)))
        )
    if kind:
        query = query.where(Member.kind == kind)
    if standing == "in":
        query = query.where(belongs(today))
    elif standing == "out":
        query = query.where(~belongs(today))
    return query


def members(text: str = "", kind: str = "", standing: str = "", sort: str = "code", *, today: date) -> list[KeptMember]:
    """Members that fit, in the asked order. There are hundreds at most: no paging here."""
    column = SORTS.get(sort.removeprefix("-"), Member.code)
    order = column.desc() if sort.startswith("-") else column.asc()
    rows = session().execute(_chosen(text, kind, standing, today).order_by(order, Member.id))
    return [KeptMember(*row) for row in rows]


def current(today: date) -> list[KeptMember]:
    """Every member that belongs to the consortium on this day, by code."""
    return members(standing="in", today=today)


def find(member_id: int, *, lock: bool = False) -> KeptMember | None:
    query = select(*_KEPT).where(Member.id == member_id)
    row = session().execute(query.with_for_update(key_share=True) if lock else query).first()
    return None if row is None else KeptMember(*row)


def names(member_ids: list[int]) -> dict[int, KeptMember]:
    rows = session().execute(select(*_KEPT).where(Member.id.in_(member_ids)))
    return {row.id: KeptMember(*row) for row in rows}


def add(form: MemberForm) -> int:
    """Raises Refused(Invalid) where the code is another's."""
    with _codes_once():
        return (
            session()
            .execute(
                insert(Member)
                .values(
                    code=form.code,
                    kind=form.kind,
                    name_zh=form.name_zh,
                    name_en=form.name_en,
                    joined_on=form.joined_on,
                    is_outside=form.is_outside,
                    version=1,
                )
                .returning(Member.id)
            )
            .scalar_one()
        )


def keep(member_id: int, version: int, form: MemberForm) -> bool:
    """Whether this version was still the present one. Raises Refused(Invalid) where the code is another's."""
    with _codes_once():
        done = session().scalar(
            update(Member)
            .where(Member.id == member_id, Member.version == version)
            .values(
                code=form.code,
                kind=form.kind,
                name_zh=form.name_zh,
                name_en=form.name_en,
                joined_on=form.joined_on,
                is_outside=form.is_outside,
                version=version + 1,
            )
            .returning(Member.id)
        )
    return done is not None


def set_left_on(member_id: int, version: int, left_on: date | None) -> bool:
    done = session().scalar(
        update(Member)
        .where(Member.id == member_id, Member.version == version)
        .values(left_on=left_on, version=version + 1)
        .returning(Member.id)
    )
    return done is not None


def escaped(text: str) -> str:
    """Text to look for with LIKE, where % and _ mean themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@contextmanager
def _codes_once() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        named = violated_constraint(error)
        if "uq_consortium_member_code" in named or "consortium_member.code" in named:
            raise Refused(Invalid("code", "in_use")) from error
        raise
