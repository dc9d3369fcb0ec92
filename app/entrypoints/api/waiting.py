"""Operations: the waiting list: ask, see one's place and why, leave; take what is held, or let it pass."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, url_for
from flask_babel import gettext

from app.booking.actions import waiting as actions
from app.booking.rules.request import Want
from app.booking.rules.waiting import DISPLACED, OPEN, Offer, Standby, StandbyForm, before
from app.booking.store import waiting as store
from app.booking.store.listing import people_and_codes
from app.consortium.rules.office import Actor
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.api import bookings as kept
from app.entrypoints.api.blueprint import ETAG, LOCATION, acting_for, answer, operation
from app.entrypoints.api.once import answered_once, located
from app.entrypoints.api.problems import invalid, moment
from app.entrypoints.api.shapes import blocks as of_blocks
from app.entrypoints.api.shapes import bookings as of_bookings
from app.entrypoints.api.shapes import line as line_shapes
from app.entrypoints.api.versions import etag, version_needed, versioned
from app.foundation.refusal import NotFound, Refused

_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)", re.ASCII)


@operation("GET", "/standbys", deed="waiting.change", tag="line", answers=of_blocks.list_of(line_shapes.StandbyShown))
def my_standbys() -> Response:
    """All one waits for and waited for, the newest first."""
    found = store.standbys(person_id=gate.actor().person_id)
    return answer({"items": shown(sorted(found, key=lambda each: -each.id))})


@operation(
    "POST",
    "/standbys",
    deed="waiting.change",
    tag="line",
    body=line_shapes.StandbyWanted,
    answers=line_shapes.StandbyShown,
    status=201,
    refuses=(404, 409),
    headers=LOCATION,
    keyed=True,
)
def wait(wanted: dict[str, Any]) -> Response:
    """Stand in the line; 409 `free_now` where it can be had right now: then it should be booked."""
    actor, now, form = acting_for(wanted.get("acting_for")), clock.now(), _form(wanted)

    def do() -> dict[str, Any]:
        standby_id = actions.wait(actor, form, now=now)
        return shown(store.standbys(standby_ids=[standby_id]))[0]

    content = wanted | {"first_day": str(form.first_day), "last_day": str(form.last_day)}
    return answered_once(actor, content, do, 201, located)


def _form(wanted: Mapping[str, Any]) -> StandbyForm:
    return StandbyForm(
        unit_ids=tuple(dict.fromkeys(wanted["units"])),
        quantity=wanted["quantity"],
        first_day=wanted["first_day"],
        last_day=wanted["last_day"],
        weekdays=tuple(sorted(set(wanted.get("weekdays", range(1, 8))))),
        from_minute=_minute(wanted, "since"),
        until_minute=_minute(wanted, "until"),
        minutes=wanted["minutes"],
        periods="",
        title=wanted["title"].strip(),
        purpose=wanted["purpose"],
        headcount=wanted["headcount"],
        note=wanted["note"].strip(),
        declared=tuple(sorted(set(wanted["declared"]))),
        together=(wanted["quantity"],) * len(set(wanted["units"])) if wanted["together"] else (),
    )


def _as_wanted(form: StandbyForm) -> dict[str, Any]:
    """What somebody waits for in the words of a request."""
    return {
        "units": form.unit_ids,
        "quantity": form.quantity,
        "together": bool(form.together),
        "first_day": form.first_day,
        "last_day": form.last_day,
        "weekdays": form.weekdays,
        "since": _clock(form.from_minute),
        "until": _clock(form.until_minute),
        "minutes": form.minutes,
        "title": form.title,
        "purpose": form.purpose,
        "headcount": form.headcount,
        "note": form.note,
        "declared": form.declared,
    }


def _minute(wanted: Mapping[str, Any], name: str) -> int:
    found = _CLOCK.fullmatch(wanted[name])
    if found is None or (found[1] == "24" and found[2] != "00"):
        raise invalid(name, "unreadable")
    return int(found[1]) * 60 + int(found[2])


@operation(
    "GET",
    "/standbys/<id:standby_id>",
    deed="waiting.change",
    tag="line",
    answers=line_shapes.StandbyShown,
    headers=ETAG,
)
def standby(standby_id: int) -> Response:
    """What one waits for, the place in the line, and why it is that place."""
    return _as_it_stands(gate.actor(), standby_id)


@operation(
    "PATCH",
    "/standbys/<id:standby_id>",
    deed="waiting.change",
    tag="line",
    body=line_shapes.StandbyChanged,
    answers=line_shapes.StandbyShown,
    refuses=(409,),
    headers=ETAG,
    versioned=True,
)
def change_standby(wanted: dict[str, Any], standby_id: int) -> Response:
    """Wait for something else. One keeps one's place where whatever would do now would have done before; else one goes to
    the end of the line, also who was displaced: the head of the line is for the very time that was lost."""
    actor, now, version = gate.actor(), clock.now(), version_needed(wanted.pop("version", None))
    if not wanted:
        raise invalid("body", "nothing_to_change")
    form = _form(_as_wanted(_own(actor, standby_id).form) | wanted)
    transaction(lambda: actions.change(actor, standby_id, version, form, now=now))
    return _as_it_stands(actor, standby_id)


@operation(
    "DELETE",
    "/standbys/<id:standby_id>",
    deed="waiting.change",
    tag="line",
    query=line_shapes.Versioned,
    answers=line_shapes.StandbyShown,
    headers=ETAG,
    versioned=True,
)
def leave_line(wanted: dict[str, Any], standby_id: int) -> Response:
    """Wait no more. While something is held, that is answered instead (409)."""
    actor, now, version = gate.actor(), clock.now(), version_needed(wanted.get("version"))
    transaction(lambda: actions.withdraw(actor, standby_id, version, now=now))
    return _as_it_stands(actor, standby_id)


@operation(
    "POST",
    "/offers/<id:offer_id>/accept",
    deed="waiting.change",
    tag="line",
    body=line_shapes.Nothing,
    answers=of_bookings.Booking,
    refuses=(409,),
    headers=ETAG,
    keyed=True,
)
def accept_offer(wanted: dict[str, Any], offer_id: int) -> Response:
    """Take what is held: the booking, confirmed, or, where a keeper decides, asked for."""
    actor, now = gate.actor(), clock.now()

    def do() -> dict[str, Any]:
        return kept.all_shown([actions.accept(actor, offer_id, now=now)])[0]

    return answered_once(actor, wanted, do, headers=lambda body: etag(body["version"]))


@operation(
    "POST",
    "/offers/<id:offer_id>/decline",
    deed="waiting.change",
    tag="line",
    body=line_shapes.Leaving,
    answers=line_shapes.StandbyShown,
    refuses=(409,),
    keyed=True,
)
def decline_offer(wanted: dict[str, Any], offer_id: int) -> Response:
    """Let it pass: the next in the line is asked at once."""
    actor, now = gate.actor(), clock.now()

    def do() -> dict[str, Any]:
        actions.decline(actor, offer_id, now=now, leave=wanted["leave"])
        (offer,) = store.offers(offer_ids=[offer_id])
        return shown(store.standbys(standby_ids=[offer.standby_id]))[0]

    return answered_once(actor, wanted, do)


def _as_it_stands(actor: Actor, standby_id: int) -> Response:
    return versioned(shown([_own(actor, standby_id)])[0])


def _own(actor: Actor, standby_id: int) -> Standby:
    found = store.find(standby_id)
    if found is None or found.person_id != actor.person_id:
        raise Refused(NotFound())
    return found


# ── in words ──


def shown(standbys: Sequence[Standby]) -> list[dict[str, Any]]:
    """Standbys of one person; four queries, however many they are."""
    if not standbys:
        return []
    now = clock.now()
    unit_ids = {unit_id for each in standbys for unit_id in each.form.unit_ids}
    line = store.standbys(unit_ids=unit_ids, state=OPEN)
    offers: dict[int, list[Offer]] = {}
    for offer in store.offers(standby_ids=[each.id for each in standbys]):
        offers.setdefault(offer.standby_id, []).append(offer)
    _, codes = people_and_codes([], [each.member_id for each in standbys])
    found = []
    for each in standbys:
        of_it = offers.get(each.id, [])
        held = [offer for offer in of_it if offer.state == OPEN and offer.expires_at > now]
        form = each.form
        found.append(
            {
                "id": each.id,
                "url": url_for("api.standby", standby_id=each.id),
                "version": each.version,
                "state": each.state,
                "units": list(form.unit_ids),
                "quantity": form.quantity,
                "together": plain_wants(form.wants(0)) if form.together else [],
                "first_day": str(form.first_day),
                "last_day": str(form.last_day),
                "weekdays": list(form.weekdays),
                "since": _clock(form.from_minute),
                "until": _clock(form.until_minute),
                "minutes": form.minutes,
                "title": form.title,
                "purpose": form.purpose,
                "headcount": form.headcount,
                "note": form.note,
                "acting_for": codes[each.member_id],
                "asked_at": moment(each.asked_at),
                "place": _place(each, line) if each.state == OPEN else None,
                "offer": _offer(held[0], form) if held else None,
                "answered": [_offer(offer, form) for offer in of_it if offer not in held],
            }
        )
    return found


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _place(mine: Standby, line: Sequence[Standby]) -> dict[str, Any]:
    others = before(mine, line)
    displaced = sum(other.rank == DISPLACED for other in others)
    return {
        "number": len(others) + 1,
        "displaced_before": displaced,
        "earlier_before": len(others) - displaced,
        "why": gettext(
            "Before you are %(displaced)s whose booking was taken from them and %(earlier)s who came earlier.",
            displaced=displaced,
            earlier=len(others) - displaced,
        )
        if others
        else gettext("You are next: whatever fits is held for you first."),
    }


def plain_wants(wants: Sequence[Want]) -> list[dict[str, int]]:
    return [{"id": want.unit_id, "quantity": want.quantity} for want in wants]


def _offer(offer: Offer, form: StandbyForm) -> dict[str, Any]:
    return {
        "id": offer.id,
        "state": offer.state,
        "unit_id": offer.unit_id,
        "units": plain_wants(form.wants(offer.unit_id)),
        "start": moment(offer.span.start),
        "end": moment(offer.span.end),
        "expires_at": moment(offer.expires_at),
        "booking_id": offer.booking_id,
    }
