"""Instead: a person's own page for a booking that a fault is in the way of: take another time or machine, or cancel."""

from __future__ import annotations

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.actions import fault_hits, listing
from app.booking.actions import form as choosing
from app.booking.actions import instead as moving
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.formats import moment_text, named, span_text
from app.entrypoints.web.attempts import flash_all
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.faults.hits import way_text
from app.entrypoints.web.listing import shown_version
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import NotFound, Refused


@web.get("/bookings/<id:booking_id>/instead")
@gate.needs("booking.see")
def out_of_the_way(booking_id: int) -> tuple[str, int]:
    """What is broken and until when, where the booking could go, and what happens if one does nothing."""
    now = clock.now()
    found = listing.page_of(actor(), booking_id)
    told = []
    for fault, hit in fault_hits.hitting(found.booking, now):
        ways = [] if hit.whole_room or not found.may_change else moving.ways(hit, [], now)
        units = choosing.places([want.unit_id for way in ways for want in way.wants] + [fault.unit_id])
        told.append(
            (fault, units.get(fault.unit_id), hit, [(moving.key_of(way), way_text(way, units)) for way in ways])
        )
    return page(
        "fault/instead.html",
        found=found,
        booking=found.booking,
        told=told,
        named=named,
        moment_text=moment_text,
        span_text=span_text,
    )


@web.post("/bookings/<id:booking_id>/instead")
@gate.needs("booking.change")
def go_elsewhere(booking_id: int) -> Response:
    """One of them is pressed."""
    who, now, version = actor(), clock.now(), shown_version()
    fault_id, chosen = id_from_text(request.form.get("fault", "")) or 0, request.form.get("way", "")[:400]
    try:
        _, way = transaction(
            lambda: fault_hits.move(who, fault_id, booking_id, version, now=now, chosen=chosen or "none")
        )
    except Refused as refused:
        if any(isinstance(reason, NotFound) for reason in refused.reasons):
            raise
        flash_all(refused.reasons)
        return redirect(f"/bookings/{booking_id}/instead", 303)
    units = choosing.places([want.unit_id for want in way.wants])
    flash(gettext("It is moved: %(where)s.", where=way_text(way, units)), "done")
    return redirect(f"/bookings/{booking_id}", 303)
