"""Downtime: how long units stood still within a window, and of what; as a picture, a table and a file."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import request
from flask_babel import gettext

from app.booking.store import faults as booking_store
from app.booking.store import looking
from app.consortium.rules.scope import scope
from app.entrypoints import clock, exports, gate
from app.entrypoints.formats import days_text, named
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.listing import asked_word
from app.entrypoints.wording import faults as fault_words
from app.entrypoints.wording.faults import hours_number
from app.foundation.identifiers import id_from_text
from app.foundation.timespan import DAY, Span, local_midnight
from app.timetable.rules.faults import by_cause, downtime
from app.timetable.store import downtime as store

LONGEST_WINDOW = 1100 * DAY
USUAL_DAYS = 30


@web.get("/faults/downtime")
@gate.needs("downtime.see")
def downtime_page() -> Any:
    """Downtime of one's units in [from 0:00 of the first day, 24:00 of the last)."""
    who, now = actor(), clock.now()
    first, last = _window()
    base_id = id_from_text(request.args.get("base", ""))
    window = Span(local_midnight(first), local_midnight(last + DAY))
    within = booking_store.on_her_side(scope(who, "downtime.see"))
    found = downtime(store.outages(window, within, base_id), window, now)
    units = store.unit_names([each.unit_id for each in found])
    causes = list(by_cause(found))
    rows = sorted(found, key=lambda each: -each.total)
    if chosen := exports.wanted():
        head = [
            gettext("Unit"),
            gettext("Code"),
            gettext("Total hours"),
            *(fault_words.cause_name(each) for each in causes),
        ]
        lines: list[list[exports.Cell]] = [
            [
                named(units[each.unit_id]),
                units[each.unit_id].code,
                hours_number(each.total),
                *(hours_number(each.by_cause.get(cause, timedelta())) for cause in causes),
            ]
            for each in rows
        ]
        return exports.as_file(chosen, gettext("Downtime by cause"), head, lines)
    return page(
        "fault/downtime.html",
        first=first,
        last=last,
        window_text=days_text(first, last),
        base_id=base_id,
        bases=looking.bases(clock.today()),
        rows=rows,
        units=units,
        causes=[(each, fault_words.cause_name(each)) for each in causes],
        bars=[(fault_words.cause_name(cause), hours_number(length)) for cause, length in by_cause(found).items()],
        total=hours_number(sum((each.total for each in found), timedelta())),
        hours=hours_number,
        nothing=timedelta(),
        named=named,
    )


def _window() -> tuple[date, date]:
    """The asked days, half-open at the end of the last; the last thirty days where they cannot be read."""
    today = clock.today()
    first, last = _day("from"), _day("to")
    last = last or (min(today, first + USUAL_DAYS * DAY) if first else today)
    first = first or last - (USUAL_DAYS - 1) * DAY
    if not first <= last or last - first > LONGEST_WINDOW:
        return today - (USUAL_DAYS - 1) * DAY, today
    return first, last


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(asked_word(name))
    except ValueError:
        return None
    return day if 1980 <= day.year <= 2200 else None
