"""Conduct (信用与限制): keep what was judged as credit, weigh what repetition leads to, and decide about restrictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.consortium.actions.settings import settings_now
from app.consortium.rules.credit import Event, narrowest, repeated, still_enough, terms_of
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.consortium.rules.restriction import (
    BY_HAND,
    DISMISSED,
    IN_FORCE,
    LIFTED,
    LONGEST_DAYS,
    PROPOSED,
    REPEATED,
    SCOPES,
    AppealedAlready,
    NotOneself,
    Restriction,
    RestrictionIs,
    SomebodyElse,
    reasons_against_words,
)
from app.consortium.store import credit as store
from app.consortium.store import people
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotAllowed, NotFound, Reason, Refused
from app.outbox import actions as outbox
from app.outbox.rules import Letter
from app.trail import actions as trail


def note(person_id: int, events: Sequence[Event], now: datetime) -> dict[str, Any]:
    """Keep events of one person and draw the consequence, under her lock; what it was, for the trail of the deed itself.

    A restriction is imposed at once only where that is set to be automatic; otherwise it is proposed, and somebody decides.
    What rested on events that are excused by now falls away.
    """
    store.hold_person(person_id)
    store.add_events(events)
    terms = terms_of(settings_now())
    known, earlier = store.events_of([person_id]), store.restrictions(person_id=person_id)
    fallen = [
        each for each in earlier if _rests_on_events(each, now) and not still_enough(known, each.event_ids, terms)
    ]
    for each in fallen:
        _end(each, DISMISSED if each.state == PROPOSED else LIFTED, None, "", now)
    gone = {each.id for each in fallen} | {each.id for each in earlier if each.ended_at and each.ended_by is None}
    used = [event_id for each in earlier if each.id not in gone for event_id in each.event_ids]
    counted = repeated(known, used, terms, now)
    consequence: dict[str, Any] = {"points": [[each.rule, each.points] for each in events]}
    if fallen:
        consequence["fell_away"] = [each.id for each in fallen]
    if counted:
        consequence["restriction"] = _propose(person_id, counted, terms.automatic, terms.length, now)
    return consequence


def _rests_on_events(restriction: Restriction, now: datetime) -> bool:
    open_still = restriction.state == PROPOSED or restriction.is_in_force(now)
    return open_still and restriction.cause == REPEATED


def _propose(
    person_id: int, counted: Sequence[Event], automatic: bool, length: timedelta, now: datetime
) -> dict[str, Any]:
    scope, scope_id = narrowest(counted)
    new = Restriction(
        id=0,
        person_id=person_id,
        member_id=counted[-1].member_id,
        scope=scope,
        scope_id=scope_id,
        cause=REPEATED,
        why="",
        event_ids=tuple(each.id for each in counted),
        state=IN_FORCE if automatic else PROPOSED,
        proposed_at=now,
        decided_by=None,
        decided_at=now if automatic else None,
        from_at=now if automatic else None,
        until_at=now + length if automatic else None,
        ended_by=None,
        ended_at=None,
        ended_why="",
        appeal=None,
        version=1,
    )
    restriction_id = store.add_restriction(new)
    if automatic:
        _tell_restricted(person_id, restriction_id, 1, 0, "", now + length, now)
    return {"id": restriction_id, "state": new.state}


# ── what people decide; `thing` is where the restriction holds, for permission ──


def impose(
    actor: Actor,
    person_id: int,
    scope: str,
    scope_id: int | None,
    thing: Placement,
    *,
    days: int | None,
    why: str,
    now: datetime,
) -> int:
    """Restrict somebody by hand, for something no event stands for; the restriction's id."""
    person = people.find(person_id)
    if person is None:
        raise Refused(NotFound())
    _require(actor, person_id, thing)
    reasons = [
        *_reasons_against_place(scope, scope_id),
        *_reasons_against_days(days),
        *reasons_against_words("why", why),
    ]
    if reasons or days is None:
        raise Refused(reasons)
    until = now + timedelta(days=days)
    new = Restriction(
        id=0,
        person_id=person_id,
        member_id=None,
        scope=scope,
        scope_id=scope_id,
        cause=BY_HAND,
        why=why.strip(),
        event_ids=(),
        state=IN_FORCE,
        proposed_at=now,
        decided_by=actor.person_id,
        decided_at=now,
        from_at=now,
        until_at=until,
        ended_by=None,
        ended_at=None,
        ended_why="",
        appeal=None,
        version=1,
    )
    restriction_id = store.add_restriction(new)
    _tell_restricted(person_id, restriction_id, 1, actor.person_id, why.strip(), until, now)
    after = {"person": person_id, "scope": scope, "of": scope_id, "until": until, "why": why.strip()}
    _record(actor, "restriction.impose", restriction_id, now, None, after)
    return restriction_id


