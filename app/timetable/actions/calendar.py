"""What people can do with terms and bell tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from app.consortium.rules.office import Actor
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotFound, Refused
from app.timetable.actions.record import check_calendar, record
from app.timetable.rules.bell import BellForm, Period, reasons_against_bell_table
from app.timetable.rules.term import BlockForm, TermForm, reasons_against_block, reasons_against_term
from app.timetable.store import bells, terms


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
    check_calendar(actor, form.member_id)
    reasons = reasons_against_term(form, [term for term in terms.terms() if term.id != term_id])
    if term_id is not None and form.weeks and any(block.last_week > form.weeks for block in terms.blocks(term_id)):
        reasons.append(Invalid("weeks", "marked_later"))
    if reasons:
        raise Refused(reasons)
    if term_id is None:
        term_id = terms.add_term(form)
    else:
        terms.put_term(term_id, form)
    record(actor, "calendar.change", "term", term_id, now, before, asdict(form))
    return term_id


def remove_term(actor: Actor, term_id: int, version: int, *, now: datetime) -> None:
    """Take a term away. Bookings keep their clock times; only the week numbers of these days go."""
    before = _get_term(actor, term_id, version)
    terms.remove_term(term_id)
    record(actor, "calendar.change", "term", term_id, now, before, None)


def set_blocks(actor: Actor, term_id: int, version: int, forms: Sequence[BlockForm], *, now: datetime) -> None:
    """Set the marked weeks of a term, all at once. Raises Refused with every reason against any of them."""
    _get_term(actor, term_id, version)
    term = next(term for term in terms.terms() if term.id == term_id)
    if reasons := [reason for form in forms for reason in reasons_against_block(form, term)]:
        raise Refused(list(dict.fromkeys(reasons)))
    before = [asdict(block) for block in terms.blocks(term_id)]
    terms.replace_blocks(term_id, list(forms))
    record(actor, "calendar.change", "term", term_id, now, before, [asdict(form) for form in forms])


def _get_term(actor: Actor, term_id: int, version: int) -> dict[str, Any]:
    kept_version = terms.term_version(term_id)
    kept = next((term for term in terms.terms() if term.id == term_id), None)
    if kept is None or kept_version is None:
        raise Refused(NotFound())
    check_calendar(actor, kept.member_id)
    if kept_version != version:
        raise Refused(ChangedMeanwhile(kept_version))
    return asdict(kept)


def set_bell_table(actor: Actor, table_id: int | None, version: int, form: BellForm, *, now: datetime) -> int:
    """Keep a bell table, a new one where there is no id; its id. Existing bookings keep their clock times."""
    tables = bells.bell_tables()
    before = None
    if table_id is not None:
        before = _get_bell_table(actor, table_id, version, tables)
    check_calendar(actor, form.member_id)
    reasons = reasons_against_bell_table(form, [table.form for table in tables if table.id != table_id])
    if reasons:
        raise Refused(reasons)
    table_id = bells.put_bell_table(table_id, form)
    record(actor, "calendar.change", "bell_table", table_id, now, before, asdict(form))
    return table_id


def remove_bell_table(actor: Actor, table_id: int, version: int, *, now: datetime) -> None:
    """Take a member's bell table away, so that the consortium's holds there again."""
    before = _get_bell_table(actor, table_id, version, bells.bell_tables())
    bells.remove_bell_table(table_id)
    record(actor, "calendar.change", "bell_table", table_id, now, before, None)


def _get_bell_table(actor: Actor, table_id: int, version: int, tables: Sequence[bells.KeptBell]) -> dict[str, Any]:
    kept_version = bells.bell_version(table_id)
    kept = next((table for table in tables if table.id == table_id), None)
    if kept is None or kept_version is None:
        raise Refused(NotFound())
    check_calendar(actor, kept.form.member_id)
    if kept_version != version:
        raise Refused(ChangedMeanwhile(kept_version))
    return asdict(kept.form)
