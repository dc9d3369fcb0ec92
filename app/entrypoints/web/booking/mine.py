"""My bookings, my organisation's and my bases': upcoming and past, filtered, sorted, paged, and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask import request
from flask_babel import gettext

from app.booking.actions import form as choosing
from app.booking.actions import listing
from app.booking.actions.listing import ALL, BASES, MINE, ORGANISATION
from app.booking.rules.course import STATES
from app.booking.rules.listing import PAST, SORTS, UPCOMING, Filters, Line
from app.booking.rules.request import PURPOSES
from app.entrypoints import clock, exports, gate
from app.entrypoints.formats import named, slot_text
from app.entrypoints.web.blueprint import page, web
from app.entrypoints.web.booking import words
from app.entrypoints.web.booking.form import asked_page
from app.entrypoints.web.listing import MOST_EXPORTED, asked_sort, asked_word
from app.entrypoints.wording.booking import purpose_name
from app.foundation.identifiers import id_from_text
from app.foundation.timespan import local_midnight

PAST_DAYS = 400
"""So far back others' past bookings are listed unless a day is chosen; one's own are few and all there."""


@web.get("/mine")
@gate.needs("booking.see")
def mine() -> Any:
    """The list of bookings: mine first, others' where the office allows it."""
    who, now = gate.actor(), clock.now()
    choices = listing.choices(who)
    whose = asked_word("whose", choices, MINE)
    when = asked_word("when", (UPCOMING, PAST), UPCOMING)
    since = _since(whose) if when == PAST else None
    filters = Filters(
        when=when,
        state=asked_word("state", STATES),
        purpose=asked_word("purpose", tuple(PURPOSES)),
        base_id=id_from_text(request.args.get("base", "")),
        text=asked_word("text"),
        sort=asked_sort(SORTS, ""),
        since=local_midnight(since) if since else None,
    )
    chosen = exports.wanted()
    if chosen:
        everything = listing.listed(who, whose, filters, now, 1, MOST_EXPORTED)
        return exports.as_file(chosen, _whose_words(whose), _head(), _rows(everything.lines))
    found = listing.listed(who, whose, filters, now, asked_page(request.args))
    return page(
        "booking/mine.html",
        found=found,
        filters=filters,
        since=since,
        whose=whose,
        whose_choices=[(each, _whose_words(each)) for each in choices],
        bases=listing.bases_to_choose(who, whose),
        purposes=[(code, purpose_name(code)) for code in PURPOSES],
        states=[(state, _state_words(state)) for state in STATES],
        narrowed=bool(filters.state or filters.purpose or filters.base_id or filters.text),
        terms=choosing.terms(),
        named=named,
        slot_text=slot_text,
        purpose_name=purpose_name,
        unit_words=words.unit_words,
    )


def _since(whose: str) -> date | None:
    """The first day of the past that is listed: the one in the address, else some days back, and all of one's own."""
    try:
        day = date.fromisoformat(asked_word("since"))
    except ValueError:
        day = None
    if day is not None and 1970 < day.year < 2200:
        return day
    return None if whose == MINE else clock.today() - timedelta(days=PAST_DAYS)


def _whose_words(whose: str) -> str:
    return {
        MINE: gettext("My bookings"),
        ORGANISATION: gettext("My organisation's"),
        BASES: gettext("In our bases"),
        ALL: gettext("Everybody's"),
    }[whose]


def _state_words(state: str) -> str:
    return {
        "waiting": gettext("Awaiting approval"),
        "confirmed": gettext("Confirmed"),
        "refused": gettext("Refused"),
        "cancelled": gettext("Cancelled"),
    }[state]


def _head() -> list[str]:
    return [
        gettext("Booking number"),
        gettext("Title"),
        gettext("State"),
        gettext("Start"),
        gettext("End"),
        gettext("Dates"),
        gettext("Dates to come"),
        gettext("What"),
        gettext("Where"),
        gettext("Booked for"),
        gettext("Member"),
        gettext("Purpose"),
        gettext("Head count"),
        gettext("Asked at"),
    ]


def _rows(lines: Any) -> Iterator[list[exports.Cell]]:
    for line in lines:
        yield _row(line)


def _row(line: Line) -> list[exports.Cell]:
    return [
        line.id,
        line.title,
        _state_words(line.state),
        line.span.start,
        line.span.end,
        line.dates,
        line.left,
        words.unit_words(line.units),
        gettext(", ").join(dict.fromkeys(named(unit.base) for unit in line.units)),
        line.holder,
        named(line.member),
        purpose_name(line.purpose),
        line.headcount,
        line.created_at,
    ]
