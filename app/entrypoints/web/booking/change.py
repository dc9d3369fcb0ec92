"""Changing a booking: the form filled with what stands, its verdict, the change, and what changed meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, RadioField

from app.booking.actions import alternatives, asking, changing, listing
from app.booking.actions import form as choosing
from app.booking.actions.changing import Changes
from app.booking.actions.listing import BookingPage
from app.booking.actions.self_check import asks_of_learners
from app.booking.rules.course import AlreadyOver, Kept
from app.booking.rules.request import Slot, Want
from app.booking.rules.series import InPeriods, TimeOfDay, moved_alike
from app.booking.rules.standing import DECLARATIONS
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import slot_text
from app.entrypoints.web.blueprint import page, web
from app.entrypoints.web.booking import words
from app.entrypoints.web.booking.alternatives import offers, read, requests
from app.entrypoints.web.booking.asking import refusal_headers, refusal_status
from app.entrypoints.web.booking.coming import EVERY, ONE, REST, chosen_date, coming_dates, end_minute, to_change
from app.entrypoints.web.booking.form import AboutForm, Read, WhenForm, fill_when, read_beside
from app.entrypoints.web.booking.page import show, words_for_templates
from app.entrypoints.web.booking.verdict import Verdict, verdict_on
from app.entrypoints.wording.booking import purpose_name
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import ChangedMeanwhile, Reason, Refused
from app.foundation.timespan import local_day, local_minute
from app.timetable.rules.bell import Bells


class ChangeForm(WhenForm, AboutForm):
    """What can be changed about a booking, and for which of its dates the time is."""

    which = RadioField(
        lazy_gettext("The new time is for"),
        choices=[
            (ONE, lazy_gettext("this date only")),
            (REST, lazy_gettext("this and all later dates")),
            (EVERY, lazy_gettext("every date still to come")),
        ],
        default=ONE,
        validate_choice=False,
    )
    date_id = HiddenField()
    version = HiddenField()


@web.get("/bookings/<id:booking_id>/change")
@gate.needs("booking.change")
def change_booking(booking_id: int) -> Any:
    """The form to move, shorten, lengthen or relabel it, filled with what stands."""
    who, now = gate.actor(), clock.now()
    found = to_change(who, booking_id, now)
    date = chosen_date(found, request.args.get("date", ""), now)
    bells = choosing.calendar_at([unit.unit_id for unit in found.booking.units]).bells
    periods = bells.on(local_day(date.span.start))
    form = ChangeForm(formdata=None)
    form.offer_purposes()
    form.offer_periods(periods)
    start = local_minute(date.span.start)
    fill_when(form, local_day(date.span.start), start, local_day(date.span.end), end_minute(date, start), periods)
    booking = found.booking
    form.title.data, form.purpose.data = booking.title, booking.purpose
    form.headcount.data, form.note.data = booking.headcount, booking.note
    form.sixteen.data, form.not_first_year.data = (what in booking.declared for what in DECLARATIONS)
    form.date_id.data, form.version.data, form.which.data = str(date.id), str(booking.version), ONE
    return _show_change(found, form, _as_read(found), periods, date)


def _as_read(found: BookingPage) -> Read:
    return Read(tuple(Want(unit.unit_id, unit.quantity) for unit in found.booking.units))


@web.post("/bookings/<id:booking_id>/change")
@gate.needs("booking.change")
def keep_change(booking_id: int) -> Any:
    """Make the change, or show the form again with what stands in the way, or with what changed meanwhile."""
    who, now = gate.actor(), clock.now()
    found = to_change(who, booking_id, now)
    read = read_beside(request.form)
    form = ChangeForm(formdata=request.form)
    form.offer_purposes()
    bells = choosing.calendar_at([want.unit_id for want in read.wants]).bells
    periods = bells.on(form.day.data) if form.day.data else ()
    form.offer_periods(periods)
    date = chosen_date(found, form.date_id.data or "", now)
    version = id_from_text(form.version.data or "")
    sound = form.validate()
    time = form.time_of_day(bells)
    problems = list(read.problems)
    if not read.wants:
        problems.append(gettext("Please choose what to book."))
    if not sound or form.errors or problems or time is None or version is None:
        return _show_change(found, form, read, periods, date, problems=problems, status=422)
    changes = _changes(found, form, read, time, bells, date, now)
    if offer := request.form.get("instead"):
        taken = _instead(found, changes, offer, now)
        if taken is None:
            problems = [gettext("This choice cannot be read.")]
            return _show_change(found, form, read, periods, date, problems=problems, status=422)
        changes = taken
    if "preview" in request.form:
        verdict = _verdict_of_change(found, changes, who, now)
        if request.headers.get("X-Live"):
            return render_template("booking/_verdict.html", verdict=verdict)
        return _show_change(found, form, read, periods, date, verdict=verdict)
    try:
        transaction(lambda: changing.change(who, booking_id, version, changes, now=now))
    except Refused as refused:
        if any(isinstance(reason, ChangedMeanwhile) for reason in refused.reasons):
            return _show_stale(booking_id, form, read, bells)
        return _show_change(
            found,
            form,
            read,
            periods,
            date,
            reasons=refused.reasons,
            status=refusal_status(refused.reasons),
            verdict=_verdict_of_change(found, changes, who, now),
        )
    flash(gettext("Changed."), "done")
    return redirect(url_for("web.booking_page", booking_id=booking_id), 303)


def _changes(
    found: BookingPage,
    form: ChangeForm,
    read: Read,
    time: TimeOfDay | InPeriods,
    bells: Bells,
    date: Kept,
    now: datetime,
) -> Changes:
    """Only what differs from what stands."""
    booking = found.booking
    slot = time.on(form.day.data)
    slots: dict[int, Slot] = {}
    if slot is not None and slot.span != date.span:
        days = (form.day.data - local_day(date.span.start)).days
        same_time = (local_minute(slot.span.start), slot.span.length) == (
            local_minute(date.span.start),
            date.span.length,
        )
        for each in _meant(found, form.which.data, date, now):
            keeps = same_time and local_minute(each.span.start) != local_minute(date.span.start)
            slots[each.id] = moved_alike(Slot(each.span, each.periods), days, None if keeps else time, bells)
    wants = read.wants
    same_units = {(want.unit_id, want.quantity) for want in wants} == {
        (unit.unit_id, unit.quantity) for unit in booking.units
    }
    return Changes(
        slots=slots or None,
        wants=None if same_units else wants,
        title=(form.title.data or "").strip(),
        purpose=form.purpose.data,
        headcount=form.headcount.data or 0,
        note=(form.note.data or "").strip(),
        declared=form.declared,
    )


def _meant(found: BookingPage, which: str | None, date: Kept, now: datetime) -> list[Kept]:
    coming = coming_dates(found, now)
    if which == EVERY:
        return coming
    if which == REST:
        return [each for each in coming if each.span.start >= date.span.start]
    return [date]


def _show_change(
    found: BookingPage,
    form: ChangeForm,
    read: Read,
    periods: Sequence[Any],
    date: Kept,
    *,
    reasons: Sequence[Reason] = (),
    problems: Sequence[str] = (),
    present: Sequence[tuple[str, str, str]] = (),
    verdict: Verdict | None = None,
    status: int = 200,
) -> Any:
    who, now = gate.actor(), clock.now()
    chosen = choosing.choices(who, [want.unit_id for want in read.wants], clock.today())
    text, code = page(
        "booking/change.html",
        status,
        found=found,
        booking=found.booking,
        form=form,
        periods=periods,
        date=date,
        coming=coming_dates(found, now),
        units=chosen.units,
        siblings=chosen.siblings,
        quantities={want.unit_id: want.quantity for want in read.wants},
        asks_learners=asks_of_learners({want.unit_id for want in read.wants}),
        reasons=[*problems, *wording.sentences(reasons)],
        present=present,
        verdict=verdict,
        **words_for_templates(),
    )
    return text, code, refusal_headers(reasons)


def _show_stale(booking_id: int, form: ChangeForm, read: Read, bells: Bells) -> Any:
    """What changed meanwhile: the present state beside what was wanted, and the form ready to be sent again."""
    who, now = gate.actor(), clock.now()
    found = listing.page_of(who, booking_id)
    if not coming_dates(found, now):
        return show(booking_id, [AlreadyOver(found.booking.state)], 409)
    date = chosen_date(found, form.date_id.data or "", now)
    placed = choosing.places([want.unit_id for want in read.wants])
    wanted_units = [
        replace(placed[want.unit_id], quantity=want.quantity) for want in read.wants if want.unit_id in placed
    ]
    time = form.time_of_day(bells)
    periods = bells.on(form.day.data) if form.day.data else ()
    slot = time.on(form.day.data) if time is not None else None
    booking = found.booking
    pairs = [
        (
            gettext("When"),
            slot_text(date.span, date.periods),
            slot_text(slot.span, slot.periods) if slot else "",
        ),
        (gettext("What"), words.unit_words(found.units), words.unit_words(wanted_units)),
        (gettext("Title"), booking.title, form.title.data or ""),
        (gettext("Purpose"), purpose_name(booking.purpose), purpose_name(form.purpose.data or "")),
        (gettext("Head count"), str(booking.headcount or "—"), str(form.headcount.data or "—")),
        (gettext("Note"), booking.note or "—", form.note.data or "—"),
    ]
    form.version.data, form.date_id.data = str(booking.version), str(date.id)
    return _show_change(
        found,
        form,
        read,
        periods,
        date,
        reasons=[ChangedMeanwhile(booking.version)],
        present=[(label, stands, wanted) for label, stands, wanted in pairs if stands != wanted],
        status=409,
    )


def _verdict_of_change(found: BookingPage, changes: Changes, who: Actor, now: datetime) -> Verdict | None:
    """Whether the new times and units could be had now; None where neither changes."""
    booking = found.booking
    anew = alternatives.asked_by_change(booking, changes, now)
    if anew is None or not may(who, "booking.request"):
        return None
    asked, date_ids = anew
    begun = {date.span.start for date in booking.open_dates if date.span.start <= now}
    verdict = verdict_on(asked, asking.preview(who, asked, now, date_ids), begun)
    if verdict.is_free:
        return verdict
    instead = alternatives.instead_of_change(booking, changes, now)
    return replace(verdict, offers=tuple(offers(instead, asked)), press="move")


def _instead(found: BookingPage, changes: Changes, offer: str, now: datetime) -> Changes | None:
    """The change that takes an offered alternative; None where that cannot be read."""
    anew = alternatives.asked_by_change(found.booking, changes, now)
    wanted = requests(anew[0], read(offer)) if anew else []
    if len(wanted) != 1:
        return None
    return alternatives.changed_to(found.booking, changes, wanted[0].wants, wanted[0].slots, now)
