"""R1, R3, R6 where time changes hands: waiting list, exchange, displacement, several people in the very same moment.

Each round sets one scene and lets everybody in it loose at once; rounds are counted, not seconds, so a slow machine
proves as much as a fast one.
"""

from __future__ import annotations

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from app.booking.actions import asking, changing, displacing, passing, serving, waiting
from app.booking.rules.displacing import Said
from app.booking.rules.request import Asked, Slot, Want
from app.booking.rules.waiting import StandbyForm
from app.booking.store import bookings
from app.booking.store import waiting as line
from app.consortium.rules.office import Actor, Appointment
from app.database import db, engine_for, transaction
from app.foundation.refusal import Refused
from app.foundation.timespan import Span, at_local, local_day, local_minute
from tests.load import inspection
from tests.load.conftest import long_form

pytestmark = pytest.mark.slow

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture
def scene(app, world, database_url, database_name, caplog):
    """People and machines; at the end nothing is wrong, the guard never had to step in, and nobody met in a deadlock."""
    engine = engine_for(database_url)
    with app.app_context():
        yield Scene(app, world)
    assert inspection.everything_wrong(engine) == []
    if database_name == "postgresql":
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_stat_force_next_flush()"))
            deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            assert connection.scalar(text(deadlocks)) == 0
    engine.dispose()
    assert [record.message for record in caplog.get_records("call") if "defect" in record.message] == []


class Scene:
    """Each round is on a day of its own."""

    def __init__(self, app, world) -> None:
        self.app, self.world = app, world
        offices = [Appointment(role, world["member"], None, date(2020, 1, 1), None) for role in ("booker", "keeper")]
        self.one = Actor(world["person"], "one", world["member"], tuple(offices))
        self.judge = Actor(world["judge"], "judge", world["member"], tuple(offices))
        booker = Appointment("booker", world["others"], None, date(2020, 1, 1), None)
        self.mate = Actor(world["mate"], "mate", world["others"], (booker,))
        self.rounds = 120 if long_form() else 12

    def span(self, number: int, first: int, hours: int = 1) -> Span:
        start = at_local(local_day(NOW) + timedelta(days=2 + number), 60 * (8 + first))
        return Span(start, start + hours * HOUR)

    def asked(self, who: Actor, machine: int, span: Span) -> Asked:
        return Asked((Want(machine),), (Slot(span),), "teaching", "1x1", who.member_id, who.person_id)

    def books(self, who: Actor, machine: int, span: Span) -> int:
        asked, uid = self.asked(who, machine, span), uuid.uuid4().hex
        return asking.request(who, asked, now=NOW, uid=uid).booking_id

    def waits(self, who: Actor, machine: int, span: Span) -> int:
        day, first = local_day(span.start), local_minute(span.start)
        until = first + span.minutes
        form = StandbyForm(
            (machine,), 1, day, day, (day.isoweekday(),), first, until, span.minutes, "", "1x1", "teaching"
        )
        return waiting.wait(who, form, now=NOW)

    def cancels(self, who: Actor, booking_id: int) -> str:
        return changing.cancel(who, booking_id, bookings.find(booking_id).version, now=NOW).state

    def at_once(self, *deeds, each_by_itself: bool = False) -> list:
        """All of these in one moment, each in a transaction of its own; the answers, or the code of the refusal.

        `each_by_itself`: they open their transactions themselves.
        """
        gate = threading.Barrier(len(deeds))

        def one(deed):
            with self.app.app_context():
                gate.wait()
                try:
                    return deed() if each_by_itself else transaction(deed)
                except Refused as refused:
                    return refused.reasons[0].code
                finally:
                    db.session.remove()

        with ThreadPoolExecutor(len(deeds)) as pool:
            return list(pool.map(one, deeds))


