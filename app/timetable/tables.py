"""What the timetable keeps: terms, bell tables, weekly opening hours, dated closures."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
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


class BellTable(Stored):
    """作息时间表: the class periods of a day. No member = the consortium's. Seasons and campuses get their place here."""

    __tablename__ = "timetable_bell_table"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("consortium_member.id"))
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
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
