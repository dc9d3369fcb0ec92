"""The chain of approval: who must agree in which order, what an answer or silence makes of it, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.booking.rules.requester import MEMBER
from app.foundation.refusal import Invalid, Reason
from app.foundation.timespan import DAY, at_local, local_day
from app.timetable.rules.days import Days

ANY = "any"

DEPARTMENT, KEEPER, OWNER, SAFETY = "department", "keeper", "owner", "safety"
APPLICANT_ADMIN, OWNER_ADMIN, ADMINISTRATOR = "applicant_admin", "owner_admin", "administrator"
PARTIES = (DEPARTMENT, KEEPER, OWNER, SAFETY)
"""Who may be named in a chain: 申请人所在部门, 管理员, 产权单位, 安全负责人."""

UP = {
    DEPARTMENT: APPLICANT_ADMIN,
    KEEPER: OWNER_ADMIN,
    SAFETY: OWNER_ADMIN,
    OWNER: ADMINISTRATOR,
    APPLICANT_ADMIN: ADMINISTRATOR,
    OWNER_ADMIN: ADMINISTRATOR,
}
"""Who is asked in place of somebody who is silent, or who would decide over what is her own. Nobody is above the last."""

ANY_OF, ALL_OF = "any", "all"
ESCALATE, GRANT = "escalate", "grant"

LATER, WAITING, APPROVED, REFUSED, LAPSED, WITHDRAWN = "later", "waiting", "approved", "refused", "lapsed", "withdrawn"

SILENT, HERS, NOBODY = "silent", "own", "nobody"
"""Why somebody further up is asked: nobody answered in time, it is her own, there is nobody in that office."""

REASONS = (
    "closed_to_kind",
    "safety",
    "not_suitable",
    "full_teaching",
    "maintenance",
    "incomplete",
    "no_agreement",
    "other",
)
"""The reasons a person may refuse with; words come with each."""

TAKEN, UNQUALIFIED, UNANSWERED = "taken", "unqualified", "unanswered"
ALL_REASONS = (*REASONS, TAKEN, UNQUALIFIED, UNANSWERED)
"""With those that only the clock gives: taken, or something required no longer there, by the time it was granted; nobody
answered before it began."""

MOST_STEPS, MOST_HOURS, MOST_DAYS = 6, 720, 2_000


@dataclass(frozen=True, slots=True)
class ApprovesOwn(Reason):
    """Who holds a booking or asked for it decides nothing about it, for nobody, in no office."""

    code = "approves_own"
    kind = "forbidden"


@dataclass(frozen=True, slots=True)
class NeedsReason(Reason):
    """A refusal names one of the reasons there are, so that it can be counted."""

    code = "needs_reason"
    kind = "invalid"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: who is asked, whether one of them is enough, for how many working hours, and what silence means."""

    parties: tuple[str, ...]
    rule: str = ANY_OF
    hours: int = 24
    silence: str = ESCALATE


@dataclass(frozen=True, slots=True)
class Part:
    """One party's answer at one step. `seat` is the party the chain names, `party` who is asked in its place now."""

    step: int
    rule: str
    seat: str
    party: str
    hours: int
    silence: str
    state: str = LATER
    raised: str = ""
    base_id: int = 0
    kind: str = MEMBER
    id: int = 0
    asked_at: datetime | None = None
    due_at: datetime | None = None
    decided_by: int | None = None
    for_person: int | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    note: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in (LATER, WAITING)


@dataclass(frozen=True, slots=True)
class Onward:
    """What a chain asks next: its outcome so far, the parts to be asked now, and those nobody needs any more."""

    outcome: str
    ask: tuple[Part, ...] = ()
    idle: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Able:
    """The people who may answer as a party, and those of them who neither hold nor asked for what is decided on."""

    people: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()


def chain_for(
    kind: str,
    of_unit: Mapping[str, Sequence[Step]],
    of_base: Mapping[str, Sequence[Step]],
    otherwise: Sequence[Step],
) -> tuple[Step, ...]:
    """The unit's before the base's before the usual one; one for this kind of requester before one for any."""
    for own in (of_unit, of_base):
        for name in (kind, ANY):
            if own.get(name):
                return tuple(own[name])
    return tuple(otherwise)


