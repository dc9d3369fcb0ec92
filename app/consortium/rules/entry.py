"""Coming in: how long a device stays signed in, and when too many wrong passwords close the door for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from app.foundation.refusal import Reason


@dataclass(frozen=True, slots=True)
class Endurance:
    """How long a device stays signed in: without being used, and at most."""

    idle: timedelta
    absolute: timedelta


def is_over(started_at: datetime, seen_at: datetime, endurance: Endurance, now: datetime) -> bool:
    """Whether a sign-in has run out, by being left alone or by its age."""
    return now >= seen_at + endurance.idle or now >= started_at + endurance.absolute


SEEN_EVERY = timedelta(minutes=1)
"""A device's last use is noted at most so often, so that reading pages hardly ever writes."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """So many failures within `window` close the door for `pause`."""

    failures: int
    window: timedelta = timedelta(minutes=15)
    pause: timedelta = timedelta(seconds=300)


PER_ACCOUNT = Throttle(failures=5)
"""等保二级's usual parameters: five failures, 300 seconds."""

PER_ADDRESS = Throttle(failures=25)
"""A whole school may stand behind one address, so one forgetful teacher must not lock out her colleagues."""


@dataclass(frozen=True, slots=True)
class Failures:
    """The failures counted so far under one name or from one address."""

    count: int
    first_at: datetime
    locked_until: datetime | None


def is_locked(failures: Failures | None, now: datetime) -> bool:
    return failures is not None and failures.locked_until is not None and now < failures.locked_until


def after_failure(failures: Failures | None, throttle: Throttle, now: datetime) -> Failures:
    """The count after one more failure; it starts anew after a lock or when the window has passed."""
    if failures is None or failures.locked_until is not None or now >= failures.first_at + throttle.window:
        failures = Failures(0, now, None)
    count = failures.count + 1
    return Failures(count, failures.first_at, now + throttle.pause if count >= throttle.failures else None)


@dataclass(frozen=True, slots=True)
class WrongPassword(Reason):
    """Name and password do not belong together; which of the two is wrong is not said."""

    code: ClassVar[str] = "wrong_password"
    kind: ClassVar[str] = "invalid"


@dataclass(frozen=True, slots=True)
class LockedOut(Reason):
    """Too many wrong passwords; the door opens again at `until`."""

    code: ClassVar[str] = "locked_out"
    kind: ClassVar[str] = "busy"
    until: datetime


@dataclass(frozen=True, slots=True)
class LinkSpent(Reason):
    """The link was used, has run out, or never was one."""

    code: ClassVar[str] = "link_spent"
    kind: ClassVar[str] = "missing"
