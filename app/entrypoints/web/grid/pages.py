"""The grid: when the units of a base are free, by day, week and month, and one unit over a term."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext

from app.booking.store import looking
from app.booking.store.looking import BaseLine, UnitLine
from app.consortium.rules.permission import may
from app.entrypoints import clock, gate
from app.entrypoints.formats import day_text, days_text, is_chinese, named
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.calendar.choice import CalendarChoice, chosen_calendar
from app.entrypoints.web.calendar.notice import notices
from app.entrypoints.web.calendar.teaching_days import block_words, blocks_of_week, mark_of
from app.entrypoints.web.grid.drawing import draw, draw_term
from app.entrypoints.web.grid.ground import ground, month_of, week_of
from app.foundation.identifiers import id_from_text
from app.foundation.timespan import DAY, monday_of
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import Term

VIEWS = ("day", "week", "month", "term")
MOST_ROWS = 60
"""So many units stand on one page; the labs beyond are a press away."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the address asks to see. Words it does not know are passed over, as a printed link may be old."""

    base: int | None
    lab: int | None
    unit: int | None
    view: str
    day: date
    by_clock: bool
    sheet: int
    calendar: int | None = None
    learners: str = ""

    def address(self, **changes: Any) -> str:
        """The same look with some things changed; what is left out in `changes` as None is dropped."""
        words: dict[str, Any] = {"base": self.base, "lab": self.lab, "unit": self.unit, "view": self.view}
        words |= {"day": str(self.day), "axis": "clock" if self.by_clock else None, "sheet": self.sheet or None}
        words |= {"calendar": self.calendar, "learners": self.learners or None}
        words |= changes
        return "/book?" + urlencode({name: value for name, value in words.items() if value is not None})


