"""A booking's own page: what stands, what happened, what comes next; and its paper form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for

from app.booking.actions import fault_hits, listing
from app.booking.actions import form as choosing
from app.booking.actions.listing import BookingPage
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import day_text, moment_text, named, slot_text, span_text
from app.entrypoints.web.blueprint import page, web
from app.entrypoints.web.booking import words
from app.entrypoints.web.booking.asking import refusal_headers
from app.entrypoints.web.booking.coming import coming_dates
from app.entrypoints.web.booking.sheet import unit_line
from app.entrypoints.web.conduct import presence
from app.entrypoints.web.line.displaced import displaced_words
from app.entrypoints.wording.booking import purpose_name
from app.foundation.refusal import Reason


@web.get("/bookings/<id:booking_id>")
@gate.needs("booking.see")
def booking_page(booking_id: int) -> Any:
    """The booking as it stands."""
    return show(booking_id)


def show(booking_id: int, reasons: Sequence[Reason] = (), status: int = 200) -> Any:
    """The page, with what stands in the way of what was just asked, where something does."""
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
        **words_for_templates(),
    )
    return text, code, refusal_headers(reasons)


def words_for_templates() -> dict[str, Any]:
    """What every page of a booking says it with."""
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
        **words_for_templates(),
    )
