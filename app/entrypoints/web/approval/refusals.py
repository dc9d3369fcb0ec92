"""Refusals counted: by base, reason and kind of applicant, within a window; as a table and a file."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext

from app.booking.rules.chain import ALL_REASONS
from app.booking.rules.refusals import counted, total
from app.booking.rules.requester import REQUESTERS
from app.booking.store import looking
from app.booking.store import refusals as store
from app.consortium.rules.scope import scope
from app.entrypoints import clock, exports, gate
from app.entrypoints.formats import day_text, named
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.listing import asked_word
from app.entrypoints.wording import chains as chain_words
from app.entrypoints.wording.faults import hours_number
from app.foundation.identifiers import id_from_text
from app.foundation.timespan import DAY, Span, local_midnight

USUAL_DAYS, LONGEST_DAYS = 365, 1100


@web.get("/refusals")
@gate.needs("refusal.see")
def refusals() -> Any:
    """How many requests were refused within [from 0:00 of the first day, 24:00 of the last)."""
    first, last = _window()
    base_id = id_from_text(request.args.get("base", ""))
    reason, kind = asked_word("reason", ALL_REASONS), asked_word("kind", REQUESTERS)
    window = Span(local_midnight(first), local_midnight(last + DAY))
    lines = counted(store.refusals(scope(actor(), "refusal.see"), window, base_id, reason, kind))
    bases = {base.id: base for base in looking.bases(clock.today())}
    rows = [
        (
            named(bases[line.base_id]) if line.base_id in bases else str(line.base_id),
            chain_words.reason_title(line.reason),
            chain_words.kind_title(line.kind),
            line.requests,
            hours_number(line.length),
        )
        for line in lines
    ]
    if chosen := exports.wanted():
        head = [gettext("Base"), gettext("Reason"), gettext("Who asks"), gettext("Requests refused"), gettext("Hours")]
        return exports.as_file(chosen, gettext("Refusals counted"), head, rows)
    requests, length = total(lines)
    by_reason: dict[str, int] = {}
    for line in lines:
        by_reason[chain_words.reason_title(line.reason)] = (
            by_reason.get(chain_words.reason_title(line.reason), 0) + line.requests
        )
    return page(
        "inbox/refusals.html",
        rows=rows,
        requests=requests,
        hours=hours_number(length),
        by_reason=sorted(by_reason.items(), key=lambda each: -each[1]),
        first=first,
        last=last,
        window_text=gettext("%(first)s to %(last)s", first=day_text(first), last=day_text(last)),
        bases=[(base.id, named(base)) for base in bases.values()],
        base_id=base_id,
        reasons=chain_words.reason_choices(every=True),
        reason=reason,
        kinds=[(each, chain_words.kind_title(each)) for each in REQUESTERS],
        kind=kind,
    )


def _window() -> tuple[date, date]:
    """The asked days; the last year where they cannot be read."""
    today = clock.today()
    first, last = _day("from"), _day("to") or today
    first = first or last - (USUAL_DAYS - 1) * DAY
    if not first <= last or (last - first).days > LONGEST_DAYS:
        return today - (USUAL_DAYS - 1) * DAY, today
    return first, last


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(asked_word(name))
    except ValueError:
        return None
    return day if 1980 <= day.year <= 2200 else None
