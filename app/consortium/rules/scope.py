"""Scope: the permission table read backwards: of all the things there are, which may this actor do a deed to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.consortium.rules.office import Actor
from app.consortium.rules.permission import EVERYBODY, POLICY, may_enter


@dataclass(frozen=True, slots=True)
class Scope:
    """What a list may show. Each area turns it into a condition on its own columns; several parts mean any of them."""

    everything: bool = False
    holder_id: int | None = None
    """Things about this person."""
    member_ids: frozenset[int] = frozenset()
    """Things that belong to these members."""
    owner_side: frozenset[tuple[int, int | None]] = frozenset()
    """Things owned, hosted, operated or kept by a member; with a base, only there."""

    on: date = date.min
    """The day on which they must own it."""

    @property
    def is_empty(self) -> bool:
        return not (self.everything or self.holder_id or self.member_ids or self.owner_side)


NOTHING_AT_ALL = Scope()

_ANYBODYS = {"own_organisation", "owner_side", "other_member"}


def scope(actor: Actor, deed: str) -> Scope:
    """The things the actor may do this deed to, whatever their state. It agrees with `permission.may`: a test says so."""
    if not may_enter(actor, deed):
        return NOTHING_AT_ALL
    everything, holder_id = False, None
    member_ids: set[int] = set()
    owner_side: set[tuple[int, int | None]] = set()
    for grant in POLICY[deed]:
        for office in actor.appointments:
            if office.role not in grant.roles and EVERYBODY not in grant.roles:
                continue
            everything = everything or set(grant.relations) >= _ANYBODYS
            if "own" in grant.relations:
                holder_id = actor.person_id
            if "own_organisation" in grant.relations:
                member_ids.add(office.member_id)
            if "owner_side" in grant.relations:
                owner_side.add((office.member_id, office.base_id))
    return Scope(everything, holder_id, frozenset(member_ids), frozenset(owner_side), actor.on)
