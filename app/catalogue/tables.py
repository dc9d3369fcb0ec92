"""What the catalogue keeps: bases, labs, bookable units, their national asset form, and who owns them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


class TrainingBase(Stored):
    """实训基地: a place that contains labs. Host, operator and keeping member apply to all in it unless said otherwise."""

    __tablename__ = "catalogue_base"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('training_base','laboratory','factory_in_school','school_in_factory','practice_centre')",
            name="kind",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160))
    host_id: Mapped[int] = mapped_column(ForeignKey("consortium_member.id"))
    operator_id: Mapped[int] = mapped_column(ForeignKey("consortium_member.id"))
    keeping_member_id: Mapped[int] = mapped_column(ForeignKey("consortium_member.id"))
    address: Mapped[str] = mapped_column(String(200), default="")
    contact: Mapped[str] = mapped_column(String(120), default="")
    """The keeper's published contact: the only line about a person that the public catalogue shows."""
    campus: Mapped[str] = mapped_column(String(60), default="")
    """The host's campus it stands on: which of the host's bells ring here."""
    calendar_member_id: Mapped[int | None] = mapped_column(ForeignKey("consortium_member.id"))
    """Whose teaching calendar the base goes by; None: its host's."""
    about_zh: Mapped[str] = mapped_column(Text, default="")
    about_en: Mapped[str] = mapped_column(Text, default="")
    is_public: Mapped[bool] = mapped_column(default=True)
    retired_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)


class Lab(Stored):
    """实训室: a room or hall of a base. Booked whole through its unit of kind `room`."""

    __tablename__ = "catalogue_lab"
    __table_args__ = (UniqueConstraint("base_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("catalogue_base.id"))
    code: Mapped[str] = mapped_column(String(60))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160))
    place: Mapped[str] = mapped_column(String(120), default="")
    seats: Mapped[int | None]
    retired_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)


class Unit(Stored):
    """可预约单元: what can be booked: a whole room, one machine, a pool of identical machines, or stations (工位)."""

    __tablename__ = "catalogue_unit"
    __table_args__ = (
        UniqueConstraint("lab_id", "code"),
        Index(
            "uq_catalogue_unit_room",
            "lab_id",
            unique=True,
            sqlite_where=text("kind = 'room'"),
            postgresql_where=text("kind = 'room'"),
        ),
        CheckConstraint("kind IN ('room','machine','pool','stations')", name="kind"),
        CheckConstraint("capacity >= 1 AND (kind NOT IN ('machine') OR capacity = 1)", name="capacity"),
        CheckConstraint("setup_minutes BETWEEN 0 AND 480 AND cleaning_minutes BETWEEN 0 AND 480", name="buffers"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("catalogue_lab.id"))
    kind: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(60))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160))
    capacity: Mapped[int] = mapped_column(default=1)
    needs_approval: Mapped[bool] = mapped_column(default=False)
    holds_while_waiting: Mapped[bool] = mapped_column(default=True)
    setup_minutes: Mapped[int] = mapped_column(default=0)
    cleaning_minutes: Mapped[int] = mapped_column(default=0)
    retired_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)


class Asset(Stored):
    """The national instrument form of one unit (domain fields of the NRII push list)."""

    __tablename__ = "catalogue_asset"
    __table_args__ = (
        CheckConstraint("sharing IN ('internal','external','none')", name="sharing"),
        CheckConstraint(
            "sharing <> 'none' OR (length(not_shared_reason) > 0 AND length(not_shared_approver) > 0)",
            name="not_shared",
        ),
        CheckConstraint("original_value_fen IS NULL OR original_value_fen >= 0", name="original_value"),
    )

    unit_id: Mapped[int] = mapped_column(ForeignKey("catalogue_unit.id"), primary_key=True, autoincrement=False)
    inventory_number: Mapped[str] = mapped_column(String(60), default="")
    original_value_fen: Mapped[int | None] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(20), default="purchased")
    category: Mapped[str] = mapped_column(String(20), default="general")
    origin_country: Mapped[str] = mapped_column(String(60), default="")
    manufacturer: Mapped[str] = mapped_column(String(120), default="")
    model: Mapped[str] = mapped_column(String(120), default="")
    started_on: Mapped[date | None]
    accepted_on: Mapped[date | None]
    registered_on: Mapped[date | None]
    specifications: Mapped[str] = mapped_column(Text, default="")
    functions: Mapped[str] = mapped_column(Text, default="")
    services: Mapped[str] = mapped_column(Text, default="")
    user_notice: Mapped[str] = mapped_column(Text, default="")
    price_note: Mapped[str] = mapped_column(Text, default="")
    funding: Mapped[str] = mapped_column(String(20), default="own")
    condition: Mapped[str] = mapped_column(String(20), default="normal")
    sharing: Mapped[str] = mapped_column(String(20), default="external")
    not_shared_reason: Mapped[str] = mapped_column(String(200), default="")
    not_shared_approver: Mapped[str] = mapped_column(String(120), default="")


class ClassCode(Stored):
    """An asset's code in one classification scheme; an asset may have one per scheme."""

    __tablename__ = "catalogue_class_code"

    unit_id: Mapped[int] = mapped_column(ForeignKey("catalogue_unit.id"), primary_key=True, autoincrement=False)
    scheme: Mapped[str] = mapped_column(String(30), primary_key=True)
    code: Mapped[str] = mapped_column(String(30))


class Ownership(Stored):
    """产权: a member's share, in hundredths of a percent, of one base, lab or unit, for half-open days."""

    __tablename__ = "catalogue_ownership"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN base_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN lab_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN unit_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_thing",
        ),
        CheckConstraint("share BETWEEN 1 AND 10000", name="share"),
        CheckConstraint("until_on IS NULL OR until_on > from_on", name="dates"),
        Index("ix_catalogue_ownership_base", "base_id"),
        Index("ix_catalogue_ownership_lab", "lab_id"),
        Index("ix_catalogue_ownership_unit", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_base.id"))
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_lab.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_unit.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("consortium_member.id"))
    share: Mapped[int]
    from_on: Mapped[date]
    until_on: Mapped[date | None]


class Party(Stored):
    """Host, operator or keeping member of one lab or unit, where it differs from its base."""

    __tablename__ = "catalogue_party"
    __table_args__ = (
        CheckConstraint("(lab_id IS NULL) <> (unit_id IS NULL)", name="one_thing"),
        CheckConstraint("part IN ('host','operator','keeper')", name="part"),
        UniqueConstraint("lab_id", "part"),
        UniqueConstraint("unit_id", "part"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_lab.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_unit.id"))
    part: Mapped[str] = mapped_column(String(10))
    member_id: Mapped[int] = mapped_column(ForeignKey("consortium_member.id"))
