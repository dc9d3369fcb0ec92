"""Imports: the list of them, and each one's page: its columns, its plan, its progress or what became of it."""

from __future__ import annotations

from typing import Any

from flask import redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.store import imports
from app.consortium.rules.scope import scope
from app.consortium.store import members
from app.entrypoints import clock, gate
from app.entrypoints.formats import moment_text
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.imports import words
from app.entrypoints.web.imports.allowed import kept_or_404, may_import
from app.entrypoints.web.imports.columns import columns_page
from app.entrypoints.web.imports.plan import plan_page
from app.entrypoints.web.listing import asked_sort, asked_word, listed


@web.get("/imports")
@gate.needs("booking.request")
def import_list() -> tuple[str, int]:
    """Every import of one's member, and one's own."""
    who = actor()
    visible = scope(who, "timetable.import")
    kind = asked_word("kind", ("timetable", "calendar"))
    state = asked_word("state", tuple(words.state_names()))
    text = asked_word("text")
    order = asked_sort(("made_at", "file_name", "state"), "-made_at")
    told: dict[str, Any] = {"kind": kind, "state": state, "words": text, "sort": order, "made_by": who.person_id}
    total, _ = imports.listing(visible, limit=0, **told)
    shown = listed(total, lambda limit, offset: imports.listing(visible, limit=limit, offset=offset, **told)[1])
    return page(
        "imports/list.html",
        found=shown,
        order=order,
        narrowed=bool(kind or state or text),
        kinds=[("timetable", gettext("Timetable")), ("calendar", gettext("Calendar"))],
        states=words.state_names(),
        may_timetable=_may_any(),
        moment_text=moment_text,
    )


def _may_any() -> bool:
    return any(may_import(each.id) for each in members.current(clock.today()))


@web.get("/imports/<id:timetable_id>")
@gate.needs("timetable.import")
def one_import(timetable_id: int) -> tuple[str, int] | Response:
    """Its columns, its plan, its progress or what became of it, whichever is next."""
    kept = kept_or_404(timetable_id)
    if kept.kind == "calendar":
        return redirect(f"/imports/calendar/{timetable_id}")
    if kept.state == "read" or (
        kept.state == "planned" and request.args.get("columns") and kept.layout == "long_table"
    ):
        return columns_page(kept, [], 200)
    return plan_page(kept, [], 200)
