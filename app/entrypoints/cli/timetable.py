"""`flask import-timetable`: takes in a published course list and says of every arrangement what became of it."""

from __future__ import annotations

import gzip
import json
import sys
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext
from flask_babel import force_locale, gettext

from app.booking.actions import lessons
from app.booking.actions.lessons import Placed
from app.booking.rules.conflict import Overlaps, Taken
from app.booking.rules.lessons.course_list import read
from app.booking.rules.lessons.dates import slots_of
from app.booking.rules.lessons.lesson import Lesson, Reading
from app.booking.rules.request import Asked, Slot, Want
from app.booking.store import bookings
from app.catalogue.actions import places
from app.catalogue.rules.form import BaseForm, LabForm
from app.catalogue.rules.unit import Unit
from app.catalogue.store import exchange as catalogue
from app.catalogue.store.units import hold_units
from app.consortium.actions import entry, members, people
from app.consortium.rules.membership import MemberForm, OfficeForm, PersonForm
from app.consortium.rules.office import Actor, Appointment
from app.consortium.store import members as member_store
from app.consortium.store import people as person_store
from app.database import transaction
from app.entrypoints import clock
from app.entrypoints.formats import day_text, span_text
from app.foundation.refusal import Reason
from app.foundation.timespan import Span, local_day
from app.timetable.actions import calendar as timetable
from app.timetable.rules.bell import BellForm, Bells, Period
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import Term
from app.timetable.store.calendar import calendar as calendar_of
from app.timetable.store.terms import terms

LARGEST = 64 * 1024 * 1024
"""Bytes of a course list, unpacked."""

TOGETHER = 25
"""Lessons in one transaction: few enough that nobody waits for them, enough to spare the disk."""

MAILBOX = "timetable-import@gongfang.invalid"
"""The account in whose name lessons are booked; nobody can sign in with it."""

UNIVERSITY_PERIODS = tuple(
    Period(number, start, start + 45)
    for number, start in enumerate((480, 535, 600, 655, 720, 775, 840, 895, 960, 1015, 1080, 1135, 1200, 1255), 1)
)
"""Fourteen class periods of 45 minutes, for a course list that has more of them than the bell table in force."""


_IN_FILE = {
    "course": "identifier",
    "title": "name",
    "school": "holder_school",
    "weekday": "week_day",
    "periods": "sessions",
    "room": "classroom",
}
"""What the course list itself calls the part that cannot be read."""


def init_app(app: Flask) -> None:
    app.cli.add_command(import_timetable)


@click.command("import-timetable")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--term-start", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The Monday of teaching week 1.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen; change nothing.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Of the report.")
@with_appcontext
def import_timetable(file: Path, term_start: datetime, dry_run: bool, language: str) -> None:
    """Book every arrangement of a course list (FILE: JSON, may be gzipped) into its room, for a whole term.

    Schools, campuses, rooms and the term are made where they are missing. What clashes is not booked but reported
    with the booking in its way. The same file twice changes nothing.
    """
    first_monday = term_start.date()
    if first_monday.weekday() != 0:
        raise click.BadParameter(f"{first_monday} is not a Monday", param_hint="--term-start")
    reading = read(_rows(file))
    report = Report(reading)
    with force_locale(language):
        if reading.lessons:
            importer = Rehearsal(reading, first_monday) if dry_run else Import(reading, first_monday)
            with click.progressbar(
                importer.outcomes(), length=len(reading.lessons), label=gettext("Lessons"), file=sys.stderr
            ) as bar:
                for lesson, outcome in bar:
                    report.add(lesson, outcome)
        report.print(dry_run=dry_run)


