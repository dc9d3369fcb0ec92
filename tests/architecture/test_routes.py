"""Doors: every route says who may enter, and one that does not stops the start."""

from __future__ import annotations

import pytest

from app.consortium.rules.permission import POLICY
from app.entrypoints import gate


@pytest.fixture
def resting(tmp_path):
    """The application, built but not running: no database is touched."""
    from app import create_app

    return create_app(
        {"TESTING": True, "DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}", "INSTANCE_PATH": str(tmp_path)}
    )


def test_every_route_says_who_may_enter(resting):
    silent = [f"{method} {rule.rule}" for rule, method, deed in gate.declared(resting) if deed is None]
    assert not silent


def test_every_deed_a_route_needs_is_in_the_permission_table(resting):
    unknown = {deed for _, _, deed in gate.declared(resting)} - {gate.PUBLIC} - set(POLICY)
    assert not unknown


def test_a_route_that_says_nothing_stops_the_start(tmp_path, monkeypatch):
    from app import create_app
    from app.entrypoints import web

    planted = web.init_app

    def with_a_hole(app):
        planted(app)
        app.add_url_rule("/back-door", "back_door", lambda: "come in")

    monkeypatch.setattr(web, "init_app", with_a_hole)
    with pytest.raises(RuntimeError, match="GET /back-door"):
        create_app({"TESTING": True, "DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}", "INSTANCE_PATH": str(tmp_path)})


def test_public_doors_are_the_ones_we_know(resting):
    """A new public address is a decision: it is written down here too."""
    known = (
        "/sign-in",
        "/sign-out",
        "/invitation",
        "/catalogue",
        "/feeds/",
        "/screens/",
        "/healthz",
        "/readyz",
        "/static/",
        "/language",
    )
    known += ("/api/v1/openapi.json", "/api/v1/docs", "/favicon.ico", "/robots.txt", "/welcome")
    public = {rule.rule for rule, _, deed in gate.declared(resting) if deed == gate.PUBLIC}
    assert sorted(rule for rule in public if rule != "/" and not rule.startswith(known)) == []


def test_reading_changes_nothing_so_no_get_route_takes_posts_words(resting):
    """An address that ends in a deed (`/cancel`, `/approve`, …) is never a GET alone."""
    deeds = ("cancel", "approve", "refuse", "delete", "revoke", "rotate", "withdraw", "sign-out", "move", "disable")
    methods: dict[str, set[str]] = {}
    for rule, method, _ in gate.declared(resting):
        methods.setdefault(rule.rule, set()).add(method)
    assert [rule for rule, taken in methods.items() if rule.rsplit("/", 1)[-1] in deeds and taken == {"GET"}] == []
