"""A term at a glance: what a sheet of a lab, unit, class, teacher or member says, as far as its reader may know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.booking.rules.term_sheet import (
    BOOKING,
    CLOSED,
    LESSON,
    TAKEN,
    UNPLACED,
    Cell,
    Given,
    What,
    cells,
    periods_of,
    where_in_term,
)
from app.booking.store import term_sheet as store
from app.booking.store.term_sheet import DateRow, LessonRow, Place
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, view_of_booking
from app.consortium.rules.scope import scope
from app.foundation.timespan import Span, day_span, local, local_day
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import Term
from app.timetable.rules.weeks import Unclear, read_periods, read_weeks

SUBJECTS = ("lab", "unit", "class", "teacher", "person", "member")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose sheet it is: a lab, unit, person or member by its id, a class or a teacher by the name lessons write."""

    kind: str
    id: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a sheet says: its cells, the lessons nobody could place in time, and how many dates it was made of."""

    cells: tuple[Cell, ...]
    loose: tuple[str, ...]
    """Titles of lessons whose weeks or periods are not to be read."""
    dates: int
    person: str = ""
    """The name of the person whose sheet it is, where something of hers may be read."""


def sheet(
    actor: Actor, subject: Subject, calendar: Calendar, term: Term, *, english: bool, week: int | None = None
) -> Sheet:
    """The sheet of a subject over a term, or over one week of it; five statements at most.

    A lab's or unit's strangers see that it is taken; of a class, a teacher or a member one sees what one may know.
    """
    window = _window(calendar, term)
    rows = _rows(subject, window)
    of_place = subject.kind in ("lab", "unit")
    reader = _Reader(actor, catalogue.owner_side(sorted({row.unit_id for row in rows}), actor.on) if rows else {})
    given: list[Given] = []
    person = ""
    for several in _by_date(rows):
        row = several[0]
        fields = reader.fields(several)
        if not of_place and not {"title", "people", "member"} <= fields:
            continue
        if not row.holds and not reader.is_mine(row) and "title" not in fields:
            continue
        what = _what(several, fields, subject, english)
        if what is None:
            continue
        person = person or (row.holder if subject.kind == "person" and row.holder_id == subject.id else "")
        given += _given(row, what, calendar, term)
    loose: list[str] = []
    if not of_place:
        for lesson in _unplaced(subject, term):
            if not {"title", "people", "member"} <= reader.fields_of_lesson(lesson) or not _is_of(lesson, subject):
                continue
            person = person or (lesson.teachers if subject.kind == "person" else "")
            found = list(_given_by_words(lesson, calendar, term))
            given += found
            loose += [] if found else [lesson.title]
    if week is not None:
        given = [each for each in given if each.week == week]
    return Sheet(tuple(cells(given)), tuple(loose), len(given), person)


def place(lab_id: int | None, unit_id: int | None) -> Place | None:
    return store.place(lab_id, unit_id)


def names_to_choose(actor: Actor) -> tuple[list[str], list[str]]:
    """The classes and teachers of the lessons that the actor may read whole: of her own member, or of all."""
    seen = scope(actor, "booking.see")
    own = [actor.member_id] if actor.member_id is not None else []
    classes, teachers = store.written_names(None if seen.everything else own)
    return split_names(classes), split_names(teachers)


def split_names(texts: Sequence[str]) -> list[str]:
    """Each name once, out of texts that name several."""
    return sorted({name for text in texts for name in _names_in(text)})


def _names_in(text: str) -> list[str]:
    return [name for name in re.split(r"[,，、;；/\s]+", text) if name]


def _window(calendar: Calendar, term: Term) -> Span:
    """The term's days, and the make-up days that lie outside it."""
    days = [term.first_monday, term.last_day]
    days += [day for lost, day in calendar.days.moved.items() if term.week_of(lost)]
    return Span(day_span(min(days)).start, day_span(max(days)).end)


def _rows(subject: Subject, window: Span) -> list[DateRow]:
    if subject.kind == "lab":
        return store.of_place(subject.id, None, window)
    if subject.kind == "unit":
        return store.of_place(None, subject.id, window)
    if subject.kind == "member":
        return store.of_member(subject.id, window)
    if subject.kind == "class":
        rows = store.of_class(subject.text, window)
        return [row for row in rows if subject.text in _names_in(row.class_name) or subject.text == row.class_name]
    rows = store.of_teacher(subject.id if subject.kind == "person" else None, subject.text, window)
    if subject.kind == "person":
        return rows
    return [row for row in rows if subject.text in _names_in(row.teachers) or subject.text == row.teachers]


def _unplaced(subject: Subject, term: Term) -> list[LessonRow]:
    if subject.kind == "class":
        return store.unplaced(term.id, class_name=subject.text)
    if subject.kind == "teacher":
        return store.unplaced(term.id, teacher=subject.text)
    if subject.kind == "person":
        return store.unplaced(term.id, person_id=subject.id)
    return store.unplaced(term.id, member_id=subject.id)


def _is_of(lesson: LessonRow, subject: Subject) -> bool:
    """Whether a lesson found by a piece of text really names the class or teacher."""
    text = {"class": lesson.class_name, "teacher": lesson.teachers}.get(subject.kind)
    return text is None or subject.text == text or subject.text in _names_in(text)


