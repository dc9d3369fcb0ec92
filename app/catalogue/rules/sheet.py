"""Sheets: what an imported table says, row by row and column by column, and every fault in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.catalogue.rules.form import CHOICES, SCHEMES, is_plain
from app.catalogue.rules.unit import UNIT_KINDS
from app.foundation.money import fen_from_yuan

MOST_ROWS = 2_000
MOST_COLUMNS = 80
MOST_FAULTS = 200
LONGEST_CELL = 5_000

CLASS = "class_"
"""Begins the name of the column that holds the class code of one scheme."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the sheet: its field, how it is written, whether the sheet must have it."""

    field: str
    kind: str = "text"
    required: bool = False


COLUMNS: tuple[Column, ...] = (
    Column("base_code", required=True),
    Column("lab_code", required=True),
    Column("kind", "choice", required=True),
    Column("code"),
    Column("name_zh", required=True),
    Column("name_en"),
    Column("place"),
    Column("seats", "whole"),
    Column("capacity", "count"),
    Column("needs_approval", "yes"),
    Column("holds_while_waiting", "yes"),
    Column("setup_minutes", "count"),
    Column("cleaning_minutes", "count"),
    Column("sharing", "choice"),
    Column("not_shared_reason"),
    Column("not_shared_approver"),
    Column("inventory_number"),
    Column("original_value_fen", "money"),
    Column("source", "choice"),
    Column("category", "choice"),
    Column("funding", "choice"),
    Column("condition", "choice"),
    Column("origin_country"),
    Column("manufacturer"),
    Column("model"),
    Column("started_on", "day"),
    Column("accepted_on", "day"),
    Column("registered_on", "day"),
    *(Column(CLASS + scheme) for scheme in SCHEMES),
    Column("specifications"),
    Column("functions"),
    Column("services"),
    Column("user_notice"),
    Column("price_note"),
)
"""A row is a unit. The row of a room stands for its lab as well: only there do place and seats count."""

BY_FIELD = {column.field: column for column in COLUMNS}

