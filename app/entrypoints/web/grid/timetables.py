"""课表: a term at a glance on one page, as a printed timetable: of a lab, a unit, a class, a teacher, a member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext

from app.booking.actions import term_sheet as actions
from app.booking.actions.term_sheet import Sheet, Subject
from app.booking.rules.term_sheet import CLOSED, LESSON, TAKEN, UNPLACED, Entry, table
from app.booking.store import looking
from app.booking.store import term_sheet as store
from app.entrypoints import clock, exports, gate
from app.entrypoints.formats import days_text, is_chinese, named, short_day_text, weekday_text
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.calendar.choice import chosen_calendar
from app.entrypoints.web.calendar.notice import notices
from app.entrypoints.web.calendar.teaching_days import DayMark, block_words, days_of_term, mark_of, week_words
from app.foundation.identifiers import id_from_text
from app.foundation.timespan import DAY
from app.timetable.rules.bell import Period, label_of, runs
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import Term
from app.timetable.rules.weeks import weeks_text

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Named:
    """A subject in words, and whose calendar it goes by unless another is chosen."""

    title: str
    kind: str
    calendar_id: int | None
    campus: str = ""
    back: str = ""
    back_label: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """One entry of a cell as it is read."""

    weeks: str
    periods: str
    title: str
    sign: str
    details: str
    state: str
    href: str


@web.get("/timetables")
@gate.needs("grid.see")
def timetables() -> Any:
    """The sheet that the address names; without a name, what there is to choose."""
    who, today = actor(), clock.today()
    subject = _subject()
    if subject is None:
        return _choose(today)
    about = or_404(_named(subject))
    choice = chosen_calendar(about.calendar_id if about.calendar_id is not None else who.member_id, about.campus)
    calendar = choice.calendar
    term = _term(calendar, today)
    if term is None:
        return page("timetables/sheet.html", subject=subject, about=about, term=None, choice=choice)
    week = id_from_text(request.args.get("week", ""))
    week = week if week and week <= term.weeks else None
    sheet = actions.sheet(who, subject, calendar, term, english=not is_chinese(), week=week)
    title = about.title
    if subject.kind == "person":
        title = who.name if subject.id == who.person_id else sheet.person
        or_404(title or None)
    weekdays = [n for n in range(1, 8) if n <= 5 or any(cell.weekday == n for cell in sheet.cells)]
    bells = _bells(calendar, term)
    lines = table(sheet.cells, [each.number for each in bells[0][1]] if bells else [], weekdays)
    if chosen := exports.wanted():
        name = f"{title} {named(term)}"
        return exports.as_file(chosen, name, _export_head(), _export_rows(sheet))
    return page(
        "timetables/sheet.html",
        subject=subject,
        about=about,
        title=title,
        term=term,
        terms=calendar.terms,
        week=week,
        today=today,
        this_week=term.week_of(today),
        heads=[_head(calendar, term, week, weekday, today) for weekday in weekdays],
        lines=lines,
        clocks=_clocks(bells),
        bells=_seasons(calendar, bells, term),
        words=lambda entry, cell: _words(entry, cell.first, cell.last, week),
        by_day=_by_day(sheet, weekdays),
        sheet=sheet,
        days=days_of_term(calendar, term),
        blocks=[
            (_weeks_words(range(each.first_week, each.last_week + 1)), block_words([each]))
            for each in calendar.blocks
            if each.term_id == term.id
        ],
        week_words=week_words(calendar, term, week) if week else "",
        week_days=days_text(term.day(week, 1), term.day(week, 7)) if week else "",
        choice=choice,
        address=_address,
        notices=notices(calendar.days, term.first_monday, term.last_day),
        named=named,
    )


def _subject() -> Subject | None:
    for kind in ("lab", "unit", "person", "member"):
        if number := id_from_text(request.args.get(kind, "")):
            return Subject(kind, number)
    for kind in ("class", "teacher"):
        if text := request.args.get(kind, "").strip()[:LONGEST_NAME]:
            return Subject(kind, text=text)
    return None


def _named(subject: Subject) -> Named | None:
    """The subject in words; None where there is no such thing."""
    if subject.kind in ("lab", "unit"):
        place = actions.place(subject.id if subject.kind == "lab" else None, subject.id)
        if place is None:
            return None
        lab = place.lab_zh if is_chinese() or not place.lab_en else place.lab_en
        title = lab if subject.kind == "lab" or place.is_room else f"{lab} · {named(place)}"
        kind = gettext("Lab") if subject.kind == "lab" else gettext("Unit")
        back = f"/labs/{place.lab_id}" if subject.kind == "lab" else f"/units/{subject.id}"
        return Named(title, kind, place.calendar_id, place.campus, back, title)
    if subject.kind == "member":
        member = store.member_name(subject.id)
        return Named(named(member), gettext("Member"), member.id) if member else None
    kinds = {"class": gettext("Class"), "teacher": gettext("Teacher"), "person": gettext("Teacher")}
    return Named(subject.text, kinds[subject.kind], None)


def _choose(today: date) -> Any:
    """What there is to choose from."""
    who = actor()
    rooms = looking.unit_lines(today, kind="room")
    bases = looking.bases(today)
    classes, teachers = actions.names_to_choose(who)
    labs = [
        (named(base), [(line.lab_id, _lab_name(line)) for line in rooms if line.base_id == base.id]) for base in bases
    ]
    return page(
        "timetables/choose.html",
        labs=[(base, of_base) for base, of_base in labs if of_base],
        classes=classes,
        teachers=teachers,
        person_id=who.person_id,
        member_id=who.member_id,
    )


def _lab_name(line: looking.UnitLine) -> str:
    return line.lab_name_zh if is_chinese() or not line.lab_name_en else line.lab_name_en


def _term(calendar: Calendar, today: date) -> Term | None:
    asked = id_from_text(request.args.get("term", ""))
    return next((term for term in calendar.terms if term.id == asked), None) or calendar.term_near(today)


def _address(**changes: Any) -> str:
    words = {name: value for name, value in request.args.items() if value} | changes
    return "/timetables?" + urlencode({name: value for name, value in words.items() if value is not None})


def _head(
    calendar: Calendar, term: Term, week: int | None, weekday: int, today: date
) -> tuple[str, str, DayMark, bool]:
    """A weekday's head: its name, and in one week's sheet its date and what is special about it."""
    day = term.day(week or 1, weekday)
    if week is None:
        return weekday_text(day), "", DayMark("", "", ""), False
    return weekday_text(day), short_day_text(day), mark_of(calendar, day), day == today


def _bells(calendar: Calendar, term: Term) -> list[tuple[date, tuple[Period, ...]]]:
    """The class periods of the term, and from which day on they ring."""
    days = [term.first_monday, *calendar.bells.changes(term.first_monday, term.last_day)]
    return [(day, periods) for day in days if (periods := calendar.bells.on(day))]


def _seasons(calendar: Calendar, bells: Sequence[tuple[date, tuple[Period, ...]]], term: Term) -> list[tuple[str, str]]:
    """The days on which each bell table rings in the term, and its name."""
    ends = [day - DAY for day, _ in bells[1:]] + [term.last_day]
    return [
        (f"{short_day_text(day)}–{short_day_text(end)}", named(calendar.bells.table_on(day)))
        for (day, _), end in zip(bells, ends, strict=True)
    ]


def _clocks(bells: Sequence[tuple[date, tuple[Period, ...]]]) -> dict[int, list[str]]:
    """The clock times of each class period, the earlier season first; one where they are the same."""
    found: dict[int, list[str]] = {}
    for _, periods in bells:
        for each in periods:
            text = f"{_clock(each.start_minute)}–{_clock(each.end_minute)}"
            if text not in found.setdefault(each.number, []):
                found[each.number].append(text)
    return found


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _weeks_words(weeks: Sequence[int]) -> str:
    if is_chinese():
        return f"第{weeks_text(weeks)}"
    text = weeks_text(weeks).replace("周", "").replace("(单)", " (odd)").replace("(双)", " (even)").replace(",", ", ")
    return gettext("weeks %(weeks)s", weeks=text) if len(weeks) > 1 else gettext("week %(weeks)s", weeks=text)


def _periods_words(periods: Sequence[int]) -> str:
    if not periods:
        return ""
    text = ", ".join(label_of(*run) for run in runs(periods))
    return gettext("periods %(first)s", first=text) if len(periods) > 1 else gettext("period %(first)s", first=text)


def _words(entry: Entry, first: int, last: int, week: int | None) -> Words:
    """An entry as it is read in its cell: periods only where they differ from the cell's."""
    what = entry.what
    periods = entry.clock
    if not periods and entry.periods != tuple(range(first, last + 1)):
        periods = _periods_words(entry.periods)
    title = what.title
    if what.kind == TAKEN:
        title = gettext("Waiting") if what.is_waiting else gettext("Taken")
    elif what.kind == CLOSED:
        title = f"{gettext('Closed')} {what.title}".strip()
    sign = ""
    if what.kind == LESSON:
        sign = gettext("Class lesson")
    elif what.kind == UNPLACED:
        sign = gettext("No room yet")
    elif what.is_waiting and what.kind != TAKEN:
        sign = gettext("Waiting")
    return Words(
        "" if week else _weeks_words(entry.weeks),
        periods,
        title,
        sign,
        " ".join(each for each in (what.class_name, what.teachers, what.place) if each),
        "waiting" if what.is_waiting else what.kind,
        f"/bookings/{what.booking_id}" if what.booking_id else "",
    )


