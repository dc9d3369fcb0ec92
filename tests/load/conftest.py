"""For tests under load: how long they run (`--long` in `make load`), and a real server on each database."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from sqlalchemy import insert

from app.booking.rules.chain import Step
from app.booking.store import chains
from app.consortium.tables.people import Setting
from app.database import session, transaction
from tests import world as lay_down
from tests.load.nursery import Child, Nursery


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
    """How long a test keeps the load up: six seconds in `make test`, seventy in `make load`."""
    return float(os.environ.get("GONGFANG_LOAD_SECONDS") or (70 if long_form() else 6))


@pytest.fixture
def server(live_server, database_url):
    """Gunicorn with two workers of eight threads on a fresh database, once on each engine; `.settings` tells which."""
    return live_server(database_url)


@pytest.fixture
def world(app):
    """Two labs with machines, a pool of five, and one machine whose keeper must agree and which does not hold meanwhile."""
    with app.app_context():
        return lay_down_world()


def lay_down_world() -> dict[str, object]:
    """What `world` gives; needs an application context. Two people must agree, one after the other, to the guarded one."""
    member = lay_down.member("CROWD")
    person = lay_down.person("crowd@test.example", "Crowd", member, "booker", "keeper", "member_admin")
    judge = lay_down.person("judge@test.example", "Judge", member, "booker", "keeper", "member_admin")
    others = lay_down.member("OTHERS", "company")
    mate = lay_down.person("mate@test.example", "Mate", others, "booker")
    transaction(lambda: session().execute(insert(Setting).values(name="displace.deadline_hours", value="0", version=1)))
    base = lay_down.training_base("BASE", member)
    first, second = lay_down.lab(base, "1"), lay_down.lab(base, "2")
    guarded = lay_down.unit(second, "G", needs_approval=True, holds_while_waiting=False)
    two_steps = [Step(("keeper",)), Step(("owner", "safety"))]
    transaction(lambda: chains.set_chain("unit", guarded, "any", two_steps))
    return {
        "member": member,
        "person": person,
        "judge": judge,
        "others": others,
        "mate": mate,
        "labs": [first, second],
        "rooms": [lay_down.room(first), lay_down.room(second)],
        "machines": [
            lay_down.unit(first, "M1"),
            lay_down.unit(first, "M2", setup_minutes=15, cleaning_minutes=15),
            lay_down.unit(second, "M3"),
        ],
        "pool": lay_down.unit(first, "P", kind="pool", capacity=5),
        "guarded": guarded,
    }


@pytest.fixture(scope="session")
def nursery(run_folder):
    """Starts processes that need not load the application first."""
    made = Nursery(run_folder / "nursery.log")
    yield made
    made.close()


@pytest.fixture
def crowd(world, nursery, database_url, tmp_path):
    """`crowd(people=6, deeds=…, seconds=10)` lets so many processes loose on `world`; all they were answered.

    `at_least`: so many deeds each, however long they take, so that a slow machine proves as much as a fast one.
    """
    processes: list[Child] = []

    def let_loose(people: int, deeds, seconds: float, wait: bool = True, **more):
        started = []
        for seed in range(people):
            told = world | {
                "url": database_url,
                "instance": str(tmp_path / "instance"),
                "seed": seed + 100 * len(processes),
                "deeds": deeds,
                "seconds": seconds,
            }
            process = start_one(nursery, told | more, tmp_path / f"crowd-{len(processes)}.jsonl")
            processes.append(process)
            started.append(process)
        return [answer for each in started for answer in answers_of(each)] if wait else started

    yield let_loose
    for each in processes:
        if each.poll() is None:
            each.kill()
            each.wait()


def start_one(nursery: Nursery, told: dict[str, object], output: Path) -> Child:
    """One process of the crowd; what it prints goes to `output`, its complaints to a file beside it."""
    output.touch()
    return nursery.start("crowd", told, output, output.with_suffix(".err"))


def answers_of(process: Child) -> list[dict]:
    """What one process was answered, once it has ended; fails with its words if it fell over."""
    process.wait(timeout=280)
    assert process.returncode == 0, process.answers.with_suffix(".err").read_text()[-3000:]
    return whole_lines(process)


def whole_lines(process: Child) -> list[dict]:
    """The deeds a process has printed completely; a last line cut short by a kill was not acknowledged."""
    lines = process.answers.read_text().splitlines(keepends=True)
    deeds = [json.loads(line) for line in lines if line.endswith("\n")]
    return [deed for deed in deeds if deed["deed"] != "ready"]
