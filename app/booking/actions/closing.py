"""Closing: closures and maintenance, which take time like any booking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.booking.actions.situation import placement_of_all, record
from app.booking.rules.conflict import Overlaps
from app.booking.rules.request import Claim, Want, claims
from app.booking.store import closures, ledger
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.foundation.refusal import Invalid, NotAllowed, NotFound, Reason, Refused
from app.foundation.timespan import Span

LONGEST_REASON = 200
"""Characters."""


def close(actor: Actor, kind: str, scope: str, scope_id: int, span: Span, reason: str, *, now: datetime) -> int:
    """Close a base, lab or unit for a time (`kind` closure or maintenance); the closure's id.

    A closed machine takes its part of the room, so a booking of the whole lab is in its way too. Raises Refused with every
    booking in the way: they are moved or cancelled first, in the open.
    """
    if kind not in ("closure", "maintenance"):
        raise Refused(Invalid("kind", "unknown"))
    if not reason.strip():
        raise Refused(Invalid("reason", "missing"))
    if len(reason.strip()) > LONGEST_REASON:
        raise Refused(Invalid("reason", "too_long"))
    if span.length > timedelta(days=400):
        raise Refused(Invalid("end", "too_long"))
    unit_ids = _units_in(scope, scope_id)
    if not unit_ids:
        raise Refused(NotFound())
    if not may(actor, "closure.change", placement_of_all(unit_ids, actor.on)):
        raise Refused(NotAllowed("closure.change"))
    catalogue.hold_units(unit_ids)
    units = catalogue.units(unit_ids)
    claimed = [_for_closing(claim) for claim in claims([Want(unit_id) for unit_id in unit_ids], units)]
    in_the_way = _in_the_way(claimed, span)
    if in_the_way:
        raise Refused(in_the_way)
    closure_id = closures.add_closure(kind, scope, scope_id, span, reason.strip(), actor.person_id, now)
    ledger.take([ledger.Taking(claim, span, True, closure_id=closure_id) for claim in claimed])
    record(
        actor,
        "closure.add",
        closure_id,
        now,
        kind="closure",
        after={"kind": kind, scope: scope_id, "start": span.start, "end": span.end, "reason": reason},
    )
    return closure_id


def _units_in(scope: str, scope_id: int) -> list[int]:
    if scope == "base":
        return catalogue.room_ids(base_id=scope_id)
    if scope == "lab":
        return catalogue.room_ids(lab_id=scope_id)
    return list(catalogue.units([scope_id])) if scope == "unit" else []


def _for_closing(claim: Claim) -> Claim:
    """All of what is closed, with no buffers; a part of its room, so that the room cannot be had whole meanwhile."""
    return replace(claim, quantity=1, exclusive=claim.asked, before=timedelta(), after=timedelta())


def _in_the_way(claimed: Sequence[Claim], span: Span) -> list[Reason]:
    whole = {claim.unit_id for claim in claimed if claim.exclusive}
    return [
        Overlaps(other.unit_id, other.span.start, other.span.end, span.start, other.cause, other.booking_id)
        for other in ledger.taken([claim.unit_id for claim in claimed], [span])
        if other.exclusive or other.unit_id in whole
    ]
