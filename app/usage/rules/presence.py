"""Presence (到场): who may say that somebody came, from when on, and when a slot nobody came for is given on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.foundation.refusal import Reason
from app.foundation.timespan import Span

MINUTE = timedelta(minutes=1)
SOONEST = timedelta(minutes=15)
"""So long before the start somebody may say that she is here."""

WATCHED_WITHIN = timedelta(minutes=5)
"""Watching begins so soon after the start, or it does not count: who came before anybody watched may be there unnoted."""

SELF, KEEPER, CLOCK = "self", "keeper", "clock"
HOWS = (SELF, KEEPER, CLOCK)
"""How it became known: she said so, a keeper noted it, or the clock did. Cards and codes will be further ones."""


@dataclass(frozen=True, slots=True)
class Graces:
    """How much is forgiven at a date's units; None: that kind is not judged there.

    `kept`: whether it is noted who comes; `released`: whether what nobody came for is given on.
    """

    late: timedelta | None
    no_show: timedelta | None
    overrun: timedelta | None
    early: timedelta | None
    kept: bool
    released: bool
    extend: timedelta | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one date: since when its coming was watched for, when somebody came and left, when the rest was
    given back (`released_by` None: by the clock, because nobody came), and until when it had been booked."""

    date_id: int
    version: int = 0
    expected_at: datetime | None = None
    arrived_at: datetime | None = None
    arrived_how: str = ""
    left_at: datetime | None = None
    left_how: str = ""
    released_at: datetime | None = None
    released_by: int | None = None
    was_until: datetime | None = None

    @property
    def is_unclaimed(self) -> bool:
        """Whether it was given on because nobody came. Who gives it back herself leaves it."""
        return self.released_at is not None and self.arrived_at is None and self.left_at is None


def about(span: Span, seen: Seen) -> Seen:
    """What is known of the date at this time of it: what was noted before it was moved here says nothing, nor does
    watching that began too late."""
    opens = span.start - SOONEST
    if seen.expected_at is not None and not span.start <= seen.expected_at < span.start + WATCHED_WITHIN:
        seen = replace(seen, expected_at=None)
    if seen.arrived_at is not None and seen.arrived_at < opens:
        seen = replace(seen, arrived_at=None, arrived_how="")
    if seen.left_at is not None and seen.left_at < opens:
        seen = replace(seen, left_at=None, left_how="")
    return seen


@dataclass(frozen=True, slots=True)
class NotNow(Reason):
    """It can be said from `opens` until `closes`."""

    code = "not_now"
    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True)
class NotConfirmed(Reason):
    """The date is not confirmed, so that nobody can have come for it."""

    code = "date_not_confirmed"
    state: str


@dataclass(frozen=True, slots=True)
class HereAlready(Reason):
    """It is noted already, since `at`."""

    code = "here_already"
    kind = "stale"
    at: datetime


@dataclass(frozen=True, slots=True)
class GivenOn(Reason):
    """The rest of the date was given back, or given on because nobody came, at `at`."""

    code = "given_on"
    kind = "stale"
    at: datetime


@dataclass(frozen=True, slots=True)
class Judged(Reason):
    """It has been judged; what was noted can no longer be changed. A keeper may excuse it."""

    code = "judged"
    kind = "stale"


@dataclass(frozen=True, slots=True)
class AskTheKeeper(Reason):
    """A keeper decides about this unit, so only she makes it longer while it is used."""

    code = "ask_the_keeper"
    kind = "forbidden"
    unit_id: int


def graces_of(of_units: Iterable[Mapping[str, int]]) -> Graces:
    """The graces of a date out of the numbers in force for each of its units: the most forgiving counts, and something
    is noted, judged or given on only where that holds for every one of them."""
    numbers = list(of_units)

    def most(name: str) -> timedelta | None:
        minutes = [each[f"{name}_minutes"] for each in numbers]
        return timedelta(minutes=max(minutes)) if minutes and all(minutes) else None

    steps = [each["extend.minutes"] for each in numbers]
    blocks = [each["limit.block_minutes"] for each in numbers]
    return Graces(
        late=most("grace.late"),
        no_show=most("grace.no_show"),
        overrun=most("grace.overrun"),
        early=most("grace.early"),
        kept=bool(numbers) and all(each["presence.kept"] for each in numbers),
        released=bool(numbers) and all(each["presence.kept"] and each["release.unclaimed"] for each in numbers),
        extend=timedelta(minutes=max(*steps, *blocks)) if steps and all(steps) else None,
    )


def reasons_against_arriving(span: Span, state: str, seen: Seen, now: datetime) -> list[Reason]:
    """Why nobody can say now that she is here."""
    if state != "confirmed":
        return [NotConfirmed(state)]
    if seen.released_at is not None:
        return [GivenOn(seen.released_at)]
    if seen.arrived_at is not None:
        return [HereAlready(seen.arrived_at)]
    return [] if span.start - SOONEST <= now < span.end else [NotNow(span.start - SOONEST, span.end)]


def reasons_against_giving_back(span: Span, state: str, seen: Seen, now: datetime) -> list[Reason]:
    """Why the rest cannot be given back now."""
    if state != "confirmed":
        return [NotConfirmed(state)]
    if seen.released_at is not None:
        return [GivenOn(seen.released_at)]
    return [] if span.start < now and rest_from(now) < span.end else [NotNow(span.start, span.end)]


def rest_from(now: datetime) -> datetime:
    """Where the rest begins that is given back now: the next whole minute, so that what was used is not given away."""
    whole = now.replace(second=0, microsecond=0)
    return whole if whole == now else whole + MINUTE


def should_watch(span: Span, state: str, seen: Seen, graces: Graces, now: datetime) -> bool:
    """Whether its coming is watched for from now on."""
    begins = span.start <= now < min(span.end, span.start + WATCHED_WITHIN)
    return graces.kept and state == "confirmed" and begins and seen.expected_at is None


def due_at(span: Span, graces: Graces) -> datetime | None:
    """From when on a slot nobody came for is given on; None where it never is, or ends before that."""
    if not graces.released or graces.no_show is None or span.start + graces.no_show >= span.end:
        return None
    return span.start + graces.no_show


def is_due(span: Span, state: str, seen: Seen, graces: Graces, now: datetime) -> bool:
    """Whether the rest of the date is given on now, because nobody came though it was watched for."""
    due, seen = due_at(span, graces), about(span, seen)
    return (
        due is not None
        and due <= now
        and rest_from(now) < span.end
        and state == "confirmed"
        and seen.expected_at is not None
        and seen.arrived_at is None
        and seen.left_at is None
        and seen.released_at is None
    )
