"""Reporting a fault, by whoever stands before the machine; and the labels whose code leads there."""

from __future__ import annotations

import secrets
from datetime import datetime

import segno
from flask import current_app, flash, redirect, request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.booking.actions import faults as actions
from app.booking.store import looking
from app.catalogue.store import places
from app.catalogue.store import units as catalogue
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import is_chinese, moment_text, named
from app.entrypoints.web.attempts import status_of
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.booking.form import cleaned
from app.entrypoints.web.faults.moments import MomentField, local_value, moment_of
from app.entrypoints.wording import faults as fault_words
from app.foundation.refusal import Refused
from app.timetable.rules.faults import CONFIRMED, SEVERITIES, UNUSABLE, Report
from app.timetable.store import faults as store
from app.trail.actions import once


class ReportForm(FlaskForm):
    """What is wrong, how bad it is, and since when."""

    words = TextAreaField(
        lazy_gettext("What is wrong"),
        [InputRequired(), Length(max=1000)],
        description=lazy_gettext("What you saw, heard or smelled; what you had done before."),
    )
    severity = RadioField(
        lazy_gettext("How bad"), validators=[InputRequired()], validate_choice=False, default=UNUSABLE
    )
    began_at = MomentField(
        lazy_gettext("Broken since"), [Optional()], description=lazy_gettext("Now, unless you know better.")
    )
    key = HiddenField()

    def offer(self) -> None:
        self.severity.choices = [(each, fault_words.severity_name(each)) for each in SEVERITIES]


@web.get("/units/<id:unit_id>/report-fault")
@gate.needs("fault.report")
def new_report(unit_id: int) -> tuple[str, int]:
    """The form behind the code on the machine."""
    form = ReportForm(formdata=None)
    form.began_at.data, form.key.data = local_value(clock.now()), secrets.token_urlsafe(18)
    return _show(unit_id, form, [], 200)


@web.post("/units/<id:unit_id>/report-fault")
@gate.needs("fault.report")
def report_fault(unit_id: int) -> tuple[str, int] | Response:
    form = ReportForm()
    form.offer()
    if not form.validate_on_submit():
        return _show(unit_id, form, [], 422)
    who, now = actor(), clock.now()
    report = Report(cleaned(form.words.data or "", 1000), form.severity.data or "", _began(form, now))
    key = (form.key.data or "")[:64] or secrets.token_urlsafe(18)
    content = f"{unit_id}/{report.words}/{report.severity}/{form.began_at.data}"
    try:
        answer, _ = transaction(
            lambda: once(
                who.person_id, key, content, now, lambda: {"id": actions.report(who, unit_id, report, now=now)}
            )
        )
    except Refused as refused:
        return _show(unit_id, form, wording.sentences(refused.reasons), status_of(refused.reasons))
    flash(gettext("Thank you. The keepers are told, and you are told what becomes of it."), "done")
    return redirect(f"/faults/{answer['id']}", 303)


def _began(form: ReportForm, now: datetime) -> datetime:
    """The moment in the form; now, where it is this very minute or empty; ahead of now where it cannot be read."""
    text = (form.began_at.data or "").strip()
    if not text or text == local_value(now):
        return now
    return moment_of(text) or datetime.max.replace(tzinfo=now.tzinfo)


def _show(unit_id: int, form: ReportForm, reasons: list[str], status: int) -> tuple[str, int]:
    unit = or_404(catalogue.units([unit_id]).get(unit_id))
    form.offer()
    return page(
        "fault/report.html",
        status,
        unit=unit,
        form=form,
        reasons=reasons,
        known=[fault for fault in store.open_of([unit_id]).get(unit_id, []) if fault.state == CONFIRMED],
        named=named,
        moment_text=moment_text,
    )


@web.get("/bases/<id:base_id>/labels")
@gate.needs("catalogue.see")
def labels(base_id: int) -> tuple[str, int]:
    """A label for each machine of a base, to be printed and stuck on: its name, its number, and the code to report by."""
    base = or_404(places.find_base(base_id))
    zh = is_chinese()
    lines = looking.unit_lines(clock.today(), base_id=base_id)
    return page(
        "fault/labels.html",
        base=base.form,
        base_id=base_id,
        labels=[
            (line, named(line), line.lab_name_zh if zh or not line.lab_name_en else line.lab_name_en, _code(line.id))
            for line in lines
        ],
        named=named,
    )


def _code(unit_id: int) -> Markup:
    site = current_app.config["PUBLIC_URL"] or request.host_url.rstrip("/")
    drawn = segno.make(f"{site}/units/{unit_id}/report-fault", error="m", micro=False).svg_inline(
        omitsize=True, border=2, dark="#000000", light="#ffffff", svgclass="qr"
    )
    return Markup(drawn)  # noqa: S704 - drawn by us from an address of our own making