Value = str | int | bool | date | None
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Words:
    """How people write what the sheet holds, in any language: all keys in lower case."""

    headings: Mapping[str, str]
    """A column's heading to its field."""
    choices: Mapping[str, Mapping[str, str]]
    """For each field of choices, the label to the value kept."""
    yes: frozenset[str]
    no: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one place: the row as the sheet counts it (0: the sheet as a whole), the field, a short code."""

    row: int
    field: str
    problem: str
    content: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the sheet, and the values of the columns the sheet has."""

    number: int
    values: Values

    @property
    def key(self) -> tuple[str, str, str]:
        """Base, lab and unit code."""
        return str(self.values["base_code"]), str(self.values["lab_code"]), str(self.values["code"])


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as read. With faults it is refused as a whole."""

    rows: tuple[Row, ...] = ()
    faults: tuple[Fault, ...] = ()
    fields: frozenset[str] = field(default_factory=frozenset)


def read_sheet(table: Iterable[Sequence[str]], words: Words) -> Sheet:
    """Read a table of texts whose first row that is not empty has the headings.

    Every fault is named, up to MOST_FAULTS of them; a sheet of more than MOST_ROWS rows is refused unread. A cell that
    begins with `=` is a formula and refused: nobody can see what it would have said. (A text that begins so comes behind an
    apostrophe.)
    """
    lines = enumerate(table, start=1)
    heading: Sequence[str] | None = next(((cells) for _, cells in lines if any(cell.strip() for cell in cells)), None)
    if heading is None:
        return Sheet(faults=(Fault(0, "", "empty"),))
    fields, faults = _headings(heading, words)
    if faults:
        return Sheet(faults=tuple(faults))
    rows: list[Row] = []
    seen: dict[tuple[str, str, str], int] = {}
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) >= MOST_ROWS:
            return Sheet(faults=(Fault(0, "", "too_many_rows"),))
        if len(faults) >= MOST_FAULTS:
            break
        values, wrong = _row(number, cells, fields, words)
        faults += wrong
        row = Row(number, values)
        rows.append(row)
        if not wrong:
            if row.key in seen:
                faults.append(Fault(number, "code", "twice", str(seen[row.key])))
            seen.setdefault(row.key, number)
    if not rows:
        return Sheet(faults=(Fault(0, "", "empty"),))
    return Sheet(tuple(rows), tuple(faults[:MOST_FAULTS]), frozenset(name for name in fields if name))


def _headings(heading: Sequence[str], words: Words) -> tuple[list[str], list[Fault]]:
    texts = [cell.strip().strip("*＊").strip().lower() for cell in heading]
    while texts and not texts[-1]:
        texts.pop()
    if len(texts) > MOST_COLUMNS:
        return [], [Fault(0, "", "too_many_columns")]
    faults = []
    fields: list[str] = []
    for text in texts:
        name = words.headings.get(text, "")
        if not name:
            faults.append(Fault(1, "", "unknown_column" if text else "empty_heading", text[:60]))
        elif name in fields:
            faults.append(Fault(1, name, "column_twice"))
        fields.append(name)
    faults += [
        Fault(1, column.field, "column_missing") for column in COLUMNS if column.required and column.field not in fields
    ]
    return fields, faults


def _row(number: int, cells: Sequence[str], fields: Sequence[str], words: Words) -> tuple[Values, list[Fault]]:
    faults: list[Fault] = []
    if len(cells) < len(fields) or any(cell.strip() for cell in cells[len(fields) :]):
        faults.append(Fault(number, "", "ragged", f"{len(cells)}/{len(fields)}"))
    values: dict[str, Value] = {}
    for name, cell in zip(fields, cells, strict=False):
        text = cell.strip()
        problem = _problem(text)
        text = _unquoted(text)
        if problem is None:
            try:
                problem = _keep(values, BY_FIELD[name], text, words)
            except ValueError:
                problem = _UNREADABLE[BY_FIELD[name].kind]
        if problem:
            faults.append(Fault(number, name, problem, text[:60]))
    if values.get("kind") == "room":
        code, lab = values.get("code", ""), values.get("lab_code", "")
        if code not in ("", lab):
            faults.append(Fault(number, "code", "room_code", str(code)))
        values["code"] = lab
    elif not values.get("code") and not any(fault.field == "code" for fault in faults):
        faults.append(Fault(number, "code", "missing"))
    return values, faults


def _problem(text: str) -> str | None:
    if text.startswith(("=", "＝")):
        return "formula"
    if len(text) > LONGEST_CELL:
        return "too_long"
    return None if is_plain(text) else "unreadable"


def _unquoted(text: str) -> str:
    """Without the apostrophe behind which an export writes a text that looks like a formula."""
    return text[1:] if text[:1] == "'" and text[1:].lstrip()[:1] in tuple("=+-@＝＋－＠") else text


_UNREADABLE = {
    "whole": "not_a_number",
    "count": "not_a_number",
    "money": "not_an_amount",
    "day": "not_a_day",
    "yes": "not_yes_or_no",
    "choice": "unknown",
    "text": "unreadable",
}

_EMPTY_MEANS_NOTHING = ("whole", "money", "day")
"""Kinds where an empty cell takes the value away; in the other kinds but text it leaves things as they are."""


def _keep(values: dict[str, Value], column: Column, text: str, words: Words) -> str | None:
    """Read one cell into `values`; the problem, if there is one. Raises ValueError for what cannot be read."""
    if not text:
        if column.required:
            return "missing"
        if column.kind == "text":
            values[column.field] = ""
        elif column.kind in _EMPTY_MEANS_NOTHING:
            values[column.field] = None
        return None
    if column.kind == "yes":
        values[column.field] = _yes(text.lower(), words)
    elif column.kind == "choice":
        value = words.choices[column.field].get(text.lower())
        if value is None or value not in (*CHOICES.get(column.field, ()), *UNIT_KINDS):
            return "unknown"
        values[column.field] = value
    else:
        values[column.field] = _READERS[column.kind](text)
    return None


def _yes(text: str, words: Words) -> bool:
    if text in words.yes:
        return True
    if text in words.no:
        return False
    raise ValueError


_WHOLE = re.compile(r"([0-9]{1,9})(\.0{1,9})?")
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")


def _whole(text: str) -> int:
    match = _WHOLE.fullmatch(text)
    if match is None:
        raise ValueError
    return int(match[1])


def _day(text: str) -> date:
    """2025-09-01, 2025/9/1, 2025.9.1, 2025年9月1日, each also with a midnight behind it, and 20250901."""
    text = text.removesuffix(" 00:00:00")
    if re.fullmatch(r"[0-9]{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    match = _DAY.fullmatch(text)
    if match is None:
        raise ValueError
    return date(*(int(part) for part in match.groups()))


_READERS: dict[str, Callable[[str], Value]] = {
    "whole": _whole,
    "count": _whole,
    "money": fen_from_yuan,
    "day": _day,
    "text": str,
}
