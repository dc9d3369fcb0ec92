"""Operations: bookings that exist: read, change, cancel, decide; as a whole or single dates of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Response, url_for

from app.booking.actions import answerers, changing, deciding, listing
from app.booking.actions.situation import placement
from app.booking.rules.chain import Part
from app.booking.rules.course import KeptBooking
from app.booking.rules.request import Slot
from app.booking.store import bookings, chains, pages
from app.booking.store.listing import people_and_codes
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.api.alternatives import problem_instead_of_change
from app.entrypoints.api.asking import wants_of
from app.entrypoints.api.blueprint import ETAG, actors, answer, first_who_may, operation
from app.entrypoints.api.course import slot_of, weeks_at
from app.entrypoints.api.paging import paged
from app.entrypoints.api.problems import invalid, moment, moment_if_any, problem, status_of
from app.entrypoints.api.shapes import blocks as of_blocks
from app.entrypoints.api.shapes import bookings as of_bookings
from app.entrypoints.api.versions import version_needed, versioned
from app.foundation.refusal import NotFound, Refused
from app.foundation.timespan import Span


@operation(
    "GET",
    "/bookings",
    deed="booking.see",
    tag="booking",
    query=of_bookings.BookingsWanted,
    answers=of_blocks.page_of(of_bookings.Booking),
)
def my_bookings(wanted: dict[str, Any]) -> Response:
    """Bookings, the newest first: one's own, or those of one's member or bases where one's office allows it."""
    limit: int = wanted["limit"]
    start, end = wanted.get("start"), wanted.get("end")
    if start and end and end <= start:
        raise invalid("to", "backward")
    within = listing.narrowed(gate.actor(), wanted["whose"])
    found = pages.ids(within, wanted.get("cursor"), limit + 1, start, end, wanted.get("state"))
    shown = paged([{"id": booking_id} for booking_id in found], limit)
    kept = bookings.bookings([each["id"] for each in shown["items"]])
    return answer({"items": all_shown(kept), "next": shown["next"]})


@operation(
    "GET", "/bookings/<id:booking_id>", deed="booking.see", tag="booking", answers=of_bookings.Booking, headers=ETAG
)
def booking(booking_id: int) -> Response:
    """One booking. Its ETag is its version, for If-Match."""
    found = bookings.find(booking_id)
    if found is None:
        raise Refused(NotFound())
    choices = actors()
    thing = placement(found, choices[0].on)
    if not any(may(actor, "booking.see", thing) for actor in choices):
        raise Refused(NotFound())
    return _as_it_stands(found)


@operation(
    "PATCH",
    "/bookings/<id:booking_id>",
    deed="booking.change",
    tag="booking",
    body=of_bookings.BookingChanged,
    answers=of_bookings.Booking,
    headers=ETAG,
    versioned=True,
)
def change(wanted: dict[str, Any], booking_id: int) -> Response:
    """Move, lengthen, shorten or relabel a booking; what is left out stays. 409 shows it as it stands now."""
    version = wanted.pop("version", None)
    if not wanted:
        raise invalid("body", "nothing_to_change")

    def changes() -> changing.Changes:
        return changing.Changes(
            slots=_moved(booking_id, wanted),
            wants=wants_of(wanted["units"]) if "units" in wanted else None,
            title=wanted.get("title"),
            purpose=wanted.get("purpose"),
            headcount=(wanted["headcount"] or 0) if "headcount" in wanted else None,
            note=wanted.get("note"),
            declared=frozenset(wanted["declared"]) if "declared" in wanted else None,
        )

    return _change(booking_id, version, changes)


def _change(booking_id: int, version: int | None, changes: Callable[[], changing.Changes]) -> Response:
    """Change it, or say what stands in the way and what it could be instead."""

    def do(actor: Actor, version: int) -> KeptBooking:
        return changing.change(actor, booking_id, version, changes(), now=clock.now())

    def instead(actor: Actor, refused: Refused) -> Response:
        kept = bookings.find(booking_id)
        if kept is None or not may(actor, "booking.request"):
            raise refused
        return problem_instead_of_change(refused, kept, changes(), kept.version, clock.now())

    return _do("booking.change", booking_id, version, do, instead)


