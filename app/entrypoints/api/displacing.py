"""Operations: displacement with care: look, displace, take something else, appeal, answer; and the order of purposes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Response, url_for

from app.booking.actions import appealing, displacing
from app.booking.actions.situation import placement
from app.booking.rules.displacing import Displacement, Said
from app.booking.rules.priority import Order
from app.booking.store import bookings
from app.booking.store import displacing as store
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.consortium.rules.scope import scope
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.api.asking import asked_from, wants_of
from app.entrypoints.api.blueprint import ETAG, LOCATION, acting_for, actors, answer, operation
from app.entrypoints.api.course import slot_of
from app.entrypoints.api.once import answered_once
from app.entrypoints.api.paging import paged
from app.entrypoints.api.problems import all_explained, moment, moment_if_any
from app.entrypoints.api.shapes import blocks as of_blocks
from app.entrypoints.api.shapes import displacing as own
from app.entrypoints.api.versions import versioned
from app.foundation.refusal import NotFound, Refused


@operation(
    "POST",
    "/displacements/preview",
    deed="booking.displace",
    tag="displacement",
    body=own.DisplacementLooked,
    answers=own.DisplacementLook,
    refuses=(404,),
)
def preview_displacement(wanted: dict[str, Any]) -> Response:
    """Who would give way to this now, under which order, until when, and what stands against it. Nothing is kept."""
    actor = acting_for(wanted.get("acting_for"))
    asked, _, _ = asked_from(wanted, actor)
    found = displacing.look(actor, asked, clock.now())
    return answer(
        {
            "possible": found.is_possible,
            "order_version": found.order.version,
            "counts_as": found.winner_class,
            "in_the_way": [
                {
                    "booking_id": each.booking.id if each.is_seen else None,
                    "start": moment(each.date.span.start),
                    "end": moment(each.date.span.end),
                    "counts_as": each.rank,
                    "until": moment(each.until),
                    "reasons": all_explained(each.reasons),
                }
                for each in found.victims
            ],
            "reasons": all_explained(found.preview.reasons),
            "needs_approval": bool(found.preview.asks_bases),
            "mark": found.mark,
        }
    )


@operation(
    "POST",
    "/displacements",
    deed="booking.displace",
    tag="displacement",
    body=own.DisplacementWanted,
    answers=own.DisplacementDone,
    status=201,
    refuses=(404, 409),
    headers=LOCATION,
    keyed=True,
)
def displace_with_care(wanted: dict[str, Any]) -> Response:
    """Ask for time that lower bookings have: all of them give way, with care for each, or nothing happens."""
    actor = acting_for(wanted.get("acting_for"))
    asked, _, _ = asked_from(wanted, actor)
    now, uid = clock.now(), str(uuid.uuid4())

    def do() -> dict[str, Any]:
        done = displacing.displace(actor, asked, _said(wanted), now=now, uid=uid, mark=wanted.get("mark"))
        outcome = done.outcome
        return {"booking_id": outcome.booking_id, "state": outcome.state, "displaced": list(done.displacement_ids)}

    return answered_once(actor, wanted, do, 201, _at_the_booking)


def _at_the_booking(body: Mapping[str, Any]) -> dict[str, str]:
    return {"Location": url_for("api.booking", booking_id=body["booking_id"])}


def _said(wanted: Mapping[str, Any]) -> Said:
    return Said(wanted["reason"], wanted["words"], wanted["compensation"], wanted["compensation_fen"])


@operation(
    "GET",
    "/displacements",
    deed="displacement.see",
    tag="displacement",
    query=own.DisplacementsWanted,
    answers=of_blocks.page_of(own.DisplacementShown),
)
def all_displacements(wanted: dict[str, Any]) -> Response:
    """Displacements of one's own bookings, of one's member's or bases', or all, as one's office allows; oldest first."""
    who, limit = gate.actor(), wanted["limit"]
    condition = store.within(scope(who, "displacement.see"), appeal=wanted.get("appeal") or "")
    found = store.after(condition, wanted.get("cursor") or 0, limit + 1)
    return answer(paged(_shown(who, found), limit))


@operation(
    "GET",
    "/displacements/<id:displacement_id>",
    deed="displacement.see",
    tag="displacement",
    answers=own.DisplacementCase,
    headers=ETAG,
)
def one_displacement(displacement_id: int) -> Response:
    """One displacement, with what its holder can take instead now."""
    return _as_it_stands(displacement_id)


@operation(
    "POST",
    "/displacements/<id:displacement_id>/take",
    deed="displacement.resettle",
    tag="displacement",
    body=own.InsteadTaken,
    answers=own.InsteadBooked,
    status=201,
    refuses=(409,),
    headers=LOCATION,
    keyed=True,
)
def take_other_time(wanted: dict[str, Any], displacement_id: int) -> Response:
    """Take another time for a displaced date; a lesson stays a lesson."""
    actor, now, uid = _who(displacement_id), clock.now(), str(uuid.uuid4())
    slot, wants = slot_of(wanted["start"], wanted["end"]), wants_of(wanted["units"])

    def do() -> dict[str, Any]:
        version = wanted["version"]
        return {"booking_id": appealing.resettle(actor, displacement_id, version, wants, slot, now=now, uid=uid)}

    return answered_once(actor, wanted, do, 201, _at_the_booking)


