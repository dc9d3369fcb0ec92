"""Commands: what an operator types after `flask`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from app.database import db

ROOMS = ("demo", "people", "timetable", "doctor")
"""The modules that bring commands."""


def init_app(app: Flask) -> None:
    """Add the commands, and `flask db` for the migrations."""
    Migrate(app, db, directory=str(Path(app.root_path).parent / "migrations"))
    for room in ROOMS:
        import_module(f"app.entrypoints.cli.{room}").init_app(app)
