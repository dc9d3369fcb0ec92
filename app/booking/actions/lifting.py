"""Lifting: a closure is taken back, or ends early; what it still takes is free again."""

from __future__ import annotations

from datetime import datetime

from app.booking.actions.serving import freed_by_closure, serve
from app.booking.actions.situation import placement_of_all, record
from app.booking.rules.course import AlreadyOver
from app.booking.store import closures
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.foundation.refusal import NotAllowed, NotFound, Refused


def lift(actor: Actor, closure_id: int, *, now: datetime) -> None:
    """End a closure now: one that has not begun is taken back whole, a running one keeps what has passed.

    Raises Refused(NotFound), Refused(NotAllowed), or Refused(AlreadyOver) where it has ended or was lifted before.
    """
    unit_ids = closures.unit_ids(closure_id)
    closure = closures.find(closure_id)
    if closure is None or not unit_ids:
        raise Refused(NotFound())
    if not may(actor, "closure.change", placement_of_all(unit_ids, actor.on)):
        raise Refused(NotAllowed("closure.change"))
    catalogue.hold_units(unit_ids)
    if closure.lifted_at is not None or closure.ends_at <= now:
        raise Refused(AlreadyOver("lifted" if closure.lifted_at else "ended"))
    freed = freed_by_closure(closure_id)
    closures.lift(closure_id, now)
    record(
        actor,
        "closure.lift",
        closure_id,
        now,
        kind="closure",
        before={"start": closure.starts_at, "end": closure.ends_at, "lifted": None},
        after={"start": closure.starts_at, "end": closure.ends_at, "lifted": now},
    )
    serve(actor, freed, now=now)
