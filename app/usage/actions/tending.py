"""Tending: while a date runs the clock watches for its coming, and gives on what nobody came for."""

from __future__ import annotations

from datetime import datetime

from app.booking.actions import ending
from app.booking.rules.course import CONFIRMED
from app.booking.store import limits as limit_store
from app.consortium.rules.office import Actor
from app.foundation.refusal import NotFound, Refused
from app.foundation.timespan import Span
from app.timetable.store.faults import faults_covering
from app.usage.actions.presence import locked, unit_ids_of, with_rooms
from app.usage.rules.presence import Graces, about, graces_of, is_due, rest_from, should_watch
from app.usage.store import presence as store
from app.usage.store.presence import Running

WATCHED, RELEASED = "watched", "released"


def to_tend(now: datetime) -> list[Running]:
    """The running dates for which something is to be done now; read without a lock, judged again under it."""
    running = store.running(now)
    numbers = limit_store.numbers({unit_id for each in running for unit_id in each.unit_ids})[1] if running else {}
    seen = store.seen([each.date_id for each in running])
    found = []
    for each in running:
        graces = graces_of(numbers[unit_id] for unit_id in each.unit_ids)
        known = about(each.span, seen[each.date_id])
        watch = should_watch(each.span, CONFIRMED, known, graces, now)
        if watch or is_due(each.span, CONFIRMED, known, graces, now):
            found.append(each)
    return found


def tend(actor: Actor, booking_id: int, date_id: int, *, now: datetime) -> str | None:
    """Watch for a running date's coming from now on, or give the rest of it on because nobody came; which of them.

    Under the booking's lock, so that whoever arrives in this very moment has either come or finds it given on.
    """
    try:
        booking, date = locked(booking_id, date_id)
    except Refused as refused:
        if isinstance(refused.reasons[0], NotFound):
            return None
        raise
    if date.state != CONFIRMED or not date.span.start <= now < date.span.end:
        return None
    unit_ids = unit_ids_of(date_id)
    graces = graces_of(limit_store.numbers(unit_ids)[1].values())
    seen = about(date.span, store.seen([date_id])[date_id])
    if should_watch(date.span, date.state, seen, graces, now):
        store.note(seen, expected_at=now)
        return WATCHED
    if not is_due(date.span, date.state, seen, graces, now) or hindered(unit_ids, date.span):
        return None
    store.note(seen, released_at=now, released_by=None, was_until=date.span.end)
    ending.end_at(
        actor,
        booking,
        date,
        rest_from(now),
        deed="presence.release",
        template="usage/released",
        now=now,
        more={"date": date_id, "was_until": date.span.end, "grace_minutes": minutes_of(graces)},
    )
    return RELEASED


def hindered(unit_ids: list[int], span: Span) -> bool:
    """Whether a fault or a closure kept the units, or the rooms they stand in, from being used within the span."""
    around = with_rooms(unit_ids)
    return bool(faults_covering(around, span)) or store.was_closed(around, span)


def minutes_of(graces: Graces) -> int:
    return int(graces.no_show.total_seconds() // 60) if graces.no_show else 0
