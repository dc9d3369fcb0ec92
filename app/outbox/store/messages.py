"""Rows of messages: kept with the change, handed to their ways out, read by their person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, select, update

from app.database import session, table_of
from app.outbox.rules.letter import DIGEST, TRIAL, Kept
from app.outbox.tables import Message

SHOWN_FOR = timedelta(days=180)
"""Notices stay on the page for half a year."""

_KEPT = (
    Message.id,
    Message.mark,
    Message.person_id,
    Message.template,
    Message.occasion,
    Message.facts,
    Message.posted_at,
    Message.read_at,
)


@dataclass(frozen=True, slots=True)
class WantedNotices:
    """What a list of notices is narrowed to."""

    person_id: int
    since: datetime
    only_unread: bool = False
    templates: tuple[str, ...] = ()


def add(messages: list[dict[str, object]]) -> None:
    session().execute(insert(table_of(Message)), messages)


def unspread(now: datetime, most: int) -> list[Kept]:
    """Messages not yet handed to their ways out, the oldest first; skipping what another sender has in hand."""
    rows = session().execute(
        select(*_KEPT)
        .where(Message.spread_at.is_(None), Message.due_at <= now)
        .order_by(Message.due_at, Message.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return [_kept(row) for row in rows]


def note_spread(message_ids: Sequence[int], now: datetime) -> None:
    session().execute(update(Message).where(Message.id.in_(message_ids)).values(spread_at=now))


def of_ids(message_ids: Sequence[int]) -> list[Kept]:
    """These messages, the oldest first."""
    if not message_ids:
        return []
    rows = session().execute(select(*_KEPT).where(Message.id.in_(list(message_ids))).order_by(Message.id))
    return [_kept(row) for row in rows]


def of_marks(marks: Sequence[str]) -> list[Kept]:
    rows = session().execute(select(*_KEPT).where(Message.mark.in_(list(marks))).order_by(Message.id))
    return [_kept(row) for row in rows]


# ── notices: a person's messages on the page ──


def count_unread(person_id: int, since: datetime) -> int:
    return (
        session().scalar(select(func.count(Message.id)).where(Message.read_at.is_(None), *_notices(person_id, since)))
        or 0
    )


def notices(wanted: WantedNotices, limit: int, offset: int = 0) -> list[Kept]:
    """A person's notices, unread first, then the newest."""
    rows = session().execute(
        select(*_KEPT)
        .where(*_narrowed(wanted))
        .order_by(Message.read_at.is_not(None), Message.posted_at.desc(), Message.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [_kept(row) for row in rows]


def count_notices(wanted: WantedNotices) -> int:
    return session().scalar(select(func.count(Message.id)).where(*_narrowed(wanted))) or 0


def mark_read(
    person_id: int, now: datetime, message_id: int | None = None, before: datetime | None = None
) -> list[int]:
    """Mark one notice of a person, or all, as read; the ids of those that were unread."""
    query = update(Message).where(Message.read_at.is_(None), *_notices(person_id, None))
    if message_id is not None:
        query = query.where(Message.id == message_id)
    if before is not None:
        query = query.where(Message.posted_at < before)
    return list(session().scalars(query.values(read_at=now).returning(Message.id)))


def find_notice(person_id: int, message_id: int) -> Kept | None:
    row = session().execute(select(*_KEPT).where(Message.id == message_id, *_notices(person_id, None))).first()
    return None if row is None else _kept(row)


def of_person(person_id: int) -> list[dict[str, Any]]:
    """Everything one person was ever told (PIPL art. 45: access and copy)."""
    rows = session().execute(select(*_KEPT).where(Message.person_id == person_id).order_by(Message.id))
    return [
        {"posted_at": kept.posted_at, "template": kept.template, "facts": kept.facts, "read_at": kept.read_at}
        for kept in map(_kept, rows)
    ]


def _narrowed(wanted: WantedNotices) -> list[ColumnElement[bool]]:
    found = _notices(wanted.person_id, wanted.since)
    if wanted.only_unread:
        found.append(Message.read_at.is_(None))
    if wanted.templates:
        found.append(Message.template.in_(wanted.templates))
    return found


def _notices(person_id: int, since: datetime | None) -> list[ColumnElement[bool]]:
    mine = and_(Message.person_id == person_id, Message.template.not_in((DIGEST, TRIAL)))
    return [mine] if since is None else [mine, Message.posted_at > since]


def _kept(row: Row[*tuple[Any, ...]]) -> Kept:
    return Kept(
        row.id, row.mark, row.person_id, row.template, row.occasion, json.loads(row.facts), row.posted_at, row.read_at
    )