def confirm(
    actor: Actor,
    restriction_id: int,
    version: int,
    thing: Placement,
    *,
    days: int | None = None,
    why: str = "",
    now: datetime,
) -> Restriction:
    """Put a proposed restriction in force, for the time that is set or for so many days."""
    before = _to_decide(actor, restriction_id, version, thing, {PROPOSED})
    wanted = settings_now()["restriction.days"] if days is None else days
    reasons = _reasons_against_days(wanted)
    if len(why.strip()) > 0:
        reasons += reasons_against_words("why", why)
    if reasons:
        raise Refused(reasons)
    until = now + timedelta(days=wanted)
    _swap(
        before,
        state=IN_FORCE,
        decided_by=actor.person_id,
        decided_at=now,
        from_at=now,
        until_at=until,
        why=why.strip(),
    )
    _tell_restricted(before.person_id, before.id, before.version + 1, actor.person_id, why.strip(), until, now)
    _record(actor, "restriction.confirm", before.id, now, before.state, {"state": IN_FORCE, "until": until, "why": why})
    return _get(before.id)


def dismiss(
    actor: Actor, restriction_id: int, version: int, thing: Placement, *, why: str, now: datetime
) -> Restriction:
    """Decide that a proposal leads to nothing; its events lead to no other."""
    before = _to_decide(actor, restriction_id, version, thing, {PROPOSED})
    if reasons := reasons_against_words("why", why):
        raise Refused(reasons)
    _end(before, DISMISSED, actor.person_id, why.strip(), now)
    _record(actor, "restriction.dismiss", before.id, now, before.state, {"state": DISMISSED, "why": why.strip()})
    return _get(before.id)


def lift(actor: Actor, restriction_id: int, version: int, thing: Placement, *, why: str, now: datetime) -> Restriction:
    """End a restriction before its time; the person is told."""
    before = _to_decide(actor, restriction_id, version, thing, {IN_FORCE})
    if not before.is_in_force(now):
        raise Refused(RestrictionIs(before.standing(now)))
    if reasons := reasons_against_words("why", why):
        raise Refused(reasons)
    _end(before, LIFTED, actor.person_id, why.strip(), now)
    _record(actor, "restriction.lift", before.id, now, before.state, {"state": LIFTED, "why": why.strip()})
    return _get(before.id)


def appeal(actor: Actor, restriction_id: int, version: int, *, words: str, now: datetime) -> Restriction:
    """Say why a restriction of one's own is not right. Somebody else than who imposed it answers."""
    before = store.find_restriction(restriction_id, lock=True)
    if before is None or before.person_id != actor.person_id:
        raise Refused(NotFound())
    if not may(actor, "restriction.appeal", Placement(holder_ids=frozenset({before.person_id}))):
        raise Refused(NotAllowed("restriction.appeal"))
    if before.version != version:
        raise Refused(ChangedMeanwhile(before.version))
    if not before.is_in_force(now):
        raise Refused(RestrictionIs(before.standing(now)))
    if before.appeal is not None:
        raise Refused(AppealedAlready())
    if reasons := reasons_against_words("words", words):
        raise Refused(reasons)
    _swap(before, appeal=words.strip(), appealed_at=now)
    _record(actor, "restriction.appeal", before.id, now, None, {"words": words.strip()})
    return _get(before.id)