def test_what_comes_free_is_held_for_one_and_answered_once(scene, monkeypatch):
    """A cancellation makes two hours free for who waits; others ask for the first of them just when she has been found."""
    found_somebody = threading.Event()
    last_rule = serving.reasons_against_all_of

    def judges_slowly(*given):
        reasons = last_rule(*given)
        found_somebody.set()
        time.sleep(0.1)
        return reasons

    def asks_then(who: Actor, machine: int, span: Span) -> int:
        assert found_somebody.wait(10)
        return transaction(lambda: scene.books(who, machine, span))

    def play(number: int) -> None:
        machine = scene.world["machines"][2 * (number % 2)]
        taken = transaction(lambda: scene.books(scene.one, machine, scene.span(number, 1)))
        standby_id = transaction(lambda: scene.waits(scene.mate, machine, scene.span(number, 0, 2)))
        found_somebody.clear()
        with monkeypatch.context() as slowly:
            slowly.setattr(serving, "reasons_against_all_of", judges_slowly)
            answers = scene.at_once(
                lambda: transaction(lambda: scene.cancels(scene.one, taken)),
                lambda: asks_then(scene.one, machine, scene.span(number, 0)),
                lambda: asks_then(scene.judge, machine, scene.span(number, 0, 2)),
                each_by_itself=True,
            )
        assert answers == ["cancelled", "overlaps", "overlaps"]
        [offer] = transaction(lambda: line.offers(standby_ids=[standby_id]))
        answers = scene.at_once(
            lambda: waiting.accept(scene.mate, offer.id, now=NOW).state,
            lambda: waiting.accept(scene.mate, offer.id, now=NOW).state,
            lambda: waiting.decline(scene.mate, offer.id, now=NOW),
        )
        assert sum(answer in ("confirmed", None) for answer in answers) == 1, answers

    for number in range(scene.rounds // 2):
        play(number)


def test_nobody_ever_sees_half_an_exchange(scene, database_url):
    """Two exchange, twice at once and now and then while one of them cancels; somebody watches all the time."""
    first, _, third = scene.world["machines"]
    engine, over, saw = engine_for(database_url), threading.Event(), []

    def watch() -> None:
        while not over.is_set():
            saw.extend(fault for fault in inspection.partial_groups(engine) if "confirmed" in fault or "units" in fault)

    def play(number: int) -> bool:
        mine = transaction(lambda: scene.books(scene.one, first, scene.span(number, 0)))
        hers = transaction(lambda: scene.books(scene.mate, third, scene.span(number, 3)))
        date_id, at = transaction(lambda: bookings.find(mine)).dates[0].id, scene.span(number, 3).start
        proposal = transaction(lambda: passing.propose_swap(scene.one, mine, 1, date_id, third, at, now=NOW))
        cancels = [lambda: scene.cancels(scene.mate, hers)] if number % 3 == 0 else []
        accepts = [lambda: passing.accept(scene.mate, proposal, now=NOW).state] * 2
        answers = scene.at_once(*accepts, *cancels)[:2]
        assert answers.count("confirmed") <= 1, answers
        kept = transaction(lambda: bookings.bookings([mine, hers]))
        units = [each.units[0].unit_id for each in kept]
        assert units == ([third, first] if "confirmed" in answers else [first, third])
        return "confirmed" in answers

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        exchanged = sum(play(number) for number in range(scene.rounds))
    finally:
        over.set()
        watcher.join()
        engine.dispose()
    assert saw == []
    assert exchanged > scene.rounds // 3


def test_whoever_is_displaced_is_displaced_once(scene):
    """The owner displaces somebody who cancels, moves or is displaced again in the same moment, while another asks."""
    machine = scene.world["machines"][0]

    def displaces(who: Actor, span: Span) -> int:
        asked, uid = scene.asked(who, machine, span), uuid.uuid4().hex
        return displacing.displace(who, asked, Said("owner_need"), now=NOW, uid=uid).outcome.booking_id

    def moves(booking_id: int, span: Span) -> str:
        booking = bookings.find(booking_id)
        changes = changing.Changes(slots={booking.dates[0].id: Slot(span)})
        return changing.change(scene.mate, booking_id, booking.version, changes, now=NOW).state

    def play(number: int) -> None:
        span = scene.span(number, 0)
        hers = transaction(lambda: scene.books(scene.mate, machine, span))
        changes = (lambda: scene.cancels(scene.mate, hers), lambda: moves(hers, scene.span(number, 5)))
        *answers, _ = scene.at_once(
            lambda: displaces(scene.judge, span),
            lambda: displaces(scene.one, span),
            lambda: scene.books(scene.judge, machine, span),
            changes[number % 2],
        )
        got = [answer for answer in answers if isinstance(answer, int)]
        kept = transaction(lambda: bookings.find(hers))
        keeps = kept.state == "confirmed" and kept.dates[0].span == span
        assert len(got) + keeps <= 1, answers

    for number in range(scene.rounds):
        play(number)
