"""Lists of bookings: what can be asked of one, and what a line, a page and a place in it are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from app.booking.rules.chain import Part
from app.booking.rules.course import KeptBooking
from app.booking.rules.request import Slot
from app.foundation.refusal import Reason
from app.foundation.timespan import Span

UPCOMING, PAST = "upcoming", "past"
SORTS = ("start", "title", "holder", "created")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means any. `when` is upcoming (something still to come) or past (nothing)."""

    when: str = UPCOMING
    state: str = ""
    purpose: str = ""
    base_id: int | None = None
    text: str = ""
    sort: str = "start"
    """A word of SORTS, with - before it for the other way round."""
    since: datetime | None = None
    """Of what is past: only bookings with a date that begins then or later; None means all of it."""


@dataclass(frozen=True, slots=True)
class Named:
    """Something with its id and both names."""

    id: int
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class PlacedUnit:
    """A unit of a booking, how many of it, and where it stands."""

    unit_id: int
    kind: str
    capacity: int
    quantity: int
    name_zh: str
    name_en: str
    lab: Named
    base: Named
    place: str
    address: str
    calendar_id: int | None = None
    """By whose calendar its weeks are counted."""


@dataclass(frozen=True, slots=True)
class Line:
    """One booking in a list. `span` is its next date still to come, or its first one; `left` counts those to come."""

    id: int
    title: str
    purpose: str
    state: str
    version: int
    headcount: int | None
    created_at: datetime
    holder: str
    member: Named
    span: Span
    periods: str
    dates: int
    left: int
    units: tuple[PlacedUnit, ...] = ()

    @property
    def calendar_id(self) -> int | None:
        """By whose calendar its weeks are counted."""
        return self.units[0].calendar_id if self.units else None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list: its lines, which page it is of how many, and how many lines there are in all."""

    lines: Sequence[T]
    number: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a booking's history."""

    at: datetime
    deed: str
    person: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Rival:
    """Another request that waits for the same time of the same thing."""

    booking_id: int
    title: str
    member: Named
    span: Span


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request in the inbox: the booking, which bases the reader answers for, and what stands against it now."""

    booking: KeptBooking
    holder: str
    member: Named
    units: tuple[PlacedUnit, ...]
    bases: tuple[Named, ...]
    verdicts: tuple[tuple[Slot, tuple[Reason, ...]], ...]
    """Its waiting dates, each with the reasons why it could not be confirmed now."""
    rivals: tuple[Rival, ...] = field(default=())
    parts: tuple[Part, ...] = field(default=())
    """How the chains of these bases stand."""

    @property
    def clashes(self) -> int:
        return sum(1 for _, reasons in self.verdicts if reasons)


@dataclass(frozen=True, slots=True)
class Decided:
    """An answer that was given."""

    booking_id: int
    title: str
    member: Named
    holder: str
    base: Named
    state: str
    by: str
    at: datetime
    note: str
    reason: str | None
    span: Span


def pages_of(total: int, size: int) -> int:
    """At least one page, even of nothing."""
    return max(1, -(-total // size))


def sort_of(text: str) -> tuple[str, bool]:
    """The word to sort by and whether it goes down; anything unknown is by start."""
    down, word = text.startswith("-"), text.removeprefix("-")
    return (word, down) if word in SORTS else ("start", False)
