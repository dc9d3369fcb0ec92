"""Teaching days in words: holidays, make-up days and blocks of weeks, as the heads of the grid and 课表 say them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from flask_babel import gettext

from app.entrypoints.formats import days_text, is_chinese, named, short_day_text, weekday_text
from app.foundation.timespan import DAY
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.days import Status
from app.timetable.rules.term import Block, Term


class DayMark(NamedTuple):
    """What is special about a day. `kind` as `rules.days.Status`, empty where nothing is."""

    kind: str
    words: str
    sign: str
    """One or two letters for the narrowest head."""


PLAIN = DayMark("", "", "")


def mark_of(calendar: Calendar, day: date) -> DayMark:
    """国庆节 / 补第4周周二 / 课移至10月11日 / 班; nothing for a plain day."""
    status = calendar.days.status(day)
    if status.kind == "plain":
        return PLAIN
    if status.kind == "runs":
        return DayMark("runs", _made_up(calendar, status), _sign("runs"))
    if status.kind == "moved":
        to = short_day_text(status.runs_as) if status.runs_as else ""
        return DayMark("moved", gettext("lessons moved to %(day)s", day=to), _sign("moved"))
    if status.kind == "make_up":
        return DayMark("make_up", gettext("Workday"), _sign("make_up"))
    if status.kind == "on":
        return DayMark("on", _name(status) or gettext("Lessons held"), _sign("on"))
    return DayMark("off", _name(status) or gettext("No lessons"), _sign("off"))


def _sign(kind: str) -> str:
    if kind in ("off", "moved"):
        return gettext("off")
    if kind == "runs":
        return gettext("mk")
    return gettext("wk") if kind == "make_up" else gettext("on")


def _name(status: Status) -> str:
    return status.name if is_chinese() or not status.name_en else status.name_en


def _made_up(calendar: Calendar, status: Status) -> str:
    """补第4周周二: whose timetable a make-up day runs."""
    as_day = status.runs_as
    if as_day is None:
        return _name(status)
    term = calendar.term_on(as_day)
    week = term.week_of(as_day) if term else None
    if week is None:
        return gettext("makes up for %(day)s", day=f"{short_day_text(as_day)} {weekday_text(as_day)}")
    return gettext("runs week %(n)s %(weekday)s", n=week, weekday=weekday_text(as_day))


def blocks_of_week(calendar: Calendar, term: Term, week: int) -> list[Block]:
    """The blocks of weeks that this week lies in, for these learners and for others."""
    return [each for each in calendar.blocks if each.term_id == term.id and each.first_week <= week <= each.last_week]


def block_words(blocks: Sequence[Block]) -> str:
    """考试周 · 军训 (新生)."""
    return " · ".join(f"{named(each)} ({each.learners})" if each.learners else named(each) for each in blocks)


def week_words(calendar: Calendar, term: Term, week: int) -> str:
    """What is special about a week: its blocks and the days in it."""
    found = [block_words(blocks)] if (blocks := blocks_of_week(calendar, term, week)) else []
    monday = term.day(week, 1)
    return " · ".join(found + _runs_of_days(calendar, [monday + n * DAY for n in range(7)]))


def _runs(calendar: Calendar, days: Iterable[date]) -> list[tuple[date, date, DayMark]]:
    """The special ones of these days, days in a row of the same kind as one: first, last, and what they are."""
    found: list[tuple[date, date, DayMark]] = []
    for day in days:
        mark = mark_of(calendar, day)
        if not mark.kind:
            continue
        if found and found[-1][2] == mark and found[-1][1] + DAY == day:
            found[-1] = (found[-1][0], day, mark)
        else:
            found.append((day, day, mark))
    return found


def _runs_of_days(calendar: Calendar, days: Iterable[date]) -> list[str]:
    """周四–周日 国庆节, 周六 补第2周周五."""
    return [
        f"{weekday_text(first) if first == last else f'{weekday_text(first)}–{weekday_text(last)}'} {mark.words}"
        for first, last, mark in _runs(calendar, days)
    ]


def days_of_term(calendar: Calendar, term: Term) -> list[tuple[str, str]]:
    """The special days of a term in order, days in a row as one: (10月1–7日, 国庆节)."""
    days = (term.first_monday + n * DAY for n in range(7 * term.weeks))
    return [
        (short_day_text(first) + f" {weekday_text(first)}" if first == last else days_text(first, last), mark.words)
        for first, last, mark in _runs(calendar, days)
    ]
