"""Small timetables for the tests of reading, written as lines of cells with | between them."""

from __future__ import annotations

from dataclasses import dataclass

from app.booking.rules.lessons.layout import read, recognise
from app.booking.rules.lessons.lesson import Lesson, Reading
from app.timetable.rules.weeks import Meeting, write

LAST_WEEK = 18


@dataclass(frozen=True)
class Table:
    name: str
    rows: list[list[str]]


def table(text: str, name: str = "") -> Table:
    """Rows are lines; ` / ` within a cell is a new line of the cell."""
    return Table(
        name, [[cell.strip().replace(" / ", "\n") for cell in line.split("|")] for line in text.strip().split("\n")]
    )


def reading(*tables: Table, content=None, **choices) -> Reading:
    layout = recognise(tables, content)
    assert layout, "the layout is recognised"
    return read(layout, tables, content, last_week=LAST_WEEK, **choices)


def when(lesson: Lesson) -> str:
    return write(Meeting(lesson.weeks, lesson.weekday, lesson.periods))


def told(found: Reading) -> list[str]:
    """Each lesson in one line: course, when, room."""
    return [f"{lesson.title} · {when(lesson)} · {lesson.room}".removesuffix(" · ") for lesson in found.lessons]


def faults(found: Reading) -> list[tuple[int, str, str, str]]:
    return [(fault.row, fault.course, fault.part, fault.text) for fault in found.unreadable]
