"""The runner: one leader among all workers runs the schedule; when it is gone, another takes over within seconds."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask

from app.database import transaction
from app.entrypoints import clock
from app.entrypoints.jobs.deliver import LEADS
from app.entrypoints.jobs.schedule import Job
from app.foundation.timespan import ZONE
from app.outbox import actions as outbox
from app.outbox.store.leadership import Leadership

log = logging.getLogger(__name__)

LOOKS_EVERY_SECONDS = 1.0
"""How often a worker looks whether it may lead, and a leader whether it still does."""
logging.getLogger("apscheduler").setLevel(logging.ERROR)
"""A run that takes longer than its interval is nothing to warn of every two seconds."""

IDLE_NOTED_EVERY = timedelta(seconds=20)
"""Runs that found nothing to do are noted no oftener: a disk need not be written every other second."""


class Runner:
    """One worker. `run` returns when `stop` is set, having ended what it was doing."""

    def __init__(self, app: Flask, jobs: Sequence[Job], stop: threading.Event) -> None:
        self._app = app
        self._jobs = jobs
        self._stop = stop
        self._leads = app.extensions[LEADS] = threading.Event()
        self._noted: dict[str, datetime] = {}
        self._failed: dict[str, bool] = {}
        self.name = f"{socket.gethostname()}/{os.getpid()}"

    def run(self) -> None:
        with self._app.app_context():
            leadership = Leadership()
        while not self._stop.is_set():
            with self._app.app_context():
                leads = leadership.take()
            if leads:
                self._lead(leadership)
            self._stop.wait(LOOKS_EVERY_SECONDS)

    def _lead(self, leadership: Leadership) -> None:
        """Run the schedule as long as nobody else may."""
        scheduler = self._scheduler()
        try:
            with self._app.app_context():
                transaction(outbox.release_leases)
                plan, now = {job.name: job.every_seconds for job in self._jobs}, clock.now()
                transaction(lambda: outbox.plan_jobs(plan, now, self.name))
            self._leads.set()
            log.info("%s leads", self.name)
            scheduler.start()
            while not self._stop.wait(LOOKS_EVERY_SECONDS):
                with self._app.app_context():
                    if not leadership.stands():
                        log.warning("%s leads no more", self.name)
                        break
        except Exception:
            log.exception("%s could not lead", self.name)
        finally:
            self._leads.clear()
            if scheduler.running:
                scheduler.shutdown(wait=True)
            with self._app.app_context():
                leadership.give_up()

    def _scheduler(self) -> BackgroundScheduler:
        """Fixed intervals in memory. A late run is run all the same, once, and never two of one job at a time."""
        scheduler = BackgroundScheduler(
            timezone=ZONE,
            executors={"default": ThreadPoolExecutor(max(2, len(self._jobs)))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in self._jobs:
            trigger = IntervalTrigger(seconds=job.every_seconds, timezone=ZONE)
            scheduler.add_job(self._in_context(job), trigger, id=job.name, next_run_time=clock.now().astimezone(ZONE))
        return scheduler

    def _in_context(self, job: Job) -> Callable[[], None]:
        def run_once() -> None:
            if not self._leads.is_set():
                return
            with self._app.app_context():
                self._run(job)

        return run_once

    def _run(self, job: Job) -> None:
        begun_at, failed = clock.now(), False
        try:
            words = job.run(begun_at)
        except Exception as error:
            log.exception("the job %s failed", job.name)
            words, failed = f"{type(error).__name__}: {error}", True
        ended_at = clock.now()
        last = self._noted.get(job.name)
        if (
            not (words or failed or self._failed.pop(job.name, False))
            and last is not None
            and ended_at - last < IDLE_NOTED_EVERY
        ):
            return
        self._noted[job.name], self._failed[job.name] = ended_at, failed
        # The next look that is certain to be noted, though looks come oftener.
        next_at = begun_at + max(timedelta(seconds=job.every_seconds), IDLE_NOTED_EVERY)
        try:
            transaction(lambda: outbox.note_run(job.name, begun_at, ended_at, next_at, words, failed=failed))
        except Exception:
            log.exception("the run of %s could not be noted", job.name)
