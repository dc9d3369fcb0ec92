"""Restoring: an upheld appeal gives the displaced date back where nothing stands against it now, else the head of the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.booking.actions import chains
from app.booking.actions.alternatives import alternatives
from app.booking.actions.care import asked_of, first_in_the_line
from app.booking.actions.changing import let_go_dates
from app.booking.actions.serving import Freed, may_be_served, serve
from app.booking.actions.situation import get, hold_for, plain_kept, record, situation, take, usual_limits
from app.booking.rules.conflict import clashes_between, reasons_against_all, reasons_against_all_of, reasons_by_slot
from app.booking.rules.course import CANCELLED, CONFIRMED, WAITING, KeptBooking, bases_to_ask
from app.booking.rules.displacing import MOST_OFFERS, Displacement, plain_offers
from app.booking.rules.request import Asked, Want, claims
from app.booking.rules.waiting import DECLINED, DISPLACED, OFFERED, SERVED, WITHDRAWN, Offer, Standby
from app.booking.rules.waiting import OPEN as IN_LINE
from app.booking.store import bookings, ledger
from app.booking.store import displacing as store
from app.booking.store import waiting as line
from app.consortium.rules.office import Actor
from app.foundation.refusal import ChangedMeanwhile, Refused


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What an upheld appeal brings: the date again, or a place in the line and what is free instead. `freed` is what a
    time that was held for her meanwhile leaves free; the caller serves the line with it when all else is recorded."""

    restored: bool = False
    standby_id: int | None = None
    stands_first: bool = False
    offers: tuple[Any, ...] = ()
    freed: tuple[Freed, ...] = ()


def lost(booking: KeptBooking, one: Displacement, units: Mapping[int, Sequence[tuple[int, int]]]) -> Asked:
    """The displaced date as it was asked for. It may have been taken up again since: its old time counts."""
    date = next(each for each in booking.dates if each.id == one.date_id)
    wants = tuple(Want(*each) for each in units.get(one.date_id, ()))
    return asked_of(booking, replace(date, span=one.span), wants)


def give_back(actor: Actor, one: Displacement, before: KeptBooking, now: datetime) -> GivenBack:
    """The date stands again where its time is free. Where it is not, nobody is pushed aside for it: she stands first in
    the line for what she lost, also if she had left it, and the best that is free instead is looked for."""
    if one.resettled_id is not None:
        return GivenBack(standby_id=one.standby_id)
    asked = lost(before, one, store.units_of_dates([one.date_id]))
    offer, held = held_for_her(one)
    freed = _restore(actor, one, before, asked, offer, held, now)
    if freed is not None:
        _end_waiting(one, now)
        return GivenBack(restored=True, standby_id=one.standby_id, freed=tuple(freed))
    if one.span.start <= now:
        return GivenBack(standby_id=one.standby_id)
    standby_id = _first_again(one, asked, now)
    found = alternatives(asked, now, limit=MOST_OFFERS)
    plain = plain_offers([choice for each in found for choice in each.parts[:1]])
    return GivenBack(False, standby_id, stands_first=standby_id is not None, offers=tuple(plain[:MOST_OFFERS]))


def leave_the_line(actor: Actor, one: Displacement, now: datetime) -> None:
    """Who has another time, or her own again, waits no more; what was held for her goes to the next."""
    offer, held = held_for_her(one)
    freed = _let_go(actor, offer, held, now) if offer is not None and held is not None else []
    _end_waiting(one, now)
    serve(actor, freed, now=now)


def _restore(
    actor: Actor,
    one: Displacement,
    before: KeptBooking,
    asked: Asked,
    offer: Offer | None,
    held: KeptBooking | None,
    now: datetime,
) -> list[Freed] | None:
    """Give the date back where nothing stands against it now, no quota and nothing she must have for it; None where
    something does. It was had in time once, so that it is soon by now does not count; for lessons neither does the rest,
    as ever. Where the booking has gone on to other units since, the date goes with it: all its dates are of one kind.
    """
    date = next(each for each in before.dates if each.id == one.date_id)
    if date.state != CANCELLED or date.span != one.span or date.span.start <= now:
        return None
    if any(each.span.end > now for each in before.open_dates):
        asked = replace(asked, wants=tuple(Want(unit.unit_id, unit.quantity) for unit in before.units))
    unit_ids = [want.unit_id for want in asked.wants]
    numbers = hold_for(asked, may_be_served([*unit_ids, *(unit.unit_id for unit in held.units)] if held else ()))
    is_lesson = store.facts([before.id])[before.id][0] == "lesson"
    own = [each.id for each in held.open_dates] if held else []
    judged_in = situation(asked, usual_limits(now), own, None if is_lesson else now, numbers)
    against = reasons_against_all(asked, judged_in)
    of_slots = reasons_by_slot(asked, replace(judged_in, ground=None))
    against = against or [reason for of_slot in of_slots for reason in of_slot]
    against = against or reasons_against_all_of(asked.slots, asked, judged_in)
    claimed = claims(asked.wants, judged_in.units)
    if against or clashes_between(asked.slots, [each.span for each in before.open_dates], claimed):
        return None
    freed = _let_go(actor, offer, held, now) if offer is not None and held is not None else []
    if not bookings.raise_version(before.id, before.version, now):
        raise Refused(ChangedMeanwhile(before.version))
    ask = bases_to_ask(unit_ids, judged_in.units) if one.state_before == WAITING else []
    ledger.forget_allocations([date.id])
    bookings.set_state([date.id], WAITING if ask else CONFIRMED, now)
    take(claimed, judged_in.units, unit_ids, [(date.id, asked.slots[0])], waits=bool(ask))
    if ask:
        chains.ask_again(chains.of_booking(get(before.id)), ask, judged_in.units, now)
    return freed


def held_for_her(one: Displacement) -> tuple[Offer | None, KeptBooking | None]:
    """The offer that waits for her answer in the line she stands in for what she lost, and its booking, locked."""
    made = line.offers(standby_ids=[one.standby_id]) if one.standby_id else []
    found = next((each for each in made if each.state == IN_LINE), None)
    held = bookings.find(found.booking_id, lock=True) if found else None
    if found is None or held is None:
        return None, None
    (found,) = line.offers(offer_ids=[found.id])
    return (found, held) if found.state == IN_LINE and held.open_dates else (None, None)


def _let_go(actor: Actor, offer: Offer, held: KeptBooking, now: datetime) -> list[Freed]:
    """End what is held for her: she has something better. Its booking has an entry of the trail of its own, as ever."""
    line.answer(offer.id, DECLINED, now)
    after, freed = let_go_dates(actor, held, [each.id for each in held.open_dates], CANCELLED, now)
    record(actor, "waiting.declined", held.id, now, before=plain_kept(held), after=plain_kept(after))
    return freed


def _end_waiting(one: Displacement, now: datetime) -> None:
    standby = _standby(one)
    if standby is not None and standby.state in (IN_LINE, OFFERED):
        line.set_state(standby.id, standby.version, WITHDRAWN, now, ends=True)


def _first_again(one: Displacement, asked: Asked, now: datetime) -> int | None:
    """The standby with which she stands first for what she lost; None where she was served through it already."""
    standby = _standby(one)
    if standby is not None and standby.state == SERVED:
        return None
    if standby is not None and standby.rank == DISPLACED and standby.state in (IN_LINE, OFFERED):
        return standby.id
    return first_in_the_line(asked, now)


def _standby(one: Displacement) -> Standby | None:
    return line.find(one.standby_id, lock=True) if one.standby_id else None
