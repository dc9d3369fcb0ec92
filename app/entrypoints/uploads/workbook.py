"""What an opened upload is: sheets of text cells or a JSON value, the bounds they keep, and why a file is refused."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

MOST_BYTES = 8 * 1024 * 1024
"""Bytes of an upload as it arrives."""
MOST_UNPACKED = 96 * 1024 * 1024
"""Bytes that all parts of a workbook say they have when unpacked; they are read as a stream, never held."""
MOST_TEXT_UNPACKED = 16 * 1024 * 1024
"""Bytes of a gzipped JSON or CSV file when unpacked; this is held."""
MOST_SHEETS = 600
MOST_ROWS = 60_000
"""Rows of one sheet: the last one that holds anything."""
MOST_COLUMNS = 256
MOST_CELLS = 600_000
"""Cells of all sheets together, empty ones that the file lists included."""
MOST_CHARACTERS = 8_000_000
"""Characters in all cells together."""
LONGEST_CELL = 4_000
"""Characters of a cell; what is longer ends in …, which no reader understands as weeks or periods."""
WIDEST_SPREAD = 7
"""Columns over which a merged cell of one row gives its text to each; a wider one is a title or a remark."""

PROBLEMS = (
    "empty",
    "too_large",
    "too_large_unpacked",
    "too_many_rows",
    "too_many_columns",
    "too_many_cells",
    "too_many_sheets",
    "bomb",  # unpacks to more than a hundred times its size
    "locked",  # a password
    "web_page",  # an HTML or MHTML page named .xls, as some systems export it
    "other_office",  # .ods, .xlsb, .docx, .numbers and the like
    "not_a_table",
    "broken",
    "encoding",
    "broken_csv",
    "broken_json",
    "too_deep",  # JSON nested without end
)
"""Closed list of why a file is refused; the wording stands with the page."""


class UnreadableUpload(Exception):
    """The file is refused; `problem` is one of PROBLEMS, `detail` a sheet's name or a number where that helps."""

    def __init__(self, problem: str, detail: str = "") -> None:
        super().__init__(problem, detail)
        self.problem, self.detail = problem, detail


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of text cells; row n of the file is `rows[n - 1]`. Rows end with their last filled cell."""

    name: str
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class Workbook:
    """An opened upload: `kind` is xlsx, xls, csv or json. A JSON file has `content`, the others `sheets`."""

    kind: str
    sheets: tuple[Sheet, ...] = ()
    content: Any = None
    hidden: tuple[str, ...] = ()
    """Names of sheets that are hidden in the file; they are not read."""


@dataclass(slots=True)
class Budget:
    """What may still be read of one file; spending more raises UnreadableUpload."""

    cells: int = MOST_CELLS
    characters: int = MOST_CHARACTERS

    def take_cells(self, count: int) -> None:
        self.cells -= count
        if self.cells < 0:
            raise UnreadableUpload("too_many_cells")

    def take(self, text: str) -> None:
        self.characters -= len(text)
        if self.characters < 0:
            raise UnreadableUpload("too_many_cells")


@dataclass(slots=True)
class Grid:
    """A sheet while it is read."""

    budget: Budget
    rows: list[list[str]] = field(default_factory=list)

    def put(self, row: int, column: int, text: str) -> None:
        """Text into a cell, both from 0. An empty text changes nothing."""
        if not text:
            return
        if row >= MOST_ROWS:
            raise UnreadableUpload("too_many_rows")
        if column >= MOST_COLUMNS:
            raise UnreadableUpload("too_many_columns")
        while len(self.rows) <= row:
            self.rows.append([])
        cells = self.rows[row]
        if len(cells) == column:
            cells.append(text)
        else:
            cells.extend([""] * (column + 1 - len(cells)))
            cells[column] = text

    def spread(self, areas: list[tuple[int, int, int, int]]) -> None:
        """Give every cell of merged areas (first row, last row, first column, last column; from 0) their one text."""
        for top, bottom, left, right in areas:
            if not (0 <= top < len(self.rows) and 0 <= left < len(self.rows[top])):
                continue
            if (top == bottom and right - left >= WIDEST_SPREAD) or right - left >= MOST_COLUMNS:
                continue
            text = self.rows[top][left]
            last = min(bottom, len(self.rows) - 1)
            self.budget.take_cells((last - top + 1) * (right - left + 1))
            for row in range(top, last + 1):
                for column in range(left, right + 1):
                    if len(self.rows[row]) <= column or not self.rows[row][column]:
                        self.put(row, column, text)


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def number_text(value: float, pattern: str = "") -> str:
    """A number as people see it: 3.0 is 3, and a format of noughts (0000) keeps its leading ones."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    text = str(int(value)) if value.is_integer() and abs(value) < 10**15 else f"{value:.15g}"
    return text.zfill(len(pattern)) if re.fullmatch("0+", pattern) else text


def date_text(serial: float, *, since_1904: bool) -> str:
    """A day (2026-01-16), an instant (2026-01-16 08:00) or, below one day, a time (08:00) as Excel counts them."""
    if serial < 0 or serial > 2_958_466:
        return number_text(serial)
    if serial < 1 and not since_1904:
        moment = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=round(serial * 1440))
        return f"{moment:%H:%M}"
    start = datetime(1904, 1, 1, tzinfo=UTC) if since_1904 else datetime(1899, 12, 30, tzinfo=UTC)
    try:
        moment = start + timedelta(minutes=round(serial * 1440))
    except OverflowError:
        return number_text(serial)
    day = moment.date().isoformat()
    return day if moment.hour == moment.minute == 0 else f"{day} {moment:%H:%M}"


def is_date_format(pattern: str) -> bool:
    """Whether a number format shows a date or time: y, m, d, h or s outside quotes, escapes and brackets."""
    bare = re.sub(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', "", pattern.lower().split(";")[0])
    return bool(re.search("[ymdhs年月日]", bare.replace("general", "")))


def plausible(text: str) -> bool:
    """Whether decoded text can be meant: no sign of it is private, unassigned or nothing."""
    return not any(unicodedata.category(sign) in ("Co", "Cn") or sign == "\0" for sign in set(text))
