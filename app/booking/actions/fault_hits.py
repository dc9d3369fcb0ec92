"""Whom a fault is in the way of: the bookings it hits, telling their people, moving or cancelling with one press."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from app.booking.actions import changing
from app.booking.actions import instead as moving
from app.booking.actions.instead import Hit, Way
from app.booking.rules.conflict import Taken
from app.booking.rules.course import KeptBooking
from app.booking.rules.outage import NotInTheWay, is_hit
from app.booking.store import bookings
from app.booking.store import faults as store
from app.catalogue.rules.unit import Unit
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.foundation.refusal import NotFound, Refused
from app.foundation.timespan import Span
from app.outbox import actions as outbox
from app.outbox.rules import Letter
from app.timetable.rules.faults import Fault
from app.timetable.store import faults


def hits(fault: Fault, now: datetime) -> list[Hit]:
    """The coming bookings that a fault is in the way of, and those that have its room whole, the earliest first.

    Three queries where there are none; it blocks nobody while it is not confirmed, or can still be used.
    """
    blocks = fault.blocks
    if blocks is None or blocks.end <= now:
        return []
    unit = catalogue.units([fault.unit_id])[fault.unit_id]
    outage = _outage(fault, blocks)
    window = Span(max(blocks.start, now), blocks.end)
    rooms = frozenset({unit.room_id} if unit.room_id and not unit.is_room and fault.whole else ())
    standing = store.standing({unit.id, *rooms}, window)
    mine = [each.taken for each in standing if each.taken.unit_id == unit.id]
    in_the_way = [
        each
        for each in standing
        if (each.taken.unit_id in rooms and each.taken.exclusive)
        or (each.taken.unit_id == unit.id and is_hit(each.taken, mine, outage, unit.capacity))
    ]
    return moving.hits_of(in_the_way, now, rooms)


def _outage(fault: Fault, blocks: Span) -> Taken:
    return Taken(fault.unit_id, blocks, fault.quantity, fault.whole, "fault")


def hitting(booking: KeptBooking, now: datetime) -> list[tuple[Fault, Hit]]:
    """The confirmed faults that are in the way of a booking's coming dates; one query where its labs have none."""
    unit_ids = [unit.unit_id for unit in booking.units]
    if not unit_ids or not any(each.span.end > now for each in booking.open_dates):
        return []
    return [
        (fault, hit)
        for fault in faults.blocking_in_the_labs_of(unit_ids)
        for hit in hits(fault, now)
        if hit.booking.id == booking.id
    ]


# ── what becomes of the bookings it is in the way of ──


def move(
    actor: Actor, fault_id: int, booking_id: int, version: int, *, now: datetime, chosen: str = ""
) -> tuple[KeptBooking, Way]:
    """Move a booking out of a fault's way, to the best place there is or the `chosen` one; its holder is told where.

    By whoever may change the booking: its holder herself, or the keeper. Raises Refused(NotInTheWay, NothingNear, …).
    """
    changing.get_to_change(actor, booking_id, version, "booking.change", now)
    fault, hit = _hit(fault_id, booking_id, now)
    after, way = moving.move(actor, hit, version, [], now=now, chosen=chosen)
    _note(fault, booking_id, "moved", now)
    unit = catalogue.units([fault.unit_id])[fault.unit_id]
    facts = facts_of(fault, unit, actor) | {"booking": booking_id}
    outbox.post([Letter(after.holder_id, "fault/moved", f"{booking_id}/{after.version}", facts)], now)
    return after, way


def cancel(actor: Actor, fault_id: int, booking_id: int, version: int, words: str, *, now: datetime) -> KeptBooking:
    """Cancel the dates of a booking that a fault is in the way of, with a word why."""
    changing.get_to_change(actor, booking_id, version, "booking.cancel", now)
    fault, hit = _hit(fault_id, booking_id, now)
    date_ids = [each.id for each in hit.dates]
    after = changing.cancel(actor, booking_id, version, now=now, date_ids=date_ids, note=words.strip())
    _note(fault, booking_id, "cancelled", now)
    return after


def _hit(fault_id: int, booking_id: int, now: datetime) -> tuple[Fault, Hit]:
    fault = faults.find(fault_id)
    if fault is None:
        raise Refused(NotFound())
    hit = next((each for each in hits(fault, now) if each.booking.id == booking_id), None)
    if hit is None:
        raise Refused(NotInTheWay())
    return fault, hit


def _note(fault: Fault, booking_id: int, outcome: str, now: datetime) -> None:
    if not store.note_outcome(fault.id, booking_id, outcome):
        store.note_told(fault.id, [booking_id], now, outcome)


# ── telling ──


def tell_hit(fault: Fault, unit: Unit, actor: Actor, now: datetime) -> None:
    """Tell whoever is hit and does not know yet."""
    known = store.told(fault.id)
    newly = [hit for hit in hits(fault, now) if hit.booking.id not in known]
    facts = facts_of(fault, unit, actor)
    outbox.post(
        [
            Letter(
                hit.booking.holder_id,
                "fault/yours_is_hit",
                f"{fault.id}/{hit.booking.id}/{fault.version}",
                facts | {"booking": hit.booking.id, "whole_room": hit.whole_room},
            )
            for hit in newly
        ],
        now,
    )
    store.note_told(fault.id, [hit.booking.id for hit in newly], now)


def tell_again(fault: Fault, unit: Unit, actor: Actor, now: datetime, before: Iterable[Hit]) -> None:
    """Tell whoever kept a booking that it can go ahead, and whoever lost one that the machine works again.

    `before` are those it was in the way of; those it is still in the way of are not told.
    """
    still = {hit.booking.id for hit in hits(fault, now)}
    told = store.told(fault.id)
    kept = {hit.booking.id: hit.booking.holder_id for hit in before if hit.booking.id not in still}
    lost = [booking_id for booking_id, each in told.items() if each.outcome == "cancelled"] if not fault.is_open else []
    holders = kept | {booking.id: booking.holder_id for booking in bookings.bookings(lost)}
    if fault.is_open:
        store.forget_told(fault.id, list(kept))  # should it last longer after all, they are told anew
    facts = facts_of(fault, unit, actor)
    outbox.post(
        [
            Letter(
                holder_id,
                "fault/works_again",
                f"{fault.id}/{booking_id}/{fault.version}",
                facts | {"booking": booking_id, "kept": booking_id in kept},
            )
            for booking_id, holder_id in holders.items()
        ],
        now,
    )


def tell(
    person_ids: Iterable[int], template: str, fault: Fault, unit: Unit, actor: Actor, now: datetime, note: str = ""
) -> None:
    facts = facts_of(fault, unit, actor) | ({"note": note} if note else {})
    outbox.post([Letter(each, template, f"{fault.id}/{fault.version}", facts) for each in person_ids], now)


def facts_of(fault: Fault, unit: Unit, actor: Actor) -> dict[str, Any]:
    until = fault.expected_until
    return {
        "fault": fault.id,
        "base": unit.base_id,
        "unit_zh": unit.name_zh,
        "unit_en": unit.name_en,
        "until": until.isoformat() if until else "",
        "by": actor.person_id,
    }
