"""Faults on pages: the list, a fault's own page, and what its keeper says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.booking.actions import faults as actions
from app.booking.actions.faults import Seen
from app.booking.store import faults as booking_store
from app.booking.store import looking
from app.consortium.rules.permission import may_enter
from app.consortium.rules.scope import scope
from app.database import transaction
from app.entrypoints import clock, exports, gate, wording
from app.entrypoints.formats import moment_text, named, span_text
from app.entrypoints.web.attempts import status_of
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.booking.form import cleaned
from app.entrypoints.web.faults.hits import hit_rows
from app.entrypoints.web.faults.moments import MomentField, local_value, moment_of
from app.entrypoints.web.listing import MOST_EXPORTED, asked_sort, asked_word, listed, shown_version
from app.entrypoints.wording import faults as fault_words
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import ChangedMeanwhile, NotFound, Reason, Refused
from app.timetable.rules.faults import CAUSES, SEVERITIES, STATES, UNUSABLE, Ending, Fault, Finding
from app.timetable.store import faults as store
from app.timetable.store.faults import FaultLine, Sought


class FindingForm(FlaskForm):
    """What the keeper finds."""

    began_at = MomentField(lazy_gettext("Broken since"), [InputRequired()])
    expected_until = MomentField(
        lazy_gettext("Expected until"),
        [Optional()],
        description=lazy_gettext(
            "Leave it empty while nobody knows; it then stays blocked until you say that it works."
        ),
    )
    severity = RadioField(lazy_gettext("How bad"), validators=[InputRequired()], validate_choice=False)
    cause = SelectField(lazy_gettext("Cause"), validate_choice=False)
    quantity = IntegerField(lazy_gettext("How many of them"), [Optional(), NumberRange(1, 10_000)])

    def offer(self) -> None:
        self.severity.choices = [(each, fault_words.severity_name(each)) for each in SEVERITIES]
        self.cause.choices = [(each, fault_words.cause_name(each)) for each in CAUSES]

    def finding(self, before: Fault) -> Finding:
        # The page shows whole minutes: a beginning that was left as it was is kept to the second.
        began = before.began_at
        if self.began_at.data != local_value(began):
            began = moment_of(self.began_at.data) or datetime.max.replace(tzinfo=began.tzinfo)
        until = moment_of(self.expected_until.data)
        if until is None and (self.expected_until.data or "").strip():
            until = before.began_at  # cannot be read: refused as not lying ahead
        return Finding(began, until, self.severity.data or "", self.cause.data or "", self.quantity.data or 1)


@web.get("/faults")
@gate.needs("fault.see")
def faults() -> Response | tuple[str, int]:
    """The faults of one's bases, and those one reported oneself; what is open first."""
    who = actor()
    within = booking_store.within(scope(who, "fault.see"))
    sought = Sought(
        state=asked_word("state", ("open", *STATES)),
        cause=asked_word("cause", CAUSES),
        base_id=id_from_text(request.args.get("base", "")),
        unit_id=id_from_text(request.args.get("unit", "")),
        text=asked_word("text"),
    )
    sort = asked_sort(store.SORTS, "")
    if chosen := exports.wanted():
        return exports.as_file(
            chosen, gettext("Faults"), _head(), _rows(store.lines(sought, within, sort, MOST_EXPORTED))
        )
    shown = listed(store.count(sought, within), lambda limit, offset: store.lines(sought, within, sort, limit, offset))
    return page(
        "fault/list.html",
        shown=shown,
        sought=sought,
        narrowed=sought != Sought(),
        bases=looking.bases(clock.today()) if may_enter(who, "fault.change") else [],
        states=[("open", gettext("Open"))] + [(each, fault_words.state_name(each)) for each in STATES],
        causes=[(each, fault_words.cause_name(each)) for each in CAUSES],
        words=fault_words,
        named=named,
        moment_text=moment_text,
    )


def _head() -> list[str]:
    return [
        gettext("Number"),
        gettext("Unit"),
        gettext("Code"),
        gettext("Lab"),
        gettext("Base"),
        gettext("State"),
        gettext("How bad"),
        gettext("Cause"),
        gettext("What is wrong"),
        gettext("Reported by"),
        gettext("Reported at"),
        gettext("Broken since"),
        gettext("Expected until"),
        gettext("Works again since"),
        gettext("What was done"),
        gettext("Who pays"),
    ]


def _rows(lines: Sequence[FaultLine]) -> Iterator[list[exports.Cell]]:
    for line in lines:
        fault = line.fault
        yield [
            fault.id,
            named(line),
            line.code,
            named(Named(line.lab_zh, line.lab_en)),
            named(Named(line.base_zh, line.base_en)),
            fault_words.state_name(fault.state),
            fault_words.severity_name(fault.severity),
            fault_words.cause_name(fault.cause),
            fault.words,
            line.reporter,
            fault.reported_at,
            fault.began_at,
            fault.expected_until,
            fault.ended_at,
            fault.answer,
            fault.cost_source,
        ]


