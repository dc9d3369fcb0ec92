"""The gate: every route says who may enter; one that does not say so stops the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from app.consortium.actions import entry
from app.consortium.rules.entry import Endurance
from app.consortium.rules.office import NOBODY, Actor, Presence
from app.consortium.rules.permission import POLICY, may_enter
from app.database import transaction
from app.entrypoints import clock
from app.foundation.refusal import Refused

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
"""Marks a route that anybody may enter, signed in or not."""

COOKIE = "gongfang"
"""The sign-in cookie: 256 random bits; the database keeps only their hash."""


def public(view: View) -> View:
    """This route is for everybody."""
    view.gate = PUBLIC  # type: ignore[attr-defined]
    return view


def needs(deed: str) -> Callable[[View], View]:
    """This route is for people who may do this deed to something."""
    if deed not in POLICY:
        raise KeyError(f"{deed} is not in the permission table")

    def mark(view: View) -> View:
        view.gate = deed  # type: ignore[attr-defined]
        return view

    return mark


def init_app(app: Flask) -> None:
    app.before_request(_let_in)
    app.after_request(_note_use)


def check_every_route(app: Flask) -> None:
    """Refuse to start while a route does not say who may enter."""
    silent = sorted({f"{method} {rule.rule}" for rule, method, deed in declared(app) if deed is None})
    if silent:
        raise RuntimeError("these routes do not say who may enter: " + ", ".join(silent))


def declared(app: Flask) -> Iterator[tuple[Rule, str, str | None]]:
    """Every route and method with the deed it needs (`public`, or None where nothing is said)."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            yield rule, method, _deed_of(app, rule.endpoint, method)


def presence() -> Presence | None:
    """The person who is asking, with all she may act for; found once a request, None when nobody is signed in."""
    if "presence" not in g:
        g.presence = _recognise()
    found: Presence | None = g.presence
    return found


def actor() -> Actor:
    """Who is asking, for the member she acts for; NOBODY when signed out."""
    found: Actor | None = g.get("actor")
    if found is None:
        present = presence()
        found = g.actor = present.actor if present else NOBODY
    return found


def endurance() -> Endurance:
    """How long a device stays signed in here."""
    idle, absolute = current_app.config["SESSION_IDLE_MINUTES"], current_app.config["SESSION_ABSOLUTE_MINUTES"]
    return Endurance(timedelta(minutes=idle), timedelta(minutes=absolute))


def _recognise() -> Presence | None:
    address = request.remote_addr or ""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return entry.recognise_token(token.strip(), clock.now(), address)
    cookie = request.cookies.get(COOKIE)
    return entry.recognise_cookie(cookie, clock.now(), address, endurance()) if cookie else None


def _note_use(response: Response) -> Response:
    """Note a device's or token's last use, at most once a minute and never at the cost of the answer."""
    present: Presence | None = g.get("presence")
    now = clock.now()
    if present is not None and entry.needs_noting(present, now):
        with suppress(Refused):
            transaction(lambda: entry.note_use(present, now))
    return response


def _deed_of(app: Flask, endpoint: str, method: str) -> str | None:
    view = app.view_functions[endpoint]
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        view = getattr(view_class, method.lower(), view)
    if endpoint == "static" or endpoint.endswith(".static"):
        return PUBLIC
    return getattr(view, "gate", None)


def _let_in() -> Response | None:
    if request.endpoint is None or request.method == "OPTIONS":
        return None
    deed = _deed_of(current_app, request.endpoint, "GET" if request.method == "HEAD" else request.method)
    if deed == PUBLIC:
        return None
    if deed is None:
        abort(404)
    who = actor()
    if not who.is_signed_in:
        if request.blueprint and not request.blueprint.startswith("web"):
            abort(401)
        onward = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("web.sign_in", next=onward))
    if not may_enter(who, deed):
        abort(403)
    return None
