"""Spans of time: half-open, between aware UTC instants; the only place that knows the local zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
"""The consortium's wall clock. Instants are kept in UTC; days, weeks and class periods are read in this zone."""

DAY = timedelta(days=1)
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The half-open time [start, end): `end` itself is no longer part of it.

    Both ends are aware instants and are kept in UTC. An empty or backward span cannot exist (ValueError).
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a span needs aware instants")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if not self.start < self.end:
            raise ValueError("a span ends after it starts")

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @property
    def minutes(self) -> int:
        """Whole minutes, rounded down."""
        return int(self.length.total_seconds() // 60)

    def overlaps(self, other: Span) -> bool:
        """Touching ends do not overlap."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end

    def clip(self, window: Span) -> Span | None:
        """The part inside `window`, or None."""
        start, end = max(self.start, window.start), min(self.end, window.end)
        return Span(start, end) if start < end else None

    def widen(self, before: timedelta, after: timedelta) -> Span:
        return Span(self.start - before, self.end + after)

    def days(self) -> list[date]:
        """Every local day that the span touches."""
        first, last = local_day(self.start), local_day(self.end - timedelta(microseconds=1))
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def local(moment: datetime) -> datetime:
    """The wall-clock reading of an instant."""
    return moment.astimezone(ZONE)


def local_day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def local_midnight(day: date) -> datetime:
    """The instant at which a local day begins, in UTC."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def at_local(day: date, minute: int) -> datetime:
    """The instant of a wall-clock reading: `minute` minutes after 0:00 on that day's clock (1440 is the next day's 0:00).

    A reading that the clock skipped (spring forward) moves later by the skipped time; one it showed twice is the first.
    """
    whole_days, rest = divmod(minute, 24 * 60)
    return datetime.combine(day + timedelta(days=whole_days), time(rest // 60, rest % 60), ZONE).astimezone(UTC)


def local_minute(moment: datetime) -> int:
    """Minutes after 0:00 that the wall clock shows."""
    clock = moment.astimezone(ZONE)
    return clock.hour * 60 + clock.minute


def day_span(day: date) -> Span:
    """A local day, 0:00 to 0:00 (23, 24 or 25 hours long)."""
    return Span(local_midnight(day), local_midnight(day + DAY))


def week_span(monday: date) -> Span:
    """Seven local days from `monday`."""
    return Span(local_midnight(monday), local_midnight(monday + 7 * DAY))


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as few spans as possible, in order; touching ones become one."""
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.start <= result[-1].end:
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return result


def minus(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of `spans` after taking `taken` out of them."""
    left = merged(spans)
    for hole in merged(taken):
        rest: list[Span] = []
        for span in left:
            if not span.overlaps(hole):
                rest.append(span)
                continue
            if span.start < hole.start:
                rest.append(Span(span.start, hole.start))
            if hole.end < span.end:
                rest.append(Span(hole.end, span.end))
        left = rest
    return left
