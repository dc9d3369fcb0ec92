"""Displacing: a request of higher rank takes the time of lower ones; all of it, with care for each of them, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.booking.actions import care
from app.booking.actions.alternatives import alternatives
from app.booking.actions.asking import Outcome, Preview, request
from app.booking.actions.serving import reach, serve
from app.booking.actions.situation import hold_for, placement_of_all, situation, take, usual_limits
from app.booking.rules.alternatives import Alternative
from app.booking.rules.conflict import (
    OverCapacity,
    Overlaps,
    Situation,
    reasons_against_all,
    reasons_against_all_of,
    reasons_by_slot,
)
from app.booking.rules.course import WAITING, Kept, KeptBooking, bases_to_ask
from app.booking.rules.displacing import (
    MOST_OFFERS,
    OthersInTheWay,
    Said,
    dates_in_the_way,
    mark_of,
    reasons_against_said,
)
from app.booking.rules.priority import (
    Order,
    Standing,
    Terms,
    class_in,
    classes_of,
    deadline,
    rank_of,
    reasons_not_to_displace,
)
from app.booking.rules.request import Asked, Slot, Want, claims
from app.booking.rules.requester import on_every_side, requester_of
from app.booking.store import bookings, ledger
from app.booking.store import displacing as store
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.consortium.store.agreements import outside_ids
from app.foundation.refusal import NotAllowed, Reason, Refused
from app.foundation.timespan import local_day


@dataclass(frozen=True, slots=True)
class Displaced:
    """What became of it: the booking that has the time now, and the displacements made for it."""

    outcome: Outcome
    displacement_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Victim:
    """One date in the way: what it counts as, until when it may be displaced, and everything against that."""

    booking: KeptBooking
    date: Kept
    rank: str
    until: datetime
    reasons: tuple[Reason, ...]
    is_seen: bool
    """Whether the actor may see whose it is."""


@dataclass(frozen=True, slots=True)
class Look:
    """What displacing would do now, and under which order."""

    order: Order
    winner_class: str
    victims: tuple[Victim, ...]
    preview: Preview
    """What asking would be answered if the dates in the way were not there."""
    mark: str

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Everything that stands against it."""
        return (*(reason for victim in self.victims for reason in victim.reasons), *self.preview.reasons)

    @property
    def is_possible(self) -> bool:
        return bool(self.victims) and not self.reasons


def look(actor: Actor, asked: Asked, now: datetime) -> Look:
    """Who would be displaced if this were asked for with displacement, and what stands against it. Nothing is locked.

    Raises Refused(NotAllowed) where the actor may not displace anybody there.
    """
    check_may(actor, asked)
    return _look(actor, asked, now)


def may_look(actor: Actor, asked: Asked, reasons: Sequence[Reason]) -> bool:
    """Whether it makes sense to look: only bookings are in the way, and the actor may displace there."""
    bookings_only = all(
        isinstance(reason, OverCapacity) or (isinstance(reason, Overlaps) and reason.cause == "booking")
        for reason in reasons
    )
    unit_ids = [want.unit_id for want in asked.wants]
    return bookings_only and may(actor, "booking.displace", placement_of_all(unit_ids, actor.on))


def offered_to(victim: Victim, asked: Asked, now: datetime, limit: int = 2) -> list[Alternative]:
    """What this person would be offered instead, as things stand: nothing that the request itself would take."""
    units = store.units_of_dates([victim.date.id])
    hers = care.asked_of(victim.booking, victim.date, tuple(Want(*each) for each in units.get(victim.date.id, ())))
    taken = {want.unit_id for want in asked.wants}
    return [
        each
        for each in alternatives(hers, now, limit=MOST_OFFERS)
        if not any(
            want.unit_id in taken and slot.span.overlaps(mine.span)
            for want in each.wants
            for slot in each.slots
            for mine in asked.slots
        )
    ][:limit]


def check_may(actor: Actor, asked: Asked) -> None:
    if not may(actor, "booking.displace", placement_of_all([want.unit_id for want in asked.wants], actor.on)):
        raise Refused(NotAllowed("booking.displace"))


def displace(actor: Actor, asked: Asked, said: Said, *, now: datetime, uid: str, mark: str | None = None) -> Displaced:
    """Ask for units at times, and let every lower booking in the way give way.

    The request is judged as if they were away; where anything at all stands against it, or against displacing any one
    of them, nobody is displaced: Refused with every reason. `mark` is what `look` showed; where others are in the way
    by now, Refused(OthersInTheWay). With nobody in the way it is an ordinary request.
    """
    check_may(actor, asked)
    if reasons := reasons_against_said(said):
        raise Refused(reasons)
    seen = _look(actor, asked, now)
    held = sorted({victim.booking.id for victim in seen.victims})
    bookings.bookings(held, lock=True)
    _hold(asked, [victim.booking for victim in seen.victims])
    found = _look(actor, asked, now)
    if not {victim.booking.id for victim in found.victims} <= set(held) or mark not in (None, found.mark):
        raise Refused(OthersInTheWay())
    if found.reasons:
        raise Refused(found.reasons)
    gave_way = []
    for booking_id in sorted({victim.booking.id for victim in found.victims}):
        mine = [victim for victim in found.victims if victim.booking.id == booking_id]
        classes = frozenset({mine[0].rank})
        gave_way.append(care.let_go(actor, mine[0].booking, [each.date.id for each in mine], classes, now))
    outcome = request(actor, asked, now=now, uid=uid)
    if gave_way and outcome.state == WAITING:
        _hold_while_it_waits(asked, outcome)
    winner = found.winner_class
    made = care.care_for(actor, gave_way, outcome.booking_id, winner, found.order, said, now=now)
    serve(actor, [freed for each in gave_way for freed in each.freed], now=now)
    return Displaced(outcome, tuple(made))


