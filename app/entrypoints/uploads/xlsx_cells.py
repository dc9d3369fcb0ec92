"""The cells of one XLSX sheet as text, taken from its marks as they come."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.entrypoints.uploads.workbook import (
    LONGEST_CELL,
    Budget,
    Grid,
    UnreadableUpload,
    date_text,
    number_text,
    shortened,
)


@dataclass(slots=True)
class Shared:
    """What all sheets of a workbook share: texts, number formats by cell style, how days are counted, what may be spent."""

    budget: Budget = field(default_factory=Budget)
    shared: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    dates: list[bool] = field(default_factory=list)
    """By cell style: whether its numbers are dates."""
    since_1904: bool = False


class SheetReader:
    """One sheet's cells as text: results of formulas as they were kept, dates as dates, errors as their sign."""

    def __init__(self, whole: Shared) -> None:
        self.whole, self.grid = whole, Grid(whole.budget)
        self.merged: list[tuple[int, int, int, int]] = []
        self.row = self.column = -1
        self.cell: dict[str, str] = {}
        self.inside = ""
        self.value: list[str] = []
        self.formula: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = local_name(name)
        if local == "c":
            self.whole.budget.take_cells(1)
            self.cell, self.value, self.formula = attributes, [], None
            place = attributes.get("r")
            self.column = _place(place)[1] if place else self.column + 1
        elif local in ("v", "t"):
            self.inside = local
        elif local == "f":
            self.inside, self.formula = local, []
        elif local == "rPh":
            self.inside = "rPh"
        elif local == "row":
            self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
            self.column = -1
        elif local == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def text(self, words: str) -> None:
        if self.inside in ("v", "t") and len(self.value) < LONGEST_CELL:
            self.value.append(words[:LONGEST_CELL])
        elif self.inside == "f" and self.formula is not None and len(self.formula) < LONGEST_CELL:
            self.formula.append(words[:LONGEST_CELL])

    def end(self, name: str) -> None:
        local = local_name(name)
        if local == "c":
            if self.value or self.formula is not None:
                self.grid.put(self.row, self.column, self._cell_text("".join(self.value)))
        elif local in ("v", "t", "f", "rPh"):
            self.inside = ""

    def _cell_text(self, value: str) -> str:
        kind = self.cell.get("t", "n")
        if not value:
            return "" if self.formula is None or kind == "str" else shortened("=" + "".join(self.formula))
        if kind == "s":
            return self.whole.shared[int(value)]
        if kind == "n":
            return self._number(float(value))
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        text = unescaped(value)
        self.whole.budget.take(text)
        return text

    def _number(self, value: float) -> str:
        style = self.cell.get("s", "0")
        number = int(style) if style.isdecimal() and len(style) < 7 else 0
        if number < len(self.whole.dates) and self.whole.dates[number]:
            return date_text(value, since_1904=self.whole.since_1904)
        return number_text(value, self.whole.formats[number] if number < len(self.whole.formats) else "")

    def _merge(self, area: str) -> None:
        first, _, last = area.partition(":")
        self.whole.budget.take_cells(1)
        top, left = _place(first)
        bottom, right = _place(last or first)
        self.merged.append((top, bottom, left, right))


_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")


def _place(name: str) -> tuple[int, int]:
    """`C5` as row 4 and column 2."""
    found = _PLACE.fullmatch(name)
    if found is None:
        raise UnreadableUpload("broken")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def local_name(name: str) -> str:
    """A mark's name without the prefix of its namespace."""
    return name.rpartition(":")[2]


def unescaped(text: str) -> str:
    if "_x" in text:
        text = re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)
        text = text.encode("utf-8", "replace").decode()
    return shortened(text)