@operation(
    "POST",
    "/displacements/<id:displacement_id>/appeal",
    deed="displacement.appeal",
    tag="displacement",
    body=own.Appealed,
    answers=own.DisplacementCase,
    refuses=(409,),
    headers=ETAG,
)
def appeal_displaced(wanted: dict[str, Any], displacement_id: int) -> Response:
    """Disagree, in words; somebody else than who displaced answers."""
    actor, now = _who(displacement_id), clock.now()
    transaction(lambda: appealing.appeal(actor, displacement_id, wanted["version"], wanted["words"], now=now))
    return _as_it_stands(displacement_id)


@operation(
    "POST",
    "/displacements/<id:displacement_id>/answer",
    deed="displacement.answer",
    tag="displacement",
    body=own.AppealAnswered,
    answers=own.DisplacementCase,
    refuses=(409,),
    headers=ETAG,
)
def answer_displaced(wanted: dict[str, Any], displacement_id: int) -> Response:
    """Answer an appeal. Upheld, the time is given back where it is still free; else what is promised is noted."""
    actor, now = _who(displacement_id), clock.now()
    transaction(
        lambda: appealing.answer(
            actor,
            displacement_id,
            wanted["version"],
            upheld=wanted["answer"] == "upheld",
            words=wanted["words"],
            now=now,
            compensation=wanted["compensation"],
            compensation_fen=wanted["compensation_fen"],
        )
    )
    return _as_it_stands(displacement_id)


@operation("GET", "/order", deed="order.see", tag="displacement", answers=of_blocks.list_of(own.OrderShown))
def orders_of_purposes() -> Response:
    """The order of purposes in force first, then every one before it."""
    return answer({"items": [_order(each) for each in store.orders()]})


@operation(
    "POST",
    "/order",
    deed="order.publish",
    tag="displacement",
    body=own.OrderWanted,
    answers=own.OrderShown,
    status=201,
    refuses=(409,),
)
def publish_order_of_purposes(wanted: dict[str, Any]) -> Response:
    """Publish another order: it is in force at once, for what is displaced from then on."""
    actor, now = gate.actor(), clock.now()
    found = transaction(lambda: appealing.publish(actor, wanted["version"], wanted["classes"], wanted["note"], now=now))
    return answer(_order(found), 201)


def _who(displacement_id: int) -> Actor:
    """Of the person's actors the one for the member whose booking it was, else the first who can see it."""
    choices = actors()
    one = store.find(displacement_id)
    booking = bookings.find(one.booking_id) if one else None
    if booking is None or len(choices) == 1:
        return choices[0]
    thing = replace(placement(booking, choices[0].on), state="")
    seeing = [each for each in choices if may(each, "displacement.see", thing)]
    return next((each for each in seeing if each.member_id == booking.member_id), (seeing or choices)[0])


def _as_it_stands(displacement_id: int) -> Response:
    who = _who(displacement_id)
    found = appealing.case(who, displacement_id)
    shown = _shown(who, [found.one])
    if not shown:
        raise Refused(NotFound())
    alternatives = [
        {
            "units": [{"id": want.unit_id, "quantity": want.quantity} for want in each.wants],
            "start": moment(each.slots[0].span.start),
            "end": moment(each.slots[0].span.end),
            "needs_approval": each.needs_approval,
        }
        for each in appealing.offered(found, clock.now())
        if len(each.slots) == 1
    ]
    return versioned(shown[0] | {"alternatives": alternatives})


def _order(each: Order) -> dict[str, Any]:
    published = moment_if_any(each.published_at)
    return {"version": each.version, "classes": list(each.classes), "note": each.note, "published_at": published}


def _shown(who: Actor, found: Sequence[Displacement]) -> list[dict[str, Any]]:
    units = store.units_of_dates({each.date_id for each in found})
    seen = store.titles({each.booking_id for each in found}, scope(who, "booking.see"))
    return [
        {
            "id": one.id,
            "url": url_for("api.one_displacement", displacement_id=one.id),
            "version": one.version,
            "booking_id": one.booking_id if one.booking_id in seen else None,
            "start": moment(one.span.start),
            "end": moment(one.span.end),
            "units": [{"id": unit_id, "quantity": quantity} for unit_id, quantity in units.get(one.date_id, ())],
            "counted_as": one.displaced_class,
            "gave_way_to": one.winner_class,
            "order_version": one.order_version,
            "reason": one.said.reason,
            "words": one.said.words if one.booking_id in seen else "",
            "compensation": one.said.compensation if one.booking_id in seen else "",
            "compensation_fen": one.said.compensation_fen,
            "decided_at": moment(one.decided_at),
            "notice_hours": one.notice_hours,
            "standby_id": one.standby_id,
            "resettled_id": one.resettled_id if one.booking_id in seen else None,
            "restored": one.restored,
            "appeal": one.appeal,
            "appeal_words": one.appeal_words if one.booking_id in seen else "",
            "answer_words": one.answer_words if one.booking_id in seen else "",
        }
        for one in found
    ]
