"""What a request of a program costs the database: a fixed number of statements, however much there is."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.programs import at, small_city, wish


@pytest.fixture
def city(app):
    return small_city(app)


@pytest.fixture
def statements():
    """The statements sent so far; `clear()` before the request that is looked at."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_):
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


def test_booking_is_fourteen_statements(city, statements):
    city.wang.post("/bookings", wish(city.lathe, days=9))
    statements.clear()
    assert city.wang.post("/bookings", wish(city.lathe)).status == 201
    assert len(statements) <= 14, statements
    statements.clear()
    assert city.wang.post("/bookings", wish(city.lathe, days=1), Idempotency_Key="k").status == 201
    assert len(statements) <= 16, statements


def test_a_series_is_no_more_statements_than_a_date(city, statements):
    def course(days):
        body = wish(city.mill)
        body.pop("start"), body.pop("end")
        return body | {"dates": [{"start": at(day, "08:00"), "end": at(day, "09:40")} for day in days]}

    counts = []
    for days in (range(2), range(10, 60)):
        city.wang.post("/bookings", wish(city.lathe, days=days[0]))
        statements.clear()
        assert city.wang.post("/series", course(days)).status == 201
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_lists_do_not_ask_more_for_more_lines(city, statements):
    counts = []
    for days in (range(1), range(1, 12)):
        for day in days:
            city.wang.post("/bookings", wish(city.lathe, days=day))
        for path in ("/bookings", "/units", "/labs", "/bases", "/members"):
            statements.clear()
            assert city.wang.get(path).status == 200
            counts.append((path, len(statements)))
    half = len(counts) // 2
    assert counts[:half] == counts[half:]
    assert max(count for _, count in counts) <= 8
