"""Members, people and appointments: what is kept of each, and what stands against a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from app.consortium.rules.office import BASE_ROLES, MEMBER_KINDS, ROLES
from app.consortium.rules.permission import Placement
from app.foundation.refusal import Invalid, Reason

CONSORTIUM_ROLES = ("administrator", "security", "auditor", "council", "reviewer")
"""Offices of the consortium as a whole: only its administrator gives them."""

EARLIEST_DAY, LATEST_DAY = date(1949, 10, 1), date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class MemberForm:
    """What is written about a member organisation."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    joined_on: date
    is_outside: bool = False
    """外部单位: on the register without being a member; it books under an agreement, with a member as guarantor."""


@dataclass(frozen=True, slots=True)
class KeptMember:
    """A member organisation as it stands."""

    id: int
    code: str
    kind: str
    name_zh: str
    name_en: str
    joined_on: date
    left_on: date | None
    version: int
    is_outside: bool = False

    def belongs(self, day: date) -> bool:
        return self.joined_on <= day and (self.left_on is None or day < self.left_on)


@dataclass(frozen=True, slots=True)
class PersonForm:
    """What is written about a person; no more than is needed to reach her."""

    email: str
    name: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class KeptPerson:
    """A person as she stands."""

    id: int
    email: str
    name: str
    phone: str
    locale: str
    has_password: bool
    password_set_at: datetime | None
    disabled_at: datetime | None
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class OfficeForm:
    """An appointment to be made."""

    role: str
    member_id: int
    base_id: int | None
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class KeptOffice:
    """An appointment as it stands, of whichever day."""

    id: int
    person_id: int
    role: str
    member_id: int
    base_id: int | None
    from_on: date
    until_on: date | None

    def is_over(self, today: date) -> bool:
        return self.until_on is not None and self.until_on <= today


@dataclass(frozen=True, slots=True)
class NotYourself(Reason):
    """Nobody closes her own account or ends her own office: another administrator does."""

    code: ClassVar[str] = "not_yourself"
    kind: ClassVar[str] = "forbidden"


@dataclass(frozen=True, slots=True)
class AlreadyHolds(Reason):
    """The person holds this office then already."""

    code: ClassVar[str] = "already_holds"
    kind: ClassVar[str] = "conflict"


@dataclass(frozen=True, slots=True)
class AccountClosed(Reason):
    """The account is closed; it must be opened first."""

    code: ClassVar[str] = "account_closed"
    kind: ClassVar[str] = "conflict"


def reasons_against_member(form: MemberForm, left_on: date | None) -> list[Reason]:
    """Every field that makes no sense."""
    reasons: list[Reason] = []
    reasons += _text_reasons("code", form.code, 40)
    reasons += _text_reasons("name_zh", form.name_zh, 120)
    reasons += _text_reasons("name_en", form.name_en, 160)
    if form.kind not in MEMBER_KINDS:
        reasons.append(Invalid("kind", "unknown"))
    reasons += _day_reasons("joined_on", form.joined_on)
    if left_on is not None and left_on <= form.joined_on:
        reasons.append(Invalid("joined_on", "backward"))
    return reasons


def reasons_against_leaving(joined_on: date, left_on: date) -> list[Reason]:
    if left_on <= joined_on:
        return [Invalid("left_on", "backward")]
    return _day_reasons("left_on", left_on)


def reasons_against_person(form: PersonForm) -> list[Reason]:
    """Every field that makes no sense."""
    reasons = _text_reasons("person_name", form.name, 80)
    reasons += _text_reasons("email", form.email, 200)
    if form.email and not looks_like_email(form.email):
        reasons.append(Invalid("email", "unreadable"))
    if len(form.phone) > 40:
        reasons.append(Invalid("phone", "too_long"))
    return reasons


def reasons_against_office(form: OfficeForm, held: Sequence[KeptOffice], member: KeptMember | None) -> list[Reason]:
    """What stands against appointing somebody who already holds these offices."""
    reasons: list[Reason] = []
    if form.role not in ROLES:
        reasons.append(Invalid("role", "unknown"))
    if member is None:
        reasons.append(Invalid("member", "unknown"))
    elif member.left_on is not None and form.from_on >= member.left_on:
        reasons.append(Invalid("from_on", "after_leaving"))
    if form.base_id is not None and form.role not in BASE_ROLES:
        reasons.append(Invalid("base", "not_for_role"))
    reasons += _day_reasons("from_on", form.from_on)
    if form.until_on is not None:
        reasons += _day_reasons("until_on", form.until_on)
        if form.until_on <= form.from_on:
            reasons.append(Invalid("until_on", "backward"))
    for other in held:
        same = (other.role, other.member_id, other.base_id) == (form.role, form.member_id, form.base_id)
        begins_before_its_end = other.until_on is None or form.from_on < other.until_on
        ends_after_its_start = form.until_on is None or other.from_on < form.until_on
        if same and begins_before_its_end and ends_after_its_start:
            reasons.append(AlreadyHolds())
            break
    return reasons


def looks_like_email(text: str) -> bool:
    """One @ with something sensible on both sides. Whether it is hers shows when the link is used."""
    name, _, place = text.partition("@")
    return bool(name) and "." in place.strip(".") and "@" not in place and text.isprintable() and " " not in text


def as_seen_by(person_id: int, offices: Sequence[KeptOffice], member_id: int | None) -> Placement:
    """Where a person stands for somebody who wants to see her: with a member as soon as she holds or held an office there."""
    own = member_id if any(office.member_id == member_id for office in offices) else None
    return Placement(holder_ids=frozenset({person_id}), booking_member_id=own)


def as_changed_by(person_id: int, offices: Sequence[KeptOffice], member_id: int | None, today: date) -> Placement:
    """Where a person stands for somebody who wants to change or let her in.

    She is her member's alone only while she holds no office elsewhere or of the whole consortium: otherwise a member's
    administrator could make herself a way into offices that are not hers to give.
    """
    standing = [office for office in offices if not office.is_over(today)] or list(offices)
    alone = {office.member_id for office in standing} == {member_id}
    plain = not any(office.role in CONSORTIUM_ROLES for office in standing)
    return Placement(holder_ids=frozenset({person_id}), booking_member_id=member_id if alone and plain else None)


def of_member(member_id: int | None) -> Placement:
    """Where a thing of this member stands."""
    return Placement(booking_member_id=member_id)


def deed_to_appoint(role: str) -> str:
    """The deed that giving or ending this office is."""
    return "appointment.change_wide" if role in CONSORTIUM_ROLES else "appointment.change"


MUST_BE_APART = ({"administrator", "auditor"}, {"administrator", "security"}, {"security", "auditor"})
"""等保二级: system, security and audit administrators should be different people; we warn."""


def held_together(roles: Sequence[str]) -> bool:
    return any(pair <= set(roles) for pair in MUST_BE_APART)


def end_of(office: KeptOffice, today: date) -> date | None:
    """The day an office ends when it is ended today; None when it never began and simply goes."""
    return None if office.from_on >= today else today


def _text_reasons(field: str, text: str, longest: int) -> list[Reason]:
    if not text.strip():
        return [Invalid(field, "missing")]
    if len(text) > longest:
        return [Invalid(field, "too_long")]
    return [] if text.isprintable() else [Invalid(field, "unreadable")]


def _day_reasons(field: str, day: date) -> list[Reason]:
    return [] if EARLIEST_DAY <= day <= LATEST_DAY else [Invalid(field, "unknown")]
