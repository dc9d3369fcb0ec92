"""A small city for tests of who may see and do what: four members, people in every office, one of every thing there is.

HOME owns, hosts, runs and keeps a base; GUEST has asked for a machine there; OTHER has nothing to do with it; SEAT is
where the consortium's own offices are. Bea, a booker of GUEST, holds the booking and everything that is personal.
Every free text that belongs to GUEST alone carries a canary, so that it is noticed wherever it should not be.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.booking.actions import asking, busy
from app.booking.rules.busy import Choices, Reading
from app.booking.rules.busy import Entry as BusyEntry
from app.booking.rules.counter_offer import CounterOffer
from app.booking.rules.displacing import Displacement, Said
from app.booking.rules.passing import HAND_OVER, OPEN, Proposal
from app.booking.rules.request import Asked, Slot, Want
from app.booking.rules.waiting import FIRST_COME, StandbyForm
from app.booking.store import bookings as booking_store
from app.booking.store import counter_offers as other_times
from app.booking.store import delegations, imports
from app.booking.store import displacing as displacement_store
from app.booking.store import passing as passing_store
from app.booking.store import waiting as waiting_store
from app.booking.tables.addresses import Feed, Screen
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.consortium.actions import passwords
from app.consortium.rules.membership import CONSORTIUM_ROLES
from app.consortium.rules.office import NOBODY, ROLES, Actor
from app.consortium.rules.permission import Placement
from app.consortium.rules.qualification import AgreementForm, Grant, Reach
from app.consortium.rules.restriction import IN_FORCE, Restriction
from app.consortium.store import agreements as agreement_store
from app.consortium.store import credit as credit_store
from app.consortium.store import qualifications as qualification_store
from app.consortium.tables.people import ApiToken, Appointment, SignIn
from app.database import session, transaction
from app.entrypoints import clock
from app.foundation.identifiers import secret_hash
from app.foundation.timespan import ZONE, Span
from app.outbox.tables import Delivery, Message, Robot
from app.timetable.actions.days import mark_of
from app.timetable.store import days as day_store
from app.timetable.tables import BellTable, Closure, DayRule, Fault, Period, Term
from tests import world
from tests.world import actor_of

PASSWORD = "seven tall chimneys"
CANARIES = {
    "title": "canary-title-k3v9",
    "note": "canary-note-p7x2",
    "name": "Canaria Nightingale",
    "phone": "canary-phone-55501",
    "email": "canary@guest.example",
    "feed": "canary-feed-m4q8",
    "token": "canary-token-z1w6",
    "device": "canary-device-h2t5",
    "evidence": "canary-evidence-j6y3",
}
TIMETABLE = "课程名称,教师,周次,星期,节次,教室\n钳工,某人,1-4,二,1,别处\n".encode()
"""A timetable of one lesson, in a room that nobody knows."""
COLUMNS_MEAN = ("title", "teacher", "weeks", "weekday", "periods", "room")
MEMBER_ROLES = tuple(role for role in ROLES if role not in CONSORTIUM_ROLES)


@dataclass(frozen=True)
class Somebody:
    """A person of the city, and how she comes in."""

    label: str
    person_id: int
    member_id: int | None
    cookie: str = ""
    token: str = ""
    actor: Actor = NOBODY


@dataclass(frozen=True)
class City:
    """Everything there is, by id."""

    home: int
    guest: int
    other: int
    seat: int
    things: dict[str, int]
    """Ids by the names that routes give their parts."""
    people: tuple[Somebody, ...]
    feed_token: str
    link: str
    notice_mark: str = ""
    """The mark of the national notice for 2026 as it stands, which its form carries."""
    bea: Somebody = field(default=None)  # type: ignore[assignment]

    def person(self, label: str) -> Somebody:
        return next(each for each in self.people if each.label == label)

    def placement(self, name: str, deed: str, who: Actor) -> Placement | None:
        """Where the thing stands that a route's part of this name speaks of; None when it has no such part."""
        owner_side = Placement(owner_member_ids=frozenset({self.home}), base_ids=frozenset({self.things["base_id"]}))
        personal = Placement(holder_ids=frozenset({self.bea.person_id}))
        if name == "displacement_id":
            return Placement(
                holder_ids=frozenset({self.bea.person_id}),
                booking_member_id=self.guest,
                owner_member_ids=frozenset({self.home}),
                base_ids=frozenset({self.things["base_id"]}),
            )
        if name == "fault_id":
            thing = Placement(frozenset({self.bea.person_id}), None, owner_side.owner_member_ids, owner_side.base_ids)
            return None if deed.startswith("booking.") else thing
        if name in ("booking_id", "date_id"):
            return Placement(
                holder_ids=frozenset({self.bea.person_id}),
                booking_member_id=self.guest,
                owner_member_ids=frozenset({self.home}),
                base_ids=frozenset({self.things["base_id"]}),
                state="waiting",
            )
        if name in ("other_time_id", "delegation_id"):
            keeper = self.person("keeper of home").person_id
            if deed == "booking.take_time":
                return self.placement("booking_id", deed, who)
            return Placement(holder_ids=frozenset({keeper}))
        if name == "restriction_id":
            return Placement(
                holder_ids=frozenset({self.bea.person_id}),
                booking_member_id=self.guest,
                owner_member_ids=frozenset({self.home}),
                base_ids=frozenset({self.things["other_base"]}),
            )
        if name == "qualification_id":
            return Placement(
                holder_ids=frozenset({self.bea.person_id}),
                booking_member_id=self.guest,
                owner_member_ids=frozenset({self.home}),
                base_ids=frozenset({self.things["base_id"]}),
            )
        return {
            "agreement_id": Placement(booking_member_id=self.guest, owner_member_ids=frozenset({self.home})),
            "member_id": Placement(booking_member_id=self.guest),
            "office_id": Placement(booking_member_id=self.guest),
            "person_id": Placement(holder_ids=frozenset({self.bea.person_id}), booking_member_id=self.guest),
            "base_id": owner_side,
            "lab_id": owner_side,
            "unit_id": owner_side,
            "thing_id": owner_side,
            "closure_id": owner_side,
            "screen_id": owner_side,
            "term_id": Placement(booking_member_id=self.home),
            "timetable_id": Placement(booking_member_id=self.home),
            "table_id": Placement(booking_member_id=self.home),
            "rule_id": Placement(booking_member_id=self.home),
            "sign_in_id": personal,
            "token_id": personal,
            "feed_id": personal,
            "message_id": personal,
            "calendar_id": personal,
            "standby_id": personal,
            "offer_id": personal,
            "proposal_id": personal,
        }.get(name)


