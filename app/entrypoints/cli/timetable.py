"""`flask import-timetable`: takes in a timetable file as the pages do, and says of every arrangement what became of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext
from flask_babel import force_locale, gettext

from app.booking.actions import imports, planning
from app.booking.actions.imports import Choices, File
from app.booking.actions.planning import Plan, Surroundings, Timetable
from app.booking.rules.imports.deciding import POLICIES, Change
from app.booking.rules.imports.ground import Ground
from app.booking.rules.imports.names import Room, Rooms, Teachers, bare
from app.booking.rules.lessons import layout as layouts
from app.booking.rules.lessons.lesson import Lesson, Reading
from app.booking.store import lessons
from app.booking.store.imports import KeptImport
from app.catalogue.actions import places
from app.catalogue.rules.form import BaseForm, LabForm
from app.catalogue.rules.unit import Unit
from app.catalogue.store import exchange as catalogue
from app.catalogue.store import units as units_store
from app.consortium.actions import entry, members, people
from app.consortium.rules.membership import MemberForm, OfficeForm, PersonForm
from app.consortium.rules.office import Actor, Appointment
from app.consortium.store import members as member_store
from app.consortium.store import people as person_store
from app.database import transaction
from app.entrypoints import clock
from app.entrypoints.cli.timetable_report import Report
from app.entrypoints.formats import day_text
from app.entrypoints.uploads import opening, workbook
from app.foundation.timespan import local_day
from app.timetable.actions import calendar as timetable
from app.timetable.rules.bell import BellForm, Bells, Period
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import Term
from app.timetable.store.calendar import calendar as calendar_of
from app.timetable.store.terms import terms

MAILBOX = "timetable-import@gongfang.invalid"
"""The account in whose name lessons are booked; nobody can sign in with it."""

USUAL_WEEKS = 20
"""Weeks of a term that is not there yet, where the file does not tell."""

UNIVERSITY_PERIODS = tuple(
    Period(number, start, start + 45)
    for number, start in enumerate((480, 535, 600, 655, 720, 775, 840, 895, 960, 1015, 1080, 1135, 1200, 1255), 1)
)
"""Fourteen class periods of 45 minutes, for a course list that has more of them than the bell table in force."""


def init_app(app: Flask) -> None:
    app.cli.add_command(import_timetable)


@click.command("import-timetable")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--term-start", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The Monday of teaching week 1.")
@click.option("--member", default="", help="Code of the member whose timetable it is; else the lessons' own schools.")
@click.option("--layout", type=click.Choice(layouts.LAYOUTS), help="How the file is laid out; usually it tells itself.")
@click.option("--learners", default="", help="The kind of learners it is for, where there are several timetables.")
@click.option(
    "--policy", type=click.Choice(POLICIES), default="skip", show_default=True, help="What becomes of clashes."
)
@click.option("--part", is_flag=True, help="The file is a part: lessons that it lacks stay.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen; change nothing.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Of the report.")
@with_appcontext
def import_timetable(
    file: Path,
    term_start: datetime,
    member: str,
    layout: str | None,
    learners: str,
    policy: str,
    part: bool,
    dry_run: bool,
    language: str,
) -> None:
    """Book every arrangement of a timetable (FILE: JSON, xlsx, xls or csv, may be gzipped) into its room, for a term.

    The term is made where it is missing; without --member the schools, campuses and rooms of a course list are too.
    What clashes is not booked but reported with the booking in its way. The same file twice changes nothing; a changed
    one changes what it says otherwise, and lessons that it lacks are taken away.
    """
    first_monday = term_start.date()
    if first_monday.weekday() != 0:
        raise click.BadParameter(f"{first_monday} is not a Monday", param_hint="--term-start")
    content = file.read_bytes()
    reading, found_layout = _reading(file, content, layout, first_monday)
    chosen = Choices(0, 0, learners, policy, "part" if part else "whole")
    with force_locale(language):
        report = Report(reading, found_layout)
        if reading.lessons:
            kind = Rehearsal if dry_run else Import
            importer = kind(reading, first_monday, member, chosen)
            report.plan = importer.plan()
            if not dry_run:
                report.kept = _apply(importer, report.plan, File(file.name, content, found_layout))
        report.print(dry_run=dry_run)


def _reading(file: Path, content: bytes, layout: str | None, first_monday: date) -> tuple[Reading, str]:
    """What the file says; a sentence and the end where it is no timetable."""
    try:
        book = opening.open_upload(content)
    except workbook.UnreadableUpload as error:
        raise click.ClickException(f"{file.name} cannot be read: {error.problem} {error.detail}".strip()) from None
    found = layout or layouts.recognise(book.sheets, book.content)
    if found is None:
        raise click.ClickException(f"{file.name} does not hold a list of courses or another timetable that is known")
    weeks = next((term.weeks for term in terms() if term.first_monday == first_monday), USUAL_WEEKS)
    return layouts.read(found, book.sheets, book.content, last_week=weeks), found


def _apply(importer: Import, plan: Plan, file: File) -> KeptImport | None:
    """Make the changes, fifty at a time, with a bar; nothing at all where there are none."""
    actor, now = importer.actor, importer.now
    if not any(not item.told for item in plan.items):
        return None
    import_id = transaction(lambda: imports.bring(actor, importer.wanted, file, plan, now=now))
    kept = transaction(lambda: imports.apply(actor, import_id, 2, now=now))
    with click.progressbar(length=kept.total, label=gettext("Lessons"), file=sys.stderr) as bar:
        bar.update(kept.done)
        while kept.state == "applying":
            before = kept.done
            kept = transaction(partial(imports.step, actor, import_id, now=now))
            bar.update(kept.done - before)
    return kept


class Import:
    """A timetable on its way into the database."""

    def __init__(self, reading: Reading, first_monday: date, member: str, chosen: Choices) -> None:
        self.reading = reading
        self.now = clock.now()
        self.first_monday = first_monday
        self.weeks = max(reading.last_week, 1)
        self.member_id = self._member(member)
        self.schools: dict[str, int] = {}
        self.actor = self._prepare()
        self.wanted = Timetable(
            self.member_id or min(self.schools.values()),
            self._term() or Term(0, None, "", "", first_monday, self.weeks),
            chosen.learners,
            chosen.policy,
            chosen.covers,
            self.schools,
        )

    def _member(self, code: str) -> int:
        if not code:
            return 0
        for member in member_store.members(today=local_day(self.now)):
            if member.code == code:
                return member.id
        raise click.BadParameter(f"there is no member {code}", param_hint="--member")

    def _term(self) -> Term | None:
        fitting = [term for term in terms() if term.first_monday == self.first_monday]
        mine = [term for term in fitting if term.member_id in (self.member_id, None)]
        return next(iter(mine), None)

    def plan(self) -> Plan:
        """What the file would change."""
        return planning.make_plan(self.actor, self.wanted, self.reading, now=self.now)

    def _prepare(self) -> Actor:
        if not self.member_id and not all(lesson.school for lesson in self.reading.lessons):
            raise click.UsageError("some lessons do not say whose they are: please add --member CODE")
        return transaction(self._ground)

    def _ground(self) -> Actor:
        """Everything a lesson stands on, made where it is missing."""
        if not self.member_id:
            self._find_or_add_schools()
        actor = self._find_or_add_account()
        if not self.member_id:
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
        member_id = self.member_id or min(self.schools.values())
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
        known = {lab for (_, lab, unit), _ in catalogue.entries([base_id]).items() if lab == unit}
        for each, room in self.reading.rooms:
            if each == campus and room not in known:
                places.add_lab_with_room(base_id, LabForm(room, room))
        _, more = self._calendar_for(campus, host)
        if more:
            name = gettext("Fourteen periods a day")
            timetable.add_bell_table(actor, host, name, "Fourteen periods a day", UNIVERSITY_PERIODS, now=self.now)

    def _calendar_for(self, campus: str, host: int) -> tuple[Calendar, bool]:
        """The calendar to read a campus's lessons by, and whether class periods must be added to what is in force."""
        needed = {number for lesson in self.reading.lessons if lesson.campus == campus for number in lesson.periods}
        in_force = calendar_of(host)
        missing = needed - {period.number for period in in_force.bells.on(self.first_monday)}
        more = bool(missing & {period.number for period in UNIVERSITY_PERIODS})
        return replace(in_force, bells=Bells((BellForm(host, "", "", UNIVERSITY_PERIODS),))) if more else in_force, more

    def _find_or_add_term(self, actor: Actor) -> None:
        if self._term() is None:
            name = gettext("Term from %(day)s", day=day_text(self.first_monday))
            whose = self.member_id or None
            timetable.add_term(
                actor, whose, name, f"Term from {self.first_monday}", self.first_monday, self.weeks, now=self.now
            )


