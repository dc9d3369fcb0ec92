"""Adding dates to a booking that stands: another date, or a cancelled one taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.booking.actions import chains
from app.booking.actions.changing import get_to_change
from app.booking.actions.situation import get, hold_for, plain_kept, record, situation, take, tell, usual_limits
from app.booking.rules.conflict import (
    TooManyDates,
    clashes_between,
    reasons_against_all,
    reasons_against_all_of,
    reasons_by_slot,
)
from app.booking.rules.course import CONFIRMED, WAITING, KeptBooking, bases_to_ask
from app.booking.rules.request import Asked, Slot, Want, claims
from app.booking.store import bookings
from app.consortium.rules.office import Actor
from app.foundation.refusal import ChangedMeanwhile, Reason, Refused


def add_dates(actor: Actor, booking_id: int, version: int, slots: Sequence[Slot], *, now: datetime) -> KeptBooking:
    """More dates for a booking, with the units of its other dates; all of them or none.

    Where a keeper decides, the new dates wait and the bases are asked anew. Raises Refused with every reason that a new
    request would meet, and ChangedMeanwhile for a stale version.
    """
    before = get_to_change(actor, booking_id, version, "booking.change", now)
    unit_ids = [unit.unit_id for unit in before.units]
    asked = Asked(
        wants=tuple(Want(unit.unit_id, unit.quantity) for unit in before.units),
        slots=tuple(slots),
        purpose=before.purpose,
        title=before.title,
        member_id=before.member_id,
        holder_id=before.holder_id,
        declared=before.declared,
    )
    numbers = hold_for(asked)
    judged_in = situation(asked, usual_limits(now), now=now, numbers=numbers)
    reasons: list[Reason] = list(reasons_against_all(asked, judged_in))
    if len(before.dates) + len(asked.slots) > judged_in.limits.most_dates:
        reasons.append(TooManyDates(len(before.dates) + len(asked.slots), judged_in.limits.most_dates))
    if not reasons:
        standing = [date.span for date in before.open_dates]
        reasons = clashes_between(asked.slots, standing, []) or [
            reason for of_slot in reasons_by_slot(asked, judged_in) for reason in of_slot
        ]
        reasons = reasons or clashes_between(asked.slots, standing, claims(asked.wants, judged_in.units))
    reasons = reasons or reasons_against_all_of(asked.slots, asked, judged_in)
    if reasons:
        raise Refused(reasons)
    if not bookings.raise_version(booking_id, version, now):
        raise Refused(ChangedMeanwhile(before.version))
    ask = bases_to_ask(unit_ids, judged_in.units)
    date_ids = bookings.add_dates(booking_id, asked.slots, WAITING if ask else CONFIRMED, now)
    take(
        claims(asked.wants, judged_in.units),
        judged_in.units,
        unit_ids,
        list(zip(date_ids, asked.slots, strict=True)),
        bool(ask),
    )
    if ask:
        chains.ask_again(chains.of_booking(get(booking_id)), ask, judged_in.units, now)
    after = get(booking_id)
    tell(actor, booking_id, before.holder_id, "booking/changed", after.version, now)
    record(actor, "booking.add", booking_id, now, before=plain_kept(before), after=plain_kept(after))
    return after
