"""Faults: reported by whoever stands before the machine, confirmed and ended by its keeper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.booking.actions.fault_hits import hits, tell, tell_again, tell_hit
from app.booking.actions.instead import Hit
from app.booking.actions.serving import serve
from app.booking.actions.situation import placement_of_all, record
from app.booking.store import faults as store
from app.booking.store import limits
from app.catalogue.rules.unit import Unit
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.consortium.store import addressees
from app.foundation.refusal import ChangedMeanwhile, NotAllowed, NotFound, Refused
from app.foundation.timespan import Span, local_day
from app.timetable.rules import faults as rules
from app.timetable.rules.faults import CONFIRMED, DISMISSED, REPAIRED, Ending, Fault, Finding, Report
from app.timetable.store import faults


def placement(fault: Fault, on: date) -> Placement:
    """Where a fault stands: with the side of its unit, and with whoever reported it."""
    there = placement_of_all([fault.unit_id], on)
    return Placement(frozenset({fault.reported_by}), None, there.owner_member_ids, there.base_ids)


@dataclass(frozen=True, slots=True)
class Seen:
    """A fault as its page shows it: what it is in the way of now, whom it was in the way of, and what one may do."""

    fault: Fault
    unit: Unit
    hits: tuple[Hit, ...]
    told: dict[int, store.Told]
    may_change: bool


def seen(actor: Actor, fault_id: int, now: datetime) -> Seen:
    """A fault's page. Raises Refused(NotFound) where there is none or it is out of sight. Whose bookings it is in the
    way of only its keepers learn."""
    fault = faults.find(fault_id)
    thing = placement(fault, actor.on) if fault else None
    if fault is None or thing is None or not may(actor, "fault.see", thing):
        raise Refused(NotFound())
    unit = catalogue.units([fault.unit_id])[fault.unit_id]
    in_charge = may(actor, "fault.change", thing)
    return Seen(
        fault,
        unit,
        tuple(hits(fault, now)) if in_charge else (),
        store.told(fault_id) if in_charge else {},
        in_charge,
    )


# ── a report ──


def report(actor: Actor, unit_id: int, form: Report, *, now: datetime) -> int:
    """Tell the keepers that something is broken; the fault's id. Nothing is blocked before one of them has looked."""
    unit = catalogue.units([unit_id]).get(unit_id)
    if unit is None:
        raise Refused(NotFound())
    if not may(actor, "fault.report"):
        raise Refused(NotAllowed("fault.report"))
    if reasons := rules.reasons_against_report(form, now):
        raise Refused(reasons)
    words = form.words.strip()
    whole = unit.is_room or unit.capacity == 1
    fault_id = faults.add(unit_id, form.severity, words, whole, form.began_at, actor.person_id, now)
    owners = placement_of_all([unit_id], actor.on).owner_member_ids
    tell(addressees.in_charge(owners, unit.base_id, actor.on), "fault/reported", _get(fault_id), unit, actor, now)
    record(actor, "fault.report", fault_id, now, kind="fault", after=plain(_get(fault_id)))
    return fault_id


# ── what the keeper makes of it ──


def confirm(actor: Actor, fault_id: int, version: int, finding: Finding, *, now: datetime) -> Fault:
    """Confirm a fault, or say anew since when, until when and how bad. Whoever is hit for the first time is told.

    Raises Refused with every reason, ChangedMeanwhile for a stale version.
    """
    before, unit = _to_change(actor, fault_id, version)
    if reasons := rules.reasons_against_finding(finding, before, unit.capacity, now):
        raise Refused(reasons)
    open_days = limits.numbers([])[0]["fault.open_days"]
    _change(
        before,
        state=CONFIRMED,
        severity=finding.severity,
        cause=finding.cause,
        quantity=finding.quantity,
        whole=unit.is_room or finding.quantity >= unit.capacity,
        began_at=finding.began_at,
        expected_until=finding.expected_until,
        blocked_until=rules.blocked_until(finding, now, open_days),
    )
    after = _get(fault_id)
    if before.state != CONFIRMED:
        tell([before.reported_by], "fault/confirmed", after, unit, actor, now)
    freed = _freed(before, after, now)
    if freed:
        tell_again(after, unit, actor, now, hits(before, now))
    tell_hit(after, unit, actor, now)
    record(actor, "fault.confirm", fault_id, now, kind="fault", before=plain(before), after=plain(after))
    serve(actor, freed, now=now)
    return after


