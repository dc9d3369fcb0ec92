"""What the consortium keeps of conduct: the events that make somebody's credit, and restrictions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


class CreditEvent(Stored):
    """信用记录: points given or taken by a rule, once and for all. An excuse is an event of its own that takes one back.

    Dates, units and bases without foreign keys, because booking and the catalogue stand above this area.
    """

    __tablename__ = "consortium_credit_event"
    __table_args__ = (
        CheckConstraint(
            "rule IN ('normal','no_show','late','early','overrun','late_cancel','no_feedback','excused')", name="rule"
        ),
        CheckConstraint("(rule = 'excused') = (reverses_id IS NOT NULL)", name="excuse"),
        Index("ix_consortium_credit_event_person", "person_id", "at"),
        Index("ix_consortium_credit_event_date", "date_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    rule: Mapped[str] = mapped_column(String(12))
    points: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("consortium_person.id"))
    """Who did it; empty for the clock."""
    reason: Mapped[str] = mapped_column(String(400), default="")
    date_id: Mapped[int | None]
    unit_id: Mapped[int | None]
    base_id: Mapped[int | None]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("consortium_member.id"))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("consortium_credit_event.id"), unique=True)


class Restriction(Stored):
    """限制: a person may not book somewhere until `until_at`; proposed first, decided by somebody unless set otherwise."""

    __tablename__ = "consortium_restriction"
    __table_args__ = (
        CheckConstraint("scope IN ('all','member','base','unit')", name="scope"),
        CheckConstraint("(scope = 'all') = (scope_id IS NULL)", name="scope_of"),
        CheckConstraint("state IN ('proposed','in_force','dismissed','lifted')", name="state"),
        CheckConstraint("cause IN ('repeated','by_hand')", name="cause"),
        CheckConstraint("state <> 'in_force' OR from_at < until_at", name="time"),
        Index("ix_consortium_restriction_person", "person_id", "state"),
        Index("ix_consortium_restriction_state", "state", "until_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("consortium_member.id"))
    """For whom she booked; that member's administrator sees it too."""
    scope: Mapped[str] = mapped_column(String(8))
    scope_id: Mapped[int | None]
    cause: Mapped[str] = mapped_column(String(10))
    why: Mapped[str] = mapped_column(String(400), default="")
    event_ids: Mapped[str] = mapped_column(Text, default="[]")
    """The credit events it rests on (JSON)."""
    state: Mapped[str] = mapped_column(String(10))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("consortium_person.id"))
    decided_at: Mapped[datetime | None]
    from_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("consortium_person.id"))
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str] = mapped_column(String(400), default="")
    appeal: Mapped[str] = mapped_column(String(400), default="")
    appealed_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(400), default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("consortium_person.id"))
    answered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
