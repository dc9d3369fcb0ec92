"""Closures and maintenance of a base: what is closed when and why, closing something, lifting a closure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DateField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from app.booking.actions import clearing, closing, lifting
from app.booking.actions.clearing import Planned
from app.booking.rules.conflict import Overlaps
from app.booking.store import looking
from app.catalogue.rules.unit import Thing
from app.catalogue.store import places, shares
from app.consortium.rules.permission import may
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import is_chinese, named, span_text
from app.entrypoints.web.attempts import attempt, status_of
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.booking.form import cleaned
from app.entrypoints.web.calendar.editing import minute_of
from app.entrypoints.web.faults.hits import hit_rows, settle_one
from app.entrypoints.web.listing import shown_version
from app.entrypoints.wording.units import unit_names
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Reason, Refused
from app.foundation.timespan import DAY, Span, at_local
from app.timetable.store import closures as timetable

LOOK_BACK = 90 * DAY


class ClosingForm(FlaskForm):
    """What to close, from when to when, and why."""

    what = SelectField(lazy_gettext("What to close"), [InputRequired()])
    kind = RadioField(
        lazy_gettext("Kind"),
        choices=[("closure", lazy_gettext("Closure")), ("maintenance", lazy_gettext("Maintenance"))],
        default="closure",
        validators=[InputRequired()],
    )
    first_day = DateField(lazy_gettext("First day"), [InputRequired()])
    first_time = StringField(lazy_gettext("Start"), [InputRequired()], default="00:00")
    last_day = DateField(lazy_gettext("Last day"), [InputRequired()])
    last_time = StringField(
        lazy_gettext("End"),
        [InputRequired()],
        default="24:00",
        description=lazy_gettext("24:00 is the end of the day."),
    )
    reason = StringField(
        lazy_gettext("Reason"),
        [InputRequired(), Length(max=200)],
        description=lazy_gettext("Everybody who looks at the timetable reads it."),
    )

    def planned(self, span: Span) -> Planned:
        """The closure that is meant; what to close was one of the choices."""
        scope, _, number = (self.what.data or "").partition(":")
        return Planned(scope, int(number), span, (self.reason.data or "").strip())

    def span(self) -> Span | str:
        """The time to close, or what is wrong with it."""
        first, last = minute_of(self.first_time.data or ""), minute_of(self.last_time.data or "")
        if first is None or last is None:
            return gettext("Times are written like 08:00.")
        if not (self.first_day.data and self.last_day.data) or not all(
            1980 <= day.year <= 2200 for day in (self.first_day.data, self.last_day.data)
        ):
            return gettext("These are not days that can be closed.")
        start, end = at_local(self.first_day.data, first), at_local(self.last_day.data, last)
        return Span(start, end) if start < end else gettext("The end must be after the start.")


@web.get("/bases/<id:base_id>/closures")
@gate.needs("closure.change")
def closures(base_id: int) -> tuple[str, int]:
    today = clock.today()
    form = ClosingForm(formdata=None, first_day=today, last_day=today, what=request.args.get("what", ""))
    return _show(base_id, form, [], 200)


@web.post("/bases/<id:base_id>/closures")
@gate.needs("closure.change")
def close(base_id: int) -> tuple[str, int] | Response:
    """Close it, or show everything that is in the way, each with a link."""
    form = ClosingForm()
    _offer(form, base_id)
    if not form.validate_on_submit():
        return _show(base_id, form, [], 422)
    span = form.span()
    if isinstance(span, str):
        return _show(base_id, form, [span], 422)
    return _close(base_id, form, form.planned(span))


def _close(base_id: int, form: ClosingForm, planned: Planned) -> tuple[str, int] | Response:
    who, now = actor(), clock.now()
    try:
        transaction(
            lambda: closing.close(
                who, form.kind.data or "", planned.scope, planned.scope_id, planned.span, planned.reason, now=now
            )
        )
    except Refused as refused:
        return _show(base_id, form, in_the_way(refused.reasons), status_of(refused.reasons), planned)
    flash(gettext("Closed: nobody can book it then."), "done")
    return redirect(f"/bases/{base_id}/closures", 303)


@web.post("/bases/<id:base_id>/closures/clear")
@gate.needs("closure.change")
def clear_the_way(base_id: int) -> tuple[str, int] | Response:
    """Move or cancel one booking that is in the way, or all of them and close; what came of each is said."""
    form = ClosingForm()
    _offer(form, base_id)
    if not form.validate_on_submit():
        return _show(base_id, form, [], 422)
    span = form.span()
    if isinstance(span, str):
        return _show(base_id, form, [span], 422)
    who, now, planned = actor(), clock.now(), form.planned(span)
    chosen, deed = request.form.get("booking", ""), request.form.get("deed", "")
    words = cleaned(request.form.get("note", ""), 400)
    found, _ = clearing.in_the_way(who, planned, now)
    number = id_from_text(chosen)
    for hit in found:
        if chosen == "all" or hit.booking.id == number:
            version = hit.booking.version if chosen == "all" else shown_version()
            move = partial(clearing.move, who, planned, hit.booking.id, version, now=now)
            settle_one(hit, deed, move, partial(clearing.cancel, who, planned, hit.booking.id, version, words, now=now))
    if chosen == "all":
        return _close(base_id, form, planned)
    return _show(base_id, form, [], 200, planned)


@web.post("/bases/<id:base_id>/closures/<id:closure_id>/lift")
@gate.needs("closure.change")
def lift(base_id: int, closure_id: int) -> Response:
    """Take a closure back, or end a running one now."""
    _mine(base_id)
    who, now = actor(), clock.now()
    reasons, _ = attempt(lambda: lifting.lift(who, closure_id, now=now))
    for sentence in reasons:
        flash(sentence, "problem")
    if not reasons:
        flash(gettext("The closure is lifted; the time can be booked again."), "done")
    return redirect(f"/bases/{base_id}/closures", 303)


def in_the_way(reasons: Sequence[Reason]) -> list[Any]:
    """Sentences, with a link where a booking is in the way."""
    names = unit_names(unit_id for reason in reasons if isinstance(unit_id := getattr(reason, "unit_id", None), int))
    found: dict[str, Any] = {}
    for reason in reasons:
        said = wording.say(reason, names)
        booking_id = reason.booking_id if isinstance(reason, Overlaps) else None
        found[said] = {"url": f"/bookings/{booking_id}", "message": said} if booking_id else said
    return list(found.values())


def _mine(base_id: int) -> None:
    """Who is not on the side of this base finds nothing here."""
    standing = or_404(shares.standing(Thing("base", base_id)))
    or_404(standing if may(actor(), "closure.change", standing.placement(clock.today())) else None)


def _offer(form: ClosingForm, base_id: int) -> None:
    _mine(base_id)
    zh = is_chinese()
    choices = [(f"base:{base_id}", gettext("The whole base"))]
    for line in looking.unit_lines(clock.today(), base_id=base_id):
        lab = line.lab_name_zh if zh or not line.lab_name_en else line.lab_name_en
        if line.kind == "room":
            choices.append((f"lab:{line.lab_id}", lab))
        else:
            choices.append((f"unit:{line.id}", f"{lab} · {named(line)}"))
    form.what.choices = choices


def _show(
    base_id: int, form: ClosingForm, reasons: Sequence[Any], status: int, planned: Planned | None = None
) -> tuple[str, int]:
    """The page; where a closure is planned, with every booking in its way and where each could go."""
    _offer(form, base_id)
    base = or_404(places.find_base(base_id))
    now = clock.now()
    found, blocked = clearing.in_the_way(actor(), planned, now) if planned else ([], [])
    kept = timetable.closures_of(base_id, now - LOOK_BACK)
    rows = [
        {
            "closure": closure,
            "what": named(closure) or gettext("The whole base"),
            "when": span_text(Span(closure.starts_at, closure.ends_at)),
            "state": _state(closure, now),
        }
        for closure in kept
    ]
    return page(
        "timetable/closures.html",
        status,
        span_text=span_text,
        base_id=base_id,
        base_name=named(base.form),
        form=form,
        reasons=[each for each in reasons if isinstance(each, str)] if found else reasons,
        planned=planned,
        hits=hit_rows(found, blocked, now),
        coming=[row for row in rows if row["state"] in ("running", "coming")],
        over=[row for row in rows if row["state"] in ("over", "lifted")][::-1],
    )


def _state(closure: timetable.KeptClosure, now: datetime) -> str:
    if closure.lifted_at is not None:
        return "lifted"
    if closure.ends_at <= now:
        return "over"
    return "running" if closure.starts_at <= now else "coming"
