"""How a scheduled job stands: whether it runs as often as it should."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

GRACE = timedelta(seconds=60)
"""How much later than planned a run may be before anybody needs to care: a takeover, a slow run."""


@dataclass(frozen=True, slots=True)
class KeptJob:
    """The last runs of one job."""

    name: str
    every_seconds: int
    begun_at: datetime | None
    ended_at: datetime | None
    next_at: datetime
    runs: int
    failures: int
    last_words: str
    runner: str

    def age(self, now: datetime) -> timedelta | None:
        """How long ago it last ended; None before its first run."""
        return None if self.ended_at is None else now - self.ended_at

    def standing(self, now: datetime) -> str:
        """`failing` when the last run fell over, `late` when one is overdue, else `well`."""
        if self.failures:
            return "failing"
        return "late" if now > self.next_at + 2 * timedelta(seconds=self.every_seconds) + GRACE else "well"


def standing_of_all(jobs: list[KeptJob], now: datetime) -> str:
    """One word for all: `never` where nothing ever ran here, else the worst."""
    if not jobs:
        return "never"
    standings = {job.standing(now) for job in jobs}
    return next((each for each in ("late", "failing") if each in standings), "well")
