"""Agreements: by which an organisation may use what others own; filed and ended by the consortium's administrator."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.consortium.rules.qualification import (
    LONGEST_WHY,
    Agreement,
    AgreementForm,
    reasons_against_agreement,
)
from app.consortium.store import agreements as store
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotAllowed, NotFound, Reason, Refused
from app.trail import actions as trail


def file(actor: Actor, form: AgreementForm, *, now: datetime) -> int:
    """Note that an agreement was made; its id. Raises Refused with everything wrong."""
    if not may(actor, "agreement.change"):
        raise Refused(NotAllowed("agreement.change"))
    if reasons := reasons_against_agreement(form, store.known_ids()):
        raise Refused(reasons)
    agreement_id = store.add(form, actor.person_id, now)
    _record(actor, "agreement.file", agreement_id, now, None, asdict(form))
    return agreement_id


def end(actor: Actor, agreement_id: int, version: int, until_on: date, why: str, *, now: datetime) -> None:
    """From this day on it is no more. Raises Refused(NotFound, NotAllowed, ChangedMeanwhile, Invalid)."""
    kept = store.find(agreement_id, lock=True)
    if kept is None or not may(actor, "agreement.see", placement(kept)):
        raise Refused(NotFound())
    if not may(actor, "agreement.change"):
        raise Refused(NotAllowed("agreement.change"))
    reasons: list[Reason] = []
    if until_on <= kept.from_on:
        reasons.append(Invalid("until_on", "backward"))
    if kept.until_on is not None and until_on > kept.until_on:
        reasons.append(Invalid("until_on", "out_of_range"))
    why = why.strip()
    if not why or len(why) > LONGEST_WHY:
        reasons.append(Invalid("reason", "too_long" if why else "missing"))
    if reasons:
        raise Refused(reasons)
    if not store.end(agreement_id, version, until_on, actor.person_id, why, now):
        raise Refused(ChangedMeanwhile(kept.version))
    after = {"until_on": until_on, "why": why}
    _record(actor, "agreement.end", agreement_id, now, {"until_on": kept.until_on}, after)


def placement(kept: Agreement) -> Placement:
    """Where an agreement stands: with the organisation that uses by it, and on the side of owner and guarantor."""
    others = {each for each in (kept.with_member_id, kept.guarantor_id) if each is not None}
    return Placement(booking_member_id=kept.member_id, owner_member_ids=frozenset(others))


def _record(actor: Actor, deed: str, agreement_id: int, now: datetime, before: Any, after: dict[str, Any]) -> None:
    trail.record_by(actor, deed, now=now, kind="agreement", object_id=agreement_id, before=before, after=after)
