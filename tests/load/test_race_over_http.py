"""R1, R5, R6, R7 through the door everybody uses: forty clients ask for the same slot at the same moment."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from app.database import engine_for
from tests import world as lay_down
from tests.load import inspection
from tests.load.conftest import long_form

pytestmark = pytest.mark.slow

CLIENTS = 40
ROUNDS = 100 if long_form() else 40
TOMORROW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)


@pytest.fixture
def token(app, world):
    with app.app_context():
        return lay_down.token_for(world["person"])


@pytest.fixture
def post(server, token):
    """`post(body, key)` sends one booking on a connection of its own; status, answer, milliseconds."""
    address = urlsplit(server.url).netloc

    def send(body, key=None):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        started = time.monotonic()
        with contextlib.closing(http.client.HTTPConnection(address, timeout=30)) as connection:
            connection.request("POST", "/api/v1/bookings", json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read()), (time.monotonic() - started) * 1000

    return send


def booking(unit_id: int, hour: int) -> dict[str, object]:
    start = TOMORROW + timedelta(hours=hour)
    return {
        "units": [{"id": unit_id, "quantity": 1}],
        "start": start.isoformat(),
        "end": (start + timedelta(hours=1)).isoformat(),
        "purpose": "teaching",
        "title": f"lesson {hour}",
    }


def test_of_forty_clients_one_wins_and_the_others_are_told_what_is_taken(post, world, database_url):
    machine = world["machines"][0]
    waits = []
    with ThreadPoolExecutor(CLIENTS) as clients:
        together = threading.Barrier(CLIENTS)

        def ask(body):
            together.wait()
            return post(body)

        for hour in range(ROUNDS):
            body = booking(machine, hour)
            answers = list(clients.map(ask, [body] * CLIENTS))
            waits += [wait for _, _, wait in answers]
            statuses = sorted(status for status, _, _ in answers)
            assert statuses == [201] + [409] * (CLIENTS - 1), statuses
            for status, content, _ in answers:
                if status == 409:
                    [reason] = content["reasons"]
                    assert reason["code"] == "overlaps"
                    assert reason["unit_id"] == machine
                    assert _moment(reason["start"]) == _moment(body["start"])
                    assert _moment(reason["end"]) == _moment(body["end"])
    waits.sort()
    assert waits[-1] <= 5000
    assert waits[int(len(waits) * 0.99)] <= 1000
    engine = engine_for(database_url)
    assert inspection.everything_wrong(engine) == []
    assert len(inspection.kept_bookings(engine)) == ROUNDS
    engine.dispose()


def test_a_key_sent_eight_times_at_once_books_once(post, world, database_url):
    keys = 200 if long_form() else 24
    with ThreadPoolExecutor(8) as clients:
        together = threading.Barrier(8)

        def ask(body, key):
            together.wait()
            return post(body, key)

        for number in range(keys):
            body = booking(world["machines"][number % 3], 3 * (number // 3))
            answers = list(clients.map(ask, [body] * 8, [f"key-{number}"] * 8))
            assert {status for status, _, _ in answers} <= {200, 201}
            assert len({content["id"] for _, content, _ in answers}) == 1
    engine = engine_for(database_url)
    assert len(inspection.kept_bookings(engine)) == keys
    assert inspection.everything_wrong(engine) == []
    engine.dispose()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
