"""CSV and JSON uploads, gzipped or not, in UTF-8, UTF-16 or GB18030."""

from __future__ import annotations

import csv
import io
import json
import zlib

from app.entrypoints.uploads.workbook import (
    MOST_TEXT_UNPACKED,
    Budget,
    Grid,
    Sheet,
    UnreadableUpload,
    Workbook,
    plausible,
    shortened,
)

MOST_MARKS = 1_500_000
"""Commas in a JSON file."""
MOST_NESTS = 200_000
"""Lists and objects in a JSON file; a small one takes some two hundred bytes."""
DEEPEST = 40

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def unzipped(content: bytes) -> bytes:
    """A gzipped file unpacked, never further than the bound."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(content, MOST_TEXT_UNPACKED + 1)
    except zlib.error as error:
        raise UnreadableUpload("broken") from error
    if len(unpacked) > MOST_TEXT_UNPACKED:
        raise UnreadableUpload("too_large_unpacked")
    if not unpacker.eof:
        raise UnreadableUpload("broken")
    return unpacked


def decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else GB18030; what is none of these is not guessed."""
    if content.startswith(_UTF_16):
        encodings = ["utf-16"]
    elif b"\0" in content:
        raise UnreadableUpload("encoding")
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if plausible(text):
            return text
    raise UnreadableUpload("encoding")


def open_json(text: str) -> Workbook:
    """The value in a JSON file; raises UnreadableUpload."""
    nests = text.count("[") + text.count("{")
    if nests > MOST_NESTS or text.count(",") > MOST_MARKS:
        raise UnreadableUpload("too_many_cells")
    try:
        content = json.loads(text, parse_constant=lambda _: None)
    except RecursionError as error:
        raise UnreadableUpload("too_deep") from error
    except ValueError as error:
        raise UnreadableUpload("broken_json") from error
    if _is_deep(content):
        raise UnreadableUpload("too_deep")
    return Workbook("json", content=content)


def _is_deep(content: object) -> bool:
    """Whether lists and objects stand in each other more than DEEPEST times."""
    level = [content]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def open_csv(text: str) -> Workbook:
    """The one sheet of a CSV file: commas, semicolons or tabs, whichever its first lines hold most of."""
    head = "\n".join(line for line in text[:20_000].splitlines()[:15])
    mark = max(",;\t", key=lambda sign: (head.count(sign), sign == ","))
    grid = Grid(Budget())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        for row, cells in enumerate(reader):
            grid.budget.take_cells(len(cells) + 1)
            for column, cell in enumerate(cells):
                words = shortened(cell.strip())
                grid.budget.take(words)
                grid.put(row, column, words)
    except csv.Error as error:
        raise UnreadableUpload("broken_csv") from error
    return Workbook("csv", (Sheet("", grid.rows),))
