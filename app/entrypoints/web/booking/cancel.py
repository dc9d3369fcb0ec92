"""Cancelling: what it would do and to whom, and the press that frees the time."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.actions import changing, listing
from app.booking.rules.course import AlreadyOver
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.web.blueprint import page, web
from app.entrypoints.web.booking.asking import refusal_status
from app.entrypoints.web.booking.coming import EVERY, ONE, REST, chosen_date, coming_dates
from app.entrypoints.web.booking.form import cleaned
from app.entrypoints.web.booking.page import show, words_for_templates
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import ChangedMeanwhile, NotAllowed, Refused


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
    date = chosen_date(found, request.args.get("date", ""), now)
    return page(
        "booking/cancel.html",
        found=found,
        booking=found.booking,
        date=date,
        later=[each for each in coming if each.span.start >= date.span.start],
        coming=coming,
        chosen=ONE if "date" in request.args and len(coming) > 1 else EVERY,
        tells_holder=found.booking.holder_id != who.person_id,
        **words_for_templates(),
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
        return show(booking_id, refused.reasons, refusal_status(refused.reasons))
    left = [each for each in ended.open_dates if each.span.end > now]
    flash(
        gettext("Cancelled; %(n)s dates remain.", n=len(left))
        if left
        else gettext("Cancelled. The time is free for others."),
        "done",
    )
    return redirect(url_for("web.booking_page", booking_id=booking_id), 303)
