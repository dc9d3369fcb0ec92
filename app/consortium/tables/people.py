"""What the consortium keeps: members, people, appointments, and the secrets by which people come in."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


class Member(Stored):
    """成员单位: an organisation of the consortium, from `joined_on` until the day before `left_on`."""

    __tablename__ = "consortium_member"
    __table_args__ = (
        CheckConstraint("kind IN ('government','park','school','company','institute')", name="kind"),
        CheckConstraint("left_on IS NULL OR left_on > joined_on", name="dates"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160))
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    is_outside: Mapped[bool] = mapped_column(default=False, server_default=false())
    """外部单位: on the register without being a member; it books under an agreement, with a member as guarantor."""


class Person(Stored):
    """A named account. `password_hash` is empty until the invitation has been used."""

    __tablename__ = "consortium_person"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(40), default="")
    locale: Mapped[str] = mapped_column(String(5), default="zh")
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    password_set_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class Appointment(Stored):
    """A role a person holds for a member, or for one base of it, from `from_on` until the day before `until_on`."""

    __tablename__ = "consortium_appointment"
    __table_args__ = (
        Index("ix_consortium_appointment_person", "person_id"),
        Index("ix_consortium_appointment_member", "member_id"),
        CheckConstraint("until_on IS NULL OR until_on > from_on", name="dates"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("consortium_member.id"))
    base_id: Mapped[int | None]
    """A catalogue base; without a foreign key, because the catalogue stands above this area."""
    role: Mapped[str] = mapped_column(String(30))
    from_on: Mapped[date]
    until_on: Mapped[date | None]


class SignIn(Stored):
    """One signed-in device: the hash of its cookie, how long it may live, and for whom the person acts there."""

    __tablename__ = "consortium_sign_in"
    __table_args__ = (Index("ix_consortium_sign_in_person", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    cookie_hash: Mapped[str] = mapped_column(String(64), unique=True)
    acting_member_id: Mapped[int | None] = mapped_column(ForeignKey("consortium_member.id"))
    device: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiToken(Stored):
    """令牌: a personal key for programs, with chosen rights and an expiry; only its hash is kept."""

    __tablename__ = "consortium_api_token"
    __table_args__ = (Index("ix_consortium_api_token_person", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    rights: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Invitation(Stored):
    """A single-use link by which a person sets a password: the first one, or a new one."""

    __tablename__ = "consortium_invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_by: Mapped[int | None]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Attempt(Stored):
    """Failed sign-ins, counted in the database because memory is per worker. `who` is a hash of name or address."""

    __tablename__ = "consortium_attempt"

    who: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    first_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class Setting(Stored):
    """A rule in force that the consortium may change: one named value, with the help text's source in code."""

    __tablename__ = "consortium_setting"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
