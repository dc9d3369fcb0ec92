"""What the trail keeps: entries in hash chains, and receipts of requests that carried a key."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


class Entry(Stored):
    """One deed. Never changed or removed: the database itself refuses."""

    __tablename__ = "trail_entry"
    __table_args__ = (
        UniqueConstraint("chain", "place"),
        Index("ix_trail_entry_object", "object_kind", "object_id"),
        Index("ix_trail_entry_at", "at"),
        Index("ix_trail_entry_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[int]
    place: Mapped[int]
    at: Mapped[datetime]
    person_id: Mapped[int | None]
    member_id: Mapped[int | None]
    address: Mapped[str] = mapped_column(String(64))
    deed: Mapped[str] = mapped_column(String(60))
    object_kind: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int | None]
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(String(20))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class Chain(Stored):
    """The end of one hash chain; locked while an entry is added to it."""

    __tablename__ = "trail_chain"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    length: Mapped[int]
    last_hash: Mapped[str] = mapped_column(String(64))


class Receipt(Stored):
    """The answer given to a request with a key, so that the same request again is the same answer."""

    __tablename__ = "trail_receipt"
    __table_args__ = (CheckConstraint("length(key) <= 200", name="key_length"),)

    person_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    answer: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]
