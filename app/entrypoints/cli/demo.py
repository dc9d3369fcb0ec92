"""`flask demo`: fills an empty database with a made-up city, the same every time, around today."""

from __future__ import annotations

import random
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.booking.actions import asking, changing, closing, deciding, screens
from app.booking.actions.situation import NO_TIME_LIMITS
from app.booking.rules.lessons.lesson import Lesson
from app.booking.rules.request import Asked, Slot, Want
from app.booking.store import lessons
from app.catalogue.actions import places
from app.catalogue.actions import units as catalogue_units
from app.catalogue.rules.form import AssetForm, BaseForm, LabForm, UnitForm
from app.catalogue.rules.ownership import Stake
from app.catalogue.store import units as catalogue
from app.consortium.actions import account, entry, members, passwords, people
from app.consortium.rules.membership import MemberForm, OfficeForm, PersonForm
from app.consortium.rules.office import Actor, Appointment
from app.consortium.store import members as member_store
from app.database import transaction
from app.entrypoints import clock
from app.entrypoints.cli import demo_chains, demo_conduct, demo_displacing, demo_eligibility, demo_faults
from app.entrypoints.cli import demo_content as content
from app.foundation.refusal import Refused
from app.foundation.timespan import Span, at_local, local_day, monday_of
from app.outbox import actions as outbox
from app.timetable.actions import calendar as timetable
from app.timetable.actions import hours as opening_hours
from app.timetable.rules.bell import BellForm, Period, span_of_periods
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.days import RuleForm
from app.timetable.rules.hours import Opening
from app.timetable.rules.term import BlockForm
from app.timetable.store import days, terms
from app.timetable.store.calendar import calendar

PASSWORD = "gongfang-demo"  # noqa: S105 - known to everybody, and only the demo has it
WEEKS_BEHIND = 8
TERM_WEEKS = 19
SEED = 2026
BLOCKS = ((1, 2), (3, 4), (5, 6), (7, 8), (9, 10))
"""大节: the double periods that lessons take."""


def init_app(app: Flask) -> None:
    app.cli.add_command(demo)


@click.command("demo")
@with_appcontext
def demo() -> None:
    """Fill an empty database, and only an empty one, with the demo world; a second time changes nothing."""
    if member_store.members(today=clock.today()):
        click.echo("The database already has members: the demo world was left out.")
        return
    World(clock.now()).make()
    if not current_app.config["DEMO"]:
        click.echo(
            f"This is now a demo: its accounts sign in with the known password {PASSWORD}. Never put real data here."
        )


