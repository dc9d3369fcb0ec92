"""Displacing: which dates a request must push aside, and what is kept of each date that was."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.booking.rules.availability import Choice
from app.booking.rules.conflict import Taken, peak
from app.booking.rules.request import Asked, Claim, Slot, Want, claims
from app.booking.rules.waiting import StandbyForm
from app.catalogue.rules.unit import Unit
from app.foundation.refusal import Invalid, Reason
from app.foundation.timespan import Span, local_day, local_minute

REASONS = ("timetable", "event", "owner_need", "other")
"""Why somebody was displaced: teaching on the timetable, a certification or competition, what the owner itself needs,
something else. The last needs words."""

NONE, OPEN, UPHELD, REJECTED = "none", "open", "upheld", "rejected"
APPEAL_STATES = (NONE, OPEN, UPHELD, REJECTED)

LONGEST_WORDS = 400
MOST_FEN = 100_000_000_00
MOST_OFFERS = 4


@dataclass(frozen=True, slots=True)
class Said:
    """What whoever displaces says to those displaced, and what she promises them. Money is only noted here."""

    reason: str
    words: str = ""
    compensation: str = ""
    compensation_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Displacement:
    """One date of a booking that was displaced, with everything that was decided about it and since."""

    id: int
    version: int
    booking_id: int
    date_id: int
    span: Span
    state_before: str
    winner_id: int | None
    order_version: int
    winner_class: str
    displaced_class: str
    said: Said
    decided_by: int
    decided_at: datetime
    notice_hours: int
    offers: str
    """What was offered at that moment, as JSON."""
    standby_id: int | None
    resettled_id: int | None = None
    resettled_at: datetime | None = None
    appeal: str = NONE
    appeal_words: str = ""
    appealed_by: int | None = None
    appealed_at: datetime | None = None
    answer_words: str = ""
    answered_by: int | None = None
    answered_at: datetime | None = None
    restored: bool = False


@dataclass(frozen=True, slots=True)
class OthersInTheWay(Reason):
    """Other bookings are in the way than were shown, or they have changed: look again before displacing anybody."""

    code = "others_in_the_way"
    kind = "stale"


@dataclass(frozen=True, slots=True)
class ResettledAlready(Reason):
    """The displaced person has taken another time for it, or has got her own back."""

    code = "resettled_already"
    kind = "stale"
    booking_id: int


@dataclass(frozen=True, slots=True)
class NoAppeal(Reason):
    """It cannot be appealed against, or answered, in this state."""

    code = "no_appeal"
    kind = "stale"
    state: str


@dataclass(frozen=True, slots=True)
class SomebodyElseDecides(Reason):
    """Who displaced, and who appeals, does not answer the appeal."""

    code = "somebody_else_decides"
    kind = "forbidden"


def dates_in_the_way(
    asked: Asked, units: Mapping[int, Unit], taken: Sequence[Taken], rank: Mapping[int, int]
) -> list[int]:
    """The dates that must give way so that the request could be had, as far as bookings are in its way at all.

    Where a unit is wanted whole, all that touch it; of a pool only as many as it needs: those of the lowest rank first
    (`rank` by date id, a greater one is lower), then who asked last. A date without a rank never gives way in a pool.
    """
    found: set[int] = set()
    claimed = claims(asked.wants, units)
    for slot in asked.slots:
        for claim in claimed:
            near = [each for each in taken if each.unit_id == claim.unit_id and _meets(each, claim, slot)]
            found |= {each.date_id for each in near if each.date_id and (claim.exclusive or each.exclusive)}
    for slot in asked.slots:
        for claim in claimed:
            if claim.asked and not claim.exclusive:
                found |= _from_pool(claim, slot, units[claim.unit_id], taken, rank, found)
    return sorted(found)


def _meets(taken: Taken, claim: Claim, slot: Slot) -> bool:
    return taken.span.overlaps(claim.taken_by(slot.span))


def _from_pool(
    claim: Claim, slot: Slot, unit: Unit, taken: Sequence[Taken], rank: Mapping[int, int], gone: set[int]
) -> set[int]:
    wanted = claim.taken_by(slot.span)
    near = [
        each for each in taken if each.unit_id == claim.unit_id and each.span.overlaps(wanted) and not each.exclusive
    ]

    def fits(without: Iterable[int]) -> bool:
        left = {*without, *gone}
        return peak([each for each in near if each.date_id not in left], wanted) + claim.quantity <= unit.capacity

    lowest = sorted(
        {each.date_id for each in near if each.date_id in rank and each.date_id not in gone},
        key=lambda date_id: (-rank[date_id or 0], -(date_id or 0)),
    )
    chosen: list[int] = []
    for date_id in lowest:
        if fits(chosen):
            break
        chosen.append(date_id or 0)
    if not fits(chosen):
        return set()  # even without them there is too little: nobody is displaced for nothing
    for date_id in reversed(chosen[:]):  # the highest of them first: does it fit without displacing her after all?
        if fits([each for each in chosen if each != date_id]):
            chosen.remove(date_id)
    return set(chosen)


def mark_of(dates: Iterable[tuple[int, int, int]]) -> str:
    """What a preview showed as in the way, (booking, version, date): a press is for these and no others."""
    return hashlib.sha256(repr(sorted(dates)).encode()).hexdigest()[:16]


def reasons_against_said(said: Said) -> list[Reason]:
    """Everything wrong with what is said to those displaced."""
    found: list[Reason] = []
    if said.reason not in REASONS:
        found.append(Invalid("reason", "unknown"))
    elif said.reason == "other" and not said.words.strip():
        found.append(Invalid("note", "missing"))
    found += [
        Invalid(name, "too_long")
        for name, text in (("note", said.words), ("compensation", said.compensation))
        if len(text.strip()) > LONGEST_WORDS
    ]
    if said.compensation_fen is not None and not 0 <= said.compensation_fen <= MOST_FEN:
        found.append(Invalid("compensation_fen", "out_of_range"))
    return found


def reasons_against_words(words: str) -> list[Reason]:
    """An appeal and its answer are in words."""
    if not words.strip():
        return [Invalid("note", "missing")]
    return [Invalid("note", "too_long")] if len(words.strip()) > LONGEST_WORDS else []


def same_wish(asked: Asked) -> StandbyForm:
    """What somebody waits for who was displaced from one date: those very units together, that very time, also past
    midnight."""
    slot, unit_ids = asked.slots[0], tuple(want.unit_id for want in asked.wants)
    many = tuple(want.quantity for want in asked.wants)
    day, minute, minutes = local_day(slot.span.start), local_minute(slot.span.start), max(slot.span.minutes, 1)
    return StandbyForm(
        unit_ids=unit_ids,
        quantity=max(many),
        first_day=day,
        last_day=day,
        weekdays=(day.isoweekday(),),
        from_minute=minute,
        until_minute=min(minute + minutes, 24 * 60),
        minutes=minutes,
        periods=slot.periods,
        title=asked.title,
        purpose=asked.purpose,
        headcount=asked.headcount,
        note=asked.note,
        declared=tuple(sorted(asked.declared)),
        together=many if len(many) > 1 else (),
    )


def fits_wish(asked: Asked, wants: Sequence[Want]) -> bool:
    """Whether these are the very units that were asked for."""
    return {(want.unit_id, want.quantity) for want in asked.wants} == {(each.unit_id, each.quantity) for each in wants}


def plain_offers(choices: Sequence[Choice]) -> list[list[object]]:
    """Offered times as plain facts: units with how many, start, end, class periods."""
    return [
        [
            [[want.unit_id, want.quantity] for want in choice.wants],
            choice.slots[0].span.start.isoformat(),
            choice.slots[0].span.end.isoformat(),
            choice.slots[0].periods,
        ]
        for choice in choices
        if choice.slots
    ]
