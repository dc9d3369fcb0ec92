"""Importing timetables: the file, which columns are what, what it would change, applying it, and names nobody knows yet."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app, flash, jsonify, redirect, request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from app.booking.actions import imports as importing
from app.booking.actions import planning
from app.booking.actions.imports import Choices, File
from app.booking.actions.planning import Plan, Timetable
from app.booking.rules.imports.deciding import POLICIES
from app.booking.rules.lessons import layout as layouts
from app.booking.rules.lessons.columns import COLUMNS, HEAD_WITHIN, MOST_COLUMNS, Columns, guess, heading_key
from app.booking.rules.lessons.lesson import Reading
from app.booking.store import imports, names
from app.booking.store.imports import KeptImport
from app.consortium.rules.permission import Placement, may
from app.consortium.rules.scope import scope
from app.consortium.store import members
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.formats import moment_text, named
from app.entrypoints.uploads import opening
from app.entrypoints.uploads.workbook import MOST_BYTES, UnreadableUpload, Workbook
from app.entrypoints.web.attempts import status_of
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.imports import words
from app.entrypoints.web.listing import asked_sort, asked_word, listed, shown_version
from app.entrypoints.wording import sentences
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Refused
from app.timetable.store.terms import terms

SURE = 0.9
"""How sure the meaning of every column must be for nobody to be asked."""

SAMPLE_ROWS = 5
MOST_NAMES = 200


class UploadForm(FlaskForm):
    """The file, and how it is to be taken in."""

    member = SelectField(lazy_gettext("Whose timetable"), [InputRequired()])
    term = SelectField(lazy_gettext("Term"), [InputRequired()])
    layout = SelectField(lazy_gettext("How the file is laid out"), validate_choice=False)
    learners = StringField(
        lazy_gettext("For which learners"),
        [Length(max=40)],
        description=lazy_gettext("Only where several timetables stand side by side, one for each kind of learners."),
    )
    covers = RadioField(lazy_gettext("What the file covers"), [InputRequired()], default="whole")
    policy = RadioField(lazy_gettext("What becomes of clashes"), [InputRequired()], default="skip")
    note = StringField(
        lazy_gettext("What those are told whose bookings give way"),
        [Length(max=200)],
        description=lazy_gettext("The name of the lesson is added."),
    )

    def offer(self) -> None:
        who, today = actor(), clock.today()
        mine = [each for each in members.current(today) if _may_import(each.id)]
        self.member.choices = [(str(each.id), named(each)) for each in mine]
        ids = {each.id for each in mine} | {None}
        several = len({each.member_id for each in terms() if each.member_id in ids}) > 1
        members_by_id = {each.id: named(each) for each in mine}
        self.term.choices = [
            (
                str(each.id),
                f"{members_by_id.get(each.member_id or 0, '')} {named(each)}".strip() if several else named(each),
            )
            for each in sorted(terms(), key=lambda term: term.first_monday, reverse=True)
            if each.member_id in ids
        ]
        known = words.layout_names()
        self.layout.choices = [
            ("", gettext("The file tells itself")),
            *((each, known[each]) for each in layouts.LAYOUTS),
        ]
        self.covers.choices = [
            ("whole", gettext("The whole timetable: lessons that it lacks are taken away")),
            ("part", gettext("A part: everything else stays")),
        ]
        policies = words.policy_names()
        self.policy.choices = [(each, policies[each]) for each in POLICIES if each != "displace" or _may_displace()]
        if not self.member.data and who.member_id in members_by_id:
            self.member.data = str(who.member_id)


def _may_import(member_id: int) -> bool:
    return may(actor(), "timetable.import", Placement(booking_member_id=member_id))


def _may_displace() -> bool:
    who = actor()
    return may(who, "timetable.displace", Placement(owner_member_ids=frozenset({who.member_id or 0})))


# ── the list ──


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
    return any(_may_import(each.id) for each in members.current(clock.today()))


# ── the file ──


@web.get("/imports/timetable/new")
@gate.needs("timetable.import")
def new_timetable() -> tuple[str, int]:
    form = UploadForm(formdata=None)
    return _upload_page(form, [], 200)


@web.post("/imports/timetable/new")
@gate.needs("timetable.import")
def bring_timetable() -> tuple[str, int] | Response:
    """Keep the file and say what it would change, or ask what its columns are."""
    form = UploadForm()
    form.offer()
    upload = request.files.get("file")
    content = upload.stream.read() if upload else b""
    if not form.validate_on_submit():
        return _upload_page(form, [], 422)
    if not upload or not upload.filename:
        return _upload_page(form, [gettext("Please choose a file.")], 422)
    who, now = actor(), clock.now()
    chosen = Choices(
        id_from_text(form.member.data or "") or 0,
        id_from_text(form.term.data or "") or 0,
        form.learners.data or "",
        form.policy.data or "",
        form.covers.data or "",
        form.note.data or "",
    )
    try:
        wanted = importing.timetable_of(who, chosen)
        book = opening.open_upload(content)
        layout = (
            form.layout.data or layouts.recognise(book.sheets, book.content) or ("long_table" if book.sheets else "")
        )
        if not layout:
            return _upload_page(form, [words.file_problem("not_a_table")], 422)
        key, said, is_sure = _columns(book, layout, wanted.member_id)
        file = File(upload.filename, content, layout, key, said)
        plan = planning.make_plan(who, wanted, _read(book, layout, said, wanted), now=now) if is_sure else None
        import_id = transaction(lambda: importing.bring(who, wanted, file, plan, now=now))
    except UnreadableUpload as error:
        return _upload_page(form, [words.file_problem(error.problem, error.detail)], 422)
    except Refused as refused:
        return _upload_page(form, sentences(refused.reasons), status_of(refused.reasons))
    return redirect(f"/imports/{import_id}", 303)


def _upload_page(form: UploadForm, reasons: list[str], status: int) -> tuple[str, int]:
    form.offer()
    most = min(MOST_BYTES, current_app.config["MAX_CONTENT_LENGTH"]) // 1_000_000
    return page("imports/new.html", status, form=form, reasons=reasons, most_megabytes=most)


def _columns(book: Workbook, layout: str, member_id: int) -> tuple[str, Mapping[str, Any], bool]:
    """The key of the file's heading, what is known of its columns, and whether that is enough to read it."""
    if layout != "long_table":
        return "", {}, True
    plain = layouts.columns_of(book.sheets)
    if plain is None:
        return "", {}, False
    key = hashlib.sha256("|".join(heading_key(each) for each in plain.headings).encode()).hexdigest()
    said = imports.said_before(member_id, key)
    if said:
        return key, said, True
    has_room = bool({"room", "room_code", "when"} & set(plain.meanings))
    sure = [each for each, meaning in zip(plain.confidence, plain.meanings, strict=True) if meaning]
    return key, {}, has_room and not plain.missing and min(sure, default=0.0) >= SURE


