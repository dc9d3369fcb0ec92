"""R1, R2, R3, R7, S5: a crowd of real processes asks, moves, approves, cancels, closes, repairs at once; all stays right."""

from __future__ import annotations

import statistics

import pytest
from sqlalchemy import text

from app.database import engine_for
from tests.load import inspection
from tests.load.crowd import EVERYTHING

pytestmark = pytest.mark.slow

DONE = (
    *("displaced", "waits", "exchanged", "handed over", "gave back", "made longer", "upheld"),
    *("reported", "confirmed", "repaired", "out of the way"),
)
"""What somebody in the crowd must have managed at least once."""


@pytest.fixture
def crowd_after(crowd, load_seconds):
    """`crowd_after(unchecked=…)`: the answers of six processes that did everything at once for a while."""
    return lambda **how: crowd(people=6, deeds=EVERYTHING, seconds=load_seconds, at_least=90, **how)


def test_a_crowd_never_gets_one_unit_twice(crowd_after, database_url, database_name):
    engine = engine_for(database_url)
    deadlocks = _deadlocks(engine, database_name)
    answers = crowd_after()

    assert inspection.everything_wrong(engine) == []
    assert sum(answer["defects"] for answer in answers) == 0, "the guard had to refuse what the check let through"
    assert [answer["saw"] for answer in answers if "saw" in answer] == []
    assert sum("booking" in answer for answer in answers) > 20
    for what in DONE:
        assert any(answer.get(what) for answer in answers), f"nobody has {what}"
    assert sum("refused" in answer for answer in answers) > 20, "nobody met anybody: the test proves nothing"
    waits = sorted(answer["ms"] for answer in answers)
    assert statistics.quantiles(waits, n=100)[98] <= 1000
    assert waits[-1] <= 5000
    assert _deadlocks(engine, database_name) == deadlocks
    engine.dispose()


def test_with_the_check_switched_off_the_database_still_refuses(crowd_after, database_url):
    answers = crowd_after(unchecked=True)
    engine = engine_for(database_url)

    assert inspection.overlapping_pairs(engine) == []
    assert inspection.overfilled(engine) == []
    assert sum(answer["defects"] for answer in answers) > 20, "the guard was never asked"
    engine.dispose()


def _deadlocks(engine, database_name: str) -> int:
    if database_name != "postgresql":
        return 0
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
        return connection.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
