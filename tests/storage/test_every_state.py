"""Whatever people of every kind try, a booked date is where a plain model says, and never leaves the table of transitions."""

from __future__ import annotations

import os
import uuid
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from hypothesis import Phase, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import insert, text

from app.booking.actions import adding, asking, changing, deciding, displacing, lapsing, passing, serving, waiting
from app.booking.rules.displacing import Said
from app.booking.rules.request import Asked, Slot, Want
from app.booking.rules.transitions import TRANSITIONS, after
from app.booking.rules.waiting import StandbyForm
from app.booking.store import chains
from app.booking.store import waiting as line
from app.booking.tables.line import Limit
from app.consortium.rules.office import Actor, Appointment
from app.consortium.tables.people import Setting
from app.database import db, engine_for, session, transaction
from app.foundation.refusal import Refused
from app.foundation.timespan import Span, local_day
from app.usage.actions import presence, tending
from tests import world as lay_down
from tests.load import inspection
from tests.storage.lifecycle_model import (
    ANSWER_HOURS,
    ASKERS,
    DISPLACED_UNTIL,
    HOUR,
    MINUTE,
    NO_SHOW,
    PEOPLE,
    SLOTS,
    UNITS,
    WANTS,
    Model,
    No,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

HISTORIES, DEEDS = 310, 8
MOST_TICKS, MOST_BOOKINGS, MOST_IN_LINE = 2, 7, 3
FIRST_DEEDS = 8
"""So much is done before the hour of a date comes: afterwards less can be."""
BEGINNING = datetime(2027, 1, 3, 16, tzinfo=UTC)  # midnight there, a Monday of years without holidays
CLOCK = Actor(0, "clock", None, (), address="clock")

ELSEWHERE = ("lesson.", "displacement.", "booking.accept_time")
"""Deeds with stories of their own: timetables that are brought in, appeals, another time proposed."""

numbers = strategies.integers(0, 999)


class World:
    """What all histories of a run share: people, two bases and their machines; each history has a week of its own."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, str, str]] = Counter()
        self.refusals: Counter[str] = Counter()
        self.histories = 0
        members = {name: lay_down.member(name.upper()) for name in {person.member for person in PEOPLE.values()}}
        bases = {name: lay_down.training_base(name.upper(), members["owner"]) for name in ("near", "far")}
        labs = {name: lay_down.lab(base, f"{name} lab") for name, base in bases.items()}
        self.units = {
            name: lay_down.unit(labs[unit.base], name, needs_approval=unit.asks, holds_while_waiting=unit.holds)
            for name, unit in UNITS.items()
        }
        self.base_names = {base_id: name for name, base_id in bases.items()}
        self.actors = {}
        for name, person in PEOPLE.items():
            member = members[person.member]
            base = bases[person.keeps[0]] if person.roles == ("keeper",) else None
            person_id = lay_down.person(f"{name}@test.example", name, member, *person.roles, base=base)
            offices = tuple(Appointment(role, member, base, date(2020, 1, 1), None) for role in person.roles)
            self.actors[name] = Actor(person_id, name, member, offices, on=local_day(BEGINNING))
        transaction(self._numbers)
        self.person_names = {actor.person_id: name for name, actor in self.actors.items()}

    def _numbers(self) -> None:
        whole = {"approval.hours": ANSWER_HOURS, "displace.deadline_hours": DISPLACED_UNTIL // HOUR}
        whole |= {"presence.kept": 1, "release.unclaimed": 1, "grace.no_show_minutes": NO_SHOW // MINUTE}
        rows = [{"name": name, "value": str(value), "version": 1} for name, value in whole.items()]
        session().execute(insert(Setting), rows)
        granting = [self.units[name] for name, unit in UNITS.items() if unit.silence_grants]
        rows = [{"unit_id": unit_id, "name": "approval.silence_grants", "value": 1} for unit_id in granting]
        session().execute(insert(Limit), rows)


class History(RuleBasedStateMachine):
    """One history: the product and the model do the same, and are compared after each deed."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.start = BEGINNING + timedelta(days=7 * self.world.histories)
        self.world.histories += 1
        self.model = Model(self.start)
        self.ticks = 0
        self.deeds = 0
        self.has_run = False
        self.ids: list[int] = []
        self.date_ids: dict[object, int] = {}
        self.standby_ids: list[int] = []
        self.proposal_ids: list[int] = []
        self.first_standby = self._read("SELECT COALESCE(max(id), 0) FROM booking_standby")[0][0] + 1
        self.first = self._read("SELECT COALESCE(max(id), 0) FROM booking_booking")[0][0] + 1
        self.trail = self._read("SELECT COALESCE(max(id), 0) FROM trail_entry")[0][0]
        self.versions: dict[int, int] = {}
        self.states: dict[int, tuple[int, str]] = {}

    # ── the deeds ──

    @initialize(wants=strategies.sampled_from(WANTS), others=strategies.sampled_from(WANTS), pick=numbers)
    def two_have_booked(self, wants, others, pick):
        """One of each of two members, and perhaps both are agreed; where two bases are asked, so far by one of them."""
        self.ask(who=("anna", "bert")[pick % 2], wants=wants, slots=1 + pick // 10, part=False)
        self.ask(who="carl", wants=others, slots=2 + pick // 10, part=False)
        for booking in self._waiting() if pick % 3 else ():
            self._decide("far_keeper" if len(booking.asked) > 1 else "owner_admin", booking, yes=True)

    @precondition(lambda self: len(self.model.bookings) < MOST_BOOKINGS)
    @rule(
        who=strategies.sampled_from(ASKERS),
        wants=strategies.sampled_from(WANTS),
        slots=numbers,
        part=strategies.booleans(),
    )
    def ask(self, who, wants, slots, part):
        first = slots % SLOTS
        chosen = [first] if slots % 3 else sorted({first, (first + 2) % SLOTS})
        asked = self._asked(who, wants, chosen)
        self._both(
            lambda: self.model.ask(who, wants, chosen, part),
            lambda: asking.request(self._actor(who), asked, now=self.model.now, uid=uuid.uuid4().hex, accept_part=part),
        )

    @precondition(lambda self: len(self.model.bookings) < MOST_BOOKINGS)
    @rule(
        who=strategies.sampled_from(("owner_admin", "owner_admin", "keeper", "anna")),
        wants=strategies.sampled_from(WANTS),
        slots=numbers,
    )
    def displace(self, who, wants, slots):
        """Mostly exactly what somebody holds, or what is held for her."""
        chosen = [slots % SLOTS]
        held = [date for date in self._dates() if date.held]
        if held and slots % 9:
            offered = [date for booking in self.model.offers if booking.is_offer for date in booking.dates]
            taken = self._one(offered if offered and slots % 2 else held, slots)
            wants, chosen = taken.wants, [taken.slot]
        asked, said = self._asked(who, wants, chosen), Said("owner_need")
        actor, now, uid = self._actor(who), self.model.now, uuid.uuid4().hex
        self._both(
            lambda: self.model.displace(who, wants, chosen),
            lambda: displacing.displace(actor, asked, said, now=now, uid=uid),
        )

    @precondition(lambda self: self._waiting())
    @rule(who=numbers, pick=numbers, yes=numbers, stale=numbers)
    def decide(self, who, pick, yes, stale):
        booking, stale = self._one(self._waiting() if pick % 9 else self.model.bookings, pick), stale % 20 == 0
        who = self._somebody(who, [name for name in PEOPLE if self.model.may_decide(name, booking)])
        self._decide(who, booking, yes % 4 > 0, stale)

    def _decide(self, who, booking, yes, stale=False):
        actor, number, version, now = self._actor(who), self._id(booking), booking.version - stale, self.model.now
        if yes:
            self._both(
                lambda: self.model.approve(who, booking, stale),
                lambda: deciding.approve(actor, number, version, now=now),
            )
        else:
            self._both(
                lambda: self.model.refuse(who, booking, stale),
                lambda: deciding.refuse(actor, number, version, now=now, note="no"),
            )

    @precondition(lambda self: self.model.bookings)
    @rule(
        how=strategies.sampled_from(("move", "move", "elsewhere", "elsewhere", "add", "add", "cancel", "cancel")),
        who=numbers,
        pick=numbers,
        slot=strategies.integers(0, SLOTS - 1),
        wants=strategies.sampled_from(WANTS),
        stale=numbers,
    )
    def change(self, how, who, pick, slot, wants, stale):
        booking, who, stale = self._to_change(who, pick, stale)
        date, now = self._one(booking.dates, pick), self.model.now
        actor, number, version = self._actor(who), self._id(booking), booking.version - stale
        if how == "move":
            changes = changing.Changes(slots={self.date_ids[date]: Slot(self._span(slot))})
            self._both(
                lambda: self.model.move(who, booking, date, slot, stale),
                lambda: changing.change(actor, number, version, changes, now=now),
            )
        elif how == "elsewhere" and set(wants) != set(booking.wants):
            changes = changing.Changes(wants=tuple(Want(self.world.units[name]) for name in wants))
            self._both(
                lambda: self.model.retarget(who, booking, wants, stale),
                lambda: changing.change(actor, number, version, changes, now=now),
            )
        elif how == "add":
            self._both(
                lambda: self.model.add(who, booking, slot, stale),
                lambda: adding.add_dates(actor, number, version, [Slot(self._span(slot))], now=now),
            )
        elif how == "cancel":
            self._cancel(who, booking, date if pick % 2 else None, stale)

    def _cancel(self, who, booking, date, stale=False):
        actor, number, version, now = self._actor(who), self._id(booking), booking.version - stale, self.model.now
        chosen = [self.date_ids[date]] if date else None
        self._both(
            lambda: self.model.cancel(who, booking, date, stale),
            lambda: changing.cancel(actor, number, version, now=now, date_ids=chosen),
        )

    @precondition(lambda self: len(self.model.line) < MOST_IN_LINE and any(date.held for date in self._dates()))
    @rule(
        who=strategies.sampled_from(("anna", "bert", "carl")),
        pick=numbers,
        slot=strategies.integers(0, SLOTS - 1),
        comes_free=strategies.booleans(),
    )
    def wait(self, who, pick, slot, comes_free):
        """Stand in the line, mostly for something that is taken, which perhaps comes free at once."""
        unit = sorted(UNITS)[pick % len(UNITS)]
        if pick % 9:
            unit, slot = self._one([(name, date.slot) for date in self._dates() for name in date.held], pick)
        if self.model.starts[slot] < self.model.now:
            return
        day, minute = local_day(self._span(slot).start), 60 * (slot % 2)
        form = StandbyForm(
            (self.world.units[unit],), 1, day, day, (day.isoweekday(),), minute, minute + 60, 60, "", "turn", "teaching"
        )
        made = self._both(
            lambda: self.model.wait(who, unit, slot),
            lambda: waiting.wait(self._actor(who), form, now=self.model.now),
        )
        if made is None:
            return
        for booking in [each for each in self.model.bookings if comes_free and self.model.is_going_on(each)]:
            for held in [each for each in booking.dates if each.slot == slot and unit in each.held]:
                self._cancel(booking.holder, booking, held)
        newest = self.model.line[-1]
        if newest.state == "offered" and pick % 3 == 0:
            self._take(who, next(each for each in reversed(self.model.offers) if each.offer.standby is newest))

    def _take(self, who, booking):
        number = self._read(f"SELECT id FROM booking_offer WHERE booking_id = {self._id(booking)}")[0][0]
        actor, now = self._actor(who), self.model.now
        self._both(lambda: self.model.accept(who, booking), lambda: waiting.accept(actor, number, now=now))

    @precondition(lambda self: self.model.line)
    @rule(who=numbers, pick=numbers, yes=strategies.booleans(), leave=strategies.booleans())
    def answer_offer(self, who, pick, yes, leave):
        """Take what is held or let it pass; whoever is held nothing leaves the line."""
        standby = self._one([each for each in self.model.line if each.state == "offered"] or self.model.line, pick)
        who = self._somebody(who, [standby.person])
        actor, now = self._actor(who), self.model.now
        booking = next((each for each in reversed(self.model.offers) if each.offer.standby is standby), None)
        if booking is None or pick % 9 == 0:
            number = self.standby_ids[self.model.line.index(standby)]
            version = self._read(f"SELECT version FROM booking_standby WHERE id = {number}")[0][0]
            self._both(
                lambda: self.model.withdraw(who, standby), lambda: waiting.withdraw(actor, number, version, now=now)
            )
            return
        if yes:
            self._take(who, booking)
        else:
            number = self._read(f"SELECT id FROM booking_offer WHERE booking_id = {self._id(booking)}")[0][0]
            self._both(
                lambda: self.model.decline(who, booking, leave),
                lambda: waiting.decline(actor, number, now=now, leave=leave),
            )

    @precondition(lambda self: any(date.state == "confirmed" for date in self._dates()))
    @rule(
        who=numbers,
        pick=numbers,
        swap=strategies.booleans(),
        theirs=numbers,
        to=strategies.sampled_from(("anna", "bert", "carl", "dora")),
        stale=numbers,
        answered=strategies.sampled_from(("no", "yes", "yes", "later")),
    )
    def propose(self, who, pick, swap, theirs, to, stale, answered):
        """A hand-over or an exchange, which is perhaps answered at once."""
        confirmed = [each for each in self.model.bookings if any(date.state == "confirmed" for date in each.dates)]
        booking, who, stale = self._to_change(who, pick, stale, confirmed if swap else None)
        actor, number, version, now = self._actor(who), self._id(booking), booking.version - stale, self.model.now
        others = [
            (name, each.slot)
            for other in confirmed
            for each in other.dates
            for name in each.held
            if each.state == "confirmed" and other.holder != booking.holder
        ]
        if swap:
            date = self._one([each for each in booking.dates if each.state == "confirmed"], pick)
            unit, slot = self._one(others, theirs) if others and theirs % 9 else ("free", theirs % SLOTS)
            mine, at, unit_id = self.date_ids[date], self._span(slot).start, self.world.units[unit]
            made = self._both(
                lambda: self.model.propose_swap(who, booking, date, unit, slot, stale),
                lambda: passing.propose_swap(actor, number, version, mine, unit_id, at, now=now),
            )
        else:
            to_id = self._actor(to).person_id
            made = self._both(
                lambda: self.model.propose_hand_over(who, booking, to, stale),
                lambda: passing.propose_hand_over(actor, number, version, to_id, now=now),
            )
        if made is not None:
            self.proposal_ids.append(made)
            if answered != "later":
                self._answer(self.model.proposals[-1].to, self.model.proposals[-1], answered)

    @precondition(lambda self: any(each.state == "open" for each in self.model.proposals))
    @rule(who=numbers, pick=numbers, how=numbers)
    def answer_proposal(self, who, pick, how):
        proposal = self._one(
            [each for each in self.model.proposals if each.state == "open" or pick % 9 == 0], -1 - pick
        )
        who = self._somebody(who, [proposal.sender if how % 8 == 1 else proposal.to])
        self._answer(who, proposal, {1: "taken back", 2: "no"}.get(how % 8, "yes"))

    def _answer(self, who, proposal, how):
        number = self.proposal_ids[self.model.proposals.index(proposal)]
        actor, now = self._actor(who), self.model.now
        if how == "taken back":
            self._both(lambda: self.model.take_back(who, proposal), lambda: passing.withdraw(actor, number, now=now))
        elif how == "no":
            self._both(lambda: self.model.answer(who, proposal, False), lambda: passing.decline(actor, number, now=now))
        else:
            self._both(lambda: self.model.answer(who, proposal, True), lambda: passing.accept(actor, number, now=now))

    @precondition(lambda self: self.ticks < MOST_TICKS and len(self.model.bookings) > 2)
    @rule(minutes=strategies.sampled_from((20, 60, 11 * 60, 25 * 60)))
    def time_passes(self, minutes):
        self.ticks += 1
        self.model.now += timedelta(minutes=minutes)
        self._jobs()

    def _jobs(self):
        now = self.model.now
        if self._waiting():
            self._by_the_clock(self.model.lapse, lapsing.lapse, lambda: chains.due(now))
            self._by_the_clock(self.model.begin, lapsing.expire, lambda: chains.begun(now))
        if self.model.line:
            self._by_the_clock(self.model.expire, waiting.expire, lambda: [each.id for each in line.offers(due_at=now)])
            mine = range(self.standby_ids[0], self.standby_ids[-1] + 1)
            self._by_the_clock(
                self.model.sweep,
                serving.sweep,
                lambda: [each.id for each in line.standbys(state="open") if each.id in mine],
            )

    @precondition(lambda self: self.deeds >= FIRST_DEEDS and not self.has_run and self._coming())
    @rule(
        pick=numbers,
        who=numbers,
        minutes=strategies.sampled_from((0, 10, 10, 40, 61)),
        stale=numbers,
        nobody_comes=strategies.booleans(),
    )
    def it_begins(self, pick, who, minutes, stale, nobody_comes):
        """The hour of a date comes, and the clock watches; somebody gives the rest back, or nobody comes."""
        self.has_run = True
        booking, date = self._one(self._coming(), pick)
        start = self.model.starts[date.slot]
        self.model.now = start + MINUTE
        self._tend()
        self.model.now = start + max(minutes * MINUTE, MINUTE)
        if nobody_comes:
            self._tend()
        else:
            who, stale = self._somebody(who, self._those_who_see(booking)), stale % 20 == 0
            actor, number, version, now = self._actor(who), self._id(booking), booking.version - stale, self.model.now
            self._both(
                lambda: self.model.give_back(who, booking, date, stale),
                lambda: presence.give_back(actor, number, version, self.date_ids[date], now=now),
            )
        self.model.now = max(self.model.now, start + NO_SHOW + 10 * MINUTE)
        self._tend()
        self._jobs()

    def _tend(self):
        now = self.model.now

        def run():
            for each in transaction(lambda: tending.to_tend(now)):
                transaction(partial(tending.tend, CLOCK, each.booking_id, each.date_id, now=now))

        self._both(self.model.tend, run, in_one=False)

    def _coming(self):
        now, starts = self.model.now, self.model.starts
        return [
            (booking, date)
            for booking in self.model.bookings
            for date in booking.dates
            if date.state == "confirmed" and starts[date.slot] >= now
        ]

    def _by_the_clock(self, expected, deed, due):
        """What a job does: each thing that is due in a transaction of its own."""

        def run():
            for number in transaction(due):
                transaction(partial(deed, CLOCK, number, now=self.model.now))

        self._both(expected, run, in_one=False)

    # ── both do it ──

    def _both(self, expected, real, in_one=True):
        """The model and the product do the same; what the product answers, None where both refuse for the same reasons."""
        codes: set[str] = set()
        self.deeds += 1
        self.model.touched = []
        try:
            expected()
        except No as no:
            codes = no.codes
        answer, refused = None, set()
        try:
            answer = transaction(real) if in_one else real()
        except Refused as refusal:
            refused = {reason.code for reason in refusal.reasons}
        assert refused == codes
        self.world.refusals.update(refused)
        self._compare()
        return answer

    def _compare(self):
        """Every date is where the model says; what changed is in the table, one version and one trail entry each."""
        kept = self._kept()
        self.ids = [number for number, *_ in kept]
        assert len(kept) == len(self.model.bookings)
        now: dict[int, tuple[int, str]] = {}
        for booking, (number, holder, version, asked, dates) in zip(self.model.bookings, kept, strict=True):
            assert self.world.person_names[holder] == booking.holder
            assert version == booking.version
            assert asked == set(booking.asked)
            for each in booking.dates:
                if each not in self.date_ids:
                    self.date_ids[each] = min(set(dates) - set(self.date_ids.values()))
                start, end, state, held = dates[self.date_ids[each]]
                assert (start, end) == (self.model.starts[each.slot], self.model.end(each))
                assert (state, held) == (each.state, set(each.held))
                now[self.date_ids[each]] = (number, "offered" if booking.is_offer and state == "waiting" else state)
            assert len(dates) == len(booking.dates)
        self._look_at_the_trail({number: version for number, _, version, _, _ in kept}, now)
        self.world.seen.update(self.model.touched)

    def _look_at_the_trail(self, versions, states):
        rows = self._read(
            f"SELECT id, deed, object_id FROM trail_entry WHERE id > {self.trail} AND object_kind = 'booking' ORDER BY id"
        )
        deeds: dict[int, list[str]] = {}
        for number, deed, booking_id in rows:
            self.trail = number
            deeds.setdefault(booking_id, []).append(deed)
        for booking_id, version in versions.items():
            assert len(deeds.get(booking_id, ())) == version - self.versions.get(booking_id, 0)
        model = Counter(self.model.touched)
        for date_id, (booking_id, state) in states.items():
            before = self.states.get(date_id, (0, ""))[1]
            if before != state:
                [deed] = deeds[booking_id]
                assert state in after(deed, before), (deed, before, state)
                model[deed, before, state] -= 1
        assert all(count >= 0 for count in model.values())
        assert all(step[2] in after(step[0], step[1]) for step in model), self.model.touched
        self.versions, self.states = versions, states
        if len(self.standby_ids) < len(self.model.line):
            rows = self._read(f"SELECT id FROM booking_standby WHERE id >= {self.first_standby} ORDER BY id")
            self.standby_ids = [row[0] for row in rows]
        assert len(self.standby_ids) == len(self.model.line)

    def _kept(self):
        rows = self._read(
            "SELECT b.id, b.holder_id, b.version, d.id, d.starts_at, d.ends_at, d.state, a.unit_id, a.holds"
            " FROM booking_booking b JOIN booking_date d ON d.booking_id = b.id"
            f" LEFT JOIN booking_allocation a ON a.date_id = d.id AND a.asked WHERE b.id >= {self.first} ORDER BY b.id"
        )
        asked: dict[int, set[str]] = {}
        for booking_id, base_id in self._read(
            f"SELECT booking_id, base_id FROM booking_approval WHERE booking_id >= {self.first} AND state = 'waiting'"
        ):
            asked.setdefault(booking_id, set()).add(self.world.base_names[base_id])
        names = {unit_id: name for name, unit_id in self.world.units.items()}
        found: dict[int, tuple] = {}
        for booking_id, holder, version, date_id, start, end, state, unit_id, holds in rows:
            dates = found.setdefault(booking_id, (booking_id, holder, version, asked.get(booking_id, set()), {}))[4]
            date = dates.setdefault(date_id, (_instant(start), _instant(end), state, set()))
            if holds:
                date[3].add(names[unit_id])
        return list(found.values())

    # ── choosing ──

    def _to_change(self, who, pick, stale, among=None):
        going_on = [each for each in self.model.bookings if self.model.is_going_on(each)]
        booking = self._one(among or (pick % 9 and going_on) or self.model.bookings, pick)
        return booking, self._somebody(who, self._those_who_see(booking)), stale % 20 == 0

    def _those_who_see(self, booking):
        return [booking.holder, *(name for name in PEOPLE if self.model.sees(name, booking))]

    def _somebody(self, number, able):
        """Mostly one of those who can, often whoever it concerns; now and then anybody."""
        if number % 7 == 0 or not able:
            return sorted(PEOPLE)[number % len(PEOPLE)]
        return able[0] if number % 2 else able[number % len(able)]

    @staticmethod
    def _one(things, pick):
        return things[pick % len(things)]

    def _waiting(self):
        return [each for each in self.model.bookings if each.asked]

    def _dates(self):
        return [date for booking in self.model.bookings for date in booking.dates]

    # ── saying it to the product ──

    def _asked(self, who, wants, slots):
        actor = self._actor(who)
        return Asked(
            tuple(Want(self.world.units[name]) for name in wants),
            tuple(Slot(self._span(slot)) for slot in slots),
            "teaching",
            "lesson",
            actor.member_id,
            actor.person_id,
        )

    def _actor(self, who):
        return self.world.actors[who]

    def _id(self, booking):
        return self.ids[self.model.bookings.index(booking)]

    def _span(self, slot):
        return Span(self.model.starts[slot], self.model.starts[slot] + HOUR)

    @staticmethod
    def _read(query):
        rows = [tuple(row) for row in session().execute(text(query))]
        db.session.remove()
        return rows


def _instant(value):
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value) if isinstance(value, int) else value


def test_no_date_ever_leaves_the_table(kept, database_url, caplog):
    """People of every kind, the clock and a plain model: what is not in the table never happens, and all of it does."""
    world = World()

    class Here(History):
        pass

    Here.world = world
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=DEEDS,
            database=None,
            phases=[each for each in Phase if each is not Phase.shrink or "GONGFANG_MUTANT" not in os.environ],
        ),
    )
    told = {(each.deed, each.before, each.after) for each in TRANSITIONS if not each.deed.startswith(ELSEWHERE)}
    assert told - set(world.seen) == set()
    assert world.histories >= 300
    engine = engine_for(database_url)
    assert inspection.overlapping_pairs(engine) == []
    assert inspection.changes_without_trail(engine) == []
    engine.dispose()
    assert [record.message for record in caplog.records if "defect" in record.message] == []