def _read(book: Workbook, layout: str, said: Mapping[str, Any], wanted: Timetable) -> Reading:
    """Everything the file says, by what was said of its columns."""
    columns = None
    if meanings := said.get("meanings"):
        columns = Columns(0, ("",) * len(meanings), tuple(meanings), (1.0,) * len(meanings))
    return layouts.read(
        layout, book.sheets, book.content, last_week=wanted.term.weeks, known=said.get("known"), columns=columns
    )


# ── one import ──


@web.get("/imports/<id:timetable_id>")
@gate.needs("timetable.import")
def one_import(timetable_id: int) -> tuple[str, int] | Response:
    """Its columns, its plan, its progress or what became of it, whichever is next."""
    kept = _get(timetable_id)
    if kept.kind == "calendar":
        return redirect(f"/imports/calendar/{timetable_id}")
    if kept.state == "read" or (
        kept.state == "planned" and request.args.get("columns") and kept.layout == "long_table"
    ):
        return _columns_page(kept, [], 200)
    return _plan_page(kept, [], 200)


def _get(import_id: int) -> KeptImport:
    kept = or_404(imports.find(import_id))
    return or_404(kept if _may_import(kept.member_id) else None)


def _columns_page(
    kept: KeptImport, reasons: list[str], status: int, said: Sequence[str] | None = None, head: int | None = None
) -> tuple[str, int]:
    """The columns with what they seem to be, or what was `said`; `head` is the row of the headings, 0 for none."""
    book = opening.open_upload(imports.content(kept.id))
    table = _table(book)
    if head is None:
        head = _head(request.args.get("head", ""), book, kept)
    found = layouts.columns_of(book.sheets, kept.columns.get("known"))
    seems = found if found is not None and found.head == head else guess(table[head - 1 :][:60]) if head else None
    headings = table[head - 1] if head else []
    sample = [row for row in table[head:] if any(row)][:SAMPLE_ROWS]
    width = min(max([len(headings), *(len(row) for row in sample)], default=0), MOST_COLUMNS)
    guessed = seems.meanings if seems else tuple(kept.columns.get("meanings", ()))
    chosen = guessed if said is None else tuple(said)
    lines = [
        {
            "at": at,
            "heading": headings[at] if at < len(headings) and headings[at] else gettext("Column %(n)s", n=at + 1),
            "meaning": chosen[at] if at < len(chosen) else "",
            "sure": seems is not None and at < len(seems.confidence) and seems.confidence[at] >= SURE,
            "cells": [row[at] for row in sample if at < len(row) and row[at]][:3],
        }
        for at in range(width)
    ]
    meanings = words.meaning_names()
    lacking = Columns(head, ("",) * len(chosen), chosen, (1.0,) * len(chosen)).missing
    first = [
        (number, " · ".join(cell for cell in row if cell)[:60]) for number, row in enumerate(table[:HEAD_WITHIN], 1)
    ]
    return page(
        "imports/columns.html",
        status,
        kept=kept,
        lines=lines,
        head=head,
        first_rows=[(number, text) for number, text in first if text],
        missing=[meanings.get(each, each) for each in lacking],
        meanings=meanings,
        reasons=reasons,
    )


