"""Rows of judgements, to values and back; what is to be judged; and how a date was cancelled."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, insert, or_, select, update

from app.booking.tables.bookings import Booking, BookingDate
from app.database import session, table_of
from app.trail.tables import Entry
from app.usage.rules.verdict import Cancelling, Judgement, Verdict
from app.usage.tables import Judgement as Row
from app.usage.tables import Presence

LOOKED_BACK = timedelta(days=60)
"""Cancellations older than this, should nobody have judged for so long, are let be."""


def due(ended_before: datetime, most: int) -> list[tuple[int, int]]:
    """(booking, date) of what is to be judged: ended by then, not judged yet, and either something was noted of it or
    watched for, or it was cancelled."""
    rows = session().execute(
        select(BookingDate.booking_id, BookingDate.id)
        .join(Booking, Booking.id == BookingDate.booking_id)
        .where(
            BookingDate.ends_at <= ended_before,
            or_(
                (BookingDate.state == "confirmed") & exists().where(Presence.date_id == BookingDate.id),
                (BookingDate.state == "cancelled") & (BookingDate.ends_at > ended_before - LOOKED_BACK),
            ),
            ~exists().where(Row.date_id == BookingDate.id),
            Booking.origin != "lesson",
            Booking.purpose != "maintenance",
        )
        .order_by(BookingDate.ends_at, BookingDate.id)
        .limit(most)
    )
    return [(booking_id, date_id) for booking_id, date_id in rows]


def cancelling(booking_id: int, date_id: int, people: Collection[int]) -> Cancelling | None:
    """How a date was cancelled; None where it never stood, or nobody is known to have cancelled it.

    Who did it stands in the trail and nowhere else; `people` are those who count as herself.
    """
    entries: Iterable[Any] = session().execute(
        select(Entry.at, Entry.person_id, Entry.deed, Entry.before)
        .join(BookingDate, BookingDate.changed_at == Entry.at)
        .where(BookingDate.id == date_id, Entry.object_kind == "booking", Entry.object_id == booking_id)
        .order_by(Entry.id)
    )
    for at, person_id, deed, before in entries:
        stood = any(each[0] == date_id and each[3] == "confirmed" for each in _dates(before))
        if stood:
            return Cancelling(at, deed == "booking.cancel" and person_id in people)
    return None


def _dates(before: str) -> list[Any]:
    content = json.loads(before)
    return content.get("dates", []) if isinstance(content, dict) else []


def judgements(date_ids: Collection[int]) -> dict[int, Judgement]:
    """What these dates were judged to be."""
    if not date_ids:
        return {}
    rows = session().execute(select(table_of(Row)).where(Row.date_id.in_(sorted(date_ids)))).mappings()
    return {row["date_id"]: judgement(row) for row in rows}


def judgement(row: Any) -> Judgement:
    """A row of the table as a value."""
    found = Verdict(row["verdict"], row["late_minutes"], row["early_minutes"], row["over_minutes"], row["why"])
    excuse = (row["excused_by"], row["excused_at"], row["excused_why"])
    return Judgement(row["date_id"], found, row["judged_at"], *excuse, row["version"])


def add(date_id: int, found: Verdict, now: datetime) -> None:
    """Keep a verdict, once."""
    session().execute(
        insert(Row),
        [
            {
                "date_id": date_id,
                "verdict": found.word,
                "late_minutes": found.late_minutes,
                "early_minutes": found.early_minutes,
                "over_minutes": found.over_minutes,
                "why": found.why,
                "judged_at": now,
                "excused_why": "",
                "version": 1,
            }
        ],
    )


def excuse(date_id: int, version: int, by: int, why: str, now: datetime) -> bool:
    """Compare and swap: whether the judgement still had this version."""
    changed = session().execute(
        update(Row)
        .where(Row.date_id == date_id, Row.version == version)
        .values(excused_by=by, excused_at=now, excused_why=why, version=version + 1)
        .returning(Row.date_id)
    )
    return changed.first() is not None
