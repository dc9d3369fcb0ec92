"""Wanted times: which dates and class periods a search means on the real teaching calendar, and what falls out of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.booking.rules.availability import Stretch, clock_stretches, period_stretches
from app.booking.rules.request import Slot
from app.foundation.timespan import DAY, Span, local_midnight
from app.timetable.rules.bell import Period, label_of, runs
from app.timetable.rules.calendar import Calendar, Lost
from app.timetable.rules.term import Term
from app.timetable.rules.weeks import Meeting, Unclear, read, write

PARTS = ("morning", "afternoon", "evening")
_PART_MINUTES = {"morning": (0, 12 * 60), "afternoon": (12 * 60, 18 * 60), "evening": (18 * 60, 24 * 60)}
"""A class period belongs to the part of the day in which it begins; by the clock all of it must lie there."""
_PART_WORDS = {
    "上午": "morning", "早上": "morning", "morning": "morning",
    "下午": "afternoon", "afternoon": "afternoon",
    "晚上": "evening", "晚间": "evening", "evening": "evening",
}  # fmt: skip
_PART = re.compile("|".join(_PART_WORDS), re.IGNORECASE)

_MINUTE = timedelta(minutes=1)

MOST_DAYS, USUAL_DAYS = 140, 14
"""Days looked through at once; days looked through where nobody says until when."""
MOST_SLOTS = 4_000


@dataclass(frozen=True, slots=True)
class When:
    """How long, on which days, at which times of day. `meetings` (from a week string) go before the pickers."""

    weekly: bool = False
    """The dates are wanted together, as a series; else any one of them."""
    meetings: tuple[Meeting, ...] = ()
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    first_day: date | None = None
    last_day: date | None = None
    holidays: bool = False
    """Days off too; without weeks only."""
    part: str = ""
    by_clock: bool = False
    count: int = 2
    first: int = 1
    last: int | None = None
    minutes: int = 120
    since: int = 8 * 60
    until: int = 22 * 60


@dataclass(frozen=True, slots=True)
class Pattern:
    """Slots that are wanted together: a single date, or all dates of a series."""

    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search means: the patterns of which any would do, the dates on which nothing is taught, and those over.

    `problem` says why nothing is meant at all: no_term, weeks_over, outside_term, no_days, backward, too_many_days,
    no_periods, no_time, too_much.
    """

    patterns: tuple[Pattern, ...] = ()
    lost: tuple[Lost, ...] = ()
    over: tuple[date, ...] = ()
    moved: tuple[tuple[date, date], ...] = ()
    """Days whose timetable is given on another day: (the plain day, the day it is given on)."""
    problem: str = ""


def read_weeks(text: str, last_week: int) -> tuple[tuple[Meeting, ...], str]:
    """The meetings of a week string, and the part of the day if it names one; raises Unclear.

    `第3-10周 周二下午` is weeks 3 to 10, Tuesday, afternoon; a bare `3-10` is weeks. Where one meeting says its weeks,
    every one must.
    """
    parts = {_PART_WORDS[found.casefold()] for found in _PART.findall(text)}
    if len(parts) > 1:
        raise Unclear(text)
    rest = _PART.sub(" ", text).strip()
    if not rest:
        return (), next(iter(parts))
    meetings = read(rest, last_week)
    if any(meeting.weeks for meeting in meetings):
        unsaid = next((meeting for meeting in meetings if not meeting.weeks), None)
        if unsaid is not None:
            raise Unclear(write(unsaid))
    return meetings, next(iter(parts), "")


def wanted(when: When, calendar: Calendar, term: Term | None, today: date) -> Wanted:
    """What is meant, on the days on which it is really taught: no holiday, every make-up day."""
    if any(meeting.weeks for meeting in when.meetings) and term is None:
        return Wanted(problem="no_term")
    patterns: list[Pattern] = []
    lost: list[Lost] = []
    over: set[date] = set()
    moved: set[tuple[date, date]] = set()
    fixed: list[Slot] = []
    for meeting in when.meetings or (Meeting(),):
        days, missing, elsewhere, problem = _days(when, meeting, calendar, term, today)
        if problem:
            return Wanted(lost=tuple(missing), problem=problem)
        lost += [each for each in missing if each not in lost]
        moved |= {each for each in elsewhere if each[1] >= today}
        over |= {day for _, day in days if day < today}
        coming = [(weekday, day) for weekday, day in days if day >= today]
        if meeting.periods:
            fixed += _fixed(meeting, coming, calendar)
        else:
            patterns += _patterns(when, coming, calendar)
    if fixed:
        ordered = sorted(set(fixed), key=lambda slot: slot.span)
        patterns += [Pattern(tuple(ordered))] if when.weekly else [Pattern((slot,)) for slot in ordered]
    found = Wanted(tuple(dict.fromkeys(patterns)), tuple(lost), tuple(sorted(over)), tuple(sorted(moved)))
    if sum(len(pattern.slots) for pattern in patterns) > MOST_SLOTS:
        return replace(found, patterns=(), problem="too_much")
    if patterns:
        return found
    return replace(found, problem=_why_nothing(when, found))


