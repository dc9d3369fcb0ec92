"""What a calendar feed shows: which dates, for how long, how much of each, and when its content has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from app.booking.rules.course import CANCELLED, CONFIRMED, REFUSED, WAITING
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import BOOKING_FIELDS, Placement, may, view_of_booking
from app.foundation.identifiers import canonical
from app.foundation.refusal import Invalid, NotFound, Reason
from app.foundation.timespan import Span, local_midnight

SCOPES = ("person", "member", "base", "lab", "unit")
VARIANTS = ("full", "busy")

DAYS_BACK = 60
DAYS_AHEAD = 400
DAYS_CANCELLED_STAY = 30
"""A cancelled date is still told so long after it was cancelled, so that every subscriber hears of it."""

LONGEST_NAME = 80
MOST_FEEDS = 50
"""Living subscriptions one person may have."""
USE_NOTED_EVERY = timedelta(hours=1)
SETTLES_AFTER = timedelta(seconds=10)
"""A change may become visible so much later than the moment it bears; until then no date of change is certain."""

STATUS = {CONFIRMED: "CONFIRMED", WAITING: "TENTATIVE", CANCELLED: "CANCELLED", REFUSED: "CANCELLED"}
"""A date's state in the words of RFC 5545."""


@dataclass(frozen=True, slots=True)
class TooManyFeeds(Reason):
    """The person has as many subscriptions as one may have."""

    code = "too_many_feeds"
    most: int


@dataclass(frozen=True, slots=True)
class Feed:
    """One subscription of one person, acting for one member. Only the hash of its secret is kept anywhere."""

    id: int
    person_id: int
    acting_member_id: int
    name: str
    scope: str
    scope_id: int
    variant: str
    made_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A feed with its owner as she stands today: the language she reads and the offices she holds."""

    feed: Feed
    actor: Actor
    locale: str


@dataclass(frozen=True, slots=True)
class Window:
    """The days a feed covers, and since when cancelled dates are still told. The same all day long."""

    span: Span
    cancelled_since: datetime


class Occurrence(NamedTuple):
    """One date of a booking with all that a calendar could say of it. A tuple, because a feed has thousands."""

    date_id: int
    booking_id: int
    uid: str
    start: datetime
    end: datetime
    periods: str
    state: str
    sequence: int
    changed_at: datetime
    title: str
    purpose: str
    headcount: int | None
    note: str
    holder_id: int
    requester_id: int
    member_id: int
    holder_name: str
    member_zh: str
    member_en: str


class Closed(NamedTuple):
    """A closure or maintenance as a calendar tells it: to everybody who may see the place, for nobody can book it then."""

    closure_id: int
    kind: str
    start: datetime
    end: datetime
    reason: str
    made_at: datetime
    lifted_at: datetime | None
    unit_ids: tuple[int, ...]

    @property
    def uid(self) -> str:
        """The same for the closure's life, and nowhere else."""
        return hashlib.sha256(canonical(["closure", self.closure_id, self.made_at]).encode()).hexdigest()[:32]

    @property
    def is_taken_back(self) -> bool:
        """Lifted before it began: it never was."""
        return self.lifted_at is not None and self.lifted_at <= self.start

    @property
    def ends_at(self) -> datetime:
        """A running closure that is lifted ends then."""
        if self.lifted_at is None or self.is_taken_back:
            return self.end
        return min(self.end, self.lifted_at)

    @property
    def sequence(self) -> int:
        """Lifting is the only change there is."""
        return int(self.lifted_at is not None)

    @property
    def changed_at(self) -> datetime:
        return self.lifted_at or self.made_at


class ShownClosed(NamedTuple):
    """A closure with the places of the feed that it closes, and whether its reason is told."""

    closed: Closed
    places: tuple[tuple[Place, int], ...]
    with_reason: bool


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A unit as a calendar names it, and whose it is. Each is made once per answer and compared by identity."""

    unit_id: int
    is_room: bool
    name_zh: str
    name_en: str
    lab_zh: str
    lab_en: str
    where: str
    base_zh: str
    base_en: str
    base_id: int
    owner_member_ids: frozenset[int]


class Shown(NamedTuple):
    """An occurrence, where it takes place (and how many of each), and the fields this subscriber may see."""

    occurrence: Occurrence
    places: tuple[tuple[Place, int], ...]
    fields: frozenset[str]


def window_on(day: date) -> Window:
    """What feeds cover on a local day: 60 days back, 400 ahead, cancellations of the last 30 days."""
    return Window(
        Span(local_midnight(day - timedelta(days=DAYS_BACK)), local_midnight(day + timedelta(days=DAYS_AHEAD + 1))),
        local_midnight(day - timedelta(days=DAYS_CANCELLED_STAY)),
    )


def may_read(subscriber: Subscriber) -> bool:
    """Whether the feed still answers: its owner holds an office, and it is hers or her organisation's where it says so."""
    actor, feed = subscriber.actor, subscriber.feed
    if not may(actor, "grid.see"):
        return False
    if feed.scope == "person":
        return feed.scope_id == actor.person_id
    return feed.scope != "member" or feed.scope_id == actor.member_id


