"""The first migration: up, down with rows in place, and up again leaves a sound schema with every guard, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, text

from app import create_app
from app.booking.store.ledger import missing_guards
from app.database import db, engine_for
from tests import world
from tests.conftest import settings_for
from tests.servers import flask


@pytest.fixture
def installation(databases, database_name, tmp_path):
    """An empty database with nothing in it at all, as the settings of an installation."""
    url = databases.blank(database_name)
    yield settings_for(url, tmp_path / "instance")
    databases.drop(url)


def test_up_down_and_up_again(installation):
    flask("db", "upgrade", settings=installation)
    app = create_app(installation | {"TESTING": 1})
    with app.app_context():
        member = world.member("M")
        world.unit(world.lab(world.training_base("B", member), "1"), "M1")
        assert missing_guards() == []
        db.session.remove()
        db.engine.dispose()

    flask("db", "downgrade", "base", settings=installation)
    engine = engine_for(installation["DATABASE_URL"])
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}

    flask("db", "upgrade", settings=installation)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM consortium_member")) == 0
        assert connection.scalar(text("SELECT count(*) FROM trail_chain")) == 16
    engine.dispose()
    with app.app_context():
        assert missing_guards() == []
        db.session.remove()
        db.engine.dispose()


def test_upgrading_what_is_up_to_date_changes_nothing(installation):
    flask("db", "upgrade", settings=installation)
    engine = engine_for(installation["DATABASE_URL"])
    before = inspect(engine).get_table_names()
    flask("db", "upgrade", settings=installation)
    assert inspect(engine).get_table_names() == before
    engine.dispose()
