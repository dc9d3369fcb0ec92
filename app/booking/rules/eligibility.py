"""Eligibility: what a person and her organisation must have for a use, and everything of it that is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from app.booking.rules.request import Asked
from app.booking.rules.requester import MEMBER, OUTSIDE, OWN, requester_of
from app.booking.rules.standing import (
    ALL_OTHERS,
    DECLARATIONS,
    NO_DUTIES,
    NOBODY,
    OFF,
    OUTSIDE_ONLY,
    REFUSED,
    SPECIAL,
    AgreementMissing,
    Duties,
    GuarantorMissing,
    InTwoPlaces,
    NightForLearners,
    NotDeclared,
    QualificationMissing,
    Restricted,
    Standing,
    TooLongForLearners,
)
from app.catalogue.rules.unit import Unit
from app.consortium.rules.qualification import Qualification, Reach
from app.consortium.rules.restriction import covers
from app.foundation.refusal import Reason
from app.foundation.timespan import DAY, Span, at_local

PERSONAL = (AgreementMissing, GuarantorMissing, QualificationMissing, NotDeclared, Restricted)
"""Reasons that another time or another unit beside it would hardly change."""

INTERNSHIP = "internship"
LONGEST_DAY = timedelta(hours=8)
DAY_BEGINS, DAY_ENDS = 6 * 60, 22 * 60
"""职业学校学生实习管理规定 (2021): at most 8 hours a day, nothing between 22:00 and 6:00."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is asked, for one unit: there (`reason` None, perhaps until the day `last`), or why not."""

    name: str
    unit_id: int | None = None
    reason: Reason | None = None
    last: date | None = None

    @property
    def is_met(self) -> bool:
        return self.reason is None


def conditions(span: Span, asked: Asked, standing: Standing) -> list[Condition]:
    """Everything that is asked for one date of the request, met or not: the page of the self-check shows all of it."""
    return list(_conditions(span, asked, standing))


def reasons_against_use(span: Span, asked: Asked, standing: Standing) -> list[Reason]:
    """Everything that is missing for one date, judged for the days of that use."""
    found = [each.reason for each in _conditions(span, asked, standing) if each.reason is not None]
    return list(dict.fromkeys(found))


def lacking(span: Span, asked: Asked, standing: Standing) -> list[tuple[int, str]]:
    """What is missing of the person for a use, in short: which unit asks (0: none of them) for what."""
    found = [(each.unit_id or 0, each.name) for each in _conditions(span, asked, standing) if not each.is_met]
    return list(dict.fromkeys(found))


def is_about_the_person(reasons: Iterable[Reason]) -> bool:
    """Whether all of these are about what somebody must have, and none about the time: another time would not help."""
    return all(isinstance(each, PERSONAL) for each in reasons)


def reasons_against_learners(spans: Iterable[Span], asked: Asked, standing: Standing) -> list[Reason]:
    """What stands against the learners of these dates alone: for a purpose that changes while the dates stay.

    Nobody is asked about dates that stay, so long and late hours are refused here also where the keeper could allow them.
    """
    limit = (REFUSED, SPECIAL)
    found = [
        each.reason for span in spans for each in _learners(span, asked, standing, limit) if each.reason is not None
    ]
    return list(dict.fromkeys(found))


def needs_special_approval(asked: Asked, standing: Standing) -> frozenset[int]:
    """The wanted units whose keeper must agree because the hours are long or late for learners."""
    if asked.purpose != INTERNSHIP:
        return frozenset()
    unusual = any(is_long(slot.span) or is_by_night(slot.span) for slot in asked.slots)
    return frozenset(
        want.unit_id
        for want in asked.wants
        if unusual
        and any(
            duties.learners == SPECIAL
            for duties in (
                standing.duties.get(want.unit_id, NO_DUTIES),
                *standing.beside.get(want.unit_id, {}).values(),
            )
        )
    )


def is_long(span: Span) -> bool:
    """More than 8 hours on one and the same day."""
    return any(
        (part := span.clip(Span(at_local(day, 0), at_local(day + DAY, 0)))) is not None and part.length > LONGEST_DAY
        for day in span.days()
    )


