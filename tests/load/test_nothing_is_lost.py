"""R3, R4, R6: what was acknowledged is there after kills and crashes, never in part, and the same key is the same booking."""

from __future__ import annotations

import random
import time

import pytest

from app import create_app
from app.database import db, engine_for
from tests.conftest import settings_for
from tests.load import inspection
from tests.load.conftest import lay_down_world, long_form, start_one, whole_lines
from tests.load.crowd import EVERYTHING
from tests.servers import flask

pytestmark = pytest.mark.slow


def test_nothing_acknowledged_is_lost_when_workers_are_killed(crowd, database_url):
    """Kill -9 in the middle of whatever they do: sixty times in the long form."""
    chance = random.Random(4)
    kills = 60 if long_form() else 6
    alive = crowd(people=3, deeds=EVERYTHING, seconds=600, wait=False)
    everybody = list(alive)
    for _ in range(kills):
        victim = alive.pop(0)
        _wait_for_deeds(victim, at_least=5)
        time.sleep(chance.uniform(0, 0.1))
        victim.kill()
        victim.wait()
        [fresh] = crowd(people=1, deeds=EVERYTHING, seconds=600, wait=False)
        alive.append(fresh)
        everybody.append(fresh)
    for each in alive:
        each.kill()
        each.wait()

    _nothing_is_missing(database_url, [deed for each in everybody for deed in whole_lines(each)], at_least=5 * kills)


def test_a_group_is_never_kept_in_part(crowd, database_url):
    """Series and several units at once, killed in the middle: all of a group is there, or nothing of it."""
    victims = []
    for _ in range(12 if long_form() else 3):
        [victim] = crowd(people=1, deeds=("ask_series", "ask_several"), seconds=600, wait=False)
        victims.append(victim)
        _wait_for_deeds(victim, at_least=2)
        victim.kill()
        victim.wait()
    _nothing_is_missing(database_url, [deed for each in victims for deed in whole_lines(each)], at_least=2)


def test_the_same_key_is_the_same_booking(crowd, database_url):
    """Eight at once send the same two hundred keys: two hundred bookings."""
    keys = 200 if long_form() else 40
    answers = crowd(people=8, deeds=("ask_keyed",), seconds=120, keys=keys, deeds_at_most=keys)
    engine = engine_for(database_url)

    assert len(answers) == 8 * keys
    assert len(inspection.kept_bookings(engine)) == keys
    assert sum(not answer["repeated"] for answer in answers) == keys
    of_key: dict[int, set[int]] = {}
    for answer in answers:
        of_key.setdefault(answer["key"], set()).add(answer["booking"])
    assert all(len(booking_ids) == 1 for booking_ids in of_key.values())
    engine.dispose()


def test_nothing_acknowledged_is_lost_when_postgresql_crashes(nursery, own_postgres, tmp_path):
    """The power goes: five times in the long form, and the crowd carries on as soon as it is back."""
    url = own_postgres.url()
    flask("db", "upgrade", settings=settings_for(url, tmp_path / "instance"))
    app = create_app({"DATABASE_URL": url, "INSTANCE_PATH": str(tmp_path / "instance"), "TESTING": 1})
    with app.app_context():
        world = lay_down_world()
        db.session.remove()
        db.engine.dispose()
    people = [
        start_one(
            nursery,
            world
            | {"url": url, "instance": str(tmp_path / "instance"), "seed": seed, "deeds": EVERYTHING, "seconds": 600},
            tmp_path / f"power-{seed}.jsonl",
        )
        for seed in range(3)
    ]
    try:
        for _ in range(5 if long_form() else 1):
            counts = [len(whole_lines(each)) for each in people]
            for each, count in zip(people, counts, strict=True):
                _wait_for_deeds(each, at_least=count + 8)
            own_postgres.crash()
            time.sleep(0.3)
            own_postgres.start()
        counts = [len(whole_lines(each)) for each in people]
        for each, count in zip(people, counts, strict=True):
            _wait_for_deeds(each, at_least=count + 5)
    finally:
        for each in people:
            each.kill()
            each.wait()
    _nothing_is_missing(url, [deed for each in people for deed in whole_lines(each)], at_least=20)


def _wait_for_deeds(process, at_least: int) -> None:
    give_up_at = time.monotonic() + 60
    while len(whole_lines(process)) < at_least:
        assert process.poll() is None, "the process ended by itself"
        assert time.monotonic() < give_up_at, "nothing happens"
        time.sleep(0.05)


def _nothing_is_missing(database_url: str, deeds: list[dict], at_least: int) -> None:
    engine = engine_for(database_url)
    kept = inspection.kept_bookings(engine)
    acknowledged = {deed["booking"]: deed["dates"] for deed in deeds if "booking" in deed}
    assert len(deeds) >= at_least
    assert {number: dates for number, dates in acknowledged.items() if kept.get(number) != dates} == {}
    assert inspection.everything_wrong(engine) == []
    engine.dispose()
