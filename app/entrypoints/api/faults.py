"""Operations: faults: report, list, confirm, repair, dismiss; move what is in their way; downtime by cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from flask import Response, url_for

from app.booking.actions import fault_hits
from app.booking.actions import faults as actions
from app.booking.store import faults as booking_store
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement
from app.consortium.rules.scope import scope
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.api.blueprint import ETAG, answer, first_who_may, operation
from app.entrypoints.api.bookings import all_shown, who_may
from app.entrypoints.api.paging import paged
from app.entrypoints.api.problems import invalid, moment, moment_if_any
from app.entrypoints.api.shapes import blocks as of_blocks
from app.entrypoints.api.shapes import bookings as of_bookings
from app.entrypoints.api.shapes import faults as of_faults
from app.entrypoints.api.versions import version_needed, versioned
from app.entrypoints.wording.faults import hours_number
from app.foundation.identifiers import LARGEST_ID
from app.foundation.timespan import DAY, Span
from app.timetable.rules.faults import Ending, Fault, Finding, Report, by_cause, downtime
from app.timetable.store import downtime as downtime_store
from app.timetable.store import faults as store
from app.timetable.store.faults import Sought

LONGEST_WINDOW = 1100 * DAY
TAG = "booking"


@operation(
    "POST",
    "/units/<id:unit_id>/faults",
    deed="fault.report",
    tag=TAG,
    body=of_faults.FaultReported,
    answers=of_faults.Fault,
    status=201,
    headers=ETAG,
)
def report_a_fault(wanted: dict[str, Any], unit_id: int) -> Response:
    """Tell the keepers that something is broken. It can still be booked until one of them has confirmed it."""
    now = clock.now()
    report = Report(wanted["words"], wanted["severity"], wanted.get("began_at") or now)
    who = gate.actor()
    seen = transaction(lambda: actions.seen(who, actions.report(who, unit_id, report, now=now), now))
    made = _told(seen, 201)
    made.headers["Location"] = url_for("api.one_fault", fault_id=seen.fault.id)
    return made


@operation(
    "GET",
    "/faults",
    deed="fault.see",
    tag=TAG,
    query=of_faults.FaultsWanted,
    answers=of_blocks.page_of(of_faults.Fault),
)
def all_faults(wanted: dict[str, Any]) -> Response:
    """The faults of one's bases, and those one reported, the newest first."""
    limit: int = wanted["limit"]
    sought = Sought(wanted.get("state", ""), wanted.get("cause", ""), wanted.get("base"), wanted.get("unit"))
    within = booking_store.within(scope(gate.actor(), "fault.see"))
    after = wanted.get("cursor") or LARGEST_ID
    found = store.lines(sought, within, "", limit + 1, after=after)
    return answer(paged([_shown(line.fault, ()) for line in found], limit))


@operation("GET", "/faults/<id:fault_id>", deed="fault.see", tag=TAG, answers=of_faults.Fault, headers=ETAG)
def one_fault(fault_id: int) -> Response:
    """One fault. Its ETag is its version, for If-Match."""
    return _as_it_stands(fault_id, _who("fault.see", fault_id))


@operation(
    "POST",
    "/faults/<id:fault_id>/confirm",
    deed="fault.change",
    tag=TAG,
    body=of_faults.FaultFound,
    answers=of_faults.Fault,
    headers=ETAG,
    versioned=True,
)
def confirm_a_fault(wanted: dict[str, Any], fault_id: int) -> Response:
    """Confirm a fault, or say anew until when it lasts. From now on nobody can book the unit in that time; whoever has
    is told."""
    kept = store.find(fault_id)
    began = wanted.get("began_at") or (kept.began_at if kept else clock.now())
    finding = Finding(began, wanted["expected_until"], wanted["severity"], wanted["cause"], wanted["quantity"])
    return _do(wanted, fault_id, lambda who, version: actions.confirm(who, fault_id, version, finding, now=clock.now()))


@operation(
    "POST",
    "/faults/<id:fault_id>/repair",
    deed="fault.change",
    tag=TAG,
    body=of_faults.FaultEnded,
    answers=of_faults.Fault,
    headers=ETAG,
    versioned=True,
)
def repair_a_fault(wanted: dict[str, Any], fault_id: int) -> Response:
    """It works again: the time is free, and everybody concerned is told."""
    now = clock.now()
    ending = Ending(wanted.get("ended_at") or now, wanted["cause"], wanted["words"], wanted["cost_source"])
    return _do(wanted, fault_id, lambda who, version: actions.repair(who, fault_id, version, ending, now=now))


