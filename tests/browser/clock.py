"""What day it is where the bases are, wherever a story runs; and how time passes: a job comes by as if it were later."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

from app.foundation.timespan import local_day
from tests.servers import PROJECT, LiveServer, environment

THE_JOB_COMES_BY = """
import sys
from datetime import datetime
from importlib import import_module
from app import create_app
app = create_app()
with app.app_context():
    module, job = sys.argv[1].split(":")
    print(getattr(import_module("app.entrypoints.jobs." + module), job)(datetime.fromisoformat(sys.argv[2])))
"""


def today() -> date:
    """The day on the walls of the bases: from four in the afternoon in Greenwich it is tomorrow there."""
    return local_day(datetime.now(UTC))


def monday_ahead(weeks: int) -> date:
    """The Monday so many weeks after the one of this week."""
    return today() - timedelta(days=today().weekday()) + timedelta(weeks=weeks)


def comes_by(server: LiveServer, job: str, now: datetime) -> str:
    """Run one job, such as `line:run_line`, on the server's database as if it were `now`; what it says it did."""
    done = subprocess.run(
        [sys.executable, "-c", THE_JOB_COMES_BY, job, now.isoformat()],
        cwd=PROJECT,
        env=environment(server.settings),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


def hours_pass(server: LiveServer, job: str, hours: float) -> str:
    """The same, so many hours from now."""
    return comes_by(server, job, datetime.now(UTC) + timedelta(hours=hours))
