"""Rows of closures as booking writes them, together with what they take."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert

from app.database import session
from app.foundation.timespan import Span
from app.timetable.tables import Closure


def add_closure(kind: str, scope: str, scope_id: int, span: Span, reason: str, made_by: int, now: datetime) -> int:
    """Keep a closure; its id. `scope` is base, lab or unit."""
    return (
        session()
        .execute(
            insert(Closure)
            .values(
                kind=kind,
                **{f"{scope}_id": scope_id},
                starts_at=span.start,
                ends_at=span.end,
                reason=reason,
                made_by=made_by,
                made_at=now,
            )
            .returning(Closure.id)
        )
        .scalar_one()
    )
