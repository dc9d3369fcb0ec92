"""What people can do with weekly opening hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from app.catalogue.actions.standing import require
from app.catalogue.rules.unit import Thing
from app.consortium.rules.office import Actor
from app.foundation.identifiers import canonical, secret_hash
from app.foundation.refusal import ChangedMeanwhile, Refused
from app.timetable.actions.record import record
from app.timetable.rules.hours import Opening, reasons_against_hours
from app.timetable.store import hours as store


def hours_now(scope: str, scope_id: int) -> list[Opening]:
    """The weekly hours that a base or lab has of its own, in order; empty: a base is always open, a lab as its base."""
    found = store.openings([scope_id] if scope == "base" else [], [scope_id] if scope == "lab" else [])
    return sorted(found.get((scope, scope_id), []), key=lambda each: (each.weekday, each.start_minute))


def mark_of(hours: Sequence[Opening]) -> str:
    """A short mark of hours as they stand: two people who change them at once find out by it."""
    return secret_hash(canonical([asdict(each) for each in hours]))[:16]


def check_hours(actor: Actor, scope: str, scope_id: int, mark: str, hours: Sequence[Opening], now: datetime) -> None:
    """Raises Refused with everything against new hours that lies in the hours, or in who asks."""
    require(actor, "opening.change", Thing(scope, scope_id), now)
    if mark_of(hours_now(scope, scope_id)) != mark:
        raise Refused(ChangedMeanwhile(0))
    if reasons := reasons_against_hours(hours):
        raise Refused(reasons)


def set_hours(actor: Actor, scope: str, scope_id: int, mark: str, hours: Sequence[Opening], *, now: datetime) -> None:
    """Set the weekly hours of a base or a lab (`scope`). None at all: a base is always open, a lab is open as its base.

    Bookings are not looked at here: people set hours through `booking.actions.opening`, which does.
    """
    check_hours(actor, scope, scope_id, mark, hours, now)
    before = hours_now(scope, scope_id)
    store.replace_hours(scope, scope_id, hours)
    record(
        actor,
        "opening.change",
        scope,
        scope_id,
        now,
        [asdict(each) for each in before],
        [asdict(each) for each in hours],
    )
