"""What people and organisations must have before they use a thing: admissions, trainings, authorisations, agreements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from app.consortium.rules.permission import Placement
from app.foundation.refusal import Invalid, Reason
from app.foundation.timespan import DAY

SORTS = ("safety", "training", "authorisation")
"""安全准入, 培训, 上岗授权."""

SCOPES = ("consortium", "member", "base", "lab", "unit")
"""How far one reaches: everywhere, wherever this member hosts, operates or keeps, in a base, a lab, for one unit."""

LONGEST_EVIDENCE, LONGEST_WHY, LONGEST_NUMBER = 200, 400, 80
MOST_AT_ONCE = 500
"""People times places of one grant."""

EARLIEST_DAY, LATEST_DAY = date(1990, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a qualification is valid; `id` is 0 for the whole consortium."""

    kind: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class Qualification:
    """One person's admission, training or authorisation, on the days [from_on, until_on); taken back for good when revoked."""

    id: int
    person_id: int
    sort: str
    reach: Reach
    from_on: date
    until_on: date | None
    score: int | None = None
    evidence: str = ""
    given_by: int | None = None
    given_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: int | None = None
    why: str = ""
    version: int = 1

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None

    @property
    def last(self) -> date | None:
        """The last day on which it is valid; None where it does not end."""
        return self.until_on - DAY if self.until_on else None

    def is_valid_on(self, day: date) -> bool:
        return not self.is_revoked and self.from_on <= day and (self.until_on is None or day < self.until_on)

    def covers(self, unit_id: int, lab_id: int, base_id: int, member_ids: Iterable[int]) -> bool:
        """Whether it reaches a unit, given where that stands and who hosts, operates or keeps it there."""
        reached = {"unit": (unit_id,), "lab": (lab_id,), "base": (base_id,), "member": member_ids}
        return self.reach.kind == "consortium" or self.reach.id in reached[self.reach.kind]

    def standing(self, today: date, soon: date) -> str:
        """How it stands: revoked, over, to_come, ending (its last day is before `soon`), or valid."""
        if self.is_revoked:
            return "revoked"
        if self.until_on is not None and self.until_on <= today:
            return "over"
        if self.from_on > today:
            return "to_come"
        return "ending" if self.until_on is not None and self.until_on <= soon else "valid"


STANDINGS = ("valid", "ending", "to_come", "over", "revoked")


@dataclass(frozen=True, slots=True)
class Agreement:
    """协议: a member may use what another owns (None: what any member owns), on the days [from_on, until_on)."""

    id: int
    member_id: int
    with_member_id: int | None
    number: str
    guarantor_id: int | None
    """担保单位: the member that stands surety for an organisation from outside the consortium."""
    from_on: date
    until_on: date | None
    version: int = 1

    @property
    def last(self) -> date | None:
        return self.until_on - DAY if self.until_on else None

    def is_valid_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


@dataclass(frozen=True, slots=True)
class Grant:
    """What is given to several people for several places at once."""

    sort: str
    person_ids: tuple[int, ...]
    reaches: tuple[Reach, ...]
    from_on: date
    until_on: date | None
    score: int | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class AgreementForm:
    """What is filed of an agreement."""

    member_id: int
    with_member_id: int | None
    number: str
    guarantor_id: int | None
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class NotToYourself(Reason):
    """Nobody certifies herself: another keeper or administrator does."""

    code: ClassVar[str] = "not_to_yourself"
    kind: ClassVar[str] = "forbidden"


@dataclass(frozen=True, slots=True)
class ScoreTooLow(Reason):
    """A safety examination is passed with `least` points."""

    code: ClassVar[str] = "score_too_low"
    kind: ClassVar[str] = "invalid"
    score: int
    least: int


@dataclass(frozen=True, slots=True)
class UnknownPeople(Reason):
    """Nobody is known by these addresses; nothing was given to anybody."""

    code: ClassVar[str] = "unknown_people"
    kind: ClassVar[str] = "invalid"
    emails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlreadyRevoked(Reason):
    """It was taken back already."""

    code: ClassVar[str] = "already_revoked"
    kind: ClassVar[str] = "stale"


def reasons_against_grant(grant: Grant, giver_id: int, least_score: int) -> list[Reason]:
    """Everything wrong with what is to be given."""
    found: list[Reason] = []
    if grant.sort not in SORTS:
        found.append(Invalid("sort", "unknown"))
    if not grant.person_ids:
        found.append(Invalid("people", "missing"))
    if not grant.reaches:
        found.append(Invalid("places", "missing"))
    if any(reach.kind not in SCOPES for reach in grant.reaches):
        found.append(Invalid("places", "unknown"))
    if len(grant.person_ids) * len(grant.reaches) > MOST_AT_ONCE:
        found.append(Invalid("people", "too_many"))
    found += _reasons_against_days(grant.from_on, grant.until_on)
    if len(grant.evidence) > LONGEST_EVIDENCE:
        found.append(Invalid("evidence", "too_long"))
    if grant.score is not None and not 0 <= grant.score <= 100:
        found.append(Invalid("score", "out_of_range"))
    elif grant.sort == "safety":
        if grant.score is None:
            found.append(Invalid("score", "missing"))
        elif grant.score < least_score:
            found.append(ScoreTooLow(grant.score, least_score))
    if giver_id in grant.person_ids:
        found.append(NotToYourself())
    return found


def reasons_against_agreement(form: AgreementForm, known: Iterable[int]) -> list[Reason]:
    """Everything wrong with an agreement; `known` are the organisations there are."""
    found: list[Reason] = []
    there = set(known)
    if form.member_id not in there:
        found.append(Invalid("member", "unknown"))
    if form.with_member_id is not None and (form.with_member_id not in there or form.with_member_id == form.member_id):
        found.append(Invalid("with_member", "unknown"))
    if form.guarantor_id is not None and (form.guarantor_id not in there or form.guarantor_id == form.member_id):
        found.append(Invalid("guarantor", "unknown"))
    if not form.number.strip():
        found.append(Invalid("number", "missing"))
    elif len(form.number) > LONGEST_NUMBER:
        found.append(Invalid("number", "too_long"))
    return found + _reasons_against_days(form.from_on, form.until_on)


def _reasons_against_days(from_on: date, until_on: date | None) -> list[Reason]:
    found: list[Reason] = []
    if not EARLIEST_DAY <= from_on <= LATEST_DAY:
        found.append(Invalid("from_on", "out_of_range"))
    if until_on is not None:
        if not EARLIEST_DAY <= until_on <= LATEST_DAY:
            found.append(Invalid("until_on", "out_of_range"))
        elif until_on <= from_on:
            found.append(Invalid("until_on", "backward"))
    return found


def of_qualification(
    person_id: int, own_member_ids: Iterable[int], acting_id: int | None, side: Placement | None = None
) -> Placement:
    """Where a qualification stands: hers, her member's (one she holds or held an office of), and its place's side's."""
    return Placement(
        holder_ids=frozenset({person_id}),
        booking_member_id=acting_id if acting_id in set(own_member_ids) else None,
        owner_member_ids=side.owner_member_ids if side else frozenset(),
        base_ids=side.base_ids if side else frozenset(),
    )


def to_be_renewed(held: Sequence[Qualification], due: Qualification) -> bool:
    """Whether nothing else of the same sort and place goes on when this one ends."""
    if due.until_on is None:
        return False
    return not any(
        each.id != due.id and each.sort == due.sort and each.reach == due.reach and each.is_valid_on(due.until_on)
        for each in held
    )
