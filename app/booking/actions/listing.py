"""Lists and pages of bookings: mine, my organisation's, my bases', the inbox; each in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.booking.actions import answerers
from app.booking.actions.situation import NO_TIME_LIMITS, placement
from app.booking.rules.chain import Part
from app.booking.rules.conflict import Situation, reasons_by_slot
from app.booking.rules.counter_offer import CounterOffer
from app.booking.rules.course import WAITING, KeptBooking
from app.booking.rules.listing import Decided, Event, Filters, Line, Named, Page, PlacedUnit, Waiting, pages_of
from app.booking.rules.request import Asked, Slot, Want, claims, reach
from app.booking.store import answering, bookings, counter_offers, inbox, ledger, listing
from app.booking.store import chains as chain_store
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.consortium.rules.scope import NOTHING_AT_ALL, Scope, scope
from app.foundation.refusal import NotFound, Refused
from app.foundation.timespan import Span
from app.timetable.store import hours as timetable

MINE, ORGANISATION, BASES, ALL = "mine", "organisation", "bases", "all"
WHOSE = (MINE, ORGANISATION, BASES, ALL)

PAGE_SIZE = 25
INBOX_SIZE = 15


@dataclass(frozen=True, slots=True)
class BookingPage:
    """Everything a booking's own page shows, and which deeds the reader may do to it now."""

    booking: KeptBooking
    units: tuple[PlacedUnit, ...]
    member: Named
    people: dict[int, str]
    bases: dict[int, Named]
    history: tuple[Event, ...]
    may_change: bool
    may_pass_on: bool
    may_cancel: bool
    answers_for: tuple[int, ...]
    """The bases for which the reader may still answer."""
    parts: tuple[Part, ...] = ()
    """How its chains of approval stand."""
    other_times: tuple[CounterOffer, ...] = ()
    """Other times that were proposed for it, the newest first."""

    @property
    def calendar_id(self) -> int | None:
        """By whose calendar its weeks are counted."""
        return self.units[0].calendar_id if self.units else None


def choices(actor: Actor) -> list[str]:
    """Whose bookings this actor may list: always her own."""
    seen = scope(actor, "booking.see")
    if seen.everything:
        return list(WHOSE) if seen.member_ids or actor.member_id else [MINE, ALL]
    return [MINE, *([ORGANISATION] if seen.member_ids else []), *([BASES] if seen.owner_side else [])]


def narrowed(actor: Actor, whose: str) -> Scope:
    """The scope of one of these lists; nothing at all where it is not one of the actor's choices."""
    seen = scope(actor, "booking.see")
    mine = frozenset({actor.member_id} if actor.member_id else ())
    if whose not in choices(actor) or seen.is_empty:
        return NOTHING_AT_ALL
    if whose == MINE:
        return Scope(holder_id=actor.person_id)
    if whose == ORGANISATION:
        return Scope(member_ids=mine if seen.everything else seen.member_ids)
    if whose == BASES:
        offices = frozenset((member_id, None) for member_id in mine)
        return Scope(owner_side=offices if seen.everything else seen.owner_side)
    return Scope(everything=seen.everything)


def listed(
    actor: Actor, whose: str, filters: Filters, now: datetime, number: int = 1, size: int = PAGE_SIZE
) -> Page[Line]:
    """A page of bookings; a page number past the end is the last page."""
    within = narrowed(actor, whose)
    if within.is_empty:
        return Page((), 1, 1, 0)
    total = listing.count(within, filters, now)
    pages = pages_of(total, size)
    number = min(max(number, 1), pages)
    return Page(listing.lines(within, filters, now, size, (number - 1) * size), number, pages, total)


def bases_to_choose(actor: Actor, whose: str) -> list[Named]:
    return listing.bases(narrowed(actor, whose))


def page_of(actor: Actor, booking_id: int) -> BookingPage:
    """A booking's page. Raises Refused(NotFound) where there is none or it is out of sight."""
    booking = bookings.find(booking_id)
    if booking is None:
        raise Refused(NotFound())
    thing = placement(booking, actor.on)
    if not may(actor, "booking.see", thing):
        raise Refused(NotFound())
    parts = chain_store.answers([booking_id])[booking_id] if booking.approvals else []
    other_times = counter_offers.of_bookings([booking_id]) if booking.approvals else []
    decided_by = {approval.decided_by for approval in booking.approvals} | {part.decided_by for part in parts}
    decided_by |= {part.for_person for part in parts} | {offer.by_id for offer in other_times}
    return BookingPage(
        booking=booking,
        units=_so_many(listing.places([unit.unit_id for unit in booking.units]), booking),
        member=listing.members([booking.member_id])[booking.member_id],
        people=listing.people([booking.holder_id, booking.requester_id, *(each for each in decided_by if each)]),
        bases=listing.base_names([approval.base_id for approval in booking.approvals]),
        history=tuple(listing.history(booking_id)),
        may_change=may(actor, "booking.change", thing),
        may_pass_on=may(actor, "booking.pass_on", thing),
        may_cancel=may(actor, "booking.cancel", thing),
        answers_for=tuple(_answers_for(actor, booking, parts)),
        parts=tuple(parts),
        other_times=tuple(other_times),
    )


def names_of(parts: Sequence[Part]) -> dict[int, str]:
    """The names of those who have answered, and of those in whose place."""
    people = {part.decided_by for part in parts} | {part.for_person for part in parts}
    return listing.people([person_id for person_id in people if person_id])


