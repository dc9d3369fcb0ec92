"""One of a crowd: a real process that does at random whatever makes or ends a booking, and writes down each answer.

It asks, moves, cancels, approves, closes, displaces, appeals, waits and answers, exchanges, hands over, gives back early
and makes longer, reports faults, mends them and moves out of their way, with bookings of its own and of everybody else.

Started by the nursery, or as `python -m tests.load.crowd '{"url": …}'`. Every line it prints is one finished deed; a
deed is printed only after `transaction` has answered, so whatever is printed has been acknowledged.
"""

from __future__ import annotations

import json
import logging
import random
import sys
import time
import uuid
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.exc import DBAPIError

from app import create_app
from app.booking.actions import (
    appealing,
    asking,
    changing,
    closing,
    deciding,
    displacing,
    fault_hits,
    faults,
    passing,
    serving,
    waiting,
)
from app.booking.actions.instead import Hit
from app.booking.rules.displacing import NONE, OPEN, Said
from app.booking.rules.request import Asked, Slot, Want
from app.booking.rules.waiting import StandbyForm
from app.booking.store import bookings
from app.booking.store import passing as proposals
from app.booking.store import waiting as line
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.booking.tables.displacing import Displacement
from app.consortium.rules.office import Actor, Appointment
from app.database import db, session, transaction
from app.foundation.refusal import Refused
from app.foundation.timespan import Span, local_day, local_minute
from app.timetable.rules.faults import CONFIRMED, REPORTED, UNUSABLE, USABLE, Ending, Fault, Finding, Report
from app.timetable.store import faults as fault_store
from app.trail import actions as trail
from app.usage.actions import presence
from tests.load import inspection

SINCE = date(2020, 1, 1)

HELD = (
    select(Allocation.unit_id, BookingDate.starts_at)
    .join(BookingDate, BookingDate.id == Allocation.date_id)
    .join(Booking, Booking.id == BookingDate.booking_id)
    .where(Allocation.asked, Allocation.exclusive, BookingDate.state == "confirmed")
    .where(Booking.holder_id == bindparam("holder"), Booking.title.like("%x1"))
    .order_by(BookingDate.id.desc())
    .limit(8)
)
"""The newest times that somebody has, of bookings of one unit: unit and start."""

TO_APPEAL = (
    select(Displacement.id, Displacement.version, Displacement.appeal)
    .where(Displacement.appeal.in_((NONE, OPEN)), ~Displacement.restored, Displacement.resettled_id.is_(None))
    .order_by(Displacement.id.desc())
    .limit(8)
)
"""The newest times that somebody lost and has neither got back nor settled."""

MOST_FAULTS = 2


