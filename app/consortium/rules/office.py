"""People in office: roles, appointments, and the actor a request is made by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

MEMBER_KINDS = ("government", "park", "school", "company", "institute")

ROLES = (
    "administrator",  # 联合体管理员 (秘书处)
    "security",  # 安全管理员
    "auditor",  # 审计员
    "council",  # 理事会 / 监督, read only
    "member_admin",  # 单位管理员
    "base_head",  # 基地负责人
    "keeper",  # 设备管理员 / 机组
    "safety",  # 安全负责人: says whether it may be done there
    "booker",  # 预约人: teacher, company trainer
    "learner",  # 使用人: student, trainee
    "approver",  # 审批人: tutor, department
    "finance",  # 财务
    "reviewer",  # 评议专家
)

BASE_ROLES = ("base_head", "keeper", "safety")
"""Roles that may be limited to one base."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """A role for a member (or one base of it), on the days [from_on, until_on)."""

    role: str
    member_id: int
    base_id: int | None
    from_on: date
    until_on: date | None

    def in_force(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking, for which member, and in which roles today. Signed out: `person_id` 0 and no roles."""

    person_id: int
    name: str
    member_id: int | None
    appointments: tuple[Appointment, ...] = ()
    rights: frozenset[str] | None = None
    """What an API token was given; None where the person came in by signing in (no limit of this kind)."""
    address: str = ""
    on: date = date.min
    """The day whose offices these are; who owns a thing is asked for the same day (unsaid: nobody does)."""

    @property
    def is_signed_in(self) -> bool:
        return self.person_id > 0

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(appointment.role for appointment in self.appointments)


NOBODY = Actor(0, "", None)


@dataclass(frozen=True, slots=True)
class Side:
    """A member whom a person may act for today."""

    member_id: int
    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Presence:
    """A recognised person: every office she holds today, and whom she acts for in this request."""

    person_id: int
    name: str
    locale: str
    acting_member_id: int | None
    appointments: tuple[Appointment, ...]
    sides: tuple[Side, ...]
    address: str = ""
    rights: frozenset[str] | None = None
    sign_in_id: int | None = None
    token_id: int | None = None
    seen_at: datetime | None = None
    on: date = date.min

    @property
    def actor(self) -> Actor:
        """The actor for the member she chose; for the first of hers where that choice no longer stands."""
        return (
            self.acting_for(self.acting_member_id)
            or self.acting_for(next(iter(self._member_ids), None))
            or Actor(self.person_id, self.name, None, (), self.rights, self.address, self.on)
        )

    def acting_for(self, member_id: int | None) -> Actor | None:
        """The actor she is for this member, with her offices there; None where she holds none today."""
        if member_id is None or member_id not in self._member_ids:
            return None
        offices = tuple(each for each in self.appointments if each.member_id == member_id)
        return Actor(self.person_id, self.name, member_id, offices, self.rights, self.address, self.on)

    @property
    def _member_ids(self) -> tuple[int, ...]:
        return tuple(side.member_id for side in self.sides)