class Named:
    """A name in both languages."""

    def __init__(self, name_zh: str, name_en: str) -> None:
        self.name_zh, self.name_en = name_zh, name_en


@web.get("/faults/<id:fault_id>")
@gate.needs("fault.see")
def fault(fault_id: int) -> tuple[str, int]:
    """How it stands; for its keeper what it is in the way of, and what can be done about each."""
    return _show(fault_id)


def _show(
    fault_id: int, reasons: Sequence[Reason] = (), status: int = 200, form: FindingForm | None = None
) -> tuple[str, int]:
    now = clock.now()
    seen = actions.seen(actor(), fault_id, now)
    kept = seen.fault
    if form is None:
        form = FindingForm(formdata=None)
        form.began_at.data, form.expected_until.data = local_value(kept.began_at), local_value(kept.expected_until)
        form.severity.data, form.cause.data, form.quantity.data = kept.severity, kept.cause, kept.quantity
        if kept.state == "reported":
            form.quantity.data = 1
    form.offer()
    line = store.lines(Sought(unit_id=kept.unit_id), store.only(fault_id), "", 1)[0]
    return page(
        "fault/fault.html",
        status,
        seen=seen,
        fault=kept,
        line=line,
        form=form,
        rows=hit_rows(seen.hits, [], now),
        past=_past(seen),
        now_value=local_value(now),
        reasons=wording.sentences(reasons),
        words=fault_words,
        causes=[(each, fault_words.cause_name(each)) for each in CAUSES],
        named=named,
        moment_text=moment_text,
        span_text=span_text,
    )


def _past(seen: Seen) -> list[tuple[int, str]]:
    """The bookings it was in the way of and is no more, and what became of each."""
    here = {hit.booking.id for hit in seen.hits}
    outcomes = {"moved": gettext("Moved"), "cancelled": gettext("Cancelled"), "": gettext("No longer in its way")}
    return [(each.booking_id, outcomes[each.outcome]) for each in seen.told.values() if each.booking_id not in here]


@web.post("/faults/<id:fault_id>/confirm")
@gate.needs("fault.change")
def confirm_fault(fault_id: int) -> Response | tuple[str, int]:
    who, now, version, form = actor(), clock.now(), shown_version(), FindingForm()
    form.offer()
    before = actions.seen(who, fault_id, now)
    if not form.validate_on_submit():
        return _show(fault_id, status=422, form=form)
    finding = form.finding(before.fault)
    return _said(
        fault_id,
        lambda: actions.confirm(who, fault_id, version, finding, now=now),
        gettext("It is confirmed: whoever has booked it in that time is told, and nobody else can book it.")
        if finding.severity == UNUSABLE
        else gettext("It is confirmed; it can still be booked and used."),
        form,
    )


class EndingForm(FlaskForm):
    """How a fault ended."""

    ended_at = MomentField(lazy_gettext("Works again since"), [Optional()])
    cause = SelectField(lazy_gettext("Cause"), validate_choice=False)
    words = TextAreaField(lazy_gettext("What was done"), [Optional(), Length(max=1000)])
    cost_source = StringField(lazy_gettext("Who pays"), [Optional(), Length(max=200)])


@web.post("/faults/<id:fault_id>/repair")
@gate.needs("fault.change")
def repair_fault(fault_id: int) -> Response | tuple[str, int]:
    who, now, version, form = actor(), clock.now(), shown_version(), EndingForm()
    form.cause.choices = [(each, each) for each in CAUSES]
    if not form.validate_on_submit():
        flash(gettext("Please check these entries"), "problem")
        return _show(fault_id, status=422)
    ended_at = moment_of(form.ended_at.data)
    if ended_at is None or form.ended_at.data == local_value(now):
        ended_at = now
    ending = Ending(
        ended_at,
        form.cause.data or "",
        cleaned(form.words.data or "", 1000),
        cleaned(form.cost_source.data or "", 200),
    )
    return _said(
        fault_id,
        lambda: actions.repair(who, fault_id, version, ending, now=now),
        gettext("It works again: the time is free, and everybody concerned is told."),
    )


@web.post("/faults/<id:fault_id>/dismiss")
@gate.needs("fault.change")
def dismiss_fault(fault_id: int) -> Response | tuple[str, int]:
    who, now, version = actor(), clock.now(), shown_version()
    words = cleaned(request.form.get("words", ""), 1000)
    return _said(
        fault_id,
        lambda: actions.dismiss(who, fault_id, version, words, now=now),
        gettext("The report is put aside; whoever made it reads your words."),
    )


def _said(
    fault_id: int, do: Callable[[], Any], said: str, form: FindingForm | None = None
) -> Response | tuple[str, int]:
    try:
        transaction(do)
    except Refused as refused:
        if any(isinstance(reason, NotFound) for reason in refused.reasons):
            raise
        stale = any(isinstance(reason, ChangedMeanwhile) for reason in refused.reasons)
        return _show(fault_id, refused.reasons, status_of(refused.reasons), None if stale else form)
    flash(said, "done")
    return redirect(f"/faults/{fault_id}", 303)
