"""Refusals counted: how many requests, and how many hours of units, were refused where, why and to whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.foundation.timespan import Span


@dataclass(frozen=True, slots=True)
class Refusal:
    """One base's no: the reason, the kind of requester, and the dates refused with how many units each."""

    base_id: int
    reason: str
    kind: str
    at: datetime
    refused: tuple[tuple[Span, int], ...]

    @property
    def length(self) -> timedelta:
        """The time refused, each unit counted for itself."""
        return sum(((span.end - span.start) * units for span, units in self.refused), timedelta())


@dataclass(frozen=True, slots=True)
class Line:
    """So many requests refused at a base for a reason to a kind of requester, and how long they would have been."""

    base_id: int
    reason: str
    kind: str
    requests: int
    length: timedelta


def counted(refusals: Iterable[Refusal]) -> list[Line]:
    """By base, reason and kind; the most requests first."""
    found: dict[tuple[int, str, str], list[Refusal]] = {}
    for each in refusals:
        found.setdefault((each.base_id, each.reason, each.kind), []).append(each)
    lines = [Line(*key, len(same), sum((each.length for each in same), timedelta())) for key, same in found.items()]
    return sorted(lines, key=lambda line: (-line.requests, -line.length, line.base_id, line.reason, line.kind))


def total(lines: Sequence[Line]) -> tuple[int, timedelta]:
    """All requests, and all hours."""
    return sum(line.requests for line in lines), sum((line.length for line in lines), timedelta())