def joined(chains: Iterable[Sequence[Step]]) -> tuple[Step, ...]:
    """Several units of one base that have different chains: one after the other, what is the same only once.

    Of two that are the same the shorter time counts, and silence is consent only where both say so.
    """
    found: dict[tuple[tuple[str, ...], str], Step] = {}
    for step in (step for chain in chains for step in chain):
        key = (tuple(sorted(step.parties)), step.rule if len(step.parties) > 1 else ANY_OF)
        known = found.get(key)
        if known is None:
            found[key] = step
        else:
            silence = GRANT if known.silence == step.silence == GRANT else ESCALATE
            found[key] = replace(known, hours=min(known.hours, step.hours), silence=silence)
    return tuple(found.values())


def laid(steps: Sequence[Step], base_id: int, kind: str) -> list[Part]:
    """The whole chain as answers that nobody has been asked for yet."""
    return [
        Part(number, step.rule, party, party, step.hours, step.silence, base_id=base_id, kind=kind)
        for number, step in enumerate(steps, 1)
        for party in step.parties
    ]


def onward(parts: Sequence[Part]) -> Onward:
    """How one base's chain stands: a refusal at any step ends it; else the first step that is not complete is asked."""
    still_open = tuple(part for part in parts if part.is_open)
    if any(part.state == REFUSED for part in parts):
        return Onward(REFUSED, idle=still_open)
    idle: list[Part] = []
    for number in sorted({part.step for part in parts}):
        step = [part for part in parts if part.step == number]
        if not is_complete(step):
            return Onward(WAITING, tuple(part for part in step if part.state == LATER), tuple(idle))
        idle += [part for part in step if part.is_open]
    return Onward(APPROVED, idle=tuple(idle))


def is_complete(step: Sequence[Part]) -> bool:
    """Whether everybody (or, where one is enough, somebody) named in a step has agreed, she or whoever stands above her."""
    agreed = {part.seat: False for part in step}
    for part in step:
        agreed[part.seat] |= part.state == APPROVED
    return all(agreed.values()) if step[0].rule == ALL_OF else any(agreed.values())


def after_silence(part: Part, *, spoke: bool = False) -> str:
    """What the end of the time makes of an answer: `grant`, the party asked next, or nothing where nobody is above.

    Silence is consent only of whoever the chain names, and not where she has proposed another time (`spoke`).
    """
    if part.silence == GRANT and part.party == part.seat and not spoke:
        return GRANT
    return UP.get(part.party, "")


def party_to_ask(seat: str, able: Mapping[str, Able]) -> tuple[str, str]:
    """Who is asked for a seat, and why it is not the seat itself. Where nobody is left even at the top, the top is asked."""
    party, why = seat, ""
    while party in UP and not able.get(party, Able()).others:
        why = why or (HERS if able.get(party, Able()).people else NOBODY)
        party = UP[party]
    return party, why


def line(seat: str, party: str) -> tuple[str, ...]:
    """From a seat up to whoever is asked in its place: any of them may answer while an answer is waited for."""
    found = [seat]
    while found[-1] != party and found[-1] in UP:
        found.append(UP[found[-1]])
    return tuple(found)


def after_working_hours(days: Days, since: datetime, hours: int, opens: int, closes: int) -> datetime:
    """When so many office hours have passed: from `opens` to `closes` o'clock on working days."""
    left, day = timedelta(hours=hours), local_day(since)
    for _ in range(MOST_DAYS):
        start, end = max(since, at_local(day, 60 * opens)), at_local(day, 60 * closes)
        if days.is_working(day) and start < end:
            if end - start >= left:
                return start + left
            left -= end - start
        day += DAY
    raise ValueError("so many working hours are not counted")


def reasons_against_steps(steps: Sequence[Step]) -> list[Reason]:
    """Everything that makes no sense in a chain; no steps at all means: as elsewhere."""
    found: list[Reason] = []
    if len(steps) > MOST_STEPS:
        found.append(Invalid("steps", "too_many"))
    for step in steps:
        if not step.parties:
            found.append(Invalid("step_parties", "missing"))
        elif not set(step.parties) <= set(PARTIES):
            found.append(Invalid("step_parties", "unknown"))
        elif len(set(step.parties)) < len(step.parties):
            found.append(Invalid("step_parties", "twice"))
        if step.rule not in (ANY_OF, ALL_OF):
            found.append(Invalid("step_rule", "unknown"))
        if step.silence not in (ESCALATE, GRANT):
            found.append(Invalid("step_silence", "unknown"))
        if not 1 <= step.hours <= MOST_HOURS:
            found.append(Invalid("step_hours", "out_of_range"))
    return list(dict.fromkeys(found))
