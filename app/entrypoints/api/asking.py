"""Operations: ask for time: preview, one booking, a series."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, url_for

from app.booking.actions import asking
from app.booking.actions.alternatives import alternatives, take
from app.booking.rules.request import Asked, Want
from app.consortium.rules.office import Actor
from app.consortium.store import pages as consortium
from app.entrypoints import clock
from app.entrypoints.api.alternatives import choice_shown, problem_instead, shown_for_request
from app.entrypoints.api.blueprint import LOCATION, acting_for, answer, operation, presence
from app.entrypoints.api.course import Meant, left_out_shown, meant, weeks_at
from app.entrypoints.api.once import answered_once, located
from app.entrypoints.api.problems import all_explained, invalid, moment
from app.entrypoints.api.shapes import alternatives as pieces
from app.entrypoints.api.shapes import asking as of_asking
from app.entrypoints.api.shapes import bookings as of_bookings
from app.foundation.refusal import Refused
from app.foundation.timespan import local_day


@operation(
    "POST",
    "/bookings/preview",
    deed="booking.request",
    tag="booking",
    body=of_asking.PreviewWanted,
    answers=of_asking.Preview,
    refuses=(404,),
)
def preview(wanted: dict[str, Any]) -> Response:
    """What asking would be answered now: every reason at once, and the nearest free choices. Nothing is kept."""
    actor = acting_for(wanted.get("acting_for"))
    asked, _, said = asked_from(wanted, actor)
    now = clock.now()
    week = weeks_at([asked.wants[0].unit_id])
    found = asking.preview(actor, asked, now)
    instead = [] if found.is_free else alternatives(asked, now)
    return answer(
        {
            "free": found.is_free,
            "needs_approval": bool(found.asks_bases),
            "reasons": all_explained(found.general),
            "dates": [
                {
                    "start": moment(slot.span.start),
                    "end": moment(slot.span.end),
                    "periods": slot.periods,
                    "week": week(asked.wants[0].unit_id, slot.span),
                    "free": not found.general and not reasons,
                    "reasons": all_explained(reasons),
                }
                for slot, reasons in found.by_slot
            ],
            "left_out": left_out_shown(said.left_out),
            "nearest": [choice_shown(each.parts[0]) for each in instead if len(each.parts) == 1],
            "alternatives": shown_for_request(instead, wanted),
        }
    )


@operation(
    "POST",
    "/bookings",
    deed="booking.request",
    tag="booking",
    body=of_asking.BookingWanted,
    answers=of_bookings.Booked,
    status=201,
    refuses=(404, 409),
    headers=LOCATION,
    keyed=True,
)
def book(wanted: dict[str, Any]) -> Response:
    """Ask for units at a time: 201 with the booking, or 409 with everything that is in the way."""
    return _ask(wanted)


@operation(
    "POST",
    "/series",
    deed="booking.request",
    tag="booking",
    body=of_asking.SeriesWanted,
    answers=of_bookings.SeriesBooked,
    status=201,
    refuses=(404, 409),
    headers=LOCATION,
    keyed=True,
)
def book_series(wanted: dict[str, Any]) -> Response:
    """Ask for units on many dates: all of them, or with `accept_part` those that are free.

    Say either `dates`, or `when` in words, or `term`, `weeks`, `weekday` and `periods`.
    """
    return _ask(wanted, is_series=True)


def _ask(wanted: Mapping[str, Any], *, is_series: bool = False) -> Response:
    actor = acting_for(wanted.get("acting_for"))
    asked, holder, said = asked_from(wanted, actor)
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
            body["left_out"] = [each | {"day": each["day"].isoformat()} for each in left_out_shown(said.left_out)]
        return body

    try:
        return answered_once(actor, wanted, do, 201, located)
    except Refused as refused:
        return problem_instead(refused, asked, wanted, now)


@operation(
    "POST",
    "/bookings/together",
    deed="booking.request",
    tag="booking",
    body=pieces.TogetherWanted,
    answers=pieces.Together,
    status=201,
    refuses=(404, 409),
    keyed=True,
)
def book_together(wanted: dict[str, Any]) -> Response:
    """Several bookings at once, such as a series in pieces: all of them or none."""
    actor = acting_for(wanted.get("acting_for"))
    words = {name: value for name, value in wanted.items() if name != "bookings"}
    asked = [asked_from(words | piece, actor)[:2] for piece in wanted["bookings"]]
    now, uids = clock.now(), [str(uuid.uuid4()) for _ in asked]

    def do() -> dict[str, Any]:
        made = take(actor, [each for each, _ in asked], now=now, uids=uids)
        return {
            "bookings": [_booked(outcome, each, holder) for outcome, (each, holder) in zip(made, asked, strict=True)]
        }

    return answered_once(actor, wanted, do, 201)


def wants_of(units: Sequence[Mapping[str, Any]]) -> tuple[Want, ...]:
    return tuple(Want(each["id"], each["quantity"]) for each in units)


def asked_from(wanted: Mapping[str, Any], actor: Actor) -> tuple[Asked, dict[str, Any], Meant]:
    """What is asked for, the person who will hold it, and what of the wanted weeks falls out."""
    wants = wants_of(wanted["units"])
    holder_id, name = actor.person_id, actor.name
    who = wanted.get("on_behalf_of")
    if who is not None and actor.member_id is not None:
        person = consortium.person_of_member(who, actor.member_id, local_day(clock.now()))
        if person is None:
            raise invalid("on_behalf_of", "unknown")
        holder_id, name = person
    said = meant(wanted, wants)
    asked = Asked(
        wants=wants,
        slots=said.slots,
        purpose=wanted["purpose"],
        title=wanted["title"],
        member_id=actor.member_id or 0,
        holder_id=holder_id,
        headcount=wanted["headcount"],
        note=wanted["note"],
        declared=frozenset(wanted["declared"]),
    )
    return asked, {"id": holder_id, "name": name}, said


def _booked(outcome: asking.Outcome, asked: Asked, holder: dict[str, Any]) -> dict[str, Any]:
    unit_id = asked.wants[0].unit_id
    week = weeks_at([unit_id])
    dates = [
        {
            "id": date_id,
            "start": moment(slot.span.start),
            "end": moment(slot.span.end),
            "periods": slot.periods,
            "week": week(unit_id, slot.span),
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
