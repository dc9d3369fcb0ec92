"""API: the same actions for programs, as JSON under /api/v1; and the addresses by which machines ask whether it lives."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from app.entrypoints.api import blueprint, health, problems

ROOMS = (
    "members",
    "eligibility",
    "agreements",
    "calendars",
    "catalogue",
    "availability",
    "finding",
    "course",
    "asking",
    "bookings",
    "approvals",
    "faults",
    "feeds",
    "waiting",
    "passing",
    "displacing",
    "settings",
    "presence",
    "conduct",
)
"""The modules that declare operations on the blueprint."""


def init_app(app: Flask) -> None:
    problems.init_app(app)
    health.init_app(app)
    for room in ROOMS:
        import_module(f"app.entrypoints.api.{room}")
    blueprint.describe(app)
    app.extensions["csrf"].exempt(blueprint.api)
