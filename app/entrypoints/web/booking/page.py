"""A booking's own page: what stands, what happened, what comes next; changing and cancelling it; its paper form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, StringField
from wtforms.validators import Length

from app.booking.actions import adding, alternatives, asking, changing, fault_hits, listing
from app.booking.actions import form as choosing
from app.booking.actions.changing import Changes
from app.booking.actions.listing import BookingPage
from app.booking.actions.self_check import asks_of_learners
from app.booking.rules.course import AlreadyOver, Kept
from app.booking.rules.meetings import LeftOut
from app.booking.rules.request import Slot, Want
from app.booking.rules.series import InPeriods, TimeOfDay, moved_alike
from app.booking.rules.standing import DECLARATIONS
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import day_text, example, moment_text, named, slot_text, span_text
from app.entrypoints.web.blueprint import page, web
from app.entrypoints.web.booking import words
from app.entrypoints.web.booking.alternatives import offers, read, requests
from app.entrypoints.web.booking.asking import refusal_headers, refusal_status
from app.entrypoints.web.booking.form import (
    AboutForm,
    Read,
    WhenForm,
    cleaned,
    fill_when,
    read_beside,
    readable,
)
from app.entrypoints.web.booking.sheet import Verdict, unit_line, verdict_on
from app.entrypoints.web.booking.when import slots_in_words
from app.entrypoints.web.conduct import presence
from app.entrypoints.web.line.displaced import displaced_words
from app.entrypoints.wording.booking import purpose_name
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import ChangedMeanwhile, NotAllowed, Reason, Refused
from app.foundation.timespan import local_day, local_minute
from app.timetable.rules.bell import Bells
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.weeks import LONGEST_TEXT

ONE, REST, EVERY = "one", "rest", "every"


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


@web.get("/bookings/<id:booking_id>")
@gate.needs("booking.see")
def booking_page(booking_id: int) -> Any:
    """The booking as it stands."""
    return _show(booking_id)


def _show(booking_id: int, reasons: Sequence[Reason] = (), status: int = 200) -> Any:
    who, now = gate.actor(), clock.now()
    found = listing.page_of(who, booking_id)
    next_words, kind = words.next_step(found, now)
    coming = coming_dates(found, now)
    text, code = page(
        "booking/booking.html",
        status,
        found=found,
        booking=found.booking,
        coming=coming,
        history=[(step.title, step.text, step.state, step.when) for step in words.history(found, now)],
        next_words=next_words,
        next_kind=kind,
        state_of=lambda date: words.state_of(date, now),
        given_up=displaced_words(who, found.booking),
        gone=[date for date in found.booking.dates if not date.is_open and date.span.start > now],
        can_change=found.may_change and bool(coming),
        can_cancel=found.may_cancel and bool(coming),
        tells_holder=found.booking.holder_id != who.person_id,
        again=_again(found),
        terms=choosing.terms(),
        chains=words.chains(found),
        other_times=words.other_times(found, who.person_id),
        presence=presence.panel(found, who, now),
        broken=fault_hits.hitting(found.booking, now),
        reasons=wording.sentences(reasons),
        **_words_for_templates(),
    )
    return text, code, refusal_headers(reasons)


def _words_for_templates() -> dict[str, Any]:
    return {
        "named": named,
        "span_text": span_text,
        "slot_text": slot_text,
        "day_text": day_text,
        "moment_text": moment_text,
        "purpose_name": purpose_name,
        "unit_line": unit_line,
        "unit_words": words.unit_words,
    }


def coming_dates(found: BookingPage, now: datetime) -> list[Kept]:
    """The dates that can still be changed or cancelled."""
    return [date for date in found.booking.open_dates if date.span.end > now]


def _again(found: BookingPage) -> str:
    """The address of a new form filled from this booking, time aside."""
    booking = found.booking
    quantities: dict[str, Any] = {
        f"quantity_{unit.unit_id}": unit.quantity for unit in booking.units if unit.quantity > 1
    }
    return url_for(
        "web.new_booking",
        unit=[unit.unit_id for unit in booking.units],
        title=booking.title,
        purpose=booking.purpose,
        headcount=booking.headcount,
        **quantities,
    )


@web.get("/bookings/<id:booking_id>/form")
@gate.needs("booking.see")
def booking_form(booking_id: int) -> Any:
    """预约申请单: the paper form with places for signatures and seals."""
    found = listing.page_of(gate.actor(), booking_id)
    return page(
        "booking/paper.html",
        found=found,
        booking=found.booking,
        printed=clock.now(),
        terms=choosing.terms(),
        **_words_for_templates(),
    )


# ── changing ──


@web.get("/bookings/<id:booking_id>/change")
@gate.needs("booking.change")
def change_booking(booking_id: int) -> Any:
    """The form to move, shorten, lengthen or relabel it, filled with what stands."""
    who, now = gate.actor(), clock.now()
    found = _to_change(who, booking_id, now)
    date = _chosen_date(found, request.args.get("date", ""), now)
    bells = choosing.calendar_at([unit.unit_id for unit in found.booking.units]).bells
    periods = bells.on(local_day(date.span.start))
    form = ChangeForm(formdata=None)
    form.offer_purposes()
    form.offer_periods(periods)
    start = local_minute(date.span.start)
    fill_when(form, local_day(date.span.start), start, local_day(date.span.end), _end_minute(date, start), periods)
    booking = found.booking
    form.title.data, form.purpose.data = booking.title, booking.purpose
    form.headcount.data, form.note.data = booking.headcount, booking.note
    form.sixteen.data, form.not_first_year.data = (what in booking.declared for what in DECLARATIONS)
    form.date_id.data, form.version.data, form.which.data = str(date.id), str(booking.version), ONE
    return _show_change(found, form, _as_read(found), periods, date)


def _end_minute(date: Kept, start: int) -> int:
    """Minutes after 0:00 of the first day where it ends within a day (24:00 included), else of its own day."""
    minutes = start + date.span.minutes
    return minutes if minutes <= 24 * 60 else local_minute(date.span.end)


def _as_read(found: BookingPage) -> Read:
    return Read(tuple(Want(unit.unit_id, unit.quantity) for unit in found.booking.units))


def _to_change(who: Actor, booking_id: int, now: datetime) -> BookingPage:
    found = listing.page_of(who, booking_id)
    if not found.may_change and coming_dates(found, now):
        raise Refused(NotAllowed("booking.change"))
    if not coming_dates(found, now):
        raise Refused(AlreadyOver(found.booking.state))
    return found


def _chosen_date(found: BookingPage, text: str, now: datetime) -> Kept:
    """The date that is meant: the named one where it is still to come, else the next one."""
    coming = coming_dates(found, now)
    wanted = id_from_text(text)
    return next((date for date in coming if date.id == wanted), coming[0])


@web.post("/bookings/<id:booking_id>/change")
@gate.needs("booking.change")
def keep_change(booking_id: int) -> Any:
    """Make the change, or show the form again with what stands in the way, or with what changed meanwhile."""
    who, now = gate.actor(), clock.now()
    found = _to_change(who, booking_id, now)
    read = read_beside(request.form)
    form = ChangeForm(formdata=request.form)
    form.offer_purposes()
    bells = choosing.calendar_at([want.unit_id for want in read.wants]).bells
    periods = bells.on(form.day.data) if form.day.data else ()
    form.offer_periods(periods)
    date = _chosen_date(found, form.date_id.data or "", now)
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
        **_words_for_templates(),
    )
    return text, code, refusal_headers(reasons)


def _show_stale(booking_id: int, form: ChangeForm, read: Read, bells: Bells) -> Any:
    """What changed meanwhile: the present state beside what was wanted, and the form ready to be sent again."""
    who, now = gate.actor(), clock.now()
    found = listing.page_of(who, booking_id)
    if not coming_dates(found, now):
        return _show(booking_id, [AlreadyOver(found.booking.state)], 409)
    date = _chosen_date(found, form.date_id.data or "", now)
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


# ── more dates ──


class DateForm(WhenForm):
    """More dates for a booking that stands: one chosen, or several in words."""

    when = StringField(
        lazy_gettext("When, in words"),
        validators=[Length(max=LONGEST_TEXT, message=lazy_gettext("At most 400 characters.")), readable],
    )
    version = HiddenField()


@web.get("/bookings/<id:booking_id>/dates")
@gate.needs("booking.change")
def more_dates(booking_id: int) -> Any:
    """The form for more dates: one, at the time of day of the others, or several in words."""
    who, now = gate.actor(), clock.now()
    found = _to_change(who, booking_id, now)
    date = coming_dates(found, now)[-1]
    start, day = local_minute(date.span.start), local_day(date.span.start) + timedelta(days=7)
    periods = choosing.calendar_at([unit.unit_id for unit in found.booking.units]).bells.on(day)
    form = DateForm(formdata=None)
    form.offer_periods(periods)
    fill_when(
        form,
        day,
        start,
        day + (local_day(date.span.end) - local_day(date.span.start)),
        _end_minute(date, start),
        periods,
    )
    form.version.data = str(found.booking.version)
    return _show_more(found, form, periods)


@web.post("/bookings/<id:booking_id>/dates")
@gate.needs("booking.change")
def keep_more_dates(booking_id: int) -> Any:
    """Add the dates, or take up a cancelled one again (`date_id`)."""
    who, now = gate.actor(), clock.now()
    found = _to_change(who, booking_id, now)
    calendar = choosing.calendar_at([unit.unit_id for unit in found.booking.units])
    form = DateForm(formdata=request.form)
    periods = calendar.bells.on(form.day.data) if form.day.data else ()
    form.offer_periods(periods)
    version = id_from_text(form.version.data or "") or 0
    again = id_from_text(request.form.get("date_id", ""))
    gone = next((date for date in found.booking.dates if date.id == again and not date.is_open), None)
    left_out: tuple[LeftOut, ...] = ()
    if gone is not None:
        slots = [Slot(gone.span, gone.periods)]
    else:
        slots, left_out = _more_slots(form, calendar)
        if not slots:
            return _show_more(found, form, periods, status=422)
    try:
        transaction(lambda: adding.add_dates(who, booking_id, version, slots, now=now))
    except Refused as refused:
        if gone is not None:
            return _show(booking_id, refused.reasons, refusal_status(refused.reasons))
        form.version.data = str(listing.page_of(who, booking_id).booking.version)
        return _show_more(found, form, periods, refused.reasons, refusal_status(refused.reasons))
    if len(slots) == 1:
        flash(gettext("Added: %(when)s.", when=slot_text(slots[0].span, slots[0].periods)), "done")
    else:
        flash(gettext("Added: %(n)s dates.", n=len(slots)), "done")
    if left_out:
        said = gettext(", ").join(f"{words.lost_words(each)} {words.why_words(each.why)}" for each in left_out)
        flash(gettext("Not booked, for nothing is taught then: %(dates)s.", dates=said), "note")
    return redirect(url_for("web.booking_page", booking_id=booking_id), 303)


def _more_slots(form: DateForm, calendar: Calendar) -> tuple[list[Slot], tuple[LeftOut, ...]]:
    """The dates to add, and those that fall out; none, with the error on its field, where it cannot be understood."""
    text = (form.when.data or "").strip()
    if not text:
        time = form.time_of_day(calendar.bells) if form.validate() else None
        made = time.on(form.day.data) if time is not None else None
        return ([made] if made is not None else []), ()
    if not form.when.validate(form):
        return [], ()
    found, problems = slots_in_words(text, calendar, calendar.term_near(form.day.data or clock.today()))
    form.when.errors = problems
    return ([] if problems else found.slots), found.left_out


def _show_more(
    found: BookingPage, form: DateForm, periods: Sequence[Any], reasons: Sequence[Reason] = (), status: int = 200
) -> Any:
    text, code = page(
        "booking/dates.html",
        status,
        found=found,
        booking=found.booking,
        form=form,
        periods=periods,
        reasons=wording.sentences(reasons),
        example=example(),
        **_words_for_templates(),
    )
    return text, code, refusal_headers(reasons)


# ── cancelling ──


@web.get("/bookings/<id:booking_id>/cancel")
@gate.needs("booking.cancel")
def cancel_booking(booking_id: int) -> Any:
    """What cancelling would do and to whom: one date, the rest of a series, or all."""
    who, now = gate.actor(), clock.now()
    found = listing.page_of(who, booking_id)
    coming = coming_dates(found, now)
    if not coming:
        raise Refused(AlreadyOver(found.booking.state))
    if not found.may_cancel:
        raise Refused(NotAllowed("booking.cancel"))
    date = _chosen_date(found, request.args.get("date", ""), now)
    return page(
        "booking/cancel.html",
        found=found,
        booking=found.booking,
        date=date,
        later=[each for each in coming if each.span.start >= date.span.start],
        coming=coming,
        chosen=ONE if "date" in request.args and len(coming) > 1 else EVERY,
        tells_holder=found.booking.holder_id != who.person_id,
        **_words_for_templates(),
    )


@web.post("/bookings/<id:booking_id>/cancel")
@gate.needs("booking.cancel")
def keep_cancel(booking_id: int) -> Response | Any:
    """Cancel what was chosen; the time is free for others at once."""
    who, now = gate.actor(), clock.now()
    found = listing.page_of(who, booking_id)
    version = id_from_text(request.form.get("version", ""))
    note = cleaned(request.form.get("note", ""), 400)
    coming = coming_dates(found, now)
    wanted = id_from_text(request.form.get("date_id", ""))
    which = request.form.get("which", EVERY)
    date = next((each for each in found.booking.dates if each.id == wanted), None)
    date_ids: list[int] | None = None
    if which == ONE and date is not None:
        date_ids = [date.id]
    elif which == REST and date is not None:
        date_ids = [each.id for each in coming if each.span.start >= date.span.start]
    try:
        if version is None or (which in (ONE, REST) and date is None):
            raise Refused(ChangedMeanwhile(found.booking.version))
        ended = transaction(lambda: changing.cancel(who, booking_id, version, now=now, date_ids=date_ids, note=note))
    except Refused as refused:
        return _show(booking_id, refused.reasons, refusal_status(refused.reasons))
    left = [each for each in ended.open_dates if each.span.end > now]
    flash(
        gettext("Cancelled; %(n)s dates remain.", n=len(left))
        if left
        else gettext("Cancelled. The time is free for others."),
        "done",
    )
    return redirect(url_for("web.booking_page", booking_id=booking_id), 303)