def _so_many(units: Mapping[int, PlacedUnit], booking: KeptBooking) -> tuple[PlacedUnit, ...]:
    return tuple(
        replace(units[unit.unit_id], quantity=unit.quantity) for unit in booking.units if unit.unit_id in units
    )


def _answers_for(actor: Actor, booking: KeptBooking, parts: Sequence[Part]) -> list[int]:
    if booking.state != WAITING or all(approval.state != WAITING for approval in booking.approvals):
        return []
    return sorted({part.base_id for part, _ in answerers.may_answer(actor, booking, parts)})


def waiting_count(actor: Actor) -> int:
    """How many requests wait for this actor's answer; two queries."""
    return answering.count_waiting(answerers.standings(actor))


def waiting(actor: Actor, number: int = 1, size: int = INBOX_SIZE) -> Page[Waiting]:
    """The inbox: what waits for this actor, the earliest use first, each judged as it would be now."""
    asked = _waiting_by_booking(actor)
    pages = pages_of(len(asked), size)
    number = min(max(number, 1), pages)
    shown = list(asked)[(number - 1) * size : number * size]
    return Page(_judged(actor, {booking_id: asked[booking_id] for booking_id in shown}), number, pages, len(asked))


def waiting_one(actor: Actor, booking_id: int) -> tuple[Waiting, int | None, int]:
    """One request of the inbox, the one after it (None at the end), and how many wait. Raises Refused(NotFound)."""
    asked = _waiting_by_booking(actor)
    if booking_id not in asked:
        raise Refused(NotFound())
    order = list(asked)
    place = order.index(booking_id)
    onward = order[(place + 1) % len(order)]
    return (
        _judged(actor, {booking_id: asked[booking_id]})[0],
        None if onward == booking_id else onward,
        len(order),
    )


def next_waiting(actor: Actor, booking_id: int) -> int | None:
    """The request to go on to once this one is decided: the one after it, else the first; None when there is none."""
    order = list(_waiting_by_booking(actor))
    if booking_id in order:
        place = order.index(booking_id)
        order = order[place + 1 :] + order[:place]
    return order[0] if order else None


def decided(actor: Actor, number: int = 1, size: int = PAGE_SIZE) -> Page[Decided]:
    """The answers that were given to requests this actor may answer."""
    within = scope(actor, "booking.approve")
    total = inbox.count_decided(within, actor.person_id)
    pages = pages_of(total, size)
    number = min(max(number, 1), pages)
    return Page(inbox.decided(within, actor.person_id, size, (number - 1) * size), number, pages, total)


def _waiting_by_booking(actor: Actor) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for booking_id, base_id in answering.waiting_ids(answerers.standings(actor)):
        found.setdefault(booking_id, []).append(base_id)
    return found


def _judged(actor: Actor, asked: dict[int, list[int]]) -> list[Waiting]:
    """Each of these bookings with what stands against it now; the number of queries does not grow with them."""
    kept = bookings.bookings(list(asked))
    units = catalogue.units(sorted({unit.unit_id for booking in kept for unit in booking.units}))
    hours = timetable.openings({unit.base_id for unit in units.values()}, {unit.lab_id for unit in units.values()})
    openings = {
        unit.id: hours.get(("lab", unit.lab_id)) or hours.get(("base", unit.base_id)) or () for unit in units.values()
    }
    wanted = {booking.id: _as_asked(booking) for booking in kept}
    windows: list[Span] = []
    claimed_ids: set[int] = set()
    for each in wanted.values():
        claimed = claims(each.wants, units)
        claimed_ids |= {claim.unit_id for claim in claimed}
        windows += reach(claimed, each.slots)
    taken = ledger.taken(claimed_ids, sorted(set(windows)))
    placed = listing.places(list(units))
    members = listing.members([booking.member_id for booking in kept])
    people = listing.people([booking.holder_id for booking in kept])
    base_names = listing.base_names([base_id for base_ids in asked.values() for base_id in base_ids])
    rivals = inbox.rivals(list(asked), scope(actor, "booking.see"))
    parts = chain_store.answers(list(asked))
    found = []
    for booking in kept:
        each = wanted[booking.id]
        others = [other for other in taken if other.booking_id != booking.id]
        reasons = reasons_by_slot(each, Situation(units, openings, others, NO_TIME_LIMITS))
        found.append(
            Waiting(
                booking=booking,
                holder=people.get(booking.holder_id, ""),
                member=members[booking.member_id],
                units=_so_many(placed, booking),
                bases=tuple(base_names[base_id] for base_id in asked[booking.id]),
                verdicts=tuple((slot, tuple(against)) for slot, against in zip(each.slots, reasons, strict=True)),
                rivals=rivals.get(booking.id, ()),
                parts=tuple(part for part in parts[booking.id] if part.base_id in asked[booking.id]),
            )
        )
    return found


def _as_asked(booking: KeptBooking) -> Asked:
    return Asked(
        wants=tuple(Want(unit.unit_id, unit.quantity) for unit in booking.units),
        slots=tuple(Slot(date.span, date.periods) for date in booking.dates if date.state == WAITING),
        purpose=booking.purpose,
        title=booking.title,
        member_id=booking.member_id,
        holder_id=booking.holder_id,
    )
