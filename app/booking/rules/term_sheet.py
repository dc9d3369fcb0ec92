"""课表: a term's dates as a printed timetable: what recurs stands once, with its weeks, where its weekday and periods meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

from app.foundation.timespan import at_local
from app.timetable.rules.bell import Period, runs
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import Term

LESSON, BOOKING, TAKEN, CLOSED, UNPLACED = "lesson", "booking", "taken", "closed", "unplaced"
"""What an entry is: a lesson, a booking, something its reader may know no more of, a closure, a lesson without a room."""


class What(NamedTuple):
    """All that a sheet says of something, as far as its reader may know; equal values are one entry."""

    kind: str
    title: str = ""
    class_name: str = ""
    teachers: str = ""
    place: str = ""
    is_waiting: bool = False
    booking_id: int = 0
    """0 where the reader may not open it."""


class Given(NamedTuple):
    """One date of something. `periods` is empty where none of the day's class periods is touched."""

    week: int
    weekday: int
    periods: tuple[int, ...]
    clock: str
    """`08:30–10:00` where it was booked by the clock; empty where it was booked by class periods."""
    what: What


class Entry(NamedTuple):
    """One line of a cell: what is there in which weeks. `periods` are its own; a cell may hold more."""

    weeks: tuple[int, ...]
    periods: tuple[int, ...]
    clock: str
    what: What


class Cell(NamedTuple):
    """One cell of the printed timetable: class periods `first` to `last` of a weekday (both 0: outside all periods)."""

    weekday: int
    first: int
    last: int
    entries: tuple[Entry, ...]


def where_in_term(calendar: Calendar, term: Term, day: date, *, is_lesson: bool) -> tuple[int, int] | None:
    """The teaching week and weekday under which a date stands; None outside the term.

    A lesson given on a make-up day stands under the day it makes up for; anything else under its own.
    """
    if is_lesson and (found := calendar.runs(day)) and found[0].id == term.id:
        return found[1], found[2]
    week = term.week_of(day)
    return (week, day.isoweekday()) if week else None


def periods_of(label: str, periods: Sequence[Period], day: date, start: int, end: int) -> tuple[int, ...]:
    """The class periods of a date: those it remembers, else those of the day that it touches (seconds since 1970)."""
    first, _, last = label.partition("-")
    if first.isdigit() and (not last or last.isdigit()):
        return tuple(range(int(first), int(last or first) + 1))
    midnight = int(at_local(day, 0).timestamp())
    return tuple(
        each.number
        for each in periods
        if midnight + each.start_minute * 60 < end and start < midnight + each.end_minute * 60
    )


def entries(given: Iterable[Given]) -> list[tuple[int, Entry]]:
    """Each thing once with all its weeks: the same words on the same weekday in the same periods are one entry."""
    weeks: dict[tuple[int, tuple[int, ...], str, What], set[int]] = {}
    for week, weekday, periods, clock, what in given:
        weeks.setdefault((weekday, periods, clock, what), set()).add(week)
    found = [
        (weekday, Entry(tuple(sorted(numbers)), periods, clock, what))
        for (weekday, periods, clock, what), numbers in weeks.items()
    ]
    return sorted(found, key=lambda each: (each[0], each[1].periods, each[1].weeks, each[1].clock, each[1].what))


def cells(given: Iterable[Given]) -> list[Cell]:
    """The cells of the printed timetable, weekday by weekday.

    What was booked in class periods makes the cells, and what shares a period shares a cell. What was booked by the clock
    stands in every cell that it touches, and in one of its own where it touches none, so that nothing taken looks free.
    """
    found: list[Cell] = []
    for weekday, of_day in groupby(entries(given), key=lambda each: each[0]):
        listed = [entry for _, entry in of_day]
        numbered = [entry for entry in listed if entry.periods and not entry.clock]
        timed = [entry for entry in listed if entry.periods and entry.clock]
        spans = _joined([span for entry in numbered for span in runs(entry.periods)])
        covered = {number for first, last in spans for number in range(first, last + 1)}
        spans += _joined([span for entry in timed for span in runs(set(entry.periods) - covered)])
        for first, last in sorted(spans):
            inside = tuple(
                entry
                for entry in sorted(numbered + timed, key=lambda each: (bool(each.clock), each.weeks, each.periods))
                if any(first <= number <= last for number in entry.periods)
            )
            found.append(Cell(weekday, first, last, inside))
        if outside := tuple(entry for entry in listed if not entry.periods):
            found.append(Cell(weekday, 0, 0, outside))
    return found


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches of periods, those that share a period made one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


class Line(NamedTuple):
    """One row of the table: a class period with what begins in it, by weekday. `number` 0: outside all periods."""

    number: int
    cells: tuple[tuple[Cell | None, int], ...]
    """For each shown weekday the cell that begins here (None: empty) and its rows; 0 rows: an upper one reaches down."""


def table(found: Sequence[Cell], numbers: Sequence[int], weekdays: Sequence[int]) -> list[Line]:
    """The rows of the table. `numbers` are the periods that ring; those that only a cell knows are added."""
    known = {number for cell in found if cell.first for number in range(cell.first, cell.last + 1)}
    ordered = sorted(known | set(numbers))
    by_start = {(cell.weekday, cell.first): cell for cell in found}
    reaching = dict.fromkeys(weekdays, 0)
    lines = []
    for number in ordered:
        row: list[tuple[Cell | None, int]] = []
        for weekday in weekdays:
            cell = by_start.get((weekday, number))
            if cell is not None:
                reaching[weekday] = cell.last
                row.append((cell, sum(cell.first <= each <= cell.last for each in ordered)))
            else:
                row.append((None, 0 if number <= reaching[weekday] else 1))
        lines.append(Line(number, tuple(row)))
    if any(not cell.first for cell in found):
        lines.append(Line(0, tuple((by_start.get((weekday, 0)), 1) for weekday in weekdays)))
    return lines
