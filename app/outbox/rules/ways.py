"""Which way a message goes to a person: at once by mail, in the daily digest, or only as a notice; and never as a flood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from app.foundation.refusal import Invalid, Reason
from app.foundation.timespan import DAY, at_local, local_day
from app.outbox.rules.letter import KINDS

MAIL, GATHERED, NOTICE = "mail", "digest", "notice"
WAYS = (MAIL, GATHERED, NOTICE)
"""At once, in the daily digest, only on the page. On the page every message can always be read."""

DIGEST_HOUR = 17
"""At the end of a working day, before an evening in which tomorrow is prepared."""
MOST_AN_HOUR = 12
"""Mails one person gets at once within an hour; what is more goes into the digest."""
MOST_AN_HOUR_IN_A_GROUP = 20
"""What a group is told within an hour; an import of a whole timetable is no news for it."""
FLOOD_WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Choices:
    """How a person wants her messages."""

    ways: Mapping[str, str] = field(default_factory=dict)
    digest_hour: int = DIGEST_HOUR
    version: int = 0

    def way_of(self, kind: str) -> str:
        return self.ways.get(kind, MAIL)


USUAL = Choices()


def way_out(choices: Choices, kind: str, lately: int) -> str:
    """The way of one message; `lately` mails have gone to this person within the last hour."""
    way = choices.way_of(kind)
    return GATHERED if way == MAIL and lately >= MOST_AN_HOUR else way


def reasons_against(ways: Mapping[str, str], digest_hour: int) -> list[Reason]:
    """Why these choices cannot be kept."""
    reasons: list[Reason] = []
    if set(ways) - set(KINDS) or set(ways.values()) - set(WAYS):
        reasons.append(Invalid("message_ways", "unknown"))
    if not 0 <= digest_hour <= 23:
        reasons.append(Invalid("digest_hour", "unknown"))
    return reasons


def last_digest(digest_hour: int, now: datetime) -> datetime:
    """The latest moment, not after now, at which a digest of that hour was due. What was gathered before goes into it."""
    today = local_day(now)
    due = _at(today, digest_hour)
    return due if due <= now else _at(today - DAY, digest_hour)


def _at(day: date, hour: int) -> datetime:
    return at_local(day, hour * 60)
