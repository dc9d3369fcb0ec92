"""What a timetable would change: looked at, looked at again, applied step by step, or left alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, jsonify, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.actions import imports as importing
from app.booking.actions import planning
from app.booking.store import imports
from app.booking.store.imports import KeptImport
from app.consortium.store import members
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.formats import moment_text, named
from app.entrypoints.uploads import opening
from app.entrypoints.uploads.workbook import Workbook
from app.entrypoints.web.attempts import status_of
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.imports import words
from app.entrypoints.web.imports.allowed import kept_or_404
from app.entrypoints.web.imports.reading import read_book
from app.entrypoints.web.listing import asked_word, listed, shown_version
from app.entrypoints.wording import sentences
from app.foundation.refusal import Refused
from app.timetable.store.terms import terms


@web.post("/imports/<id:timetable_id>/plan")
@gate.needs("timetable.import")
def plan_again(timetable_id: int) -> tuple[str, int] | Response:
    """Look again at what the file would change now."""
    kept = kept_or_404(timetable_id)
    if kept.state != "planned":
        return redirect(f"/imports/{timetable_id}", 303)
    book = None if kept.layout == "kept" else opening.open_upload(imports.content(timetable_id))
    return replan(kept, book, None)


def replan(kept: KeptImport, book: Workbook | None, columns: Mapping[str, Any] | None) -> tuple[str, int] | Response:
    who, now = actor(), clock.now()
    version = shown_version() or kept.version
    try:
        wanted = importing.wanted_by(who, kept)
        if book is None:
            plan = planning.plan_kept(who, wanted, now=now)
        else:
            said = kept.columns if columns is None else columns
            plan = planning.make_plan(who, wanted, read_book(book, kept.layout, said, wanted), now=now)
        transaction(lambda: importing.put_plan(who, kept.id, version, plan, columns, now=now))
    except Refused as refused:
        return plan_page(kept_or_404(kept.id), sentences(refused.reasons), status_of(refused.reasons))
    return redirect(f"/imports/{kept.id}", 303)


def plan_page(kept: KeptImport, reasons: list[str], status: int) -> tuple[str, int]:
    counts = imports.counts(kept.id)
    groups = {name: sum(counts.get(what, 0) for what in whats) for name, whats in words.GROUPS.items()}
    first = next(
        (name for name in ("clash", "change", "remove", "add", "room", "bad", "no_room") if groups[name]), "add"
    )
    shown = asked_word("show", tuple(words.GROUPS), first)
    kinds = words.GROUPS[shown]
    found = listed(groups[shown], lambda limit, offset: imports.items(kept.id, kinds, limit, offset))
    term = next((each for each in terms() if each.id == kept.term_id), None)
    member = next((each for each in members.members(today=clock.today()) if each.id == kept.member_id), None)
    return page(
        "imports/plan.html",
        status,
        kept=kept,
        found=found,
        rows=words.rows(actor(), found.rows),
        groups=groups,
        group_names=words.group_names(),
        shown=shown,
        summary=kept.choices.get("summary", {}),
        policy=words.policy_names().get(kept.choices.get("policy", ""), ""),
        layout=words.layout_names().get(kept.layout, ""),
        states=words.state_names(),
        term=named(term) if term else "",
        member=named(member) if member else "",
        told=_progress_words(kept),
        at_once=importing.AT_ONCE,
        reasons=reasons,
        moment_text=moment_text,
        displaced=_displaced(kept),
    )


def _displaced(kept: KeptImport) -> int:
    """How many bookings give way."""
    if kept.choices.get("policy") != "displace":
        return 0
    items = imports.items(kept.id, ("add", "part", "change", "change_part"))
    return len({line[0] for item in items for line in item.facts.get("displaced", ())})


def _progress_words(kept: KeptImport) -> str:
    return gettext("%(done)s of %(total)s changes are made.", done=kept.done, total=kept.total)


@web.post("/imports/<id:timetable_id>/apply")
@gate.needs("timetable.import")
def apply_import(timetable_id: int) -> tuple[str, int] | Response:
    """Make the changes, at once or beginning with the first step."""
    kept_or_404(timetable_id)
    who, now, version = actor(), clock.now(), shown_version()
    try:
        kept = transaction(lambda: importing.apply(who, timetable_id, version, now=now))
    except Refused as refused:
        return plan_page(kept_or_404(timetable_id), sentences(refused.reasons), status_of(refused.reasons))
    if kept.state == "applied":
        flash(gettext("Done: the timetable is as the file says."), "done")
    return redirect(f"/imports/{timetable_id}", 303)


@web.post("/imports/<id:timetable_id>/step")
@gate.needs("timetable.import")
def step_import(timetable_id: int) -> tuple[str, int] | Response:
    """Make the next changes; a script presses this again and again, a person may too."""
    kept_or_404(timetable_id)
    who, now = actor(), clock.now()
    wants_json = request.accept_mimetypes.best == "application/json"
    try:
        kept = transaction(lambda: importing.step(who, timetable_id, now=now))
    except Refused as refused:
        status = status_of(refused.reasons)
        if wants_json:
            answer = jsonify(words=sentences(refused.reasons))
            answer.status_code = status
            return answer
        return plan_page(kept_or_404(timetable_id), sentences(refused.reasons), status)
    if wants_json:
        finished = kept.state == "applied"
        return jsonify(done=kept.done, total=kept.total, finished=finished, words=_progress_words(kept))
    if kept.state == "applied":
        flash(gettext("Done: the timetable is as the file says."), "done")
    return redirect(f"/imports/{timetable_id}", 303)


@web.post("/imports/<id:timetable_id>/drop")
@gate.needs("timetable.import")
def drop_import(timetable_id: int) -> tuple[str, int] | Response:
    """Leave the file alone."""
    kept_or_404(timetable_id)
    who, now, version = actor(), clock.now(), shown_version()
    try:
        transaction(lambda: importing.drop(who, timetable_id, version, now=now))
    except Refused as refused:
        return plan_page(kept_or_404(timetable_id), sentences(refused.reasons), status_of(refused.reasons))
    flash(gettext("Left alone: nothing more of it is applied."), "done")
    return redirect("/imports", 303)
