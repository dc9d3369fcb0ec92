"""`flask db`: the migrations, by Flask-Migrate."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from app.database import db


def init_app(app: Flask, folder: Path) -> None:
    Migrate(app, db, directory=str(folder))
