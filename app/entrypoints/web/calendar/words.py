"""The calendar's own words: kinds of marked weeks, weekdays, how a day stands."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext

from app.entrypoints.formats import day_text, is_chinese, short_day_text, weekday_text
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.days import english_name


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


def standing(calendar: Calendar, day: date) -> str:
    """How a day stands, in a few words; empty for an ordinary day."""
    status = calendar.days.status(day)
    name = day_name(calendar, day)
    as_day, moved = status.runs_as, calendar.days.moved.get(day)
    words = ""
    if status.kind == "off":
        words = name or gettext("Day off")
    elif status.kind == "make_up":
        words = gettext("%(name)s: worked", name=name)
    elif status.kind == "on":
        words = gettext("%(name)s: taught", name=name)
    elif status.kind == "runs" and as_day is not None:
        words = gettext("Runs %(lost)s", lost=f"{week_and_weekday(calendar, as_day)} ({short_day_text(as_day)})")
    elif status.kind == "moved":
        words = name
    if moved is not None:
        given = gettext("Given on %(day)s", day=short_day_text(moved))
        words = f"{words} · {given}" if words else given
    return words


def day_name(calendar: Calendar, day: date) -> str:
    """What a day is called: by the organisation's decision, or as the national holiday it is."""
    status = calendar.days.status(day)
    holiday = calendar.days.holidays.get(day)
    name_zh, name_en = status.name, status.name_en
    if status.kind == "moved" and holiday is not None and holiday.is_off:
        name_zh, name_en = holiday.name, english_name(holiday.name)
    return name_zh if is_chinese() or not name_en else name_en
