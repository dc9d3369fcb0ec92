"""Operations: one's own calendar subscriptions."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response

from app.booking.actions import feeds
from app.booking.rules.feed import Feed
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.api.blueprint import answer, operation
from app.entrypoints.api.problems import moment, moment_if_any
from app.entrypoints.api.shapes import blocks as of_blocks
from app.entrypoints.api.shapes import feeds as of_feeds
from app.foundation.refusal import NotFound, Refused


@operation("GET", "/feeds", deed="feed.change", tag="calendars", answers=of_blocks.list_of(of_feeds.Feed))
def my_feeds() -> Response:
    """One's own subscriptions. Their addresses are not kept and cannot be shown again."""
    return answer({"items": [_shown(feed) for feed in feeds.feeds_of(gate.actor())]})


@operation(
    "POST",
    "/feeds",
    deed="feed.change",
    tag="calendars",
    body=of_feeds.FeedWanted,
    answers=of_feeds.FeedMade,
    status=201,
    refuses=(404,),
)
def subscribe(wanted: dict[str, Any]) -> Response:
    """A new subscription. Whoever knows its address can read it, and it is shown only now."""
    actor, now, token = gate.actor(), clock.now(), secrets.token_urlsafe(32)
    feed_id = transaction(
        lambda: feeds.subscribe(
            actor, wanted["name"], wanted["scope"], wanted["of"], wanted["variant"], token=token, now=now
        )
    )
    return _with_address(feed_id, token, 201)


@operation(
    "POST",
    "/feeds/<id:feed_id>/rotate",
    deed="feed.change",
    tag="calendars",
    answers=of_feeds.FeedMade,
)
def rotate(feed_id: int) -> Response:
    """A new address for a subscription; the old one answers no more."""
    actor, now, token = gate.actor(), clock.now(), secrets.token_urlsafe(32)
    transaction(lambda: feeds.rotate(actor, feed_id, token=token, now=now))
    return _with_address(feed_id, token, 200)


@operation("DELETE", "/feeds/<id:feed_id>", deed="feed.change", tag="calendars", answers=of_feeds.Feed)
def revoke(feed_id: int) -> Response:
    """End a subscription for good."""
    feed = _own(feed_id)
    actor, now = gate.actor(), clock.now()
    transaction(lambda: feeds.revoke(actor, feed_id, now=now))
    return answer(_shown(feed))


def _own(feed_id: int) -> Feed:
    found = next((feed for feed in feeds.feeds_of(gate.actor()) if feed.id == feed_id), None)
    if found is None:
        raise Refused(NotFound())
    return found


def _with_address(feed_id: int, token: str, status: int) -> Response:
    return answer(_shown(_own(feed_id)) | {"url": f"/feeds/{token}.ics"}, status)


def _shown(feed: Feed) -> dict[str, Any]:
    return {
        "id": feed.id,
        "name": feed.name,
        "scope": feed.scope,
        "of": feed.scope_id,
        "variant": feed.variant,
        "made_at": moment(feed.made_at),
        "used_at": moment_if_any(feed.used_at),
    }