def look(today: date) -> Look:
    words = request.args
    view = words.get("view", "week")
    return Look(
        base=id_from_text(words.get("base", "")),
        lab=id_from_text(words.get("lab", "")),
        unit=id_from_text(words.get("unit", "")),
        view=view if view in VIEWS else "week",
        day=_day(words.get("day", "")) or today,
        by_clock=words.get("axis") == "clock",
        sheet=id_from_text(words.get("sheet", "")) or 0,
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1980 <= day.year <= 2200 else None


@web.get("/book")
@gate.needs("grid.see")
def grid() -> Any:
    """The board of one base (or lab), as finished HTML."""
    who, now, today = actor(), clock.now(), clock.today()
    asked = look(today)
    bases = looking.bases(today)
    if not bases:
        return page("grid/empty.html")
    everything, base = _lines(asked, bases, today, who.member_id)
    lines = [line for line in everything if asked.lab in (None, line.lab_id)] or everything
    sheets = _sheets(lines)
    if asked.view == "term":
        sheets = [[line for line in lines if line.id == asked.unit] or lines[:1]]
    number = min(asked.sheet, len(sheets) - 1)
    choice = chosen_calendar(base.calendar_id, base.campus)
    calendar = choice.calendar
    asked = replace(asked, base=base.id, sheet=number, calendar=choice.member_id, learners=choice.learners)
    term = calendar.term_near(asked.day)
    choices: dict[str, Any] = {
        "look": asked,
        "base": base,
        "bases": bases,
        "labs": _labs(everything),
        "units": [(line.id, _unit_name(line)) for line in lines],
        "term": term,
        "choice": choice,
        "steps": not looking.has_asked(who.person_id),
        "may_book": may(who, "booking.request"),
    }
    if not lines or (asked.view == "term" and term is None):
        return page("grid/grid.html", board=None, phone=None, toolbar=_toolbar(asked, calendar, term), **choices)
    on = ground(
        who,
        base,
        sheets[number],
        _days(asked, term),
        asked.view,
        now,
        calendar,
        by_clock=asked.by_clock,
        may_book=choices["may_book"],
        address=asked.address(view=None, day=None, sheet=None, unit=None),
        phone_unit=asked.unit,
    )
    if asked.view == "term" and term is not None:
        parts, choices["phone_term"] = draw_term(on, term)
        drawn, phone = parts[0], None
        choices |= {
            "unit_title": _unit_name(on.lines[0]),
            "sheet_of": _sheet_address(on.lines[0], choice),
            "parts": parts,
        }
    else:
        drawn, phone = draw(on)
    sheet_links = [
        (f"{_lab_code(sheet[0])} – {_lab_code(sheet[-1])}", asked.address(sheet=each or None), each == number)
        for each, sheet in enumerate(sheets)
    ]
    return page(
        "grid/grid.html",
        board=drawn,
        phone=phone,
        toolbar=_toolbar(asked, calendar, term),
        notices=notices(calendar.days, on.days[0], on.days[-1]),
        sheets=sheet_links if len(sheets) > 1 else [],
        has_periods=bool(on.periods),
        phone_unit=on.phone_unit,
        **choices,
    )


def _lines(asked: Look, bases: list[BaseLine], today: date, member_id: int | None) -> tuple[list[UnitLine], BaseLine]:
    """The units of the base that is asked for, directly or by one of its labs or units; else of one's own base."""
    by_id = {base.id: base for base in bases}
    if asked.base is not None:
        base_id = asked.base
    elif asked.lab is not None or asked.unit is not None:
        base_id = or_404(looking.base_of(asked.lab, asked.unit))
    else:
        own = [base.id for base in bases if member_id in (base.host_id, base.operator_id, base.keeping_member_id)]
        base_id = (own or [bases[0].id])[0]
    base = or_404(by_id.get(base_id))
    return looking.unit_lines(today, base_id=base_id), base


def _sheets(lines: list[UnitLine]) -> list[list[UnitLine]]:
    """Whole labs, as many as fit on a page."""
    sheets: list[list[UnitLine]] = [[]]
    for _, of_lab in groupby(lines, key=lambda line: line.lab_id):
        rows = list(of_lab)
        if sheets[-1] and len(sheets[-1]) + len(rows) > MOST_ROWS:
            sheets.append([])
        sheets[-1] += rows
    return sheets


def _labs(lines: list[UnitLine]) -> list[tuple[int, str]]:
    return list(dict.fromkeys((line.lab_id, _lab_name(line)) for line in lines))


def _lab_name(line: UnitLine) -> str:
    return line.lab_name_zh if is_chinese() or not line.lab_name_en else line.lab_name_en


def _unit_name(line: UnitLine) -> str:
    return f"{_lab_name(line)} · {gettext('Whole lab') if line.kind == 'room' else named(line)}"


def _lab_code(line: UnitLine) -> str:
    return line.lab_code or _lab_name(line)


def _days(asked: Look, term: Term | None) -> list[date]:
    if asked.view == "day":
        return [asked.day]
    if asked.view == "month":
        return month_of(asked.day)
    if asked.view == "term" and term is not None:
        return [term.first_monday + n * DAY for n in range(7 * term.weeks)]
    return week_of(asked.day)


def _sheet_address(line: UnitLine, choice: CalendarChoice) -> str:
    """The printed timetable of a unit, or of its lab where it is the whole lab."""
    words: dict[str, Any] = {"lab": line.lab_id} if line.kind == "room" else {"unit": line.id}
    words |= {name: value for name, value in choice.words().items() if value is not None}
    return "/timetables?" + urlencode(words)


def _toolbar(asked: Look, calendar: Calendar, term: Term | None) -> dict[str, Any]:
    """Title, addresses before and after, today, and the four views."""
    monday = monday_of(asked.day)
    note = ""
    if asked.view == "day":
        title, earlier, later = (
            day_text(asked.day, calendar.terms, calendar.member_id),
            asked.day - DAY,
            asked.day + DAY,
        )
        here = calendar.term_on(asked.day)
        week = here.week_of(asked.day) if here else None
        marks = [
            block_words(blocks_of_week(calendar, here, week)) if here and week else "",
            mark_of(calendar, asked.day).words,
        ]
        note = " · ".join(each for each in marks if each)
    elif asked.view == "month":
        first = asked.day.replace(day=1)
        title = f"{first.year}年{first.month}月" if is_chinese() else f"{first:%B %Y}"
        earlier, later = first - DAY, first + 31 * DAY
    elif asked.view == "term":
        title = named(term) if term else gettext("No term yet")
        before = [each.first_monday for each in calendar.terms if term and each.first_monday < term.first_monday]
        after = [each.first_monday for each in calendar.terms if term and each.first_monday > term.first_monday]
        earlier, later = max(before, default=asked.day), min(after, default=asked.day)
    else:
        title = days_text(monday, monday + 6 * DAY)
        here = calendar.term_on(monday)
        if here and (week := here.week_of(monday)):
            title += " " + gettext("Week %(n)s", n=week)
            note = block_words(blocks_of_week(calendar, here, week))
        earlier, later = monday - 7 * DAY, monday + 7 * DAY
    labels = {"day": gettext("Day"), "week": gettext("Week"), "month": gettext("Month"), "term": gettext("Term")}
    return {
        "title": title,
        "note": note,
        "earlier": asked.address(day=earlier),
        "later": asked.address(day=later),
        "today": asked.address(day=None),
        "views": [(labels[view], asked.address(view=view), view == asked.view) for view in VIEWS],
    }
