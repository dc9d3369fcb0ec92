"""Operations: passing on: hand a booking over, exchange two times; the other accepts or declines, the asker withdraws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Response, url_for

from app.booking.actions import passing as actions
from app.booking.rules.course import Kept, KeptBooking
from app.booking.rules.passing import ACCEPTED, EXPIRED, HAND_OVER, OPEN, Proposal
from app.booking.rules.request import Want
from app.booking.store import bookings
from app.booking.store import passing as store
from app.consortium.rules.office import Actor
from app.consortium.store import people
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.api import bookings as kept_bookings
from app.entrypoints.api.blueprint import ETAG, LOCATION, answer, operation
from app.entrypoints.api.once import answered_once, located
from app.entrypoints.api.problems import moment
from app.entrypoints.api.shapes import blocks as of_blocks
from app.entrypoints.api.shapes import bookings as of_bookings
from app.entrypoints.api.shapes import line as line_shapes
from app.entrypoints.api.versions import etag, version_needed
from app.foundation.refusal import NotFound, Refused


@operation("GET", "/proposals", deed="passing.answer", tag="line", answers=of_blocks.list_of(line_shapes.ProposalShown))
def my_proposals() -> Response:
    """What one has proposed and what was proposed to one, the newest first."""
    me, now = gate.actor().person_id, clock.now()
    return answer({"items": shown(store.of_person(me), me, now)})


@operation("GET", "/proposals/<id:proposal_id>", deed="passing.answer", tag="line", answers=line_shapes.ProposalShown)
def proposal(proposal_id: int) -> Response:
    """One proposal that one made or was made."""
    found, me = store.find(proposal_id), gate.actor().person_id
    if found is None or me not in (found.from_id, found.to_id):
        raise Refused(NotFound())
    return answer(shown([found], me, clock.now())[0])


@operation(
    "POST",
    "/bookings/<id:booking_id>/hand-over",
    deed="booking.pass_on",
    tag="line",
    body=line_shapes.HandOverWanted,
    answers=line_shapes.ProposalShown,
    status=201,
    headers=LOCATION,
    versioned=True,
    keyed=True,
)
def propose_hand_over(wanted: dict[str, Any], booking_id: int) -> Response:
    """Ask somebody to take the booking over with all its coming dates; it stays one's own until she accepts."""
    version = version_needed(wanted.get("version"))
    to, now = wanted["to"], clock.now()
    actor = kept_bookings.who_may("booking.pass_on", booking_id)

    def do() -> dict[str, Any]:
        to_id = people.person_id_of(to.strip().lower()) if isinstance(to, str) else to
        made = actions.propose_hand_over(actor, booking_id, version, to_id, note=wanted["note"], now=now)
        return _made(made, actor, now)

    return answered_once(actor, wanted, do, 201, located)


@operation(
    "POST",
    "/bookings/<id:booking_id>/swap",
    deed="booking.pass_on",
    tag="line",
    body=line_shapes.SwapWanted,
    answers=line_shapes.ProposalShown,
    status=201,
    headers=LOCATION,
    versioned=True,
    keyed=True,
)
def propose_swap(wanted: dict[str, Any], booking_id: int) -> Response:
    """Ask whoever holds a unit at an instant to exchange that time for one of one's own. Who it is stays hidden."""
    version = version_needed(wanted.get("version"))
    now, at = clock.now(), wanted["at"]
    actor = kept_bookings.who_may("booking.pass_on", booking_id)

    def do() -> dict[str, Any]:
        date_id, unit_id = wanted["date_id"], wanted["unit"]
        made = actions.propose_swap(actor, booking_id, version, date_id, unit_id, at, note=wanted["note"], now=now)
        return _made(made, actor, now)

    return answered_once(actor, wanted | {"at": moment(at)}, do, 201, located)


def _made(proposal_id: int, actor: Actor, now: datetime) -> dict[str, Any]:
    made = store.find(proposal_id)
    assert made is not None
    return shown([made], actor.person_id, now)[0]


