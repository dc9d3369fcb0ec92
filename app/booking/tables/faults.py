"""Whose bookings a fault was in the way of: who was told, and what the keeper did about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


class FaultHit(Stored):
    """受影响的预约: a booking whose holder was told of a fault. An empty outcome: it was left as it stands."""

    __tablename__ = "booking_fault_hit"
    __table_args__ = (
        UniqueConstraint("fault_id", "booking_id"),
        CheckConstraint("outcome IN ('','moved','cancelled')", name="outcome"),
        Index("ix_booking_fault_hit_booking_id", "booking_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fault_id: Mapped[int] = mapped_column(ForeignKey("timetable_fault.id"))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking_booking.id"))
    told_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(20), default="")
