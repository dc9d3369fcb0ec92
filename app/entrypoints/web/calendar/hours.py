"""Opening hours of a base or one of its labs: a week on one page, and the bookings that new hours would leave outside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.actions import opening
from app.catalogue.rules.unit import Thing
from app.catalogue.store import browsing, places, shares
from app.consortium.rules.permission import may
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import named, weekday_text
from app.entrypoints.web.attempts import status_of
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.calendar.editing import clock_of, minute_of
from app.entrypoints.wording.units import unit_names
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Reason, Refused
from app.foundation.timespan import DAY, monday_of
from app.timetable.actions import hours as actions
from app.timetable.rules.hours import LeavesOutside, Opening
from app.timetable.store import hours as store

_STRETCH = re.compile(r"^\s*(\d{1,2}[:：]\d{2})\s*[-–—~～至]\s*(\d{1,2}[:：]\d{2})\s*$")
MOST_STRETCHES = 6


@web.get("/bases/<id:base_id>/hours")
@gate.needs("opening.change")
def hours_page(base_id: int) -> tuple[str, int]:
    scope, scope_id, title = _place(base_id, request.args)
    now = actions.hours_now(scope, scope_id)
    return _show(base_id, scope, scope_id, title, as_texts(now), bool(now), actions.mark_of(now), [], [], 200)


@web.post("/bases/<id:base_id>/hours")
@gate.needs("opening.change")
def set_hours(base_id: int) -> tuple[str, int] | Response:
    """Keep the hours, or show them again: with a copied day, or with the bookings that would be left outside."""
    scope, scope_id, title = _place(base_id, request.form)
    texts = {n: request.form.get(f"day{n}", "").strip()[:120] for n in range(1, 8)}
    own, mark = request.form.get("own") == "yes", request.form.get("mark", "")[:16]
    if copied := request.form.get("copy"):
        targets = {"weekdays": range(1, 6), "all": range(1, 8)}.get(copied, range(0))
        texts |= dict.fromkeys(targets, texts[1])
        return _show(base_id, scope, scope_id, title, texts, True, mark, [], [], 200)
    hours, problems = from_texts(texts) if own else ([], [])
    if own and not hours and not problems:
        problems.append(gettext("Give at least one day its hours, or choose that there are none of its own."))
    if problems:
        return _show(base_id, scope, scope_id, title, texts, own, mark, problems, [], 422)
    who, at, anyway = actor(), clock.now(), request.form.get("anyway") == "yes"
    try:
        outside = transaction(lambda: opening.set_hours(who, scope, scope_id, mark, hours, anyway=anyway, now=at))
    except Refused as refused:
        left = [reason for reason in refused.reasons if isinstance(reason, LeavesOutside)]
        others = [reason for reason in refused.reasons if not isinstance(reason, LeavesOutside)]
        status = status_of(refused.reasons)
        return _show(base_id, scope, scope_id, title, texts, own, mark, wording.sentences(others), _links(left), status)
    if outside:
        flash(gettext("The hours are kept. %(n)s bookings stay outside them, as you saw.", n=outside), "waiting")
    else:
        flash(gettext("The hours are kept."), "done")
    return redirect(request.full_path.rstrip("?") if scope == "base" else f"/bases/{base_id}/hours?lab={scope_id}", 303)


def _place(base_id: int, values: Mapping[str, str]) -> tuple[str, int, str]:
    """What the hours are of: the base, or a lab of it. Who is not on its side finds nothing here."""
    base = or_404(places.find_base(base_id))
    scope, scope_id, title = "base", base_id, named(base.form)
    if lab_text := values.get("lab"):
        lab = or_404(places.find_lab(id_from_text(lab_text) or 0))
        scope, scope_id, title = "lab", lab.id, named(lab.form)
        or_404(lab if lab.base_id == base_id else None)
    standing = or_404(shares.standing(Thing(scope, scope_id)))
    or_404(standing if may(actor(), "opening.change", standing.placement(clock.today())) else None)
    return scope, scope_id, title


def as_texts(hours: Sequence[Opening]) -> dict[int, str]:
    """`08:00-12:00, 14:00-18:00` for each weekday."""
    return {
        n: ", ".join(
            f"{clock_of(each.start_minute)}-{clock_of(each.end_minute)}"
            for each in hours
            if each.weekday == n and each.from_on is None and each.until_on is None
        )
        for n in range(1, 8)
    }


def from_texts(texts: Mapping[int, str]) -> tuple[list[Opening], list[str]]:
    """The hours that the texts say, and a sentence for each day that cannot be read. An empty text is a closed day."""
    hours: list[Opening] = []
    problems: list[str] = []
    for weekday, text in texts.items():
        parts = [part for part in re.split(r"[,，;；、]", text) if part.strip()]
        stretches = [_STRETCH.match(part) for part in parts]
        minutes = [(minute_of(found[1]), minute_of(found[2])) if found else (None, None) for found in stretches]
        if len(parts) > MOST_STRETCHES or any(start is None or end is None for start, end in minutes):
            name = weekday_name(weekday)
            problems.append(gettext("%(day)s: write hours like 08:00-12:00, 14:00-18:00.", day=name))
            continue
        hours += [Opening(weekday, start, end) for start, end in minutes if start is not None and end is not None]
    return sorted(hours, key=lambda each: (each.weekday, each.start_minute)), problems


def weekday_name(weekday: int) -> str:
    return weekday_text(monday_of(clock.today()) + (weekday - 1) * DAY)


def _links(left: Sequence[Reason]) -> list[dict[str, Any]]:
    names = unit_names(reason.unit_id for reason in left if isinstance(reason, LeavesOutside))
    return [
        {"url": f"/bookings/{reason.booking_id}", "message": wording.say(reason, names)}
        for reason in left
        if isinstance(reason, LeavesOutside)
    ]


def _show(
    base_id: int,
    scope: str,
    scope_id: int,
    title: str,
    texts: Mapping[int, str],
    own: bool,
    mark: str,
    problems: Sequence[str],
    outside: Sequence[Mapping[str, Any]],
    status: int,
) -> tuple[str, int]:
    labs = browsing.labs(base_id, clock.today(), gone_too=False)
    with_own = {key[1] for key in store.openings([], [lab.id for lab in labs])}
    return page(
        "timetable/hours.html",
        status,
        base_id=base_id,
        base_name=named(or_404(places.find_base(base_id)).form),
        scope=scope,
        scope_id=scope_id,
        title=title,
        days=[(n, weekday_name(n), texts.get(n, "")) for n in range(1, 8)],
        own=own,
        mark=mark,
        problems=problems,
        outside=outside,
        labs=[(lab.id, named(lab), lab.id in with_own) for lab in labs],
    )
