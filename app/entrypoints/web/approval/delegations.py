"""Standing in: one's own page to name who answers requests in one's place, and for whom one does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.actions import delegating as actions
from app.booking.store import listing as names
from app.entrypoints import clock, gate
from app.entrypoints.web.attempts import attempt, pressed
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.wording import chains as chain_words
from app.foundation.identifiers import id_from_text


@web.get("/account/stand-in")
@gate.needs("delegation.change")
def stand_in() -> tuple[str, int]:
    """Who answers in one's place, and for whom one answers."""
    return _show([], 200)


@web.post("/account/stand-in")
@gate.needs("delegation.change")
def name_stand_in() -> tuple[str, int] | Response:
    who, now = actor(), clock.now()
    delegate_id = id_from_text(request.form.get("delegate", ""))
    first, last = _day("from_on"), _day("until_on")
    reasons, status = attempt(lambda: actions.delegate(who, delegate_id, first, last, now=now))
    if reasons:
        return _show(reasons, status)
    flash(gettext("Kept. In these days the requests you would decide are in your colleague's inbox too."), "done")
    return redirect("/account/stand-in", 303)


@web.post("/account/stand-in/<id:delegation_id>/end")
@gate.needs("delegation.change")
def end_stand_in(delegation_id: int) -> Response:
    who, now = actor(), clock.now()
    return pressed(
        lambda: actions.end(who, delegation_id, now=now), gettext("Ended; you answer alone again."), "/account/stand-in"
    )


def _show(reasons: Sequence[str], status: int) -> tuple[str, int]:
    who, now, today = actor(), clock.now(), clock.today()
    found = actions.mine(who)
    people = names.people([person_id for each in found for person_id in (each.person_id, each.delegate_id)])
    lines = [
        {
            "id": each.id,
            "absent": people.get(each.person_id, ""),
            "delegate": people.get(each.delegate_id, ""),
            "days": chain_words.days_text(each.from_on, each.until_on),
            "mine": each.person_id == who.person_id,
            "standing": "past" if each.until_on <= today else "on" if each.from_on <= today else "waiting",
        }
        for each in found
    ]
    return page(
        "account/stand_in.html",
        status,
        lines=lines,
        colleagues=actions.colleagues(who, now),
        values=request.form,
        reasons=reasons,
        today=today.isoformat(),
    )


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        return None
    return day if 1970 < day.year < 2200 else None
