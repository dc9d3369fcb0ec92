"""Commands: what an operator types after `flask`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click
from flask import Flask

ROOMS = ("demo", "people", "timetable", "doctor")
"""The modules that bring commands."""


def init_app(app: Flask) -> None:
    """Add the commands, and `flask db` for the migrations.

    A server never types a command: it is spared the modules that only commands need (a sixth of its memory).
    """
    if click.get_current_context(silent=True) is None and not app.testing:
        return
    migrations = import_module("app.entrypoints.cli.migrations")
    migrations.init_app(app, Path(app.root_path).parent / "migrations")
    for room in ROOMS:
        import_module(f"app.entrypoints.cli.{room}").init_app(app)
