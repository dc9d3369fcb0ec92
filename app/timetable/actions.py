"""What people can do with the timetable: set terms, class periods, and weekly opening hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from app.catalogue.actions.standing import require
from app.catalogue.rules.unit import Thing
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.foundation.identifiers import canonical, secret_hash
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotAllowed, NotFound, Refused
from app.timetable import store
from app.timetable.rules import (
    BellForm,
    Opening,
    Period,
    TermForm,
    reasons_against_bell_table,
    reasons_against_hours,
    reasons_against_term,
)
from app.trail import actions as trail

NOBODYS = -1
"""Stands for the consortium where permission asks whose a calendar is: no member has this id."""


def may_set_calendar(actor: Actor, member_id: int | None) -> bool:
    """Whether the actor may set the terms and periods of a member; None is the whole consortium."""
    return may(actor, "calendar.change", Placement(booking_member_id=member_id or NOBODYS))


def add_term(
    actor: Actor, member_id: int | None, name_zh: str, name_en: str, first_monday: date, weeks: int, *, now: datetime
) -> int:
    """A term of a member, or of the whole consortium (`member_id` None); its id."""
    return set_term(actor, None, 0, TermForm(member_id, name_zh, name_en, first_monday, weeks), now=now)


def add_bell_table(
    actor: Actor, member_id: int | None, name_zh: str, name_en: str, periods: Sequence[Period], *, now: datetime
) -> int:
    """A table of class periods of a member, or of the whole consortium; its id."""
    return set_bell_table(actor, None, 0, BellForm(member_id, name_zh, name_en, tuple(periods)), now=now)


def set_term(actor: Actor, term_id: int | None, version: int, form: TermForm, *, now: datetime) -> int:
    """Keep a term, a new one where there is no id; its id. Raises Refused with every reason."""
    before = None
    if term_id is not None:
        before = _get_term(actor, term_id, version)
    _check_calendar(actor, form.member_id)
    if reasons := reasons_against_term(form, [term for term in store.terms() if term.id != term_id]):
        raise Refused(reasons)
    if term_id is None:
        term_id = store.add_term(form)
    else:
        store.put_term(term_id, form)
    _record(actor, "calendar.change", "term", term_id, now, before, asdict(form))
    return term_id


def remove_term(actor: Actor, term_id: int, version: int, *, now: datetime) -> None:
    """Take a term away. Bookings keep their clock times; only the week numbers of these days go."""
    before = _get_term(actor, term_id, version)
    store.remove_term(term_id)
    _record(actor, "calendar.change", "term", term_id, now, before, None)


def _get_term(actor: Actor, term_id: int, version: int) -> dict[str, Any]:
    kept_version = store.term_version(term_id)
    kept = next((term for term in store.terms() if term.id == term_id), None)
    if kept is None or kept_version is None:
        raise Refused(NotFound())
    _check_calendar(actor, kept.member_id)
    if kept_version != version:
        raise Refused(ChangedMeanwhile(kept_version))
    return asdict(kept)


def set_bell_table(actor: Actor, table_id: int | None, version: int, form: BellForm, *, now: datetime) -> int:
    """Keep a bell table, a new one where there is no id; its id. Existing bookings keep their clock times."""
    tables = store.bell_tables()
    before = None
    if table_id is not None:
        before = _get_bell_table(actor, table_id, version, tables)
    _check_calendar(actor, form.member_id)
    reasons = reasons_against_bell_table(form)
    if any(table.form.member_id == form.member_id and table.id != table_id for table in tables):
        reasons.append(Invalid("member_id", "in_use"))
    if reasons:
        raise Refused(reasons)
    table_id = store.put_bell_table(table_id, form)
    _record(actor, "calendar.change", "bell_table", table_id, now, before, asdict(form))
    return table_id


def remove_bell_table(actor: Actor, table_id: int, version: int, *, now: datetime) -> None:
    """Take a member's bell table away, so that the consortium's holds there again."""
    before = _get_bell_table(actor, table_id, version, store.bell_tables())
    store.remove_bell_table(table_id)
    _record(actor, "calendar.change", "bell_table", table_id, now, before, None)


def _get_bell_table(actor: Actor, table_id: int, version: int, tables: Sequence[store.KeptBell]) -> dict[str, Any]:
    kept_version = store.bell_version(table_id)
    kept = next((table for table in tables if table.id == table_id), None)
    if kept is None or kept_version is None:
        raise Refused(NotFound())
    _check_calendar(actor, kept.form.member_id)
    if kept_version != version:
        raise Refused(ChangedMeanwhile(kept_version))
    return asdict(kept.form)


def hours_now(scope: str, scope_id: int) -> list[Opening]:
    """The weekly hours that a base or lab has of its own, in order; empty: a base is always open, a lab as its base."""
    found = store.openings([scope_id] if scope == "base" else [], [scope_id] if scope == "lab" else [])
    return sorted(found.get((scope, scope_id), []), key=lambda each: (each.weekday, each.start_minute))


def mark_of(hours: Sequence[Opening]) -> str:
    """A short mark of hours as they stand: two people who change them at once find out by it."""
    return secret_hash(canonical([asdict(each) for each in hours]))[:16]


def check_hours(actor: Actor, scope: str, scope_id: int, mark: str, hours: Sequence[Opening], now: datetime) -> None:
    """Raises Refused with everything against new hours that lies in the hours, or in who asks."""
    require(actor, "opening.change", Thing(scope, scope_id), now)
    if mark_of(hours_now(scope, scope_id)) != mark:
        raise Refused(ChangedMeanwhile(0))
    if reasons := reasons_against_hours(hours):
        raise Refused(reasons)


def set_hours(actor: Actor, scope: str, scope_id: int, mark: str, hours: Sequence[Opening], *, now: datetime) -> None:
    """Set the weekly hours of a base or a lab (`scope`). None at all: a base is always open, a lab is open as its base.

    Bookings are not looked at here: people set hours through `booking.actions.opening`, which does.
    """
    check_hours(actor, scope, scope_id, mark, hours, now)
    before = hours_now(scope, scope_id)
    store.replace_hours(scope, scope_id, hours)
    _record(
        actor,
        "opening.change",
        scope,
        scope_id,
        now,
        [asdict(each) for each in before],
        [asdict(each) for each in hours],
    )


def _check_calendar(actor: Actor, member_id: int | None) -> None:
    if not may_set_calendar(actor, member_id):
        raise Refused(NotAllowed("calendar.change"))


def _record(actor: Actor, deed: str, kind: str, object_id: int, now: datetime, before: Any, after: Any) -> None:
    trail.record(
        deed,
        now=now,
        person_id=actor.person_id,
        member_id=actor.member_id,
        address=actor.address,
        kind=kind,
        object_id=object_id,
        before=before,
        after=after,
    )
