"""More dates for a booking that stands: one chosen, several in words, or a cancelled one taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, StringField
from wtforms.validators import Length

from app.booking.actions import adding, listing
from app.booking.actions import form as choosing
from app.booking.actions.listing import BookingPage
from app.booking.rules.meetings import LeftOut
from app.booking.rules.request import Slot
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import example, slot_text
from app.entrypoints.web.blueprint import page, web
from app.entrypoints.web.booking import words
from app.entrypoints.web.booking.asking import refusal_headers, refusal_status
from app.entrypoints.web.booking.coming import coming_dates, end_minute, to_change
from app.entrypoints.web.booking.form import WhenForm, fill_when, readable
from app.entrypoints.web.booking.page import show, words_for_templates
from app.entrypoints.web.booking.when import slots_in_words
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Reason, Refused
from app.foundation.timespan import local_day, local_minute
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.weeks import LONGEST_TEXT


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
    found = to_change(who, booking_id, now)
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
        end_minute(date, start),
        periods,
    )
    form.version.data = str(found.booking.version)
    return _show_more(found, form, periods)


@web.post("/bookings/<id:booking_id>/dates")
@gate.needs("booking.change")
def keep_more_dates(booking_id: int) -> Any:
    """Add the dates, or take up a cancelled one again (`date_id`)."""
    who, now = gate.actor(), clock.now()
    found = to_change(who, booking_id, now)
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
            return show(booking_id, refused.reasons, refusal_status(refused.reasons))
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
        **words_for_templates(),
    )
    return text, code, refusal_headers(reasons)