@operation(
    "DELETE",
    "/bookings/<id:booking_id>",
    deed="booking.cancel",
    tag="booking",
    query=of_bookings.VersionGiven,
    answers=of_bookings.Booking,
    headers=ETAG,
    versioned=True,
)
def cancel(wanted: dict[str, Any], booking_id: int) -> Response:
    """Cancel a booking: every date that has not ended is free again. It stays to be read."""
    return _do(
        "booking.cancel",
        booking_id,
        wanted.get("version"),
        lambda actor, version: changing.cancel(actor, booking_id, version, now=clock.now(), note=wanted["note"]),
    )


@operation(
    "PATCH",
    "/bookings/<id:booking_id>/dates/<id:date_id>",
    deed="booking.change",
    tag="booking",
    body=of_bookings.DateChanged,
    answers=of_bookings.Booking,
    headers=ETAG,
    versioned=True,
)
def change_date(wanted: dict[str, Any], booking_id: int, date_id: int) -> Response:
    """Move one date of a booking."""
    version = wanted.pop("version", None)
    if not wanted:
        raise invalid("body", "nothing_to_change")

    return _change(booking_id, version, lambda: changing.Changes(slots=_moved(booking_id, wanted, date_id)))


@operation(
    "DELETE",
    "/bookings/<id:booking_id>/dates/<id:date_id>",
    deed="booking.cancel",
    tag="booking",
    query=of_bookings.VersionGiven,
    answers=of_bookings.Booking,
    headers=ETAG,
    versioned=True,
)
def cancel_date(wanted: dict[str, Any], booking_id: int, date_id: int) -> Response:
    """Cancel one date of a booking; the others stay."""

    def do(actor: Actor, version: int) -> KeptBooking:
        _date(booking_id, date_id)
        return changing.cancel(actor, booking_id, version, now=clock.now(), date_ids=[date_id], note=wanted["note"])

    return _do("booking.cancel", booking_id, wanted.get("version"), do)


@operation(
    "POST",
    "/bookings/<id:booking_id>/approve",
    deed="approval.answer",
    tag="booking",
    body=of_bookings.Decided,
    answers=of_bookings.Booking,
    headers=ETAG,
    versioned=True,
)
def approve(wanted: dict[str, Any], booking_id: int) -> Response:
    """The yes of whoever is asked. It is judged again first: what was asked without holding may be taken by now (409).

    Where others must agree too, the booking goes on waiting: `approvals` says for whom. Nobody approves her own (403).
    """
    return _do(
        "approval.answer",
        booking_id,
        wanted.get("version"),
        lambda actor, version: deciding.approve(actor, booking_id, version, now=clock.now(), note=wanted["note"]),
    )


@operation(
    "POST",
    "/bookings/<id:booking_id>/refuse",
    deed="approval.answer",
    tag="booking",
    body=of_bookings.Refusing,
    answers=of_bookings.Booking,
    headers=ETAG,
    versioned=True,
)
def refuse(wanted: dict[str, Any], booking_id: int) -> Response:
    """The no of whoever is asked, with a `reason` and words in `note`."""
    return _do(
        "approval.answer",
        booking_id,
        wanted.get("version"),
        lambda actor, version: deciding.refuse(
            actor, booking_id, version, now=clock.now(), note=wanted["note"], reason=wanted["reason"]
        ),
    )


def _do(
    deed: str,
    booking_id: int,
    version: int | None,
    do: Callable[[Actor, int], KeptBooking],
    instead: Callable[[Actor, Refused], Response] | None = None,
) -> Response:
    """Do it to the version that was read, as the actor who may; where that version is stale, show what there is now.

    Any other refusal is answered by `instead`, where that is given."""
    given, actor = version_needed(version), who_may(deed, booking_id)
    try:
        return _as_it_stands(transaction(lambda: do(actor, given)))
    except Refused as refused:
        if not any(reason.kind == "stale" for reason in refused.reasons):
            if instead is None or any(reason.kind in ("missing", "forbidden") for reason in refused.reasons):
                raise
            return instead(actor, refused)
        now = bookings.find(booking_id)
        more: dict[str, Any] = (
            {"booking": all_shown([now])[0]} if now and may(actor, "booking.see", placement(now, actor.on)) else {}
        )
        return problem(status_of(refused.reasons), refused.reasons, **more)


def who_may(deed: str, booking_id: int) -> Actor:
    """The first of the person's actors who may do it; with one office there is nothing to choose."""
    if deed == "approval.answer":
        return _who_may_answer(booking_id)

    def placed(on: date) -> Placement | None:
        found = bookings.find(booking_id)
        return placement(found, on) if found else None

    return first_who_may(deed, placed)


