"""`flask demo`: fills an empty database with a made-up city, the same every time, around today."""

from __future__ import annotations

import random
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import click
from argon2 import PasswordHasher
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import insert, select

from app.booking.actions import asking, changing, closing, deciding
from app.booking.actions.situation import NO_TIME_LIMITS
from app.booking.rules.request import Asked, Slot, Want
from app.catalogue.tables import Asset, Lab, Ownership, TrainingBase, Unit
from app.consortium.rules.office import Actor, Appointment
from app.consortium.tables import Appointment as AppointmentRow
from app.consortium.tables import Member, Person
from app.database import session, transaction
from app.entrypoints import clock
from app.entrypoints.cli import demo_content as content
from app.foundation.refusal import Refused
from app.foundation.timespan import Span, at_local, local_day, monday_of
from app.timetable.tables import BellTable, Opening, Period, Term

PASSWORD = "gongfang-demo"  # noqa: S105 - known to everybody, and only the demo has it
WEEKS_BEHIND = 8
TERM_WEEKS = 19
SEED = 2026


def init_app(app: Flask) -> None:
    app.cli.add_command(demo)


@click.command("demo")
@with_appcontext
def demo() -> None:
    """Fill an empty database with the demo world; a second time changes nothing."""
    if not current_app.config["DEMO"] and not current_app.config["TESTING"]:
        raise click.ClickException("the demo world has known passwords; set DEMO=1 to load it.")
    if transaction(lambda: session().scalar(select(Member.id).limit(1))) is not None:
        click.echo("The database already has members: the demo world was left out.")
        return
    World(clock.now()).make()


