"""One worker that only ticks: the real runner with a schedule of one job, which writes down each of its runs.

Started by the nursery, or as `python -m tests.load.ticker '{"url": …}'`. Each line in the file is one run: who, and when by
the machine's own clock, which all programs share.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

from app import create_app
from app.entrypoints.jobs.runner import Runner
from app.entrypoints.jobs.schedule import Job


def main(told: dict) -> None:
    app = create_app({"DATABASE_URL": told["url"], "INSTANCE_PATH": told["instance"], "TESTING": 1})
    ticks = Path(told["ticks"])

    def tick(_now: datetime) -> str:
        line = json.dumps({"pid": os.getpid(), "at": time.clock_gettime(time.CLOCK_MONOTONIC)}) + "\n"
        with ticks.open("a") as file:
            file.write(line)
        return "tick"

    stop = threading.Event()
    with ticks.with_suffix(".ready").open("a") as file:
        file.write(f"{os.getpid()}\n")
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    Runner(app, (Job("tick", tick, told["every_seconds"]),), stop).run()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
