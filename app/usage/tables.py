"""What usage keeps: who came to a booking date and left it, and what that was judged to be."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


class Presence(Stored):
    """到场: one date's coming and leaving. The one place where it is written, whoever or whatever notes it.

    `expected_at`: since when it was watched for; without it nobody can be said not to have come.
    """

    __tablename__ = "usage_presence"
    __table_args__ = (
        CheckConstraint("arrived_how IN ('','self','keeper','clock')", name="arrived_how"),
        CheckConstraint("left_how IN ('','self','keeper','clock')", name="left_how"),
        CheckConstraint("arrived_at IS NULL OR left_at IS NULL OR arrived_at <= left_at", name="order"),
    )

    date_id: Mapped[int] = mapped_column(ForeignKey("booking_date.id"), primary_key=True, autoincrement=False)
    expected_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    arrived_how: Mapped[str] = mapped_column(String(10), default="")
    arrived_by: Mapped[int | None] = mapped_column(ForeignKey("consortium_person.id"))
    left_at: Mapped[datetime | None]
    left_how: Mapped[str] = mapped_column(String(10), default="")
    left_by: Mapped[int | None] = mapped_column(ForeignKey("consortium_person.id"))
    released_at: Mapped[datetime | None]
    released_by: Mapped[int | None] = mapped_column(ForeignKey("consortium_person.id"))
    """Who gave the rest back; empty for the clock, because nobody came."""
    was_until: Mapped[datetime | None]
    """Until when it was booked before the rest was given back."""
    version: Mapped[int] = mapped_column(default=1)


class Judgement(Stored):
    """判定: what the use of one date was, made once; an excuse stands beside it."""

    __tablename__ = "usage_judgement"
    __table_args__ = (
        CheckConstraint(
            "verdict IN ('normal','no_show','late','early','overrun','late_overrun','late_early','late_cancel',"
            "'not_judged')",
            name="verdict",
        ),
        CheckConstraint("(excused_at IS NULL) = (excused_by IS NULL)", name="excuse"),
        Index("ix_usage_judgement_judged_at", "judged_at"),
    )

    date_id: Mapped[int] = mapped_column(ForeignKey("booking_date.id"), primary_key=True, autoincrement=False)
    verdict: Mapped[str] = mapped_column(String(12))
    late_minutes: Mapped[int] = mapped_column(default=0)
    early_minutes: Mapped[int] = mapped_column(default=0)
    over_minutes: Mapped[int] = mapped_column(default=0)
    why: Mapped[str] = mapped_column(String(20), default="")
    judged_at: Mapped[datetime]
    excused_by: Mapped[int | None] = mapped_column(ForeignKey("consortium_person.id"))
    excused_at: Mapped[datetime | None]
    excused_why: Mapped[str] = mapped_column(String(400), default="")
    version: Mapped[int] = mapped_column(default=1)