def _line(
    bea_id: int, guest: int, booking_id: int, unit_id: int, start: datetime, now: datetime
) -> tuple[int, int, int]:
    """Bea waits for a machine, something is held for her, and somebody proposes to hand a booking over to her."""
    day = start.astimezone(ZONE).date()
    form = StandbyForm((unit_id,), 1, day, day, (day.isoweekday(),), 0, 1440, 60, "", "Waits", "teaching")
    line = waiting_store.add(bea_id, guest, FIRST_COME, form, now)
    span = Span(start, start + timedelta(hours=1))
    held = waiting_store.add(bea_id, guest, FIRST_COME, form, now)
    asked = Asked((Want(unit_id),), (Slot(span),), "teaching", "Held", guest, bea_id)
    kept = booking_store.add(asked, str(uuid.uuid4()), bea_id, None, now)
    booking_store.add_dates(kept, asked.slots, "waiting", now)
    offer = waiting_store.add_offer(held, kept, unit_id, span, now, now + timedelta(days=1))
    proposal = Proposal(
        0, HAND_OVER, booking_id, None, None, None, bea_id, bea_id, "", "mark", OPEN, now, now + timedelta(days=1)
    )
    return line, offer, passing_store.add(proposal)


def _asked_elsewhen(booking_id: int, date_id: int, base: int, keeper_id: int, now: datetime) -> int:
    """A keeper proposes another time for Bea's booking."""
    start = _at(now, 5, 14)
    span = Span(start, start + timedelta(hours=1))
    seats = ((base, "keeper"),)
    return other_times.add(CounterOffer(0, booking_id, date_id, span, keeper_id, None, seats, "", OPEN, now))


