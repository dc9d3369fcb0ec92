"""The bounds of uploaded calendars, the zones they may be in, and how one that is not taken is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MOST_BYTES = 2 * 1000 * 1000
MOST_COMPONENTS, MOST_DEPTH = 5_000, 4

MOST_OCCURRENCES, MOST_DATES = 20_000, 1_000
"""Times that a whole file may have, and times that one entry may name one by one (RDATE, EXDATE)."""

MOST_EFFORT = 400_000
"""Steps that working out the repetitions of a whole file may take."""
MOST_ZONES = 12
MOST_YEARS, MOST_YEARS_OF_RULE = 5, 2
LONGEST = timedelta(days=7)
YEAR = timedelta(days=366)

ZONES = (
    *("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Tokyo", "Asia/Seoul", "Asia/Singapore"),
    *("Asia/Bangkok", "Asia/Jakarta", "Asia/Kolkata", "Asia/Karachi", "Asia/Dubai", "Europe/Moscow", "Africa/Nairobi"),
    *("Africa/Johannesburg", "Africa/Cairo", "Europe/Athens", "Europe/Berlin", "Europe/Paris", "Europe/London", "UTC"),
    *("America/Sao_Paulo", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("Australia/Perth", "Australia/Sydney", "Pacific/Auckland"),
)
"""What an unknown zone may be said to be."""
BROKEN = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, OverflowError, ArithmeticError),
    *(RecursionError, NotImplementedError, RuntimeError),
)


class UnreadableCalendar(Exception):
    """The file is no calendar that is taken; `problem` is a short code that the page has a sentence for."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class BadEntry(Exception):
    """One entry is none that can be planned with; `problem` is a short code that the page has a sentence for."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(slots=True)
class Work:
    """What is asked of the file, and how many times have been worked out so far."""

    now: datetime
    end: datetime
    zones: Mapping[str, str]
    spent: int = 0
    steps: int = 0
    unknown: set[str] = field(default_factory=set)

    def spend(self, times: int, steps: int = 0) -> None:
        self.spent += times
        self.steps += steps
        if self.spent > MOST_OCCURRENCES or self.steps > MOST_EFFORT:
            raise UnreadableCalendar("too_many_occurrences")
