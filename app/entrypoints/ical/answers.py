"""The addresses of calendars: feeds behind a secret, and files to take along."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from urllib.parse import quote

from flask import Blueprint, Response, abort, current_app, request
from flask_babel import get_locale, gettext
from werkzeug.http import http_date

from app.booking.actions import feeds
from app.booking.rules.feed import Shown, is_use_worth_noting
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.ical.words import Words, plain
from app.entrypoints.ical.writer import calendar
from app.foundation.refusal import Refused

CALENDAR = "text/calendar; charset=utf-8"
ENCODINGS = ("", ":br", ":gzip")
"""What compression adds to a tag on its way out, and so may stand in it on its way back."""
LONGEST_TOKEN = 200

calendars = Blueprint("web_calendars", __name__)
"""Named like a page's blueprint, so that somebody signed out who opens a file is led to sign in, not turned away."""


@calendars.get("/feeds/<token>.ics")
@gate.public
def feed(token: str) -> Response:
    """A subscription, for whoever holds its secret; decided anew each time by its owner's rights."""
    now = clock.now()
    found = feeds.find(token, now) if len(token) <= LONGEST_TOKEN else None
    if found is None:
        return Response("Not found\n", 404, content_type="text/plain; charset=utf-8")
    state = feeds.state_of(found, site(), now)
    known = _known_tag(state)
    if known is not None:
        answer = Response(status=304)
        del answer.headers["Content-Type"]
    else:
        known = state.tag
        words = Words(found.locale, site(), with_units=found.feed.scope in ("base", "lab", "member"))
        body = calendar(found.feed.name, words.events(feeds.content(found, now)), now)
        answer = Response(body, content_type=CALENDAR)
    answer.headers["ETag"] = f'"{known}"'
    answer.headers["Last-Modified"] = http_date(state.modified_at)
    answer.headers["Cache-Control"] = "private"
    if is_use_worth_noting(found.feed, now):
        with suppress(Refused):
            transaction(lambda: feeds.note_use(found.feed.id, now))
    return answer


@calendars.get("/bookings/<id:booking_id>.ics")
@gate.needs("booking.see")
def booking_file(booking_id: int) -> Response:
    """One booking with all its dates, as a file for any calendar."""
    try:
        shown = feeds.booking_content(gate.actor(), booking_id, clock.now())
    except Refused:
        abort(404)
    title = shown[0].occurrence.title if shown else gettext("Booking")
    return _file(title, shown, f"booking-{booking_id}.ics")


@calendars.get("/mine.ics")
@gate.needs("booking.see")
def my_file() -> Response:
    """All my bookings, as a file: for calendars that cannot subscribe."""
    return _file(gettext("My bookings"), feeds.my_content(gate.actor(), clock.now()), "my-bookings.ics")


def site() -> str:
    """Where people reach this installation; links begin with it."""
    return current_app.config["PUBLIC_URL"] or request.host_url.rstrip("/")


def _known_tag(state: feeds.State) -> str | None:
    """The tag the caller already has, where what she has is still right; None when she needs the text."""
    tags = request.if_none_match
    if tags:
        return next((state.tag + each for each in ENCODINGS if tags.contains_weak(state.tag + each)), None)
    since: datetime | None = request.if_modified_since
    return state.tag if since is not None and state.modified_at <= since else None


def _file(name: str, shown: list[Shown], file_name: str) -> Response:
    locale = get_locale()
    words = Words(locale.language if locale else "zh", site(), with_units=False)
    since = min((each.occurrence.start for each in shown), default=clock.now())
    answer = Response(calendar(plain(name), words.events(shown), since), content_type=CALENDAR)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file_name)}; filename={file_name}"
    return answer