def _qualified(bea_id: int, base: int, keeper_id: int, now: datetime) -> int:
    """Bea is authorised at the base, by a certificate of which only she and those concerned may know."""
    since = now.date() - timedelta(days=30)
    evidence = CANARIES["evidence"]
    grant = Grant("authorisation", (bea_id,), (Reach("base", base),), since, None, evidence=evidence)
    return qualification_store.add(grant, keeper_id, now)[0]


def _restricted(bea_id: int, guest: int, base: int, now: datetime) -> int:
    """The clock has restricted Bea at a base where she books nothing."""
    held = (IN_FORCE, now, None, now, now, now + timedelta(days=30), None, None, "", None, 1)
    return credit_store.add_restriction(Restriction(0, bea_id, guest, "base", base, "repeated", "", (), *held))


def _agreed(guest: int, home: int, keeper_id: int, now: datetime) -> int:
    """Her organisation may use what belongs to the other one."""
    form = AgreementForm(guest, home, "2026-1", None, now.date() - timedelta(days=30), None)
    return agreement_store.add(form, keeper_id, now)


def _displaced(booking_id: int, date_id: int, by: int, bea_id: int, now: datetime) -> int:
    """Bea's booking was displaced by a keeper, and she has appealed."""
    start = _at(now, 5, 9)
    said = Said("other", CANARIES["note"])
    one = Displacement(
        id=0,
        version=1,
        booking_id=booking_id,
        date_id=date_id,
        span=Span(start, start + timedelta(hours=2)),
        state_before="waiting",
        winner_id=None,
        order_version=1,
        winner_class="event",
        displaced_class="member",
        said=said,
        decided_by=by,
        decided_at=now,
        notice_hours=100,
        offers="[]",
        standby_id=None,
    )
    displacement_id = displacement_store.add(one)
    kept = displacement_store.find(displacement_id)
    assert kept is not None
    words = CANARIES["note"]
    displacement_store.put(kept, appeal="open", appeal_words=words, appealed_by=bea_id, appealed_at=now)
    return displacement_id


def _broken(bea_id: int, unit_id: int, now: datetime) -> int:
    """A fault that is in nobody's way: the machine can still be used."""
    return _one(
        Fault(
            unit_id=unit_id,
            state="confirmed",
            severity="usable",
            cause="wear",
            quantity=1,
            whole=True,
            words=CANARIES["note"],
            answer="",
            cost_source="",
            reported_by=bea_id,
            reported_at=now - timedelta(hours=1),
            began_at=now - timedelta(hours=1),
            version=1,
        )
    )


def _one(row: Any) -> int:
    return world._keep(row)


