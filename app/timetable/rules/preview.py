"""Preview: what a decision about a day would change on the calendar, and what about it looks like a mistake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.timetable.rules.calendar import Calendar
from app.timetable.rules.days import OFF, RuleForm
from app.timetable.rules.term import Block


@dataclass(frozen=True, slots=True)
class Given:
    """What is taught on a day: the timetable of `runs` (None: nothing at all)."""

    day: date
    runs: date | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that may be a mistake. `code`:

    ordinary       the lost day is an ordinary teaching day; nothing was lost there
    own_falls_out  the make-up day is itself an ordinary teaching day, whose own timetable falls out
    lost_outside   the lost day lies outside the term: nothing is given
    day_outside    the make-up day lies outside the term of the lost day: nothing is given
    block          one of the days lies in weeks without a normal timetable (`block`)
    of_no_effect   nothing is taught there anyway
    """

    code: str
    day: date
    block: Block | None = None


def changes(before: Calendar, after: Calendar, days: list[date]) -> list[tuple[Given, Given]]:
    """For each of these days on which something else is taught afterwards: what is taught before and after."""
    pairs = [
        (Given(day, before.days.timetable_of(day)), Given(day, after.days.timetable_of(day)))
        for day in sorted(set(days))
    ]
    return [(was, will) for was, will in pairs if was != will]


def doubts_about(form: RuleForm, before: Calendar) -> list[Doubt]:
    """What looks like a mistake in a decision, on the calendar as it stands without it."""
    day, lost = form.day, form.stands_for
    if day is None:
        return []
    if form.kind == OFF:
        return [Doubt("of_no_effect", day)] if before.days.timetable_of(day) is None else []
    if lost is None:
        return []
    found = []
    term = before.term_on(lost)
    if _is_ordinary(before, lost):
        found.append(Doubt("ordinary", lost))
    if _is_ordinary(before, day):
        found.append(Doubt("own_falls_out", day))
    if term is None:
        found.append(Doubt("lost_outside", lost))
        return found
    if term.week_of(day) is None:
        found.append(Doubt("day_outside", day))
    for each in (lost, day):
        week = term.week_of(each)
        block = before.block_on(term, week) if week else None
        if block is not None:
            found.append(Doubt("block", each, block))
    return found


def _is_ordinary(calendar: Calendar, day: date) -> bool:
    return day.isoweekday() <= 5 and calendar.days.status(day).kind == "plain" and calendar.week_of(day) is not None
