"""Rows of the outbox."""

from __future__ import annotations

from sqlalchemy import func, insert, select

from app.database import session, table_of
from app.outbox.tables import Message


def add(messages: list[dict[str, object]]) -> None:
    session().execute(insert(table_of(Message)), messages)


def count_unsent() -> int:
    """How many messages are kept and not yet sent."""
    return session().execute(select(func.count(Message.id)).where(Message.sent_at.is_(None))).scalar_one()
