"""R7: who waits for her turn to write is told to come back when somebody keeps it too long; nobody hangs."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from app import database
from app.consortium.tables.people import Member
from app.database import db, session, transaction
from app.foundation.refusal import Refused
from tests import world
from tests.servers import wait_until

KEEPER = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("mine", flush=True)
sys.stdin.read()
"""
GENEROUS = 60


@pytest.fixture
def kept_turn(app, database_url):
    """Another process that has the turn until its input ends."""
    path = database_url.removeprefix("sqlite:///") + ".turn"
    keeper = subprocess.Popen(
        [sys.executable, "-c", KEEPER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert keeper.stdout.readline() == "mine\n"
    yield keeper
    _let_go(keeper)


@pytest.mark.database("sqlite")
def test_whoever_waits_too_long_for_her_turn_is_told_to_come_back(app, kept_turn, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.2)

    def writes(number: int) -> str:
        with app.app_context():
            try:
                world.member(f"M{number}")
            except Refused as refused:
                return refused.reasons[0].code
            finally:
                db.session.remove()
        return "written"

    with ThreadPoolExecutor(3) as people:
        try:
            assert list(people.map(writes, range(9), timeout=GENEROUS)) == ["busy"] * 9
            assert len(_standing()) <= 3, "whoever comes takes over a place that somebody has left"
        finally:
            _let_go(kept_turn)
        monkeypatch.setattr(database, "PATIENCE_SECONDS", GENEROUS)
        assert list(people.map(writes, range(9), timeout=GENEROUS)) == ["written"] * 9
    wait_until(lambda: not _standing(), GENEROUS, "an end of the queue")
    with app.app_context():
        assert transaction(lambda: session().scalar(select(func.count()).select_from(Member))) == 9


@pytest.mark.database("sqlite")
def test_whoever_waits_within_her_patience_gets_her_turn(app, kept_turn):
    with app.app_context(), ThreadPoolExecutor(1) as somebody:
        one = somebody.submit(_in(app, lambda: world.member("M")))
        wait_until(_standing, GENEROUS, "a queue")
        _let_go(kept_turn)
        assert one.result(GENEROUS)
    wait_until(lambda: not _standing(), GENEROUS, "an end of the queue")


def _let_go(keeper: subprocess.Popen) -> None:
    if not keeper.stdin.closed:
        keeper.stdin.close()
        keeper.wait(GENEROUS)
        keeper.stdout.close()


def _in(app, do):
    def run():
        with app.app_context():
            try:
                return do()
            finally:
                db.session.remove()

    return run


def _standing() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "turn"]