def found(cheap: bool = True) -> City:
    """Lay the city down; needs an application context."""
    now = datetime.now(UTC)
    home = world.member("HOME", "school")
    guest = world.member("GUEST", "company")
    other = world.member("OTHER", "institute")
    seat = world.member("SEAT", "government")
    base = world.training_base("B1", home, contact="keeper's published desk 12345")
    elsewhere = world.training_base("B2", home)
    lab = world.lab(base, "L1")
    machine = world.unit(lab, "M1", sharing="external", needs_approval=True)
    spare = world.unit(lab, "M2", sharing="external")
    world.owns(home, base_id=base)
    world.owns(home, base_id=elsewhere)

    hashed = passwords.hashed(PASSWORD, cheap=cheap)
    first = {"password_hash": hashed, "password_set_at": now - timedelta(days=1)}
    bea_id = world.person(CANARIES["email"], CANARIES["name"], guest, "booker", phone=CANARIES["phone"], **first)
    made: list[tuple[str, int, int | None]] = [("bea", bea_id, guest)]
    for name, member_id in (("home", home), ("guest", guest), ("other", other)):
        for role in MEMBER_ROLES:
            label = f"{role} of {name}"
            made += [(label, world.person(f"{role}@{name}.example", label, member_id, role, **first), member_id)]
    for role in CONSORTIUM_ROLES:
        made += [(role, world.person(f"{role}@seat.example", role, seat, role, **first), seat)]
    for role in ("keeper", "base_head"):
        label = f"{role} of another base"
        email = f"{role}2@home.example"
        made.append((label, world.person(email, label, home, role, base=elsewhere, **first), home))
    made.append(("without an office", world.person("none@guest.example", "no office", guest, **first), None))

    booking_id = transaction(lambda: _booked(bea_id, guest, machine, now))
    date_id = session().scalar(select(BookingDate.id).where(BookingDate.booking_id == booking_id)) or 0
    feed_token, link = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    sign_in = _one(
        SignIn(
            person_id=bea_id,
            cookie_hash=secret_hash(secrets.token_urlsafe(32)),
            acting_member_id=guest,
            device=CANARIES["device"],
            address="192.0.2.7",
            started_at=now,
            seen_at=now,
        )
    )
    calendar = transaction(lambda: _calendar(bea_id, guest, spare, now))
    token = _one(
        ApiToken(
            person_id=bea_id,
            token_hash=secret_hash(secrets.token_urlsafe(32)),
            name=CANARIES["token"],
            rights="read",
            created_at=now,
            expires_at=now + timedelta(days=30),
        )
    )
    feed = _one(
        Feed(
            person_id=bea_id,
            acting_member_id=guest,
            token_hash=secret_hash(feed_token),
            name=CANARIES["feed"],
            scope="person",
            scope_id=bea_id,
            variant="full",
            made_at=now,
        )
    )
    office = session().scalar(select(Appointment.id).where(Appointment.person_id == bea_id)) or 0
    monday = clock.today() - timedelta(days=clock.today().weekday())
    term = _one(Term(member_id=home, name_zh="学期", name_en="Term", first_monday=monday, weeks=18, version=1))
    bells = _one(BellTable(member_id=home, name_zh="作息", name_en="Bells", version=1))
    _one(Period(bell_table_id=bells, number=1, start_minute=480, end_minute=525))
    off = clock.today() + timedelta(days=60)
    rule = _one(DayRule(member_id=home, day=off, kind="off", name_zh="校庆", name_en="Founders' day", version=1))
    later = _at(now, 20, 8)
    closure = _one(
        Closure(
            kind="closure",
            base_id=base,
            starts_at=later,
            ends_at=later + timedelta(hours=2),
            reason="stocktaking",
            made_at=now,
        )
    )
    _one(
        Allocation(
            unit_id=world.room(lab),
            closure_id=closure,
            starts_at=later,
            ends_at=later + timedelta(hours=2),
            quantity=1,
            exclusive=True,
            holds=True,
            asked=True,
        )
    )
    told = session().scalar(select(Message.id).where(Message.person_id == bea_id)) or 0
    robot = _one(
        Robot(
            name="Keepers",
            form="feishu",
            url="https://open.feishu.cn/open-apis/bot/v2/hook/canary-robot",
            kinds="answer own",
            locale="zh",
            made_by=bea_id,
            made_at=now,
            version=1,
        )
    )
    dead = _one(
        Delivery(
            message_id=told,
            person_id=bea_id,
            channel="mail",
            mark="dead",
            state="dead",
            made_at=now,
            due_at=now,
            tries=10,
            last_words="550 no such mailbox",
            ended_at=now,
        )
    )
    screen = _one(
        Screen(
            base_id=base, token_hash=secret_hash(secrets.token_urlsafe(32)), name="hall", made_by=bea_id, made_at=now
        )
    )
    brought = transaction(lambda: _timetable(bea_id, home, term, now))
    line, offer, proposal = transaction(lambda: _line(bea_id, guest, booking_id, machine, later, now))
    keeper_id = next(person_id for label, person_id, _ in made if label == "keeper of home")
    things = {
        "displacement_id": transaction(lambda: _displaced(booking_id, date_id, keeper_id, bea_id, now)),
        "standby_id": line,
        "restriction_id": transaction(lambda: _restricted(bea_id, guest, elsewhere, now)),
        "other_base": elsewhere,
        "other_time_id": transaction(lambda: _asked_elsewhen(booking_id, date_id, base, keeper_id, now)),
        "delegation_id": transaction(
            lambda: delegations.add(
                keeper_id, bea_id, clock.today() + timedelta(days=30), clock.today() + timedelta(days=32)
            )
        ),
        "qualification_id": transaction(lambda: _qualified(bea_id, base, keeper_id, now)),
        "agreement_id": transaction(lambda: _agreed(guest, home, keeper_id, now)),
        "elsewhere": elsewhere,
        "fault_id": _broken(bea_id, spare, now),
        "offer_id": offer,
        "proposal_id": proposal,
        "timetable_id": brought,
        "message_id": told,
        "delivery_id": dead,
        "robot_id": robot,
        "booking_id": booking_id,
        "date_id": date_id,
        "member_id": guest,
        "person_id": bea_id,
        "office_id": office,
        "sign_in_id": sign_in,
        "token_id": token,
        "feed_id": feed,
        "base_id": base,
        "lab_id": lab,
        "unit_id": machine,
        "spare_unit": spare,
        "closure_id": closure,
        "calendar_id": calendar,
        "screen_id": screen,
        "term_id": term,
        "table_id": bells,
        "rule_id": rule,
    }
    people = tuple(
        Somebody(
            label,
            person_id,
            member_id,
            world.cookie_for(person_id, member_id),
            world.token_for(person_id),
            actor_of(person_id, member_id, now) or Actor(person_id, label, None),
        )
        for label, person_id, member_id in made
    )
    mark = mark_of(day_store.holidays(2026))
    return City(home, guest, other, seat, things, people, feed_token, link, mark, people[0])


