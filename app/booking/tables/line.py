"""What booking keeps of who gets it: limits, the waiting list and its offers, hand-overs and exchanges."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


class Limit(Stored):
    """限额: a number of its own for one base or one unit, in place of the consortium's setting of that name."""

    __tablename__ = "booking_limit"
    __table_args__ = (
        CheckConstraint("(base_id IS NULL) <> (unit_id IS NULL)", name="one_thing"),
        UniqueConstraint("base_id", "name"),
        UniqueConstraint("unit_id", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_base.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_unit.id"))
    name: Mapped[str] = mapped_column(String(60))
    value: Mapped[int]


class Standby(Stored):
    """候补: what somebody waits for: any one of the units in its rows, on these days, in this window of the clock.

    `rank` comes before `asked_at` in the order of the line: who was displaced comes before who came first.
    """

    __tablename__ = "booking_standby"
    __table_args__ = (
        CheckConstraint("state IN ('open','offered','served','withdrawn','past')", name="state"),
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint("0 <= from_minute AND from_minute < until_minute AND until_minute <= 1440", name="window"),
        Index("ix_booking_standby_person_id", "person_id"),
        Index("ix_booking_standby_state", "state", "last_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("consortium_member.id"))
    state: Mapped[str] = mapped_column(String(10))
    rank: Mapped[int]
    quantity: Mapped[int]
    first_day: Mapped[date]
    last_day: Mapped[date]
    weekdays: Mapped[str] = mapped_column(String(7))
    from_minute: Mapped[int]
    until_minute: Mapped[int]
    minutes: Mapped[int]
    periods: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(40))
    headcount: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, default="")
    declared: Mapped[str] = mapped_column(String(40), default="", server_default="")
    asked_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class StandbyUnit(Stored):
    """One of the units that would do; `place` is the order in which she wants them.

    Where `quantity` is set she wants all of these units together, so many of each; else any one of them will do.
    """

    __tablename__ = "booking_standby_unit"
    __table_args__ = (Index("ix_booking_standby_unit_unit_id", "unit_id"),)

    standby_id: Mapped[int] = mapped_column(ForeignKey("booking_standby.id", ondelete="CASCADE"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("catalogue_unit.id"), primary_key=True)
    place: Mapped[int]
    quantity: Mapped[int | None]


class Offer(Stored):
    """A freed time held for the first in the line: a booking that waits for her answer until `expires_at`."""

    __tablename__ = "booking_offer"
    __table_args__ = (
        CheckConstraint("state IN ('open','accepted','declined','expired')", name="state"),
        Index("ix_booking_offer_standby_id", "standby_id"),
        Index("ix_booking_offer_due", "state", "expires_at"),
        UniqueConstraint("booking_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    standby_id: Mapped[int] = mapped_column(ForeignKey("booking_standby.id"))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking_booking.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("catalogue_unit.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10))
    answered_at: Mapped[datetime | None]


class Proposal(Stored):
    """转让与互换: what one person proposes to another: to take a booking over, or to exchange two times."""

    __tablename__ = "booking_proposal"
    __table_args__ = (
        CheckConstraint("kind IN ('hand_over','swap')", name="kind"),
        CheckConstraint("state IN ('open','accepted','declined','withdrawn','expired')", name="state"),
        Index("ix_booking_proposal_from_id", "from_id"),
        Index("ix_booking_proposal_to_id", "to_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking_booking.id"))
    date_id: Mapped[int | None] = mapped_column(ForeignKey("booking_date.id"))
    other_booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking_booking.id"))
    other_date_id: Mapped[int | None] = mapped_column(ForeignKey("booking_date.id"))
    from_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    note: Mapped[str] = mapped_column(String(400), default="")
    mark: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
