"""Waiting: to stand in the line for any of some units, and to answer when a freed time is held for one."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

from app.booking.actions import chains
from app.booking.actions.changing import end_dates
from app.booking.actions.serving import asked_of, fit_now
from app.booking.actions.situation import NO_TIME_LIMITS, get, hold_for, plain_kept, record, situation, take, tell
from app.booking.rules.conflict import reasons_against_all_of
from app.booking.rules.course import CANCELLED, CONFIRMED, WAITING, KeptBooking, bases_to_ask
from app.booking.rules.displacing import Displacement
from app.booking.rules.eligibility import reasons_against_use
from app.booking.rules.request import Slot, claims
from app.booking.rules.waiting import (
    ACCEPTED,
    DECLINED,
    EXPIRED,
    FIRST_COME,
    OPEN,
    SERVED,
    WITHDRAWN,
    AnswerFirst,
    FreeNow,
    NotOpenToYou,
    Offer,
    OfferIsOver,
    Standby,
    StandbyForm,
    is_no_wider,
    reasons_against_standby,
    rewritten,
)
from app.booking.store import bookings, displacing, ledger
from app.booking.store import waiting as store
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.foundation.refusal import ChangedMeanwhile, NotAllowed, NotFound, Reason, Refused
from app.foundation.timespan import local_day


def wait(actor: Actor, form: StandbyForm, *, now: datetime, rank: int = FIRST_COME) -> int:
    """Stand in the line; the standby's id. Refused(FreeNow) where it can be had right now: then it should be booked.

    The units are locked, so that nothing comes free unseen between looking and standing in the line.
    """
    if not may(actor, "booking.request") or actor.member_id is None:
        raise Refused(NotAllowed("booking.request"))
    if reasons := reasons_against_standby(form, local_day(now)):
        raise Refused(reasons)
    catalogue.hold_units(form.unit_ids)
    _check_units(form, actor.member_id, now)
    draft = Standby(0, 1, actor.person_id, actor.member_id, OPEN, rank, now, form)
    _check_not_free(draft, now)
    standby_id = store.add(actor.person_id, actor.member_id, rank, form, now)
    record(actor, "waiting.wait", standby_id, now, kind="standby", after=asdict(form) | {"rank": rank})
    return standby_id


def change(actor: Actor, standby_id: int, version: int, form: StandbyForm, *, now: datetime) -> bool:
    """Wait for something else, or under other words; whether she keeps her place in the line.

    She does while whatever would do now would have done before. Else she goes to the end, and no longer stands before
    those who came first: the head of the line is for the very time that was lost. While something is held for her, she
    answers that instead.
    """
    known = store.find(standby_id)
    if known is None or known.person_id != actor.person_id:
        raise Refused(NotFound())
    catalogue.hold_units(
        sorted({*known.form.unit_ids, *form.unit_ids})
    )  # before the standby, as whoever serves the line
    standby = _own(actor, standby_id)
    if standby.version != version:
        raise Refused(ChangedMeanwhile(standby.version))
    if standby.state != OPEN:
        raise Refused(_is_not_open(standby))
    form = rewritten(form, standby.form)
    if reasons := reasons_against_standby(form, local_day(now), standby.form):
        raise Refused(reasons)
    _check_units(form, standby.member_id, now)
    keeps = is_no_wider(form, standby.form)
    rank, asked_at = (standby.rank, standby.asked_at) if keeps else (FIRST_COME, now)
    if not keeps:
        _check_not_free(replace(standby, form=form), now)
    store.rewrite(standby.id, standby.version, form, rank, asked_at)
    before, after = asdict(standby.form) | {"rank": standby.rank}, asdict(form) | {"rank": rank, "keeps_place": keeps}
    record(actor, "waiting.change", standby.id, now, kind="standby", before=before, after=after)
    return keeps


def _check_units(form: StandbyForm, member_id: int, now: datetime) -> None:
    """Raises Refused where a unit is not there, or where what would do cannot be booked by this member."""
    known = catalogue.units(list(form.unit_ids))
    if missing := [unit_id for unit_id in form.unit_ids if unit_id not in known]:
        raise Refused([NotFound() for _ in missing])
    sides = catalogue.owner_side(list(form.unit_ids), local_day(now))
    is_open = [unit.sharing == "external" or member_id in sides.get(unit.id, unit.party_ids) for unit in known.values()]
    if not (all(is_open) if form.together else any(is_open)):
        raise Refused(NotOpenToYou())


def _check_not_free(draft: Standby, now: datetime) -> None:
    if found := fit_now(draft, draft.form.unit_ids, None, now):
        wants, slot = found
        raise Refused(FreeNow(wants[0].unit_id, slot.span.start, slot.span.end))


def _is_not_open(standby: Standby) -> Reason:
    """Why a standby cannot be changed in the state it is in."""
    held = [each for each in store.offers(standby_ids=[standby.id]) if each.state == OPEN]
    return AnswerFirst(held[0].id) if held else OfferIsOver(standby.state)


def withdraw(actor: Actor, standby_id: int, version: int, *, now: datetime) -> None:
    """Leave the line. While something is held for her, she answers that instead."""
    standby = _own(actor, standby_id)
    if standby.version != version:
        raise Refused(ChangedMeanwhile(standby.version))
    if standby.state != OPEN:
        raise Refused(OfferIsOver(standby.state))
    store.set_state(standby.id, standby.version, WITHDRAWN, now, ends=True)
    record(actor, "waiting.withdraw", standby.id, now, kind="standby", before=OPEN, after=WITHDRAWN)


def accept(actor: Actor, offer_id: int, *, now: datetime) -> KeptBooking:
    """Take what is held: it is confirmed, or, where a keeper decides, asked for. Quotas are judged now, under lock.

    Whoever was displaced has another time with it.
    """
    displaced = _displaced(offer_id)
    offer, standby, before = _to_answer(actor, offer_id, now)
    (date,) = before.open_dates
    wants, slot = standby.form.wants(offer.unit_id), Slot(date.span, date.periods)
    asked = asked_of(standby, wants, slot)
    numbers = hold_for(asked)
    judged_in = situation(asked, NO_TIME_LIMITS, [date.id], now, numbers)
    reasons = reasons_against_all_of([slot], asked, judged_in)
    if judged_in.standing is not None:
        reasons += reasons_against_use(slot.span, asked, judged_in.standing)
    if reasons:
        raise Refused(reasons)
    if not bookings.raise_version(before.id, before.version, now):
        raise Refused(ChangedMeanwhile(before.version))
    unit_ids = [want.unit_id for want in wants]
    ask = bases_to_ask(unit_ids, judged_in.units)
    if ask:
        ledger.forget_allocations([date.id])
        take(claims(wants, judged_in.units), judged_in.units, unit_ids, [(date.id, slot)], waits=True)
        chains.ask(chains.of_booking(before), ask, judged_in.units, now)
    bookings.set_state([date.id], WAITING if ask else CONFIRMED, now)
    store.answer(offer.id, ACCEPTED, now)
    store.set_state(standby.id, standby.version, SERVED, now, ends=True)
    if displaced is not None and displaced.resettled_id is None and not displaced.restored:
        displacing.put(displaced, resettled_id=before.id, resettled_at=now)
    after = get(before.id)
    tell(actor, before.id, standby.person_id, "booking/asked" if ask else "booking/confirmed", after.version, now)
    record(actor, "waiting.accept", before.id, now, before=plain_kept(before), after=plain_kept(after))
    return after


def decline(actor: Actor, offer_id: int, *, now: datetime, leave: bool = False) -> None:
    """Let it pass: the next in the line is asked. She goes on waiting for another time, unless she leaves the line."""
    offer, standby, before = _to_answer(actor, offer_id, now)
    _let_pass(actor, offer, standby, before, DECLINED, WITHDRAWN if leave else OPEN, now)


def expire(actor: Actor, offer_id: int, *, now: datetime) -> bool:
    """End an offer that nobody answered in time, and ask the next in the line; whether there was one to end.

    Whoever did not answer goes on waiting in her place, but is not asked for the same time again.
    """
    offers = store.offers(offer_ids=[offer_id])
    if not offers or offers[0].state != OPEN or offers[0].expires_at > now:
        return False
    before = bookings.find(offers[0].booking_id, lock=True)
    standby = store.find(offers[0].standby_id, lock=True)
    if standby is None or before is None or store.offers(offer_ids=[offer_id])[0].state != OPEN:
        return False  # answered while the locks were waited for
    _let_pass(actor, offers[0], standby, before, EXPIRED, OPEN, now)
    return True


def _let_pass(
    actor: Actor, offer: Offer, standby: Standby, before: KeptBooking, answer: str, state: str, now: datetime
) -> None:
    if not store.answer(offer.id, answer, now):
        raise Refused(OfferIsOver(answer))
    store.set_state(standby.id, standby.version, state, now, ends=state != OPEN)
    date_ids = [date.id for date in before.open_dates]
    deed, template = f"waiting.{answer}", f"waiting/{answer}"
    end_dates(actor, before, date_ids, CANCELLED, deed, template, "", now)


def _displaced(offer_id: int) -> Displacement | None:
    """The displacement for which it is held, locked before anything else, as whoever answers an appeal does."""
    offers = store.offers(offer_ids=[offer_id])
    return displacing.of_standby(offers[0].standby_id) if offers else None


def _own(actor: Actor, standby_id: int) -> Standby:
    standby = store.find(standby_id, lock=True)
    if standby is None or standby.person_id != actor.person_id:
        raise Refused(NotFound())
    return standby


def _to_answer(actor: Actor, offer_id: int, now: datetime) -> tuple[Offer, Standby, KeptBooking]:
    offers = store.offers(offer_ids=[offer_id])
    if not offers:
        raise Refused(NotFound())
    booking = bookings.find(offers[0].booking_id, lock=True)  # before the standby, as whoever cancels it does
    standby = _own(actor, offers[0].standby_id)
    if booking is None:
        raise Refused(NotFound())
    (offer,) = store.offers(offer_ids=[offer_id])
    if offer.state != OPEN or offer.expires_at <= now or not booking.open_dates:
        raise Refused(OfferIsOver(offer.state if offer.state != OPEN else EXPIRED))
    return offer, standby, booking
