"""Uploaded sheets: XLSX and CSV as rows of text, within bounds of size, time and memory, whatever the file claims to be."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from importlib import import_module
from itertools import islice
from typing import Any
from xml.etree.ElementTree import ParseError

MOST_BYTES = 5 * 1000 * 1000
MOST_UNPACKED = 12 * 1024 * 1024
"""Bytes in a workbook when unpacked. Its table of texts is held in memory as a whole."""
MOST_MARKS = 450_000
"""Marks (`<`) in its XML, four to eight to a cell: what a worker reads in about a second and a half."""
MOST_PARTS = 300
MOST_ROWS_READ = 2_050
MOST_COLUMNS_READ = 90

_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class UnreadableSheet(Exception):
    """The file is no sheet that can be read; `problem` is a short code that the page has a sentence for."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def rows(content: bytes) -> Iterator[list[str]]:
    """The rows of the first sheet, each a list of texts. Raises UnreadableSheet, also while rows are taken.

    A formula comes as its text beginning with `=`; a text that only looks like one comes behind an apostrophe.
    """
    if len(content) > MOST_BYTES:
        raise UnreadableSheet("too_large")
    if not content.strip():
        raise UnreadableSheet("empty")
    if content.startswith(_OLD_OFFICE):
        raise UnreadableSheet("old_or_locked")
    return _xlsx_rows(content) if content.startswith(_ZIP) else _csv_rows(content)


# ── CSV ──


def _csv_rows(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    head = next((line for line in text.splitlines() if line.strip()), "")
    mark = max(",;\t", key=lambda sign: (head.count(sign), sign == ","))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        yield from islice(reader, MOST_ROWS_READ)
    except csv.Error:
        raise UnreadableSheet("broken_csv") from None


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else GB18030; what is none of these is not guessed."""
    if content.startswith(_UTF_16):
        encodings = ["utf-16"]
    elif b"\0" in content:
        raise UnreadableSheet("not_a_sheet")
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableSheet("encoding")


# ── XLSX ──


def _xlsx_rows(content: bytes) -> Iterator[list[str]]:
    _check_workbook(content)
    openpyxl = import_module("openpyxl")  # only here: it is a fifteenth of a worker's memory, and few upload sheets
    broken = (*_BROKEN, openpyxl.utils.exceptions.InvalidFileException)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            for cells in sheet.iter_rows(max_row=MOST_ROWS_READ, max_col=MOST_COLUMNS_READ):
                yield _texts(cells)
        finally:
            book.close()
    except UnreadableSheet:
        raise
    except broken as error:
        raise UnreadableSheet("not_a_sheet") from error


_BROKEN = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, EOFError, OSError, OverflowError),
    *(NotImplementedError, RecursionError, MemoryError, UnicodeError, RuntimeError, ParseError),
    zipfile.BadZipFile,
)
"""All that the library was seen to raise on broken, lying and hostile files."""


def _check_workbook(content: bytes) -> None:
    """Refuse what is no workbook, unpacks to too much, is locked, or declares entities, before the library sees it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise UnreadableSheet("too_large_unpacked")
            if any(part.flag_bits & 1 for part in parts):
                raise UnreadableSheet("old_or_locked")
            if "[Content_Types].xml" not in packed.namelist():
                raise UnreadableSheet("not_a_sheet")
            marks = 0
            for part in parts:
                text = packed.read(part)
                marks += text.count(b"<")
                if marks > MOST_MARKS:
                    raise UnreadableSheet("too_large_unpacked")
                if text.startswith(_UTF_16) or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                    raise UnreadableSheet("not_a_sheet")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise UnreadableSheet("not_a_sheet") from error


def _texts(cells: Sequence[Any]) -> list[str]:
    texts = [_text(cell) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        is_formula = cell.data_type == "f" or not value.startswith(("=", "＝"))
        return value if is_formula else f"'{value}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 10**15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | int):
        return str(value)
    return f"={value}"  # an array formula or a data table comes as an object


def even(table: Iterable[list[str]]) -> Iterator[list[str]]:
    """Rows of a workbook at the length of their head: there an empty cell at the end is no cell at all."""
    width = 0
    for cells in table:
        if not width and any(cell.strip() for cell in cells):
            width = len(cells)
        yield cells + [""] * (width - len(cells))


def is_workbook(content: bytes) -> bool:
    return content.startswith(_ZIP)
