"""API: the same actions for programs, as JSON under /api/v1."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Nothing to add yet."""
