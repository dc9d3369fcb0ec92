"""Exports: any list as a CSV or Excel file that opens safely and keeps numbers numbers.

    chosen = exports.wanted()                      # "csv", "xlsx" or None, from ?format=
    if chosen:
        return exports.as_file(chosen, gettext("People"), [gettext("Name"), gettext("Shared since")], rows)

`rows` are sequences of cells: str, int, float, Decimal, bool, date, aware datetime or None. Text that a spreadsheet
would run as a formula is written as text (in CSV behind an apostrophe, which `plain` takes off again on import).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import quote

import xlsxwriter
from flask import Response, request
from flask_babel import gettext

from app.foundation.timespan import local

FORMATS = ("xlsx", "csv")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_ROWS = 100_000
"""More rows than anybody reads; what is beyond is left out, and the last line says so."""
LONGEST_CELL = 32_000

_STARTS = "=+-@＝＋－＠"
"""What begins a formula in some spreadsheet or other."""

Cell = str | int | float | Decimal | bool | date | datetime | None


def wanted() -> str | None:
    """The format asked for by `?format=`, or None where the page itself is wanted."""
    chosen = request.args.get("format")
    return chosen if chosen in FORMATS else None


def as_file(chosen: str, name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The list as a download named `name` (any language; without the ending). `chosen` is one of FORMATS."""
    body = _csv(head, rows) if chosen == "csv" else _xlsx(name, head, rows)
    answer = Response(body, content_type=TYPES[chosen])
    answer.headers["Content-Disposition"] = disposition(f"{name}.{chosen}")
    return answer


def disposition(file_name: str) -> str:
    """The header that names a download in any language (RFC 6266), with a plain name for old programs."""
    safe = "".join(sign for sign in file_name if sign.isprintable() and sign not in '\\/:*?"<>|')[:150] or "list"
    safe = safe.encode("utf-8", "ignore").decode()
    ending = safe.rsplit(".", 1)[-1] if "." in safe else ""
    ascii_name = safe if safe.isascii() else f"gongfang.{ending}"
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(safe, safe='')}"


def looks_like_a_formula(text: str) -> bool:
    """Whether some spreadsheet might run this text: by its first sign, blanks before it or not."""
    return text[:1] in ("\t", "\r", "\n") or text.lstrip()[:1] in tuple(_STARTS)


def plain(text: str) -> str:
    """A cell as it was before it was written: without the apostrophe that keeps a formula from running."""
    return text[1:] if text.startswith("'") and looks_like_a_formula(text[1:]) else text


def _csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    out = io.StringIO(newline="")
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow([_csv_cell(each) for each in head])
    for number, row in enumerate(rows):
        if number == MOST_ROWS:
            writer.writerow([_more_left_out()])
            break
        writer.writerow([_csv_cell(each) for each in row])
    return out.getvalue().encode("utf-8", "replace")


def _csv_cell(cell: Cell) -> str | int | float | Decimal:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return _yes_or_no(cell)
    if isinstance(cell, datetime):
        return f"{local(cell):%Y-%m-%d %H:%M}"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        text = cell.replace("\0", "")
        return f"'{text}" if text and looks_like_a_formula(text) else text
    return cell


def _xlsx(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    title = "".join(sign for sign in name if sign not in "[]:*?/\\'")[:31] or "List"
    sheet = book.add_worksheet(title)
    bold = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.freeze_panes(1, 0)
    widths = [len(text) * 2 for text in head]
    for column, text in enumerate(head):
        sheet.write_string(0, column, text, bold)
    for number, row in enumerate(rows):
        if number == MOST_ROWS:
            sheet.write_string(number + 1, 0, _more_left_out())
            break
        for column, cell in enumerate(row):
            if cell is None:
                continue
            if isinstance(cell, bool):
                sheet.write_string(number + 1, column, _yes_or_no(cell))
            elif isinstance(cell, datetime):
                sheet.write_datetime(number + 1, column, local(cell).replace(tzinfo=None), moment)
                widths[column] = max(widths[column], 16)
            elif isinstance(cell, date):
                sheet.write_datetime(number + 1, column, cell, day)
                widths[column] = max(widths[column], 11)
            elif isinstance(cell, int | float | Decimal):
                sheet.write_number(number + 1, column, cell)
            else:
                text = cell.replace("\0", "").encode("utf-8", "replace").decode()[:LONGEST_CELL]
                sheet.write_string(number + 1, column, text)
                widths[column] = max(widths[column], sum(1 if sign.isascii() else 2 for sign in text[:60]))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(60, width + 2))
    book.close()
    return out.getvalue()


def _yes_or_no(truth: bool) -> str:
    return gettext("yes") if truth else gettext("no")


def _more_left_out() -> str:
    return gettext("More rows than this were left out; narrow the filter.")
