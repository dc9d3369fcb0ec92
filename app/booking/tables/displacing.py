"""What booking keeps of displacement: the published orders of purposes, and every date that was displaced."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


class Order(Stored):
    """优先次序: one published order of purposes, the highest first. Rows are only ever added; version 1 has none."""

    __tablename__ = "booking_order"
    __table_args__ = (CheckConstraint("id > 1", name="version"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The version."""
    classes: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(400))
    published_at: Mapped[datetime]
    published_by: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))


class Displacement(Stored):
    """让位: one date of a booking that gave way to a higher one, with what was said, offered, appealed and answered."""

    __tablename__ = "booking_displacement"
    __table_args__ = (
        CheckConstraint("reason IN ('timetable','event','owner_need','other')", name="reason"),
        CheckConstraint("appeal IN ('none','open','upheld','rejected')", name="appeal"),
        CheckConstraint("compensation_fen IS NULL OR compensation_fen >= 0", name="fen"),
        Index("ix_booking_displacement_booking", "booking_id"),
        Index("ix_booking_displacement_date", "date_id"),
        Index("ix_booking_displacement_decided", "decided_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking_booking.id"))
    date_id: Mapped[int] = mapped_column(ForeignKey("booking_date.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state_before: Mapped[str] = mapped_column(String(12))
    winner_id: Mapped[int | None] = mapped_column(ForeignKey("booking_booking.id"))
    order_version: Mapped[int]
    winner_class: Mapped[str] = mapped_column(String(20))
    displaced_class: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(String(400), default="")
    compensation: Mapped[str] = mapped_column(String(400), default="")
    compensation_fen: Mapped[int | None] = mapped_column(BigInteger)
    """Noted as promised; it is settled with the month, like all money."""
    decided_by: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    decided_at: Mapped[datetime]
    notice_hours: Mapped[int]
    offers: Mapped[str] = mapped_column(Text, default="[]")
    """What was offered at that moment, as JSON."""
    standby_id: Mapped[int | None] = mapped_column(ForeignKey("booking_standby.id"))
    resettled_id: Mapped[int | None] = mapped_column(ForeignKey("booking_booking.id"))
    resettled_at: Mapped[datetime | None]
    restored: Mapped[bool] = mapped_column(default=False)
    appeal: Mapped[str] = mapped_column(String(10), default="none")
    appeal_words: Mapped[str] = mapped_column(String(400), default="")
    appealed_by: Mapped[int | None] = mapped_column(ForeignKey("consortium_person.id"))
    appealed_at: Mapped[datetime | None]
    answer_words: Mapped[str] = mapped_column(String(400), default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("consortium_person.id"))
    answered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
