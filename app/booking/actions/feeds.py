"""Calendar feeds: subscribe, rename, rotate, revoke; and what one tells its owner now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from app.booking.actions.situation import placement, record
from app.booking.rules import feed as rules
from app.booking.rules.feed import Feed, Occurrence, Shown, ShownClosed, Subscriber
from app.booking.store import bookings, told
from app.booking.store import feeds as store
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.foundation.identifiers import secret_hash
from app.foundation.refusal import Invalid, NotAllowed, NotFound, Refused
from app.foundation.timespan import local_day


@dataclass(frozen=True, slots=True)
class State:
    """How a feed stands now, found without writing it: its validators."""

    tag: str
    modified_at: datetime


# ── the owner's side ──


def subscribe(actor: Actor, name: str, scope: str, scope_id: int, variant: str, *, token: str, now: datetime) -> int:
    """A new feed, read by whoever holds `token` (256 random bits, kept only as a hash); its id.

    Raises Refused with every reason. What it will tell is decided by the owner's rights at each fetch, not now.
    """
    if not may(actor, "feed.change") or actor.member_id is None:
        raise Refused(NotAllowed("feed.change"))
    is_there, living = store.is_there(scope, scope_id), len(store.feeds_of(actor.person_id))
    if reasons := list(rules.reasons_against(actor, name, scope, scope_id, variant, is_there=is_there, living=living)):
        raise Refused(reasons)
    feed = Feed(0, actor.person_id, actor.member_id, rules.tidy(name), scope, scope_id, variant, now, None)
    feed_id = store.add(feed, secret_hash(token))
    record(actor, "feed.subscribe", feed_id, now, kind="feed", after=_plain(feed))
    return feed_id


def rename(actor: Actor, feed_id: int, name: str, *, now: datetime) -> None:
    """Give a feed another name; calendars show it after their next visit. Raises Refused."""
    before = _own(actor, feed_id)
    if reasons := [each for each in _name_reasons(actor, before, name) if isinstance(each, Invalid)]:
        raise Refused(reasons)
    store.set_name(feed_id, rules.tidy(name))
    after = replace(before, name=rules.tidy(name))
    record(actor, "feed.rename", feed_id, now, kind="feed", before=_plain(before), after=_plain(after))


def rotate(actor: Actor, feed_id: int, *, token: str, now: datetime) -> Feed:
    """Give a feed a new secret; the old address answers no more. Raises Refused(NotFound)."""
    feed = _own(actor, feed_id)
    store.set_secret(feed_id, secret_hash(token), now)
    record(actor, "feed.rotate", feed_id, now, kind="feed", before=_plain(feed), after=_plain(feed))
    return feed


def revoke(actor: Actor, feed_id: int, *, now: datetime) -> None:
    """End a feed for good. Raises Refused(NotFound)."""
    feed = _own(actor, feed_id)
    store.revoke(feed_id, now)
    record(actor, "feed.revoke", feed_id, now, kind="feed", before=_plain(feed))


def feeds_of(actor: Actor) -> list[Feed]:
    """The actor's own living feeds, whichever member they act for."""
    return store.feeds_of(actor.person_id)


def get(actor: Actor, feed_id: int) -> Feed:
    """One of the actor's own living feeds. Raises Refused(NotFound)."""
    feed = store.find(feed_id, actor.person_id)
    if feed is None:
        raise Refused(NotFound())
    return feed


# ── the reader's side ──


def find(token: str, now: datetime) -> Subscriber | None:
    """Whose feed this is, with her rights as they stand now; None when unknown, revoked, or no longer hers to read."""
    found = store.subscriber(secret_hash(token), local_day(now)) if token.isascii() else None
    return found if found is not None and rules.may_read(found) else None


def state_of(subscriber: Subscriber, address: str, now: datetime) -> State:
    """Its validators: one statement, whatever it tells."""
    window = rules.window_on(local_day(now))
    newest, world = told.world(subscriber.feed.scope, subscriber.feed.scope_id, window)
    return State(
        rules.tag(subscriber, window, (newest, *world), address),
        rules.last_modified(newest, subscriber.feed.made_at, window, now),
    )


def content(subscriber: Subscriber, now: datetime) -> Iterator[Shown | ShownClosed]:
    """What it tells now: dates in order of time, then closures of the place; a fixed number of statements."""
    feed = subscriber.feed
    dates = _shown(subscriber.actor, feed.variant, feed.scope, feed.scope_id, now)
    closed = told.closures(feed.scope, feed.scope_id, rules.window_on(local_day(now)))
    if not closed:
        return dates
    places = told.places({unit_id for one in closed for unit_id in one.unit_ids}, on=None)
    return chain(dates, rules.shown_closed(feed.variant, closed, places))


def booking_content(actor: Actor, booking_id: int, now: datetime) -> list[Shown]:
    """Every date of one booking, for a file to take along. Raises Refused(NotFound) where it is out of sight."""
    booking = bookings.find(booking_id)
    if booking is None or not may(actor, "booking.see", placement(booking, actor.on)):
        raise Refused(NotFound())
    return list(_shown(actor, "full", "booking", booking_id, now))


def dates_of(booking_id: int, now: datetime) -> tuple[list[Occurrence], dict[int, list[tuple[int, int]]]]:
    """Every date of one booking with its units, for whoever has judged already who may be told what of it."""
    return told.occurrences("booking", booking_id, rules.window_on(local_day(now)))


def my_content(actor: Actor, now: datetime) -> list[Shown]:
    """The actor's own bookings over the days a feed covers, for a file to take along."""
    return list(_shown(actor, "full", "person", actor.person_id, now))


def _shown(actor: Actor, variant: str, scope: str, scope_id: int, now: datetime) -> Iterator[Shown]:
    window = rules.window_on(local_day(now))
    dates, units = told.occurrences(scope, scope_id, window)
    places = told.places(
        {unit_id for wanted in units.values() for unit_id, _ in wanted}, on=actor.on if variant == "full" else None
    )
    inside = told.unit_ids_in(scope, scope_id)
    return rules.shown(actor, variant, dates, units, places, lambda place: not inside or place.unit_id in inside)


def note_use(feed_id: int, now: datetime) -> None:
    """Note that the feed was read now. No deed, so it leaves no trail."""
    store.note_use(feed_id, now)


def _own(actor: Actor, feed_id: int) -> Feed:
    feed = store.find(feed_id, actor.person_id, lock=True)
    if feed is None:
        raise Refused(NotFound())
    if not may(actor, "feed.change", Placement(holder_ids=frozenset({feed.person_id}))):
        raise Refused(NotAllowed("feed.change"))
    return feed


def _name_reasons(actor: Actor, feed: Feed, name: str) -> Iterator[object]:
    return rules.reasons_against(actor, name, feed.scope, feed.scope_id, feed.variant, is_there=True)


def _plain(feed: Feed) -> dict[str, object]:
    return {"name": feed.name, "scope": feed.scope, "of": feed.scope_id, "variant": feed.variant}
