"""Conflicts: every reason why a request cannot be had. Preview and saving ask the same function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from app.booking.rules.eligibility import reasons_against_use
from app.booking.rules.limits import Ground, reasons_against_amount, reasons_against_date
from app.booking.rules.request import Asked, Claim, Slot, claims, reasons_against_words
from app.booking.rules.standing import Standing
from app.catalogue.rules.unit import Unit
from app.foundation.refusal import Invalid, NotFound, Reason
from app.foundation.timespan import EARLIEST, LATEST, Span, local_day
from app.timetable.rules.hours import ALWAYS, Opening, closed_parts


@dataclass(frozen=True, slots=True)
class Taken:
    """A stretch of a unit that is held. `cause` is booking, closure, maintenance or fault; `date_id` the booking's date."""

    unit_id: int
    span: Span
    quantity: int
    exclusive: bool
    cause: str = "booking"
    date_id: int | None = None
    booking_id: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """The rules in force for a request: half-open time in which it may lie, and how much it may be."""

    earliest: datetime = EARLIEST
    latest: datetime = LATEST
    longest: timedelta = timedelta(days=14)
    most_dates: int = 400
    most_units: int = 60


@dataclass(frozen=True, slots=True)
class Situation:
    """All that judging needs: the units, their hours, what is held, the limits, and who asks from where."""

    units: Mapping[int, Unit]
    openings: Mapping[int, Sequence[Opening]]
    """Weekly hours by unit id; missing or empty means always open."""
    taken: Sequence[Taken]
    limits: Limits = field(default_factory=Limits)
    owner_side: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Members on the owner side by unit id; needed only for units that are not shared with everybody."""
    ground: Ground | None = None
    """What limits and quotas are judged on; None where they do not count (imports, approvals)."""
    standing: Standing | None = None
    """What is asked of the person and what she has; None where nothing is asked (lessons, units without requirements)."""


@dataclass(frozen=True, slots=True)
class Overlaps(Reason):
    """The unit is held in [start, end), within the asked date that begins at `asked_start`."""

    code = "overlaps"
    unit_id: int
    start: datetime
    end: datetime
    asked_start: datetime
    cause: str
    booking_id: int | None = None


@dataclass(frozen=True, slots=True)
class OutOfOrder(Reason):
    """The unit, or the room it stands in, is broken since `start` and thought to be so until `end`."""

    code = "out_of_order"
    unit_id: int
    start: datetime
    end: datetime
    asked_start: datetime


@dataclass(frozen=True, slots=True)
class OverCapacity(Reason):
    """`asked` of a unit were wanted but only `free` are left at the fullest moment of the date."""

    code = "over_capacity"
    unit_id: int
    asked_start: datetime
    asked: int
    free: int


@dataclass(frozen=True, slots=True)
class ClosedThen(Reason):
    """The unit is outside its opening hours in [start, end)."""

    code = "closed_then"
    unit_id: int
    start: datetime
    end: datetime
    asked_start: datetime


@dataclass(frozen=True, slots=True)
class InThePast(Reason):
    """The date begins before now."""

    code = "in_the_past"
    kind = "invalid"
    asked_start: datetime


@dataclass(frozen=True, slots=True)
class TooFarAhead(Reason):
    """Later than the booking horizon, which ends at `latest`."""

    code = "too_far_ahead"
    kind = "invalid"
    asked_start: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class TooLong(Reason):
    """One date may last `most_hours` at most."""

    code = "too_long"
    kind = "invalid"
    asked_start: datetime
    most_hours: int


@dataclass(frozen=True, slots=True)
class TooManyDates(Reason):
    """One request may have so many dates at most."""

    code = "too_many_dates"
    kind = "invalid"
    asked: int
    most: int


@dataclass(frozen=True, slots=True)
class TooManyUnits(Reason):
    """One request may name so many units at most."""

    code = "too_many_units"
    kind = "invalid"
    asked: int
    most: int


@dataclass(frozen=True, slots=True)
class Retired(Reason):
    """The unit, its lab or its base is no longer there on that day."""

    code = "retired"
    unit_id: int
    asked_start: datetime


@dataclass(frozen=True, slots=True)
class OverlapsItself(Reason):
    """Two of the asked dates (their set-up and cleaning included) run into each other."""

    code = "overlaps_itself"
    kind = "invalid"
    asked_start: datetime
    other_start: datetime


@dataclass(frozen=True, slots=True)
class MoreThanThereIs(Reason):
    """More of a unit were wanted than exist."""

    code = "more_than_there_is"
    kind = "invalid"
    unit_id: int
    asked: int
    capacity: int


@dataclass(frozen=True, slots=True)
class NotShared(Reason):
    """The owner keeps this unit to itself."""

    code = "not_shared"
    kind = "forbidden"
    unit_id: int


def reasons_to_refuse(asked: Asked, situation: Situation) -> list[Reason]:
    """Every reason against the request as a whole; empty means that it can be had."""
    general = reasons_against_all(asked, situation)
    return general or [reason for of_slot in reasons_by_slot(asked, situation) for reason in of_slot]


def reasons_against_all(asked: Asked, situation: Situation) -> list[Reason]:
    """What is wrong with the request whatever the dates."""
    found = reasons_against_words(asked)
    if not asked.slots:
        found.append(Invalid("start", "missing"))
    if not asked.wants:
        found.append(Invalid("units", "missing"))
    limits = situation.limits
    if len(asked.slots) > limits.most_dates:
        found.append(TooManyDates(len(asked.slots), limits.most_dates))
    if len(asked.wants) > limits.most_units:
        found.append(TooManyUnits(len(asked.wants), limits.most_units))
    if len({want.unit_id for want in asked.wants}) < len(asked.wants):
        found.append(Invalid("units", "twice"))
    for want in asked.wants:
        unit = situation.units.get(want.unit_id)
        if unit is None:
            found.append(NotFound())
            continue
        if not 1 <= want.quantity <= unit.capacity:
            found.append(MoreThanThereIs(unit.id, want.quantity, unit.capacity))
        if unit.sharing != "external" and asked.member_id not in situation.owner_side.get(unit.id, unit.party_ids):
            found.append(NotShared(unit.id))
    if not found:
        found += _clashes_within(asked, claims(asked.wants, situation.units))
    return found


def reasons_by_slot(asked: Asked, situation: Situation) -> list[list[Reason]]:
    """For each asked date, in order, every reason against it."""
    claimed = claims(asked.wants, situation.units)
    by_unit: dict[int, list[Taken]] = {}
    for taken in situation.taken:
        by_unit.setdefault(taken.unit_id, []).append(taken)
    unit_ids = [want.unit_id for want in asked.wants]
    ground, standing = situation.ground, situation.standing
    return [
        _reasons_against(slot, claimed, situation, by_unit)
        + (reasons_against_date(slot.span, unit_ids, ground) if ground else [])
        + (reasons_against_use(slot.span, asked, standing) if standing else [])
        for slot in asked.slots
    ]


def reasons_against_all_of(slots: Sequence[Slot], asked: Asked, situation: Situation) -> list[Reason]:
    """Everything in the quotas against these dates of the request, taken together."""
    if situation.ground is None:
        return []
    spans, unit_ids = [slot.span for slot in slots], [want.unit_id for want in asked.wants]
    return reasons_against_amount(spans, unit_ids, asked.holder_id, asked.member_id, situation.ground)


def _reasons_against(
    slot: Slot, claimed: Sequence[Claim], situation: Situation, taken: Mapping[int, Sequence[Taken]]
) -> list[Reason]:
    span, limits = slot.span, situation.limits
    found: list[Reason] = []
    if span.start < limits.earliest:
        found.append(InThePast(span.start))
    if span.end > limits.latest:
        found.append(TooFarAhead(span.start, limits.latest))
    if span.length > limits.longest:
        return [*found, TooLong(span.start, int(limits.longest.total_seconds() // 3600))]
    for claim in claimed:
        unit = situation.units.get(claim.unit_id)
        if claim.asked and unit is not None:
            if unit.is_gone(local_day(span.end - timedelta(microseconds=1))):
                found.append(Retired(unit.id, span.start))
            found += [
                ClosedThen(unit.id, part.start, part.end, span.start)
                for part in closed_parts(situation.openings.get(unit.id, ALWAYS), span)
            ]
        found += _reasons_taken(claim, span, unit, taken.get(claim.unit_id, ()))
    return found


def _reasons_taken(claim: Claim, span: Span, unit: Unit | None, taken: Sequence[Taken]) -> list[Reason]:
    wanted = claim.taken_by(span)
    near = [other for other in taken if other.span.overlaps(wanted)]
    blocking = [other for other in near if claim.exclusive or other.exclusive]
    if blocking:
        return [_in_the_way(claim.unit_id, other, span) for other in blocking]
    if not claim.asked or unit is None:
        return []  # parts of a room: only someone who takes it whole is in the way
    free = unit.capacity - peak(near, wanted)
    if claim.quantity > free:
        return [OverCapacity(claim.unit_id, span.start, claim.quantity, max(free, 0))]
    return []


def _in_the_way(unit_id: int, other: Taken, span: Span) -> Reason:
    if other.cause == "fault":
        return OutOfOrder(unit_id, other.span.start, other.span.end, span.start)
    return Overlaps(unit_id, other.span.start, other.span.end, span.start, other.cause, other.booking_id)


def peak(taken: Iterable[Taken], window: Span) -> int:
    """The most of a unit that is held at one moment inside the window."""
    inside = [other for other in taken if other.span.overlaps(window)]
    moments = [window.start, *(other.span.start for other in inside if other.span.start > window.start)]
    return max(
        (sum(other.quantity for other in inside if other.span.start <= at < other.span.end) for at in moments),
        default=0,
    )


def clashes_between(slots: Iterable[Slot], standing: Sequence[Span], claimed: Sequence[Claim]) -> list[Reason]:
    """Where wanted dates run into other dates of the same booking, whether those hold their time or not."""
    gap = _gap(claimed)
    return [
        OverlapsItself(slot.span.start, span.start)
        for slot in slots
        for span in standing
        if slot.span.start < span.end + gap and span.start < slot.span.end + gap
    ]


def _clashes_within(asked: Asked, claimed: Sequence[Claim]) -> list[Reason]:
    gap = _gap(claimed)
    ordered = sorted(slot.span for slot in asked.slots)
    return [
        OverlapsItself(second.start, first.start)
        for first, second in pairwise(ordered)
        if first.end + gap > second.start
    ]


def _gap(claimed: Sequence[Claim]) -> timedelta:
    """The time between two dates that one and the same unit is cleaned and set up in."""
    return max((claim.before + claim.after for claim in claimed), default=timedelta())
