"""XLSX workbooks as sheets of text: a stream of XML events, so that a file cannot make us hold more than we take."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Any
from xml.parsers import expat

from app.entrypoints.uploads.workbook import (
    LONGEST_CELL,
    MOST_SHEETS,
    MOST_UNPACKED,
    Budget,
    Grid,
    Sheet,
    UnreadableUpload,
    Workbook,
    date_text,
    is_date_format,
    number_text,
    shortened,
)

MOST_PARTS = 4_000
MOST_RATIO = 150
"""Times a part may be larger unpacked than packed, once it is a megabyte; sheets full of repeats reach about 40."""
MOST_MARKS = 6_000_000
"""Elements in all parts together: what is read in about six seconds."""
CHUNK = 64 * 1024
LONGEST_MARK = 2 * 1024 * 1024
"""Bytes of one tag; the parser holds a tag as a whole."""
MOST_SHARED = 400_000

_BROKEN = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError,
    *(ValueError, KeyError, IndexError, TypeError, EOFError, OSError, OverflowError, NotImplementedError, RuntimeError),
)  # fmt: skip
_BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}


def open_xlsx(content: bytes) -> Workbook:
    """Every visible sheet; raises UnreadableUpload."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _check(packed)
            return _Book(packed).read()
    except _BROKEN as error:
        raise UnreadableUpload("broken") from error


def _check(packed: zipfile.ZipFile) -> None:
    """Refuse by what the file declares, before anything is unpacked; no part can be read past its declared size."""
    parts = packed.infolist()
    names = {part.filename for part in parts}
    if len(parts) > MOST_PARTS:
        raise UnreadableUpload("too_large_unpacked")
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableUpload("locked")
    if any(part.file_size > max(2**20, MOST_RATIO * part.compress_size) for part in parts):
        raise UnreadableUpload("bomb")
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise UnreadableUpload("too_large_unpacked")
    if "xl/workbook.xml" not in names and "[Content_Types].xml" not in names and "mimetype" not in names:
        raise UnreadableUpload("not_a_table")
    if "xl/workbook.xml" not in names:
        raise UnreadableUpload("other_office")
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise UnreadableUpload("broken")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Book:
    """One workbook on its way in."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self.packed, self.names = packed, {part.filename for part in packed.infolist()}
        self.budget, self.marks = Budget(), MOST_MARKS
        self.targets: dict[str, str] = {}
        self.listed: list[tuple[str, str, bool]] = []
        self.since_1904 = False
        self.formats: list[str] = []
        self.dates: list[bool] = []
        self.shared: list[str] = []

    def read(self) -> Workbook:
        self._read_list()
        if len(self.listed) > MOST_SHEETS:
            raise UnreadableUpload("too_many_sheets")
        self._read_styles()
        self._read_shared()
        hidden = tuple(name for name, _, is_hidden in self.listed if is_hidden)
        sheets = []
        for name, part, is_hidden in self.listed:
            if not is_hidden and part in self.names:
                reader = _SheetReader(self)
                self.parse(part, reader.start, reader.end, reader.text)
                reader.grid.spread(reader.merged)
                sheets.append(Sheet(name, reader.grid.rows))
        return Workbook("xlsx", tuple(sheets), hidden=hidden)

    def parse(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Hand a part's marks on as they come; what declares entities, or holds endless tags, is refused."""
        parser = expat.ParserCreate()
        parser.buffer_text = True

        def counted(name: str, attributes: dict[str, str]) -> None:
            self.marks -= 1
            if self.marks < 0:
                raise UnreadableUpload("too_many_cells")
            start(name, attributes)

        def refused(*_: Any) -> None:
            raise UnreadableUpload("broken")

        parser.StartElementHandler = counted
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = refused
        fed = 0
        with self.packed.open(part) as stream:
            while chunk := _next(stream):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > LONGEST_MARK:
                    raise UnreadableUpload("broken")
            parser.Parse(b"", True)

    def _read_list(self) -> None:
        """The sheets in their order: name, part, whether hidden."""
        found: list[tuple[str, str, str]] = []

        def of_links(name: str, attributes: dict[str, str]) -> None:
            if _local(name) == "Relationship":
                self.targets[attributes.get("Id", "")] = _part(attributes.get("Target", ""))

        def of_book(name: str, attributes: dict[str, str]) -> None:
            if _local(name) == "sheet":
                link = next((value for key, value in attributes.items() if _local(key) == "id" and ":" in key), "")
                found.append((attributes.get("name", "")[:80], link, attributes.get("state", "visible")))
            elif _local(name) == "workbookPr":
                self.since_1904 = attributes.get("date1904", "0") in ("1", "true")

        if "xl/_rels/workbook.xml.rels" in self.names:
            self.parse("xl/_rels/workbook.xml.rels", of_links)
        self.parse("xl/workbook.xml", of_book)
        self.listed = [(name, self.targets.get(link, ""), state != "visible") for name, link, state in found]

    def _read_styles(self) -> None:
        """The number format of every cell style."""
        custom: dict[str, str] = {}
        inside = [False]

        def start(name: str, attributes: dict[str, str]) -> None:
            local = _local(name)
            if local == "numFmt":
                custom[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:200]
            elif local == "cellXfs":
                inside[0] = True
            elif local == "xf" and inside[0]:
                number = attributes.get("numFmtId", "0")
                pattern = custom.get(number, "")
                built_in = number.isdecimal() and len(number) < 5 and int(number) in _BUILT_IN_DATES
                self.formats.append(pattern)
                self.dates.append(is_date_format(pattern) if pattern else built_in)

        def end(name: str) -> None:
            if _local(name) == "cellXfs":
                inside[0] = False

        if "xl/styles.xml" in self.names:
            self.parse("xl/styles.xml", start, end)

    def _read_shared(self) -> None:
        """The table of texts; readings of Chinese signs (rPh) are left out."""
        pieces: list[str] = []
        state = {"t": False, "rPh": False}

        def start(name: str, _: dict[str, str]) -> None:
            local = _local(name)
            if local == "si":
                pieces.clear()
            elif local in state:
                state[local] = True

        def text(words: str) -> None:
            if state["t"] and not state["rPh"] and len(pieces) < LONGEST_CELL:
                pieces.append(words[:LONGEST_CELL])

        def end(name: str) -> None:
            local = _local(name)
            if local in state:
                state[local] = False
            elif local == "si":
                whole = _unescaped("".join(pieces))
                self.budget.take(whole)
                self.shared.append(whole)
                if len(self.shared) > MOST_SHARED:
                    raise UnreadableUpload("too_many_cells")

        if "xl/sharedStrings.xml" in self.names:
            self.parse("xl/sharedStrings.xml", start, end, text)


