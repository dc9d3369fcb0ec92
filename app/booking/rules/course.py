"""The course of a booking: its states, what an approval, a move or a cancellation makes of each date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.booking.rules.request import Claim
from app.catalogue.rules.unit import Unit
from app.foundation.refusal import Reason
from app.foundation.timespan import Span

WAITING, CONFIRMED, REFUSED, CANCELLED = "waiting", "confirmed", "refused", "cancelled"
STATES = (WAITING, CONFIRMED, REFUSED, CANCELLED)
OPEN_STATES = (WAITING, CONFIRMED)


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept date of a booking."""

    id: int
    span: Span
    periods: str
    state: str
    sequence: int
    changed_at: datetime

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class KeptUnit:
    """A unit that a booking asked for, and how many of it."""

    unit_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class KeptApproval:
    """One base's answer."""

    base_id: int
    state: str
    decided_by: int | None
    decided_at: datetime | None
    note: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class KeptBooking:
    """A booking as it stands, with its dates in order of time."""

    id: int
    uid: str
    title: str
    purpose: str
    headcount: int | None
    note: str
    requester_id: int
    holder_id: int
    member_id: int
    source_key: str | None
    created_at: datetime
    changed_at: datetime
    version: int
    dates: tuple[Kept, ...]
    units: tuple[KeptUnit, ...]
    approvals: tuple[KeptApproval, ...]
    declared: frozenset[str] = frozenset()
    """What was declared of the learners."""

    @property
    def state(self) -> str:
        return state_of(date.state for date in self.dates)

    @property
    def open_dates(self) -> tuple[Kept, ...]:
        return tuple(date for date in self.dates if date.is_open)


@dataclass(frozen=True, slots=True)
class AlreadyOver(Reason):
    """The date, or the whole booking, is refused or cancelled, or has ended: it can no longer be changed."""

    code = "already_over"
    state: str


@dataclass(frozen=True, slots=True)
class NotWaiting(Reason):
    """Somebody has decided already; `state` says what."""

    code = "not_waiting"
    kind = "stale"
    state: str


@dataclass(frozen=True, slots=True)
class NeedsWords(Reason):
    """A refusal must be explained."""

    code = "needs_words"
    kind = "invalid"


def state_of(states: Iterable[str]) -> str:
    """One word for a booking: waiting before confirmed before refused before cancelled."""
    present = set(states)
    return next((state for state in STATES if state in present), CANCELLED)


def bases_to_ask(unit_ids: Iterable[int], units: Mapping[int, Unit]) -> list[int]:
    """The bases whose keeper must agree."""
    return sorted({units[unit_id].base_id for unit_id in unit_ids if units[unit_id].needs_approval})


def holds(claim: Claim, units: Mapping[int, Unit], wanted: Sequence[int], waits: bool) -> bool:
    """Whether a claim holds its time. While approval is awaited, a unit set so leaves its time free for others.

    The part of a room holds where any of the wanted units in it does.
    """
    if not waits:
        return True
    if claim.asked:
        return units[claim.unit_id].holds_while_waiting
    return any(units[unit_id].holds_while_waiting for unit_id in wanted if units[unit_id].room_id == claim.unit_id)


def stays_agreed(before: Span, after: Span) -> bool:
    """A change that only gives time back needs no new approval."""
    return before.contains(after)
