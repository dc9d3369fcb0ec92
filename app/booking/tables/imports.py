"""What booking keeps of imports: files, their planned changes, lessons, and names as timetables write them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


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
