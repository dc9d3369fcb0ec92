"""Home: today for each office; signed out, the way in."""

from __future__ import annotations

from app.entrypoints import gate
from app.entrypoints.web.blueprint import page, web


@web.get("/")
@gate.public
def home() -> tuple[str, int]:
    return page("home/welcome.html")