def _rows(file: Path) -> list[Any]:
    """The list in the file; a sentence and the end where there is none."""
    try:
        with file.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(file) if packed else file.open("rb") as content:
            text = content.read(LARGEST + 1)
    except (OSError, EOFError) as error:
        raise click.ClickException(f"{file.name} cannot be read: {error}") from None
    if len(text) > LARGEST:
        raise click.ClickException(f"{file.name} is larger than {LARGEST // 1024**2} MiB")
    try:
        rows = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        raise click.ClickException(f"{file.name} is not JSON in UTF-8") from None
    if not isinstance(rows, list):
        raise click.ClickException(f"{file.name} does not hold a list of courses")
    return rows


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one lesson: why it was not tried (`no_room`, `no_period`), or what placing it answered."""

    skipped: str = ""
    placed: Placed | None = None


class Import:
    """A course list on its way into the database."""

    def __init__(self, reading: Reading, first_monday: date) -> None:
        self.reading = reading
        self.now = clock.now()
        self.first_monday = first_monday
        self.term = Term(0, None, "", "", first_monday, max(reading.last_week, 1))
        self.rooms: dict[tuple[str, str], int] = {}
        self.schools: dict[str, int] = {}
        self.calendars: dict[str, Calendar] = {}
        self.actor = transaction(self._ground)

    def outcomes(self) -> Iterator[tuple[Lesson, Outcome]]:
        todo = self.reading.lessons
        for start in range(0, len(todo), TOGETHER):
            batch = todo[start : start + TOGETHER]
            yield from zip(batch, transaction(partial(self._place_all, batch)), strict=True)

    def _place_all(self, batch: Sequence[Lesson]) -> list[Outcome]:
        """A batch in one transaction: every room it needs is locked at once, or it and those who book would wait in a ring."""
        hold_units([self.rooms[each.campus, each.room] for each in batch if each.has_room])
        return [self._place(each) for each in batch]

    def _place(self, lesson: Lesson) -> Outcome:
        if not lesson.has_room:
            return Outcome("no_room")
        slots = slots_of(lesson, self.term, self.calendars[lesson.campus])
        if not slots:
            return Outcome("no_period")
        key = self._key(lesson)
        asked = self._asked(lesson, self.rooms[lesson.campus, lesson.room], slots)
        uid = str(uuid.uuid5(uuid.NAMESPACE_URL, key))
        return Outcome(placed=lessons.place(self.actor, asked, source_key=key, uid=uid, now=self.now))

    def _key(self, lesson: Lesson) -> str:
        return f"course-list:{self.first_monday}:{lesson.key}"

    def _asked(self, lesson: Lesson, unit_id: int, slots: Sequence[Slot]) -> Asked:
        return Asked(
            wants=(Want(unit_id),),
            slots=tuple(slots),
            purpose="teaching",
            title=lesson.title,
            member_id=self.schools.get(lesson.school, 0),
            holder_id=self.actor.person_id,
            headcount=lesson.headcount,
            note=f"{lesson.course} {'、'.join(lesson.teachers)}".strip(),
        )

    def _ground(self) -> Actor:
        """Everything a lesson stands on, made where it is missing."""
        self._find_or_add_schools()
        actor = self._find_or_add_account()
        for campus in sorted({lesson.campus for lesson in self.reading.lessons if lesson.has_room}):
            self._find_or_add_rooms(actor, campus)
        self._find_or_add_term(actor)
        return actor

    def _find_or_add_schools(self) -> None:
        known = {member.name_zh: member.id for member in member_store.members(today=local_day(self.now))}
        codes = {member.code for member in member_store.members(today=local_day(self.now))}
        number = 0
        for school in self.reading.schools:
            if school not in known:
                number += 1
                while f"SCHOOL-{number:02d}" in codes:
                    number += 1
                codes.add(f"SCHOOL-{number:02d}")
                form = MemberForm(f"SCHOOL-{number:02d}", "school", school, school, self.first_monday)
                known[school] = members.add(None, form, self.now)
        self.schools = {school: known[school] for school in self.reading.schools}

    def _find_or_add_account(self) -> Actor:
        member_id = min(self.schools.values())
        person_id = person_store.person_id_of(MAILBOX)
        if person_id is None:
            office = OfficeForm("booker", member_id, None, self.first_monday, None)
            form = PersonForm(MAILBOX, gettext("Timetable import"))
            invited = people.invite(None, form, office, link=entry.new_secret(), locale="zh", now=self.now)
            person_id = invited.person_id
        return _operator(person_id, member_id)

    def _find_or_add_rooms(self, actor: Actor, campus: str) -> None:
        code = f"CAMPUS-{campus}"
        host = self.schools[self.reading.busiest_school(campus)]
        base_id = catalogue.base_ids([code]).get(code)
        if base_id is None:
            form = BaseForm(code, "training_base", gettext("%(campus)s campus", campus=campus))
            base_id = places.add_base(actor, form, {"host": host, "operator": host, "keeper": host}, now=self.now)
        known = {lab: entry.unit_id for (_, lab, unit), entry in catalogue.entries([base_id]).items() if lab == unit}
        for each, room in self.reading.rooms:
            if each == campus:
                if room not in known:
                    _, known[room] = places.add_lab_with_room(base_id, LabForm(room, room))
                self.rooms[campus, room] = known[room]
        self._find_or_add_periods(actor, campus, host)

    def _find_or_add_periods(self, actor: Actor, campus: str, host: int) -> None:
        self.calendars[campus], more = self._calendar_for(campus, host)
        if more:
            name = gettext("Fourteen periods a day")
            timetable.add_bell_table(actor, host, name, "Fourteen periods a day", UNIVERSITY_PERIODS, now=self.now)

    def _calendar_for(self, campus: str, host: int) -> tuple[Calendar, bool]:
        """The calendar to read a campus's lessons by, and whether class periods must be added to what is in force."""
        needed = {number for lesson in self.reading.lessons if lesson.campus == campus for number in lesson.periods}
        in_force = calendar_of(host)
        missing = needed - {period.number for period in in_force.bells.on(self.first_monday)}
        more = bool(missing & {period.number for period in UNIVERSITY_PERIODS})
        bells = Bells((BellForm(host, "", "", UNIVERSITY_PERIODS),)) if more else in_force.bells
        return Calendar(host, [self.term], in_force.blocks, in_force.days, bells), more

    def _find_or_add_term(self, actor: Actor) -> None:
        if all(term.first_monday != self.first_monday for term in terms()):
            name = gettext("Term from %(day)s", day=day_text(self.first_monday))
            timetable.add_term(
                actor, None, name, f"Term from {self.first_monday}", self.first_monday, self.term.weeks, now=self.now
            )


