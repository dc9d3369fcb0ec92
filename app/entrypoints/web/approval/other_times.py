"""Another time: whoever is asked proposes it in the inbox; the applicant takes it or declines with one press."""

from __future__ import annotations

from flask import redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.actions import counter_offering as actions
from app.booking.store import counter_offers
from app.entrypoints import clock, gate
from app.entrypoints.web.attempts import flash_all, pressed
from app.entrypoints.web.blueprint import actor, or_404, web
from app.entrypoints.web.booking.form import cleaned, local_from_text
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Invalid, Reason
from app.foundation.timespan import Span, at_local


@web.post("/inbox/<id:booking_id>/other-time")
@gate.needs("approval.answer")
def propose_time(booking_id: int) -> Response:
    """Propose another time for one waiting date."""
    who, now = actor(), clock.now()
    version = id_from_text(request.form.get("version", "")) or 0
    date_id = id_from_text(request.form.get("date_id", "")) or 0
    note = cleaned(request.form.get("note", ""), 400)
    day, start, end = (cleaned(request.form.get(name, ""), 10) for name in ("day", "start", "end"))
    since, until = local_from_text(f"{day}T{start}"), local_from_text(f"{day}T{end}")
    onward = f"/inbox/{booking_id}"
    wrong: list[Reason] = [Invalid(name, "unreadable") for name, at in (("start", since), ("end", until)) if at is None]
    if since is None or until is None:
        flash_all(wrong)
        return redirect(onward, 303)
    if at_local(*until) <= at_local(*since):
        flash_all([Invalid("end", "backward")])
        return redirect(onward, 303)
    span = Span(at_local(*since), at_local(*until))
    return pressed(
        lambda: actions.propose(who, booking_id, version, date_id, span, note=note, now=now),
        gettext("Proposed; the applicant is told. Until then the request waits as it is."),
        onward,
    )


@web.post("/other-times/<id:other_time_id>/accept")
@gate.needs("booking.take_time")
def accept_time(other_time_id: int) -> Response:
    who, now = actor(), clock.now()
    return pressed(
        lambda: actions.accept(who, other_time_id, now=now),
        gettext("Moved to the time proposed; whoever proposed it has agreed to it."),
        _booking_of(other_time_id),
    )


@web.post("/other-times/<id:other_time_id>/decline")
@gate.needs("booking.take_time")
def decline_time(other_time_id: int) -> Response:
    who, now = actor(), clock.now()
    return pressed(
        lambda: actions.decline(who, other_time_id, now=now),
        gettext("Declined; the request waits as before."),
        _booking_of(other_time_id),
    )


@web.post("/other-times/<id:other_time_id>/withdraw")
@gate.needs("approval.withdraw_time")
def withdraw_time(other_time_id: int) -> Response:
    who, now = actor(), clock.now()
    return pressed(
        lambda: actions.withdraw(who, other_time_id, now=now), gettext("Taken back."), _booking_of(other_time_id)
    )


def _booking_of(other_time_id: int) -> str:
    return f"/bookings/{or_404(counter_offers.find(other_time_id)).booking_id}"
