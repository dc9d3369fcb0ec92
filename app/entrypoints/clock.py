"""The clock: the only place that asks what time it is."""

from __future__ import annotations

from datetime import UTC, date, datetime

from app.foundation.timespan import local_day


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The consortium's local day."""
    return local_day(now())
