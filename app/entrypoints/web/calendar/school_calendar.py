"""The school calendar (校历) of a term, drawn for everybody: weeks by weekdays, holidays, make-up days, marked weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from flask import request
from flask_babel import gettext

from app.entrypoints import clock, gate
from app.entrypoints.formats import day_text, is_chinese, named, short_day_text, weekday_text
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.calendar import words as calendar_words
from app.entrypoints.web.calendar.editing import member_names
from app.entrypoints.web.calendar.notice import notices
from app.foundation.identifiers import id_from_text
from app.foundation.timespan import DAY
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import Block, Term
from app.timetable.store import days as day_store
from app.timetable.store import terms as term_store
from app.timetable.store.calendar import calendar as calendar_of


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the drawn calendar."""

    number: str
    words: str
    kind: str
    title: str
    today: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A week of the drawn calendar."""

    week: int
    month: str
    cells: tuple[Cell, ...]
    blocks: tuple[str, ...]
    """The marked weeks that begin with this one, in words."""
    kind: str
    """The kind of the marked weeks it lies in, where these are for everybody."""


@web.get("/calendar")
@gate.needs("grid.see")
def school_calendar() -> tuple[str, int]:
    names, who = member_names(), actor()
    wanted = id_from_text(request.args.get("member", ""))
    member_id = wanted if wanted in names else who.member_id if "member" not in request.args else None
    calendar = calendar_of(member_id)
    term_id = id_from_text(request.args.get("term", ""))
    term = next((each for each in calendar.terms if each.id == term_id), None) or calendar.term_near(clock.today())
    kept = {each.member_id for each in term_store.terms()} | {each.member_id for each in day_store.rules()}
    kept |= {who.member_id, member_id}
    members = [("", gettext("The whole consortium"), member_id is None)]
    members += [(str(each), names[each], each == member_id) for each in names if each in kept]
    drawn = _rows(calendar, term, clock.today()) if term else []
    return page(
        "timetable/school_calendar.html",
        whose=names.get(member_id, gettext("The whole consortium")),
        members=members,
        member=member_id,
        term=term,
        terms=[
            (named(each), f"/calendar?member={member_id or ''}&term={each.id}", term is not None and each.id == term.id)
            for each in sorted(calendar.terms, key=lambda each: each.first_monday, reverse=True)
        ][:8],
        weekdays=calendar_words.weekdays(),
        rows=drawn,
        special=_special(calendar, term) if term else [],
        first=day_text(term.first_monday) if term else "",
        last=day_text(term.last_day) if term else "",
        notices=notices(calendar.days, term.first_monday, term.last_day) if term else [],
    )


def _rows(calendar: Calendar, term: Term, today: date) -> list[Row]:
    blocks = [block for block in calendar.blocks if block.term_id == term.id]
    rows = []
    month = ""
    for week in range(1, term.weeks + 1):
        days = [term.day(week, weekday) for weekday in range(1, 8)]
        begins = _month(days[0]) if week == 1 else next((_month(day) for day in days if day.day == 1), "")
        rows.append(
            Row(
                week,
                begins if begins != month else "",
                tuple(_cell(calendar, day, today) for day in days),
                tuple(_block_text(block) for block in blocks if block.first_week == week),
                next(
                    (
                        b.kind
                        for b in blocks
                        if b.first_week <= week <= b.last_week and not b.learners and not b.teaches
                    ),
                    "",
                ),
            )
        )
        month = begins or month
    return rows


def _month(day: date) -> str:
    return f"{day.month}月" if is_chinese() else f"{day:%b}"


def _cell(calendar: Calendar, day: date, today: date) -> Cell:
    status = calendar.days.status(day)
    full = calendar_words.standing(calendar, day)
    name, as_day, moved = calendar_words.day_name(calendar, day), status.runs_as, calendar.days.moved.get(day)
    kind = "off" if status.kind == "moved" and name else status.kind
    words = name
    if status.kind == "runs" and as_day is not None:
        week = calendar.week_of(as_day)
        words = f"{gettext('Week %(n)s', n=week)} {weekday_text(as_day)}" if week else short_day_text(as_day)
    elif status.kind == "make_up":
        words = gettext("worked")
    if moved is not None:
        words = f"{words} → {short_day_text(moved)}".strip()
    number = f"{day.month}/{day.day}" if day.day == 1 and is_chinese() else str(day.day)
    return Cell(number, words, kind, f"{day_text(day)} {full}".strip(), day == today)


def _block_text(block: Block) -> str:
    weeks = gettext("week %(n)s", n=block.first_week)
    if block.last_week > block.first_week:
        weeks = gettext("weeks %(first)s–%(last)s", first=block.first_week, last=block.last_week)
    parts = [named(block), weeks, block.learners]
    if block.teaches:
        parts.append(gettext("the timetable goes on"))
    return " · ".join(part for part in parts if part)


def _special(calendar: Calendar, term: Term) -> list[tuple[str, str, str]]:
    """The days of a term that are not as any other: (kind, days, words); holidays in a row are one line."""
    days = [term.first_monday + n * DAY for n in range(7 * term.weeks)]
    told = [(calendar.days.status(day).kind, calendar_words.standing(calendar, day), day) for day in days]
    found = []
    for (kind, words), group in groupby(told, key=lambda each: each[:2]):
        of = [day for _, _, day in group]
        if kind != "plain":
            when = day_text(of[0]) if len(of) == 1 else f"{day_text(of[0])} – {day_text(of[-1])}"
            found.append((kind, when, words))
    return found
