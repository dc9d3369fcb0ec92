"""Gongfang (共坊): training bases and equipment, booked and settled across a city's organisations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """The application, from the environment and `overrides`. Raises config.SettingRefused where a setting is wrong."""
    from flask import Flask

    from app.database import db, engine_options
    from app.entrypoints import api, cli, gate, headers, ical, jobs, web
    from config import Config

    settings = Config.load(overrides)
    app = Flask(__name__, instance_path=settings.INSTANCE_PATH)
    app.config.from_mapping(settings.mapping())
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings.DATABASE_URL)
    db.init_app(app)
    headers.init_app(app)
    gate.init_app(app)
    for entrypoint in (web, api, ical, jobs, cli):
        entrypoint.init_app(app)
    gate.check_every_route(app)
    return app
