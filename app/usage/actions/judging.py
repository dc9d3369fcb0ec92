"""Judging: some hours after its end a date is judged once; a keeper may excuse it, and the points come back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.booking.actions.situation import placement
from app.booking.rules.course import CANCELLED, CONFIRMED, Kept, KeptBooking
from app.catalogue.store import units as catalogue
from app.consortium.actions import conduct
from app.consortium.actions.settings import settings_now
from app.consortium.rules.credit import EXCUSED, Event
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.consortium.rules.restriction import NotOneself, reasons_against_words
from app.consortium.store import credit as credit_store
from app.foundation.refusal import ChangedMeanwhile, NotAllowed, NotFound, Refused
from app.foundation.timespan import Span
from app.outbox import actions as outbox
from app.outbox.rules import Letter
from app.timetable.store.faults import faults_covering
from app.trail import actions as trail
from app.usage.actions.presence import locked, numbers_of, with_rooms
from app.usage.rules.presence import Graces, graces_of
from app.usage.rules.verdict import (
    CLOSED,
    EXCUSABLE,
    FAULT,
    NOT_HERS,
    NOT_JUDGED,
    NOTHING_NOTED,
    Judgement,
    NothingToExcuse,
    Verdict,
    credited,
    verdict,
    verdict_on_cancelled,
)
from app.usage.store import judging as store
from app.usage.store import presence as presence_store

MOST_AT_ONCE = 500
"""In one run of the job; the rest is the next run's."""


def to_judge(now: datetime) -> list[tuple[int, int]]:
    """(booking, date) of what is due to be judged."""
    return store.due(now - timedelta(hours=settings_now()["judge.after_hours"]), MOST_AT_ONCE)


def judge(actor: Actor, booking_id: int, date_id: int, *, now: datetime) -> str | None:
    """Judge a date that ended long enough ago, once: the verdict, its points, and what they lead to; None if it was not
    due. What was not judged for a reason is noted as such and leaves no trail, for nobody did anything."""
    booking, date = locked(booking_id, date_id)
    whole, of_units = numbers_of(date_id)
    after = timedelta(hours=whole["judge.after_hours"])
    if presence_store.is_judged(date_id) or date.span.end + after > now:
        return None
    if date.state not in (CONFIRMED, CANCELLED) or not presence_store.is_watched(booking_id):
        return None
    graces, notice = graces_of(of_units.values()), timedelta(hours=whole["cancel.hours"]) or None
    found = _verdict(booking, date, sorted(of_units), graces, notice)
    store.add(date_id, found, now)
    if found.word == NOT_JUDGED:
        return found.word
    events = [_event(booking, date_id, sorted(of_units), rule, points, now) for rule, points in credited(found, whole)]
    consequence: dict[str, Any] = conduct.note(booking.holder_id, events, now) if events else {}
    if found.word in EXCUSABLE:
        facts = {"booking": booking_id, "date": date_id, "by": 0, "verdict": found.word}
        outbox.post([Letter(booking.holder_id, "usage/judged", f"date/{date_id}", facts)], now)
    told = {"booking": booking_id, "person": booking.holder_id, "verdict": found.word, **consequence}
    trail.record_by(actor, "presence.judge", now=now, kind="date", object_id=date_id, after=told)
    return found.word


def _verdict(
    booking: KeptBooking, date: Kept, unit_ids: list[int], graces: Graces, notice: timedelta | None
) -> Verdict:
    seen = presence_store.seen([date.id])[date.id]
    span = Span(date.span.start, max(date.span.end, seen.was_until or date.span.end))
    around = with_rooms(unit_ids)
    if faults_covering(around, span):
        return Verdict(NOT_JUDGED, why=FAULT)
    if presence_store.was_closed(around, span):
        return Verdict(NOT_JUDGED, why=CLOSED)
    if date.state == CONFIRMED:
        return verdict(date.span, seen, graces) or Verdict(NOT_JUDGED, why=NOTHING_NOTED)
    cancelling = store.cancelling(booking.id, date.id, {booking.holder_id, booking.requester_id})
    if cancelling is None:
        return Verdict(NOT_JUDGED, why=NOT_HERS)
    if faults_covering(around, Span(cancelling.at, cancelling.at + timedelta(minutes=1))):
        return Verdict(NOT_JUDGED, why=FAULT)
    return verdict_on_cancelled(date.span, cancelling, seen, graces, notice)


def _event(booking: KeptBooking, date_id: int, unit_ids: list[int], rule: str, points: int, now: datetime) -> Event:
    base_ids = {unit.base_id for unit in catalogue.units(unit_ids).values()}
    return Event(
        id=0,
        person_id=booking.holder_id,
        rule=rule,
        points=points,
        at=now,
        date_id=date_id,
        unit_id=unit_ids[0] if len(unit_ids) == 1 else None,
        base_id=next(iter(base_ids)) if len(base_ids) == 1 else None,
        member_id=booking.member_id,
    )


def excuse(actor: Actor, booking_id: int, date_id: int, version: int, *, why: str, now: datetime) -> Judgement:
    """A keeper excuses what was judged: the points come back as events of their own, and what rested on them falls.

    Nobody excuses herself. Raises Refused(NothingToExcuse) where it was normal, not judged, or is excused already.
    """
    booking, _ = locked(booking_id, date_id)
    thing = placement(booking, actor.on)
    if not may(actor, "booking.see", thing):
        raise Refused(NotFound())
    if not may(actor, "presence.keep", thing):
        raise Refused(NotAllowed("presence.keep"))
    if actor.person_id in (booking.holder_id, booking.requester_id):
        raise Refused(NotOneself())
    before = store.judgements([date_id]).get(date_id)
    if before is None:
        raise Refused(NothingToExcuse("not_judged"))
    if before.version != version:
        raise Refused(ChangedMeanwhile(before.version))
    if before.is_excused or before.verdict.word not in EXCUSABLE:
        raise Refused(NothingToExcuse("excused" if before.is_excused else before.verdict.word))
    if reasons := reasons_against_words("why", why):
        raise Refused(reasons)
    if not store.excuse(date_id, version, actor.person_id, why.strip(), now):
        raise Refused(ChangedMeanwhile(version))
    taken = [each for each in credit_store.events_of_date(date_id) if each.rule != EXCUSED]
    back = [
        Event(
            id=0,
            person_id=each.person_id,
            rule=EXCUSED,
            points=-each.points,
            at=now,
            by_id=actor.person_id,
            reason=why.strip(),
            date_id=date_id,
            unit_id=each.unit_id,
            base_id=each.base_id,
            member_id=each.member_id,
            reverses_id=each.id,
        )
        for each in taken
    ]
    whose = taken[0].person_id if taken else booking.holder_id
    consequence = conduct.note(whose, back, now)
    facts = {"booking": booking_id, "date": date_id, "by": actor.person_id, "note": why.strip()}
    outbox.post([Letter(whose, "usage/excused", f"date/{date_id}/excused", facts)], now)
    told = {"booking": booking_id, "person": whose, "why": why.strip(), **consequence}
    trail.record_by(
        actor, "presence.excuse", now=now, kind="date", object_id=date_id, before=before.verdict.word, after=told
    )
    return store.judgements([date_id])[date_id]