def _who_may_answer(booking_id: int) -> Actor:
    choices = actors()
    found = bookings.find(booking_id) if len(choices) > 1 else None
    if found is None:
        return choices[0]
    parts = chains.answers([booking_id])[booking_id]
    return next((each for each in choices if answerers.may_answer(each, found, parts)), choices[0])


def _moved(booking_id: int, wanted: Mapping[str, Any], date_id: int | None = None) -> dict[int, Slot] | None:
    """The new time of each date that gets one."""
    if "dates" in wanted:
        if "start" in wanted or "end" in wanted:
            raise invalid("dates", "one_way_only")
        return {each["id"]: slot_of(each["start"], each["end"], f"dates.{n}") for n, each in enumerate(wanted["dates"])}
    if "start" not in wanted and "end" not in wanted:
        return None
    kept = bookings.find(booking_id)
    dates = kept.open_dates if kept else ()
    if kept is None or not dates:
        return None  # the action says what is wrong
    if date_id is None and len(dates) > 1:
        raise invalid("start", "several_dates")
    date = next((each for each in kept.dates if each.id == date_id), None) if date_id else dates[0]
    if date is None:
        raise Refused(NotFound())
    return {date.id: slot_of(wanted.get("start", date.span.start), wanted.get("end", date.span.end))}


def _date(booking_id: int, date_id: int) -> None:
    kept = bookings.find(booking_id)
    if kept is None or all(each.id != date_id for each in kept.dates):
        raise Refused(NotFound())


def _as_it_stands(kept: KeptBooking) -> Response:
    return versioned(all_shown([kept])[0])


def all_shown(kept: Sequence[KeptBooking]) -> list[dict[str, Any]]:
    """Bookings as the API shows them to those who may see them whole; three queries, however many they are."""
    names, codes = people_and_codes(
        [person_id for each in kept for person_id in (each.holder_id, each.requester_id)],
        [each.member_id for each in kept],
    )
    week = weeks_at([each.units[0].unit_id for each in kept if each.units])
    parts = chains.answers([each.id for each in kept if each.approvals])
    return [_shown(each, names, codes, week, parts.get(each.id, ())) for each in kept]


def _shown(
    kept: KeptBooking,
    names: Mapping[int, str],
    codes: Mapping[int, str],
    week: Callable[[int, Span], int | None],
    parts: Sequence[Part],
) -> dict[str, Any]:
    place = kept.units[0].unit_id if kept.units else 0
    return {
        "id": kept.id,
        "url": url_for("api.booking", booking_id=kept.id),
        "version": kept.version,
        "state": kept.state,
        "title": kept.title,
        "purpose": kept.purpose,
        "headcount": kept.headcount,
        "note": kept.note,
        "acting_for": codes[kept.member_id],
        "holder": {"id": kept.holder_id, "name": names[kept.holder_id]},
        "units": [{"id": unit.unit_id, "quantity": unit.quantity} for unit in kept.units],
        "start": moment(min(date.span.start for date in kept.dates)),
        "end": moment(max(date.span.end for date in kept.dates)),
        "dates": [
            {
                "id": date.id,
                "start": moment(date.span.start),
                "end": moment(date.span.end),
                "periods": date.periods,
                "week": week(place, date.span),
                "state": date.state,
            }
            for date in kept.dates
        ],
        "uid": kept.uid,
        "requester": {"id": kept.requester_id, "name": names[kept.requester_id]},
        "approvals": [
            {
                "base_id": approval.base_id,
                "state": approval.state,
                "decided_at": moment_if_any(approval.decided_at),
                "reason": approval.reason,
                "note": approval.note,
                "steps": [_step(part) for part in parts if part.base_id == approval.base_id],
            }
            for approval in kept.approvals
        ],
        "created_at": moment(kept.created_at),
        "changed_at": moment(kept.changed_at),
    }


def _step(part: Part) -> dict[str, Any]:
    return {
        "step": part.step,
        "rule": part.rule,
        "seat": part.seat,
        "party": part.party,
        "raised": part.raised,
        "state": part.state,
        "due_at": moment_if_any(part.due_at),
        "silence": part.silence,
        "decided_at": moment_if_any(part.decided_at),
        "decided_by": part.decided_by,
        "for_person": part.for_person,
        "reason": part.reason,
        "note": part.note,
    }
