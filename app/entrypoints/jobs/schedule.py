"""The schedule: every job there is and how often it looks whether something is due. What is due stands in tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.entrypoints.jobs.approvals import run_approvals
from app.entrypoints.jobs.deliver import run_deliver
from app.entrypoints.jobs.digest import run_digest
from app.entrypoints.jobs.faults import run_faults
from app.entrypoints.jobs.line import run_line, run_sweep
from app.entrypoints.jobs.reminders import run_reminders
from app.entrypoints.jobs.usage import run_judge, run_presence


@dataclass(frozen=True, slots=True)
class Job:
    """One job: `run(now)` does what is due and answers in a few words; nothing, where nothing was."""

    name: str
    run: Callable[[datetime], str]
    every_seconds: int


JOBS = (
    Job("deliver", run_deliver, every_seconds=2),
    Job("digest", run_digest, every_seconds=60),
    Job("line", run_line, every_seconds=20),
    Job("sweep", run_sweep, every_seconds=600),
    Job("reminders", run_reminders, every_seconds=3600),
    Job("approvals", run_approvals, every_seconds=60),
    Job("faults", run_faults, every_seconds=300),
    Job("presence", run_presence, every_seconds=60),
    Job("judge", run_judge, every_seconds=600),
)
