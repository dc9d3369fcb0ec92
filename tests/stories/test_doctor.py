"""An operator asks `flask doctor`: it tries the guard instead of trusting its name, and finds what was tampered with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from app.booking.actions import asking
from app.booking.rules.request import Asked, Slot, Want
from app.consortium.rules.office import Actor, Appointment
from app.database import session, transaction
from app.foundation.timespan import Span
from tests import world

NOW = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def booked(app):
    """One machine, booked tomorrow."""
    with app.app_context():
        member = world.member("M")
        person = world.person("one@test.example", "One", member, "booker")
        machine = world.unit(world.lab(world.training_base("B", member), "1"), "M1")
        actor = Actor(person, "One", member, (Appointment("booker", member, None, date(2020, 1, 1), None),))
        span = Span(NOW + timedelta(days=1), NOW + timedelta(days=1, hours=2))
        asked = Asked((Want(machine),), (Slot(span),), "teaching", "lesson", member, person)
        transaction(lambda: asking.request(actor, asked, now=NOW, uid="1"))
    return app


def test_a_sound_installation_is_called_sound(booked, cli):
    result = cli("doctor")
    assert result.exit_code == 0, result.output
    assert "a second booking of a taken time was refused" in result.output
    with booked.app_context():
        assert session().scalar(text("SELECT count(*) FROM booking_allocation")) == 2


def test_an_empty_installation_is_sound_too(cli):
    result = cli("doctor")
    assert result.exit_code == 0, result.output
    assert "no booking yet" in result.output


def test_a_guard_that_is_gone_is_noticed_by_trying(booked, cli, database_name):
    with booked.app_context():
        for statement in _take_the_guard_away(database_name):
            transaction(lambda statement=statement: session().execute(text(statement)))
    result = cli("doctor")
    assert result.exit_code == 1
    assert "A DOUBLE BOOKING WAS NOT REFUSED" in result.output
    assert "guards are missing" in result.output


def _take_the_guard_away(database_name: str) -> list[str]:
    if database_name == "sqlite":
        return ["DROP TRIGGER booking_allocation_guard_insert"]
    return [
        "DROP TRIGGER booking_allocation_guard_insert ON booking_allocation",
        "ALTER TABLE booking_allocation DROP CONSTRAINT ex_booking_allocation_exclusive",
    ]
