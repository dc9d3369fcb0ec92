"""The national holidays and make-up days, a page for each year: looked at, mended by hand, read from a file."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.consortium.rules.permission import may
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import day_text, is_chinese
from app.entrypoints.web.attempts import attempt, status_of
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.calendar.notice import notices
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Refused
from app.timetable.actions import days as actions
from app.timetable.rules.days import Holiday, english_name
from app.timetable.rules.notice import EARLIEST_YEAR, LATEST_YEAR, MOST_BYTES, NotAnnounced
from app.timetable.store import days as store

Answer = tuple[str, int] | Response


@web.get("/admin/holidays")
@gate.needs("calendar.change")
def holidays() -> tuple[str, int]:
    return _show(_year(request.args.get("year", "")) or clock.today().year, [], 200)


@web.post("/admin/holidays")
@gate.needs("holiday.change")
def set_holiday() -> Answer:
    """Put one day into the notice of a year."""
    year = _year(request.form.get("year", ""))
    typed = {name: request.form.get(name, "").strip()[:200] for name in ("day", "name", "kind")}
    day = _day(typed["day"])
    if year is None or day is None or typed["kind"] not in ("off", "on"):
        sentence = gettext("Give a day like 2027-01-01, its name, and whether it is off or worked.")
        return _show(year or clock.today().year, [sentence], 422, typed)
    who, now, mark = actor(), clock.now(), request.form.get("mark", "")[:16]
    line = Holiday(year, day, typed["name"], typed["kind"] == "off")
    reasons, status = attempt(lambda: actions.set_line(who, year, mark, line, now=now))
    if reasons:
        return _show(year, reasons, status, typed)
    flash(gettext("%(day)s is kept.", day=day_text(day)), "done")
    return redirect(f"/admin/holidays?year={year}", 303)


@web.post("/admin/holidays/remove")
@gate.needs("holiday.change")
def remove_holiday() -> Answer:
    year, day = _year(request.form.get("year", "")), _day(request.form.get("day", ""))
    if year is None or day is None:
        return _show(clock.today().year, [gettext("There is no such day here.")], 422)
    who, now, mark = actor(), clock.now(), request.form.get("mark", "")[:16]
    reasons, status = attempt(lambda: actions.remove_line(who, year, mark, day, now=now))
    if reasons:
        return _show(year, reasons, status)
    flash(gettext("%(day)s is taken out of the notice.", day=day_text(day)), "done")
    return redirect(f"/admin/holidays?year={year}", 303)


@web.post("/admin/holidays/file")
@gate.needs("holiday.change")
def import_holidays() -> Answer:
    """Read the notice of a year from a file; what it does not name goes."""
    year = _year(request.form.get("year", ""))
    sent = request.files.get("file")
    content = sent.stream.read(MOST_BYTES + 1) if sent else b""
    if not content:
        return _show(year or clock.today().year, [gettext("Choose the file first.")], 422)
    who, now = actor(), clock.now()
    try:
        read, new, changed, gone = transaction(lambda: actions.import_notice(who, year, content, now=now))
    except Refused as refused:
        sentences = wording.sentences(refused.reasons)
        if isinstance(refused.reasons[0], NotAnnounced):
            flash(sentences[0], "waiting")
            return redirect(f"/admin/holidays?year={refused.reasons[0].year}", 303)
        return _show(year or clock.today().year, sentences, status_of(refused.reasons))
    flash(
        gettext(
            "The notice for %(year)s is kept: %(new)s new days, %(changed)s changed, %(gone)s gone.",
            year=read,
            new=new,
            changed=changed,
            gone=gone,
        ),
        "done",
    )
    return redirect(f"/admin/holidays?year={read}", 303)


def _show(year: int, reasons: list[str], status: int, typed: dict[str, str] | None = None) -> tuple[str, int]:
    every = store.holidays()
    lines = [line for line in every if line.notice_year == year]
    of_the_next = [line for line in every if line.notice_year == year + 1 and line.day.year == year]
    later = {line.day for line in of_the_next}
    this_year = clock.today().year
    years = sorted({line.notice_year for line in every} | {this_year, this_year + 1, year})
    rows: list[dict[str, Any]] = [
        {"line": line, "name": _name(line), "day": day_text(line.day), "overruled": line.day in later, "from": ""}
        for line in lines
    ] + [
        {
            "line": line,
            "name": _name(line),
            "day": day_text(line.day),
            "overruled": False,
            "from": str(line.notice_year),
        }
        for line in of_the_next
    ]
    return page(
        "timetable/holidays.html",
        status,
        year=year,
        rows=sorted(rows, key=lambda row: row["line"].day),
        years=[(str(each), f"/admin/holidays?year={each}", each == year) for each in years],
        off=sum(line.is_off for line in lines),
        worked=sum(not line.is_off for line in lines),
        mark=actions.mark_of(lines),
        reasons=reasons,
        typed=typed or {},
        may_change=may(actor(), "holiday.change"),
        notices=notices(store.days(None), date(year, 1, 1), date(year, 12, 31)),
    )


def _name(line: Holiday) -> str:
    return line.name if is_chinese() else english_name(line.name) or line.name


def _year(text: str) -> int | None:
    found = id_from_text(text)
    return found if found and EARLIEST_YEAR <= found <= LATEST_YEAR else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if len(text.strip()) == 10 else None
    except ValueError:
        return None
