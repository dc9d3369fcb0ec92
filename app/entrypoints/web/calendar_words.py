"""The calendar's own words: kinds of marked weeks, weekdays, how a day stands."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext

from app.entrypoints.formats import day_text, is_chinese, short_day_text, weekday_text
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.days import Status


def block_kinds() -> dict[str, str]:
    """The kinds of marked weeks, as people call them."""
    return {
        "practice": gettext("Practice weeks"),
        "exam": gettext("Examination weeks"),
        "military": gettext("Military training"),
        "late_start": gettext("Late start"),
        "other": gettext("Something else"),
    }


def weekdays() -> dict[int, str]:
    """1 Monday … 7 Sunday."""
    return {n: weekday_text(date(2024, 1, n)) for n in range(1, 8)}


def week_and_weekday(calendar: Calendar, day: date) -> str:
    """第4周 周二 / week 4 Tue; outside every term the date alone."""
    week = calendar.week_of(day)
    if week is None:
        return day_text(day)
    if is_chinese():
        return f"第{week}周{weekday_text(day)}"
    return f"week {week} {weekday_text(day)}"


def standing(calendar: Calendar, status: Status) -> str:
    """How a day stands, in a few words; empty for an ordinary day."""
    name = status.name if is_chinese() or not status.name_en else status.name_en
    as_day = status.runs_as
    if status.kind == "off":
        return name or gettext("Day off")
    if status.kind == "make_up":
        return gettext("%(name)s: worked", name=name)
    if status.kind == "on":
        return gettext("%(name)s: taught", name=name)
    if status.kind == "runs" and as_day is not None:
        return gettext("Runs %(lost)s", lost=f"{week_and_weekday(calendar, as_day)} ({short_day_text(as_day)})")
    if status.kind == "moved" and as_day is not None:
        return gettext("Given on %(day)s", day=short_day_text(as_day))
    return ""