def _hold(asked: Asked, victims: Sequence[KeptBooking]) -> None:
    """Lock what the request counts on, and with it all that the freed time may be served to: in one go, in one order."""
    wanted = {want.unit_id for want in asked.wants}
    hold_for(asked, also=wanted | reach(wanted.union(unit.unit_id for each in victims for unit in each.units)))


def _hold_while_it_waits(asked: Asked, outcome: Outcome) -> None:
    """Nobody is displaced for time that a third could take before the keeper has answered: it is held until then.

    Should the answer be no, it comes free and goes to the first in the line, who is the one displaced.
    """
    unit_ids = [want.unit_id for want in asked.wants]
    units = catalogue.units(unit_ids)
    ledger.forget_allocations(outcome.date_ids)
    dated = list(zip(outcome.date_ids, outcome.slots, strict=True))
    take(claims(asked.wants, units), units, unit_ids, dated, waits=False)


def _look(actor: Actor, asked: Asked, now: datetime) -> Look:
    order, limits = store.order_in_force(), usual_limits(now)
    judged_in = situation(asked, limits, now=now)
    unit_ids = [want.unit_id for want in asked.wants]
    day = min((local_day(slot.span.start) for slot in asked.slots), default=local_day(now))
    side = on_every_side(unit_ids, catalogue.owner_side(unit_ids, day))
    winner = classes_of("person", asked.purpose, requester_of(asked.member_id, side, outside_ids([asked.member_id])))
    if general := tuple(reasons_against_all(asked, judged_in)):
        nothing = Preview(general, tuple((slot, ()) for slot in asked.slots), ())
        return Look(order, class_in(order, winner), (), nothing, mark_of(()))
    near = {each.booking_id for each in judged_in.taken if each.booking_id is not None}
    ranked, kept = care.ranked(near, day), {each.id: each for each in bookings.bookings(sorted(near))}
    stands = _placements(actor, list(kept.values()))
    against: dict[int, list[Reason]] = {}
    for booking_id, (classes, terms) in ranked.items():
        denied = [] if may(actor, "booking.displace", stands[booking_id]) else [NotAllowed("booking.displace")]
        for date in kept[booking_id].dates:
            there = Standing(booking_id, date.span.start, classes, terms)
            against[date.id] = [*denied, *reasons_not_to_displace(winner, there, order, now)]
    booking_of = {date.id: each for each in kept.values() for date in each.dates}
    rank = {
        date_id: rank_of(class_in(order, ranked[booking_of[date_id].id][0]), order)
        for date_id, reasons in against.items()
        if not reasons
    }
    date_ids = dates_in_the_way(asked, judged_in.units, judged_in.taken, rank)
    victims = tuple(
        _victim(
            order,
            booking,
            date_id,
            ranked[booking.id],
            against[date_id],
            may(actor, "booking.see", stands[booking.id]),
        )
        for date_id in date_ids
        for booking in (booking_of[date_id],)
    )
    mark = mark_of((each.booking.id, each.booking.version, each.date.id) for each in victims)
    without = situation(asked, limits, date_ids, now) if date_ids else judged_in
    return Look(order, class_in(order, winner), victims, _judged(asked, without), mark)


def _placements(actor: Actor, found: Sequence[KeptBooking]) -> dict[int, Placement]:
    """Where each of these bookings stands; two queries for them all."""
    unit_ids = sorted({unit.unit_id for booking in found for unit in booking.units})
    sides, units = catalogue.owner_side(unit_ids, actor.on), catalogue.units(unit_ids)
    return {
        booking.id: Placement(
            holder_ids=frozenset({booking.holder_id, booking.requester_id}),
            booking_member_id=booking.member_id,
            owner_member_ids=frozenset().union(*(sides.get(unit.unit_id, frozenset()) for unit in booking.units)),
            base_ids=frozenset(units[unit.unit_id].base_id for unit in booking.units if unit.unit_id in units),
            state=booking.state,
        )
        for booking in found
    }


def _victim(
    order: Order,
    booking: KeptBooking,
    date_id: int,
    ranked: tuple[frozenset[str], Terms],
    reasons: Sequence[Reason],
    is_seen: bool,
) -> Victim:
    date = next(each for each in booking.dates if each.id == date_id)
    until = deadline(date.span.start, ranked[1])
    return Victim(booking, date, class_in(order, ranked[0]), until, tuple(reasons), is_seen)


def _judged(asked: Asked, judged_in: Situation) -> Preview:
    by_slot: list[tuple[Slot, tuple[Reason, ...]]] = [
        (slot, tuple(reasons)) for slot, reasons in zip(asked.slots, reasons_by_slot(asked, judged_in), strict=True)
    ]
    amount = tuple(reasons_against_all_of(asked.slots, asked, judged_in))
    asks = tuple(bases_to_ask([want.unit_id for want in asked.wants], judged_in.units))
    return Preview(amount, tuple(by_slot), asks)
