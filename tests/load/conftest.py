"""For tests under load: how long they run (`--long` in `make load`), and a real server on each database."""

from __future__ import annotations

import os

import pytest


def pytest_collection_modifyitems(config, items):
    if not long_form():
        skip = pytest.mark.skip(reason="only in make load")
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(skip)


def long_form() -> bool:
    return os.environ.get("GONGFANG_LOAD", "") == "long"


@pytest.fixture(scope="session")
def load_seconds() -> float:
    """How long a test keeps the load up: ten seconds in `make test`, seventy in `make load`."""
    return float(os.environ.get("GONGFANG_LOAD_SECONDS") or (70 if long_form() else 10))


@pytest.fixture
def server(live_server, database_url):
    """Gunicorn with two workers of eight threads on a fresh database, once on each engine; `.settings` tells which."""
    return live_server(database_url)
