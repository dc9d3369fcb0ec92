"""Jobs (定时任务): what runs by the clock."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Nothing to add yet."""
