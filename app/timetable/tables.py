"""What the timetable keeps: terms and blocks, holidays, bell tables, weekly opening hours, dated closures, faults."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


class Term(Stored):
    """学期: `first_monday` is the Monday of teaching week 1; it runs for `weeks` weeks. No member = the consortium's."""

    __tablename__ = "timetable_term"
    __table_args__ = (
        CheckConstraint("weeks BETWEEN 1 AND 60", name="weeks"),
        Index("ix_timetable_term_first_monday", "first_monday"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("consortium_member.id"))
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    first_monday: Mapped[date]
    weeks: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)


class Block(Stored):
    """Weeks of a term marked in the school calendar: practice, exams, military training, a late start."""

    __tablename__ = "timetable_block"
    __table_args__ = (
        CheckConstraint("kind IN ('practice','exam','military','late_start','other')", name="kind"),
        CheckConstraint("1 <= first_week AND first_week <= last_week AND last_week <= 60", name="weeks"),
        Index("ix_timetable_block_term_id", "term_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    term_id: Mapped[int] = mapped_column(ForeignKey("timetable_term.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    first_week: Mapped[int]
    last_week: Mapped[int]
    learners: Mapped[str] = mapped_column(String(40), default="")
    teaches: Mapped[bool] = mapped_column(default=False)
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")


class Holiday(Stored):
    """法定节假日与调休: one line of the national notice for a year; a December day may stand in two notices."""

    __tablename__ = "timetable_holiday"
    __table_args__ = (UniqueConstraint("notice_year", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_year: Mapped[int]
    day: Mapped[date]
    name: Mapped[str] = mapped_column(String(80))
    is_off: Mapped[bool]


class DayRule(Stored):
    """停课, 补课: what an organisation decided of one day. No member = the consortium's."""

    __tablename__ = "timetable_day_rule"
    __table_args__ = (
        CheckConstraint("kind IN ('off','on')", name="kind"),
        CheckConstraint("stands_for IS NULL OR (kind = 'on' AND stands_for <> day)", name="stands_for"),
        Index("ix_timetable_day_rule_member_id_day", "member_id", "day", unique=True),
        Index(
            "ix_timetable_day_rule_day",
            "day",
            unique=True,
            sqlite_where=text("member_id IS NULL"),
            postgresql_where=text("member_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("consortium_member.id"))
    day: Mapped[date]
    kind: Mapped[str] = mapped_column(String(10))
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    stands_for: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)


class BellTable(Stored):
    """作息时间表: the class periods of a day at a campus, for some learners, on the days [from_on, until_on).

    No member = the consortium's; an empty campus or kind of learners = every one.
    """

    __tablename__ = "timetable_bell_table"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("consortium_member.id"))
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    campus: Mapped[str] = mapped_column(String(60), default="")
    learners: Mapped[str] = mapped_column(String(40), default="")
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)


class Period(Stored):
    """节次: one class period, in minutes after 0:00 on the wall clock, half-open."""

    __tablename__ = "timetable_period"
    __table_args__ = (
        UniqueConstraint("bell_table_id", "number"),
        CheckConstraint("0 <= start_minute AND start_minute < end_minute AND end_minute <= 1440", name="minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bell_table_id: Mapped[int] = mapped_column(ForeignKey("timetable_bell_table.id", ondelete="CASCADE"))
    number: Mapped[int]
    start_minute: Mapped[int]
    end_minute: Mapped[int]


class Opening(Stored):
    """开放时间: weekly hours of a base, or of one lab instead of its base's. A base with none at all is always open."""

    __tablename__ = "timetable_opening"
    __table_args__ = (
        CheckConstraint("(base_id IS NULL) <> (lab_id IS NULL)", name="one_thing"),
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint("0 <= start_minute AND start_minute < end_minute AND end_minute <= 1440", name="minutes"),
        Index("ix_timetable_opening_base", "base_id"),
        Index("ix_timetable_opening_lab", "lab_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_base.id"))
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_lab.id"))
    weekday: Mapped[int]
    start_minute: Mapped[int]
    end_minute: Mapped[int]
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]


class Closure(Stored):
    """停用: a dated closure or maintenance of a base, lab or unit. What it takes is kept as allocations by booking."""

    __tablename__ = "timetable_closure"
    __table_args__ = (
        CheckConstraint("kind IN ('closure','maintenance')", name="kind"),
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint(
            "(CASE WHEN base_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN lab_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN unit_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_thing",
        ),
        Index("ix_timetable_closure_source_key", "source_key", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    base_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_base.id"))
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_lab.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_unit.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200))
    made_by: Mapped[int | None]
    made_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    source_key: Mapped[str | None] = mapped_column(String(200))
    """Where an imported closure came from; the same key never closes twice."""


class Fault(Stored):
    """故障: what somebody reported of a unit and what the keeper made of it. While `blocked_until` is set, the unit cannot
    be booked in [began_at, blocked_until); bookings that stand there keep their rows in the ledger."""

    __tablename__ = "timetable_fault"
    __table_args__ = (
        CheckConstraint("state IN ('reported','confirmed','repaired','dismissed')", name="state"),
        CheckConstraint("severity IN ('unusable','usable')", name="severity"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("ended_at IS NULL OR began_at <= ended_at", name="span"),
        CheckConstraint("blocked_until IS NULL OR (state = 'confirmed' AND began_at < blocked_until)", name="blocked"),
        Index("ix_timetable_fault_unit_id", "unit_id"),
        Index("ix_timetable_fault_began_at", "began_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("catalogue_unit.id"))
    state: Mapped[str] = mapped_column(String(20))
    severity: Mapped[str] = mapped_column(String(20))
    cause: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int] = mapped_column(default=1)
    whole: Mapped[bool]
    """Whether the whole unit is out of order, or only so many of several."""
    words: Mapped[str] = mapped_column(String(1000))
    answer: Mapped[str] = mapped_column(String(1000), default="")
    cost_source: Mapped[str] = mapped_column(String(200), default="")
    reported_by: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    reported_at: Mapped[datetime]
    began_at: Mapped[datetime]
    expected_until: Mapped[datetime | None]
    blocked_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
