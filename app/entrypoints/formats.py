"""Formats: days, times, spans and amounts as people write them, in the page's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from flask_babel import get_locale

from app.foundation.money import yuan
from app.foundation.timespan import Span, local, local_day
from app.timetable.rules.term import Term, term_on
from app.timetable.rules.weeks import Meeting, periods_text, stretches, write

_DAYS_ZH = "一二三四五六日"
_DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def is_chinese() -> bool:
    locale = get_locale()
    return locale is None or locale.language == "zh"


def named(thing: object) -> str:
    """The name in the page's language; the Chinese one where the English is empty."""
    name_zh: str = getattr(thing, "name_zh", "")
    name_en: str = getattr(thing, "name_en", "")
    return name_zh if is_chinese() or not name_en else name_en


def weekday_text(day: date) -> str:
    """周二 / Tue."""
    return f"周{_DAYS_ZH[day.weekday()]}" if is_chinese() else _DAYS_EN[day.weekday()]


def day_text(day: date, terms: Sequence[Term] = (), member_id: int | None = None) -> str:
    """2026年9月1日(周二) 第1周 / Tue 1 Sep 2026, week 1. Without terms the week is left out."""
    term = term_on(terms, day, member_id)
    week = term.week_of(day) if term else None
    if is_chinese():
        text = f"{day.year}年{day.month}月{day.day}日({weekday_text(day)})"
        return f"{text} 第{week}周" if week else text
    text = f"{weekday_text(day)} {day.day} {_MONTHS_EN[day.month - 1]} {day.year}"
    return f"{text}, week {week}" if week else text


def short_day_text(day: date) -> str:
    """9月1日 / 1 Sep."""
    return f"{day.month}月{day.day}日" if is_chinese() else f"{day.day} {_MONTHS_EN[day.month - 1]}"


def days_text(first: date, last: date) -> str:
    """9月7–13日 / 7–13 Sep; over the end of a month 9月28日–10月4日 / 28 Sep–4 Oct."""
    if first.month != last.month or first.year != last.year:
        return f"{short_day_text(first)}–{short_day_text(last)}"
    return f"{first.month}月{first.day}–{last.day}日" if is_chinese() else f"{first.day}–{short_day_text(last)}"


def clock_text(moment: datetime) -> str:
    """08:00, on the consortium's wall clock."""
    return f"{local(moment):%H:%M}"


def moment_text(moment: datetime) -> str:
    """2026年9月1日(周二) 08:00."""
    return f"{day_text(local_day(moment))} {clock_text(moment)}"


def span_text(span: Span, terms: Sequence[Term] = (), member_id: int | None = None) -> str:
    """2026年9月1日(周二) 08:00–09:40; over midnight both days are named, except that 24:00 ends its own day."""
    first, days = local_day(span.start), span.days()
    start = f"{day_text(first, terms, member_id)} {clock_text(span.start)}"
    if len(days) == 1:
        return f"{start}–{'24:00' if clock_text(span.end) == '00:00' else clock_text(span.end)}"
    return f"{start} – {day_text(local_day(span.end), terms, member_id)} {clock_text(span.end)}"


def periods_words(periods: str) -> str:
    """3-4节 / periods 3-4; empty where the time was asked for by the clock."""
    if not periods:
        return ""
    return f"{periods}节" if is_chinese() else f"period{'s' if '-' in periods else ''} {periods}"


def example() -> str:
    """A week string to follow, in the page's language."""
    return meetings_text([Meeting((4, 6, 8, 10), 2, (3, 4))])


def meetings_text(meetings: Iterable[Meeting]) -> str:
    """第4-10周(双) 周二 3-4节；第5周 周四 1-2节 / weeks 4-10(even) Tue periods 3-4; week 5 Thu periods 1-2. Reads back alike."""
    if is_chinese():
        return "；".join(write(meeting) for meeting in meetings)
    return "; ".join(_meeting_in_english(meeting) for meeting in meetings)


def _meeting_in_english(meeting: Meeting) -> str:
    weeks = [
        (str(first) if first == last else f"{first}-{last}") + ("" if step == 1 else "(odd)" if first % 2 else "(even)")
        for first, last, step in stretches(meeting.weeks)
    ]
    parts = [f"week{'s' if len(meeting.weeks) > 1 else ''} {','.join(weeks)}"] if weeks else []
    if meeting.weekday is not None:
        parts.append(_DAYS_EN[meeting.weekday - 1])
    if meeting.periods:
        parts.append(f"period{'s' if len(meeting.periods) > 1 else ''} {periods_text(meeting.periods)}")
    return " ".join(parts)


def slot_text(span: Span, periods: str, terms: Sequence[Term] = (), member_id: int | None = None) -> str:
    """2026年9月1日(周二) 第1周 3-4节 (10:05–11:40): a date with the class periods it was asked for in, if any."""
    if not periods or len(span.days()) > 1:
        return span_text(span, terms, member_id)
    day = day_text(local_day(span.start), terms, member_id)
    clock = f"{clock_text(span.start)}–{clock_text(span.end)}"
    return f"{day}{' ' if is_chinese() else ', '}{periods_words(periods)} ({clock})"


def amount_text(fen: int | None) -> str:
    """¥1,234.56."""
    return "" if fen is None else f"¥{yuan(fen)}"
