"""The columns of a timetable on a page: what they seem to be, and what somebody says they are."""

from __future__ import annotations

from collections.abc import Sequence

from flask import redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.rules.lessons import layout as layouts
from app.booking.rules.lessons.columns import COLUMNS, HEAD_WITHIN, MOST_COLUMNS, Columns, guess, heading_key
from app.booking.store import imports
from app.booking.store.imports import KeptImport
from app.entrypoints import gate
from app.entrypoints.uploads import opening
from app.entrypoints.uploads.workbook import Workbook
from app.entrypoints.web.blueprint import page, web
from app.entrypoints.web.imports import words
from app.entrypoints.web.imports.allowed import kept_or_404
from app.entrypoints.web.imports.plan import replan
from app.entrypoints.web.imports.reading import SURE
from app.foundation.identifiers import id_from_text

SAMPLE_ROWS = 5


def columns_page(
    kept: KeptImport, reasons: list[str], status: int, said: Sequence[str] | None = None, head: int | None = None
) -> tuple[str, int]:
    """The columns with what they seem to be, or what was `said`; `head` is the row of the headings, 0 for none."""
    book = opening.open_upload(imports.content(kept.id))
    table = _table(book)
    if head is None:
        head = _head(request.args.get("head", ""), book, kept)
    found = layouts.columns_of(book.sheets, kept.columns.get("known"))
    seems = found if found is not None and found.head == head else guess(table[head - 1 :][:60]) if head else None
    headings = table[head - 1] if head else []
    sample = [row for row in table[head:] if any(row)][:SAMPLE_ROWS]
    width = min(max([len(headings), *(len(row) for row in sample)], default=0), MOST_COLUMNS)
    guessed = seems.meanings if seems else tuple(kept.columns.get("meanings", ()))
    chosen = guessed if said is None else tuple(said)
    lines = [
        {
            "at": at,
            "heading": headings[at] if at < len(headings) and headings[at] else gettext("Column %(n)s", n=at + 1),
            "meaning": chosen[at] if at < len(chosen) else "",
            "sure": seems is not None and at < len(seems.confidence) and seems.confidence[at] >= SURE,
            "cells": [row[at] for row in sample if at < len(row) and row[at]][:3],
        }
        for at in range(width)
    ]
    meanings = words.meaning_names()
    lacking = Columns(head, ("",) * len(chosen), chosen, (1.0,) * len(chosen)).missing
    first = [
        (number, " · ".join(cell for cell in row if cell)[:60]) for number, row in enumerate(table[:HEAD_WITHIN], 1)
    ]
    return page(
        "imports/columns.html",
        status,
        kept=kept,
        lines=lines,
        head=head,
        first_rows=[(number, text) for number, text in first if text],
        missing=[meanings.get(each, each) for each in lacking],
        meanings=meanings,
        reasons=reasons,
    )


def _table(book: Workbook) -> Sequence[Sequence[str]]:
    return next((sheet.rows for sheet in book.sheets if any(sheet.rows)), [])


def _head(text: str, book: Workbook, kept: KeptImport) -> int:
    """The row of the headings: as asked for, as said before, or as it seems."""
    if text == "0" or "meanings" in kept.columns:
        return 0
    found = layouts.columns_of(book.sheets, kept.columns.get("known"))
    wanted = id_from_text(text) or (found.head if found else 1)
    return min(wanted, HEAD_WITHIN, len(_table(book)))


@web.post("/imports/<id:timetable_id>/columns")
@gate.needs("timetable.import")
def say_columns(timetable_id: int) -> tuple[str, int] | Response:
    """What each column is; then what the file would change."""
    kept = kept_or_404(timetable_id)
    if kept.state not in ("read", "planned") or kept.layout != "long_table":
        return redirect(f"/imports/{timetable_id}", 303)
    book = opening.open_upload(imports.content(timetable_id))
    head = _head(request.form.get("head", ""), book, kept)
    said = [request.form.get(f"column-{at}", "") for at in range(MOST_COLUMNS)]
    meanings = [each if each in COLUMNS else "" for each in said]
    while meanings and not meanings[-1]:
        meanings.pop()
    chosen = Columns(head, ("",) * len(meanings), tuple(meanings), (1.0,) * len(meanings))
    called = words.meaning_names()
    twice = sorted({each for each in meanings if each and meanings.count(each) > 1})
    problems = [gettext("Two columns cannot both be: %(what)s", what=called[each]) for each in twice]
    problems += [gettext("No column says: %(what)s", what=called.get(each, each)) for each in chosen.missing]
    if problems:
        return columns_page(kept, problems, 422, meanings, head)
    if not head:
        return replan(kept, book, {"meanings": meanings})
    headings = [heading_key(cell) for cell in _table(book)[head - 1]]
    meanings += [""] * (len(headings) - len(meanings))
    return replan(kept, book, {"known": {key: meanings[at] for at, key in enumerate(headings) if key}})
