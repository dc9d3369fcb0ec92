"""An exchange is one step for whoever looks: never neither of two has a time, never both; on both databases."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event, Thread

import pytest
from sqlalchemy import text

from app.booking.actions import passing
from app.booking.store import bookings
from app.database import db, session, transaction
from app.foundation.refusal import Refused
from tests.storage.town import Town

WHO_HAS_WHAT = text(
    "SELECT booking_booking.holder_id, booking_allocation.unit_id FROM booking_allocation"
    " JOIN booking_date ON booking_date.id = booking_allocation.date_id"
    " JOIN booking_booking ON booking_booking.id = booking_date.booking_id"
    " WHERE booking_allocation.asked AND booking_allocation.holds AND booking_date.state = 'confirmed'"
    " ORDER BY booking_booking.holder_id, booking_allocation.unit_id"
)


@pytest.fixture
def town(kept) -> Town:
    """Wang of blue has the lathe on Monday, Li of red the mill on Tuesday."""
    town = Town()
    town.hers = town.books(town.wang, town.blue, town.lathe, 8, 10)
    town.his = town.books(town.li, town.red, town.mill, 8, 10, day=1)
    return town


def now() -> datetime:
    return datetime.now(UTC)


def propose(town: Town) -> int:
    """Wang asks whoever has the other machine for its time."""
    hers, his = bookings.find(town.hers), bookings.find(town.his)
    wang, date, theirs = town.actor(town.wang, town.blue), hers.dates[0], his.dates[0]
    unit_id = his.units[0].unit_id
    return transaction(
        lambda: passing.propose_swap(wang, hers.id, hers.version, date.id, unit_id, theirs.span.start, now=now())
    )


def accept(town: Town, proposal_id: int) -> None:
    li = town.actor(town.li, town.red)
    transaction(lambda: passing.accept(li, proposal_id, now=now()))


def test_whoever_looks_meanwhile_sees_it_as_it_was_or_as_it_is(town, app):
    seen: Counter[tuple] = Counter()
    done = Event()

    def looks() -> None:
        with app.app_context():
            while not done.is_set():
                with db.engine.connect() as connection:
                    seen[tuple(map(tuple, connection.execute(WHO_HAS_WHAT)))] += 1

    reader = Thread(target=looks)
    reader.start()
    try:
        for _ in range(12):
            accept(town, propose(town))
            session().rollback()
    finally:
        done.set()
        reader.join(30)
    before = ((town.wang, town.lathe), (town.li, town.mill))
    after = ((town.wang, town.mill), (town.li, town.lathe))
    assert set(seen) <= {before, after}, seen
    assert sum(seen.values()) > 12


def test_what_fails_half_way_leaves_both_as_they_were(town, monkeypatch):
    proposal = propose(town)
    before = bookings.bookings([town.hers, town.his])
    real, calls = bookings.raise_version, []

    def fails_the_second_time(*args, **more):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("the power is cut")
        return real(*args, **more)

    monkeypatch.setattr(bookings, "raise_version", fails_the_second_time)
    with pytest.raises(RuntimeError):
        accept(town, proposal)
    session().rollback()
    assert bookings.bookings([town.hers, town.his]) == before
    monkeypatch.undo()
    accept(town, proposal)
    session().rollback()
    assert bookings.find(town.hers).units[0].unit_id == town.mill


def test_of_many_who_answer_at_once_one_yes_counts(town, app):
    proposal = propose(town)
    session().rollback()

    def answers(_: int) -> str:
        with app.app_context():
            try:
                accept(town, proposal)
            except Refused as refused:
                return refused.reasons[0].code
        return "yes"

    with ThreadPoolExecutor(6) as crowd:
        said = Counter(crowd.map(answers, range(6)))
    assert said == {"yes": 1, "proposal_is_over": 5}
    assert bookings.find(town.hers).units[0].unit_id == town.mill
