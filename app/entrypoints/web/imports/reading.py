"""Reading a timetable's file: what is known of its columns, whether that is enough, and everything it says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from app.booking.actions.planning import Timetable
from app.booking.rules.lessons import layout as layouts
from app.booking.rules.lessons.columns import Columns, heading_key
from app.booking.rules.lessons.lesson import Reading
from app.booking.store import imports
from app.entrypoints.uploads.workbook import Workbook

SURE = 0.9
"""How sure the meaning of every column must be for nobody to be asked."""


def known_columns(book: Workbook, layout: str, member_id: int) -> tuple[str, Mapping[str, Any], bool]:
    """The key of the file's heading, what is known of its columns, and whether that is enough to read it."""
    if layout != "long_table":
        return "", {}, True
    plain = layouts.columns_of(book.sheets)
    if plain is None:
        return "", {}, False
    key = hashlib.sha256("|".join(heading_key(each) for each in plain.headings).encode()).hexdigest()
    said = imports.said_before(member_id, key)
    if said:
        return key, said, True
    has_room = bool({"room", "room_code", "when"} & set(plain.meanings))
    sure = [each for each, meaning in zip(plain.confidence, plain.meanings, strict=True) if meaning]
    return key, {}, has_room and not plain.missing and min(sure, default=0.0) >= SURE


def read_book(book: Workbook, layout: str, said: Mapping[str, Any], wanted: Timetable) -> Reading:
    """Everything the file says, by what was said of its columns."""
    columns = None
    if meanings := said.get("meanings"):
        columns = Columns(0, ("",) * len(meanings), tuple(meanings), (1.0,) * len(meanings))
    return layouts.read(
        layout, book.sheets, book.content, last_week=wanted.term.weeks, known=said.get("known"), columns=columns
    )
