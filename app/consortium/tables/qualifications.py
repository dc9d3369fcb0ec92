"""What the consortium keeps of agreements between organisations and of what people are qualified for."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Stored


class Agreement(Stored):
    """协议: an organisation may use what a member owns (None: what any owns), on the days [from_on, until_on)."""

    __tablename__ = "consortium_agreement"
    __table_args__ = (
        CheckConstraint("until_on IS NULL OR until_on > from_on", name="dates"),
        Index("ix_consortium_agreement_member_id", "member_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("consortium_member.id"))
    with_member_id: Mapped[int | None] = mapped_column(ForeignKey("consortium_member.id"))
    number: Mapped[str] = mapped_column(String(80))
    guarantor_id: Mapped[int | None] = mapped_column(ForeignKey("consortium_member.id"))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    filed_by: Mapped[int]
    filed_at: Mapped[datetime]
    ended_by: Mapped[int | None]
    ended_at: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(String(400), default="")
    version: Mapped[int] = mapped_column(default=1)


class Qualification(Stored):
    """资格: a person's safety admission, training or authorisation for a place, on the days [from_on, until_on)."""

    __tablename__ = "consortium_qualification"
    __table_args__ = (
        CheckConstraint("sort IN ('safety','training','authorisation')", name="sort"),
        CheckConstraint("scope IN ('consortium','member','base','lab','unit')", name="scope"),
        CheckConstraint("until_on IS NULL OR until_on > from_on", name="dates"),
        CheckConstraint("score IS NULL OR score BETWEEN 0 AND 100", name="score"),
        Index("ix_consortium_qualification_person_id", "person_id"),
        Index("ix_consortium_qualification_scope", "scope", "scope_id"),
        Index("ix_consortium_qualification_until_on", "until_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("consortium_person.id"))
    sort: Mapped[str] = mapped_column(String(16))
    scope: Mapped[str] = mapped_column(String(12))
    scope_id: Mapped[int] = mapped_column(default=0)
    """A member, or a base, lab or unit of the catalogue (without a foreign key: that stands above this area); 0: everywhere."""
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    score: Mapped[int | None]
    evidence: Mapped[str] = mapped_column(String(200), default="")
    given_by: Mapped[int]
    given_at: Mapped[datetime]
    revoked_by: Mapped[int | None]
    revoked_at: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(String(400), default="")
    version: Mapped[int] = mapped_column(default=1)
