"""What booking keeps of secret addresses: calendar feeds and door screens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


class Feed(Stored):
    """日历订阅: one person's revocable calendar address; only the hash of its secret is kept."""

    __tablename__ = "booking_feed"
    __table_args__ = (
        CheckConstraint("scope IN ('base','lab','unit','member','person')", name="scope"),
        CheckConstraint("variant IN ('full','busy')", name="variant"),
        Index("ix_booking_feed_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    acting_member_id: Mapped[int] = mapped_column(ForeignKey("consortium_member.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    scope: Mapped[str] = mapped_column(String(10))
    scope_id: Mapped[int]
    variant: Mapped[str] = mapped_column(String(10))
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Screen(Stored):
    """门口屏: a base's revocable address for a screen at its door; only the hash of its secret is kept."""

    __tablename__ = "booking_screen"
    __table_args__ = (Index("ix_booking_screen_base_id", "base_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("catalogue_base.id"))
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_lab.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    made_by: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