class Rehearsal(Import):
    """The same, with nothing written: rooms that are missing stand in memory only."""

    def _prepare(self) -> Actor:
        """What exists already; the rest gets made-up ids below zero."""
        if not self.member_id:
            known = {member.name_zh: member.id for member in member_store.members(today=local_day(self.now))}
            self.schools = {school: known.get(school, -1) for school in self.reading.schools}
        return _operator(0, 0)

    def plan(self) -> Plan:
        if self.member_id and self.wanted.term.id:
            return super().plan()
        member_id = self.wanted.member_id
        kept = lessons.kept(member_id, self.wanted.term.id, self.wanted.learners)
        around = planning.surroundings(member_id, self.wanted.learners, local_day(self.now), by_base=True)
        if not self.member_id:
            around = Surroundings(*self._rooms(around.rooms), Teachers(()), self._calendars(around))
        return planning.plan_on(self.actor, self.wanted, self.reading, kept, around, self._ground_of, now=self.now)

    def _rooms(self, there: Rooms) -> tuple[Rooms]:
        more = [
            Room(-number, 0, frozenset({bare(campus)}), frozenset({bare(room)}), room, is_own=False, campus=campus)
            for number, (campus, room) in enumerate(self.reading.rooms, 1)
            if there.find(campus, room) is None
        ]
        return (Rooms([*there.rooms, *more], there.said),)

    def _calendars(self, around: Surroundings) -> Any:
        known: dict[str, tuple[Calendar, bool]] = {}

        def calendar_for(lesson: Lesson, unit_id: int | None) -> Calendar:
            if lesson.campus not in known:
                host = self.schools[self.reading.busiest_school(lesson.campus)]
                known[lesson.campus] = self._calendar_for(lesson.campus, host)
            found, more = known[lesson.campus]
            return found if more or (unit_id or 0) < 0 else around.calendar_of(lesson, unit_id)

        return calendar_for

    def _ground_of(self, actor: Actor, wanted: Timetable, changes: Sequence[Change], now: datetime) -> Ground:
        ids = {change.unit_id for change in changes if change.unit_id is not None}
        units: Mapping[int, Unit] = units_store.units(sorted(each for each in ids if each > 0)) | {
            each: Unit(each, 0, 0, each, "room", "", "", 1, False, True, 0, 0, None, "external", frozenset())
            for each in ids
            if each < 0
        }
        return planning.ground_on(actor, wanted, units, now)


def _operator(person_id: int, member_id: int) -> Actor:
    """Whoever may run commands on the server acts as the consortium's administrator."""
    office = Appointment("administrator", member_id, None, date(1970, 1, 1), None)
    return Actor(person_id or -1, "flask", member_id, (office,), address="command line")
