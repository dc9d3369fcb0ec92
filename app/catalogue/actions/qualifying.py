"""Qualifying: safety admissions, trainings and authorisations are given to many at once, and taken back with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.catalogue.rules.unit import Thing
from app.catalogue.store import shares
from app.consortium.actions.settings import settings_now
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.consortium.rules.qualification import (
    LONGEST_WHY,
    AlreadyRevoked,
    Grant,
    Qualification,
    Reach,
    UnknownPeople,
    of_qualification,
    reasons_against_grant,
)
from app.consortium.store import addressees
from app.consortium.store import members as member_store
from app.consortium.store import qualifications as store
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotAllowed, NotFound, Reason, Refused
from app.foundation.timespan import local_day
from app.outbox import actions as outbox
from app.outbox.rules import Letter
from app.trail import actions as trail

_NOBODYS = Placement(holder_ids=frozenset({0}))
"""Of nobody in particular: for those alone who may do it everywhere."""


def give(actor: Actor, grant: Grant, emails: Sequence[str] = (), *, now: datetime) -> list[int]:
    """Give it to everybody named, by id or by address, for every place named; all of it or nothing. The new rows' ids.

    Raises Refused with everything wrong: places that are not hers to give for, addresses nobody has, an examination
    not passed, herself.
    """
    if not may(actor, "qualification.give"):
        raise Refused(NotAllowed("qualification.give"))
    known = store.people_by_email(emails)
    unknown = tuple(sorted({each for each in emails if each.lower() not in known}))
    grant = replace(grant, person_ids=tuple(dict.fromkeys((*grant.person_ids, *known.values()))))
    reasons: list[Reason] = [UnknownPeople(unknown)] if unknown else []
    reasons += [
        each
        for each in reasons_against_grant(grant, actor.person_id, settings_now()["eligibility.safety_score"])
        if not (unknown and each == Invalid("people", "missing"))
    ]
    there = addressees.of_ids(grant.person_ids)
    if any(person_id not in there or not there[person_id].is_open for person_id in grant.person_ids):
        reasons.append(Invalid("people", "unknown"))
    if reasons:
        raise Refused(reasons)
    for reach in grant.reaches:
        if not may(actor, "qualification.give", side_of(reach, now)):
            raise Refused(NotAllowed("qualification.give"))
    ids = store.add(grant, actor.person_id, now)
    facts: dict[str, Any] = {"sort": grant.sort, "until": grant.until_on, "by": actor.person_id}
    outbox.post(
        [Letter(each, "consortium/qualified", f"qualification/{min(ids)}", _plain(facts)) for each in grant.person_ids],
        now,
    )
    after = {
        "ids": ids,
        "sort": grant.sort,
        "people": list(grant.person_ids),
        "places": [[reach.kind, reach.id] for reach in grant.reaches],
        "from_on": grant.from_on,
        "until_on": grant.until_on,
        "score": grant.score,
        "evidence": grant.evidence.strip(),
    }
    trail.record_by(actor, "qualification.give", now=now, kind="qualification", object_id=min(ids), after=_plain(after))
    return ids


def revoke(actor: Actor, qualification_id: int, version: int, why: str, *, now: datetime) -> Qualification:
    """Take it back at once, with a reason. Bookings that stand are left; whoever decides about them sees what is missing.

    Raises Refused(NotFound) for what is out of sight, NotAllowed, ChangedMeanwhile, AlreadyRevoked, Invalid(reason).
    """
    kept = store.find(qualification_id, lock=True)
    if kept is None or not may(actor, "qualification.see", placement(actor, kept, now)):
        raise Refused(NotFound())
    if not may(actor, "qualification.revoke", side_of(kept.reach, now)):
        raise Refused(NotAllowed("qualification.revoke"))
    if kept.is_revoked:
        raise Refused(AlreadyRevoked())
    why = why.strip()
    if not why or len(why) > LONGEST_WHY:
        raise Refused(Invalid("reason", "too_long" if why else "missing"))
    if not store.revoke(qualification_id, version, actor.person_id, why, now):
        raise Refused(ChangedMeanwhile(kept.version))
    facts = {"sort": kept.sort, "by": actor.person_id, "note": why}
    outbox.post([Letter(kept.person_id, "consortium/revoked", f"qualification/{kept.id}/revoked", facts)], now)
    after = {"why": why, "person": kept.person_id, "sort": kept.sort, "place": [kept.reach.kind, kept.reach.id]}
    trail.record_by(
        actor, "qualification.revoke", now=now, kind="qualification", object_id=kept.id, before="in_force", after=after
    )
    return replace(kept, revoked_at=now, revoked_by=actor.person_id, why=why, version=version + 1)


def side_of(reach: Reach, now: datetime) -> Placement:
    """Where a place stands for whoever gives something for it. Raises Refused(NotFound) where there is no such place."""
    if reach.kind == "consortium":
        return _NOBODYS
    if reach.kind == "member":
        if member_store.find(reach.id) is None:
            raise Refused(NotFound())
        return Placement(owner_member_ids=frozenset({reach.id}))
    standing = shares.standing(Thing(reach.kind, reach.id))
    if standing is None:
        raise Refused(NotFound())
    return standing.placement(local_day(now))


def placement(actor: Actor, kept: Qualification, now: datetime) -> Placement:
    """Where a qualification stands: with its person, her organisations, and the side of the place it is for."""
    own = store.member_ids_of([kept.person_id])[kept.person_id]
    return of_qualification(kept.person_id, own, actor.member_id, side_of_known(kept.reach, now))


def of_person(actor: Actor, person_id: int, now: datetime) -> list[Qualification]:
    """What a person holds or held, as far as the actor may see it."""
    held = store.held_by([person_id])
    own = store.member_ids_of([person_id])[person_id]
    sides = (
        {reach: side_of_known(reach, now) for reach in {each.reach for each in held}}
        if person_id != actor.person_id
        else {}
    )
    return [
        each
        for each in held
        if may(actor, "qualification.see", of_qualification(person_id, own, actor.member_id, sides.get(each.reach)))
    ]


def side_of_known(reach: Reach, now: datetime) -> Placement:
    """The same for what is kept already: a place that is not there any more is on nobody's side."""
    try:
        return side_of(reach, now)
    except Refused:
        return _NOBODYS


def read_emails(text: str) -> list[str]:
    """Addresses out of a text that was pasted: divided by blanks, commas, semicolons or lines; each once."""
    parts: Iterable[str] = text.replace(",", " ").replace(";", " ").replace("，", " ").replace("；", " ").split()
    return list(dict.fromkeys(part.strip("<>\"'()") for part in parts if "@" in part))


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    """Days as text, as messages and the trail keep them."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in facts.items()}