def _by_date(rows: Sequence[DateRow]) -> Iterator[list[DateRow]]:
    """The rows of one date together: it may take several units. A closure stands alone."""
    found: dict[tuple[int | None, int], list[DateRow]] = {}
    for number, row in enumerate(rows):
        key = (row.date_id, 0) if row.date_id is not None else (None, number)
        if not any(each.unit_id == row.unit_id for each in found.get(key, ())):
            found.setdefault(key, []).append(row)
    yield from found.values()


class _Reader:
    """Which fields of each date the actor may see; permission is asked once for each kind of case."""

    def __init__(self, actor: Actor, sides: Mapping[int, frozenset[int]]) -> None:
        self._actor, self._sides = actor, sides
        self._views: dict[tuple[bool, int, frozenset[int], frozenset[int]], frozenset[str]] = {}

    def is_mine(self, row: DateRow) -> bool:
        return self._actor.is_signed_in and self._actor.person_id in (row.holder_id, row.requester_id)

    def fields(self, several: Sequence[DateRow]) -> frozenset[str]:
        row = several[0]
        if row.booking_id is None:
            return frozenset()
        owners = frozenset().union(*(self._sides.get(each.unit_id, frozenset()) for each in several))
        return self._view(self.is_mine(row), row.member_id, owners, frozenset(each.base_id for each in several))

    def fields_of_lesson(self, lesson: LessonRow) -> frozenset[str]:
        mine = self._actor.is_signed_in and lesson.teacher_id == self._actor.person_id
        return self._view(mine, lesson.member_id, frozenset(), frozenset())

    def _view(self, mine: bool, member_id: int, owners: frozenset[int], bases: frozenset[int]) -> frozenset[str]:
        key = (mine, member_id, owners, bases)
        view = self._views.get(key)
        if view is None:
            thing = Placement(
                holder_ids=frozenset({self._actor.person_id}) if mine else frozenset(),
                booking_member_id=member_id,
                owner_member_ids=owners,
                base_ids=bases,
            )
            view = self._views[key] = view_of_booking(self._actor, thing)
        return view


def _what(several: Sequence[DateRow], fields: frozenset[str], subject: Subject, english: bool) -> What | None:
    """What is said of a date; None for what has nothing to say on this sheet."""
    row = several[0]
    if row.booking_id is None:
        return What(CLOSED, row.closure_reason) if subject.kind in ("lab", "unit") else None
    waiting = row.state == "waiting"
    if "title" not in fields:
        return What(TAKEN, is_waiting=waiting)
    is_lesson = row.origin == "lesson"
    return What(
        LESSON if is_lesson else BOOKING,
        row.title,
        row.class_name,
        (row.teachers or ("" if is_lesson else row.holder)) if "people" in fields else "",
        _places(several, subject, english),
        waiting,
        row.booking_id if "note" in fields else 0,
    )


def _places(several: Sequence[DateRow], subject: Subject, english: bool) -> str:
    """Where it is: nothing on a unit's own sheet, the machine on a lab's, lab and machine elsewhere."""
    if subject.kind == "unit":
        return ""
    names = []
    for row in several:
        lab = row.lab_en if english and row.lab_en else row.lab_zh
        unit = row.unit_en if english and row.unit_en else row.unit_zh
        if row.unit_kind == "room":
            names.append("" if subject.kind == "lab" else lab)
        else:
            names.append(unit if subject.kind == "lab" else f"{lab} {unit}")
    return ", ".join(dict.fromkeys(name for name in names if name))


def _given(row: DateRow, what: What, calendar: Calendar, term: Term) -> Iterator[Given]:
    """A date as the sheet's own: one for each day it touches (a closure may last days)."""
    start, end = (datetime.fromtimestamp(each, UTC) for each in (row.start, row.end))
    for day in Span(start, end).days():
        where = where_in_term(calendar, term, day, is_lesson=row.origin == "lesson")
        if where is None:
            continue
        inside = Span(start, end).clip(day_span(day))
        if inside is None:
            continue
        first, last = int(inside.start.timestamp()), int(inside.end.timestamp())
        periods = periods_of(row.periods, calendar.bells.on(day), day, first, last)
        clock = "" if row.periods and periods else f"{_clock(inside.start, day)}–{_clock(inside.end, day)}"
        yield Given(*where, periods, clock, what)


def _clock(moment: datetime, day: date) -> str:
    return "24:00" if local_day(moment) != day else f"{local(moment):%H:%M}"


def _given_by_words(lesson: LessonRow, calendar: Calendar, term: Term) -> Iterator[Given]:
    """A lesson without a room, from its own words; nothing where they cannot be read.

    Without a weekday it takes whole practice weeks: Monday to Friday, every period that rings.
    """
    what = What(UNPLACED, lesson.title, lesson.class_name, lesson.teachers, lesson.room)
    try:
        weeks = read_weeks(lesson.weeks, term.weeks)
        said = read_periods(lesson.periods) if lesson.periods else ()
    except Unclear:
        return
    for week in weeks:
        for weekday in (lesson.weekday,) if lesson.weekday else range(1, 6):
            periods = said or tuple(each.number for each in calendar.bells.on(term.day(week, weekday)))
            yield Given(week, weekday, periods, "", what)