@operation(
    "POST",
    "/faults/<id:fault_id>/dismiss",
    deed="fault.change",
    tag=TAG,
    body=of_faults.FaultDismissed,
    answers=of_faults.Fault,
    headers=ETAG,
    versioned=True,
)
def dismiss_a_fault(wanted: dict[str, Any], fault_id: int) -> Response:
    """It was no fault."""
    words: str = wanted["words"]
    return _do(wanted, fault_id, lambda who, version: actions.dismiss(who, fault_id, version, words, now=clock.now()))


@operation(
    "POST",
    "/faults/<id:fault_id>/bookings/<id:booking_id>/move",
    deed="booking.change",
    tag=TAG,
    body=of_faults.BookingToMove,
    answers=of_bookings.Booking,
    headers=ETAG,
    versioned=True,
)
def move_out_of_the_way(wanted: dict[str, Any], fault_id: int, booking_id: int) -> Response:
    """Move a booking out of a fault's way: to a unit like it at the same time, else to the nearest time there is."""
    version, who = version_needed(wanted.get("version")), who_may("booking.change", booking_id)
    kept, _ = transaction(lambda: fault_hits.move(who, fault_id, booking_id, version, now=clock.now()))
    return versioned(all_shown([kept])[0])


@operation("GET", "/downtime", deed="downtime.see", tag=TAG, query=of_faults.DowntimeWanted, answers=of_faults.Downtime)
def downtime_by_cause(wanted: dict[str, Any]) -> Response:
    """How long units stood still in [from, to), in hours: the union of their confirmed faults and planned maintenance,
    cut to the window and to now; and how long of each cause."""
    start, end = wanted["start"], wanted["end"]
    if end <= start:
        raise invalid("to", "backward")
    if end - start > LONGEST_WINDOW:
        raise invalid("to", "too_long")
    window = Span(start, end)
    within = booking_store.on_her_side(scope(gate.actor(), "downtime.see"))
    found = downtime(downtime_store.outages(window, within, wanted.get("base")), window, clock.now())
    return answer(
        {
            "start": moment(start),
            "end": moment(end),
            "hours": hours_number(sum((each.total for each in found), timedelta())),
            "causes": _causes(by_cause(found)),
            "units": [
                {"unit_id": each.unit_id, "hours": hours_number(each.total), "causes": _causes(each.by_cause)}
                for each in found
            ],
        }
    )


def _causes(lengths: Mapping[str, timedelta]) -> list[dict[str, Any]]:
    return [{"cause": cause, "hours": hours_number(length)} for cause, length in lengths.items()]


def _do(wanted: Mapping[str, Any], fault_id: int, do: Callable[[Actor, int], Fault]) -> Response:
    version, who = version_needed(wanted.get("version")), _who("fault.change", fault_id)
    transaction(lambda: do(who, version))
    return _as_it_stands(fault_id, who)


def _who(deed: str, fault_id: int) -> Actor:
    def placed(on: date) -> Placement | None:
        kept = store.find(fault_id)
        return actions.placement(kept, on) if kept else None

    return first_who_may(deed, placed)


def _as_it_stands(fault_id: int, who: Actor) -> Response:
    return _told(actions.seen(who, fault_id, clock.now()))


def _told(seen: actions.Seen, status: int = 200) -> Response:
    return versioned(_shown(seen.fault, tuple(hit.booking.id for hit in seen.hits)), status)


def _shown(fault: Fault, bookings: tuple[int, ...]) -> dict[str, Any]:
    return {
        "id": fault.id,
        "unit_id": fault.unit_id,
        "version": fault.version,
        "state": fault.state,
        "severity": fault.severity,
        "cause": fault.cause,
        "quantity": fault.quantity,
        "words": fault.words,
        "answer": fault.answer,
        "cost_source": fault.cost_source,
        "reported_at": moment(fault.reported_at),
        "began_at": moment(fault.began_at),
        "expected_until": moment_if_any(fault.expected_until),
        "blocked_until": moment_if_any(fault.blocked_until),
        "ended_at": moment_if_any(fault.ended_at),
        "bookings": list(bookings),
    }
