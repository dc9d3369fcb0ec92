"""What the actions share: whether the actor may, and the entry in the trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from app.catalogue.rules.form import Form, differences
from app.catalogue.rules.unit import Thing
from app.catalogue.store import shares
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.foundation.refusal import NotAllowed, NotFound, Refused
from app.foundation.timespan import local_day
from app.trail import actions as trail


def require(actor: Actor, deed: str, thing: Thing, now: datetime) -> None:
    """Raises Refused(NotFound) where there is no such thing, Refused(NotAllowed) where the actor may not do this to it."""
    standing = shares.standing(thing)
    if standing is None:
        raise Refused(NotFound())
    day = local_day(now)
    placement = standing.placement_of_owners(day) if deed == "catalogue.share" else standing.placement(day)
    if not may(actor, deed, placement):
        raise Refused(NotAllowed(deed))


def record(actor: Actor, deed: str, thing: Thing, now: datetime, before: Any = None, after: Any = None) -> None:
    trail.record_by(actor, deed, now=now, kind=thing.kind, object_id=thing.id, before=before, after=after)


def plain(form: Form) -> dict[str, Any]:
    """A form for the trail."""
    return {each.name: getattr(form, each.name) for each in fields(form)}


def plain_change(before: Form, after: Form) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Only what differs, before and after."""
    differing = differences(before, after)
    return {name: old for name, (old, _) in differing.items()}, {name: new for name, (_, new) in differing.items()}
