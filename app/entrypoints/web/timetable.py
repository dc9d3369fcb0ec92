"""Terms and class periods: the calendar of the consortium and of each member that has its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import abort, flash, redirect, request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DateField, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from app.consortium.store import members as member_store
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import day_text, named
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Reason, Refused
from app.timetable.actions import calendar as actions
from app.timetable.actions.record import may_set_calendar
from app.timetable.rules.bell import MOST_PERIODS, BellForm, Period
from app.timetable.rules.term import MOST_WEEKS, TermForm
from app.timetable.store import bells
from app.timetable.store import terms as term_store

BLANK_PERIODS = 3


def status_of(reasons: Sequence[Reason]) -> int:
    """The status of a form shown again with reasons."""
    kinds = {reason.kind for reason in reasons}
    if "busy" in kinds:
        return 503
    if kinds & {"conflict", "stale"}:
        return 409
    return 404 if "missing" in kinds else 403 if "forbidden" in kinds else 422


def attempt(do: Callable[[], Any]) -> tuple[list[str], int]:
    """Do it in a transaction; the sentences of a refusal and the status to show them with, or none."""
    try:
        transaction(do)
    except Refused as refused:
        return wording.sentences(refused.reasons), status_of(refused.reasons)
    return [], 200


class CalendarForm(FlaskForm):
    """Whose it is and how it is called: what terms and bell tables have in common."""

    whose = SelectField(lazy_gettext("Whose"))
    name_zh = StringField(lazy_gettext("Chinese name"), [InputRequired(), Length(max=80)])
    name_en = StringField(lazy_gettext("English name"), [InputRequired(), Length(max=80)])
    version = HiddenField()

    def offer(self, keep: int | None, *, fixed: bool) -> None:
        """The choices of `whose`: what this person may set; of a kept thing only its own."""
        choices = [keep] if fixed else [each for each in _owners() if may_set_calendar(actor(), each)]
        names = member_names()
        self.whose.flags.required = True
        self.whose.choices = [(str(each or ""), names.get(each, gettext("The whole consortium"))) for each in choices]

    @property
    def member_id(self) -> int | None:
        return id_from_text(self.whose.data or "")

    @property
    def stated_version(self) -> int:
        return id_from_text(self.version.data or "") or 0


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


def _owners() -> list[int | None]:
    """Whose calendars this person could set: the consortium's, and those of the members she holds offices for."""
    return [None, *sorted({office.member_id for office in actor().appointments})]


def member_names() -> dict[int | None, str]:
    return {member.id: named(member) for member in member_store.members(today=clock.today())}


# ── terms ──


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
    return page("timetable/term.html", form=form, term=None, reasons=[])


@web.post("/admin/terms/new")
@gate.needs("calendar.change")
def add_term() -> tuple[str, int] | Response:
    return _keep_term(None)


@web.get("/admin/terms/<id:term_id>")
@gate.needs("calendar.change")
def term(term_id: int) -> tuple[str, int]:
    kept = or_404(next((each for each in term_store.terms() if each.id == term_id), None))
    _only_whose_calendar_it_is(kept.member_id)
    version = or_404(term_store.version_of_term(term_id))
    form = TermPage(
        formdata=None,
        whose=str(kept.member_id or ""),
        name_zh=kept.name_zh,
        name_en=kept.name_en,
        first_monday=kept.first_monday,
        weeks=kept.weeks,
        version=str(version),
    )
    form.offer(kept.member_id, fixed=True)
    return page("timetable/term.html", form=form, term=kept, reasons=[])


def _only_whose_calendar_it_is(member_id: int | None) -> None:
    if not may_set_calendar(actor(), member_id):
        abort(403)


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
            return redirect("/admin/terms", 303)
    return page("timetable/term.html", status, form=form, term=kept, reasons=reasons)


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


# ── class periods ──


@web.get("/admin/periods")
@gate.needs("calendar.change")
def bell_tables() -> tuple[str, int]:
    names = member_names()
    tables = [
        {
            "table": table,
            "whose": names.get(table.form.member_id, gettext("The whole consortium")),
            "may": may_set_calendar(actor(), table.form.member_id),
            "periods": [
                (each.number, clock_of(each.start_minute), clock_of(each.end_minute)) for each in table.form.periods
            ],
        }
        for table in bells.bell_tables()
    ]
    return page("timetable/bell_tables.html", tables=tables)


