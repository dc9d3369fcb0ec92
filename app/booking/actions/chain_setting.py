"""Setting chains: who must agree at a base or to one of its units, for each kind of requester."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from app.booking.actions.situation import record
from app.booking.rules.chain import ANY, Step, reasons_against_steps
from app.booking.rules.requester import REQUESTERS
from app.booking.store import chains as store
from app.catalogue.actions.standing import require
from app.catalogue.rules.unit import Thing
from app.consortium.rules.office import Actor
from app.foundation.identifiers import canonical, secret_hash
from app.foundation.refusal import ChangedMeanwhile, Invalid, Refused


def chains_now(scope: str, scope_id: int) -> dict[str, list[Step]]:
    """The chains a base or a unit (`scope`) has of its own, by kind of requester; what is not among them is as elsewhere."""
    base_ids, unit_ids = ([scope_id], []) if scope == "base" else ([], [scope_id])
    return store.chains(base_ids, unit_ids).get((scope, scope_id), {})


def mark_of(chains: Mapping[str, Sequence[Step]]) -> str:
    """A short mark of what a form showed, to see whether somebody changed it meanwhile."""
    return secret_hash(canonical(plain(chains)))[:16]


def plain(chains: Mapping[str, Sequence[Step]]) -> dict[str, Any]:
    return {kind: [asdict(step) for step in steps] for kind, steps in sorted(chains.items()) if steps}


def set_chain(
    actor: Actor, scope: str, scope_id: int, kind: str, mark: str, steps: Sequence[Step], *, now: datetime
) -> None:
    """Set the chain of a base or a unit for one kind of requester; no steps: as elsewhere. What waits goes on as it was asked.

    Raises Refused with everything wrong, and ChangedMeanwhile where the chains are no longer as `mark` says.
    """
    require(actor, "chain.change", Thing(scope, scope_id), now)
    before = chains_now(scope, scope_id)
    if mark_of(before) != mark:
        raise Refused(ChangedMeanwhile(0))
    reasons = reasons_against_steps(steps)
    if kind not in (*REQUESTERS, ANY):
        reasons.append(Invalid("requester_kind", "unknown"))
    if reasons:
        raise Refused(reasons)
    store.set_chain(scope, scope_id, kind, steps)
    after = {**before, kind: list(steps)}
    record(actor, "chain.change", scope_id, now, kind=scope, before=plain(before), after=plain(after))
