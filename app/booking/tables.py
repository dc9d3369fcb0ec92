"""What booking keeps: bookings, their dates, the one ledger of taken time, approvals, feeds, imports, door screens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
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


class Import(Stored):
    """导入: an uploaded timetable or calendar, from its upload to the last change it made.

    `content` is the file as it came; `columns` and `choices` (JSON) what the person said about it. `header_key` is the
    same for files with the same columns, so that what was said once is offered again.
    """

    __tablename__ = "booking_import"
    __table_args__ = (
        CheckConstraint("kind IN ('timetable','calendar')", name="kind"),
        CheckConstraint("state IN ('read','planned','applying','applied','dropped')", name="state"),
        Index("ix_booking_import_member_id", "member_id", "made_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    member_id: Mapped[int] = mapped_column(ForeignKey("consortium_member.id"))
    term_id: Mapped[int | None] = mapped_column(ForeignKey("timetable_term.id", ondelete="SET NULL"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_unit.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    layout: Mapped[str] = mapped_column(String(20))
    header_key: Mapped[str] = mapped_column(String(64), default="")
    content: Mapped[bytes] = mapped_column(LargeBinary)
    columns: Mapped[str] = mapped_column(Text, default="{}")
    choices: Mapped[str] = mapped_column(Text, default="{}")
    state: Mapped[str] = mapped_column(String(10))
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    made_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class ImportItem(Stored):
    """One planned change of an import: what it does (`what`), its facts (JSON), and what became of it."""

    __tablename__ = "booking_import_item"
    __table_args__ = (Index("ix_booking_import_item_import_id", "import_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("booking_import.id", ondelete="CASCADE"))
    row: Mapped[int]
    what: Mapped[str] = mapped_column(String(20))
    facts: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text, default="")
    is_done: Mapped[bool] = mapped_column(default=False)


class Lesson(Stored):
    """课: one arrangement of a course as the timetable last said it, with the booking it became (None: not placed).

    `weeks`, `weekday` and `periods` are kept as read; rooms and teachers as text until somebody says who they are.
    """

    __tablename__ = "booking_lesson"
    __table_args__ = (
        CheckConstraint("state IN ('placed','part','clash','no_room','unknown_room','no_period','gone')", name="state"),
        UniqueConstraint("member_id", "term_id", "key"),
        Index("ix_booking_lesson_booking_id", "booking_id"),
        Index("ix_booking_lesson_term_id", "term_id", "member_id"),
        Index("ix_booking_lesson_unit_id", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("consortium_member.id"))
    term_id: Mapped[int] = mapped_column(ForeignKey("timetable_term.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))
    course: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(120))
    school: Mapped[str] = mapped_column(String(120), default="")
    class_name: Mapped[str] = mapped_column(String(200), default="")
    teachers: Mapped[str] = mapped_column(String(200), default="")
    headcount: Mapped[int | None]
    learners: Mapped[str] = mapped_column(String(40), default="")
    campus: Mapped[str] = mapped_column(String(60), default="")
    room: Mapped[str] = mapped_column(String(120), default="")
    weeks: Mapped[str] = mapped_column(String(200))
    weekday: Mapped[int | None]
    periods: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(12))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_unit.id"))
    teacher_id: Mapped[int | None] = mapped_column(ForeignKey("consortium_person.id"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking_booking.id"))
    asked_id: Mapped[int | None] = mapped_column(ForeignKey("booking_booking.id"))
    """The request that waits in the keeper's inbox for the dates that clashed."""
    left_out: Mapped[str] = mapped_column(Text, default="[]")
    """Dates that clashed and stand nowhere (JSON): what another import of the same file tries again."""
    import_id: Mapped[int | None] = mapped_column(ForeignKey("booking_import.id"))
    changed_at: Mapped[datetime]


class Name(Stored):
    """A room or teacher as timetables write it, and the unit or person somebody said it is."""

    __tablename__ = "booking_name"
    __table_args__ = (
        CheckConstraint("kind IN ('room','teacher')", name="kind"),
        CheckConstraint("(unit_id IS NULL) <> (person_id IS NULL)", name="one_thing"),
        UniqueConstraint("member_id", "kind", "text"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("consortium_member.id"))
    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_unit.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("consortium_person.id"))


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
