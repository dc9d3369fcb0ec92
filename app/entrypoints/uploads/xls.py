"""XLS workbooks (BIFF, Excel 97–2003) as sheets of text."""

from __future__ import annotations

import io
from importlib import import_module
from typing import Any

from app.entrypoints.uploads.workbook import (
    MOST_SHEETS,
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

_LOCKED = "EncryptedPackage".encode("utf-16-le")


class _Silence(io.TextIOBase):
    """Where the library's remarks on a file go."""

    def write(self, text: str, /) -> int:
        return len(text)


def open_xls(content: bytes) -> Workbook:
    """Every visible sheet; raises UnreadableUpload."""
    if _LOCKED in content:
        raise UnreadableUpload("locked")
    xlrd = import_module("xlrd")  # only here: few upload such a file
    try:
        book = xlrd.open_workbook(
            file_contents=content, formatting_info=True, on_demand=True, ragged_rows=True, logfile=_Silence()
        )
        return _read(xlrd, book)
    except UnreadableUpload:
        raise
    except xlrd.XLRDError as error:
        raise UnreadableUpload("locked" if "encrypt" in str(error).lower() else "broken") from error
    except Exception as error:  # the library raises whatever a broken record makes it stumble over
        raise UnreadableUpload("broken") from error


def _read(xlrd: Any, book: Any) -> Workbook:
    if book.nsheets > MOST_SHEETS:
        raise UnreadableUpload("too_many_sheets")
    budget, sheets, hidden = Budget(), [], []
    for number, name in enumerate(book.sheet_names()):
        sheet = book.sheet_by_index(number)
        if sheet.visibility:
            hidden.append(name[:80])
        else:
            sheets.append(Sheet(name[:80], _rows(xlrd, book, sheet, budget)))
        book.unload_sheet(number)
    return Workbook("xls", tuple(sheets), hidden=tuple(hidden))


def _rows(xlrd: Any, book: Any, sheet: Any, budget: Budget) -> list[list[str]]:
    grid = Grid(budget)
    budget.take_cells(sheet.nrows)  # rows without a cell cost something too
    for row in range(sheet.nrows):
        length = sheet.row_len(row)
        budget.take_cells(length)
        for column in range(length):
            kind = sheet.cell_type(row, column)
            if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                continue
            value = sheet.cell_value(row, column)
            if kind == xlrd.XL_CELL_TEXT:
                text = shortened(value)
                budget.take(text)
            elif kind == xlrd.XL_CELL_BOOLEAN:
                text = "TRUE" if value else "FALSE"
            elif kind == xlrd.XL_CELL_ERROR:
                text = xlrd.error_text_from_code.get(value, "#ERR!")
            else:
                pattern = _pattern(book, sheet, row, column)
                is_date = kind == xlrd.XL_CELL_DATE or is_date_format(pattern)
                text = date_text(value, since_1904=bool(book.datemode)) if is_date else number_text(value, pattern)
            grid.put(row, column, text)
    grid.spread([(top, below - 1, left, beyond - 1) for top, below, left, beyond in sheet.merged_cells])
    return grid.rows


def _pattern(book: Any, sheet: Any, row: int, column: int) -> str:
    style = book.xf_list[sheet.cell_xf_index(row, column)]
    found = book.format_map.get(style.format_key)
    return str(found.format_str)[:200] if found else ""
