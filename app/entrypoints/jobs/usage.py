"""Use by the clock: who comes is watched for, what nobody comes for is given on, and what is over is judged."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import partial

from app.database import transaction
from app.entrypoints.jobs.line import SYSTEM
from app.usage.actions import judging, tending


def run_presence(now: datetime) -> str:
    """Each running date that needs it, in a transaction of its own."""
    done = Counter(
        transaction(partial(tending.tend, SYSTEM, each.booking_id, each.date_id, now=now))
        for each in tending.to_tend(now)
    )
    return ", ".join(f"{word}: {number}" for word, number in sorted(done.items(), key=str) if word)


def run_judge(now: datetime) -> str:
    """Judge what ended long enough ago, each date in a transaction of its own; days of downtime are made up for."""
    done = Counter(
        transaction(partial(judging.judge, SYSTEM, booking_id, date_id, now=now))
        for booking_id, date_id in judging.to_judge(now)
    )
    judged = sum(number for word, number in done.items() if word)
    return f"judged: {judged}" if judged else ""