def is_by_night(span: Span) -> bool:
    """Any of it between 22:00 and 6:00."""
    return any(
        span.overlaps(Span(at_local(day, 0), at_local(day, DAY_BEGINS)))
        or span.overlaps(Span(at_local(day, DAY_ENDS), at_local(day + DAY, 0)))
        for day in span.days()
    )


def _conditions(span: Span, asked: Asked, standing: Standing) -> Iterator[Condition]:
    yield from _restrictions(span, asked, standing)
    yield from _agreements(span, asked, standing)
    for sort in ("safety", "training", "authorisation"):
        yield from _qualified(sort, span, asked, standing)
    yield from _learners(span, asked, standing)
    yield from _place(span, standing)


def _restrictions(span: Span, asked: Asked, standing: Standing) -> Iterator[Condition]:
    """Each restriction once, with the first unit that it is in the way of."""
    met = [
        (restriction, unit)
        for restriction in standing.restrictions
        for unit, _ in _asking(span, asked, standing)
        if restriction.person_id == asked.holder_id
        and covers(restriction, unit.id, unit.base_id, standing.sides.get(unit.id, unit.party_ids), standing.at)
    ]
    if not met:
        yield Condition("restricted")
    for restriction, unit in {each.id: (each, unit) for each, unit in reversed(met)}.values():
        until = restriction.until_at or standing.at
        yield Condition("restricted", unit.id, Restricted(unit.id, restriction.scope, until, restriction.why))


def _asking(span: Span, asked: Asked, standing: Standing) -> Iterator[tuple[Unit, Duties]]:
    """Every unit that asks something: the wanted ones, then each beside them that is still there when the use ends."""
    wanted = {want.unit_id: standing.duties.get(want.unit_id, NO_DUTIES) for want in asked.wants}
    others = {other: own for unit_id in wanted for other, own in standing.beside.get(unit_id, {}).items()}
    last = span.days()[-1]
    for unit_id, duties in (wanted | others | wanted).items():
        unit = standing.units.get(unit_id)
        if unit is not None and (unit_id in wanted or not unit.is_gone(last)):
            yield unit, duties


def _agreements(span: Span, asked: Asked, standing: Standing) -> Iterator[Condition]:
    """Once for each set of owners, by the strictest rule among their units; nothing is asked of the owner's own side."""
    by_side: dict[frozenset[int], tuple[int, int, bool]] = {}
    for unit, duties in _asking(span, asked, standing):
        if not duties.asks_agreement:
            continue
        side = standing.sides.get(unit.id, frozenset())
        first, agreement, surety = by_side.get(side, (unit.id, NOBODY, False))
        by_side[side] = (first, max(agreement, duties.agreement), surety or duties.guarantor)
    for side, (unit_id, agreement, surety) in by_side.items():
        footing = requester_of(asked.member_id, side, standing.outside_ids)
        needed = agreement >= {OWN: ALL_OTHERS + 1, MEMBER: ALL_OTHERS, OUTSIDE: OUTSIDE_ONLY}[footing]
        surely = surety and footing == OUTSIDE
        if not (needed or surely):
            continue
        theirs = [
            each
            for each in standing.agreements
            if each.member_id == asked.member_id and (each.with_member_id is None or each.with_member_id in side)
        ]
        lacking = _first_day_without(span, theirs)
        if lacking is not None:
            last, begins = _around(lacking, theirs)
            yield Condition("agreement", unit_id, AgreementMissing(unit_id, last, begins))
            continue
        if needed:
            yield Condition("agreement", unit_id, last=_valid_until(span, theirs))
        if surely:
            stood_for = [each for each in theirs if each.guarantor_id is not None]
            if _first_day_without(span, stood_for) is None:
                yield Condition("guarantor", unit_id, last=_valid_until(span, stood_for))
            else:
                yield Condition("guarantor", unit_id, GuarantorMissing(unit_id))