def _why_nothing(when: When, found: Wanted) -> str:
    if found.over:
        return "weeks_over"
    if found.lost:
        return "no_days"
    return "no_time" if when.by_clock else "no_periods"


def _days(
    when: When, meeting: Meeting, calendar: Calendar, term: Term | None, today: date
) -> tuple[list[tuple[int, date]], list[Lost], list[tuple[date, date]], str]:
    """Every date meant, with the weekday whose timetable it runs; what falls out; what moves; or why nothing is meant."""
    weekdays = (meeting.weekday,) if meeting.weekday else when.weekdays
    if meeting.weeks and term is not None:
        if any(week > term.weeks for week in meeting.weeks):
            return [], [], [], "outside_term"
        found = calendar.dates(term, meeting.weeks, weekdays)
        plain = [(term.day(each.week, each.weekday), each.day) for each in found.taught]
        elsewhere = [both for both in plain if both[0] != both[1]]
        return [(each.weekday, each.day) for each in found.taught], list(found.lost), elsewhere, ""
    first = when.first_day or today
    last = when.last_day or first + (USUAL_DAYS - 1) * DAY
    if last < first:
        return [], [], [], "backward"
    if (last - first).days >= MOST_DAYS:
        return [], [], [], "too_many_days"
    days: list[tuple[int, date]] = []
    lost: list[Lost] = []
    moved: list[tuple[date, date]] = []
    for n in range((last - first).days + 1):
        day = first + n * DAY
        runs_as = calendar.days.timetable_of(day) or (day if when.holidays else None)
        if runs_as is not None and runs_as.isoweekday() in weekdays:
            days.append((runs_as.isoweekday(), day))
            moved += [(runs_as, day)] if runs_as != day else []
        elif runs_as is None and day.isoweekday() in weekdays:
            lost.append(Lost(day, calendar.week_of(day) or 0, day.isoweekday(), calendar.days.status(day)))
    return days, lost, moved, "" if days or lost else "no_days"


def _fixed(meeting: Meeting, days: Sequence[tuple[int, date]], calendar: Calendar) -> list[Slot]:
    """The very periods that a week string names, on each of its days."""
    found = []
    for _, day in days:
        for first, last in runs(meeting.periods):
            found += [
                stretch.on(day)
                for stretch in period_stretches(calendar.bells.on(day), last - first + 1, first, last)
                if stretch.periods == label_of(first, last)
            ]
    return found


def _patterns(when: When, days: Sequence[tuple[int, date]], calendar: Calendar) -> list[Pattern]:
    """Any one date at any of the times; as a series, one pattern for each weekday and time of day."""
    times: dict[tuple[Period, ...], list[Stretch]] = {}
    found: dict[tuple[int, object], list[Slot]] = {}
    for weekday, day in days:
        periods = () if when.by_clock else calendar.bells.on(day)
        if periods not in times:
            times[periods] = by_clock(when) if when.by_clock else by_periods(when, periods)
        for stretch, slot in zip(times[periods], _on(day, times[periods]), strict=True):
            found.setdefault((weekday, stretch.periods or stretch), []).append(slot)
    if when.weekly:
        return [Pattern(tuple(sorted(slots, key=lambda slot: slot.span))) for slots in found.values()]
    return [Pattern((slot,)) for slots in found.values() for slot in slots]


def _on(day: date, stretches: Sequence[Stretch]) -> list[Slot]:
    """Each stretch on a day; on one of 24 hours by adding to its midnight, for there may be thousands."""
    midnight = local_midnight(day)
    if local_midnight(day + DAY) - midnight != DAY:
        return [stretch.on(day) for stretch in stretches]
    return [
        Slot(Span(midnight + each.start_minute * _MINUTE, midnight + each.end_minute * _MINUTE), each.periods)
        for each in stretches
    ]


def by_clock(when: When) -> list[Stretch]:
    """Every half hour at which so many minutes may begin."""
    start, end = _PART_MINUTES.get(when.part, (0, 24 * 60))
    return clock_stretches(when.minutes, max(when.since, start), min(when.until, end))


def by_periods(when: When, periods: Sequence[Period]) -> list[Stretch]:
    """Every run of so many class periods; of two, the double periods that teachers think in, where there are any."""
    start, end = _PART_MINUTES.get(when.part, (0, 24 * 60))
    fitting = [period for period in periods if start <= period.start_minute < end]
    found = period_stretches(fitting, when.count, when.first, when.last)
    if when.count == 2 and len(found) > 2:
        return [each for each in found if int(each.periods.partition("-")[0]) % 2 == 1] or found
    return found
