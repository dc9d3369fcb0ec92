"""iCal (日历): calendar feeds."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Nothing to add yet."""
