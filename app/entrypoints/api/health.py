"""Health: whether this process lives, whether it could serve (database, migrations, guards), and how jobs and messages stand."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, current_app

from app.booking.store.ledger import missing_guards
from app.database import schema_version
from app.entrypoints import clock, gate
from app.outbox.rules.job import standing_of_all
from app.outbox.store import deliveries, jobs

log = logging.getLogger(__name__)

health = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    app.register_blueprint(health)


@health.get("/healthz")
@gate.public
def alive() -> tuple[dict[str, str], int]:
    """The process answers; nothing else is asked."""
    return {"status": "ok"}, 200


@health.get("/readyz")
@gate.public
def ready() -> tuple[dict[str, str], int, dict[str, str]]:
    """200 where requests can be served, else 503 with one word about why; the details are in the log.

    `jobs` (ok, never, late, failing) and `messages` (ok, dead) are for whoever watches: pages are served all the same.
    """
    fault = what_is_wrong()
    if fault:
        return {"status": fault}, 503, {"Retry-After": "5", "Cache-Control": "no-store"}
    return {"status": "ok", **background()}, 200, {"Cache-Control": "no-store"}


def background() -> dict[str, str]:
    """One word each on the jobs and the messages; how many and why stands on the administrator's pages only."""
    standing = standing_of_all(jobs.jobs(), clock.now())
    return {
        "jobs": "ok" if standing == "well" else standing,
        "messages": "dead" if deliveries.has_dead() else "ok",
    }


def what_is_wrong() -> str:
    """`database`, `migrations` or `guards`; empty where all is well."""
    try:
        version = schema_version()
        missing = missing_guards() if version == _newest(current_app.root_path) else []
    except Exception:
        log.exception("not ready: the database cannot be reached")
        return "database"
    if version != _newest(current_app.root_path):
        log.error("not ready: the database is at migration %s; run `flask db upgrade`", version)
        return "migrations"
    if missing:
        log.error("not ready: guards are missing in the database: %s", ", ".join(missing))
        return "guards"
    return ""


@cache
def _newest(root_path: str) -> str:
    written = Path(root_path).parent / "migrations" / ".current-alembic-head"
    return written.read_text(encoding="ascii").strip()
