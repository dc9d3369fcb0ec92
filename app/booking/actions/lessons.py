"""Placing lessons: a course list's arrangements, booked through the same path as a person's request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.booking.actions.asking import request
from app.booking.actions.situation import NO_TIME_LIMITS, situation
from app.booking.rules.conflict import Situation, Taken, reasons_by_slot
from app.booking.rules.request import Asked, Slot
from app.booking.store import bookings
from app.catalogue.rules.unit import Unit
from app.consortium.rules.office import Actor
from app.foundation.refusal import Reason, Refused


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of one lesson: its booking (None where every date clashes), and the dates something stands against."""

    booking_id: int | None
    is_new: bool
    dates: int
    clashes: tuple[tuple[Slot, tuple[Reason, ...]], ...]


def place(actor: Actor, asked: Asked, *, source_key: str, uid: str, now: datetime) -> Placed:
    """Book a lesson's free dates; a lesson that stands already (`source_key`) is left as it is.

    Dates that clash are not booked and come back with every reason, the second time as the first.
    """
    known = bookings.id_of_source(source_key)
    if known is not None:
        return _standing(known, asked)
    try:
        outcome = request(
            actor, asked, now=now, uid=uid, accept_part=True, limits=NO_TIME_LIMITS, source_key=source_key
        )
    except Refused:
        return Placed(None, is_new=False, dates=0, clashes=_against(asked))
    return Placed(outcome.booking_id, is_new=True, dates=len(outcome.slots), clashes=outcome.skipped)


def rehearse(asked: Asked, room: Unit, held: list[Taken], number: int, *, source_key: str) -> Placed:
    """What `place` would answer, writing nothing. `held` is the room's lessons rehearsed so far; this one joins it.

    `room` may be one that does not exist yet. `number` stands for the booking that would be made.
    """
    known = bookings.id_of_source(source_key)
    if known is not None:
        return _standing(known, asked)
    real = situation(asked, NO_TIME_LIMITS)
    judged_in = Situation({room.id: room}, real.openings, [*real.taken, *held], NO_TIME_LIMITS)
    judged = list(zip(asked.slots, reasons_by_slot(asked, judged_in), strict=True))
    kept = [slot for slot, reasons in judged if not reasons]
    held += [Taken(room.id, slot.span, 1, exclusive=True, booking_id=-number) for slot in kept]
    clashes = tuple((slot, tuple(reasons)) for slot, reasons in judged if reasons)
    return Placed(-number if kept else None, is_new=bool(kept), dates=len(kept), clashes=clashes)


def _standing(booking_id: int, asked: Asked) -> Placed:
    kept = bookings.bookings([booking_id])[0]
    spans = {date.span for date in kept.dates}
    missing = tuple(slot for slot in asked.slots if slot.span not in spans)
    if not missing:
        return Placed(booking_id, is_new=False, dates=len(kept.dates), clashes=())
    rest = Asked(asked.wants, missing, asked.purpose, asked.title, asked.member_id, asked.holder_id)
    return Placed(booking_id, is_new=False, dates=len(kept.dates), clashes=_against(rest))


def _against(asked: Asked) -> tuple[tuple[Slot, tuple[Reason, ...]], ...]:
    judged = zip(asked.slots, reasons_by_slot(asked, situation(asked, NO_TIME_LIMITS)), strict=True)
    return tuple((slot, tuple(reasons)) for slot, reasons in judged if reasons)
