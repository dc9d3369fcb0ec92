"""Bringing a timetable: the file, whose it is, which term it is for, and what becomes of clashes."""

from __future__ import annotations

from flask import current_app, redirect, request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from app.booking.actions import imports as importing
from app.booking.actions import planning
from app.booking.actions.imports import Choices, File
from app.booking.rules.imports.deciding import POLICIES
from app.booking.rules.lessons import layout as layouts
from app.consortium.rules.permission import Placement, may
from app.consortium.store import members
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.formats import named
from app.entrypoints.uploads import opening
from app.entrypoints.uploads.workbook import MOST_BYTES, UnreadableUpload
from app.entrypoints.web.attempts import status_of
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.imports import words
from app.entrypoints.web.imports.allowed import may_import
from app.entrypoints.web.imports.reading import known_columns, read_book
from app.entrypoints.wording import sentences
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Refused
from app.timetable.store.terms import terms


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
        mine = [each for each in members.current(today) if may_import(each.id)]
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


def _may_displace() -> bool:
    who = actor()
    return may(who, "timetable.displace", Placement(owner_member_ids=frozenset({who.member_id or 0})))


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
        key, said, is_sure = known_columns(book, layout, wanted.member_id)
        file = File(upload.filename, content, layout, key, said)
        plan = planning.make_plan(who, wanted, read_book(book, layout, said, wanted), now=now) if is_sure else None
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
