"""Use by the clock: who comes is watched for, what nobody comes for is given on, and what is over is judged."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from app.entrypoints.jobs.line import SYSTEM
from app.entrypoints.jobs.one_by_one import one_by_one, told
from app.usage.actions import judging, tending


def run_presence(now: datetime) -> str:
    """Each running date that needs it, in a transaction of its own."""
    done = one_by_one(tending.to_tend(now), lambda each: tending.tend(SYSTEM, each.booking_id, each.date_id, now=now))
    words = Counter(word for word in done.answers if word)
    return told(", ".join(f"{word}: {number}" for word, number in sorted(words.items())), done)


def run_judge(now: datetime) -> str:
    """Judge what ended long enough ago, each date in a transaction of its own; days of downtime are made up for."""
    done = one_by_one(judging.to_judge(now), lambda due: judging.judge(SYSTEM, *due, now=now))
    judged = sum(bool(word) for word in done.answers)
    return told(f"judged: {judged}" if judged else "", done)