class _SheetReader:
    """One sheet's cells as text: results of formulas as they were kept, dates as dates, errors as their sign."""

    def __init__(self, book: _Book) -> None:
        self.book, self.grid = book, Grid(book.budget)
        self.merged: list[tuple[int, int, int, int]] = []
        self.row = self.column = -1
        self.cell: dict[str, str] = {}
        self.inside = ""
        self.value: list[str] = []
        self.formula: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = _local(name)
        if local == "c":
            self.book.budget.take_cells(1)
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
        local = _local(name)
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
            return self.book.shared[int(value)]
        if kind == "n":
            return self._number(float(value))
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        text = _unescaped(value)
        self.book.budget.take(text)
        return text

    def _number(self, value: float) -> str:
        style = self.cell.get("s", "0")
        number = int(style) if style.isdecimal() and len(style) < 7 else 0
        if number < len(self.book.dates) and self.book.dates[number]:
            return date_text(value, since_1904=self.book.since_1904)
        return number_text(value, self.book.formats[number] if number < len(self.book.formats) else "")

    def _merge(self, area: str) -> None:
        first, _, last = area.partition(":")
        self.book.budget.take_cells(1)
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


def _part(target: str) -> str:
    """The name of the part that a link of the workbook points to."""
    return posixpath.normpath(target[1:] if target.startswith("/") else f"xl/{target}")


def _unescaped(text: str) -> str:
    if "_x" in text:
        text = re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)
        text = text.encode("utf-8", "replace").decode()
    return shortened(text)


def _next(stream: IO[bytes]) -> bytes:
    return stream.read(CHUNK)
