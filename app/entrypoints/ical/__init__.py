"""iCal (日历): calendar feeds, and calendar files to take along."""

from __future__ import annotations

from flask import Flask

from app.entrypoints.ical.answers import calendars


def init_app(app: Flask) -> None:
    app.register_blueprint(calendars)
