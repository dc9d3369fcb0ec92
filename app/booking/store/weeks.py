"""Rows behind the teaching weeks of dates: by whose terms the weeks at a unit's place are counted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from app.catalogue.tables import Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.database import session
from app.timetable.rules.term import Term
from app.timetable.tables import Term as TermRow


def terms_at(unit_ids: Sequence[int]) -> dict[int, tuple[int | None, list[Term]]]:
    """For each unit whose calendar its place goes by, and the terms of that; one query, however many units."""
    wanted = sorted(set(unit_ids))
    if not wanted:
        return {}
    whose = func.coalesce(TrainingBase.calendar_member_id, TrainingBase.host_id)
    rows = session().execute(
        select(
            UnitRow.id,
            whose,
            TermRow.id,
            TermRow.member_id,
            TermRow.name_zh,
            TermRow.name_en,
            TermRow.first_monday,
            TermRow.weeks,
        )
        .join(Lab, Lab.id == UnitRow.lab_id)
        .join(TrainingBase, TrainingBase.id == Lab.base_id)
        .join(TermRow, or_(TermRow.member_id == whose, TermRow.member_id.is_(None)))
        .where(UnitRow.id.in_(wanted))
    )
    found: dict[int, tuple[int | None, list[Term]]] = {}
    for unit_id, calendar_id, term_id, member_id, name_zh, name_en, first_monday, weeks in rows:
        term = Term(term_id, member_id, name_zh, name_en, first_monday, weeks)
        found.setdefault(unit_id, (calendar_id, []))[1].append(term)
    return found
