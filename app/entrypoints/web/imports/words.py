"""Words about imports: why a file or row cannot be read, what columns mean, what a change does; in the page's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import gettext, ngettext

from app.booking.actions.plan_items import lesson_from
from app.booking.rules.lessons.lesson import Lesson
from app.booking.store import lessons
from app.booking.store.imports import KeptItem
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.entrypoints.formats import day_text, is_chinese, named, span_text
from app.foundation.timespan import Span
from app.timetable.rules.weeks import Meeting, periods_text, stretches, write

MOST_CLASHES = 6
"""Clashing dates that a line names; the rest is counted."""


def file_problem(problem: str, detail: str = "") -> str:
    """Why a file is refused, and what to do."""
    texts = {
        "empty": gettext("The file is empty."),
        "too_large": gettext("The file is too large. Please divide it."),
        "too_large_unpacked": gettext("There is more in this file than can be read at once. Please divide it."),
        "too_many_rows": gettext("A sheet has more than 60,000 rows. Delete empty rows at its end, or divide it."),
        "too_many_columns": gettext("A sheet has more than 256 columns. Delete the columns that are not needed."),
        "too_many_cells": gettext("The file has more than 600,000 cells. Please divide it."),
        "too_many_sheets": gettext("The file has more than 600 sheets. Please divide it."),
        "bomb": gettext("The file unpacks to a hundred times its size; such files are not opened."),
        "locked": gettext("The file has a password. Save it without one and choose it again."),
        "web_page": gettext(
            "This is a web page that is only called .xls. Open it in a spreadsheet and save it as .xlsx."
        ),
        "other_office": gettext("Files of this kind are not read. Save it as .xlsx or CSV."),
        "not_a_table": gettext(
            "This is no table: an .xlsx or .xls workbook, CSV, or the timetable system's JSON is needed."
        ),
        "broken": gettext("The file is damaged. Open it in a spreadsheet, save it again, and choose it again."),
        "encoding": gettext("The characters of this file cannot be read. Save it as .xlsx, or as CSV in UTF-8."),
        "broken_csv": gettext("This CSV file is broken: a cell does not end or is far too long."),
        "broken_json": gettext("This JSON file is broken or not complete."),
        "too_deep": gettext("This JSON file is nested too deeply."),
    }
    said = texts.get(problem, texts["not_a_table"])
    return f"{said} ({detail})" if detail else said


def fault_text(part: str) -> str:
    """What is wrong with a row, and what it should say."""
    texts = {
        "row": gettext("this is no row of a timetable"),
        "course": gettext("neither the code nor the name of a course"),
        "title": gettext("the name of the course is missing or too long"),
        "school": gettext("the school is missing or too long"),
        "arrangements": gettext("the list of arrangements is missing"),
        "when": gettext("when it is cannot be read; write for instance %(example)s", example="1-16周 周二 3-4节"),
        "weeks": gettext("the weeks cannot be read; write for instance %(example)s", example="6-8周(双),9-18周"),
        "weekday": gettext("the weekday cannot be read; write for instance %(example)s", example="周二"),
        "periods": gettext("the class periods cannot be read; write for instance %(example)s", example="3-4"),
        "room": gettext("the room is too long"),
        "date": gettext("the spreadsheet has made a date of it; format the cells as text and write it again"),
        "formula": gettext("a formula without its result; paste the values instead"),
        "lines": gettext("the lines of this cell do not tell course, weeks and room apart"),
        "too_long": gettext("this is too long"),
        "sheet": gettext("a sheet without a heading that can be understood"),
    }
    return texts.get(part, part)


def meaning_names() -> dict[str, str]:
    """What a column may be."""
    return {
        "title": gettext("Name of the course"),
        "course": gettext("Code of the course"),
        "class_code": gettext("Code of the teaching class"),
        "class_name": gettext("Class"),
        "school": gettext("School or department"),
        "teacher": gettext("Teacher"),
        "teacher_code": gettext("Teacher's number"),
        "headcount": gettext("Head count"),
        "campus": gettext("Campus"),
        "building": gettext("Building"),
        "room": gettext("Room"),
        "room_code": gettext("Code of the room"),
        "when": gettext("Weeks, weekday and periods in one"),
        "weeks": gettext("Teaching weeks"),
        "weekday": gettext("Weekday"),
        "periods": gettext("Class periods"),
        "week_from": gettext("First week"),
        "week_until": gettext("Last week"),
        "parity": gettext("Odd or even weeks"),
        "period_from": gettext("First period"),
        "period_until": gettext("Last period"),
    }


def layout_names() -> dict[str, str]:
    return {
        "long_table": gettext("One row for each lesson"),
        "grid": gettext("Weekdays across, several lines in a cell"),
        "zhengfang": gettext("JSON of the %(name)s system", name="正方"),
        "course_list": gettext("JSON course list"),
        "kept": gettext("Lessons that waited for a room or teacher"),
    }


def policy_names() -> dict[str, str]:
    return {
        "skip": gettext("Place the free dates, list the others"),
        "list": gettext("Place no lesson that has any clash, only list it"),
        "ask": gettext("Place the free dates, ask the keeper for the others"),
        "displace": gettext("Lessons go first: bookings of lower rank give way"),
    }


def state_names() -> dict[str, str]:
    return {
        "read": gettext("Columns to be named"),
        "planned": gettext("Looked at, not applied"),
        "applying": gettext("Being applied"),
        "applied": gettext("Applied"),
        "dropped": gettext("Left alone"),
    }


GROUPS: dict[str, tuple[str, ...]] = {
    "add": ("add", "part"),
    "change": ("change", "change_part"),
    "remove": ("remove",),
    "clash": ("part", "clash", "change_part"),
    "room": ("unknown_room",),
    "no_room": ("no_room", "no_period"),
    "bad": ("unreadable",),
}
"""The lists of a preview, and the kinds of items in each."""


def group_names() -> dict[str, str]:
    return {
        "add": gettext("New"),
        "change": gettext("Changed"),
        "remove": gettext("Taken away"),
        "clash": gettext("Clashes"),
        "room": gettext("Rooms not known"),
        "no_room": gettext("No room given"),
        "bad": gettext("Rows that cannot be read"),
    }


@dataclass(slots=True)
class Row:
    """One item as a page shows it."""

    row: str
    title: str
    small: str
    when: str
    room: str
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    state: str = ""


def when_text(lesson: Lesson) -> str:
    """第3-10周(双) 周二 3-4节 / weeks 3-10 (even) Tue periods 3-4."""
    meeting = Meeting(lesson.weeks, lesson.weekday, lesson.periods)
    if is_chinese():
        return write(meeting)
    weeks = ", ".join(
        (f"{first}" if first == last else f"{first}–{last}") + ("" if step == 1 else f" ({_parity(first)})")
        for first, last, step in stretches(lesson.weeks)
    )
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[lesson.weekday - 1] if lesson.weekday else "whole weeks"
    return f"weeks {weeks} {day}" + (f" periods {periods_text(lesson.periods)}" if lesson.periods else "")


def _parity(week: int) -> str:
    return "odd" if week % 2 else "even"


def where_text(lesson: Lesson) -> str:
    return f"{lesson.campus} {lesson.room}".strip() or "—"


def rows(actor: Actor, items: Sequence[KeptItem]) -> list[Row]:
    """Items as lines; whose booking is in the way is named where the actor may know it. A fixed number of queries."""
    known = _Names(actor, items)
    return [_row(item, known) for item in items]


class _Names:
    """Titles of bookings and names of units in these items."""

    def __init__(self, actor: Actor, items: Sequence[KeptItem]) -> None:
        self._actor = actor
        facts = [_facts(item) for item in items]
        self._titles = lessons.titles(
            [reason[2] for each in facts for clash in each.get("clashes", ()) for reason in clash[3] if reason[2]]
            + [line[0] for each in facts for line in each.get("displaced", ())]
        )
        ids = sorted({unit for each in facts for unit in (each.get("unit"), each.get("was_unit")) if unit})
        self._units = catalogue.units(ids) if ids else {}
        self._sides = catalogue.owner_side(ids, actor.on) if ids else {}

    def unit(self, unit_id: int | None) -> str:
        return named(self._units[unit_id]) if unit_id in self._units else ""

    def booking(self, booking_id: int | None, unit_id: int | None) -> str:
        """What is in the way: “title” (holder), or that somebody has it."""
        if booking_id is None:
            return gettext("a closure")
        if booking_id < 0:
            return gettext("another lesson of this file")
        found = self._titles.get(booking_id)
        if found is None:
            return gettext("a booking")
        title, holder_id, member_id, name = found
        there = Placement(
            holder_ids=frozenset({holder_id}),
            booking_member_id=member_id,
            owner_member_ids=self._sides.get(unit_id or 0, frozenset()),
            base_ids=frozenset({self._units[unit_id].base_id}) if unit_id in self._units else frozenset(),
        )
        if not may(self._actor, "booking.see", there):
            return gettext("a booking of somebody else")
        return gettext("“%(title)s” (%(name)s)", title=title, name=name)


def _facts(item: KeptItem) -> dict[str, Any]:
    return {**item.facts, **{name: item.outcome[name] for name in ("clashes", "state") if name in item.outcome}}


def _row(item: KeptItem, known: _Names) -> Row:
    facts = _facts(item)
    if item.what == "unreadable":
        where = facts.get("where") or item.row
        text = f"“{facts['text']}”" if facts.get("text") else ""
        return Row(str(where), facts.get("course") or "—", "", text, "", warnings=[fault_text(facts["part"])])
    lesson = lesson_from(facts["lesson"])
    small = " · ".join(
        part
        for part in (
            lesson.course if lesson.course != lesson.title else "",
            lesson.class_name,
            "、".join(lesson.teachers),
        )
        if part
    )
    found = Row(str(facts.get("where") or item.row or ""), lesson.title or lesson.course, small, when_text(lesson), "")
    found.room = known.unit(facts.get("unit")) or where_text(lesson)
    found.state = facts.get("state", "")
    if "was" in facts:
        found.notes += _changed(lesson_from(facts["was"]), facts.get("parts", ()))
    found.notes += _numbers(facts)
    found.notes += _lost(facts.get("lost", ()))
    found.warnings += _clashes(facts, known)
    for booking_id, _, start, end in facts.get("displaced", ()):
        found.warnings.append(
            gettext(
                "%(who)s gives way %(when)s",
                who=known.booking(booking_id, facts.get("unit")),
                when=span_text(Span(datetime.fromisoformat(start), datetime.fromisoformat(end))),
            )
        )
    if facts.get("state") == "meanwhile":
        found.warnings.append(gettext("Changed meanwhile by another import; left as it is."))
    if item.what == "no_period":
        found.warnings.append(gettext("There are no such class periods in the bell table."))
    return found


def _changed(before: Lesson, parts: Sequence[str]) -> list[str]:
    lines = []
    if "weeks" in parts or "when" in parts:
        lines.append(gettext("was %(before)s", before=when_text(before)))
    if "room" in parts:
        lines.append(gettext("was in %(before)s", before=where_text(before)))
    if "teachers" in parts:
        lines.append(gettext("was given by %(before)s", before="、".join(before.teachers) or "—"))
    if "words" in parts:
        said = [part for part in (before.title, before.school, before.class_name, before.headcount) if part]
        lines.append(gettext("was called %(before)s", before=" · ".join(str(part) for part in said)))
    return lines


def _numbers(facts: Mapping[str, Any]) -> list[str]:
    lines = []
    if facts.get("adds"):
        lines.append(ngettext("%(num)s date is booked", "%(num)s dates are booked", facts["adds"]))
    if facts.get("moves"):
        lines.append(ngettext("%(num)s date moves", "%(num)s dates move", facts["moves"]))
    if facts.get("cancels"):
        lines.append(ngettext("%(num)s date is cancelled", "%(num)s dates are cancelled", facts["cancels"]))
    if facts.get("asks"):
        lines.append(
            ngettext("the keeper is asked for %(num)s date", "the keeper is asked for %(num)s dates", facts["asks"])
        )
    if facts.get("by_hand"):
        lines.append(
            ngettext(
                "%(num)s date that somebody changed by hand stays",
                "%(num)s dates that somebody changed by hand stay",
                facts["by_hand"],
            )
        )
    return lines


def _lost(lost: Sequence[Sequence[Any]]) -> list[str]:
    if not lost:
        return []
    shown = []
    for day, week, kind, name_zh, name_en in lost[:MOST_CLASHES]:
        name = name_zh if is_chinese() or not name_en else name_en
        words = name or {"outside": gettext("outside the term"), "moved": gettext("moved")}.get(
            kind, gettext("no classes")
        )
        shown.append(
            gettext("week %(week)s, %(day)s: %(why)s", week=week, day=day_text(date.fromisoformat(day)), why=words)
        )
    more = len(lost) - len(shown)
    return [
        gettext("Falls out: %(days)s", days="; ".join(shown))
        + (gettext(" and %(count)s more", count=more) if more else "")
    ]


def _clashes(facts: Mapping[str, Any], known: _Names) -> list[str]:
    by_whom: dict[str, list[str]] = {}
    for start, end, _, against in facts.get("clashes", ()):
        when = span_text(Span(datetime.fromisoformat(start), datetime.fromisoformat(end)))
        for code, cause, booking_id in against:
            if code == "overlaps":
                who = known.booking(booking_id, facts.get("unit")) if cause == "booking" else cause_text(cause)
                line = gettext("taken by %(who)s", who=who)
            else:
                line = reason_text(code)
            by_whom.setdefault(line, []).append(when)
    lines = []
    for line, times in by_whom.items():
        shown = "; ".join(times[:3])
        more = gettext(" and %(count)s more", count=len(times) - 3) if len(times) > 3 else ""
        lines.append(f"{line}: {shown}{more}")
    return lines[:MOST_CLASHES]


def cause_text(cause: str) -> str:
    return gettext("maintenance") if cause == "maintenance" else gettext("a closure")


def reason_text(code: str) -> str:
    """Why a date cannot be, where nobody's booking is in the way."""
    return {
        "closed_then": gettext("outside the opening hours"),
        "over_capacity": gettext("too few of them are free"),
        "retired": gettext("the room is no longer there"),
        "out_of_order": gettext("out of order"),
        "not_shared": gettext("the owner keeps this room to itself"),
        "overlaps_itself": gettext("the lesson's own dates run into each other"),
    }.get(code, gettext("not possible"))
