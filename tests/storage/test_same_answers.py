"""R13: both databases answer three hundred random histories just as a simple model in plain Python does."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from app.booking.actions import asking, changing, closing, deciding
from app.booking.rules.request import Asked, Slot, Want
from app.booking.store import bookings
from app.consortium.rules.office import Actor, Appointment
from app.database import session, transaction
from app.foundation.refusal import Refused
from app.foundation.timespan import Span
from tests import world
from tests.storage.ledger_model import HORIZON, Model, ModelUnit

NOW = datetime(2026, 9, 1, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
BATCHES, HISTORIES, DEEDS = 10, 30, 14

UNITS = {
    "room": ModelUnit(is_room=True),
    "machine": ModelUnit(room="room", setup=1, cleaning=1),
    "other": ModelUnit(room="room"),
    "pool": ModelUnit(capacity=4, room="room"),
    "guarded": ModelUnit(room="room", asks=True, holds_while_waiting=False),
    "watched": ModelUnit(room="room", asks=True),
}


class Real:
    """The product, asked in the model's words."""

    def __init__(self, actor: Actor, judge: Actor, base: int) -> None:
        self.actor = actor
        self.judge = judge
        self.base = base
        lab = world.lab(base, uuid.uuid4().hex)
        self.lab = lab
        self.ids = {"room": world.room(lab)}
        for name, unit in UNITS.items():
            if not unit.is_room:
                self.ids[name] = world.unit(
                    lab,
                    name,
                    kind="pool" if unit.capacity > 1 else "machine",
                    capacity=unit.capacity,
                    setup_minutes=30 * unit.setup,
                    cleaning_minutes=30 * unit.cleaning,
                    needs_approval=unit.asks,
                    holds_while_waiting=unit.holds_while_waiting,
                )
        self.bookings: list[int] = []

    def ask(self, wants, spans, accept_part):
        asked = Asked(
            tuple(Want(self.ids[name], quantity) for name, quantity in wants.items()),
            tuple(Slot(_span(*span)) for span in spans),
            "teaching",
            "lesson",
            self.actor.member_id,
            self.actor.person_id,
        )
        outcome = transaction(
            lambda: asking.request(self.actor, asked, now=NOW, uid=uuid.uuid4().hex, accept_part=accept_part)
        )
        self.bookings.append(outcome.booking_id)
        return ("made", outcome.state, len(outcome.slots))

    def cancel(self, number, which):
        booking = self._booking(number)
        dates = None if which is None else [self._in_order(booking)[which].id]
        after = transaction(lambda: changing.cancel(self.actor, booking.id, booking.version, now=NOW, date_ids=dates))
        return ("cancelled", after.state)

    def move(self, number, which, span):
        booking = self._booking(number)
        slots = {self._in_order(booking)[which].id: Slot(_span(*span))}
        after = transaction(
            lambda: changing.change(self.actor, booking.id, booking.version, changing.Changes(slots=slots), now=NOW)
        )
        return ("moved", after.state)

    def decide(self, number, yes):
        booking = self._booking(number)
        if yes:
            after = transaction(lambda: deciding.approve(self.judge, booking.id, booking.version, now=NOW))
            return ("approved", after.state)
        after = transaction(lambda: deciding.refuse(self.judge, booking.id, booking.version, now=NOW, note="no"))
        return ("declined", after.state)

    def close(self, names, span):
        [name] = names
        transaction(
            lambda: closing.close(self.actor, "maintenance", "unit", self.ids[name], _span(*span), "oil", now=NOW)
        )
        return ("closed",)

    def held(self):
        names = {unit_id: name for name, unit_id in self.ids.items()}
        query = (
            "SELECT unit_id, starts_at, ends_at, quantity, exclusive FROM booking_allocation "
            "WHERE holds AND unit_id BETWEEN :first AND :last"
        )
        rows = session().execute(text(query), {"first": min(names), "last": max(names)})
        return sorted(
            (names[unit_id], _tick(start), _tick(end), quantity, bool(exclusive))
            for unit_id, start, end, quantity, exclusive in rows
        )

    def _booking(self, number):
        return transaction(lambda: bookings.find(self.bookings[number]))

    def _in_order(self, booking):
        return sorted(booking.dates, key=lambda each: each.id)