def _qualified(sort: str, span: Span, asked: Asked, standing: Standing) -> Iterator[Condition]:
    told: set[tuple[bool, str, int]] = set()
    valid = [
        each
        for each in standing.qualifications
        if each.person_id == asked.holder_id and each.sort == sort and not each.is_revoked
    ]
    for unit, duties in _asking(span, asked, standing):
        if not getattr(duties, sort):
            continue
        for thing in _things(unit, asked, standing):
            hers = [each for each in valid if _reaches(each, unit, thing)]
            lacking = _first_day_without(span, hers)
            if lacking is not None:
                break
        place = _told_once(sort, unit, lacking is None)
        if place in told:
            continue
        told.add(place)
        if lacking is None:
            yield Condition(sort, unit.id, last=_valid_until(span, hers))
            continue
        last, begins = _around(lacking, hers)
        yield Condition(sort, unit.id, QualificationMissing(unit.id, sort, last, begins))


def _things(unit: Unit, asked: Asked, standing: Standing) -> Sequence[int]:
    """Of which wanted units this one asks it: a lab of each thing that is wanted in it."""
    within = [want.unit_id for want in asked.wants if unit.id in standing.beside.get(want.unit_id, ())]
    return within if unit.is_room and within else (unit.id,)


def _reaches(held: Qualification, unit: Unit, thing: int) -> bool:
    """Whether it counts for what a unit asks; what is given for a thing also counts for what the lab around asks of it."""
    return held.covers(unit.id, unit.lab_id, unit.base_id, unit.party_ids) or held.reach == Reach("unit", thing)


def _told_once(sort: str, unit: Unit, is_met: bool) -> tuple[bool, str, int]:
    """Safety is told once for a base, training once for a lab, authorisation for each unit."""
    if sort == "safety":
        return is_met, "base", unit.base_id
    return (is_met, "lab", unit.lab_id) if sort == "training" else (is_met, "unit", unit.id)


def _learners(
    span: Span, asked: Asked, standing: Standing, refusing: Collection[int] = (REFUSED,)
) -> Iterator[Condition]:
    """Said of the first unit that asks for it; the same for all."""
    if asked.purpose != INTERNSHIP:
        return
    asking = [(unit, duties.learners) for unit, duties in _asking(span, asked, standing) if duties.learners != OFF]
    if not asking:
        return
    unit = asking[0][0]
    for what in DECLARATIONS:
        yield Condition(what, unit.id, None if what in asked.declared else NotDeclared(unit.id, what))
    strict = next((each for each, rule in asking if rule in refusing), None)
    if strict is not None:
        hours = int(LONGEST_DAY / timedelta(hours=1))
        yield Condition("hours", strict.id, TooLongForLearners(strict.id, span.start, hours) if is_long(span) else None)
        yield Condition("night", strict.id, NightForLearners(strict.id, span.start) if is_by_night(span) else None)


def _place(span: Span, standing: Standing) -> Iterator[Condition]:
    if not standing.one_place:
        return
    met = [each for each in standing.elsewhere if each.span.overlaps(span)]
    if not met:
        yield Condition("one_place")
    for each in met:
        reason = InTwoPlaces(span.start, each.span.start, each.span.end, each.booking_id)
        yield Condition("one_place", reason=reason)


class _Dated(Protocol):
    """What is valid on days [from_on, until_on)."""

    @property
    def from_on(self) -> date: ...

    @property
    def last(self) -> date | None: ...

    def is_valid_on(self, day: date) -> bool: ...


def _first_day_without(span: Span, held: Sequence[_Dated]) -> date | None:
    """The first day of the use on which none of these is valid; one may take over where another ends."""
    return next((day for day in span.days() if not any(each.is_valid_on(day) for each in held)), None)


def _valid_until(span: Span, held: Sequence[_Dated]) -> date | None:
    """The last day of those valid at the end of the use; None where one does not end."""
    ends = [each.last for each in held if each.is_valid_on(span.days()[-1])]
    return None if None in ends else max((end for end in ends if end is not None), default=None)


def _around(day: date, held: Sequence[_Dated]) -> tuple[date | None, date | None]:
    """The last day of what ended before, and the first day of what begins after."""
    ended = [each.last for each in held if each.last is not None and each.last < day]
    begins = [each.from_on for each in held if each.from_on > day]
    return max(ended, default=None), min(begins, default=None)
