"""Passing on: the pages on which a booking is handed over or a time exchanged, and where the other answers."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.actions import form as choosing
from app.booking.actions import listing
from app.booking.actions import passing as actions
from app.booking.rules.passing import HAND_OVER, OPEN, Proposal
from app.booking.store import bookings, looking
from app.booking.store import passing as store
from app.booking.store import people as booking_people
from app.consortium.store import people
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import is_chinese, moment_text, named, span_text
from app.entrypoints.web.attempts import flash_all, pressed, status_of
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.booking.form import local_from_text
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import NotAllowed, NotFound, Refused
from app.foundation.timespan import at_local


@web.get("/bookings/<id:booking_id>/pass")
@gate.needs("booking.pass_on")
def pass_on(booking_id: int) -> tuple[str, int]:
    """To whom, or for what: a colleague, somebody by e-mail, or a taken time to exchange for one of one's own."""
    return _show(booking_id, [], 200)


@web.post("/bookings/<id:booking_id>/hand-over")
@gate.needs("booking.pass_on")
def hand_over(booking_id: int) -> tuple[str, int] | Response:
    who, now = actor(), clock.now()
    version, note = id_from_text(request.form.get("version", "")) or 0, _words("note")
    email = _words("email").lower()
    to_id = people.person_id_of(email) if email else id_from_text(request.form.get("to", ""))
    try:
        transaction(lambda: actions.propose_hand_over(who, booking_id, version, to_id, note=note, now=now))
    except Refused as refused:
        return _show(booking_id, wording.sentences(refused.reasons), status_of(refused.reasons))
    flash(gettext("Asked. The booking stays yours until the other accepts."), "done")
    return redirect("/passing", 303)


@web.post("/bookings/<id:booking_id>/swap")
@gate.needs("booking.pass_on")
def swap(booking_id: int) -> tuple[str, int] | Response:
    who, now = actor(), clock.now()
    version, note = id_from_text(request.form.get("version", "")) or 0, _words("note")
    date_id, unit_id = (
        id_from_text(request.form.get("date_id", "")) or 0,
        id_from_text(request.form.get("unit", "")) or 0,
    )
    moment = local_from_text(f"{_words('day')}T{_words('at')}")
    if moment is None:
        return _show(booking_id, [gettext("Please give the day and the time that you would like to have.")], 422)
    at = at_local(*moment)
    try:
        transaction(lambda: actions.propose_swap(who, booking_id, version, date_id, unit_id, at, note=note, now=now))
    except Refused as refused:
        return _show(booking_id, wording.sentences(refused.reasons), status_of(refused.reasons))
    flash(gettext("Asked. Both keep what they have until the other accepts; then both change in one step."), "done")
    return redirect("/passing", 303)


def _words(name: str) -> str:
    return request.form.get(name, "").replace("\x00", "").strip()[:500]


def _show(booking_id: int, reasons: list[str], status: int) -> tuple[str, int]:
    who, now = actor(), clock.now()
    found = listing.page_of(who, booking_id)
    booking = found.booking
    if not found.may_pass_on:
        raise Refused(NotAllowed("booking.pass_on"))
    colleagues = [
        (person_id, name)
        for person_id, name in booking_people.of_member(booking.member_id, clock.today())
        if person_id not in (who.person_id, booking.holder_id)
    ]
    dates = [(date.id, span_text(date.span)) for date in booking.open_dates if date.span.start > now]
    bases = {unit.base.id for unit in choosing.places([unit.unit_id for unit in booking.units]).values()}
    lines = [line for base_id in sorted(bases) for line in looking.unit_lines(clock.today(), base_id=base_id)]
    units = [(line.id, f"{lab_name(line)} · {named(line)}") for line in lines if line.capacity == 1]
    return page(
        "passing/pass.html",
        status,
        booking=booking,
        colleagues=colleagues,
        dates=dates,
        units=units,
        values=request.form,
        reasons=reasons,
    )


def lab_name(line: looking.UnitLine) -> str:
    """The lab's name in the page's language."""
    return line.lab_name_zh if is_chinese() or not line.lab_name_en else line.lab_name_en


@web.get("/passing")
@gate.needs("passing.answer")
def proposals() -> tuple[str, int]:
    """What one has proposed, and what was proposed to one."""
    who, now = actor(), clock.now()
    found = store.of_person(who.person_id)
    kept = {
        booking.id: booking
        for booking in bookings.bookings(
            sorted({each for one in found for each in (one.booking_id, one.other_booking_id) if each})
        )
    }
    wants = store.wants_of([each for one in found for each in (one.date_id, one.other_date_id) if each])
    units = choosing.places(
        sorted(
            {want.unit_id for each in wants.values() for want in each}
            | {unit.unit_id for booking in kept.values() for unit in booking.units}
        )
    )
    rows = [_row(one, who.person_id, kept, wants, units, now) for one in found]
    return page("passing/passing.html", rows=rows)


def _row(one: Proposal, me: int, kept: Any, wants: Any, units: Any, now: Any) -> dict[str, Any]:
    """A proposal in words. What the other's booking is for stays hidden; times and units do not."""
    mine_first = one.from_id == me
    booking = kept[one.booking_id]

    def thing(booking_id: int | None, date_id: int | None) -> str:
        dates = [date for date in kept[booking_id].dates if date.id == date_id] if booking_id else []
        names = [named(units[want.unit_id]) for want in wants.get(date_id, ()) if want.unit_id in units]
        return " · ".join([*names, *(span_text(date.span) for date in dates)])

    if one.kind == HAND_OVER:
        names = [named(units[unit.unit_id]) for unit in booking.units if unit.unit_id in units]
        coming = [date for date in booking.open_dates if date.span.start > now]
        gives = " · ".join([booking.title, *names, *([span_text(coming[0].span)] if coming else [])])
        more = len(coming) - 1
        if more > 0:
            gives += " " + gettext("and %(n)s more dates", n=more)
        gets = ""
    else:
        gives, gets = thing(one.booking_id, one.date_id), thing(one.other_booking_id, one.other_date_id)
    if not mine_first and one.kind != HAND_OVER:
        gives, gets = gets, gives
    state = one.state if one.state != OPEN or one.is_open(now) else "expired"
    return {
        "one": one,
        "mine": mine_first,
        "gives": gives,
        "gets": gets,
        "state": state,
        "until": moment_text(one.expires_at),
    }


@web.post("/passing/<id:proposal_id>/accept")
@gate.needs("passing.answer")
def accept_proposal(proposal_id: int) -> Response:
    who, now = actor(), clock.now()
    try:
        booking = transaction(lambda: actions.accept(who, proposal_id, now=now))
    except Refused as refused:
        if any(isinstance(reason, NotFound) for reason in refused.reasons):
            raise
        flash_all(refused.reasons)
        return redirect("/passing", 303)
    flash(gettext("Done: it is yours from now on."), "done")
    return redirect(f"/bookings/{booking.id}", 303)


@web.post("/passing/<id:proposal_id>/decline")
@gate.needs("passing.answer")
def decline_proposal(proposal_id: int) -> Response:
    who, now = actor(), clock.now()
    return pressed(
        lambda: actions.decline(who, proposal_id, now=now), gettext("Declined; everything stays as it is."), "/passing"
    )


@web.post("/passing/<id:proposal_id>/withdraw")
@gate.needs("passing.answer")
def withdraw_proposal(proposal_id: int) -> Response:
    who, now = actor(), clock.now()
    return pressed(lambda: actions.withdraw(who, proposal_id, now=now), gettext("Taken back."), "/passing")
