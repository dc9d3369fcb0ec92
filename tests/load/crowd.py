"""One of a crowd: a real process that asks, moves, cancels, approves and closes at random, and writes down each answer.

Started as `python -m tests.load.crowd '{"url": …}'`. Every line it prints is one finished deed; a deed is printed only
after `transaction` has answered, so whatever is printed has been acknowledged.
"""

from __future__ import annotations

import json
import logging
import random
import sys
import time
import uuid
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.exc import DBAPIError

from app import create_app
from app.booking.actions import asking, changing, closing, deciding
from app.booking.rules.request import Asked, Slot, Want
from app.booking.store import bookings
from app.consortium.rules.office import Actor, Appointment
from app.database import db, transaction
from app.foundation.refusal import Refused
from app.foundation.timespan import Span
from app.trail import actions as trail

SINCE = date(2020, 1, 1)


def main() -> None:
    told = json.loads(sys.argv[1])
    app = create_app({"DATABASE_URL": told["url"], "INSTANCE_PATH": told["instance"], "TESTING": 1})
    with app.app_context():
        One(told).act()
        db.engine.dispose()


class Defects(logging.Handler):
    """Counts what the application itself calls a defect: the guard had to refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1


class One:
    """A person in the crowd."""

    def __init__(self, told: dict) -> None:
        self.told = told
        self.chance = random.Random(told["seed"])
        self.now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        offices = tuple(
            Appointment(role, told["member"], None, SINCE, None) for role in ("booker", "keeper", "member_admin")
        )
        self.actor = Actor(told["person"], "one of many", told["member"], offices)
        self.judge = Actor(told["judge"], "who decides", told["member"], offices)
        self.mine: list[int] = []
        self.done = 0
        self.defects = Defects()
        logging.getLogger("app.booking.store.ledger").addHandler(self.defects)
        if told.get("unchecked"):
            # the application's own check looks away: only the database's guard is left
            asking.reasons_by_slot = lambda asked, _: [[] for _ in asked.slots]
            changing.reasons_by_slot = asking.reasons_by_slot
            deciding.reasons_to_refuse = lambda *_: []

    def act(self) -> None:
        deeds = [getattr(self, name) for name in self.told["deeds"]]
        until = time.monotonic() + self.told["seconds"]
        left = self.told.get("deeds_at_most", 10**9)
        print(json.dumps({"deed": "ready"}), flush=True)
        while time.monotonic() < until and left:
            left -= 1
            deed = self.chance.choice(deeds)
            before, started = self.defects.count, time.monotonic()
            try:
                told = deed()
            except Refused as refused:
                told = {"refused": [reason.code for reason in refused.reasons][:3]}
            except DBAPIError as error:  # the database has gone away: nothing was acknowledged
                told = {"lost": type(error.orig).__name__}
                time.sleep(0.1)
            self.done += 1
            if told is None:
                continue
            told |= {
                "deed": deed.__name__,
                "defects": self.defects.count - before,
                "ms": round((time.monotonic() - started) * 1000, 1),
                "at": time.time(),
            }
            print(json.dumps(told), flush=True)

    def _span(self, steps: int = 24) -> Span:
        start = self.now + timedelta(days=1, minutes=30 * self.chance.randrange(steps))
        return Span(start, start + timedelta(minutes=30 * self.chance.randint(1, 4)))

    def _ask(self, wants: list[Want], spans: list[Span], accept_part: bool = False) -> dict:
        asked = Asked(
            tuple(wants),
            tuple(Slot(span) for span in spans),
            "teaching",
            f"{len(spans)}x{len(wants)}",
            self.actor.member_id,
            self.actor.person_id,
        )
        uid = uuid.uuid4().hex
        outcome = transaction(lambda: asking.request(self.actor, asked, now=self.now, uid=uid, accept_part=accept_part))
        self.mine.append(outcome.booking_id)
        return {"booking": outcome.booking_id, "dates": len(outcome.slots), "units": len(wants), "uid": uid}

    def ask_machine(self) -> dict:
        return self._ask([Want(self.chance.choice(self.told["machines"]))], [self._span()])

    def ask_lab(self) -> dict:
        return self._ask([Want(self.chance.choice(self.told["rooms"]))], [self._span()])

    def ask_pool(self) -> dict:
        return self._ask([Want(self.told["pool"], self.chance.randint(1, 3))], [self._span()])

    def ask_several(self) -> dict:
        chosen = self.chance.sample(self.told["machines"], k=min(3, len(self.told["machines"])))
        return self._ask([Want(each) for each in chosen], [self._span()])

    def ask_series(self) -> dict:
        first = self._span(12)
        spans = [Span(first.start + timedelta(days=n), first.end + timedelta(days=n)) for n in range(6)]
        return self._ask([Want(self.chance.choice(self.told["machines"]))], spans, self.chance.random() < 0.5)

    def ask_keyed(self) -> dict | None:
        """The next of the agreed keys; everybody in the crowd sends the same ones."""
        number = self.told["keys"] - self.told["deeds_at_most"] + self.done
        machine = self.told["machines"][number % 3]
        start = self.now + timedelta(days=2 + number // 3)
        asked = Asked(
            (Want(machine),),
            (Slot(Span(start, start + timedelta(hours=1))),),
            "teaching",
            "1x1",
            self.actor.member_id,
            self.actor.person_id,
        )

        def do() -> dict:
            outcome = asking.request(self.actor, asked, now=self.now, uid=uuid.uuid4().hex)
            return {"booking": outcome.booking_id, "dates": 1, "units": 1}

        answer, repeated = transaction(
            lambda: trail.once(self.actor.person_id, f"key {number}", asking.content_of(asked), self.now, do)
        )
        return answer | {"key": number, "repeated": repeated}

    def cancel(self) -> dict | None:
        booking = self._one_of_mine()
        if booking is None:
            return None
        after = transaction(lambda: changing.cancel(self.actor, booking.id, booking.version, now=self.now))
        self.mine.remove(booking.id)
        return {"cancelled": booking.id, "state": after.state}

    def move(self) -> dict | None:
        booking = self._one_of_mine()
        if booking is None:
            return None
        slots = {booking.open_dates[0].id: Slot(self._span())}
        after = transaction(
            lambda: changing.change(
                self.actor, booking.id, booking.version, changing.Changes(slots=slots), now=self.now
            )
        )
        return {"moved": booking.id, "version": after.version}

    def approve(self) -> dict | None:
        booking = self._one_of_mine()
        if booking is None or booking.state != "waiting":
            return None
        transaction(lambda: deciding.approve(self.judge, booking.id, booking.version, now=self.now))
        return {"approved": booking.id}

    def refuse(self) -> dict | None:
        booking = self._one_of_mine()
        if booking is None or booking.state != "waiting":
            return None
        transaction(lambda: deciding.refuse(self.judge, booking.id, booking.version, now=self.now, note="no"))
        self.mine.remove(booking.id)
        return {"declined": booking.id}

    def ask_with_approval(self) -> dict:
        return self._ask([Want(self.told["guarded"])], [self._span()])

    def close(self) -> dict:
        scope, scope_id = self.chance.choice((("unit", self.told["machines"][0]), ("lab", self.told["labs"][0])))
        span = self._span()
        closure = transaction(
            lambda: closing.close(self.actor, "maintenance", scope, scope_id, span, "oil", now=self.now)
        )
        return {"closed": closure}

    def _one_of_mine(self):
        if not self.mine:
            return None
        booking = transaction(lambda: bookings.find(self.chance.choice(self.mine)))
        return booking if booking and booking.open_dates else None


EVERYTHING = (
    "ask_machine",
    "ask_machine",
    "ask_lab",
    "ask_pool",
    "ask_pool",
    "ask_several",
    "ask_series",
    "ask_with_approval",
    "approve",
    "refuse",
    "cancel",
    "cancel",
    "move",
    "move",
    "close",
)

if __name__ == "__main__":
    main()
