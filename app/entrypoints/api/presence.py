"""Operations: who came and left; giving back, making longer; what each use was judged to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response

from app.booking.actions.situation import placement
from app.booking.rules.course import Kept, KeptBooking
from app.booking.store import bookings
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.consortium.rules.scope import scope
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.api.blueprint import ETAG, answer, operation
from app.entrypoints.api.bookings import all_shown, who_may
from app.entrypoints.api.paging import paged
from app.entrypoints.api.problems import moment, moment_if_any
from app.entrypoints.api.shapes import blocks as of_blocks
from app.entrypoints.api.shapes import bookings as of_bookings
from app.entrypoints.api.shapes import usage as of_use
from app.entrypoints.api.shapes.line import Nothing
from app.entrypoints.api.versions import version_needed, versioned
from app.foundation.identifiers import LARGEST_ID
from app.foundation.refusal import NotFound, Refused
from app.foundation.timespan import Span
from app.usage.actions import judging
from app.usage.actions import presence as actions
from app.usage.rules.presence import Seen
from app.usage.rules.verdict import Judgement
from app.usage.store import judging as judged_store
from app.usage.store import listing as store
from app.usage.store import presence as presence_store
from app.usage.store.listing import Sought, Use

TAG = "use"
DATE = "/bookings/<id:booking_id>/dates/<id:date_id>"


@operation("GET", f"{DATE}/presence", deed="booking.see", tag=TAG, answers=of_use.PresenceShown)
def presence(booking_id: int, date_id: int) -> Response:
    """What is known of one date: who came and left, and what it was judged to be."""
    kept, _ = _seen(who_may("booking.see", booking_id), booking_id, date_id)
    return _presence(kept.id, date_id)


@operation(
    "POST", f"{DATE}/arrive", deed="presence.mark", tag=TAG, body=Nothing, answers=of_use.PresenceShown, refuses=(409,)
)
def arrive(_wanted: dict[str, Any], booking_id: int, date_id: int) -> Response:
    """Somebody is here, from a quarter of an hour before the date until its end."""
    return _noted("presence.mark", booking_id, date_id, actions.arrive)


@operation(
    "POST", f"{DATE}/leave", deed="presence.mark", tag=TAG, body=Nothing, answers=of_use.PresenceShown, refuses=(409,)
)
def leave(_wanted: dict[str, Any], booking_id: int, date_id: int) -> Response:
    """Somebody has left. Before the end that keeps the rest; `release` gives it back."""
    return _noted("presence.mark", booking_id, date_id, actions.leave)


@operation(
    "POST",
    f"{DATE}/release",
    deed="presence.mark",
    tag=TAG,
    body=of_use.OfVersion,
    answers=of_bookings.Booking,
    headers=ETAG,
    versioned=True,
)
def release(wanted: dict[str, Any], booking_id: int, date_id: int) -> Response:
    """Done sooner: the date ends now, rounded up to the minute; the rest goes to whoever waits."""
    return _changed(wanted, booking_id, date_id, actions.give_back)


@operation(
    "POST",
    f"{DATE}/extend",
    deed="presence.mark",
    tag=TAG,
    body=of_use.OfVersion,
    answers=of_bookings.Booking,
    headers=ETAG,
    versioned=True,
)
def extend(wanted: dict[str, Any], booking_id: int, date_id: int) -> Response:
    """A while longer (the setting `extend.minutes`, or the unit's block), where the time after it is free."""
    return _changed(wanted, booking_id, date_id, actions.extend)


def _changed(wanted: Mapping[str, Any], booking_id: int, date_id: int, do: Callable[..., KeptBooking]) -> Response:
    version, who, now = version_needed(wanted.get("version")), who_may("presence.mark", booking_id), clock.now()
    kept = transaction(lambda: do(who, booking_id, version, date_id, now=now))
    return versioned(all_shown([kept])[0])


@operation(
    "PUT",
    f"{DATE}/presence",
    deed="presence.keep",
    tag=TAG,
    body=of_use.TimesNoted,
    answers=of_use.PresenceShown,
    refuses=(409,),
)
def correct_presence(wanted: dict[str, Any], booking_id: int, date_id: int) -> Response:
    """A keeper puts right when somebody came and left, until it is judged."""
    said = wanted["version"], wanted["arrived_at"], wanted["left_at"]
    return _noted("presence.keep", booking_id, date_id, actions.correct, *said)


@operation(
    "POST",
    f"{DATE}/excuse",
    deed="presence.keep",
    tag=TAG,
    body=of_use.Excuse,
    answers=of_use.PresenceShown,
    refuses=(409,),
)
def excuse(wanted: dict[str, Any], booking_id: int, date_id: int) -> Response:
    """A keeper excuses what was judged: its points come back as events of their own."""
    return _noted("presence.keep", booking_id, date_id, judging.excuse, wanted["version"], why=wanted["why"])


def _noted(deed: str, booking_id: int, date_id: int, do: Callable[..., object], *said: Any, **more: Any) -> Response:
    who, now = who_may(deed, booking_id), clock.now()
    transaction(lambda: do(who, booking_id, date_id, *said, now=now, **more))
    return _presence(booking_id, date_id)


def _seen(who: Actor, booking_id: int, date_id: int) -> tuple[KeptBooking, Kept]:
    kept = bookings.find(booking_id)
    date = next((each for each in kept.dates if each.id == date_id), None) if kept else None
    if kept is None or date is None or not may(who, "booking.see", placement(kept, who.on)):
        raise Refused(NotFound())
    return kept, date


def _presence(booking_id: int, date_id: int) -> Response:
    kept = bookings.find(booking_id)
    span = next(each.span for each in kept.dates if each.id == date_id) if kept else None
    if span is None:
        raise Refused(NotFound())
    seen, judged = presence_store.seen([date_id])[date_id], judged_store.judgements([date_id]).get(date_id)
    return answer(_presence_shown(booking_id, span, seen, judged))


def _presence_shown(booking_id: int, span: Span, seen: Seen, judged: Judgement | None) -> dict[str, Any]:
    return {
        "booking_id": booking_id,
        "date_id": seen.date_id,
        "version": seen.version,
        "start": moment(span.start),
        "end": moment(span.end),
        "expected_since": moment_if_any(seen.expected_at),
        "arrived_at": moment_if_any(seen.arrived_at),
        "arrived_how": seen.arrived_how or None,
        "left_at": moment_if_any(seen.left_at),
        "left_how": seen.left_how or None,
        "released_at": moment_if_any(seen.released_at),
        "booked_until": moment_if_any(seen.was_until),
        "judgement": _judgement_shown(judged) if judged else None,
    }


def _judgement_shown(judged: Judgement) -> dict[str, Any]:
    found = judged.verdict
    return {
        "verdict": found.word,
        "judged_at": moment(judged.judged_at),
        "late_minutes": found.late_minutes,
        "early_minutes": found.early_minutes,
        "over_minutes": found.over_minutes,
        "why": found.why,
        "excused_at": moment_if_any(judged.excused_at),
        "excused_why": judged.excused_why,
        "version": judged.version,
    }


@operation(
    "GET",
    "/judgements",
    deed="conduct.see",
    tag=TAG,
    query=of_use.JudgementsWanted,
    answers=of_blocks.page_of(of_use.UseShown),
)
def judgements(wanted: dict[str, Any]) -> Response:
    """Judged dates of one's bases, and of one's organisation's people, the newest first."""
    limit: int = wanted["limit"]
    sought = Sought(base_id=wanted.get("base"), verdict=wanted.get("verdict", ""), judged=True)
    within = scope(gate.actor(), "conduct.see")
    found = store.uses(within, sought, limit + 1, after=wanted.get("cursor") or LARGEST_ID)
    return answer(paged([_use_shown(each) for each in found], limit))


def _use_shown(use: Use) -> dict[str, Any]:
    return {
        "id": use.date_id,
        "booking_id": use.booking_id,
        "title": use.title,
        "holder": {"id": use.holder_id, "name": use.holder},
        "start": moment(use.span.start),
        "end": moment(use.span.end),
        "units": [unit_id for unit_id, *_ in use.units],
        "presence": _presence_shown(use.booking_id, use.span, use.seen, use.judgement),
    }
