"""Lapsing: what the end of the time to answer makes of a request: granted, asked of the next one up, or at last refused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from app.booking.actions import chains
from app.booking.actions.deciding import end, go_on, judge
from app.booking.actions.situation import get, plain_kept, record
from app.booking.rules import chain
from app.booking.rules.course import WAITING, KeptBooking
from app.booking.rules.eligibility import is_about_the_person
from app.booking.store import bookings, counter_offers
from app.booking.store import chains as store
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.foundation.refusal import ChangedMeanwhile, Refused


def lapse(actor: Actor, booking_id: int, *, now: datetime) -> str:
    """What silence makes of the answers whose time is over by `now`; the outcome in a word, empty where nothing was due.

    Where silence is consent it is granted as if somebody had agreed: judged again, under the same locks. What can no
    longer be had is refused. Otherwise whoever stands above is asked.
    """
    before = _waiting(booking_id)
    parts = store.answers([booking_id])[booking_id] if before else []
    due = [part for part in parts if part.state == WAITING and part.due_at is not None and part.due_at <= now]
    if before is None or not due:
        return ""
    spoke = {seat for offer in counter_offers.of_bookings([booking_id], only_open=True) for seat in offer.seats}
    told = [(part, chain.after_silence(part, spoke=(part.base_id, part.seat) in spoke)) for part in due]
    granted = [part for part, onward in told if onward == chain.GRANT]
    if granted:
        try:
            judged_in = judge(before, now)
        except Refused as refused:
            why = chain.UNQUALIFIED if is_about_the_person(refused.reasons) else chain.TAKEN
            store.set_answers([part.id for part in granted], chain.REFUSED, now, reason=why)
            _end(actor, before, {part.base_id for part in granted}, why, now)
            return why
    if not bookings.raise_version(booking_id, before.version, now):
        raise Refused(ChangedMeanwhile(before.version))
    _ask_above(before, [(part, onward) for part, onward in told if onward != chain.GRANT], now)
    if granted:
        store.set_answers([part.id for part in granted], chain.APPROVED, now)
        after, deed = go_on(actor, before, judged_in, now, by=None), "booking.approve"
    else:
        after, deed = get(booking_id), "booking.escalate"
    said = [[part.base_id, part.step, part.party, onward] for part, onward in told]
    record(actor, deed, booking_id, now, before=plain_kept(before), after={**plain_kept(after), "silence": said})
    return after.state if granted else chain.ESCALATE


def expire(actor: Actor, booking_id: int, *, now: datetime) -> bool:
    """Refuse a request whose last waiting date has begun without an answer; whether there was one."""
    before = _waiting(booking_id)
    if before is None or any(date.state == WAITING and date.span.start > now for date in before.dates):
        return False
    base_ids = {approval.base_id for approval in before.approvals if approval.state == WAITING}
    silent = [part.id for part in store.answers([booking_id])[booking_id] if part.state == WAITING]
    store.set_answers(silent, chain.REFUSED, now, reason=chain.UNANSWERED)
    _end(actor, before, base_ids, chain.UNANSWERED, now)
    return True


def _waiting(booking_id: int) -> KeptBooking | None:
    """The booking, locked, if it still waits for somebody's answer."""
    found = bookings.find(booking_id, lock=True)
    if found is None or found.state != WAITING or all(each.state != WAITING for each in found.approvals):
        return None
    return found


def _end(actor: Actor, before: KeptBooking, base_ids: Iterable[int], reason: str, now: datetime) -> None:
    end(actor, before, sorted(base_ids), now, by=None, note="", reason=reason)


def _ask_above(before: KeptBooking, told: list[tuple[chain.Part, str]], now: datetime) -> None:
    if told:
        units = catalogue.units([unit.unit_id for unit in before.units])
        about = chains.of_booking(before)
        for part, party in told:
            chains.escalate(about, part, party, units, now)
