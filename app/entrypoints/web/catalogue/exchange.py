"""Bringing units in from a sheet and taking them out as one: template, look before, apply all of it or nothing."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import Response, current_app, flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from app.booking.actions import reshaping
from app.catalogue.rules.exchange import Changing, KeptEntry, Key, Plan, SheetFaults, SheetPlanChanged, values_of
from app.catalogue.rules.sheet import COLUMNS, Column, Fault, Sheet, Value, read_sheet
from app.catalogue.store import browsing, exchange
from app.catalogue.store.narrowing import Wanted
from app.database import transaction
from app.entrypoints import clock, exports, gate
from app.entrypoints.web.blueprint import actor, or_404, web
from app.entrypoints.web.catalogue import sheets, words
from app.entrypoints.web.catalogue.pages import show
from app.entrypoints.wording import sentences
from app.foundation.identifiers import id_from_text
from app.foundation.money import yuan
from app.foundation.refusal import Refused

MOST_SHOWN = 200
KEPT_SECONDS = 2 * 3600
"""How long an uploaded sheet waits to be applied."""

_TOKEN = re.compile(r"[0-9a-f]{32}")


@web.get("/bases/exchange")
@gate.needs("catalogue.exchange")
def exchange_page() -> tuple[str, int]:
    return _page()


@web.get("/bases/exchange/template")
@gate.needs("catalogue.exchange")
def exchange_template() -> Response:
    """The empty sheet: its head."""
    return exports.as_file(exports.wanted() or "xlsx", gettext("Template for units"), words.headings(), [])


@web.get("/bases/exchange/units")
@gate.needs("catalogue.exchange")
def exchange_units() -> Response:
    """All units, or those of one base, as a sheet that can be brought in again."""
    today = clock.today()
    base_id = id_from_text(request.args.get("base", ""))
    ids = [line.id for line in browsing.bases(Wanted(gone_too=True), today) if base_id in (None, line.id)]
    if base_id is not None:
        or_404(ids or None)
    choices = words.choices()
    rows = [_cells(key, kept, choices) for key, kept in exchange.entries(ids).items()]
    return exports.as_file(exports.wanted() or "xlsx", gettext("Units"), words.headings(), rows)


@web.post("/bases/exchange")
@gate.needs("catalogue.exchange")
def exchange_look() -> tuple[str, int]:
    """Read an uploaded sheet and show what it would do; nothing is changed."""
    upload = request.files.get("sheet")
    content = upload.stream.read(sheets.MOST_BYTES + 1) if upload else b""
    if not upload or not upload.filename:
        return _page([gettext("Please choose a file.")], status=422)
    try:
        sheet = _read(content)
    except sheets.UnreadableSheet as error:
        return _page([_unreadable_text(error.problem)], status=422)
    planned = reshaping.look_at_sheet(actor(), sheet, now=clock.now())
    if planned.faults:
        return _page(faults=planned.faults, status=422)
    return _page(planned=planned, token=None if planned.does_nothing else _keep(content))


@web.post("/bases/exchange/apply")
@gate.needs("catalogue.exchange")
def exchange_apply() -> AnyResponse | tuple[str, int]:
    """Do what was shown, all of it or nothing."""
    who, place = actor(), _place(request.form.get("token", ""))
    counts = tuple(id_from_text(text) or 0 for text in request.form.get("counts", "").split("-"))
    try:
        content = place.read_bytes() if place else b""
    except OSError:
        content = b""
    if not content or len(counts) != 4:
        return _page([gettext("This sheet is no longer waiting. Please choose the file again.")], status=422)
    sheet = _read(content)
    try:
        done = transaction(lambda: reshaping.bring_in_sheet(who, sheet, counts, now=clock.now()))
    except Refused as refused:
        faults = next((reason.faults for reason in refused.reasons if isinstance(reason, SheetFaults)), ())
        again = any(isinstance(reason, SheetPlanChanged) for reason in refused.reasons)
        planned = reshaping.look_at_sheet(who, sheet, now=clock.now()) if again else None
        token = request.form.get("token", "") if again else None
        return _page(sentences(refused.reasons), planned=planned, faults=faults, token=token, status=409)
    if place:
        place.unlink(missing_ok=True)
    labs, units, changed, same = done.counts
    flash(
        gettext(
            "Done: %(labs)s labs and %(units)s units added, %(changed)s changed, %(same)s left as they were.",
            labs=labs,
            units=units,
            changed=changed,
            same=same,
        ),
        "done",
    )
    return redirect("/bases?show=units")


def _page(
    reasons: list[str] | None = None,
    *,
    planned: Plan | None = None,
    faults: tuple[Fault, ...] = (),
    token: str | None = None,
    status: int = 200,
) -> tuple[str, int]:
    values: dict[str, Any] = {"reasons": reasons or [], "planned": planned, "faults": faults, "token": token}
    values |= {"columns": COLUMNS, "most_shown": MOST_SHOWN, "changed_lines": _changed_lines}
    values["most_megabytes"] = sheets.MOST_BYTES // 1_000_000
    return show("catalogue/exchange.html", status, **values)


def _read(content: bytes) -> Sheet:
    table = sheets.rows(content)
    return read_sheet(sheets.even(table) if sheets.is_workbook(content) else table, words.sheet_words())


# ── the sheet between looking and applying ──


def _folder() -> Path:
    folder = Path(current_app.instance_path) / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _place(token: str) -> Path | None:
    """Where this person's sheet waits; another person's token leads nowhere."""
    return _folder() / f"{actor().person_id}-{token}.sheet" if _TOKEN.fullmatch(token) else None


def _keep(content: bytes) -> str:
    """Let a sheet wait under a random name bound to the person; what has waited too long is swept away."""
    folder, token = _folder(), secrets.token_hex(16)
    for old in folder.glob("*.sheet"):
        with suppress(OSError):
            if old.stat().st_mtime < clock.now().timestamp() - KEPT_SECONDS:
                old.unlink()
    place = folder / f"{actor().person_id}-{token}.sheet"
    place.touch(mode=0o600)
    place.write_bytes(content)
    return token


# ── words ──


def _cells(key: Key, kept: KeptEntry, choices: dict[str, dict[str, str]]) -> list[exports.Cell]:
    values = dict(values_of(kept.entry)) | {"base_code": key[0], "lab_code": key[1]}
    if values["kind"] == "room":
        values["code"] = ""
    return [_cell(column, values.get(column.field), choices) for column in COLUMNS]


def _cell(column: Column, value: Value, choices: dict[str, dict[str, str]]) -> exports.Cell:
    if column.kind == "choice":
        return choices[column.field].get(str(value), str(value))
    if column.kind == "money" and isinstance(value, int):
        return Decimal(value) / 100
    return value


def _changed_lines(changing: Changing) -> list[tuple[str, str, str]]:
    """What a row changes: (field, before, after) in words."""
    labels, before, after = words.fields(), values_of(changing.kept.entry), values_of(changing.entry)
    return [
        (labels.get(name, name), _shown(name, before.get(name)), _shown(name, after.get(name)))
        for name in changing.fields
    ]


def _shown(name: str, value: Value) -> str:
    """A value as the sheet would write it."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if name == "original_value_fen" and isinstance(value, int):
        return yuan(value)
    return words.choices().get(name, {}).get(str(value), str(value))[:80]


def _unreadable_text(problem: str) -> str:
    texts = {
        "too_large": gettext(
            "The file is larger than %(most)s MB. Please divide it.", most=sheets.MOST_BYTES // 1_000_000
        ),
        "too_large_unpacked": gettext("There is more in this workbook than can be read at once. Please divide it."),
        "empty": gettext("The file is empty."),
        "old_or_locked": gettext(
            "This is an old .xls workbook or one with a password. Save it as .xlsx or CSV without a password."
        ),
        "encoding": gettext("The characters of this file cannot be read. Save it as CSV in UTF-8, or as .xlsx."),
        "broken_csv": gettext("This CSV file is broken: a cell does not end or is far too long."),
    }
    return texts.get(problem, gettext("This is neither an .xlsx workbook nor a CSV file that can be read."))
