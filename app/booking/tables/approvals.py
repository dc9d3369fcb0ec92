"""What booking keeps of who must agree: chains, each party's answer, who stands in for whom, other times proposed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


class ChainStep(Stored):
    """审批步骤: who must agree at a base, or to one of its units, when somebody of this kind asks."""

    __tablename__ = "booking_chain_step"
    __table_args__ = (
        CheckConstraint("(base_id IS NULL) <> (unit_id IS NULL)", name="one_thing"),
        CheckConstraint("kind IN ('own','member','outside','any')", name="kind"),
        CheckConstraint("rule IN ('any','all')", name="rule"),
        CheckConstraint("silence IN ('escalate','grant')", name="silence"),
        CheckConstraint("hours BETWEEN 1 AND 720", name="hours"),
        UniqueConstraint("base_id", "kind", "step"),
        UniqueConstraint("unit_id", "kind", "step"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_base.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_unit.id"))
    kind: Mapped[str] = mapped_column(String(10))
    step: Mapped[int]
    parties: Mapped[str] = mapped_column(String(60))
    """Words of the party list with a space between them."""
    rule: Mapped[str] = mapped_column(String(3))
    hours: Mapped[int]
    silence: Mapped[str] = mapped_column(String(10))


class PartyAnswer(Stored):
    """答复: what one party says to one booking at one step. A booking that is asked for anew is another `round`.

    The chain is copied into the answers when it is asked, so that changing a chain changes nothing that waits.
    """

    __tablename__ = "booking_answer"
    __table_args__ = (
        CheckConstraint("state IN ('later','waiting','approved','refused','lapsed','withdrawn')", name="state"),
        CheckConstraint("kind IN ('own','member','outside')", name="kind"),
        CheckConstraint("rule IN ('any','all')", name="rule"),
        CheckConstraint("silence IN ('escalate','grant')", name="silence"),
        CheckConstraint("raised IN ('','silent','own','nobody')", name="raised"),
        UniqueConstraint("booking_id", "round", "base_id", "step", "seat", "party"),
        Index("ix_booking_answer_inbox", "state", "base_id"),
        Index("ix_booking_answer_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking_booking.id"))
    base_id: Mapped[int] = mapped_column(ForeignKey("catalogue_base.id"))
    round: Mapped[int]
    step: Mapped[int]
    rule: Mapped[str] = mapped_column(String(3))
    seat: Mapped[str] = mapped_column(String(20))
    """The party that the chain names; `party` is who is asked in its place, the same unless it had to go up."""
    party: Mapped[str] = mapped_column(String(20))
    raised: Mapped[str] = mapped_column(String(10), default="")
    kind: Mapped[str] = mapped_column(String(10))
    hours: Mapped[int]
    silence: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    decided_by: Mapped[int | None]
    """Who answered; nobody where silence did."""
    for_person: Mapped[int | None]
    """In whose place, where she answered for somebody who is away."""
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(400), default="")


class Delegation(Stored):
    """代为审批: while she is away another answers in her place, from `from_on` until the day before `until_on`."""

    __tablename__ = "booking_delegation"
    __table_args__ = (
        CheckConstraint("from_on < until_on", name="days"),
        CheckConstraint("person_id <> delegate_id", name="two_people"),
        Index("ix_booking_delegation_person", "person_id"),
        Index("ix_booking_delegation_delegate", "delegate_id", "until_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    delegate_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    from_on: Mapped[date]
    until_on: Mapped[date]


class CounterOffer(Stored):
    """另提时间: another time that whoever is to agree proposes for one date; with it she has agreed for `seats`."""

    __tablename__ = "booking_counter_offer"
    __table_args__ = (
        CheckConstraint("state IN ('open','accepted','declined','withdrawn','past')", name="state"),
        CheckConstraint("starts_at < ends_at", name="span"),
        Index("ix_booking_counter_offer_booking", "booking_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking_booking.id"))
    date_id: Mapped[int] = mapped_column(ForeignKey("booking_date.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    for_person: Mapped[int | None]
    seats: Mapped[str] = mapped_column(String(200))
    """For whom she may speak: `base:seat` with a space between them."""
    note: Mapped[str] = mapped_column(String(400), default="")
    state: Mapped[str] = mapped_column(String(10))
    made_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