class Rehearsal(Import):
    """The same, with nothing written: rooms that are missing stand in memory only."""

    def _ground(self) -> Actor:
        """What exists already; the rest gets made-up ids below zero."""
        known = {member.name_zh: member.id for member in member_store.members(today=local_day(self.now))}
        self.schools = {school: known.get(school, -1) for school in self.reading.schools}
        self.held: dict[int, list[Taken]] = defaultdict(list)
        for number, (campus, room) in enumerate(self.reading.rooms, 1):
            code = f"CAMPUS-{campus}"
            base_id = catalogue.base_ids([code]).get(code)
            entries = catalogue.entries([base_id]) if base_id else {}
            found = entries.get((code, room, room))
            self.rooms[campus, room] = found.unit_id if found else -number
            self.calendars[campus], _ = self._calendar_for(campus, self.schools[self.reading.busiest_school(campus)])
        self.numbers = {lesson.key: number for number, lesson in enumerate(self.reading.lessons, 1)}
        return _operator(0, 0)

    def outcomes(self) -> Iterator[tuple[Lesson, Outcome]]:
        for lesson in self.reading.lessons:
            yield lesson, self._place(lesson)

    def _place(self, lesson: Lesson) -> Outcome:
        if not lesson.has_room:
            return Outcome("no_room")
        slots = slots_of(lesson, self.term, self.calendars[lesson.campus])
        if not slots:
            return Outcome("no_period")
        unit_id = self.rooms[lesson.campus, lesson.room]
        room = Unit(
            unit_id, 0, 0, unit_id, "room", lesson.room, "", 1, False, True, 0, 0, None, "external", frozenset()
        )
        asked = self._asked(lesson, unit_id, slots)
        number = self.numbers[lesson.key]
        return Outcome(placed=lessons.rehearse(asked, room, self.held[unit_id], number, source_key=self._key(lesson)))


def _operator(person_id: int, member_id: int) -> Actor:
    """Whoever may run commands on the server acts as the consortium's administrator."""
    office = Appointment("administrator", member_id, None, date(1970, 1, 1), None)
    return Actor(person_id or -1, "flask", member_id, (office,), address="command line")


