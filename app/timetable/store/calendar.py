"""One organisation's teaching calendar, read whole."""

from __future__ import annotations

from app.timetable.rules.bell import Bells
from app.timetable.rules.calendar import Calendar
from app.timetable.store import bells, days, terms


def calendar(member_id: int | None, campus: str = "", learners: str = "") -> Calendar:
    """The calendar of an organisation, with the consortium's where it has none of its own; three small queries."""
    own, blocks = terms.terms_and_blocks(member_id)
    tables = tuple(kept.form for kept in bells.bell_tables(member_id))
    return Calendar(member_id, own, blocks, days.days(member_id), Bells(tables, campus, learners))
