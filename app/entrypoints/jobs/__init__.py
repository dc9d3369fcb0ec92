"""Jobs (定时任务): what runs by the clock, in a worker of its own: `flask worker`."""

from __future__ import annotations

import os
import signal
import threading

import click
from flask import Flask, current_app
from flask.cli import with_appcontext


def init_app(app: Flask) -> None:
    """Add the command. What jobs need is loaded by the worker only."""
    if click.get_current_context(silent=True) is not None or app.testing:
        app.cli.add_command(worker)


@click.command("worker")
@click.option("--with-parent", is_flag=True, help="End when the program that started it ends.")
@with_appcontext
def worker(with_parent: bool) -> None:
    """Send messages and run the scheduled jobs until stopped. Start as many as you like: one leads, the others wait."""
    from app.entrypoints.jobs.runner import Runner  # noqa: PLC0415 - web processes are spared the scheduler
    from app.entrypoints.jobs.schedule import JOBS  # noqa: PLC0415

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if with_parent:
        threading.Thread(target=_watch_parent, args=(os.getppid(), stop), daemon=True).start()
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way
    click.echo(f"worker {os.getpid()}: ready" + ("" if app.config["SMTP_HOST"] else "; no mail server is set"))
    Runner(app, JOBS, stop).run()


def _watch_parent(parent: int, stop: threading.Event) -> None:
    while not stop.wait(1):
        if os.getppid() != parent:
            stop.set()
