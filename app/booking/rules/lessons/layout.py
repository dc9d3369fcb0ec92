"""Which layout a timetable has, and reading it by that layout; the choice stays open to the person who brings it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from app.booking.rules.lessons import course_list, zhengfang
from app.booking.rules.lessons.cells import heading_of, read_grid
from app.booking.rules.lessons.columns import Columns, guess
from app.booking.rules.lessons.lesson import Reading
from app.booking.rules.lessons.long_table import read_table

LAYOUTS = ("long_table", "grid", "zhengfang", "course_list")
"""Closed list: a row for each arrangement; a column for each weekday; 正方 JSON; NG-Course JSON."""


class Table(Protocol):
    """A sheet as it was opened: its name ("" where it has none) and rows of text cells, the first being row 1."""

    @property
    def name(self) -> str: ...

    @property
    def rows(self) -> Sequence[Sequence[str]]: ...


def recognise(sheets: Sequence[Table], content: Any = None) -> str | None:
    """The layout a file seems to have, None where it is none of LAYOUTS."""
    if course_list.is_course_list(content):
        return "course_list"
    if zhengfang.is_zhengfang(content):
        return "zhengfang"
    for sheet in sheets:
        columns = guess(sheet.rows)
        if columns and not columns.missing:
            return "long_table"
        if heading_of(sheet.rows):
            return "grid"
    return "long_table" if any(guess(sheet.rows) for sheet in sheets) else None


def columns_of(sheets: Sequence[Table], known: Mapping[str, str] | None = None) -> Columns | None:
    """The columns of the first sheet that has a heading: what a person is shown and asked to correct."""
    return next((columns for sheet in sheets if (columns := guess(sheet.rows, known))), None)


def read(
    layout: str,
    sheets: Sequence[Table] = (),
    content: Any = None,
    *,
    last_week: int,
    known: Mapping[str, str] | None = None,
    columns: Columns | None = None,
    subject: str = "",
) -> Reading:
    """Everything a file says when read as `layout`; never raises.

    `last_week` is the term's. `known` says what headings mean (see columns.guess). `columns` holds for every sheet,
    in place of any heading. `subject` says whose a grid's sheets are, where they do not say it themselves.
    """
    if layout == "course_list":
        return course_list.read(content if isinstance(content, list) else [])
    if layout == "zhengfang":
        return zhengfang.read(content, last_week=last_week)
    reading = Reading()
    several = len(sheets) > 1
    for sheet in sheets:
        is_read = True
        if layout == "grid":
            grid = heading_of(sheet.rows)
            is_read = grid is not None
            if grid:
                read_grid(reading, sheet.rows, grid, last_week=last_week, sheet=sheet.name, subject=subject)
        else:
            head = columns or guess(sheet.rows, known)
            is_read = head is not None and not head.missing
            if head and is_read:
                read_table(reading, sheet.rows, head, last_week=last_week, sheet=sheet.name if several else "")
        if not is_read and any(cell.strip() for row in sheet.rows for cell in row):
            reading.fault(1, "", "sheet", sheet.name)
    return reading