class World:
    """The demo world while it is being made."""

    def __init__(self, now: datetime) -> None:
        self.now = now.replace(second=0, microsecond=0)
        self.since = date(local_day(now).year - 2, 9, 1)
        self.password_hash = passwords.hashed(PASSWORD, cheap=True)
        self.today = local_day(now)
        self.term_id = 0
        self.first_monday = monday_of(self.today) - timedelta(weeks=WEEKS_BEHIND)
        self.chance = random.Random(SEED)
        self.members: dict[str, int] = {}
        self.bases: dict[str, int] = {}
        self.actors: dict[str, list[Actor]] = {}
        self.labs: list[tuple[content.BaseLine, content.LabLine, int, int, list[tuple[content.UnitLine, int]]]] = []

    def make(self) -> None:
        with _step("members, people, bases, labs and machines"):
            transaction(self._ground)
        taught = list(self._lessons())
        self._run("lessons of the term", taught)
        singles = list(self._singles())
        self._run("single bookings", singles)
        self._run("maintenance and closures", list(self._closures()))
        transaction(self._eligibility)
        lathes = [
            unit_id
            for base, _, _, _, units in self.labs
            for row, unit_id in units
            if base.code == "JZVTC-CNC" and row.model == "CK6140"
        ]
        self._run("faults", list(demo_faults.faults_of_the_demo(self.actors, lathes, self.now, self.today)))
        gave_way = demo_displacing.displacements_of_the_demo(self.actors, lathes, self.now, self.today)
        self._run("displacements", list(gave_way))
        guarded = [
            unit_id
            for base, _, _, _, units in self.labs
            for row, unit_id in units
            if base.code == "JZVTC-CNC" and row.needs_approval
        ]
        chains = demo_chains.chains_of_the_demo(self.actors, self.bases["JZVTC-CNC"], guarded, self.now, self.today)
        self._run("chains of approval", list(chains))
        self._run("who came", list(demo_conduct.conduct_of_the_demo(self.actors, self.now)))
        transaction(self._read_old_notices)
        transaction(self._screen)
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
        """Members, the administrator, and then everything she sets up."""
        for line in content.MEMBERS:
            form = MemberForm(line.code, line.kind, line.name_zh, line.name_en, self.since)
            self.members[line.code] = members.add(None, form, self.now)
        self._person(content.PEOPLE[0])
        for base in content.BASES:
            self._base(base)
        for person in (*content.PEOPLE[1:], *content.LECTURERS):
            self._person(person)
        self._calendar()

    def _person(self, line: content.PersonLine) -> None:
        """An account with its offices and the demo's password."""
        offices = [
            OfficeForm(role, self.members[member], self.bases.get(base), self.since, None)
            for role, member, base in line.offices
        ]
        link = entry.new_secret()
        form = PersonForm(line.email, line.name)
        invited = people.invite(None, form, offices[0], link=link, locale="zh", now=self.now)
        for office in offices[1:]:
            people.appoint(self._boss, invited.person_id, office, self.now)
        account.set_password_by_link(link, self.password_hash, address="command line", now=self.now)
        self.actors[line.email.split("@")[0]] = [
            Actor(
                invited.person_id,
                line.name,
                member_id,
                tuple(
                    Appointment(each.role, each.member_id, each.base_id, each.from_on, each.until_on)
                    for each in offices
                    if each.member_id == member_id
                ),
                on=self.today,
            )
            for member_id in dict.fromkeys(each.member_id for each in offices)
        ]

    def _calendar(self) -> None:
        """The consortium's term and bells, summer and winter; the college's own term, weeks, days and young learners."""
        year = self.first_monday.year
        names = f"{year} 年第一学期", f"First term of {year}"
        timetable.add_term(self._boss, None, *names, self.first_monday, TERM_WEEKS, now=self.now)
        winter = date(year, 10, 1)
        if not self.first_monday < winter < self.first_monday + timedelta(weeks=6):
            winter = self.first_monday + timedelta(weeks=3)
        college = self.members["JZVTC"]
        for form in (
            BellForm(None, "全市统一作息", "City-wide class periods", _periods(content.PERIODS)),
            BellForm(
                None,
                "全市统一作息（夏季）",
                "City-wide class periods (summer)",
                _periods(content.SUMMER_PERIODS),
                from_on=winter - timedelta(days=153),
                until_on=winter,
            ),
            BellForm(
                college,
                "五年制作息",
                "Class periods of the five-year course",
                _periods(content.SHORT_PERIODS),
                learners=content.FIVE_YEAR,
            ),
        ):
            timetable.set_bell_table(self._boss, None, 0, form, now=self.now)
        self.term_id = timetable.add_term(
            self._boss,
            college,
            f"{names[0]}（学院校历）",
            f"{names[1]} (college)",
            self.first_monday,
            TERM_WEEKS,
            now=self.now,
        )
        terms.replace_blocks(self.term_id, [self._block(line) for line in content.BLOCKS])
        self._days(college)

    def _block(self, line: content.BlockLine) -> BlockForm:
        first, last = (week if week > 0 else TERM_WEEKS + 1 + week for week in (line.first_week, line.last_week))
        return BlockForm(line.kind, first, last, line.learners, line.teaches, line.name_zh, line.name_en)

    def _days(self, college: int) -> None:
        """A sports day soon, made up for on the Saturday before; and the first lost holiday on a national make-up day."""
        sports = self.first_monday + timedelta(weeks=WEEKS_BEHIND + 1, days=4)
        made_up = sports - timedelta(days=6)
        rules = [
            RuleForm(college, sports, "off", "校运动会", "Sports day", None),
            RuleForm(college, made_up, "on", "调休补课", "Make-up lessons", sports),
        ]
        known = calendar(college).days
        term = [self.first_monday + timedelta(days=n) for n in range(7 * TERM_WEEKS)]
        lost = [
            day
            for day in term
            if known.status(day).kind == "off" and day.isoweekday() <= 5 and day not in (sports, made_up)
        ]
        extra = [day for day in term if known.status(day).kind == "make_up" and day not in (sports, made_up)]
        if lost and extra:
            rules.append(RuleForm(college, extra[0], "on", "调休补课", "Make-up lessons", lost[-1]))
        for rule in rules:
            days.put_rule(None, rule)

    def _base(self, line: content.BaseLine) -> None:
        form = BaseForm(
            line.code, line.kind, line.name_zh, line.name_en, line.address, line.contact, line.about_zh, line.about_en
        )
        parties = {"host": line.host, "operator": line.operator, "keeper": line.operator}
        base_id = self.bases[line.code] = places.add_base(
            self._boss,
            form,
            {part: self.members[code] for part, code in parties.items()},
            [Stake(self.members[code], share, self.since) for code, share in line.owners],
            now=self.now,
        )
        days = range(1, 8 if line.weekend else 6)
        hours = [Opening(weekday, *line.hours) for weekday in days]
        opening_hours.set_hours(self._boss, "base", base_id, opening_hours.mark_of([]), hours, now=self.now)
        for number, lab in enumerate(line.labs, 1):
            self._lab(line, base_id, number, lab)

    def _lab(self, base: content.BaseLine, base_id: int, number: int, line: content.LabLine) -> None:
        code = f"{number:02d}"
        form = LabForm(code, line.name_zh, line.name_en, f"{number}01", line.seats)
        lab_id = places.add_lab(self._boss, base_id, form, now=self.now)
        [room_id] = catalogue.room_ids(lab_id=lab_id)
        units: list[tuple[content.UnitLine, int]] = []
        for row in line.units:
            for copy in range(1, row.copies + 1):
                units.append(
                    (row, self._unit(f"{base.code}-{code}", lab_id, f"{code}-{len(units) + 1:02d}", row, copy))
                )
        self.labs.append((base, line, lab_id, room_id, units))

    def _unit(self, place: str, lab_id: int, code: str, row: content.UnitLine, copy: int) -> int:
        name_zh, name_en = row.name_zh, row.name_en
        if row.copies > 1:
            name_zh, name_en = f"{name_zh} {copy} 号", f"{name_en} {copy}"
        form = UnitForm(
            row.kind,
            code,
            name_zh,
            name_en,
            row.capacity,
            needs_approval=row.needs_approval,
            setup_minutes=row.setup_minutes,
            cleaning_minutes=row.cleaning_minutes,
        )
        asset = AssetForm(
            inventory_number=f"{place}-{code}",
            original_value_fen=row.value_yuan * 100,
            origin_country="中国",
            model=row.model,
            started_on=self.since,
            accepted_on=self.since - timedelta(days=17),
            registered_on=self.since + timedelta(days=9),
            functions=row.name_zh,
            services="教学、培训、技术服务",
        )
        return catalogue_units.add_unit(self._boss, lab_id, form, asset, now=self.now)

    def _lessons(self) -> Iterator[Callable[[], Any]]:
        """Weekly lessons: a few to a lab, at fixed periods, in most weeks of the term; nobody teaches twice at once."""
        lecturers = [line.email.split("@")[0] for line in content.LECTURERS] + ["ma", "huang", "liu", "xu"]
        busy: set[tuple[str, int, int]] = set()
        calendars = transaction(lambda: {code: calendar(member_id) for code, member_id in self.members.items()})
        for number, (base, lab, _, room_id, units) in enumerate(self.labs):
            for one in range(self.chance.randint(3, 6)):
                weekday, block = self.chance.randint(1, 5), self.chance.randrange(len(BLOCKS))
                free = [who for who in lecturers if (who, weekday, block) not in busy]
                who = "teacher" if number < 5 and one == 0 else self.chance.choice(free)
                if (who, weekday, block) in busy:
                    continue
                busy.add((who, weekday, block))
                title, purpose = self.chance.choice(content.LESSONS)
                whole = self.chance.random() < 0.6 or not units
                wants = (Want(room_id),) if whole else (self._some_of(*self.chance.choice(units)),)
                weeks = self._weeks()
                slots = tuple(self._slots(calendars[base.host], weeks, weekday, *BLOCKS[block]))
                heads = min(lab.seats, self.chance.randint(18, 45))
                class_name = content.CLASSES[(number + one) % len(content.CLASSES)]
                said = Lesson(
                    number + 1,
                    title,
                    title,
                    "",
                    class_name,
                    (),
                    heads,
                    "",
                    lab.name_zh,
                    tuple(weeks),
                    weekday,
                    BLOCKS[block],
                )
                if slots:
                    yield self._teaching(who, wants, slots, purpose, said)

    def _teaching(
        self, who: str, wants: tuple[Want, ...], slots: tuple[Slot, ...], purpose: str, said: Lesson
    ) -> Callable[[], Any]:
        """A lesson of a class, as an imported timetable leaves it."""
        teacher = self.actors[who][0]
        member_id = teacher.member_id or 0
        lesson = replace(said, teachers=(teacher.name,))
        asked = Asked(wants, slots, purpose, said.title, member_id, teacher.person_id, said.headcount)
        uid = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        asked_at = slots[0].span.start - timedelta(days=30)

        def do() -> None:
            key = f"demo/{uid}"
            outcome = asking.request(
                self._boss, asked, now=asked_at, uid=uid, accept_part=True, limits=NO_TIME_LIMITS, source_key=key
            )
            lessons.add(
                member_id,
                self.term_id,
                lesson,
                "",
                asked_at,
                state="placed" if len(outcome.slots) == len(slots) else "part",
                unit_id=wants[0].unit_id,
                teacher_id=teacher.person_id,
                booking_id=outcome.booking_id,
            )

        return do

    def _weeks(self) -> list[int]:
        start = self.chance.choice((1, 1, 1, 2, 9))
        step = self.chance.choice((1, 1, 1, 2))
        return list(range(start, TERM_WEEKS - self.chance.randint(0, 3), step))

    def _some_of(self, row: content.UnitLine, unit_id: int) -> Want:
        return Want(unit_id, max(1, row.capacity * self.chance.randint(3, 8) // 10) if row.capacity > 1 else 1)

    def _slots(self, of: Calendar, weeks: Sequence[int], weekday: int, first: int, last: int) -> Iterator[Slot]:
        """The dates on which a lesson is really given: no holiday, each make-up day, as the bells ring then."""
        term = of.term_on(self.first_monday)
        if term is None:
            return
        for day in of.dates(term, weeks, [weekday]).days:
            span = span_of_periods(of.bells.on(day), day, first, last)
            if span is not None:
                yield Slot(span, f"{first}-{last}")

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
                        reason=("maintenance", "full_teaching", "safety")[outcome.booking_id % 3],
                    )
                else:
                    deciding.approve(self._boss, outcome.booking_id, 1, now=asked_at + timedelta(hours=1))
            elif outcome.state == "confirmed" and decide == 5 and slots[0].span.start > self.now:
                changing.cancel(actor, outcome.booking_id, 1, now=self.now - timedelta(hours=1), note="计划有变")

        return do

    @property
    def _boss(self) -> Actor:
        return self.actors["admin"][0]

    def _read_old_notices(self) -> None:
        """Everybody has read what is older than two hours: booking confirmations of weeks ago are no news."""
        for person_id in sorted({actor.person_id for actors in self.actors.values() for actor in actors}):
            outbox.mark_read(person_id, self.now, before=self.now - timedelta(hours=1, minutes=30))

    def _closures(self) -> Iterator[Callable[[], Any]]:
        """Maintenance of one machine in every fifth lab, in the next days."""
        for number, (_, _, _, _, units) in enumerate(self.labs):
            if number % 5 == 0:
                day = self.today + timedelta(days=2 + number % 9)
                yield self._closing(units[-1][1], Span(at_local(day, 480), at_local(day, 720)))

    def _eligibility(self) -> None:
        """The electron microscope asks for everything; what people have stands at the CNC base."""
        machines = {row.model: unit_id for _, _, _, _, units in self.labs for row, unit_id in reversed(units)}
        in_base = {
            row.model: unit_id
            for base, _, _, _, units in self.labs
            for row, unit_id in reversed(units)
            if base.code == "JZVTC-CNC"
        }
        demo_eligibility.file_everything(
            self._boss,
            self.actors,
            self.members,
            self.bases["JZVTC-CNC"],
            in_base["UMC-500"],
            machines["SEM-3"],
            self.now - timedelta(hours=3),
            self.today,
        )

    def _screen(self) -> None:
        """A screen at the door of the first base."""
        keeper = self.actors["keeper"][0]
        screens.make(keeper, self.bases["JZVTC-CNC"], None, "机械楼一层大厅", token=content.SCREEN_TOKEN, now=self.now)

    def _closing(self, unit_id: int, span: Span) -> Callable[[], Any]:
        return lambda: closing.close(self._boss, "maintenance", "unit", unit_id, span, "季度保养", now=self.now)


def _periods(lines: Sequence[tuple[int, int, int]]) -> tuple[Period, ...]:
    return tuple(Period(*line) for line in lines)


@contextmanager
def _step(label: str) -> Iterator[None]:
    click.echo(f"  {label} …", err=True)
    yield
