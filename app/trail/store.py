"""Rows of the trail: adding to a chain, reading entries back, claiming receipts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_ignore_pg
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore_sqlite

from app.database import is_sqlite, session, table_of
from app.trail.rules import Deed, Sealed
from app.trail.tables import Chain, Entry, Receipt

_chain = table_of(Chain)
_CHAIN_END = (
    select(_chain.c.length, _chain.c.last_hash).where(_chain.c.id == bindparam("chain")).with_for_update(key_share=True)
)
_ADD_ENTRY = insert(table_of(Entry))
_MOVE_END = (
    update(_chain)
    .where(_chain.c.id == bindparam("chain"))
    .values(length=bindparam("place"), last_hash=bindparam("hash"))
)
"""Made once: every change in the system sends these three."""


def chain_end(chain: int) -> tuple[int, str]:
    """Lock the chain; its length and last hash."""
    row = session().execute(_CHAIN_END, {"chain": chain}).one()
    return row.length, row.last_hash


def append(chain: int, sealed: Sealed) -> None:
    deed = sealed.deed
    session().execute(
        _ADD_ENTRY,
        {
            "chain": chain,
            "place": sealed.place,
            "at": deed.at,
            "person_id": deed.person_id,
            "member_id": deed.member_id,
            "address": deed.address,
            "deed": deed.deed,
            "object_kind": deed.object_kind,
            "object_id": deed.object_id,
            "before": deed.before,
            "after": deed.after,
            "result": deed.result,
            "previous_hash": sealed.previous_hash,
            "hash": sealed.hash,
        },
    )
    session().execute(_MOVE_END, {"chain": chain, "place": sealed.place, "hash": sealed.hash})


def chains() -> list[tuple[int, int, str]]:
    """Every chain's id, length and last hash."""
    return [
        (row[0], row[1], row[2])
        for row in session().execute(select(Chain.id, Chain.length, Chain.last_hash).order_by(Chain.id))
    ]


def sealed_entries(chain: int) -> Iterator[Sealed]:
    """A chain from its beginning, a thousand rows at a time."""
    last = 0
    while True:
        rows = (
            session()
            .scalars(select(Entry).where(Entry.chain == chain, Entry.place > last).order_by(Entry.place).limit(1000))
            .all()
        )
        for row in rows:
            yield _sealed(row)
        if len(rows) < 1000:
            return
        last = rows[-1].place
        session().expunge_all()


def _sealed(row: Entry) -> Sealed:
    deed = Deed(
        at=row.at,
        person_id=row.person_id,
        member_id=row.member_id,
        address=row.address,
        deed=row.deed,
        object_kind=row.object_kind,
        object_id=row.object_id,
        before=row.before,
        after=row.after,
        result=row.result,
    )
    return Sealed(deed, row.place, row.previous_hash, row.hash)


def claim(person_id: int, key: str, body_hash: str, now: datetime) -> bool:
    """Whether the key is new. A parallel request with the same key waits here until the first one has ended."""
    make = insert_or_ignore_sqlite if is_sqlite() else insert_or_ignore_pg
    fresh = (
        session()
        .execute(
            make(Receipt)
            .values(person_id=person_id, key=key, body_hash=body_hash, answer=None, at=now)
            .on_conflict_do_nothing()
            .returning(Receipt.key)
        )
        .first()
    )
    return fresh is not None


def receipt(person_id: int, key: str) -> tuple[str, str | None] | None:
    """The body hash and the answer kept under a key."""
    row = (
        session()
        .execute(select(Receipt.body_hash, Receipt.answer).where(Receipt.person_id == person_id, Receipt.key == key))
        .first()
    )
    return None if row is None else (row.body_hash, row.answer)


def keep_answer(person_id: int, key: str, answer: str) -> None:
    session().execute(update(Receipt).where(Receipt.person_id == person_id, Receipt.key == key).values(answer=answer))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of entries is narrowed to; empty means any. `since` and `until` are instants, half-open."""

    person_id: int | None = None
    deed: str = ""
    object_kind: str = ""
    object_id: int | None = None
    result: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it is read: the deed and its number."""

    id: int
    deed: Deed


def _narrowed(query: Select[*tuple[Any, ...]], wanted: Wanted) -> Select[*tuple[Any, ...]]:
    equal = {
        Entry.person_id: wanted.person_id,
        Entry.deed: wanted.deed or None,
        Entry.object_kind: wanted.object_kind or None,
        Entry.object_id: wanted.object_id,
        Entry.result: wanted.result or None,
    }
    for column, value in equal.items():
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(Entry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Entry.at < wanted.until)
    return query


def lines(wanted: Wanted, limit: int, offset: int = 0) -> list[Line]:
    """Entries that fit, the newest first."""
    rows = session().execute(
        _narrowed(select(Entry), wanted).order_by(Entry.at.desc(), Entry.id.desc()).limit(limit).offset(offset)
    )
    return [Line(row.id, _sealed(row).deed) for row in rows.scalars()]


def count(wanted: Wanted) -> int:
    found: int = session().execute(_narrowed(select(func.count(Entry.id)), wanted)).scalar_one()
    return found


def deeds_of(person_id: int, limit: int) -> list[Deed]:
    """What a person did, the newest first."""
    return [line.deed for line in lines(Wanted(person_id=person_id), limit)]


def object_kinds() -> list[str]:
    """Every kind of thing that the trail knows."""
    return sorted(kind for kind in session().scalars(select(Entry.object_kind).distinct()) if kind)