def _table(book: Workbook) -> Sequence[Sequence[str]]:
    return next((sheet.rows for sheet in book.sheets if any(sheet.rows)), [])


def _head(text: str, book: Workbook, kept: KeptImport) -> int:
    """The row of the headings: as asked for, as said before, or as it seems."""
    if text == "0" or "meanings" in kept.columns:
        return 0
    found = layouts.columns_of(book.sheets, kept.columns.get("known"))
    wanted = id_from_text(text) or (found.head if found else 1)
    return min(wanted, HEAD_WITHIN, len(_table(book)))


@web.post("/imports/<id:timetable_id>/columns")
@gate.needs("timetable.import")
def say_columns(timetable_id: int) -> tuple[str, int] | Response:
    """What each column is; then what the file would change."""
    kept = _get(timetable_id)
    if kept.state not in ("read", "planned") or kept.layout != "long_table":
        return redirect(f"/imports/{timetable_id}", 303)
    book = opening.open_upload(imports.content(timetable_id))
    head = _head(request.form.get("head", ""), book, kept)
    said = [request.form.get(f"column-{at}", "") for at in range(MOST_COLUMNS)]
    meanings = [each if each in COLUMNS else "" for each in said]
    while meanings and not meanings[-1]:
        meanings.pop()
    chosen = Columns(head, ("",) * len(meanings), tuple(meanings), (1.0,) * len(meanings))
    called = words.meaning_names()
    twice = sorted({each for each in meanings if each and meanings.count(each) > 1})
    problems = [gettext("Two columns cannot both be: %(what)s", what=called[each]) for each in twice]
    problems += [gettext("No column says: %(what)s", what=called.get(each, each)) for each in chosen.missing]
    if problems:
        return _columns_page(kept, problems, 422, meanings, head)
    if not head:
        return _replan(kept, book, {"meanings": meanings})
    headings = [heading_key(cell) for cell in _table(book)[head - 1]]
    meanings += [""] * (len(headings) - len(meanings))
    return _replan(kept, book, {"known": {key: meanings[at] for at, key in enumerate(headings) if key}})


@web.post("/imports/<id:timetable_id>/plan")
@gate.needs("timetable.import")
def plan_again(timetable_id: int) -> tuple[str, int] | Response:
    """Look again at what the file would change now."""
    kept = _get(timetable_id)
    if kept.state != "planned":
        return redirect(f"/imports/{timetable_id}", 303)
    book = None if kept.layout == "kept" else opening.open_upload(imports.content(timetable_id))
    return _replan(kept, book, None)


def _replan(kept: KeptImport, book: Workbook | None, columns: Mapping[str, Any] | None) -> tuple[str, int] | Response:
    who, now = actor(), clock.now()
    version = shown_version() or kept.version
    try:
        wanted = importing.wanted_by(who, kept)
        if book is None:
            plan = planning.plan_kept(who, wanted, now=now)
        else:
            said = kept.columns if columns is None else columns
            plan = planning.make_plan(who, wanted, _read(book, kept.layout, said, wanted), now=now)
        transaction(lambda: importing.put_plan(who, kept.id, version, plan, columns, now=now))
    except Refused as refused:
        return _plan_page(_get(kept.id), sentences(refused.reasons), status_of(refused.reasons))
    return redirect(f"/imports/{kept.id}", 303)


