"""What booking keeps of requests: bookings, their dates, the one ledger of taken time, and who must agree."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


class Booking(Stored):
    """预约: what somebody asked for; one date or a series of dates, one unit or several."""

    __tablename__ = "booking_booking"
    __table_args__ = (
        Index("ix_booking_booking_holder", "holder_id"),
        Index("ix_booking_booking_member", "member_id"),
        Index("ix_booking_booking_requester", "requester_id"),
        CheckConstraint("headcount IS NULL OR headcount BETWEEN 1 AND 100000", name="headcount"),
        CheckConstraint("origin IN ('person','lesson','calendar')", name="origin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(40))
    headcount: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, default="")
    requester_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    holder_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("consortium_member.id"))
    source_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    """Where an imported booking came from; the same key is never booked twice."""
    origin: Mapped[str] = mapped_column(String(10), default="person")
    """A person's request, a lesson of an imported timetable, or an entry of an imported calendar."""
    declared: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """What was declared of the learners, in words with blanks between: `sixteen`, `not_first_year`."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class BookingDate(Stored):
    """One occurrence. `sequence` rises with each real change of it, as calendars expect."""

    __tablename__ = "booking_date"
    __table_args__ = (
        CheckConstraint("state IN ('waiting','confirmed','refused','cancelled')", name="state"),
        CheckConstraint("starts_at < ends_at", name="span"),
        Index("ix_booking_date_booking", "booking_id"),
        Index("ix_booking_date_start", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking_booking.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    periods: Mapped[str] = mapped_column(String(40), default="")
    """The class periods it was asked for in, such as `3-4`; empty when asked for by the clock."""
    state: Mapped[str] = mapped_column(String(12))
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]


class Allocation(Stored):
    """占用: one unit taken for one stretch of at most 24 hours, set-up and cleaning included.

    `exclusive` takes the whole unit whatever its capacity; otherwise `quantity` of it. Rows with `holds` can never
    overlap beyond that: the database's guard refuses. `asked` marks what the person asked for, as against the part
    of a room that its machine takes along.
    """

    __tablename__ = "booking_allocation"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("(date_id IS NULL) <> (closure_id IS NULL)", name="one_cause"),
        Index("ix_booking_allocation_date", "date_id"),
        Index("ix_booking_allocation_closure", "closure_id"),
        Index("ix_booking_allocation_unit", "unit_id", "starts_at", "ends_at"),
        CheckConstraint("NOT exclusive OR quantity = 1", name="exclusive_is_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("catalogue_unit.id"))
    date_id: Mapped[int | None] = mapped_column(ForeignKey("booking_date.id"))
    closure_id: Mapped[int | None] = mapped_column(ForeignKey("timetable_closure.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    quantity: Mapped[int]
    exclusive: Mapped[bool]
    holds: Mapped[bool]
    asked: Mapped[bool]


class Approval(Stored):
    """审批: one base's answer to one booking."""

    __tablename__ = "booking_approval"
    __table_args__ = (
        UniqueConstraint("booking_id", "base_id"),
        CheckConstraint("state IN ('waiting','approved','refused','withdrawn')", name="state"),
        Index("ix_booking_approval_inbox", "base_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking_booking.id"))
    base_id: Mapped[int] = mapped_column(ForeignKey("catalogue_base.id"))
    state: Mapped[str] = mapped_column(String(12))
    decided_by: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(400), default="")
    reason: Mapped[str | None] = mapped_column(String(20))
    """Of a refusal: which of the reasons there are."""
