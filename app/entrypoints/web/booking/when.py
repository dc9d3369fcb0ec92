"""When a booking form means: its words (第3-10周(双) 周二 3-4节) and its pickers, each filling the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext

from app.booking.rules.meetings import (
    Picked,
    Plan,
    alone,
    meetings_in,
    meetings_picked,
    picked,
    plan,
    reasons_against_meetings,
    reasons_against_text,
)
from app.booking.rules.series import days_until, slots_on
from app.entrypoints import wording
from app.entrypoints.formats import meetings_text
from app.entrypoints.web.booking.form import CLOCK, DATES, ONCE, PERIODS, UNTIL, WEEKS, BookingForm, Read
from app.foundation.identifiers import id_from_text
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import Term
from app.timetable.rules.weeks import Meeting, Unclear


def settle(form: BookingForm, calendar: Calendar, term: Term | None, read: Read) -> Plan:
    """The dates that the form means, those left out left out; what is wrong is put on its field.

    Of words and pickers the one that was changed since the form was shown counts, and fills the other. Where both
    were changed and say different things, nothing is guessed.
    """
    text, was = _plain(form.when.data), _plain(form.when_was.data)
    in_words = bool(text) and text != was
    found = _by_words(form, calendar, term, text) if in_words else _by_pickers(form, calendar, term, read, text)
    kept = tuple(each for each in found.planned if each.day not in read.leave_out)
    if not kept and not has_errors(form):
        form.repeat.errors = [*form.repeat.errors, gettext("No date is left.")]
    if not form.when.errors:
        form.when_was.data = form.when.data = _words(form, calendar, term, found, text)
        form.picks_were.data = _signature(form)
    return Plan(kept, found.left_out)


def has_errors(form: BookingForm) -> bool:
    """Whether anything about the time is wrong."""
    parts = (form.when, form.repeat, form.weekday, form.week, form.until, form.day, form.first, form.last)
    return any(part.errors for part in (*parts, form.start, form.end, form.end_day))


# ── words ──


def _by_words(form: BookingForm, calendar: Calendar, term: Term | None, text: str) -> Plan:
    if term is None:
        _say(
            form.when, [gettext("There is no term here yet, so that teaching weeks mean no dates. Choose dates below.")]
        )
        return Plan()
    by_clock = form.mode.data == CLOCK
    meetings, reasons = reasons_against_text(text, term, by_clock=by_clock)
    if reasons:
        _say(form.when, wording.sentences(reasons))
        return Plan()
    if form.picks_were.data and form.picks_were.data != _signature(form) and _picked_in_weeks(form, "") != meetings:
        _say(form.when, [gettext("These words and the choices below were both changed and say different things.")])
        return Plan()
    in_periods = all(meeting.periods for meeting in meetings)
    time = None if in_periods else form.clock_time()
    if time is None and not in_periods:
        return Plan()
    found = plan(calendar, term, meetings, time, keep_lost=form.keep_lost.data)
    chosen = picked(meetings)
    form.repeat.data = WEEKS
    form.week.data = [str(week) for week in chosen.weeks]
    form.weekday.data = [str(day) for day in chosen.weekdays]
    day = found.planned[0].day if found.planned else term.day(chosen.weeks[0], chosen.weekdays[0])
    form.day.data, form.day.errors = day, ()
    form.offer_periods(calendar.bells.on(day))
    if chosen.first and chosen.last and form.first.choices:
        form.mode.data, form.first.data, form.last.data = PERIODS, str(chosen.first), str(chosen.last)
    return _rung(form, found)


def _words(form: BookingForm, calendar: Calendar, term: Term | None, found: Plan, was: str) -> str:
    """What the pickers say, in words; empty where they say no weeks."""
    if form.repeat.data == WEEKS:
        return meetings_text(_picked_in_weeks(form, was, term))
    if form.repeat.data != ONCE or len(found.planned) != 1:
        return ""
    one = found.planned[0]
    runs = calendar.runs(one.day)
    if runs is None or not one.slot.periods or (term is not None and runs[0].id != term.id):
        return ""
    first, _, last = one.slot.periods.partition("-")
    return meetings_text([Meeting((runs[1],), runs[2], tuple(range(int(first), int(last or first) + 1)))])


# ── pickers ──


def _by_pickers(form: BookingForm, calendar: Calendar, term: Term | None, read: Read, was: str) -> Plan:
    if form.repeat.data == WEEKS:
        return _in_weeks(form, calendar, term, was)
    moment = form.time_of_day(calendar.bells)
    days = _days(form, read)
    return alone(calendar, slots_on(days, moment)) if moment is not None else Plan()


def _days(form: BookingForm, read: Read) -> list[date]:
    first: date | None = form.day.data
    if form.repeat.data == DATES:
        return list(read.dates)
    if first is None or form.day.errors:
        return []
    if form.repeat.data != UNTIL:
        return [first]
    if form.until.errors:
        return []
    if form.until.data is None or form.until.data < first:
        _say(form.until, [gettext("Until when? It must not be before the first date.")])
        return []
    return days_until(first, form.until.data, _weekdays(form) or [first.isoweekday()])


def _in_weeks(form: BookingForm, calendar: Calendar, term: Term | None, was: str) -> Plan:
    meetings = _picked_in_weeks(form, was, term)
    if term is None or not meetings or not meetings[0].weeks:
        _say(form.week, [gettext("Please choose at least one teaching week.")])
        return Plan()
    by_clock = form.mode.data == CLOCK or not form.first.choices
    time = form.clock_time() if by_clock else None
    if by_clock and time is None:
        return Plan()
    if not by_clock and form.chosen_periods() is None:
        return Plan()
    if reasons := reasons_against_meetings(meetings, term, by_clock=by_clock):
        _say(form.week, wording.sentences(reasons))
        return Plan()
    return _rung(form, plan(calendar, term, meetings, time, keep_lost=form.keep_lost.data))


def _picked_in_weeks(form: BookingForm, was: str, term: Term | None = None) -> tuple[Meeting, ...]:
    """The meetings that weeks, weekdays and periods say; those of the words before that pickers cannot show stay."""
    rest: tuple[Meeting, ...] = ()
    if was and term is not None:
        try:
            before = meetings_in(was, term)
        except Unclear:
            before = ()
        if before and form.picks_were.data == _signature(form):
            return before
        rest = picked(before).rest
    weeks = sorted({week for each in form.week.data or () if (week := id_from_text(each)) is not None})
    weekdays = _weekdays(form) or ([form.day.data.isoweekday()] if form.day.data else [])
    first = last = None
    if form.mode.data == PERIODS:
        first, last = id_from_text(form.first.data or ""), id_from_text(form.last.data or "")
    if first is not None and last is not None and first > last:
        first = last = None
    return meetings_picked(Picked(tuple(weeks), tuple(weekdays), first, last, rest))


def _weekdays(form: BookingForm) -> list[int]:
    return sorted({int(each) for each in form.weekday.data or () if each in tuple("1234567")})


def _rung(form: BookingForm, found: Plan) -> Plan:
    """Where the periods ring on none of the days, that is what is wrong."""
    silent = [each for each in found.left_out if each.why.kind == "silent"]
    if silent and not found.planned:
        _say(form.when, wording.sentences([each.not_rung for each in silent[:3]]))
    return found


def _signature(form: BookingForm) -> str:
    """What the pickers say, in short, to see later whether they were changed."""
    first, last = form.first.data or "", form.last.data or ""
    time = f"{first}-{last}" if form.mode.data == PERIODS else f"{form.start.data or ''}-{form.end.data or ''}"
    if form.repeat.data != WEEKS:
        return f"{form.repeat.data}|{time}"
    return "|".join((WEEKS, ",".join(form.week.data or ()), ",".join(form.weekday.data or ()), time))


def _plain(text: Any) -> str:
    return str(text or "").strip()


def _say(field: Any, sentences: Sequence[str]) -> None:
    field.errors = [*field.errors, *(each for each in sentences if each not in field.errors)]


def slots_in_words(text: str, calendar: Calendar, term: Term | None) -> tuple[Plan, list[str]]:
    """Dates said in words alone, and sentences on what is wrong with them."""
    if term is None:
        return Plan(), [gettext("There is no term here yet, so that teaching weeks mean no dates. Choose dates below.")]
    meetings, reasons = reasons_against_text(text, term)
    found = plan(calendar, term, meetings) if not reasons else Plan()
    if not found.planned and not reasons:
        reasons = [each.not_rung for each in found.left_out if each.why.kind == "silent"]
        return found, wording.sentences(reasons) or [gettext("No date is left.")]
    return found, wording.sentences(reasons)