def repair(actor: Actor, fault_id: int, version: int, ending: Ending, *, now: datetime) -> Fault:
    """It works again: the time is free at once, and whoever kept a booking, or lost one, is told."""
    before, unit = _to_change(actor, fault_id, version)
    if reasons := rules.reasons_against_ending(ending, before, now):
        raise Refused(reasons)
    still_hit = hits(before, now)
    _change(
        before,
        state=REPAIRED,
        cause=ending.cause,
        blocked_until=None,
        ended_at=ending.ended_at,
        ended_by=actor.person_id,
        answer=ending.words.strip(),
        cost_source=ending.cost_source.strip(),
    )
    return _ended(actor, before, unit, "fault/repaired", "fault.repair", still_hit, now)


def dismiss(actor: Actor, fault_id: int, version: int, words: str, *, now: datetime) -> Fault:
    """It was nothing: said with words to whoever reported it."""
    before, unit = _to_change(actor, fault_id, version)
    if reasons := rules.reasons_against_dismissal(words, before):
        raise Refused(reasons)
    still_hit = hits(before, now)
    ended_at = max(now, before.began_at)
    _change(
        before,
        state=DISMISSED,
        blocked_until=None,
        ended_at=ended_at,
        ended_by=actor.person_id,
        answer=words.strip(),
    )
    return _ended(actor, before, unit, "fault/dismissed", "fault.dismiss", still_hit, now)


def _ended(
    actor: Actor, before: Fault, unit: Unit, template: str, deed: str, still_hit: Sequence[Hit], now: datetime
) -> Fault:
    after = _get(before.id)
    tell([before.reported_by], template, after, unit, actor, now, note=after.answer)
    tell_again(after, unit, actor, now, still_hit)
    record(actor, deed, before.id, now, kind="fault", before=plain(before), after=plain(after))
    serve(actor, _freed(before, after, now), now=now)
    return after


def _freed(before: Fault, after: Fault, now: datetime) -> list[tuple[int, Span]]:
    """The time that can be booked again."""
    start = max(now, after.blocked_until or now)
    return (
        [(before.unit_id, Span(start, before.blocked_until))]
        if before.blocked_until and start < before.blocked_until
        else []
    )


def roll(actor: Actor, fault_id: int, *, now: datetime) -> bool:
    """What should work by now and was not said to stays blocked; the keepers, and whoever is hit newly, are told.

    The job asks this of every fault that blocks; whether anything was to be done.
    """
    seen = faults.find(fault_id)
    if seen is None or _until(seen, now) is None:
        return False
    catalogue.hold_units([seen.unit_id])  # before the fault, as whoever changes it does
    before = _get(fault_id, lock=True)
    until = _until(before, now)
    if until is None:
        return False
    unit = catalogue.units([before.unit_id])[before.unit_id]
    _change(before, blocked_until=until)
    after = _get(fault_id)
    if before.expected_until is not None:
        on = local_day(now)
        owners = placement_of_all([unit.id], on).owner_member_ids
        tell(addressees.in_charge(owners, unit.base_id, on), "fault/overdue", after, unit, actor, now)
    tell_hit(after, unit, actor, now)
    record(actor, "fault.roll", fault_id, now, kind="fault", before=plain(before), after=plain(after))
    return True


# ── what they share ──


def _until(fault: Fault, now: datetime) -> datetime | None:
    return rules.moved_on(fault, now, limits.numbers([])[0]["fault.open_days"])


def _to_change(actor: Actor, fault_id: int, version: int) -> tuple[Fault, Unit]:
    found = faults.find(fault_id)
    thing = placement(found, actor.on) if found else None
    if found is None or thing is None or not may(actor, "fault.see", thing):
        raise Refused(NotFound())
    if not may(actor, "fault.change", thing):
        raise Refused(NotAllowed("fault.change"))
    catalogue.hold_units([found.unit_id])
    fault = _get(fault_id, lock=True)
    if fault.version != version:
        raise Refused(ChangedMeanwhile(fault.version))
    return fault, catalogue.units([found.unit_id])[found.unit_id]


def _get(fault_id: int, *, lock: bool = False) -> Fault:
    fault = faults.find(fault_id, lock=lock)
    if fault is None:
        raise Refused(NotFound())
    return fault


def _change(fault: Fault, **columns: Any) -> None:
    if not faults.change(fault.id, fault.version, **columns):
        raise Refused(ChangedMeanwhile(fault.version))


def plain(fault: Fault) -> dict[str, Any]:
    return {
        "unit": fault.unit_id,
        "state": fault.state,
        "severity": fault.severity,
        "cause": fault.cause,
        "began_at": fault.began_at,
        "expected_until": fault.expected_until,
        "blocked_until": fault.blocked_until,
        "ended_at": fault.ended_at,
        "words": fault.words,
        "answer": fault.answer,
    }
