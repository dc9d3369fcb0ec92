"""Alternatives for programs: what can be had instead of what was refused, each with the very request that takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Response, url_for

from app.booking.actions.alternatives import alternatives, asked_by_change, instead_of_change
from app.booking.actions.changing import Changes
from app.booking.rules.alternatives import Alternative
from app.booking.rules.availability import Choice
from app.booking.rules.course import KeptBooking
from app.booking.rules.request import Asked
from app.entrypoints.api.problems import moment, problem, status_of
from app.entrypoints.wording.booking import said_for
from app.foundation.refusal import Busy, Invalid, KeyUsedOtherwise, NotAllowed, NotFound, Refused

_NO_HELP = (Busy, Invalid, KeyUsedOtherwise, NotAllowed, NotFound)
"""Where one of these stands in the way nothing else would do either."""

KEPT_WORDS = ("purpose", "title", "headcount", "note", "declared", "acting_for", "on_behalf_of")


def problem_instead(refused: Refused, asked: Asked, wanted: Mapping[str, Any], now: datetime) -> Response:
    """The refusal of a new request, with what can be had instead."""
    found = [] if _is_hopeless(refused) else alternatives(asked, now)
    return problem(status_of(refused.reasons), refused.reasons, alternatives=shown_for_request(found, wanted))


def problem_instead_of_change(
    refused: Refused, kept: KeptBooking, changes: Changes, version: int, now: datetime
) -> Response:
    """The refusal of a change, with what it could be instead."""
    found = [] if _is_hopeless(refused) else instead_of_change(kept, changes, now)
    anew = asked_by_change(kept, changes, now)
    shown = [_shown(each, _patch(each, kept, anew[1] if anew else (), version)) for each in found]
    return problem(status_of(refused.reasons), refused.reasons, alternatives=shown)


def _is_hopeless(refused: Refused) -> bool:
    return any(isinstance(reason, _NO_HELP) or reason.kind == "stale" for reason in refused.reasons)


def shown_for_request(found: Sequence[Alternative], wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Alternatives to a request with these words, each with the POST that takes it."""
    words = {name: wanted[name] for name in KEPT_WORDS if wanted.get(name) not in (None, [])}
    return [_shown(each, _post(each, words)) for each in found]


def _shown(each: Alternative, take: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "bookings": [choice_shown(part) for part in each.parts],
        "missing": each.missing,
        "needs_approval": each.needs_approval,
        "reasons": [
            {"code": code, "message": words}
            for code, words in zip(each.speaks_for, said_for(each.speaks_for), strict=True)
        ],
        "take": take,
    }


def choice_shown(choice: Choice) -> dict[str, Any]:
    return {
        "units": _units(choice),
        "dates": [
            {"start": moment(slot.span.start), "end": moment(slot.span.end), "periods": slot.periods}
            for slot in choice.slots
        ],
    }


def _units(choice: Choice) -> list[dict[str, int]]:
    return [{"id": want.unit_id, "quantity": want.quantity} for want in choice.wants]


def _dates(choice: Choice) -> list[dict[str, str]]:
    return [{"start": moment(slot.span.start), "end": moment(slot.span.end)} for slot in choice.slots]


def _post(each: Alternative, words: Mapping[str, Any]) -> dict[str, Any]:
    pieces: list[dict[str, Any]] = [{"units": _units(part), "dates": _dates(part)} for part in each.parts]
    if len(pieces) > 1:
        return {"method": "POST", "href": url_for("api.book_together"), "body": {"bookings": pieces, **words}}
    [piece] = pieces
    if len(piece["dates"]) > 1:
        return {"method": "POST", "href": url_for("api.book_series"), "body": {**piece, **words}}
    [date] = piece["dates"]
    return {"method": "POST", "href": url_for("api.book"), "body": {"units": piece["units"], **date, **words}}


def _patch(each: Alternative, kept: KeptBooking, date_ids: Sequence[int], version: int) -> dict[str, Any]:
    [part] = each.parts
    ordered = sorted(part.slots, key=lambda slot: slot.span)
    body: dict[str, Any] = {
        "version": version,
        "dates": [
            {"id": date_id, "start": moment(slot.span.start), "end": moment(slot.span.end)}
            for date_id, slot in zip(date_ids, ordered, strict=True)
        ],
    }
    if {(want.unit_id, want.quantity) for want in part.wants} != {(u.unit_id, u.quantity) for u in kept.units}:
        body["units"] = _units(part)
    return {"method": "PATCH", "href": url_for("api.change", booking_id=kept.id), "body": body}
