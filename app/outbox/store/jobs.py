"""Rows of jobs: how their last runs went."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from app.database import session
from app.outbox.rules.job import KeptJob
from app.outbox.tables import Job

_KEPT = (
    Job.name,
    Job.every_seconds,
    Job.begun_at,
    Job.ended_at,
    Job.next_at,
    Job.runs,
    Job.failures,
    Job.last_words,
    Job.runner,
)


def jobs() -> list[KeptJob]:
    """Every job there is, by name."""
    return [KeptJob(*row) for row in session().execute(select(*_KEPT).order_by(Job.name))]


def plan(every_seconds: Mapping[str, int], next_at: datetime, runner: str) -> None:
    """These are the jobs from now on; what is known of their last runs stays."""
    known = set(session().scalars(select(Job.name)))
    session().execute(delete(Job).where(Job.name.not_in(sorted(every_seconds))))
    for name, seconds in every_seconds.items():
        values: dict[str, Any] = {"every_seconds": seconds, "next_at": next_at, "runner": runner}
        if name in known:
            session().execute(update(Job).where(Job.name == name).values(**values))
        else:
            session().execute(insert(Job).values(name=name, runs=0, failures=0, last_words="", **values))


def note(name: str, begun_at: datetime, ended_at: datetime, next_at: datetime, words: str, *, failed: bool) -> None:
    session().execute(
        update(Job)
        .where(Job.name == name)
        .values(
            begun_at=begun_at,
            ended_at=ended_at,
            next_at=next_at,
            last_words=words,
            runs=Job.runs + 1,
            failures=Job.failures + 1 if failed else 0,
        )
    )
