"""Rows of the outbox."""

from __future__ import annotations

from sqlalchemy import insert

from app.database import session
from app.outbox.tables import Message


def add(messages: list[dict[str, object]]) -> None:
    session().execute(insert(Message), messages)
