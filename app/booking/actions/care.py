"""Care: what is done for those whose time was taken from them: what they are offered, their place in the line, the news."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.booking.actions.alternatives import alternatives
from app.booking.actions.changing import let_go_dates
from app.booking.actions.serving import Freed, let_pass, open_offer
from app.booking.actions.situation import plain_kept, record
from app.booking.rules.course import CANCELLED, Kept, KeptBooking
from app.booking.rules.displacing import (
    MOST_OFFERS,
    NONE,
    Displacement,
    Said,
    plain_offers,
    same_wish,
)
from app.booking.rules.priority import Order, Terms, class_in, classes_of
from app.booking.rules.request import Asked, Slot, Want
from app.booking.rules.requester import on_every_side, requester_of
from app.booking.rules.waiting import DISPLACED
from app.booking.store import displacing as store
from app.booking.store import waiting as line
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.store.agreements import outside_ids
from app.outbox import actions as outbox
from app.outbox.rules import Letter

MOST_LOOKED_FOR = 12
"""Dates for which other times are looked up while everything is locked; the rest find theirs on their booking's page."""


@dataclass(frozen=True, slots=True)
class GaveWay:
    """A booking of which dates were let go: as it was and as it is, and the units that its dates were asked with."""

    before: KeptBooking
    after: KeptBooking
    dates: tuple[Kept, ...]
    wants: dict[int, tuple[Want, ...]]
    classes: frozenset[str]
    standby_id: int | None
    freed: tuple[Freed, ...]


def ranked(booking_ids: Collection[int], day: date) -> dict[int, tuple[frozenset[str], Terms]]:
    """The classes that each booking belongs to, and the strictest terms of its units; five queries."""
    facts = store.facts(booking_ids)
    unit_ids = sorted({unit_id for *_, units in facts.values() for unit_id in units})
    sides, of_units = catalogue.owner_side(unit_ids, day), store.terms(unit_ids)
    outside = outside_ids({member_id for _, _, member_id, _ in facts.values()})
    found = {}
    for booking_id, (origin, purpose, member_id, units) in facts.items():
        terms = Terms(all(of_units[each].is_on for each in units), max(of_units[each].hours for each in units))
        footing = requester_of(member_id, on_every_side(units, sides), outside)
        found[booking_id] = (classes_of(origin, purpose, footing), terms)
    return found


def let_go(
    actor: Actor, before: KeptBooking, date_ids: Collection[int], classes: frozenset[str], now: datetime
) -> GaveWay:
    """Cancel these dates of a locked booking for something higher; `care_for` then does the rest."""
    dates = tuple(each for each in before.dates if each.id in set(date_ids))
    units = store.units_of_dates([each.id for each in dates])
    offer = open_offer(before)
    if offer is not None:
        let_pass(offer, now)
    after, freed = let_go_dates(actor, before, [each.id for each in dates], CANCELLED, now)
    wants = {date_id: tuple(Want(*each) for each in asked) for date_id, asked in units.items()}
    return GaveWay(before, after, dates, wants, classes, offer.standby_id if offer else None, tuple(freed))


def care_for(
    actor: Actor,
    gave_way: Sequence[GaveWay],
    winner_id: int | None,
    winner_class: str,
    order: Order,
    said: Said,
    *,
    now: datetime,
) -> list[int]:
    """Once what was higher has its time: for every date the best that is free instead, the head of the line for the
    very time that was lost, what was promised; one message and one entry of the trail a booking. The displacements' ids.
    """
    made: list[int] = []
    looked_for = 0
    for each in gave_way:
        offers: list[object] = []
        ids: list[int] = []
        for kept in each.dates:
            asked = asked_of(each.before, kept, each.wants[kept.id])
            looked_for += 1
            found = alternatives(asked, now, limit=MOST_OFFERS) if looked_for <= MOST_LOOKED_FOR else []
            plain = plain_offers([choice for one in found for choice in one.parts[:1]])
            offers += plain
            displacement = Displacement(
                id=0,
                version=1,
                booking_id=each.before.id,
                date_id=kept.id,
                span=kept.span,
                state_before=kept.state,
                winner_id=winner_id,
                order_version=order.version,
                winner_class=winner_class,
                displaced_class=class_in(order, each.classes),
                said=said,
                decided_by=actor.person_id,
                decided_at=now,
                notice_hours=max(int((kept.span.start - now).total_seconds() // 3600), 0),
                offers=json.dumps(plain),
                standby_id=each.standby_id or first_in_the_line(asked, now),
                appeal=NONE,
            )
            ids.append(store.add(displacement))
        made += ids
        facts = {
            "booking": each.before.id,
            "by": actor.person_id,
            "note": said.words.strip(),
            "reason": said.reason,
            "offers": offers[:MOST_OFFERS],
            "compensation": said.compensation.strip(),
        }
        occasion = f"{each.before.id}/{each.after.version}"
        outbox.post([Letter(each.before.holder_id, "displacing/displaced", occasion, facts)], now)
        told = {"note": said.words.strip(), "displacements": ids, "winner": winner_id, "order": order.version}
        before, after = plain_kept(each.before), {**plain_kept(each.after), **told}
        record(actor, "booking.displace", each.before.id, now, before=before, after=after)
    return made


def asked_of(booking: KeptBooking, kept: Kept, wants: tuple[Want, ...]) -> Asked:
    """One date of a booking as the request it was."""
    return Asked(
        wants=wants,
        slots=(Slot(kept.span, kept.periods),),
        purpose=booking.purpose,
        title=booking.title,
        member_id=booking.member_id,
        holder_id=booking.holder_id,
        headcount=booking.headcount,
        note=booking.note,
        declared=booking.declared,
    )


def first_in_the_line(asked: Asked, now: datetime) -> int:
    """Stand first for exactly what was lost; the standby's id."""
    return line.add(asked.holder_id, asked.member_id, DISPLACED, same_wish(asked), now)
