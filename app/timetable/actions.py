"""What people can do about time: terms and class periods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.foundation.refusal import NotAllowed, Refused
from app.timetable import store
from app.timetable.rules import Period
from app.trail import actions as trail


def add_term(
    actor: Actor, member_id: int | None, name_zh: str, name_en: str, first_monday: date, weeks: int, *, now: datetime
) -> int:
    """A term of a member, or of the whole consortium (`member_id` None); its id."""
    _check(actor, member_id)
    term_id = store.add_term(member_id, name_zh, name_en, first_monday, weeks)
    after = {"member": member_id, "name": name_zh, "first_monday": first_monday, "weeks": weeks}
    _record(actor, "term.add", "term", term_id, now, after)
    return term_id


def add_bell_table(
    actor: Actor, member_id: int | None, name_zh: str, name_en: str, periods: Sequence[Period], *, now: datetime
) -> int:
    """A table of class periods of a member, or of the whole consortium; its id."""
    _check(actor, member_id)
    table_id = store.add_bell_table(member_id, name_zh, name_en, periods)
    after = {
        "member": member_id,
        "name": name_zh,
        "periods": [[p.number, p.start_minute, p.end_minute] for p in periods],
    }
    _record(actor, "bell_table.add", "bell_table", table_id, now, after)
    return table_id


def _check(actor: Actor, member_id: int | None) -> None:
    """The consortium's own calendar (no member) is nobody's organisation: only who may change any may change it."""
    whose = Placement(booking_member_id=member_id) if member_id else Placement(owner_member_ids=frozenset({0}))
    if not may(actor, "calendar.change", whose):
        raise Refused(NotAllowed("calendar.change"))


def _record(actor: Actor, deed: str, kind: str, object_id: int, now: datetime, after: object) -> None:
    trail.record(
        deed,
        now=now,
        person_id=actor.person_id,
        member_id=actor.member_id,
        address=actor.address,
        kind=kind,
        object_id=object_id,
        after=after,
    )