def _span(start: int, end: int) -> Span:
    origin = NOW + timedelta(days=3)
    return Span(origin + start * HALF_HOUR, origin + end * HALF_HOUR)


def _tick(moment) -> int:
    if isinstance(moment, int):
        moment = datetime.fromtimestamp(moment // 1_000_000, UTC)
    return int((moment - NOW - timedelta(days=3)) / HALF_HOUR)


def _next_deed(chance: random.Random, model: Model):
    """A deed both can do, as (name, arguments)."""

    def span():
        start = chance.randrange(2, HORIZON // 3)
        return (start, start + chance.randint(1, 6))

    kind = chance.choice(("ask", "ask", "ask", "series", "cancel", "move", "move", "decide", "decide", "close"))
    if kind == "ask" or not model.bookings:
        names = chance.sample(sorted(UNITS), k=chance.choice((1, 1, 2)))
        wants = {name: chance.randint(1, 5) if name == "pool" else 1 for name in names}
        return "ask", (wants, [span()], False)
    if kind == "series":
        first = span()
        spans = [(first[0] + n * chance.choice((6, 8, 12)), first[1] + n * 12) for n in range(3)]
        spans = [(start, max(end, start + 1)) for start, end in spans]
        return "ask", ({chance.choice(sorted(UNITS)): 1}, spans, chance.random() < 0.5)
    if kind == "close":
        return "close", ([chance.choice(("room", "machine", "other"))], span())
    number = chance.randrange(len(model.bookings))
    which = chance.randrange(len(model.bookings[number].dates))
    if kind == "cancel":
        return "cancel", (number, chance.choice((None, which)))
    if kind == "move":
        return "move", (number, which, span())
    return "decide", (number, chance.random() < 0.7)


def _answer(thing, deed: str, arguments) -> tuple:
    try:
        return getattr(thing, deed)(*arguments)
    except Refused as refused:
        return ("refused", {reason.code for reason in refused.reasons})


@pytest.fixture
def one(app, caplog):
    """Two who may book and decide at a base of their own, for nobody decides over what is hers.

    The database's guard never has to step in for the check.
    """
    with app.app_context():
        member = world.member("M")
        offices = tuple(Appointment(role, member, None, date(2020, 1, 1), None) for role in ("booker", "keeper"))
        actor, judge = (
            Actor(world.person(f"{name}@test.example", name, member, "booker", "keeper"), name, member, offices)
            for name in ("One", "Two")
        )
        yield Real(actor, judge, world.training_base("B", member))
    assert [record.message for record in caplog.get_records("call") if "defect" in record.message] == []


def test_a_freed_slot_can_be_had_at_once(one):
    """R5: no answer is older than the question."""
    lesson = ({"other": 1}, [(4, 6)], False)
    assert _answer(one, "ask", lesson) == ("made", "confirmed", 1)
    assert _answer(one, "ask", lesson) == ("refused", {"overlaps"})
    assert _answer(one, "cancel", (0, None)) == ("cancelled", "cancelled")
    assert _answer(one, "ask", lesson) == ("made", "confirmed", 1)


def test_touching_bookings_stand_side_by_side(one):
    """R5: the end of one is the start of the next, and neither is in the other's way."""
    for start in (6, 4, 8, 5):
        answer = _answer(one, "ask", ({"other": 1}, [(start, start + 1)], False))
        assert answer == ("made", "confirmed", 1)
    assert _answer(one, "ask", ({"other": 1}, [(7, 8)], False)) == ("made", "confirmed", 1)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_history_is_answered_as_the_model_answers_it(one, batch):
    for history in range(HISTORIES):
        chance = random.Random(1000 * batch + history)
        model, real = Model(UNITS), Real(one.actor, one.judge, one.base)
        told = []
        for _ in range(DEEDS):
            deed, arguments = _next_deed(chance, model)
            expected = _answer(model, deed, arguments)
            told.append((deed, arguments, expected))
            assert _answer(real, deed, arguments) == expected, told
        assert real.held() == model.held(), told