def _timetable(person_id: int, member_id: int, term_id: int, now: datetime) -> int:
    """A timetable that was looked at and would change nothing."""
    made = imports.add(
        "timetable",
        member_id,
        "timetable.csv",
        TIMETABLE,
        made_by=person_id,
        now=now,
        layout="long_table",
        term_id=term_id,
        choices={"policy": "skip", "covers": "whole"},
    )
    imports.put(made, 1, state="planned")
    return made


def _at(now: datetime, days: int, hour: int) -> datetime:
    day = now.astimezone(ZONE) + timedelta(days=days)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0).astimezone(UTC)


def _booked(bea_id: int, guest: int, machine: int, now: datetime) -> int:
    bea = actor_of(bea_id, guest, now)
    assert bea
    start = _at(now, 5, 9)
    asked = Asked(
        wants=(Want(machine, 1),),
        slots=(Slot(Span(start, start + timedelta(hours=2))),),
        purpose="teaching",
        title=CANARIES["title"],
        member_id=guest,
        holder_id=bea_id,
        note=CANARIES["note"],
    )
    outcome = asking.request(bea, asked, now=now, uid=uuid.uuid4().hex)
    assert session().scalar(select(Booking.id).where(Booking.id == outcome.booking_id))
    return int(outcome.booking_id)


def _calendar(bea_id: int, guest: int, spare: int, now: datetime) -> int:
    """Bea's diary with one entry, brought in and not yet applied."""
    bea = actor_of(bea_id, guest, now)
    assert bea
    start = _at(now, 8, 9)
    entry = BusyEntry("canary", "", 1, CANARIES["title"], Span(start, start + timedelta(hours=1)))
    choices = Choices("unit", spare, "booking", "Diary")
    return busy.bring_in(bea, choices, "diary.ics", b"BEGIN:VCALENDAR", Reading([entry]), now=now)
