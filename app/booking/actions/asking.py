"""Asking: preview and request, for one date or a series, one unit or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.booking.actions import chains
from app.booking.actions.situation import hold_for, record, situation, take, tell, usual_limits
from app.booking.rules.conflict import Limits, Situation, reasons_against_all, reasons_against_all_of, reasons_by_slot
from app.booking.rules.course import CONFIRMED, WAITING, bases_to_ask
from app.booking.rules.request import Asked, Slot, claims
from app.booking.store import bookings, people
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.foundation.identifiers import canonical
from app.foundation.refusal import Invalid, NotAllowed, Reason, Refused
from app.foundation.timespan import local_day

Reasons = tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request: the booking, and the dates left out because the person accepted a part."""

    booking_id: int
    version: int
    state: str
    slots: tuple[Slot, ...]
    skipped: tuple[tuple[Slot, tuple[Reason, ...]], ...] = ()
    date_ids: tuple[int, ...] = ()
    """The kept dates' ids, in the order of `slots`."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What saving would say now: reasons against the whole, and for each date its own."""

    general: tuple[Reason, ...]
    by_slot: tuple[tuple[Slot, tuple[Reason, ...]], ...]
    asks_bases: tuple[int, ...]

    @property
    def is_free(self) -> bool:
        return not self.general and not any(reasons for _, reasons in self.by_slot)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return self.general + tuple(reason for _, reasons in self.by_slot for reason in reasons)


def preview(actor: Actor, asked: Asked, now: datetime, except_dates: Sequence[int] = ()) -> Preview:
    """What would happen if this were asked for now. Nothing is locked or kept."""
    if not may(actor, "booking.request"):
        raise Refused(NotAllowed("booking.request"))
    judged_in = situation(asked, usual_limits(now), except_dates, now)
    general, by_slot, amount = _judged(asked, judged_in)
    if general:
        return Preview(general, by_slot, ())
    return Preview(amount, by_slot, tuple(bases_to_ask([want.unit_id for want in asked.wants], judged_in.units)))


def _judged(asked: Asked, judged_in: Situation) -> tuple[Reasons, tuple[tuple[Slot, Reasons], ...], Reasons]:
    """What stands against the whole of it, against each date, and against so many dates as nothing else stands against."""
    if general := tuple(reasons_against_all(asked, judged_in)):
        return general, tuple((slot, ()) for slot in asked.slots), ()
    by_slot = tuple(
        (slot, tuple(reasons)) for slot, reasons in zip(asked.slots, reasons_by_slot(asked, judged_in), strict=True)
    )
    free = [slot for slot, reasons in by_slot if not reasons]
    return (), by_slot, tuple(reasons_against_all_of(free, asked, judged_in))


def request(
    actor: Actor,
    asked: Asked,
    *,
    now: datetime,
    uid: str,
    accept_part: bool = False,
    limits: Limits | None = None,
    source_key: str | None = None,
    origin: str = "",
) -> Outcome:
    """Ask for units at times. All dates are kept, or, where `accept_part`, those that nothing stands against.

    Raises Refused with every reason. Where `limits` are given they alone count, else the units' own and the quotas too.
    An import (`source_key`) writes to nobody; a lesson of it needs no approval, an entry
    of a person's calendar (`origin` calendar) needs what her own request would.
    """
    origin = origin or ("lesson" if source_key else "person")
    is_lesson = origin == "lesson"
    _check_may_ask(actor, asked, is_lesson, now)
    numbers = hold_for(asked)
    counts = limits is None and not is_lesson
    judged_in = situation(asked, limits or usual_limits(now), now=now if counts else None, numbers=numbers)
    general, by_slot, amount = _judged(asked, judged_in)
    if general:
        raise Refused(general)
    kept = tuple(slot for slot, reasons in by_slot if not reasons)
    skipped = tuple((slot, reasons) for slot, reasons in by_slot if reasons)
    if not kept or (skipped and not accept_part):
        raise Refused([reason for _, reasons in skipped for reason in reasons])
    if amount:
        raise Refused(amount)
    unit_ids = [want.unit_id for want in asked.wants]
    ask = [] if is_lesson else bases_to_ask(unit_ids, judged_in.units)
    state = WAITING if ask else CONFIRMED
    booking_id = bookings.add(asked, uid, actor.person_id, source_key, now, origin)
    date_ids = bookings.add_dates(booking_id, kept, state, now)
    take(
        claims(asked.wants, judged_in.units),
        judged_in.units,
        unit_ids,
        list(zip(date_ids, kept, strict=True)),
        bool(ask),
    )
    if ask:
        first_at = min(slot.span.start for slot in kept)
        about = chains.Request(booking_id, asked.member_id, asked.holder_id, actor.person_id, first_at)
        chains.ask(about, ask, judged_in.units, now)
    if source_key is None:
        tell(actor, booking_id, asked.holder_id, "booking/asked" if ask else "booking/confirmed", 1, now)
    record(actor, "booking.request", booking_id, now, after=plain(asked, kept, state))
    return Outcome(booking_id, 1, state, kept, skipped, tuple(date_ids))


def _check_may_ask(actor: Actor, asked: Asked, is_lesson: bool, now: datetime) -> None:
    if is_lesson:
        allowed = may(actor, "timetable.import")
    elif asked.holder_id != actor.person_id:
        allowed = may(actor, "booking.request_for", Placement(booking_member_id=asked.member_id))
    else:
        allowed = may(actor, "booking.request") and asked.member_id == actor.member_id
    if not allowed:
        raise Refused(NotAllowed("booking.request"))
    for_another = not is_lesson and asked.holder_id != actor.person_id
    if for_another and not people.holds_office(asked.holder_id, asked.member_id, local_day(now)):
        raise Refused(Invalid("on_behalf_of", "unknown"))


def plain(asked: Asked, slots: Sequence[Slot], state: str) -> dict[str, Any]:
    return {
        "title": asked.title,
        "purpose": asked.purpose,
        "member": asked.member_id,
        "holder": asked.holder_id,
        "state": state,
        "units": [[want.unit_id, want.quantity] for want in asked.wants],
        "dates": [[slot.span.start.isoformat(), slot.span.end.isoformat()] for slot in slots],
    }


def content_of(asked: Asked) -> str:
    """What a keyed request is compared by."""
    said = {"note": asked.note, "headcount": asked.headcount, "declared": sorted(asked.declared)}
    return canonical(plain(asked, asked.slots, "") | said)
