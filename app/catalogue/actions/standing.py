"""What the actions share: where a thing stands for permission, and the entry in the trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from app.catalogue.rules.form import Form, differences
from app.catalogue.rules.ownership import owners_on, parties
from app.catalogue.rules.unit import Thing
from app.catalogue.store import shares
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.foundation.refusal import NotAllowed, NotFound, Refused
from app.foundation.timespan import local_day
from app.trail import actions as trail


def placement(thing: Thing, day: date) -> Placement:
    """Where a thing stands: its side is everybody that owns, hosts, operates or keeps it or what it lies in on that day."""
    line = shares.line_of(thing)
    if not line:
        raise Refused(NotFound())
    stakes, own = shares.stakes(line), shares.own_parties(line)
    members = {stake.member_id for each in line for stake in stakes[each] if stake.holds(day)}
    members |= {member_id for each in line for member_id in own[each].values()}
    return Placement(owner_member_ids=frozenset(members), base_ids=frozenset({line[-1].id}))


def placement_of_owners(thing: Thing, day: date) -> Placement:
    """Where a thing stands when its shares or parties are in question: its side is its owners and its host, nobody else."""
    line = shares.line_of(thing)
    if not line:
        raise Refused(NotFound())
    stakes, own = shares.stakes(line), shares.own_parties(line)
    owners = owners_on(day, *(stakes[each] for each in line))
    host = parties(*(own[each] for each in line)).get("host")
    members = {stake.member_id for stake in owners} | ({host} if host else set())
    return Placement(owner_member_ids=frozenset(members), base_ids=frozenset({line[-1].id}))


def require(actor: Actor, deed: str, thing: Thing, now: datetime) -> None:
    """Raises Refused(NotFound) where there is no such thing, Refused(NotAllowed) where the actor may not do this to it."""
    where = placement_of_owners if deed == "catalogue.share" else placement
    if not may(actor, deed, where(thing, local_day(now))):
        raise Refused(NotAllowed(deed))


def record(actor: Actor, deed: str, thing: Thing, now: datetime, before: Any = None, after: Any = None) -> None:
    trail.record(
        deed,
        now=now,
        person_id=actor.person_id,
        member_id=actor.member_id,
        address=actor.address,
        kind=thing.kind,
        object_id=thing.id,
        before=before,
        after=after,
    )


def plain(form: Form) -> dict[str, Any]:
    """A form for the trail."""
    return {each.name: getattr(form, each.name) for each in fields(form)}


def plain_change(before: Form, after: Form) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Only what differs, before and after."""
    differing = differences(before, after)
    return {name: old for name, (old, _) in differing.items()}, {name: new for name, (_, new) in differing.items()}
