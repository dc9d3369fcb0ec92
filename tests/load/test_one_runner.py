"""R9: of many workers one runs the schedule; when it dies another takes over within seconds; what was late is still run."""

from __future__ import annotations

import json
import os
import signal
import time
from itertools import groupby

import pytest
from sqlalchemy import text

from app.database import engine_for
from tests.conftest import settings_for
from tests.load.conftest import long_form
from tests.load.nursery import Child, Nursery
from tests.servers import flask, wait_until

pytestmark = pytest.mark.slow

TAKEOVER_SECONDS = 5.0


@pytest.fixture
def tickers(nursery, database_url, tmp_path):
    """`tickers.start(4)` starts so many workers; `tickers.ticks()` is what all of them wrote."""
    group = Tickers(nursery, database_url, tmp_path)
    yield group
    for each in group.alive:
        each.kill()
        each.wait()


def since_start() -> float:
    """Seconds by the clock that the tickers write: the machine's own, whatever day the tests live on."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


class Tickers:
    def __init__(self, nursery: Nursery, url: str, folder) -> None:
        self.nursery, self.url, self.folder = nursery, url, folder
        self.file = folder / "ticks.jsonl"
        self.file.touch()
        self.alive: list[Child] = []
        self.started = 0

    def start(self, number: int, every_seconds: int = 1) -> None:
        told = {
            "url": self.url,
            "instance": str(self.folder / "instance"),
            "ticks": str(self.file),
            "every_seconds": every_seconds,
        }
        ready = self.file.with_suffix(".ready")
        ready.touch()
        for _ in range(number):
            log = self.folder / "tickers.log"
            self.alive.append(self.nursery.start("ticker", told, log, log))
        self.started += number
        wait_until(lambda: len(ready.read_text().splitlines()) == self.started, 60, "a start")

    def ticks(self) -> list[dict]:
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def wait_for(self, number: int, seconds: float = 60) -> None:
        wait_until(lambda: len(self.ticks()) >= number, seconds, f"{number} ticks")

    def kill_leader(self) -> float:
        """Kill -9 whoever ticked last; the moment at which that was."""
        leader = next(each for each in self.alive if each.pid == self.ticks()[-1]["pid"])
        self.alive.remove(leader)
        leader.kill()
        leader.wait()
        return since_start()


def test_of_four_workers_one_ticks_and_another_takes_over(tickers):
    """No doubled tick, and after each kill the next leader is there in time."""
    kills = 10 if long_form() else 2
    tickers.start(4)
    tickers.wait_for(4)
    for _ in range(kills):
        before = len(tickers.ticks())
        killed_at = tickers.kill_leader()
        tickers.start(1)
        tickers.wait_for(before + 3)
        first = next(each for each in tickers.ticks() if each["at"] > killed_at)
        assert first["at"] - killed_at <= TAKEOVER_SECONDS
    ticks = sorted(tickers.ticks(), key=lambda tick: tick["at"])
    reigns = [pid for pid, _ in groupby(ticks, key=lambda tick: tick["pid"])]
    assert len(reigns) == len(set(reigns)) == kills + 1  # nobody ticked in another's time
    for _, of_one in groupby(ticks, key=lambda tick: tick["pid"]):
        moments = [tick["at"] for tick in of_one]
        # one a second; the first may have come late and the second in time
        assert len(moments) <= moments[-1] - moments[0] + 2.1


def test_a_leader_that_is_asked_to_stop_makes_way_at_once(tickers):
    tickers.start(2)
    tickers.wait_for(2)
    leader = next(each for each in tickers.alive if each.pid == tickers.ticks()[-1]["pid"])
    leader.send_signal(signal.SIGTERM)
    asked_at = since_start()
    assert leader.wait(10) == 0
    wait_until(lambda: tickers.ticks()[-1]["pid"] != leader.pid, TAKEOVER_SECONDS, "a takeover")
    assert tickers.ticks()[-1]["at"] - asked_at <= TAKEOVER_SECONDS


def test_a_late_run_is_run_all_the_same(tickers):
    """The machine slept over the moment of a run: it is run on waking, not left out until the next."""
    every = 5
    tickers.start(1, every_seconds=every)
    tickers.wait_for(1)
    [leader], [first] = tickers.alive, tickers.ticks()
    time.sleep(max(0.0, first["at"] + every - 1 - since_start()))
    os.kill(leader.pid, signal.SIGSTOP)
    time.sleep(2.6)
    os.kill(leader.pid, signal.SIGCONT)
    woke_at = since_start()
    wait_until(lambda: len(tickers.ticks()) == 2, 2, "the run that was due")
    assert tickers.ticks()[1]["at"] - woke_at < 2


def test_a_database_that_goes_away_and_comes_back_finds_one_leader_again(nursery, own_postgres, tmp_path):
    url = own_postgres.url()
    flask("db", "upgrade", settings=settings_for(url, tmp_path / "instance"))
    tickers = Tickers(nursery, url, tmp_path)
    try:
        tickers.start(2)
        tickers.wait_for(2)
        own_postgres.crash()
        time.sleep(2.5)
        own_postgres.start()
        back_at = since_start()
        wait_until(lambda: tickers.ticks()[-1]["at"] > back_at + 3, 20, "ticks")
        time.sleep(2)
        lately = [tick for tick in tickers.ticks() if tick["at"] > back_at + 3]
        assert len({tick["pid"] for tick in lately}) == 1
        assert all(each.poll() is None for each in tickers.alive)
    finally:
        for each in tickers.alive:
            each.kill()
            each.wait()


def test_how_the_runs_went_is_written_down(tickers, database_url):
    tickers.start(1)
    tickers.wait_for(2)
    engine = engine_for(database_url)

    def row():
        with engine.connect() as connection:
            return connection.execute(text("SELECT name, runs, failures, last_words FROM outbox_job")).one()

    wait_until(lambda: row().runs >= 1, 5, "a noted run")
    assert (row().name, row().failures, row().last_words) == ("tick", 0, "tick")
    engine.dispose()
