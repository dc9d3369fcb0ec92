"""Priority: the published order of purposes, where a booking stands in it, and whether one may displace another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.booking.rules import requester
from app.foundation.refusal import Invalid, Reason

LESSON, EVENT, OWNER, MEMBER, OUTSIDE = "lesson", "event", "owner", "member", "outside"
CLASSES = (LESSON, EVENT, OWNER, MEMBER, OUTSIDE)
"""What bookings are ordered by. lesson: teaching that stands on the timetable. event: certification and competition,
which have public dates. owner, member, outside: the footing on which its organisation uses the units."""

EVENT_PURPOSES = frozenset({"certification", "competition"})

_OF_REQUESTER = {requester.OWN: OWNER, requester.MEMBER: MEMBER, requester.OUTSIDE: OUTSIDE}

LONGEST_NOTE = 400


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the classes, the highest first. Nothing of a published one ever changes; the newest is in force."""

    version: int
    classes: tuple[str, ...]
    note: str = ""
    published_at: datetime | None = None
    published_by: int | None = None


FIRST_ORDER = Order(1, CLASSES)
"""In force until somebody publishes another."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Whether bookings of a unit may be displaced at all, and until how many hours before they begin."""

    is_on: bool = True
    hours: int = 0


ANY_TIME = Terms()
"""Until it begins."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One date of a booking that is in the way: when it begins, what it is, and on which terms it may be displaced."""

    booking_id: int
    start: datetime
    classes: frozenset[str]
    terms: Terms = ANY_TIME


@dataclass(frozen=True, slots=True)
class NotDisplacedHere(Reason):
    """Nobody is displaced at this base."""

    code = "not_displaced_here"
    kind = "forbidden"
    start: datetime
    booking_id: int


@dataclass(frozen=True, slots=True)
class NotHigher(Reason):
    """What is in the way ranks higher in the order in force."""

    code = "not_higher"
    start: datetime
    mine: str
    theirs: str
    booking_id: int


@dataclass(frozen=True, slots=True)
class EqualRank(Reason):
    """What is in the way ranks as high: whoever came first keeps it."""

    code = "equal_rank"
    start: datetime
    rank: str
    booking_id: int


@dataclass(frozen=True, slots=True)
class AfterTheDeadline(Reason):
    """It could be displaced until `deadline`."""

    code = "after_the_deadline"
    start: datetime
    deadline: datetime
    booking_id: int


@dataclass(frozen=True, slots=True)
class HasBegun(Reason):
    """What has begun is not displaced."""

    code = "has_begun"
    start: datetime
    booking_id: int


def classes_of(origin: str, purpose: str, footing: str) -> frozenset[str]:
    """Every class that a booking belongs to; which of them counts, the order says. `footing`: of requester.REQUESTERS."""
    found = {_OF_REQUESTER[footing]}
    if origin == "lesson":
        found.add(LESSON)
    if purpose in EVENT_PURPOSES:
        found.add(EVENT)
    return frozenset(found)


def rank_of(name: str, order: Order) -> int:
    """The place of a class in the order; a smaller one goes first."""
    return order.classes.index(name)


def class_in(order: Order, classes: Collection[str]) -> str:
    """The class that counts for a booking: its highest in this order."""
    return min(classes, key=lambda name: rank_of(name, order))


def deadline(start: datetime, terms: Terms) -> datetime:
    """Until when a date may be displaced: its holder has `terms.hours` to find something else."""
    return start - timedelta(hours=terms.hours)


def reasons_not_to_displace(winner: Collection[str], standing: Standing, order: Order, now: datetime) -> list[Reason]:
    """Everything against a request of these classes displacing a date that stands; empty means that it may."""
    found: list[Reason] = []
    mine, theirs = class_in(order, winner), class_in(order, standing.classes)
    if not standing.terms.is_on:
        found.append(NotDisplacedHere(standing.start, standing.booking_id))
    if mine == theirs:
        found.append(EqualRank(standing.start, theirs, standing.booking_id))
    elif rank_of(mine, order) > rank_of(theirs, order):
        found.append(NotHigher(standing.start, mine, theirs, standing.booking_id))
    if standing.start <= now:
        found.append(HasBegun(standing.start, standing.booking_id))
    elif now > (until := deadline(standing.start, standing.terms)):
        found.append(AfterTheDeadline(standing.start, until, standing.booking_id))
    return found


def reasons_against_order(classes: Sequence[str], note: str) -> list[Reason]:
    """An order names every class once."""
    found: list[Reason] = []
    if sorted(classes) != sorted(CLASSES):
        found.append(Invalid("classes", "each_once"))
    if not note.strip():
        found.append(Invalid("note", "missing"))
    elif len(note.strip()) > LONGEST_NOTE:
        found.append(Invalid("note", "too_long"))
    return found
