"""The dates of a lesson: its weeks, weekday and periods laid on a term and the bells that ring there."""

from __future__ import annotations

from app.booking.rules.lessons.lesson import Lesson
from app.booking.rules.request import Slot
from app.timetable.rules.bell import label_of, runs, span_of_periods
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import Term

WHOLE_WEEK = (1, 2, 3, 4, 5)
"""The weekdays of a practice week."""


def slots_of(lesson: Lesson, term: Term, calendar: Calendar) -> list[Slot]:
    """Every date of a lesson, in order of time; periods with a gap between them are dates of their own.

    Empty where the bell table lacks one of its periods. A lesson without a weekday takes every period that rings.
    """
    slots = []
    weekdays = WHOLE_WEEK if lesson.weekday is None else [lesson.weekday]
    for day in calendar.dates(term, lesson.weeks, weekdays).days:
        bells = calendar.bells.on(day)
        for first, last in runs(lesson.periods or [period.number for period in bells]):
            span = span_of_periods(bells, day, first, last)
            if span is None:
                return []
            slots.append(Slot(span, label_of(first, last)))
    return sorted(slots, key=lambda slot: slot.span)
