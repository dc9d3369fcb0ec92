"""Commands: what an operator types after `flask`."""

from __future__ import annotations

from flask import Flask
from flask_migrate import Migrate

from app.database import db


def init_app(app: Flask) -> None:
    """Add the commands, and `flask db` for the migrations."""
    Migrate(app, db, directory=str(app.root_path) + "/../migrations")