@dataclass(slots=True)
class Report:
    """What became of every arrangement in the file; each is counted once."""

    reading: Reading
    outcomes: list[tuple[Lesson, Outcome]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, lesson: Lesson, outcome: Outcome) -> None:
        self.outcomes.append((lesson, outcome))
        placed = outcome.placed
        if placed is None:
            self.counts[outcome.skipped] += 1
            return
        kind = "placed" if not placed.clashes else "in_part" if placed.dates else "clashing"
        self.counts[kind] += 1
        self.counts["dates"] += placed.dates
        self.counts["dates_clashing"] += len(placed.clashes)
        self.counts["new"] += placed.is_new

    def print(self, *, dry_run: bool) -> None:
        """The report; its last line is the summary in one line."""
        self._print_clashes()
        self._print_list(gettext("No room given"), self._without_room())
        self._print_list(gettext("Unreadable"), self._unreadable())
        click.echo("")
        click.echo(gettext("Rehearsal: nothing was changed.") if dry_run else gettext("Done."))
        click.echo(
            gettext(
                "%(schools)s schools, %(rooms)s rooms; %(new)s bookings are new, the others stood already.",
                schools=len(self.reading.schools),
                rooms=len(self.reading.rooms),
                new=self.counts["new"],
            )
        )
        unreadable = len(self.reading.unreadable) + self.counts["no_period"]
        arrangements = len(self.reading.lessons) + self.reading.repeated + len(self.reading.unreadable)
        click.echo(
            f"arrangements={arrangements} placed={self.counts['placed']} placed_in_part={self.counts['in_part']} "
            f"clashing={self.counts['clashing']} repeated={self.reading.repeated} no_room={self.counts['no_room']} "
            f"unreadable={unreadable} dates_booked={self.counts['dates']} "
            f"dates_clashing={self.counts['dates_clashing']}"
        )

    def _print_clashes(self) -> None:
        clashing = [
            (lesson, outcome.placed) for lesson, outcome in self.outcomes if outcome.placed and outcome.placed.clashes
        ]
        click.secho(gettext("Clashing: %(count)s", count=len(clashing)), bold=True)
        titles = _titles(reason for _, placed in clashing for _, reasons in placed.clashes for reason in reasons)
        ahead = {-number: lesson for number, lesson in enumerate(self.reading.lessons, 1)}
        for lesson, placed in clashing:
            click.echo(f"  {_lesson_line(lesson)}")
            in_the_way: dict[int | None, list[Span]] = defaultdict(list)
            for slot, reasons in placed.clashes:
                for reason in reasons:
                    in_the_way[reason.booking_id if isinstance(reason, Overlaps) else None].append(slot.span)
            for booking_id, spans in in_the_way.items():
                rehearsed = ahead.get(booking_id or 0)
                name = rehearsed.title if rehearsed else titles.get(booking_id or 0, "?")
                click.echo(
                    "    "
                    + gettext(
                        "%(count)s dates taken by “%(title)s” (from %(when)s)",
                        count=len(spans),
                        title=name,
                        when=span_text(min(spans)),
                    )
                )

    def _without_room(self) -> list[str]:
        by_school = Counter(lesson.school for lesson, outcome in self.outcomes if outcome.skipped == "no_room")
        return [
            f"{school}: {count}" for school, count in sorted(by_school.items(), key=lambda pair: (-pair[1], pair[0]))
        ]

    def _unreadable(self) -> list[str]:
        rows = [
            gettext(
                "row %(row)s (%(course)s): %(part)s",
                row=each.row,
                course=each.course or "?",
                part=_IN_FILE.get(each.part, each.part),
            )
            for each in self.reading.unreadable
        ]
        return rows + [
            gettext("%(lesson)s: no such class period", lesson=_lesson_line(lesson))
            for lesson, outcome in self.outcomes
            if outcome.skipped == "no_period"
        ]

    def _print_list(self, title: str, lines: Sequence[str]) -> None:
        click.echo("")
        click.secho(f"{title}: {len(lines)}", bold=True)
        for line in lines:
            click.echo(f"  {line}")


def _lesson_line(lesson: Lesson) -> str:
    weeks = ",".join(str(week) for week in lesson.weeks)
    periods = ",".join(str(number) for number in lesson.periods)
    day = "一二三四五六日"[lesson.weekday - 1] if lesson.weekday else "一至五"
    return f"{lesson.course} {lesson.title} · {lesson.campus} {lesson.room} · 第{weeks}周 周{day} 第{periods}节"


def _titles(reasons: Iterator[Reason]) -> dict[int, str]:
    ids = sorted({reason.booking_id for reason in reasons if isinstance(reason, Overlaps) and reason.booking_id})
    return {
        booking.id: booking.title
        for start in range(0, len(ids), 500)
        for booking in bookings.bookings([number for number in ids[start : start + 500] if number > 0])
    }
