"""Standing in: while she is away somebody names a colleague who answers requests in her place."""

from __future__ import annotations

from datetime import date, datetime

from app.booking.actions.situation import record
from app.booking.store import delegations as store
from app.booking.store.delegations import KeptDelegation
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may_enter
from app.consortium.store import offices
from app.foundation.refusal import Invalid, NotAllowed, NotFound, Reason, Refused
from app.foundation.timespan import DAY, local_day
from app.outbox import actions as outbox
from app.outbox.rules import Letter

LONGEST_DAYS = 366


def delegate(
    actor: Actor, delegate_id: int | None, from_on: date | None, last_on: date | None, *, now: datetime
) -> int:
    """Name who answers in her place from `from_on` to `last_on`; the delegation's id. She may go on answering herself.

    It is somebody who decides for the same member. Raises Refused with everything that is wrong.
    """
    if actor.member_id is None or not may_enter(actor, "delegation.change"):
        raise Refused(NotAllowed("delegation.change"))
    today = local_day(now)
    known = dict(offices.colleagues_deciding(actor.person_id, actor.member_id, today))
    reasons: list[Reason] = []
    if delegate_id not in known:
        reasons.append(Invalid("delegate", "unknown" if delegate_id else "missing"))
    reasons += [
        Invalid(field, "missing") for field, day in (("from_on", from_on), ("until_on", last_on)) if day is None
    ]
    if reasons or delegate_id is None or from_on is None or last_on is None:
        raise Refused(reasons)
    if last_on < from_on:
        reasons.append(Invalid("until_on", "backward"))
    elif (last_on - from_on).days > LONGEST_DAYS:
        reasons.append(Invalid("until_on", "out_of_range"))
    if last_on < today:
        reasons.append(Invalid("until_on", "past"))
    until_on = last_on + DAY if last_on < date.max else last_on
    if any(
        each.person_id == actor.person_id and each.from_on < until_on and from_on < each.until_on
        for each in store.of_person(actor.person_id)
    ):
        reasons.append(Invalid("from_on", "twice"))
    if reasons:
        raise Refused(reasons)
    made = store.add(actor.person_id, delegate_id, from_on, until_on)
    facts = {"by": actor.person_id, "first": from_on.isoformat(), "last": last_on.isoformat()}
    outbox.post([Letter(delegate_id, "booking/stand_in", f"stand_in/{made}", facts)], now)
    told = {"delegate": delegate_id, "from": from_on.isoformat(), "until": last_on.isoformat()}
    record(actor, "delegation.change", made, now, kind="delegation", after=told)
    return made


def end(actor: Actor, delegation_id: int, *, now: datetime) -> None:
    """End a delegation of hers today, or take back one that has not begun."""
    found = next((each for each in mine(actor) if each.id == delegation_id), None)
    if found is None or found.person_id != actor.person_id or found.until_on <= local_day(now):
        raise Refused(NotFound())
    store.end(found, local_day(now))
    told = {"delegate": found.delegate_id, "until": found.until_on.isoformat()}
    record(actor, "delegation.end", delegation_id, now, kind="delegation", before=told)


def mine(actor: Actor) -> list[KeptDelegation]:
    """Whom she has named, and who has named her."""
    return store.of_person(actor.person_id)


def colleagues(actor: Actor, now: datetime) -> list[tuple[int, str]]:
    """Whom she may name."""
    return offices.colleagues_deciding(actor.person_id, actor.member_id, local_day(now)) if actor.member_id else []
