"""Terms of the consortium and of each member that has its own, and the weeks in them that are marked."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response
from wtforms import DateField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from app.entrypoints import clock, gate
from app.entrypoints.formats import day_text
from app.entrypoints.web.attempts import attempt
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.calendar import words as calendar_words
from app.entrypoints.web.calendar.editing import CalendarForm, member_names, only_whose_calendar_it_is
from app.foundation.identifiers import id_from_text
from app.timetable.actions import calendar as actions
from app.timetable.actions.record import may_set_calendar
from app.timetable.rules.term import MOST_WEEKS, Block, BlockForm, Term, TermForm
from app.timetable.store import terms as term_store

BLANK_BLOCKS, MOST_BLOCKS = 3, 40


class TermPage(CalendarForm):
    """A term."""

    first_monday = DateField(
        lazy_gettext("Monday of week 1"),
        [InputRequired()],
        description=lazy_gettext("Teaching week 1 begins on this day; every week number counts from it."),
    )
    weeks = IntegerField(
        lazy_gettext("Weeks"),
        [InputRequired(), NumberRange(1, MOST_WEEKS)],
        description=lazy_gettext("Teaching, practice and examination weeks together."),
    )

    def content(self) -> TermForm:
        return TermForm(
            self.member_id, self.name_zh.data or "", self.name_en.data or "", self.first_monday.data, self.weeks.data
        )


@web.get("/admin/terms")
@gate.needs("calendar.change")
def terms() -> tuple[str, int]:
    names = member_names()
    today = clock.today()
    rows = [
        {
            "term": term,
            "whose": names.get(term.member_id, gettext("The whole consortium")),
            "state": "past" if term.last_day < today else "on" if term.first_monday <= today else "draft",
            "first": day_text(term.first_monday),
            "last": day_text(term.last_day),
            "week": term.week_of(today),
            "may": may_set_calendar(actor(), term.member_id),
        }
        for term in sorted(term_store.terms(), key=lambda term: term.first_monday, reverse=True)
    ]
    return page("timetable/terms.html", rows=rows)


@web.get("/admin/terms/new")
@gate.needs("calendar.change")
def new_term() -> tuple[str, int]:
    form = TermPage(formdata=None, weeks=20)
    form.offer(None, fixed=False)
    return _show_term(form, None, [], 200)


@web.post("/admin/terms/new")
@gate.needs("calendar.change")
def add_term() -> tuple[str, int] | Response:
    return _keep_term(None)


@web.get("/admin/terms/<id:term_id>")
@gate.needs("calendar.change")
def term(term_id: int) -> tuple[str, int]:
    kept = or_404(next((each for each in term_store.terms() if each.id == term_id), None))
    only_whose_calendar_it_is(kept.member_id)
    return _show_term(_form_of(kept), kept, [], 200)


@web.post("/admin/terms/<id:term_id>")
@gate.needs("calendar.change")
def change_term(term_id: int) -> tuple[str, int] | Response:
    return _keep_term(term_id)


def _keep_term(term_id: int | None) -> tuple[str, int] | Response:
    kept = None if term_id is None else or_404(next((each for each in term_store.terms() if each.id == term_id), None))
    form = TermPage()
    form.offer(kept.member_id if kept else None, fixed=kept is not None)
    reasons: list[str] = []
    status = 422
    if form.validate_on_submit():
        who, now, content = actor(), clock.now(), form.content()
        reasons, status = attempt(lambda: actions.set_term(who, term_id, form.stated_version, content, now=now))
        if not reasons:
            flash(gettext("The term is kept."), "done")
            return redirect(f"/admin/terms/{term_id}" if term_id else "/admin/terms", 303)
    return _show_term(form, kept, reasons, status)


@web.post("/admin/terms/<id:term_id>/remove")
@gate.needs("calendar.change")
def remove_term(term_id: int) -> Response:
    who, now, version = actor(), clock.now(), id_from_text(request.form.get("version", "")) or 0
    reasons, _ = attempt(lambda: actions.remove_term(who, term_id, version, now=now))
    for sentence in reasons:
        flash(sentence, "problem")
    if not reasons:
        flash(gettext("The term is removed."), "done")
    return redirect("/admin/terms", 303)


# ── marked weeks ──


@web.post("/admin/terms/<id:term_id>/blocks")
@gate.needs("calendar.change")
def set_blocks(term_id: int) -> tuple[str, int] | Response:
    """Set all marked weeks of a term; empty rows count for nothing."""
    kept = or_404(next((each for each in term_store.terms() if each.id == term_id), None))
    only_whose_calendar_it_is(kept.member_id)
    names = ("kind", "first_week", "last_week", "learners", "teaches", "block_zh", "block_en")
    columns = [[text.strip()[:200] for text in request.form.getlist(name)[:MOST_BLOCKS]] for name in names]
    rows = [dict(zip(names, texts, strict=True)) for texts in zip(*columns, strict=False)]
    rows = [row for row in rows if row["first_week"] or row["last_week"] or row["block_zh"] or row["learners"]]
    version = id_from_text(request.form.get("version", "")) or 0
    who, now, forms = actor(), clock.now(), [_block(row) for row in rows]
    reasons, status = attempt(lambda: actions.set_blocks(who, term_id, version, forms, now=now))
    if not reasons:
        flash(gettext("The marked weeks are kept."), "done")
        return redirect(f"/admin/terms/{term_id}", 303)
    form = _form_of(kept)
    form.version.data = str(version)
    return _show_term(form, kept, [], status, rows, reasons)


def _block(row: dict[str, str]) -> BlockForm:
    name = row["block_zh"] or str(calendar_words.block_kinds().get(row["kind"], ""))
    return BlockForm(
        row["kind"],
        _week(row["first_week"]),
        _week(row["last_week"] or row["first_week"]),
        row["learners"],
        row["teaches"] == "yes",
        name,
        row["block_en"],
    )


def _week(text: str) -> int | None:
    """A week's number; 0, which no term has, where it is none."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0


def _row_of(block: Block) -> dict[str, str]:
    return {
        "kind": block.kind,
        "first_week": str(block.first_week),
        "last_week": str(block.last_week),
        "learners": block.learners,
        "teaches": "yes" if block.teaches else "no",
        "block_zh": block.name_zh,
        "block_en": block.name_en,
    }


def _form_of(kept: Term) -> TermPage:
    form = TermPage(
        formdata=None,
        whose=str(kept.member_id or ""),
        name_zh=kept.name_zh,
        name_en=kept.name_en,
        first_monday=kept.first_monday,
        weeks=kept.weeks,
        version=str(or_404(term_store.version_of_term(kept.id))),
    )
    form.offer(kept.member_id, fixed=True)
    return form


def _show_term(
    form: TermPage,
    kept: Term | None,
    reasons: list[str],
    status: int,
    rows: list[dict[str, str]] | None = None,
    block_reasons: list[str] | None = None,
) -> tuple[str, int]:
    if rows is None:
        rows = [_row_of(block) for block in term_store.blocks(kept.id)] if kept else []
    blank: dict[str, Any] = {"kind": "practice", "teaches": "no"}
    shown = [*rows, *([blank] * min(BLANK_BLOCKS, MOST_BLOCKS - len(rows)))]
    return page(
        "timetable/term.html",
        status,
        form=form,
        term=kept,
        reasons=reasons,
        blocks=shown,
        block_kinds=calendar_words.block_kinds(),
        block_reasons=block_reasons or [],
    )
