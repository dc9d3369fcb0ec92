"""The board: one grid of units by time as values for its template: columns, rows and cells; and its cells as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flask_babel import gettext
from markupsafe import Markup, escape


class Column(NamedTuple):
    """A class period or a step of the clock."""

    label: str
    start: str
    end: str
    start_minute: int
    end_minute: int


class Day(NamedTuple):
    """The head of a day's columns."""

    label: str
    note: str
    day: str
    href: str
    today: bool
    span: int
    offset: int = 0
    mark: str = ""
    """A holiday, a make-up day and whose timetable it runs, exams."""
    sign: str = ""
    """The same in a letter or two, for a head too narrow for it."""


class Cell(NamedTuple):
    """One cell, or a run of equal ones."""

    state: str
    span: int = 1
    label: str = ""
    href: str = ""
    title: str = ""
    level: int = 0


class Row(NamedTuple):
    """One unit, or one week of one unit."""

    unit: int
    label: str
    note: str
    href: str
    day: str
    days: list[list[Cell]]
    html: Markup | None = None
    """The cells as the template's macro would write them, written tenfold quicker; a test holds the two equal."""
    mark: str = ""
    """What is special about the week that the row is of."""


class Section(NamedTuple):
    """A lab and its rows."""

    label: str
    href: str
    note: str
    rows: list[Row]


@dataclass(slots=True)
class Board:
    """A grid as its template wants it."""

    kind: str
    caption: str
    corner: str
    book_url: str
    periods: bool
    columns: list[Column]
    days: list[Day]
    sections: list[Section]
    id: str = "grid"
    links: bool = False
    title: str = ""
    """Which weeks these are, where a term is drawn in several parts because its bells change."""

    @property
    def is_marked(self) -> bool:
        return any(day.mark for day in self.days)


class Slot(NamedTuple):
    """One line of a day on a phone."""

    label: str
    start: str
    end: str
    state: str
    href: str
    text: str
    span: int = 1


class PhoneDay(NamedTuple):
    """One day on a phone."""

    label: str
    note: str
    day: str
    today: bool
    closed: str
    slots: list[Slot]


class PhoneWeek(NamedTuple):
    """One unit's days on a phone."""

    title: str
    unit: int
    book_url: str
    days: list[PhoneDay]


def write_cells(days: Sequence[Sequence[Cell]]) -> Markup:
    """A row's cells as HTML; the same as the macro `_cell` of parts/grid.html for each."""
    parts: list[str] = []
    write = parts.append
    safe: dict[str, str] = {"": ""}
    for cells in days:
        first = True
        for state, span, label, href, title, level in cells:
            for word in (label, href, title):
                if word not in safe:
                    safe[word] = str(escape(word))
            text = safe[label]
            if state == "free":
                write(f'<td class="d">{text}</td>' if first else f"<td>{text}</td>")
                if span > 1:
                    write(f"<td>{text}</td>" * (span - 1))
            elif state == "level":
                day = " d" if first else ""
                write(f'<td class="level{level}{day}"><a href="{safe[href]}" title="{safe[title]}">{text}</a></td>')
            else:
                write(f'<td class="{state} d"' if first else f'<td class="{state}"')
                if span > 1:
                    write(f' colspan="{span}"')
                if title:
                    write(f' title="{safe[title]}"')
                write(
                    f'><a href="{escape(href)}">{text}</a></td>'
                    if href
                    else f"><span>{text}</span></td>"
                    if text
                    else "></td>"
                )
            first = False
    return Markup("".join(parts))  # noqa: S704 - every word of it is escaped above


def write_linked_cells(unit: int, label: str, cells: Sequence[Cell], day: Day, columns: Sequence[Column]) -> Markup:
    """One day of a unit with a link in each free cell; the same as the macro `_linked_cells`."""
    parts: list[str] = []
    at = 0
    free = gettext("free")
    before = f"{escape(label)} {escape(day.label)} "
    for cell in cells:
        if cell.state == "free":
            text = str(escape(cell.label)) if cell.label else ""
            for column in columns[at : at + cell.span]:
                parts.append('<td class="d">' if not parts else "<td>")
                if column.end == "24:00":
                    parts.append(f"{text}</td>")
                else:
                    parts.append(
                        f'<a href="/book/new?unit={unit}&amp;start={day.day}T{column.start}&amp;end={day.day}T{column.end}"'
                        f' aria-label="{before}{column.start}–{column.end} {text or free}">{text}</a></td>'
                    )
        else:
            written = str(write_cells([[cell]]))
            parts.append(written if not parts else written.replace(' d"', '"', 1))
        at += cell.span
    return Markup("".join(parts))  # noqa: S704 - every word of it is escaped above
