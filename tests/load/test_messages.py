"""R8: every message goes out at least once, however often its sender is killed; a repeat carries the same Message-ID."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter

import pytest
from sqlalchemy import insert, select, text

from app import create_app
from app.consortium.tables.people import Person
from app.database import db, engine_for, session, transaction
from app.entrypoints import clock
from app.outbox import actions as outbox
from app.outbox.rules.letter import Letter
from tests.conftest import settings_for
from tests.load.conftest import long_form
from tests.post_office import PostOffice
from tests.servers import PROJECT, environment

pytestmark = pytest.mark.slow

EACH = 10
"""Messages to one person: fewer than what is gathered for a digest."""


@pytest.fixture
def post_office():
    office = PostOffice()
    yield office
    office.close()


def test_no_message_is_lost_when_its_sender_is_killed(post_office, database_url, tmp_path):
    """Killed with -9 in the middle of sending: twelve times in two thousand messages in the long form."""
    number, kills = (2_000, 12) if long_form() else (120, 2)
    settings = settings_for(database_url, tmp_path / "instance") | post_office.settings
    _post(settings, number)
    chance = random.Random(8)
    worker = _start(settings, tmp_path)
    try:
        for kill in range(1, kills + 1):
            wanted = kill * number // (kills + 1)
            post_office.wait_for(lambda came, wanted=wanted: came >= wanted)
            time.sleep(chance.uniform(0, 0.03))
            worker.kill()
            worker.wait()
            worker = _start(settings, tmp_path)
        _wait_until_nothing_is_due(database_url)
    finally:
        worker.kill()
        worker.wait()

    came = Counter(post_office.ids())
    assert set(came) == {f"<{mark}@consortium.example>" for mark in _marks(database_url)}
    assert len(came) == number
    assert sum(came.values()) - number <= kills  # at most the one that was in hand
    for message_id in [each for each, times in came.items() if times > 1]:
        same = [mail for mail in post_office.mails if mail["Message-ID"] == message_id]
        assert (
            len({(mail["To"], mail["Subject"], mail["Date"], mail.get_body(("plain",)).get_content()) for mail in same})
            == 1
        )


def test_two_senders_never_take_the_same_message(database_url, tmp_path):
    """Should there ever be two: what one has leased the other skips."""
    settings = settings_for(database_url, tmp_path / "instance") | {"TESTING": 1}
    _post(settings, 60)
    app = create_app(settings)
    now = clock.now()
    with app.app_context():
        transaction(lambda: outbox.spread(now, mails=True, bases_of=lambda _: {}))
        leased = [each.id for _ in range(4) for each in transaction(lambda: outbox.lease(now))]
        db.session.remove()
        db.engine.dispose()
    assert len(leased) == len(set(leased)) == 60


def _post(settings: dict[str, object], number: int) -> None:
    app = create_app(settings | {"TESTING": 1})
    now = clock.now()

    def do() -> None:
        rows = [
            {"email": f"p{n}@test.example", "name": f"人 {n}", "created_at": now, "locale": ("zh", "en")[n % 2]}
            for n in range(number // EACH)
        ]
        session().execute(insert(Person), rows)
        people = list(session().scalars(select(Person.id).order_by(Person.id)))
        letters = [
            Letter(people[n % len(people)], "booking/confirmed", f"load/{n}", {"note": f"第 {n} 条"})
            for n in range(number)
        ]
        outbox.post(letters, now)

    with app.app_context():
        transaction(do)
        db.session.remove()
        db.engine.dispose()


def _start(settings: dict[str, object], folder) -> subprocess.Popen:
    with (folder / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
            cwd=PROJECT,
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def _wait_until_nothing_is_due(url: str, seconds: float = 90) -> None:
    engine = engine_for(url)
    give_up_at = time.monotonic() + seconds
    try:
        while True:
            with engine.connect() as connection:
                unspread = connection.scalar(text("SELECT count(*) FROM outbox_message WHERE spread_at IS NULL"))
                waiting = connection.scalar(text("SELECT count(*) FROM outbox_delivery WHERE state = 'waiting'"))
            if not unspread and not waiting:
                return
            assert time.monotonic() < give_up_at, f"{unspread} and {waiting} still wait"
            time.sleep(0.2)
    finally:
        engine.dispose()


def _marks(url: str) -> list[str]:
    engine = engine_for(url)
    with engine.connect() as connection:
        marks = list(connection.scalars(text("SELECT mark FROM outbox_message")))
    engine.dispose()
    return marks