def main(told: dict) -> None:
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
        of_others = (Appointment("booker", told["others"], None, SINCE, None),)
        self.mate = Actor(told["mate"], "of another member", told["others"], of_others)
        self.clock = Actor(0, "clock", None, (), address="clock")
        self.mine: list[int] = []
        self.done = 0
        self.undone = set(told["deeds"]) - {"look"}
        """What she has not managed yet; she tries that more often."""
        self.defects = Defects()
        logging.getLogger("app.booking.store.ledger").addHandler(self.defects)
        if told.get("unchecked"):
            # the application's own check looks away: only the database's guard is left
            asking.reasons_by_slot = lambda asked, _: [[] for _ in asked.slots]
            changing.reasons_by_slot = asking.reasons_by_slot
            passing.reasons_by_slot = asking.reasons_by_slot
            deciding.reasons_to_refuse = lambda *_: []
            serving.reasons_to_refuse = deciding.reasons_to_refuse

    def act(self) -> None:
        deeds = [getattr(self, name) for name in self.told["deeds"]]
        until = time.monotonic() + self.told["seconds"]
        left, at_least = self.told.get("deeds_at_most", 10**9), self.told.get("at_least", 0)
        print(json.dumps({"deed": "ready"}), flush=True)
        while (time.monotonic() < until or self.done < at_least) and left:
            left -= 1
            deed = self.chance.choice(deeds)
            if self.undone and self.chance.random() < 0.3:
                deed = getattr(self, self.chance.choice(sorted(self.undone)))
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
            if "refused" not in told and "lost" not in told and told.get("displaced", True):
                self.undone.discard(deed.__name__)
            told |= {
                "deed": deed.__name__,
                "defects": self.defects.count - before,
                "ms": round((time.monotonic() - started) * 1000, 1),
                "at": time.time(),
            }
            print(json.dumps(told), flush=True)

    def _span(self, steps: int = 24) -> Span:
        start = self.now + timedelta(days=1, minutes=30 * self.chance.randrange(self.told.get("steps", steps)))
        return Span(start, start + timedelta(minutes=30 * self.chance.randint(1, 4)))

    def _asked(self, actor: Actor, wants: list[Want], spans: list[Span]) -> Asked:
        slots, title = tuple(Slot(span) for span in spans), f"{len(spans)}x{len(wants)}"
        return Asked(tuple(wants), slots, "teaching", title, actor.member_id, actor.person_id)

    def _ask(self, wants: list[Want], spans: list[Span], accept_part: bool = False, actor: Actor | None = None) -> dict:
        who = actor or self.actor
        asked, uid = self._asked(who, wants, spans), uuid.uuid4().hex
        outcome = transaction(lambda: asking.request(who, asked, now=self.now, uid=uid, accept_part=accept_part))
        if who is self.actor:
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

    # ── whose turn it is, and between two people ──

    def ask_as_another(self) -> dict:
        return self._ask([Want(self.chance.choice(self.told["machines"]))], [self._span()], actor=self.mate)

    def displace(self) -> dict:
        """The owner's side takes a time, whoever of another member has it."""
        unit_id, span = self.chance.choice(self.told["machines"]), self._span()
        theirs = transaction(lambda: session().execute(HELD, {"holder": self.mate.person_id}).all())
        theirs = [each for each in theirs if each[0] in self.told["machines"]]
        if theirs and self.chance.random() < 0.7:
            unit_id, start = self.chance.choice(theirs)
            span = Span(start, start + timedelta(minutes=30))
        asked = self._asked(self.judge, [Want(unit_id)], [span])
        uid, said = uuid.uuid4().hex, Said("owner_need")
        done = transaction(lambda: displacing.displace(self.judge, asked, said, now=self.now, uid=uid))
        return {"booking": done.outcome.booking_id, "dates": 1, "units": 1, "displaced": len(done.displacement_ids)}

    def wait(self) -> dict | None:
        """Stand in the line for a machine, unless it is long; then leave it."""
        who = self.chance.choice((self.actor, self.mate))
        standing = transaction(lambda: line.standbys(person_id=who.person_id, state="open"))
        if len(standing) >= 4:
            first = standing[0]
            transaction(lambda: waiting.withdraw(who, first.id, first.version, now=self.now))
            return {"left": first.id}
        span = self._span()
        day, minute = local_day(span.start), local_minute(span.start)
        until = min(minute + span.minutes, 24 * 60)
        units = tuple(self.chance.sample([*self.told["machines"], self.told["guarded"]], 2))
        form = StandbyForm(
            units, 1, day, day, (day.isoweekday(),), minute, until, until - minute, "", "1x1", "teaching"
        )
        return {"waits": transaction(lambda: waiting.wait(who, form, now=self.now))}

    def answer(self) -> dict | None:
        """Answer a time that is held for somebody, or let its time run out; others may do so in the same moment."""
        offers = [each for each in transaction(line.offers) if each.state == "open"]
        if not offers:
            return None
        offer = self.chance.choice(offers[-6:])
        how = self.chance.choice(("take", "take", "pass", "expire"))
        if how == "expire":
            transaction(lambda: waiting.expire(self.clock, offer.id, now=offer.expires_at))
            return {"expired": offer.id}
        who = self._holder_of(offer.booking_id)
        if how == "pass":
            transaction(lambda: waiting.decline(who, offer.id, now=self.now))
            return {"passed": offer.id}
        after = transaction(lambda: waiting.accept(who, offer.id, now=self.now))
        return {"booking": after.id, "dates": 1, "units": 1}

    def swap(self) -> dict | None:
        """Propose to exchange one of mine for one of the other's, who mostly says yes; or she answers an older one."""
        booking = self._one_of_mine()
        single = booking is not None and len(booking.units) == 1
        confirmed = [date for date in booking.open_dates if date.state == "confirmed"] if single else []
        theirs = transaction(lambda: session().execute(HELD, {"holder": self.mate.person_id}).all())
        proposal = None
        if confirmed and theirs:
            unit_id, at = self.chance.choice(theirs)
            mine = confirmed[0].id
            proposal = transaction(
                lambda: passing.propose_swap(self.actor, booking.id, booking.version, mine, unit_id, at, now=self.now)
            )
        if proposal is None or self.chance.random() < 0.3:
            made = transaction(lambda: proposals.of_person(self.mate.person_id, 30))
            waiting_for_her = [each.id for each in made if each.state == "open" and each.to_id == self.mate.person_id]
            if not waiting_for_her:
                return None
            proposal = self.chance.choice(waiting_for_her)
        transaction(lambda: passing.accept(self.mate, proposal, now=self.now))
        return {"exchanged": proposal}

    def hand_over(self) -> dict | None:
        booking = self._one_of_mine()
        if booking is None:
            return None
        proposal = transaction(
            lambda: passing.propose_hand_over(
                self.actor, booking.id, booking.version, self.mate.person_id, now=self.now
            )
        )
        transaction(lambda: passing.accept(self.mate, proposal, now=self.now))
        self.mine.remove(booking.id)
        return {"handed over": booking.id}

    def give_back(self) -> dict | None:
        """Somebody is done ten minutes after she began."""
        booking = self._one_of_mine()
        if booking is None:
            return None
        date = booking.open_dates[0]
        soon = date.span.start + timedelta(minutes=10)
        after = transaction(lambda: presence.give_back(self.actor, booking.id, booking.version, date.id, now=soon))
        self.mine.remove(booking.id)
        return {"gave back": booking.id, "version": after.version}

    def make_longer(self) -> dict | None:
        """Somebody needs longer, five minutes before her end."""
        booking = self._one_of_mine()
        if booking is None:
            return None
        date = booking.open_dates[0]
        soon = date.span.end - timedelta(minutes=5)
        after = transaction(lambda: presence.extend(self.actor, booking.id, booking.version, date.id, now=soon))
        return {"made longer": booking.id, "version": after.version}

    def appeal(self) -> dict | None:
        """Whoever was displaced disagrees, and mostly is right; others may answer her in the same moment."""
        found = transaction(lambda: session().execute(TO_APPEAL).all())
        if not found:
            return None
        number, version, appeal = self.chance.choice(found)
        if appeal == NONE:
            transaction(lambda: appealing.appeal(self.mate, number, version, "it was mine", now=self.now))
            version += 1
        is_right = self.chance.random() < 0.8
        after = transaction(
            lambda: appealing.answer(self.actor, number, version, upheld=is_right, words="so it was", now=self.now)
        )
        return {"upheld": after.id, "restored": after.restored} if is_right else {"rejected": after.id}

    # ── what is broken ──

    def report(self) -> dict | None:
        who, unit_id = self.chance.choice((self.actor, self.mate)), self.chance.choice(self.told["machines"])
        if len(self._broken()) >= MOST_FAULTS:
            return None
        form = Report("it smokes", self.chance.choice((UNUSABLE, UNUSABLE, USABLE)), self.now - timedelta(hours=1))
        return {"reported": transaction(lambda: faults.report(who, unit_id, form, now=self.now))}

    def mend(self) -> dict | None:
        """The keeper confirms what was reported, or says that it works again, or until when it does not."""
        open_now = self._broken()
        if not open_now:
            return None
        fault = self.chance.choice(open_now)
        if fault.state == REPORTED or self.chance.random() < 0.3:
            finding = Finding(fault.began_at, self._span().end, fault.severity, "wear")
            transaction(lambda: faults.confirm(self.actor, fault.id, fault.version, finding, now=self.now))
            return {"confirmed": fault.id}
        ending = Ending(self.now, "wear", "a new belt")
        transaction(lambda: faults.repair(self.actor, fault.id, fault.version, ending, now=self.now))
        return {"repaired": fault.id}

    def get_out_of_the_way(self) -> dict | None:
        """With one press, to the best place there is."""
        hit = transaction(self._hit)
        if hit is None:
            return None
        fault_id, booking = hit[0].id, hit[1].booking
        after, _ = transaction(lambda: fault_hits.move(self.judge, fault_id, booking.id, booking.version, now=self.now))
        return {"out of the way": after.id, "version": after.version}

    def _broken(self) -> list[Fault]:
        found = transaction(lambda: fault_store.open_of(self.told["machines"]))
        return [each for of_unit in found.values() for each in of_unit]

    def _hit(self) -> tuple[Fault, Hit] | None:
        """One of the first that a fault is in the way of."""
        of_units = fault_store.open_of(self.told["machines"]).values()
        for fault in [each for of_unit in of_units for each in of_unit if each.state == CONFIRMED]:
            hits = fault_hits.hits(fault, self.now)
            if hits:
                return fault, self.chance.choice(hits[:5])
        return None

    def look(self) -> dict | None:
        """What somebody who looks in this very moment sees: no date is confirmed without its time."""
        faults = [
            fault for fault in inspection.partial_groups(db.engine) if "confirmed" in fault or "units of" in fault
        ]
        return {"saw": faults[:3]} if faults else None

    def _holder_of(self, booking_id: int) -> Actor:
        booking = transaction(lambda: bookings.find(booking_id))
        return next(who for who in (self.actor, self.mate, self.judge) if who.person_id == booking.holder_id)

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
    "ask_as_another",
    "ask_as_another",
    "displace",
    "displace",
    "wait",
    "wait",
    "answer",
    "answer",
    "swap",
    "swap",
    "hand_over",
    "give_back",
    "make_longer",
    "appeal",
    "appeal",
    "report",
    "mend",
    "mend",
    "get_out_of_the_way",
    "get_out_of_the_way",
    "look",
)

if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
