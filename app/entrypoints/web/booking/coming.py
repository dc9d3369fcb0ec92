"""The dates of a booking that are still to come: which of them is meant, and whether they may be changed."""

from __future__ import annotations

from datetime import datetime

from app.booking.actions import listing
from app.booking.actions.listing import BookingPage
from app.booking.rules.course import AlreadyOver, Kept
from app.consortium.rules.office import Actor
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import NotAllowed, Refused
from app.foundation.timespan import local_minute

ONE, REST, EVERY = "one", "rest", "every"
"""Which dates a change or a cancellation is for: this one, this and all later ones, every one still to come."""


def coming_dates(found: BookingPage, now: datetime) -> list[Kept]:
    """The dates that can still be changed or cancelled."""
    return [date for date in found.booking.open_dates if date.span.end > now]


def end_minute(date: Kept, start: int) -> int:
    """Minutes after 0:00 of the first day where it ends within a day (24:00 included), else of its own day."""
    minutes = start + date.span.minutes
    return minutes if minutes <= 24 * 60 else local_minute(date.span.end)


def to_change(who: Actor, booking_id: int, now: datetime) -> BookingPage:
    """The booking, where she may change it and something of it is still to come. Raises Refused otherwise."""
    found = listing.page_of(who, booking_id)
    if not found.may_change and coming_dates(found, now):
        raise Refused(NotAllowed("booking.change"))
    if not coming_dates(found, now):
        raise Refused(AlreadyOver(found.booking.state))
    return found


def chosen_date(found: BookingPage, text: str, now: datetime) -> Kept:
    """The date that is meant: the named one where it is still to come, else the next one."""
    coming = coming_dates(found, now)
    wanted = id_from_text(text)
    return next((date for date in coming if date.id == wanted), coming[0])
