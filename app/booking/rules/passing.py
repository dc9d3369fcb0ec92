"""Passing on: a booking goes to somebody else, or two people exchange their times; proposed by one, accepted by the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.booking.rules.course import WAITING, Kept, KeptBooking
from app.booking.rules.request import Want
from app.booking.rules.transitions import dates_for
from app.foundation.identifiers import canonical, secret_hash
from app.foundation.refusal import Invalid, Reason

HAND_OVER, SWAP = "hand_over", "swap"
OPEN, ACCEPTED, DECLINED, WITHDRAWN, EXPIRED = "open", "accepted", "declined", "withdrawn", "expired"
TIME_TO_ANSWER = timedelta(days=3)
LONGEST_NOTE = 400


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one person asks of another. `mark` is how the dates stood then: what has changed since is not exchanged."""

    id: int
    kind: str
    booking_id: int
    date_id: int | None
    other_booking_id: int | None
    other_date_id: int | None
    from_id: int
    to_id: int
    note: str
    mark: str
    state: str
    made_at: datetime
    expires_at: datetime

    def is_open(self, now: datetime) -> bool:
        return self.state == OPEN and now < self.expires_at


@dataclass(frozen=True, slots=True)
class NothingToSwap(Reason):
    """Nobody's confirmed booking of a single time holds that unit then, or it is one's own."""

    code = "nothing_to_swap"


@dataclass(frozen=True, slots=True)
class PartOfASeries(Reason):
    """The booking has further dates on other units than the time it would get: a booking's dates share their units."""

    code = "part_of_a_series"


@dataclass(frozen=True, slots=True)
class ProposalIsOver(Reason):
    """The proposal was answered, withdrawn, or has run out; `state` says which."""

    code = "proposal_is_over"
    kind = "stale"
    state: str


@dataclass(frozen=True, slots=True)
class ChangedSinceProposed(Reason):
    """One of the two times is no longer as it was when the exchange was proposed."""

    code = "changed_since_proposed"
    kind = "stale"


def mark_of(dates: Sequence[tuple[Kept, Sequence[Want]]]) -> str:
    """A short mark of dates as they stand: their times, states and units."""
    told = [
        {
            "date": [date.id, date.span.start.isoformat(), date.span.end.isoformat(), date.state],
            "wants": sorted([want.unit_id, want.quantity] for want in wants),
        }
        for date, wants in dates
    ]
    return secret_hash(canonical(told))[:24]


def date_to_swap(booking: KeptBooking, date_id: int, now: datetime) -> Kept | None:
    """The date, where it can be exchanged and has not begun."""
    return next(
        (date for date in dates_for("booking.swap", booking.dates) if date.id == date_id and date.span.start > now),
        None,
    )


def stays_of_a_piece(booking: KeptBooking, date_id: int, now: datetime) -> bool:
    """Whether a date can get other units: the dates of a booking that are still to come have the same."""
    return not any(
        date.id != date_id and date.is_open and (date.span.end > now or date.state == WAITING) for date in booking.dates
    )


def expiry(now: datetime, starts: Sequence[datetime]) -> datetime:
    """Until when a proposal can be answered: three days, but not past the earliest of the times it is about."""
    return min([now + TIME_TO_ANSWER, *starts])


def reasons_against_note(note: str) -> list[Reason]:
    return [Invalid("note", "too_long")] if len(note) > LONGEST_NOTE else []
