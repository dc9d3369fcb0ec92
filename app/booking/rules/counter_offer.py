"""Another time: what somebody who is to agree proposes instead, and what stands against proposing or taking it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.booking.rules.course import WAITING, Kept
from app.foundation.refusal import Invalid, Reason
from app.foundation.timespan import Span

OPEN, ACCEPTED, DECLINED, WITHDRAWN, PAST = "open", "accepted", "declined", "withdrawn", "past"

LONGEST_NOTE = 400


@dataclass(frozen=True, slots=True)
class CounterOffer:
    """Another time for one waiting date. With it whoever proposes it has agreed for these seats (base, party)."""

    id: int
    booking_id: int
    date_id: int
    span: Span
    by_id: int
    for_person: int | None
    seats: tuple[tuple[int, str], ...]
    note: str
    state: str
    made_at: datetime
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CounterOfferIsOver(Reason):
    """It has been answered, taken back, or something else has become of the booking."""

    code = "counter_offer_is_over"
    kind = "stale"
    state: str


@dataclass(frozen=True, slots=True)
class SameTime(Reason):
    """The time proposed is the one that was asked for."""

    code = "same_time"
    kind = "invalid"


def reasons_against_proposing(date: Kept | None, span: Span, note: str, now: datetime) -> list[Reason]:
    """Whether another time makes sense for this date of the booking."""
    found: list[Reason] = []
    if date is None or date.state != WAITING:
        found.append(Invalid("date_id", "unknown"))
    elif date.span == span:
        found.append(SameTime())
    if span.start <= now:
        found.append(Invalid("start", "past"))
    if len(note) > LONGEST_NOTE:
        found.append(Invalid("note", "too_long"))
    return found
