"""Operations: ask for time: preview, one booking, a series."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response, request, url_for

from app.booking.actions import asking, looking
from app.booking.rules.availability import Choice
from app.booking.rules.request import Asked, Slot, Want
from app.consortium.rules.office import Actor
from app.consortium.store import pages as consortium
from app.database import transaction
from app.entrypoints import clock
from app.entrypoints.api import shapes
from app.entrypoints.api.blueprint import IDEMPOTENCY_KEY, LOCATION, REPLAYED, acting_for, answer, operation, presence
from app.entrypoints.api.course import slots_of
from app.entrypoints.api.problems import all_explained, invalid, moment
from app.foundation.timespan import local_day
from app.trail import actions as trail

LONGEST_KEY = 200


@operation(
    "POST",
    "/bookings/preview",
    deed="booking.request",
    tag="booking",
    body=shapes.PreviewWanted,
    answers=shapes.Preview,
    refuses=(404,),
)
def preview(wanted: dict[str, Any]) -> Response:
    """What asking would be answered now: every reason at once, and the nearest free choices. Nothing is kept."""
    actor = acting_for(wanted.get("acting_for"))
    asked, _ = _asked(wanted, actor)
    now = clock.now()
    found = asking.preview(actor, asked, now)
    nearest = [] if found.is_free else looking.nearest(actor, asked, now)
    return answer(
        {
            "free": found.is_free,
            "needs_approval": bool(found.asks_bases),
            "reasons": all_explained(found.general),
            "dates": [
                {
                    "start": moment(slot.span.start),
                    "end": moment(slot.span.end),
                    "free": not found.general and not reasons,
                    "reasons": all_explained(reasons),
                }
                for slot, reasons in found.by_slot
            ],
            "nearest": [_choice(choice) for choice in nearest],
        }
    )


@operation(
    "POST",
    "/bookings",
    deed="booking.request",
    tag="booking",
    body=shapes.BookingWanted,
    answers=shapes.Booked,
    status=201,
    refuses=(404, 409),
    headers=LOCATION | REPLAYED,
    parameters=[IDEMPOTENCY_KEY],
)
def book(wanted: dict[str, Any]) -> Response:
    """Ask for units at a time: 201 with the booking, or 409 with everything that is in the way."""
    return _ask(wanted)


@operation(
    "POST",
    "/series",
    deed="booking.request",
    tag="booking",
    body=shapes.SeriesWanted,
    answers=shapes.SeriesBooked,
    status=201,
    refuses=(404, 409),
    headers=LOCATION | REPLAYED,
    parameters=[IDEMPOTENCY_KEY],
)
def book_series(wanted: dict[str, Any]) -> Response:
    """Ask for units on many dates: all of them, or with `accept_part` those that are free.

    Say either `dates`, or `term`, `weeks`, `weekday` and `periods`.
    """
    return _ask(wanted, is_series=True)


def _ask(wanted: Mapping[str, Any], *, is_series: bool = False) -> Response:
    actor = acting_for(wanted.get("acting_for"))
    asked, holder = _asked(wanted, actor)
    now, uid = clock.now(), str(uuid.uuid4())

    def do() -> dict[str, Any]:
        outcome = asking.request(actor, asked, now=now, uid=uid, accept_part=wanted.get("accept_part", False))
        body = _booked(outcome, asked, holder)
        if is_series:
            body["skipped"] = [
                {
                    "start": moment(slot.span.start),
                    "end": moment(slot.span.end),
                    "reasons": all_explained(reasons),
                }
                for slot, reasons in outcome.skipped
            ]
        return body

    body, is_repeat = keyed(actor, wanted, do)
    headers = {"Location": body["url"]} | ({"Idempotency-Replayed": "true"} if is_repeat else {})
    return answer(body, 201, headers)


def keyed(actor: Actor, content: Mapping[str, Any], do: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Do it in a transaction, once for each Idempotency-Key; the answer, and whether it was given before."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and all("!" <= letter <= "~" for letter in key)):
        raise invalid("Idempotency-Key", "unreadable")
    whole = [request.method, request.path, actor.member_id, content]
    return transaction(lambda: trail.once(actor.person_id, key, whole, clock.now(), do))


def wants_of(units: Sequence[Mapping[str, Any]]) -> tuple[Want, ...]:
    return tuple(Want(each["id"], each["quantity"]) for each in units)


def _asked(wanted: Mapping[str, Any], actor: Actor) -> tuple[Asked, dict[str, Any]]:
    """What is asked for, and the person who will hold it."""
    wants = wants_of(wanted["units"])
    holder_id, name = actor.person_id, actor.name
    who = wanted.get("on_behalf_of")
    if who is not None and actor.member_id is not None:
        person = consortium.person_of_member(who, actor.member_id, local_day(clock.now()))
        if person is None:
            raise invalid("on_behalf_of", "unknown")
        holder_id, name = person
    asked = Asked(
        wants=wants,
        slots=slots_of(wanted, wants),
        purpose=wanted["purpose"],
        title=wanted["title"],
        member_id=actor.member_id or 0,
        holder_id=holder_id,
        headcount=wanted["headcount"],
        note=wanted["note"],
    )
    return asked, {"id": holder_id, "name": name}


def _booked(outcome: asking.Outcome, asked: Asked, holder: dict[str, Any]) -> dict[str, Any]:
    dates = [
        {
            "id": date_id,
            "start": moment(slot.span.start),
            "end": moment(slot.span.end),
            "periods": slot.periods,
            "state": outcome.state,
        }
        for date_id, slot in zip(outcome.date_ids, outcome.slots, strict=True)
    ]
    return {
        "id": outcome.booking_id,
        "url": url_for("api.booking", booking_id=outcome.booking_id),
        "version": outcome.version,
        "state": outcome.state,
        "title": asked.title.strip(),
        "purpose": asked.purpose,
        "headcount": asked.headcount,
        "note": asked.note,
        "acting_for": next(side.code for side in presence().sides if side.member_id == asked.member_id),
        "holder": holder,
        "units": [{"id": want.unit_id, "quantity": want.quantity} for want in asked.wants],
        "start": moment(min(slot.span.start for slot in outcome.slots)),
        "end": moment(max(slot.span.end for slot in outcome.slots)),
        "dates": dates,
    }


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "units": [{"id": want.unit_id, "quantity": want.quantity} for want in choice.wants],
        "dates": [_offered(slot) for slot in choice.slots],
    }


def _offered(slot: Slot) -> dict[str, str]:
    return {"start": moment(slot.span.start), "end": moment(slot.span.end), "periods": slot.periods}