class World:
    """The demo world while it is being made."""

    def __init__(self, now: datetime) -> None:
        self.now = now.replace(second=0, microsecond=0)
        self.today = local_day(now)
        self.first_monday = monday_of(self.today) - timedelta(weeks=WEEKS_BEHIND)
        self.chance = random.Random(SEED)
        self.members: dict[str, int] = {}
        self.bases: dict[str, int] = {}
        self.actors: dict[str, list[Actor]] = {}
        self.labs: list[tuple[content.BaseLine, content.LabLine, int, int, list[tuple[content.UnitLine, int]]]] = []

    def make(self) -> None:
        with _step("members, people, bases, labs and machines"):
            transaction(self._ground)
        lessons = list(self._lessons())
        self._run("lessons of the term", lessons)
        singles = list(self._singles())
        self._run("single bookings", singles)
        self._run("maintenance and closures", list(self._closures()))
        click.echo(f"Demo world ready: {len(self.members)} members, {len(self.bases)} bases, {len(self.labs)} labs.")

    def _run(self, label: str, todo: Sequence[Callable[[], Any]]) -> None:
        """Do each in a transaction of its own; what another booking stands against is simply left out."""
        refused = 0
        with click.progressbar(todo, label=f"  {label}", file=sys.stderr, show_pos=True) as bar:
            for do in bar:
                try:
                    transaction(do)
                except Refused:
                    refused += 1
        click.echo(f"  {label}: {len(todo) - refused} made, {refused} found their time taken")

    def _ground(self) -> None:
        self._members_and_people()
        self._calendar()
        for line in content.BASES:
            self._base(line)
        self._offices()

    def _members_and_people(self) -> None:
        for line in content.MEMBERS:
            self.members[line.code] = _add(
                Member,
                code=line.code,
                kind=line.kind,
                name_zh=line.name_zh,
                name_en=line.name_en,
                joined_on=date(self.today.year - 2, 9, 1),
                version=1,
            )

    def _offices(self) -> None:
        hashed = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(PASSWORD)
        since = date(self.today.year - 2, 9, 1)
        for line in content.PEOPLE:
            person_id = _add(
                Person,
                email=line.email,
                name=line.name,
                phone="",
                locale="zh",
                password_hash=hashed,
                password_set_at=self.now,
                created_at=self.now,
                version=1,
            )
            held = [
                Appointment(role, self.members[member], self.bases.get(base), since, None)
                for role, member, base in line.offices
            ]
            for office in held:
                _add(
                    AppointmentRow,
                    person_id=person_id,
                    member_id=office.member_id,
                    base_id=office.base_id,
                    role=office.role,
                    from_on=since,
                    until_on=None,
                )
            self.actors[line.email.split("@")[0]] = [
                Actor(
                    person_id, line.name, member_id, tuple(office for office in held if office.member_id == member_id)
                )
                for member_id in dict.fromkeys(office.member_id for office in held)
            ]

    def _calendar(self) -> None:
        _add(
            Term,
            member_id=None,
            name_zh=f"{self.first_monday.year} 学年第一学期",
            name_en=f"Term 1 of {self.first_monday.year}",
            first_monday=self.first_monday,
            weeks=TERM_WEEKS,
            version=1,
        )
        table_id = _add(BellTable, member_id=None, name_zh="全市统一作息", name_en="City-wide class periods", version=1)
        for number, start, end in content.PERIODS:
            _add(Period, bell_table_id=table_id, number=number, start_minute=start, end_minute=end)

    def _base(self, line: content.BaseLine) -> None:
        base_id = self.bases[line.code] = _add(
            TrainingBase,
            code=line.code,
            kind=line.kind,
            name_zh=line.name_zh,
            name_en=line.name_en,
            host_id=self.members[line.host],
            operator_id=self.members[line.operator],
            keeping_member_id=self.members[line.operator],
            address=line.address,
            contact=line.contact,
            about_zh=line.about_zh,
            about_en=line.about_en,
            is_public=True,
            version=1,
        )
        for code, share in line.owners:
            _add(Ownership, base_id=base_id, member_id=self.members[code], share=share, from_on=date(2020, 9, 1))
        for weekday in range(1, 8 if line.weekend else 6):
            _add(Opening, base_id=base_id, weekday=weekday, start_minute=line.hours[0], end_minute=line.hours[1])
        for number, lab in enumerate(line.labs, 1):
            self._lab(line, base_id, number, lab)

    def _lab(self, base: content.BaseLine, base_id: int, number: int, line: content.LabLine) -> None:
        code = f"{number:02d}"
        lab_id = _add(
            Lab,
            base_id=base_id,
            code=code,
            name_zh=line.name_zh,
            name_en=line.name_en,
            place=f"{number}01",
            seats=line.seats,
            version=1,
        )
        room_id = _add_unit(lab_id, "room", code, line.name_zh, line.name_en, 1)
        units: list[tuple[content.UnitLine, int]] = []
        for row in line.units:
            for copy in range(1, row.copies + 1):
                mark = f" {copy} 号" if row.copies > 1 else ""
                mark_en = f" {copy}" if row.copies > 1 else ""
                unit_id = _add_unit(
                    lab_id,
                    row.kind,
                    f"{code}-{len(units) + 1:02d}",
                    row.name_zh + mark,
                    row.name_en + mark_en,
                    row.capacity,
                    row.needs_approval,
                    row.setup_minutes,
                    row.cleaning_minutes,
                )
                units.append((row, unit_id))
                _add(
                    Asset,
                    unit_id=unit_id,
                    inventory_number=f"{base.code}-{code}-{len(units):02d}",
                    original_value_fen=row.value_yuan * 100,
                    source="purchased",
                    category="general",
                    origin_country="中国",
                    manufacturer="",
                    model=row.model,
                    started_on=date(2022, 9, 1),
                    accepted_on=date(2022, 8, 15),
                    registered_on=date(2022, 9, 10),
                    specifications="",
                    functions=row.name_zh,
                    services="教学、培训、技术服务",
                    user_notice="",
                    price_note="",
                    funding="own",
                    condition="normal",
                    sharing="external",
                    not_shared_reason="",
                    not_shared_approver="",
                )
        self.labs.append((base, line, lab_id, room_id, units))

    def _lessons(self) -> Iterator[Callable[[], Any]]:
        """Weekly lessons: three or four to a lab, at fixed periods, in most weeks of the term."""
        people = ["teacher", "ma", "huang", "liu", "xu"]
        blocks = ((1, 2), (3, 4), (5, 6), (7, 8), (9, 10))
        for number, (_, lab, _, room_id, units) in enumerate(self.labs):
            taken: set[tuple[int, int]] = set()
            for lesson in range(self.chance.randint(3, 6)):
                place = (self.chance.randint(1, 5), self.chance.randint(0, 3 if lesson else 4))
                if place in taken:
                    continue
                taken.add(place)
                title, purpose = self.chance.choice(content.LESSONS)
                weeks = self._weeks()
                whole = self.chance.random() < 0.6 or not units
                wants = (Want(room_id),) if whole else (self._some_of(*self.chance.choice(units)),)
                first, last = blocks[place[1]]
                who = "teacher" if number < 3 and lesson == 0 else self.chance.choice(people)
                slots = tuple(self._slot(week, place[0], first, last) for week in weeks)
                yield self._asking(who, wants, slots, purpose, title, min(lab.seats, self.chance.randint(18, 45)))

    def _weeks(self) -> list[int]:
        start = self.chance.choice((1, 1, 1, 2, 9))
        step = self.chance.choice((1, 1, 1, 2))
        return list(range(start, TERM_WEEKS - self.chance.randint(0, 3), step))

    def _some_of(self, row: content.UnitLine, unit_id: int) -> Want:
        return Want(unit_id, max(1, row.capacity * self.chance.randint(3, 8) // 10) if row.capacity > 1 else 1)

    def _slot(self, week: int, weekday: int, first: int, last: int) -> Slot:
        day = self.first_monday + timedelta(days=7 * (week - 1) + weekday - 1)
        minutes = {number: (start, end) for number, start, end in content.PERIODS}
        return Slot(Span(at_local(day, minutes[first][0]), at_local(day, minutes[last][1])), f"{first}-{last}")

    def _singles(self) -> Iterator[Callable[[], Any]]:
        """One-off bookings of machines by people of every member, before and after today."""
        people = ["teacher", "trainer", "gao", "lin", "zheng", "liu", "xu", "ma", "huang"]
        for number in range(420):
            _, _, _, _, units = self.chance.choice(self.labs)
            row, unit_id = self.chance.choice(units)
            day = self.today + timedelta(days=self.chance.randint(-50, 40))
            start = at_local(day, 30 * self.chance.randint(17, 36))
            span = Span(start, start + timedelta(minutes=30 * self.chance.randint(2, 8)))
            title, purpose, most = self.chance.choice(content.SINGLES)
            who = ("teacher", "trainer")[number % 2] if number < 60 else self.chance.choice(people)
            yield self._asking(
                who,
                (self._some_of(row, unit_id),),
                (Slot(span),),
                purpose,
                title,
                self.chance.randint(1, most),
                decide=number % 6,
            )

    def _asking(
        self,
        who: str,
        wants: tuple[Want, ...],
        slots: tuple[Slot, ...],
        purpose: str,
        title: str,
        headcount: int,
        decide: int = 0,
    ) -> Callable[[], Any]:
        actor = self.chance.choice(self.actors[who])
        asked = Asked(wants, slots, purpose, title, actor.member_id or 0, actor.person_id, headcount)
        uid = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        asked_at = min(slots[0].span.start - timedelta(days=9), self.now - timedelta(hours=2))

        def do() -> None:
            outcome = asking.request(actor, asked, now=asked_at, uid=uid, accept_part=True, limits=NO_TIME_LIMITS)
            if outcome.state == "waiting" and (slots[0].span.start <= self.now or decide in (1, 2)):
                if decide == 2:
                    deciding.refuse(
                        self._boss,
                        outcome.booking_id,
                        1,
                        now=asked_at + timedelta(hours=1),
                        note="该时段设备校准，请另选时间。",
                    )
                else:
                    deciding.approve(self._boss, outcome.booking_id, 1, now=asked_at + timedelta(hours=1))
            elif outcome.state == "confirmed" and decide == 5 and slots[0].span.start > self.now:
                changing.cancel(actor, outcome.booking_id, 1, now=self.now - timedelta(hours=1), note="计划有变")

        return do

    @property
    def _boss(self) -> Actor:
        return self.actors["admin"][0]

    def _closures(self) -> Iterator[Callable[[], Any]]:
        """Maintenance of one machine in every fifth lab, in the next days."""
        for number, (_, _, _, _, units) in enumerate(self.labs):
            if number % 5 == 0:
                day = self.today + timedelta(days=2 + number % 9)
                yield self._closing(units[-1][1], Span(at_local(day, 480), at_local(day, 720)))

    def _closing(self, unit_id: int, span: Span) -> Callable[[], Any]:
        return lambda: closing.close(self._boss, "maintenance", "unit", unit_id, span, "季度保养", now=self.now)


def _add(table: type[Any], **columns: Any) -> int:
    return (
        session()
        .execute(insert(table).values(**columns).returning(table.__table__.primary_key.columns[0]))
        .scalar_one()
    )


def _add_unit(
    lab_id: int,
    kind: str,
    code: str,
    name_zh: str,
    name_en: str,
    capacity: int,
    needs_approval: bool = False,
    setup_minutes: int = 0,
    cleaning_minutes: int = 0,
) -> int:
    return _add(
        Unit,
        lab_id=lab_id,
        kind=kind,
        code=code,
        name_zh=name_zh,
        name_en=name_en,
        capacity=capacity,
        needs_approval=needs_approval,
        holds_while_waiting=True,
        setup_minutes=setup_minutes,
        cleaning_minutes=cleaning_minutes,
        version=1,
    )


@contextmanager
def _step(label: str) -> Iterator[None]:
    click.echo(f"  {label} …", err=True)
    yield
