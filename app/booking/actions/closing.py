"""Closing: closures and maintenance, which take time like any booking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.booking.actions.situation import placement_of_all, record
from app.booking.rules.conflict import Overlaps, Taken
from app.booking.rules.request import Claim, Want, claims
from app.booking.store import closures, ledger
from app.catalogue.rules.unit import Unit
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.foundation.refusal import Invalid, NotAllowed, NotFound, Reason, Refused
from app.foundation.timespan import Span

LONGEST_REASON = 200
"""Characters."""


def close(
    actor: Actor,
    kind: str,
    scope: str,
    scope_id: int,
    span: Span,
    reason: str,
    *,
    now: datetime,
    source_key: str | None = None,
) -> int:
    """Close a base, lab or unit for a time (`kind` closure or maintenance); the closure's id.

    A closed machine takes its part of the room, so a booking of the whole lab is in its way too. Raises Refused with every
    booking in the way: they are moved or cancelled first, in the open. `source_key` says which calendar it came from.
    """
    if kind not in ("closure", "maintenance"):
        raise Refused(Invalid("kind", "unknown"))
    if not reason.strip():
        raise Refused(Invalid("reason", "missing"))
    if len(reason.strip()) > LONGEST_REASON:
        raise Refused(Invalid("reason", "too_long"))
    if span.length > timedelta(days=400):
        raise Refused(Invalid("end", "too_long"))
    unit_ids = units_to_close(actor, scope, scope_id)
    catalogue.hold_units(unit_ids)
    units = catalogue.units(unit_ids)
    claimed = claims_of(unit_ids, units)
    in_the_way = blocking(claimed, ledger.taken([claim.unit_id for claim in claimed], [span]), span)
    if in_the_way:
        raise Refused(in_the_way)
    closure_id = closures.add_closure(kind, scope, scope_id, span, reason.strip(), actor.person_id, now, source_key)
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


def units_to_close(actor: Actor, scope: str, scope_id: int) -> list[int]:
    """The units that closing takes. Raises Refused(NotFound) where there are none, NotAllowed where she may not."""
    unit_ids = units_in(scope, scope_id)
    if not unit_ids:
        raise Refused(NotFound())
    if not may(actor, "closure.change", placement_of_all(unit_ids, actor.on)):
        raise Refused(NotAllowed("closure.change"))
    return unit_ids


def units_in(scope: str, scope_id: int) -> list[int]:
    """The units that a closure of a base, lab or unit takes; none where there is no such thing."""
    if scope == "base":
        return catalogue.room_ids(base_id=scope_id)
    if scope == "lab":
        return catalogue.room_ids(lab_id=scope_id)
    return list(catalogue.units([scope_id])) if scope == "unit" else []


def claims_of(unit_ids: Sequence[int], units: Mapping[int, Unit]) -> list[Claim]:
    """What closing these units takes: all of each, with no buffers, and a part of its room, which cannot be had whole."""
    claimed = claims([Want(unit_id) for unit_id in unit_ids], units)
    return [
        replace(claim, quantity=1, exclusive=claim.asked, before=timedelta(), after=timedelta()) for claim in claimed
    ]


def blocking(claimed: Sequence[Claim], taken: Iterable[Taken], span: Span) -> list[Reason]:
    """Everything held in the span that a closure cannot stand beside; what is broken may well be closed."""
    mine = {claim.unit_id: claim.exclusive for claim in claimed}
    return [
        Overlaps(other.unit_id, other.span.start, other.span.end, span.start, other.cause, other.booking_id)
        for other in taken
        if other.cause != "fault"
        and other.unit_id in mine
        and other.span.overlaps(span)
        and (other.exclusive or mine[other.unit_id])
    ]
