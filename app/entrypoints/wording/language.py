"""The language of a request: chosen by cookie, asked for by a program, else Chinese."""

from __future__ import annotations

from flask import Flask, g, has_request_context, request
from flask_babel import Babel

LOCALES = {"zh": "zh", "en": "en"}
"""Our words for a language to the catalogue's directory; Chinese where nothing else was chosen."""

LOCALE_COOKIE = "locale"


def init_app(app: Flask) -> None:
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "zh")
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Shanghai")
    Babel(app, locale_selector=chosen_locale)


def chosen_locale() -> str:
    """The language of this request: what was chosen by cookie, or asked for by a program; else Chinese."""
    if not has_request_context():
        return "zh"
    chosen: str | None = g.get("locale")
    if chosen is None:
        wanted = request.cookies.get(LOCALE_COOKIE, "")
        if not wanted and request.blueprint and request.blueprint.startswith("api"):
            wanted = request.accept_languages.best_match(list(LOCALES)) or ""
        chosen = g.locale = LOCALES.get(wanted, "zh")
    return chosen
