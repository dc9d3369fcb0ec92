"""Rows of booking that are about one person: what she may take along as a copy."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select

from app.booking.tables.addresses import Feed
from app.booking.tables.bookings import Booking, BookingDate
from app.database import session


def of_person(person_id: int) -> list[dict[str, Any]]:
    """Every booking this person asked for or holds, with its dates."""
    rows = session().execute(
        select(Booking.id, Booking.title, Booking.purpose, Booking.headcount, Booking.note, Booking.created_at)
        .where(or_(Booking.holder_id == person_id, Booking.requester_id == person_id))
        .order_by(Booking.id)
    )
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        found[row.id] = {
            "id": row.id,
            "title": row.title,
            "purpose": row.purpose,
            "headcount": row.headcount,
            "note": row.note,
            "asked_at": row.created_at,
            "dates": [],
        }
    dates = session().execute(
        select(BookingDate.booking_id, BookingDate.starts_at, BookingDate.ends_at, BookingDate.state)
        .join(Booking, Booking.id == BookingDate.booking_id)
        .where(or_(Booking.holder_id == person_id, Booking.requester_id == person_id))
        .order_by(BookingDate.starts_at)
    )
    for booking_id, starts_at, ends_at, state in dates:
        found[booking_id]["dates"].append({"start": starts_at, "end": ends_at, "state": state})
    return list(found.values())


def feeds_of_person(person_id: int) -> list[dict[str, Any]]:
    """Every calendar address this person made; never the address itself, which is not kept."""
    rows = session().execute(
        select(Feed.name, Feed.scope, Feed.variant, Feed.made_at, Feed.used_at, Feed.revoked_at)
        .where(Feed.person_id == person_id)
        .order_by(Feed.id)
    )
    return [
        {
            "name": row.name,
            "of": row.scope,
            "shows": row.variant,
            "made_at": row.made_at,
            "used_at": row.used_at,
            "ended_at": row.revoked_at,
        }
        for row in rows
    ]
