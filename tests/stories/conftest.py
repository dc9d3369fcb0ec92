"""What the stories of the booking pages begin with."""

from __future__ import annotations

import pytest

from tests.stories.workshop import Workshop


@pytest.fixture
def workshop(app) -> Workshop:
    """A college's lab with its people, on a fresh database."""
    return Workshop(app)
