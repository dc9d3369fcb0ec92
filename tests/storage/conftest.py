"""For tests of what is kept: an application context around each test, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture
def kept(app) -> Iterator:
    """The application with its context pushed, so that stores, `session()` and `transaction(do)` work as they stand."""
    with app.app_context():
        yield app