def _plan_page(kept: KeptImport, reasons: list[str], status: int) -> tuple[str, int]:
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
    _get(timetable_id)
    who, now, version = actor(), clock.now(), shown_version()
    try:
        kept = transaction(lambda: importing.apply(who, timetable_id, version, now=now))
    except Refused as refused:
        return _plan_page(_get(timetable_id), sentences(refused.reasons), status_of(refused.reasons))
    if kept.state == "applied":
        flash(gettext("Done: the timetable is as the file says."), "done")
    return redirect(f"/imports/{timetable_id}", 303)


@web.post("/imports/<id:timetable_id>/step")
@gate.needs("timetable.import")
def step_import(timetable_id: int) -> tuple[str, int] | Response:
    """Make the next changes; a script presses this again and again, a person may too."""
    _get(timetable_id)
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
        return _plan_page(_get(timetable_id), sentences(refused.reasons), status)
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
    _get(timetable_id)
    who, now, version = actor(), clock.now(), shown_version()
    try:
        transaction(lambda: importing.drop(who, timetable_id, version, now=now))
    except Refused as refused:
        return _plan_page(_get(timetable_id), sentences(refused.reasons), status_of(refused.reasons))
    flash(gettext("Left alone: nothing more of it is applied."), "done")
    return redirect("/imports", 303)


# ── names ──


@web.get("/imports/names")
@gate.needs("timetable.import")
def import_names() -> tuple[str, int]:
    """Rooms and teachers of timetables that nobody knows yet, with the likeliest ones."""
    return _names_page([], 200)


def _names_member() -> int:
    wanted = id_from_text(request.values.get("member", "")) or actor().member_id or 0
    return or_404(wanted if _may_import(wanted) else None)


def _names_page(reasons: list[str], status: int) -> tuple[str, int]:
    member_id = _names_member()
    rooms = names.rooms(member_id)
    teachers = names.teachers(member_id, clock.today())
    unknown = names.unknown_rooms(member_id)
    people = [
        {"text": name, "lessons": count, "offers": teachers.closest(name)}
        for name, count in names.unknown_teachers(member_id).items()
        if teachers.find([name]) is None
    ]
    return page(
        "imports/names.html",
        status,
        member_id=member_id,
        mine=[(each.id, named(each)) for each in members.current(clock.today()) if _may_import(each.id)],
        rooms=[
            {
                "line": each,
                "offers": rooms.closest(each.campus, each.room),
                "is_known": rooms.find(each.campus, each.room),
            }
            for each in unknown[:MOST_NAMES]
        ],
        every_room=sorted(((room.unit_id, room.label) for room in rooms.rooms), key=lambda pair: pair[1]),
        people=people[:MOST_NAMES],
        waiting=sum(each.lessons for each in unknown if rooms.find(each.campus, each.room) is not None),
        reasons=reasons,
    )


@web.post("/imports/names")
@gate.needs("timetable.import")
def say_name() -> tuple[str, int] | Response:
    """What a text in timetables means from now on."""
    member_id = _names_member()
    who, now = actor(), clock.now()
    kind, text = request.form.get("kind", ""), request.form.get("text", "")[:200]
    said = id_from_text(request.form.get("other", "")) or id_from_text(request.form.get("said", ""))
    try:
        transaction(lambda: importing.say_name(who, member_id, kind, text, said, now=now))
    except Refused as refused:
        return _names_page(sentences(refused.reasons), status_of(refused.reasons))
    flash(gettext("Noted. Lessons that wait for it can be placed now."), "done")
    return redirect(f"/imports/names?member={member_id}", 303)


@web.post("/imports/names/place")
@gate.needs("timetable.import")
def place_waiting() -> tuple[str, int] | Response:
    """Look what of the waiting lessons can be placed now: an import of its own, with its preview."""
    member_id = _names_member()
    who, now = actor(), clock.now()
    made = None
    try:
        for term_id, learners in names.terms_with(member_id, "unknown_room"):
            wanted = importing.timetable_of(who, Choices(member_id, term_id, learners, "skip", "part"))
            plan = planning.plan_kept(who, wanted, now=now)
            if any(not item.told for item in plan.items):
                made = _bring_kept(wanted, plan)
    except Refused as refused:
        return _names_page(sentences(refused.reasons), status_of(refused.reasons))
    if made is None:
        flash(gettext("There is nothing to place: say first what the names mean."), "note")
        return redirect(f"/imports/names?member={member_id}", 303)
    return redirect(f"/imports/{made}", 303)


def _bring_kept(wanted: Timetable, plan: Plan) -> int:
    who, now = actor(), clock.now()
    file = File(gettext("Lessons that waited for a room"), b"", "kept")
    return transaction(lambda: importing.bring(who, wanted, file, plan, now=now))