@operation(
    "POST",
    "/proposals/<id:proposal_id>/accept",
    deed="passing.answer",
    tag="line",
    body=line_shapes.Nothing,
    answers=of_bookings.Booking,
    refuses=(409,),
    headers=ETAG,
    keyed=True,
)
def accept_proposal(wanted: dict[str, Any], proposal_id: int) -> Response:
    """Say yes: everything is judged again and both sides change in one step; the booking one holds from now on."""
    actor, now = gate.actor(), clock.now()

    def do() -> dict[str, Any]:
        return kept_bookings.all_shown([actions.accept(actor, proposal_id, now=now)])[0]

    return answered_once(actor, wanted, do, headers=lambda body: etag(body["version"]))


@operation(
    "POST",
    "/proposals/<id:proposal_id>/decline",
    deed="passing.answer",
    tag="line",
    body=line_shapes.Nothing,
    answers=line_shapes.ProposalShown,
    refuses=(409,),
    keyed=True,
)
def decline_proposal(wanted: dict[str, Any], proposal_id: int) -> Response:
    """Say no; everything stays as it is."""
    actor, now = gate.actor(), clock.now()

    def do() -> dict[str, Any]:
        actions.decline(actor, proposal_id, now=now)
        return _made(proposal_id, actor, now)

    return answered_once(actor, wanted, do)


@operation(
    "DELETE",
    "/proposals/<id:proposal_id>",
    deed="passing.answer",
    tag="line",
    answers=line_shapes.ProposalShown,
    refuses=(409,),
)
def withdraw_proposal(proposal_id: int) -> Response:
    """Take a proposal back before it is answered."""
    actor, now = gate.actor(), clock.now()
    transaction(lambda: actions.withdraw(actor, proposal_id, now=now))
    return answer(_made(proposal_id, actor, now))


# ── as one side sees it ──


def shown(proposals: Sequence[Proposal], me: int, now: datetime) -> list[dict[str, Any]]:
    """Proposals from one person's side: the times on both sides, of the other's booking nothing else. Two queries."""
    ids = {each for one in proposals for each in (one.booking_id, one.other_booking_id) if each}
    kept = {booking.id: booking for booking in bookings.bookings(sorted(ids))} if ids else {}
    sides = {one.id: (_first(one, kept, now), _second(one, kept)) for one in proposals}
    date_ids = sorted({date.id for pair in sides.values() for side in pair for date in side})
    wants = store.wants_of(date_ids) if date_ids else {}
    return [_shown(one, sides[one.id], wants, me, now) for one in proposals]


def _first(one: Proposal, kept: Mapping[int, KeptBooking], now: datetime) -> list[Kept]:
    """The dates that are handed over, or the one that is given in exchange."""
    booking = kept[one.booking_id]
    if one.kind == HAND_OVER:
        return [date for date in booking.open_dates if date.span.start > now]
    return [date for date in booking.dates if date.id == one.date_id]


def _second(one: Proposal, kept: Mapping[int, KeptBooking]) -> list[Kept]:
    other = kept.get(one.other_booking_id or 0)
    return [date for date in other.dates if date.id == one.other_date_id] if other else []


def _shown(
    one: Proposal,
    sides: tuple[Sequence[Kept], Sequence[Kept]],
    wants: Mapping[int, Sequence[Want]],
    me: int,
    now: datetime,
) -> dict[str, Any]:
    is_mine = one.from_id == me
    first, second = ([_time(date, wants) for date in side] for side in sides)
    own = one.booking_id if is_mine else one.other_booking_id
    if one.kind == HAND_OVER and not is_mine and one.state == ACCEPTED:
        own = one.booking_id
    return {
        "id": one.id,
        "url": url_for("api.proposal", proposal_id=one.id),
        "kind": one.kind,
        "state": EXPIRED if one.state == OPEN and not one.is_open(now) else one.state,
        "is_mine": is_mine,
        "gives": first if is_mine else second,
        "gets": second if is_mine else first,
        "booking_id": own,
        "note": one.note,
        "made_at": moment(one.made_at),
        "expires_at": moment(one.expires_at),
    }


def _time(date: Kept, wants: Mapping[int, Sequence[Want]]) -> dict[str, Any]:
    return {
        "units": [{"id": want.unit_id, "quantity": want.quantity} for want in wants.get(date.id, ())],
        "start": moment(date.span.start),
        "end": moment(date.span.end),
    }
