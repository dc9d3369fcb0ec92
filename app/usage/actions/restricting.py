"""Restricting: where a restriction holds, who may see it, and the decisions about it, each handed down to the consortium."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.catalogue.rules.unit import Thing
from app.catalogue.store import shares
from app.consortium.actions import conduct
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.consortium.rules.restriction import Restriction
from app.consortium.rules.scope import scope as scope_of
from app.consortium.store import credit as store
from app.foundation.refusal import Invalid, NotFound, Refused
from app.foundation.timespan import local_day
from app.usage.store import listing


def place_of(scope: str, scope_id: int | None, person_id: int, member_id: int | None, now: datetime) -> Placement:
    """Where a restriction stands: on whose side it holds, about whom it is, for whom she booked."""
    about = Placement(holder_ids=frozenset({person_id}), booking_member_id=member_id)
    if scope == "member" and scope_id is not None:
        return replace(about, owner_member_ids=frozenset({scope_id}))
    if scope in ("base", "unit") and scope_id is not None:
        standing = shares.standing(Thing(scope, scope_id))
        if standing is None:
            raise Refused(Invalid("scope", "unknown"))
        here = standing.placement(local_day(now))
        return replace(about, owner_member_ids=here.owner_member_ids, base_ids=here.base_ids)
    return about


def _seen(actor: Actor, restriction_id: int, now: datetime) -> tuple[Restriction, Placement]:
    found = store.find_restriction(restriction_id)
    if found is None:
        raise Refused(NotFound())
    thing = place_of(found.scope, found.scope_id, found.person_id, found.member_id, now)
    if found.person_id != actor.person_id and not may(actor, "conduct.see", thing):
        raise Refused(NotFound())
    return found, thing


def look(actor: Actor, restriction_id: int, *, now: datetime) -> tuple[Restriction, bool]:
    """A restriction that the actor may see, and whether she may decide about it."""
    found, thing = _seen(actor, restriction_id, now)
    return found, may(actor, "restriction.decide", thing) and found.person_id != actor.person_id


def impose(
    actor: Actor, person_id: int, scope: str, scope_id: int | None, *, days: int | None, why: str, now: datetime
) -> int:
    """Restrict somebody by hand; the restriction's id. Raises Refused with everything wrong.

    Only people one has to do with, because they have booked where one may see it: for others `person` is unknown, so
    that nobody learns from it who there is.
    """
    if not listing.has_booked(scope_of(actor, "booking.see"), person_id):
        raise Refused(Invalid("person", "unknown"))
    thing = place_of(scope, scope_id, person_id, None, now)
    return conduct.impose(actor, person_id, scope, scope_id, thing, days=days, why=why, now=now)


def confirm(
    actor: Actor, restriction_id: int, version: int, *, days: int | None = None, why: str = "", now: datetime
) -> Restriction:
    """Put a proposal in force."""
    _, thing = _seen(actor, restriction_id, now)
    return conduct.confirm(actor, restriction_id, version, thing, days=days, why=why, now=now)


def dismiss(actor: Actor, restriction_id: int, version: int, *, why: str, now: datetime) -> Restriction:
    """Let a proposal lead to nothing."""
    _, thing = _seen(actor, restriction_id, now)
    return conduct.dismiss(actor, restriction_id, version, thing, why=why, now=now)


def lift(actor: Actor, restriction_id: int, version: int, *, why: str, now: datetime) -> Restriction:
    """End a restriction before its time."""
    _, thing = _seen(actor, restriction_id, now)
    return conduct.lift(actor, restriction_id, version, thing, why=why, now=now)


def answer(actor: Actor, restriction_id: int, version: int, *, words: str, lifts: bool, now: datetime) -> Restriction:
    """Answer an appeal."""
    _, thing = _seen(actor, restriction_id, now)
    return conduct.answer(actor, restriction_id, version, thing, words=words, lifts=lifts, now=now)