def shown(
    actor: Actor,
    variant: str,
    occurrences: Iterable[Occurrence],
    units: Mapping[int, Sequence[tuple[int, int]]],
    places: Mapping[int, Place],
    in_scope: Callable[[Place], bool],
) -> Iterator[Shown]:
    """Each occurrence with the fields the actor may see now, whatever was asked for when subscribing.

    `units` gives each date its (unit, quantity) pairs. Of a date that is only busy, no unit outside the feed is named.
    Bookings that stand alike towards the actor are judged once.
    """
    judged: dict[tuple[object, ...], tuple[tuple[tuple[Place, int], ...], frozenset[str]]] = {}
    me = actor.person_id
    for one in occurrences:
        wanted = units.get(one.date_id, ())
        mine = one.holder_id == me or one.requester_id == me
        alike = (mine, one.member_id, one.state, *wanted)
        found = judged.get(alike)
        if found is None:
            there = tuple((places[unit_id], quantity) for unit_id, quantity in wanted)
            fields = _fields(actor, variant, one, [place for place, _ in there])
            if "title" not in fields:
                there = tuple(pair for pair in there if in_scope(pair[0]))
            found = judged[alike] = (there, fields)
        yield Shown(one, *found)


def shown_closed(variant: str, closed: Iterable[Closed], places: Mapping[int, Place]) -> Iterator[ShownClosed]:
    """Each closure, where it closes something of the feed; its reason is on every timetable, but not in a busy feed."""
    for one in closed:
        there = tuple((places[unit_id], 1) for unit_id in one.unit_ids if unit_id in places)
        yield ShownClosed(one, there, variant == "full")


def _fields(actor: Actor, variant: str, one: Occurrence, places: Sequence[Place]) -> frozenset[str]:
    if variant == "busy":
        return BOOKING_FIELDS["busy"]
    thing = Placement(
        holder_ids=frozenset({one.holder_id, one.requester_id}),
        booking_member_id=one.member_id,
        owner_member_ids=frozenset().union(*(place.owner_member_ids for place in places)),
        base_ids=frozenset(place.base_id for place in places),
        state=one.state,
    )
    return view_of_booking(actor, thing)


def tag(subscriber: Subscriber, window: Window, world: Sequence[object], address: str) -> str:
    """The strong validator: equal only while owner, rights, window and every fact the text is made of are the same.

    `world` is what the store counted of the rows behind the feed; `address` is the site's own, which links begin with.
    """
    feed, actor = subscriber.feed, subscriber.actor
    rights = [[office.role, office.member_id, office.base_id] for office in actor.appointments]
    facts = [feed.id, feed.name, feed.scope, feed.scope_id, feed.variant, feed.made_at, subscriber.locale, address]
    whole = canonical([facts, actor.member_id, rights, window.span.start, window.cancelled_since, list(world)])
    return hashlib.sha256(whole.encode()).hexdigest()[:40]


def last_modified(newest: datetime | None, made_at: datetime, window: Window, now: datetime) -> datetime:
    """When the content last changed, in whole seconds; never a moment that could still gain another change.

    Days that leave the window change a feed too, so it is never before this morning.
    """
    moments = [made_at, window.cancelled_since + timedelta(days=DAYS_CANCELLED_STAY)]
    latest = max(moments if newest is None else [*moments, newest]).astimezone(UTC)
    return min(latest, now.astimezone(UTC) - SETTLES_AFTER).replace(microsecond=0)


def is_use_worth_noting(feed: Feed, now: datetime) -> bool:
    """The last use is kept to the hour, so that asking does not write each time."""
    return feed.used_at is None or now - feed.used_at >= USE_NOTED_EVERY


def reasons_against(
    actor: Actor, name: str, scope: str, scope_id: int, variant: str, *, is_there: bool, living: int = 0
) -> Iterator[Reason]:
    """Why this subscription cannot be made: every reason. A feed of a person or a member is of oneself or one's own."""
    if not tidy(name):
        yield Invalid("name", "missing")
    if len(tidy(name)) > LONGEST_NAME:
        yield Invalid("name", "too_long")
    if scope not in SCOPES:
        yield Invalid("scope", "unknown")
    if variant not in VARIANTS:
        yield Invalid("variant", "unknown")
    not_hers = (scope == "person" and scope_id != actor.person_id) or (
        scope == "member" and scope_id != actor.member_id
    )
    if scope in SCOPES and (not_hers or not is_there):
        yield NotFound()
    if living >= MOST_FEEDS:
        yield TooManyFeeds(MOST_FEEDS)


def tidy(name: str) -> str:
    """A name on one line."""
    return " ".join("".join(each if each.isprintable() else " " for each in name).split())
