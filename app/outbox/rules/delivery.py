"""How a delivery goes on: leased, sent, tried again later and later, given up, or come too late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.foundation.refusal import Reason
from app.outbox.rules.letter import Kept

WAITING, GATHERED, SENT, DEAD, DROPPED, EXPIRED = "waiting", "gathered", "sent", "dead", "dropped", "expired"
STATES = (WAITING, GATHERED, SENT, DEAD, DROPPED, EXPIRED)
CHANNELS = ("mail", "robot")

MOST_TRIES = 10
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
LEASE = timedelta(minutes=10)
"""How long a sender has a message to itself; longer than its slowest batch."""
GOOD_FOR = timedelta(days=3)
"""A message that could not go out for so long is no news any more; it stays a notice on the page."""
LONGEST_WORDS = 300

# What we say ourselves of how a delivery ended, by short codes; whatever else stands there are a server's own words.
CLOSED, UNSET, TOO_MANY, ENDED, NOT_ALLOWED, DEADLY, LATE, NO_ADDRESS = (
    "account_closed",
    "no_mail_server",
    "too_many_for_a_group",
    "robot_ended",
    "host_not_allowed",
    "sender_died",
    "too_late",
    "no_such_address",
)


@dataclass(frozen=True, slots=True)
class Leased:
    """A delivery this sender has to itself until the lease ends; `tries` counts this one."""

    id: int
    channel: str
    robot_id: int | None
    mark: str
    tries: int
    message: Kept


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one try ended: sent, failed (tried again), dead (never to be tried again), dropped (nobody there), expired."""

    state: str
    words: str = ""

    @property
    def short_words(self) -> str:
        return " ".join(self.words.split())[:LONGEST_WORDS]


FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NotDead(Reason):
    """Only what is dead or dropped can be sent again, only what is not sent can be dropped; `state` is what it is."""

    code = "not_dead"
    kind = "stale"
    state: str


def pause_after(tries: int, chance: float) -> timedelta:
    """How long to wait after so many tries: 1 min, doubled each time, at most 6 h; `chance` in [0, 1) spreads it ± 10 %."""
    pause: timedelta = min(FIRST_PAUSE * 2 ** (max(tries, 1) - 1), LONGEST_PAUSE)
    return min(pause * (0.9 + 0.2 * chance), LONGEST_PAUSE)


def after(outcome: Outcome, tries: int, now: datetime, chance: float) -> tuple[str, datetime]:
    """The state after a try, and when it is due (again)."""
    if outcome.state != FAILED:
        return outcome.state, now
    if tries >= MOST_TRIES:
        return DEAD, now
    return WAITING, now + pause_after(tries, chance)


def is_hopeless(tries: int) -> bool:
    """Leased oftener than it may be tried: whoever tried it died each time."""
    return tries > MOST_TRIES


def has_expired(posted_at: datetime, now: datetime) -> bool:
    return now - posted_at > GOOD_FOR
