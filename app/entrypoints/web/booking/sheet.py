"""The booking form as a whole: read from an address or a post, and turned into what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.booking.actions import form as choosing
from app.booking.actions.self_check import asks_of_learners
from app.booking.rules.listing import Named, PlacedUnit
from app.booking.rules.meetings import Plan
from app.booking.rules.request import Asked
from app.consortium.rules.office import Actor
from app.entrypoints.formats import day_text, example, named, short_day_text, weekday_text
from app.entrypoints.web.booking.alternatives import read
from app.entrypoints.web.booking.form import (
    CLOCK,
    DATES,
    ONCE,
    BookingForm,
    Read,
    cleaned,
    fill_when,
    local_from_text,
    read_beside,
)
from app.entrypoints.web.booking.when import settle
from app.foundation.identifiers import id_from_text
from app.foundation.timespan import local_day
from app.timetable.rules.bell import Period
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import Term
from app.timetable.rules.weeks import LONGEST_TEXT

NO_PLAN = Plan()


@dataclass(slots=True)
class Sheet:
    """A booking form with all that was read beside it. `asked` is None while something cannot be understood."""

    form: BookingForm
    read: Read
    calendar: Calendar
    term: Term | None = None
    plan: Plan = NO_PLAN
    asked: Asked | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def terms(self) -> list[Term]:
        """The terms to choose from: the organisation's own and the consortium's."""
        whose = (self.calendar.member_id, None)
        return sorted(
            (term for term in self.calendar.terms if term.member_id in whose), key=lambda term: term.first_monday
        )

    @property
    def periods(self) -> tuple[Period, ...]:
        """The class periods of the chosen day."""
        return self.calendar.bells.on(self.form.day.data) if self.form.day.data else ()


def from_address(who: Actor, values: MultiDict[str, str], now: datetime) -> Sheet:
    """The form as a link opens it: units, `start` and `end` on the local clock, and whatever else the link knows."""
    read = read_beside(values)
    form = BookingForm(formdata=None)
    form.offer_purposes()
    sheet = Sheet(form, read, _calendar(values, read), problems=list(read.problems))
    form.fresh_key()
    form.repeat.data = DATES if len(read.dates) > 1 else ONCE
    for one in (form.title, form.note):
        one.data = cleaned(values.get(one.name, ""), 120 if one is form.title else 2000)
    form.purpose.data = values.get("purpose", "teaching")
    form.headcount.data = id_from_text(values.get("headcount", ""))
    form.holder.data = values.get("holder", "")
    form.calendar.data, form.term.data = values.get("calendar", ""), values.get("term", "")
    form.when.data, form.keep_lost.data = cleaned(values.get("when", ""), LONGEST_TEXT), False
    _fill_time(sheet, values, now)
    _set_term(sheet)
    day = form.day.data or local_day(now)
    form.weekday.data = [str(day.isoweekday())]
    week = sheet.term.week_of(day) if sheet.term else None
    form.week.data = [str(each) for each in range(week or 1, (sheet.term.weeks if sheet.term else 0) + 1)]
    if form.when.data or (form.start.data and form.end.data):
        sheet.asked = _asked(sheet, who)
    elif form.mode.data != CLOCK:
        settle(form, sheet.calendar, sheet.term, read)
    return sheet


def _fill_time(sheet: Sheet, values: MultiDict[str, str], now: datetime) -> None:
    start, end = values.get("start", ""), values.get("end", "")
    begins, ends = local_from_text(start) if start else None, local_from_text(end) if end else None
    sheet.form.day.data = begins[0] if begins else local_day(now)
    sheet.form.offer_periods(sheet.periods)
    if (start and begins is None) or (end and ends is None):
        sheet.problems.append(gettext("The time in the address cannot be read."))
    if begins is not None and ends is not None and begins < ends:
        fill_when(sheet.form, begins[0], begins[1], ends[0], ends[1], sheet.periods)
        if values.get("by") == CLOCK:  # the same time on every date, whatever rings there later in the term
            sheet.form.mode.data = CLOCK
        return
    if begins is not None and ends is not None:
        sheet.problems.append(gettext("The end must be after the start."))
    if sheet.periods and sheet.form.mode.data != "clock":
        sheet.form.first.data, sheet.form.last.data = (str(each.number) for each in (sheet.periods * 2)[:2])


def from_post(values: MultiDict[str, str]) -> Sheet:
    """The form as it was sent. `accept` (days, with commas) are dates left out because the person said so."""
    if accepted := values.get("accept"):
        values = MultiDict(values)
        for day in accepted[:20_000].split(","):
            values.add("leave_out", day)
    read = read_beside(values)
    form = BookingForm(formdata=values)
    form.offer_purposes()
    form.sound_key()
    sheet = Sheet(form, read, _calendar(values, read), problems=list(read.problems))
    form.offer_periods(sheet.periods)
    _set_term(sheet)
    return sheet


def _calendar(values: Mapping[str, str], read: Read) -> Calendar:
    """By the calendar that was chosen, else by that of the place."""
    return choosing.calendar_at([want.unit_id for want in read.wants], id_from_text(values.get("calendar", "")))


def understand(sheet: Sheet, who: Actor, *, strictly: bool = True) -> None:
    """Set `asked`, or leave it None with the errors on the form. Not `strictly`: only what and when need be there."""
    form = sheet.form
    form.validate()
    if not sheet.read.wants:
        sheet.problems.append(gettext("Please choose what to book."))
    sheet.asked = _asked(sheet, who)
    if not strictly:
        return
    if form.errors or sheet.problems:
        sheet.asked = None


def _asked(sheet: Sheet, who: Actor) -> Asked | None:
    form = sheet.form
    sheet.plan = settle(form, sheet.calendar, sheet.term, sheet.read)
    slots = sheet.plan.slots
    holder = form.holder_id(who.person_id)
    if holder is None:
        sheet.problems.append(gettext("The person to book for cannot be read."))
    if not slots or not sheet.read.wants or holder is None or who.member_id is None:
        return None
    return Asked(
        wants=sheet.read.wants,
        slots=tuple(slots),
        purpose=form.purpose.data or "teaching",
        title=(form.title.data or "").strip(),
        member_id=who.member_id,
        holder_id=holder,
        headcount=form.headcount.data,
        note=(form.note.data or "").strip(),
        declared=form.declared,
    )


def _set_term(sheet: Sheet) -> None:
    """The chosen term, else the one that the day lies in or near."""
    form, wanted = sheet.form, id_from_text(sheet.form.term.data or "")
    sheet.term = next((term for term in sheet.terms if term.id == wanted), None)
    if sheet.term is None and form.day.data is not None and not form.day.errors:
        sheet.term = sheet.calendar.term_near(form.day.data)
    form.term.data = str(sheet.term.id) if sheet.term else ""


def offer_all(sheet: Sheet, who: Actor, today: date) -> choosing.Choices:
    """Everything the page lets one choose from."""
    found = choosing.choices(who, [want.unit_id for want in sheet.read.wants], today)
    form = sheet.form
    if sheet.term is None:
        _set_term(sheet)
    coming = [term for term in sheet.terms if term.last_day >= today or term == sheet.term]
    form.term.choices = [(str(term.id), named(term)) for term in coming]
    form.calendar.choices = [(str(each.id), named(each)) for each in _calendars(sheet, who)]
    form.calendar.data = str(sheet.calendar.member_id or "")
    form.weekday.choices = [(str(n), weekday_text(date(2024, 1, n))) for n in range(1, 8)]
    form.week.choices = (
        [(str(week), str(week)) for week in range(1, sheet.term.weeks + 1)] if sheet.term is not None else []
    )
    form.weekday.data, form.week.data = form.weekday.data or [], form.week.data or []
    if form.repeat.data == DATES and not sheet.read.dates:
        form.repeat.data = ONCE
    if form.repeat.data == DATES or len(sheet.read.dates) > 1:
        form.repeat.choices = [
            *form.repeat.choices,
            (DATES, gettext("On %(n)s chosen dates", n=len(sheet.read.dates))),
        ]
    others = [(str(person_id), name) for person_id, name in found.people if person_id != who.person_id]
    form.holder.choices = [("", gettext("Myself (%(name)s)", name=who.name)), *others]
    if len(found.units) < len(sheet.read.wants):
        sheet.problems.append(gettext("One of the chosen units is not here any more."))
    return found


def _calendars(sheet: Sheet, who: Actor) -> list[Named]:
    return choosing.calendars(who, [want.unit_id for want in sheet.read.wants], sheet.calendar.member_id)


def take_offer(sheet: Sheet, value: str) -> None:
    """Put an offered choice into the form; a value that is none leaves the form as it was, with a sentence."""
    pieces = read(value)
    if len(pieces) != 1:
        sheet.problems.append(gettext("This choice cannot be read."))
        return
    [piece] = pieces
    days, start, end = piece.days, piece.start_minute, piece.end_minute
    sheet.read = Read(piece.wants, days if len(days) > 1 else ())
    whole_days, rest = divmod(end, 24 * 60)
    last_day = date.fromordinal(days[0].toordinal() + whole_days) if end > 24 * 60 else days[0]
    fill_when(sheet.form, days[0], start, last_day, end, sheet.calendar.bells.on(days[0]))
    sheet.form.end.data = time(rest // 60, rest % 60)
    sheet.form.repeat.data = DATES if len(days) > 1 else ONCE
    sheet.form.when.data = ""


def unit_line(unit: PlacedUnit) -> str:
    """数控实训室 · 智能制造实训基地."""
    parts = [named(unit.base)] if unit.kind == "room" else [named(unit.lab), named(unit.base)]
    return " · ".join(parts)


def as_context(sheet: Sheet, who: Actor, today: date) -> dict[str, Any]:
    """What the template of the form is drawn from."""
    found = offer_all(sheet, who, today)
    quantities = {want.unit_id: want.quantity for want in sheet.read.wants}
    return {
        "form": sheet.form,
        "sheet": sheet,
        "units": found.units,
        "asks_learners": asks_of_learners(quantities),
        "siblings": found.siblings,
        "quantities": quantities,
        "term": sheet.term,
        "example": example(),
        "this_week": _this_week(sheet.term, today),
        "weeks": _weeks(sheet),
        "unit_line": unit_line,
        "named": named,
        "day_text": day_text,
    }


def _this_week(term: Term | None, today: date) -> int:
    """The first teaching week that is not over yet."""
    return max((today - term.first_monday).days // 7 + 1, 1) if term else 1


def _weeks(sheet: Sheet) -> list[tuple[str, str, bool]]:
    """Each teaching week with its Monday and whether it is chosen."""
    if sheet.term is None:
        return []
    chosen = set(sheet.form.week.data or ())
    return [
        (str(week), short_day_text(sheet.term.day(week, 1)), str(week) in chosen)
        for week in range(1, sheet.term.weeks + 1)
    ]