@web.get("/admin/periods/new")
@gate.needs("calendar.change")
def new_bell_table() -> tuple[str, int]:
    form = CalendarForm(formdata=None)
    form.offer(None, fixed=False)
    return _show_bell(form, None, [("", "")] * 10, [], 200)


@web.post("/admin/periods/new")
@gate.needs("calendar.change")
def add_bell_table() -> tuple[str, int] | Response:
    return _keep_bell_table(None)


@web.get("/admin/periods/<id:table_id>")
@gate.needs("calendar.change")
def bell_table(table_id: int) -> tuple[str, int]:
    kept = or_404(next((each for each in bells.bell_tables() if each.id == table_id), None))
    _only_whose_calendar_it_is(kept.form.member_id)
    form = CalendarForm(
        formdata=None,
        whose=str(kept.form.member_id or ""),
        name_zh=kept.form.name_zh,
        name_en=kept.form.name_en,
        version=str(kept.version),
    )
    form.offer(kept.form.member_id, fixed=True)
    lines = [(clock_of(each.start_minute), clock_of(each.end_minute)) for each in kept.form.periods]
    return _show_bell(form, kept, lines, [], 200)


@web.post("/admin/periods/<id:table_id>")
@gate.needs("calendar.change")
def change_bell_table(table_id: int) -> tuple[str, int] | Response:
    return _keep_bell_table(table_id)


def _keep_bell_table(table_id: int | None) -> tuple[str, int] | Response:
    tables = bells.bell_tables()
    kept = None if table_id is None else or_404(next((each for each in tables if each.id == table_id), None))
    form = CalendarForm()
    form.offer(kept.form.member_id if kept else None, fixed=kept is not None)
    lines = list(zip(request.form.getlist("starts")[:40], request.form.getlist("ends")[:40], strict=False))
    lines = [(start.strip()[:8], end.strip()[:8]) for start, end in lines]
    while lines and lines[-1] == ("", ""):
        lines.pop()
    periods = _periods(lines)
    reasons: list[str] = []
    status = 422
    if periods is None:
        reasons = [gettext("Every class period needs a start and an end like 08:00, without a gap in the numbers.")]
        form.validate_on_submit()
    elif form.validate_on_submit():
        who, now = actor(), clock.now()
        content = BellForm(form.member_id, form.name_zh.data or "", form.name_en.data or "", tuple(periods))
        reasons, status = attempt(lambda: actions.set_bell_table(who, table_id, form.stated_version, content, now=now))
        if not reasons:
            flash(gettext("The class periods are kept. Existing bookings keep their clock times."), "done")
            return redirect("/admin/periods", 303)
    return _show_bell(form, kept, lines, reasons, status)


@web.post("/admin/periods/<id:table_id>/remove")
@gate.needs("calendar.change")
def remove_bell_table(table_id: int) -> Response:
    who, now, version = actor(), clock.now(), id_from_text(request.form.get("version", "")) or 0
    reasons, _ = attempt(lambda: actions.remove_bell_table(who, table_id, version, now=now))
    for sentence in reasons:
        flash(sentence, "problem")
    if not reasons:
        flash(gettext("The bell table is removed."), "done")
    return redirect("/admin/periods", 303)


def _show_bell(
    form: CalendarForm, kept: bells.KeptBell | None, lines: list[tuple[str, str]], reasons: list[str], status: int
) -> tuple[str, int]:
    room = max(0, min(BLANK_PERIODS, MOST_PERIODS - len(lines)))
    shown = [*lines, *([("", "")] * room)]
    return page("timetable/bell_table.html", status, form=form, table=kept, lines=shown, reasons=reasons)


def _periods(lines: Sequence[tuple[str, str]]) -> list[Period] | None:
    found = []
    for number, (start, end) in enumerate(lines, 1):
        starts, ends = minute_of(start), minute_of(end)
        if starts is None or ends is None:
            return None
        found.append(Period(number, starts, ends))
    return found


def minute_of(text: str) -> int | None:
    """`08:05`, `8:05` or `0805` as minutes after 0:00; 24:00 ends a day; None where it is no time."""
    plain = text.strip().replace("：", ":")
    hour, colon, minute = plain.partition(":")
    if not colon and len(plain) == 4:
        hour, minute = plain[:2], plain[2:]
    if len(hour) not in (1, 2) or len(minute) != 2 or not (hour + minute).isascii() or not (hour + minute).isdigit():
        return None
    found = int(hour) * 60 + int(minute)
    return found if int(minute) < 60 and found <= 24 * 60 else None


def clock_of(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
