"""Web (网页): the pages people use."""

from __future__ import annotations

from importlib import import_module

from flask import Flask
from flask_wtf import CSRFProtect

from app.entrypoints.web.blueprint import RowId, web
from app.entrypoints.wording import language

ROOMS = (
    "shell",
    "home",
    "people.entry",
    "people.passwords",
    "people.account",
    "people.members",
    "people.directory",
    "people.person",
    "administration.hub",
    "administration.trail",
    "catalogue.pages",
    "catalogue.edit",
    "catalogue.exchange",
    "catalogue.showcase",
    "calendar.terms",
    "calendar.bells",
    "calendar.days",
    "calendar.holidays",
    "calendar.school_calendar",
    "calendar.hours",
    "calendar.closures",
    "faults.pages",
    "faults.hits",
    "faults.report",
    "faults.downtime",
    "faults.instead",
    "administration.settings",
    "eligibility.qualifications",
    "eligibility.agreements",
    "eligibility.self_check",
    "grid.pages",
    "grid.timetables",
    "grid.now",
    "grid.screens",
    "find.page",
    "booking.asking",
    "booking.page",
    "booking.change",
    "booking.dates",
    "booking.cancel",
    "booking.mine",
    "approval.inbox",
    "approval.other_times",
    "approval.delegations",
    "approval.chains",
    "approval.refusals",
    "line.waiting",
    "line.passing",
    "line.displacing",
    "conduct.presence",
    "conduct.credit",
    "subscriptions",
    "notices",
    "administration.messages",
    "administration.robots",
    "administration.jobs",
    "imports.pages",
    "imports.upload",
    "imports.columns",
    "imports.plan",
    "imports.names",
    "imports.busy",
)
"""The modules that hang their pages on the blueprint."""

csrf = CSRFProtect()


def init_app(app: Flask) -> None:
    app.url_map.converters["id"] = RowId
    language.init_app(app)
    csrf.init_app(app)
    for room in ROOMS:
        import_module(f"app.entrypoints.web.{room}")
    app.register_blueprint(web)
