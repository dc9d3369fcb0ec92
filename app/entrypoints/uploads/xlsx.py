"""XLSX workbooks as sheets of text: a stream of XML events, so that a file cannot make us hold more than we take."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from app.entrypoints.uploads.workbook import (
    LONGEST_CELL,
    MOST_SHEETS,
    MOST_UNPACKED,
    Sheet,
    UnreadableUpload,
    Workbook,
    is_date_format,
)
from app.entrypoints.uploads.xlsx_cells import Shared, SheetReader, local_name, unescaped

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


class _Book:
    """One workbook on its way in."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self.packed, self.names = packed, {part.filename for part in packed.infolist()}
        self.whole, self.marks = Shared(), MOST_MARKS
        self.targets: dict[str, str] = {}
        self.listed: list[tuple[str, str, bool]] = []

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
                reader = SheetReader(self.whole)
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
            while chunk := stream.read(CHUNK):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > LONGEST_MARK:
                    raise UnreadableUpload("broken")
            parser.Parse(b"", True)

    def _read_list(self) -> None:
        """The sheets in their order: name, part, whether hidden."""
        found: list[tuple[str, str, str]] = []

        def of_links(name: str, attributes: dict[str, str]) -> None:
            if local_name(name) == "Relationship":
                self.targets[attributes.get("Id", "")] = _part(attributes.get("Target", ""))

        def of_book(name: str, attributes: dict[str, str]) -> None:
            if local_name(name) == "sheet":
                link = next((value for key, value in attributes.items() if local_name(key) == "id" and ":" in key), "")
                found.append((attributes.get("name", "")[:80], link, attributes.get("state", "visible")))
            elif local_name(name) == "workbookPr":
                self.whole.since_1904 = attributes.get("date1904", "0") in ("1", "true")

        if "xl/_rels/workbook.xml.rels" in self.names:
            self.parse("xl/_rels/workbook.xml.rels", of_links)
        self.parse("xl/workbook.xml", of_book)
        self.listed = [(name, self.targets.get(link, ""), state != "visible") for name, link, state in found]

    def _read_styles(self) -> None:
        """The number format of every cell style."""
        custom: dict[str, str] = {}
        inside = [False]

        def start(name: str, attributes: dict[str, str]) -> None:
            local = local_name(name)
            if local == "numFmt":
                custom[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:200]
            elif local == "cellXfs":
                inside[0] = True
            elif local == "xf" and inside[0]:
                number = attributes.get("numFmtId", "0")
                pattern = custom.get(number, "")
                built_in = number.isdecimal() and len(number) < 5 and int(number) in _BUILT_IN_DATES
                self.whole.formats.append(pattern)
                self.whole.dates.append(is_date_format(pattern) if pattern else built_in)

        def end(name: str) -> None:
            if local_name(name) == "cellXfs":
                inside[0] = False

        if "xl/styles.xml" in self.names:
            self.parse("xl/styles.xml", start, end)

    def _read_shared(self) -> None:
        """The table of texts; readings of Chinese signs (rPh) are left out."""
        pieces: list[str] = []
        state = {"t": False, "rPh": False}

        def start(name: str, _: dict[str, str]) -> None:
            local = local_name(name)
            if local == "si":
                pieces.clear()
            elif local in state:
                state[local] = True

        def text(words: str) -> None:
            if state["t"] and not state["rPh"] and len(pieces) < LONGEST_CELL:
                pieces.append(words[:LONGEST_CELL])

        def end(name: str) -> None:
            local = local_name(name)
            if local in state:
                state[local] = False
            elif local == "si":
                whole = unescaped("".join(pieces))
                self.whole.budget.take(whole)
                self.whole.shared.append(whole)
                if len(self.whole.shared) > MOST_SHARED:
                    raise UnreadableUpload("too_many_cells")

        if "xl/sharedStrings.xml" in self.names:
            self.parse("xl/sharedStrings.xml", start, end, text)


def _part(target: str) -> str:
    """The name of the part that a link of the workbook points to."""
    return posixpath.normpath(target[1:] if target.startswith("/") else f"xl/{target}")
