"""People in office: roles, appointments, and the actor a request is made by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

MEMBER_KINDS = ("government", "park", "school", "company", "institute")

ROLES = (
    "administrator",  # 联合体管理员 (秘书处)
    "security",  # 安全管理员
    "auditor",  # 审计员
    "council",  # 理事会 / 监督, read only
    "member_admin",  # 单位管理员
    "base_head",  # 基地负责人
    "keeper",  # 设备管理员 / 机组
    "booker",  # 预约人: teacher, company trainer
    "learner",  # 使用人: student, trainee
    "approver",  # 审批人: tutor, department
    "finance",  # 财务
    "reviewer",  # 评议专家
)

BASE_ROLES = ("base_head", "keeper")
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

    @property
    def is_signed_in(self) -> bool:
        return self.person_id > 0

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(appointment.role for appointment in self.appointments)


NOBODY = Actor(0, "", None)