def _by_day(sheet: Sheet, weekdays: Sequence[int]) -> list[tuple[str, list[tuple[str, Any]]]]:
    """The cells weekday by weekday, for a narrow screen."""
    found = []
    for weekday in weekdays:
        here = [cell for cell in sheet.cells if cell.weekday == weekday]
        here.sort(key=lambda cell: (not cell.first, cell.first))
        label = weekday_text(date(2024, 1, weekday))
        found.append(
            (
                label,
                [
                    (
                        _periods_words(range(cell.first, cell.last + 1)) if cell.first else gettext("Other times"),
                        cell,
                    )
                    for cell in here
                ],
            )
        )
    return found


def _export_head() -> list[str]:
    return [
        gettext("Weekday"),
        gettext("Periods"),
        gettext("Time"),
        gettext("Weeks"),
        gettext("Kind"),
        gettext("Title"),
        gettext("Class"),
        gettext("Teacher"),
        gettext("Place"),
        gettext("State"),
    ]


def _export_rows(sheet: Sheet) -> list[list[str]]:
    """One row for each thing, once, with the weeks as they are read in again."""
    kinds = {
        LESSON: gettext("Class lesson"),
        TAKEN: gettext("Taken"),
        CLOSED: gettext("Closed"),
        UNPLACED: gettext("No room yet"),
    }
    seen: set[tuple[int, Entry]] = set()
    rows = []
    for cell in sheet.cells:
        for entry in cell.entries:
            if (cell.weekday, entry) in seen:
                continue
            seen.add((cell.weekday, entry))
            what = entry.what
            rows.append(
                [
                    weekday_text(date(2024, 1, cell.weekday)),
                    ",".join(label_of(*run) for run in runs(entry.periods)),
                    entry.clock,
                    weeks_text(entry.weeks),
                    kinds.get(what.kind, gettext("Booking")),
                    what.title,
                    what.class_name,
                    what.teachers,
                    what.place,
                    gettext("Waiting") if what.is_waiting else "",
                ]
            )
    return rows
