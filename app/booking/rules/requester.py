"""Requester: on which footing an organisation asks for a unit: as its owner, as a member, or from outside the consortium."""

from __future__ import annotations

from collections.abc import Collection, Mapping

OWN, MEMBER, OUTSIDE = "own", "member", "outside"
REQUESTERS = (OWN, MEMBER, OUTSIDE)


def requester_of(member_id: int, owner_side: Collection[int], outside_ids: Collection[int]) -> str:
    """The footing of an organisation towards a unit.

    Own: it owns, hosts, operates or keeps the unit on the day asked for. Outside: it is on the register as an
    organisation that is not a member (外部单位, `consortium_member.is_outside`); such a one may still own a share.
    Everybody else is a member.
    """
    if member_id in owner_side:
        return OWN
    return OUTSIDE if member_id in outside_ids else MEMBER


def on_every_side(unit_ids: Collection[int], sides: Mapping[int, frozenset[int]]) -> frozenset[int]:
    """The members who are on the owner's side of each of these units: who asks for several is an owner of all or none."""
    each = [sides.get(unit_id, frozenset()) for unit_id in unit_ids]
    return each[0].intersection(*each[1:]) if each else frozenset()
