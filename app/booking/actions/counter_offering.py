"""Proposing another time: whoever is asked says when it would do; one press of the applicant moves it, agreed."""

from __future__ import annotations

from datetime import datetime

from app.booking.actions import answerers, chains
from app.booking.actions.changing import Changes, change
from app.booking.actions.deciding import get_to_decide, go_on, judge
from app.booking.actions.situation import placement, record
from app.booking.rules import chain
from app.booking.rules.counter_offer import (
    ACCEPTED,
    DECLINED,
    OPEN,
    WITHDRAWN,
    CounterOffer,
    CounterOfferIsOver,
    reasons_against_proposing,
)
from app.booking.rules.course import WAITING, KeptBooking
from app.booking.rules.request import Slot
from app.booking.store import bookings
from app.booking.store import chains as chain_store
from app.booking.store import counter_offers as store
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.foundation.refusal import ChangedMeanwhile, NotAllowed, NotFound, Refused
from app.foundation.timespan import Span
from app.outbox import actions as outbox
from app.outbox.rules import Letter


def propose(
    actor: Actor, booking_id: int, version: int, date_id: int, span: Span, *, note: str = "", now: datetime
) -> int:
    """Propose another time for a waiting date in place of a yes or a no; the proposal's id. Her time to answer begins anew.

    Whoever may answer may propose; an earlier proposal for the same date is taken back.
    """
    found = get_to_decide(actor, booking_id, version)
    date = next((each for each in found.booking.dates if each.id == date_id), None)
    if reasons := reasons_against_proposing(date, span, note, now):
        raise Refused(reasons)
    for earlier in store.of_bookings([booking_id], only_open=True):
        if earlier.date_id == date_id:
            store.answer(earlier.id, WITHDRAWN, now)
    offer = CounterOffer(
        id=0,
        booking_id=booking_id,
        date_id=date_id,
        span=span,
        by_id=actor.person_id,
        for_person=next((hat.for_person for _, hat in found.mine if hat.for_person), None),
        seats=tuple(sorted({(part.base_id, part.seat) for part, _ in found.mine})),
        note=note.strip(),
        state=OPEN,
        made_at=now,
    )
    offer_id = store.add(offer)
    for part, _ in found.mine:
        until = chains.due_at(chains.of_booking(found.booking), part, now)
        if until is not None:
            chain_store.set_due([part.id], until)
    facts = {"booking": booking_id, "by": actor.person_id, "note": offer.note}
    outbox.post([Letter(found.booking.holder_id, "booking/other_time", f"other_time/{offer_id}", facts)], now)
    told = {"booking": booking_id, "date": date_id, "start": span.start.isoformat(), "end": span.end.isoformat()}
    record(actor, "booking.propose_time", offer_id, now, kind="counter_offer", after=told)
    return offer_id


def withdraw(actor: Actor, offer_id: int, *, now: datetime) -> None:
    """Take it back before it is answered."""
    offer = _open(offer_id)
    if offer.by_id != actor.person_id:
        raise Refused(NotFound())
    _answer(actor, offer, WITHDRAWN, "booking.withdraw_time", now)


def decline(actor: Actor, offer_id: int, *, now: datetime) -> None:
    """The other time will not do: the request goes on waiting as it was."""
    offer = _open(offer_id)
    _own(actor, offer)
    _answer(actor, offer, DECLINED, "booking.decline_time", now)
    facts = {"booking": offer.booking_id, "by": actor.person_id}
    outbox.post([Letter(offer.by_id, "booking/other_time_declined", f"other_time/{offer_id}/no", facts)], now)


def accept(actor: Actor, offer_id: int, *, now: datetime) -> KeptBooking:
    """Take the other time: moved and judged as a move is, in one step; whoever proposed it has agreed to it by that.

    Whoever else must agree is asked anew, for it is another time. Raises Refused with what stands against it.
    """
    offer = _open(offer_id)
    before = _own(actor, offer)
    if not store.answer(offer.id, ACCEPTED, now):
        raise Refused(CounterOfferIsOver(offer.state))
    changes = Changes(slots={offer.date_id: Slot(offer.span)})

    def agree(moved: KeptBooking) -> KeptBooking:
        return _count(actor, offer, moved, now)

    return change(
        actor, before.id, before.version, changes, now=now, quietly=True, deed="booking.accept_time", then=agree
    )


def _count(actor: Actor, offer: CounterOffer, moved: KeptBooking, now: datetime) -> KeptBooking:
    """The proposer's agreement stands in the chain of the new time, wherever in it her turn would be; unless it is hers."""
    if moved.state != WAITING or any(answerers.is_hers(each, moved) for each in (offer.by_id, offer.for_person or 0)):
        return moved
    parts = chain_store.answers([moved.id])[moved.id]
    hers = [part.id for part in parts if part.is_open and (part.base_id, part.seat) in offer.seats]
    chain_store.set_answers(hers, chain.APPROVED, now, by=offer.by_id, for_person=offer.for_person, note=offer.note)
    return go_on(actor, moved, judge(moved, now), now, by=offer.by_id, note=offer.note)


def _answer(actor: Actor, offer: CounterOffer, state: str, deed: str, now: datetime) -> None:
    if not store.answer(offer.id, state, now):
        raise Refused(CounterOfferIsOver(offer.state))
    record(actor, deed, offer.id, now, kind="counter_offer", before=OPEN, after=state)


def _open(offer_id: int) -> CounterOffer:
    """The proposal, locked after its booking, as whoever answers the booking locks them."""
    seen = store.find(offer_id)
    if seen is None or bookings.find(seen.booking_id, lock=True) is None:
        raise Refused(NotFound())
    offer = store.find(offer_id, lock=True)
    if offer is None:
        raise Refused(NotFound())
    if offer.state != OPEN:
        raise Refused(CounterOfferIsOver(offer.state))
    return offer


def _own(actor: Actor, offer: CounterOffer) -> KeptBooking:
    """The booking, for whoever holds it or asked for it."""
    booking = bookings.find(offer.booking_id)
    if booking is None:
        raise Refused(NotFound())
    thing = placement(booking, actor.on)
    if not may(actor, "booking.see", thing):
        raise Refused(NotFound())
    if not may(actor, "booking.take_time", thing):
        raise Refused(NotAllowed("booking.take_time"))
    if booking.state != WAITING:
        raise Refused(ChangedMeanwhile(booking.version))
    return booking