def answer(
    actor: Actor, restriction_id: int, version: int, thing: Placement, *, words: str, lifts: bool, now: datetime
) -> Restriction:
    """Answer an appeal: the restriction stays, or is lifted. Raises Refused(SomebodyElse) to who imposed it."""
    before = _to_decide(actor, restriction_id, version, thing, {IN_FORCE})
    if before.appeal is None or before.appeal.answered_at is not None:
        raise Refused(RestrictionIs(before.standing(now)))
    if before.decided_by == actor.person_id:
        raise Refused(SomebodyElse())
    if reasons := reasons_against_words("words", words):
        raise Refused(reasons)
    columns: dict[str, Any] = {"answer": words.strip(), "answered_by": actor.person_id, "answered_at": now}
    if lifts:
        columns |= {"state": LIFTED, "ended_by": actor.person_id, "ended_at": now, "ended_why": words.strip()}
    _swap(before, **columns)
    template = "consortium/appeal_upheld" if lifts else "consortium/appeal_refused"
    _tell(template, before.person_id, before.id, before.version + 1, actor.person_id, words.strip(), now)
    _record(actor, "restriction.answer", before.id, now, before.state, {"lifts": lifts, "words": words.strip()})
    return _get(before.id)


def _to_decide(actor: Actor, restriction_id: int, version: int, thing: Placement, states: set[str]) -> Restriction:
    before = store.find_restriction(restriction_id, lock=True)
    if before is None:
        raise Refused(NotFound())
    _require(actor, before.person_id, thing)
    if before.version != version:
        raise Refused(ChangedMeanwhile(before.version))
    if before.state not in states:
        raise Refused(RestrictionIs(before.state))
    return before


def _require(actor: Actor, person_id: int, thing: Placement) -> None:
    if not may(actor, "restriction.decide", thing):
        raise Refused(NotAllowed("restriction.decide"))
    if actor.person_id == person_id:
        raise Refused(NotOneself())


def _reasons_against_place(scope: str, scope_id: int | None) -> list[Reason]:
    return [] if scope in SCOPES and (scope == "all") == (scope_id is None) else [Invalid("scope", "unknown")]


def _reasons_against_days(days: int | None) -> list[Reason]:
    return [] if days is not None and 1 <= days <= LONGEST_DAYS else [Invalid("days", "out_of_range")]


def _get(restriction_id: int) -> Restriction:
    found = store.find_restriction(restriction_id)
    if found is None:
        raise Refused(NotFound())
    return found


def _swap(before: Restriction, **columns: object) -> None:
    if not store.change_restriction(before.id, before.version, **columns):
        raise Refused(ChangedMeanwhile(before.version))


def _end(before: Restriction, state: str, by: int | None, why: str, now: datetime) -> None:
    """Over before its time; who was restricted is told, who was only proposed to be is not."""
    _swap(before, state=state, ended_by=by, ended_at=now, ended_why=why)
    if before.state == IN_FORCE:
        _tell("consortium/lifted", before.person_id, before.id, before.version + 1, by or 0, why, now)


def _tell_restricted(
    person_id: int, restriction_id: int, version: int, by: int, words: str, until: datetime, now: datetime
) -> None:
    more = {"until": until.isoformat()}
    _tell("consortium/restricted", person_id, restriction_id, version, by, words, now, more)


def _tell(
    template: str,
    person_id: int,
    restriction_id: int,
    version: int,
    by: int,
    words: str,
    now: datetime,
    more: Mapping[str, str] | None = None,
) -> None:
    facts = {"restriction": restriction_id, "by": by, "note": words, **(more or {})}
    outbox.post([Letter(person_id, template, f"restriction/{restriction_id}/{version}", facts)], now)


def _record(actor: Actor, deed: str, restriction_id: int, now: datetime, before: Any, after: Any) -> None:
    trail.record_by(actor, deed, now=now, kind="restriction", object_id=restriction_id, before=before, after=after)
