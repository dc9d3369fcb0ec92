"""Parties: who owns a thing with which shares, where it stands, who runs and who keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.catalogue.actions.standing import record, require
from app.catalogue.rules.form import reasons_against_day
from app.catalogue.rules.ownership import PARTS, Stake, reasons_against_stakes
from app.catalogue.rules.unit import Thing
from app.catalogue.store import places, shares
from app.consortium.rules.office import Actor
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotFound, Reason, Refused


def share_out(
    actor: Actor,
    thing: Thing,
    version: int,
    stakes: Sequence[Stake],
    parties: Mapping[str, int],
    *,
    now: datetime,
) -> None:
    """Set the owners of a thing over all time, and its host, operator and keeping member.

    A lab or unit without owners or parties of its own takes those above it; a base needs all of them. The shares must
    make the whole on every day from the first on: every stretch that does not is a reason.
    """
    require(actor, "catalogue.share", thing, now)
    kept = {"base": places.find_base, "lab": places.find_lab, "unit": places.find_unit}[thing.kind](thing.id)
    if kept is None:
        raise Refused(NotFound())
    reasons: list[Reason] = reasons_against_stakes(stakes)
    reasons += [reason for stake in stakes for reason in reasons_against_day("from_on", stake.from_on)]
    reasons += [Invalid(part, "unknown") for part in parties if part not in PARTS]
    if thing.kind == "base":
        reasons += [Invalid(part, "missing") for part in PARTS if part not in parties]
        if not stakes:
            reasons.append(Invalid("share", "missing"))
    known = shares.known_members([*parties.values(), *(stake.member_id for stake in stakes)])
    reasons += [Invalid(part, "unknown") for part, member_id in parties.items() if member_id not in known]
    if any(stake.member_id not in known for stake in stakes):
        reasons.append(Invalid("share", "unknown"))
    if reasons:
        raise Refused(list(dict.fromkeys(reasons)))
    before = _plain(shares.stakes([thing])[thing], shares.own_parties([thing])[thing])
    if not places.raise_version(thing, version):
        raise Refused(ChangedMeanwhile(kept.version))
    shares.set_stakes(thing, stakes)
    shares.set_parties(thing, parties)
    record(actor, "catalogue.share", thing, now, before, _plain(stakes, parties))


def _plain(stakes: Sequence[Stake], parties: Mapping[str, int]) -> dict[str, object]:
    return {
        "owners": [[stake.member_id, stake.share, stake.from_on, stake.until_on] for stake in stakes],
        "parties": dict(sorted(parties.items())),
    }
