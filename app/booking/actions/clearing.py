"""Clearing: making room for a closure: what is in its way is moved or cancelled with one press, each by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.booking.actions import changing
from app.booking.actions import instead as moving
from app.booking.actions.closing import claims_of, units_to_close
from app.booking.actions.instead import Hit, Way
from app.booking.rules.conflict import Taken
from app.booking.rules.course import KeptBooking
from app.booking.rules.outage import NotInTheWay
from app.booking.rules.request import Claim
from app.booking.store import faults as store
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.foundation.refusal import Refused
from app.foundation.timespan import Span
from app.outbox import actions as outbox
from app.outbox.rules import Letter


@dataclass(frozen=True, slots=True)
class Planned:
    """A closure that is to be made: of a base, lab or unit, for a time, and why."""

    scope: str
    scope_id: int
    span: Span
    reason: str


def in_the_way(actor: Actor, planned: Planned, now: datetime) -> tuple[list[Hit], list[Taken]]:
    """The coming bookings that a closure cannot stand beside, and what it will take, for looking elsewhere.

    Raises Refused(NotFound) or Refused(NotAllowed) as closing does.
    """
    claimed = _claimed(actor, planned)
    blocked = [Taken(claim.unit_id, planned.span, 1, claim.exclusive, "maintenance") for claim in claimed]
    whole = {claim.unit_id for claim in claimed if claim.exclusive}
    if planned.span.end <= now:
        return [], blocked
    window = Span(max(now, planned.span.start), planned.span.end)
    standing = [
        each
        for each in store.standing({claim.unit_id for claim in claimed}, window)
        if each.taken.exclusive or each.taken.unit_id in whole
    ]
    return moving.hits_of(standing, now), blocked


def move(actor: Actor, planned: Planned, booking_id: int, version: int, *, now: datetime) -> tuple[KeptBooking, Way]:
    """Move a booking out of a closure's way, to the best place there is; its holder is told where and why."""
    changing.get_to_change(actor, booking_id, version, "booking.change", now)
    hit, blocked = _hit(actor, planned, booking_id, now)
    after, way = moving.move(actor, hit, version, blocked, now=now)
    unit = catalogue.units([hit.booking.units[0].unit_id])[hit.booking.units[0].unit_id]
    facts = {
        "booking": booking_id,
        "by": actor.person_id,
        "unit_zh": unit.name_zh,
        "unit_en": unit.name_en,
        "note": planned.reason,
    }
    outbox.post([Letter(after.holder_id, "fault/moved", f"{booking_id}/{after.version}", facts)], now)
    return after, way


def cancel(actor: Actor, planned: Planned, booking_id: int, version: int, words: str, *, now: datetime) -> KeptBooking:
    """Cancel the dates of a booking that a closure cannot stand beside, with a word why."""
    changing.get_to_change(actor, booking_id, version, "booking.cancel", now)
    hit, _ = _hit(actor, planned, booking_id, now)
    date_ids = [date.id for date in hit.dates]
    return changing.cancel(actor, booking_id, version, now=now, date_ids=date_ids, note=words.strip() or planned.reason)


def _hit(actor: Actor, planned: Planned, booking_id: int, now: datetime) -> tuple[Hit, list[Taken]]:
    found, blocked = in_the_way(actor, planned, now)
    hit = next((each for each in found if each.booking.id == booking_id), None)
    if hit is None:
        raise Refused(NotInTheWay())
    return hit, blocked


def _claimed(actor: Actor, planned: Planned) -> list[Claim]:
    unit_ids = units_to_close(actor, planned.scope, planned.scope_id)
    return claims_of(unit_ids, catalogue.units(unit_ids))
