"""Operations: chains of approval, read and set; other times proposed: read, propose, take, decline, take back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, url_for

from app.booking.actions import chain_setting, counter_offering
from app.booking.actions.listing import page_of
from app.booking.rules.chain import Step
from app.booking.rules.counter_offer import CounterOffer
from app.booking.store import counter_offers
from app.catalogue.store import places
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.api.blueprint import ETAG, LOCATION, answer, operation
from app.entrypoints.api.bookings import all_shown
from app.entrypoints.api.course import slot_of
from app.entrypoints.api.problems import moment
from app.entrypoints.api.shapes import approval as shapes
from app.entrypoints.api.shapes.blocks import list_of
from app.entrypoints.api.shapes.bookings import Booking
from app.entrypoints.api.versions import etag, mark_needed
from app.foundation.refusal import NotFound, Refused


@operation(
    "GET",
    "/bases/<id:base_id>/approvals",
    deed="catalogue.see",
    tag="catalogue",
    answers=shapes.ChainsShown,
    headers=ETAG,
)
def chains_of_base(base_id: int) -> Response:
    """Who must agree at a base, for each kind of applicant that has a chain of its own; else the keeper alone."""
    return _as_they_stand("base", base_id)


@operation(
    "GET",
    "/units/<id:unit_id>/approvals",
    deed="catalogue.see",
    tag="catalogue",
    answers=shapes.ChainsShown,
    headers=ETAG,
)
def chains_of_unit(unit_id: int) -> Response:
    """The chains of one unit, which come before its base's."""
    return _as_they_stand("unit", unit_id)


@operation(
    "PATCH",
    "/bases/<id:base_id>/approvals",
    deed="chain.change",
    tag="catalogue",
    body=shapes.ChainSet,
    answers=shapes.ChainsShown,
    headers=ETAG,
    versioned=True,
)
def change_chain_of_base(wanted: dict[str, Any], base_id: int) -> Response:
    """Set the chain for one kind of applicant at a base; what waits goes on as it was asked."""
    return _set_chain("base", base_id, wanted)


@operation(
    "PATCH",
    "/units/<id:unit_id>/approvals",
    deed="chain.change",
    tag="catalogue",
    body=shapes.ChainSet,
    answers=shapes.ChainsShown,
    headers=ETAG,
    versioned=True,
)
def change_chain_of_unit(wanted: dict[str, Any], unit_id: int) -> Response:
    """Set the chain for one kind of applicant of one unit."""
    return _set_chain("unit", unit_id, wanted)


def _set_chain(scope: str, scope_id: int, wanted: Mapping[str, Any]) -> Response:
    mark = mark_needed(wanted.get("mark"))
    actor, now = gate.actor(), clock.now()
    steps = [Step(tuple(each["parties"]), each["rule"], each["hours"], each["silence"]) for each in wanted["steps"]]
    transaction(lambda: chain_setting.set_chain(actor, scope, scope_id, wanted["kind"], mark, steps, now=now))
    return _as_they_stand(scope, scope_id)


def _as_they_stand(scope: str, scope_id: int) -> Response:
    if (places.find_base(scope_id) if scope == "base" else places.find_unit(scope_id)) is None:
        raise Refused(NotFound())
    chains = chain_setting.chains_now(scope, scope_id)
    mark = chain_setting.mark_of(chains)
    return answer({"mark": mark, "items": _chains(chains)}, headers=etag(mark))


def _chains(chains: Mapping[str, Sequence[Step]]) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "steps": [
                {"parties": list(step.parties), "rule": step.rule, "hours": step.hours, "silence": step.silence}
                for step in steps
            ],
        }
        for kind, steps in chains.items()
    ]


@operation(
    "GET",
    "/bookings/<id:booking_id>/other-times",
    deed="booking.see",
    tag="booking",
    answers=list_of(shapes.OtherTime),
)
def other_times(booking_id: int) -> Response:
    """Other times that were proposed for a booking, the newest first."""
    return answer({"items": [_shown(each) for each in page_of(gate.actor(), booking_id).other_times]})


@operation(
    "POST",
    "/bookings/<id:booking_id>/other-times",
    deed="approval.answer",
    tag="booking",
    body=shapes.OtherTimeWanted,
    answers=shapes.OtherTime,
    status=201,
    refuses=(404, 409),
    headers=LOCATION,
)
def propose_other_time(wanted: dict[str, Any], booking_id: int) -> Response:
    """Propose another time for a waiting date, in place of a yes or a no; the applicant takes it or declines."""
    actor, now = gate.actor(), clock.now()
    span = slot_of(wanted["start"], wanted["end"]).span

    def do() -> dict[str, Any]:
        return _found(
            counter_offering.propose(
                actor, booking_id, wanted["version"], wanted["date_id"], span, note=wanted["note"], now=now
            )
        )

    return answer(transaction(do), 201, {"Location": url_for("api.other_times", booking_id=booking_id)})


@operation(
    "POST",
    "/other-times/<id:other_time_id>/accept",
    deed="booking.take_time",
    tag="booking",
    answers=Booking,
    refuses=(404, 409),
)
def accept_other_time(other_time_id: int) -> Response:
    """Take the time proposed: moved, judged as a move is; whoever proposed it has agreed by that."""
    actor, now = gate.actor(), clock.now()
    kept = transaction(lambda: counter_offering.accept(actor, other_time_id, now=now))
    return answer(all_shown([kept])[0])


@operation(
    "POST",
    "/other-times/<id:other_time_id>/decline",
    deed="booking.take_time",
    tag="booking",
    answers=shapes.OtherTime,
    refuses=(404, 409),
)
def decline_other_time(other_time_id: int) -> Response:
    """It will not do; the request goes on waiting."""
    actor, now = gate.actor(), clock.now()
    transaction(lambda: counter_offering.decline(actor, other_time_id, now=now))
    return answer(_found(other_time_id))


@operation(
    "POST",
    "/other-times/<id:other_time_id>/withdraw",
    deed="approval.withdraw_time",
    tag="booking",
    answers=shapes.OtherTime,
    refuses=(404, 409),
)
def withdraw_other_time(other_time_id: int) -> Response:
    """Take a proposal of another time back before it is answered."""
    actor, now = gate.actor(), clock.now()
    transaction(lambda: counter_offering.withdraw(actor, other_time_id, now=now))
    return answer(_found(other_time_id))


def _found(other_time_id: int) -> dict[str, Any]:
    found = counter_offers.find(other_time_id)
    if found is None:
        raise Refused(NotFound())
    return _shown(found)


def _shown(offer: CounterOffer) -> dict[str, Any]:
    return {
        "id": offer.id,
        "booking_id": offer.booking_id,
        "date_id": offer.date_id,
        "start": moment(offer.span.start),
        "end": moment(offer.span.end),
        "by": offer.by_id,
        "note": offer.note,
        "state": offer.state,
    }
