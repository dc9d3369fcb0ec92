"""Deciding: a keeper's yes or no to what waits for it."""

from __future__ import annotations

from datetime import datetime

from app.booking.actions.changing import end_dates
from app.booking.actions.situation import (
    NO_TIME_LIMITS,
    get,
    placement,
    placement_at,
    plain_kept,
    record,
    situation,
    take,
    tell,
)
from app.booking.rules.conflict import reasons_to_refuse
from app.booking.rules.course import CONFIRMED, REFUSED, WAITING, KeptBooking, NeedsWords, NotWaiting
from app.booking.rules.request import Asked, Slot, Want, claims
from app.booking.store import bookings, ledger
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.foundation.refusal import ChangedMeanwhile, NotAllowed, NotFound, Refused


def approve(actor: Actor, booking_id: int, version: int, *, now: datetime, note: str = "") -> KeptBooking:
    """Say yes for every base the actor may speak for; once all bases agree, the waiting dates are confirmed.

    Everything is judged again: what was asked without holding may be taken by now (Refused with each overlap).
    """
    before, base_ids = get_to_decide(actor, booking_id, version)
    waiting = [date for date in before.dates if date.state == WAITING]
    left = [approval for approval in before.approvals if approval.state == WAITING and approval.base_id not in base_ids]
    asked = Asked(
        wants=tuple(Want(unit.unit_id, unit.quantity) for unit in before.units),
        slots=tuple(Slot(date.span, date.periods) for date in waiting),
        purpose=before.purpose,
        title=before.title,
        member_id=before.member_id,
        holder_id=before.holder_id,
    )
    catalogue.hold_units([unit.unit_id for unit in before.units])
    judged_in = situation(asked, NO_TIME_LIMITS, [date.id for date in waiting])
    reasons = reasons_to_refuse(asked, judged_in)
    if reasons:
        raise Refused(reasons)
    if not bookings.raise_version(booking_id, version, now):
        raise Refused(ChangedMeanwhile(before.version))
    bookings.set_approval(booking_id, base_ids, "approved", actor.person_id, now, note)
    if not left:
        # Written anew, for what is taken is what was judged just now, not what a unit took when it was asked for.
        ids = [date.id for date in waiting]
        ledger.forget_allocations(ids)
        unit_ids = [unit.unit_id for unit in before.units]
        dated = list(zip(ids, asked.slots, strict=True))
        take(claims(asked.wants, judged_in.units), judged_in.units, unit_ids, dated, waits=False)
        bookings.set_state(ids, CONFIRMED, now)
    after = get(booking_id)
    if not left:
        tell(actor, booking_id, before.holder_id, "booking/approved", after.version, now)
    record(actor, "booking.approve", booking_id, now, before=plain_kept(before), after=plain_kept(after))
    return after


def refuse(actor: Actor, booking_id: int, version: int, *, now: datetime, note: str) -> KeptBooking:
    """Say no, with words (Refused(NeedsWords) without); every waiting date is refused and its time is free."""
    if not note.strip():
        raise Refused(NeedsWords())
    before, base_ids = get_to_decide(actor, booking_id, version)
    bookings.set_approval(booking_id, base_ids, "refused", actor.person_id, now, note.strip())
    waiting = [date.id for date in before.dates if date.state == WAITING]
    return end_dates(actor, before, waiting, REFUSED, "booking.refuse", "booking/refused", note.strip(), now)


def get_to_decide(actor: Actor, booking_id: int, version: int) -> tuple[KeptBooking, list[int]]:
    """The booking, locked, and the bases for which this actor may answer."""
    booking = bookings.find(booking_id, lock=True)
    if booking is None:
        raise Refused(NotFound())
    thing = placement(booking, actor.on)
    if not may(actor, "booking.see", thing):
        raise Refused(NotFound())
    waiting = [approval.base_id for approval in booking.approvals if approval.state == WAITING]
    if booking.state != WAITING or not waiting:
        raise Refused(NotWaiting(booking.state))
    if booking.version != version:
        raise Refused(ChangedMeanwhile(booking.version))
    mine = [base_id for base_id in waiting if may(actor, "booking.approve", placement_at(booking, base_id, actor.on))]
    if not mine:
        raise Refused(NotAllowed("booking.approve"))
    return booking, mine
