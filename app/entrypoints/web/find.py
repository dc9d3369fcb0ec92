"""Find me a slot: what, how many, how long, when; the free choices, one press from being booked."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext

from app.booking.actions import looking as looking_actions
from app.booking.rules.availability import (
    Choice,
    Stretch,
    clock_stretches,
    free_dates,
    free_series,
    period_stretches,
)
from app.booking.rules.request import Want
from app.booking.store import looking
from app.booking.store.looking import BaseLine, UnitLine
from app.entrypoints import clock, gate
from app.entrypoints.formats import clock_text, day_text, is_chinese, named, weekday_text
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.timetable import minute_of
from app.foundation.identifiers import id_from_text
from app.foundation.timespan import DAY, local_day
from app.timetable.rules.bell import Period
from app.timetable.rules.term import Term
from app.timetable.store.calendar import calendar as calendar_of

MOST_UNITS = 60
MOST_DAYS = 140
MOST_SLOTS = 36
"""So many times are shown; whoever wants others narrows the search."""
MOST_BESIDE = 4
"""So many units are named beside one time; the rest is counted."""

_WEEKS = re.compile(r"^\s*(\d{1,2})(?:\s*[-–~至]\s*(\d{1,2}))?\s*$")


@dataclass(slots=True)
class Wish:
    """What the address asks for. `problems` are sentences about what could not be read."""

    base: int | None = None
    lab: int | None = None
    units: tuple[int, ...] = ()
    kind: str = "usual"
    text: str = ""
    many: int = 1
    by_clock: bool = False
    count: int = 2
    minutes: int = 120
    weeks: str = ""
    first_day: str = ""
    last_day: str = ""
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    first: int = 1
    last: int = 0
    since: str = "08:00"
    until: str = "22:00"
    weekly: bool = False
    asked: bool = False
    problems: tuple[str, ...] = ()

    @property
    def sought(self) -> str:
        """The kind to look for, empty for any: unless she chose one, whole labs, but anything that words or units name."""
        if self.kind != "usual":
            return self.kind
        return "" if self.text or self.units else "room"


def wish() -> Wish:
    """The wish in the address."""
    words = request.args
    problems: list[str] = []

    def number(name: str, usual: int, least: int, most: int, label: str) -> int:
        text = words.get(name, "").strip()
        if not text:
            return usual
        found = id_from_text(text)
        if found is None or not least <= found <= most:
            problems.append(
                gettext(
                    "%(field)s must be a whole number from %(least)s to %(most)s.", field=label, least=least, most=most
                )
            )
            return usual
        return found

    weekdays = tuple(sorted({int(each) for each in words.getlist("weekday") if each in "1234567" and each}))
    kind = words.get("kind", "usual")
    return Wish(
        base=id_from_text(words.get("base", "")),
        lab=id_from_text(words.get("lab", "")),
        units=tuple(found for each in words.getlist("unit")[:MOST_UNITS] if (found := id_from_text(each))),
        kind=kind if kind in ("usual", "room", "machine", "pool", "stations") else "",
        text=words.get("text", "").replace("\x00", "").strip()[:80],
        many=number("many", 1, 1, 10_000, gettext("How many")),
        by_clock=words.get("by") == "clock",
        count=number("count", 2, 1, 14, gettext("Class periods")),
        minutes=number("minutes", 120, 5, 24 * 60, gettext("Minutes")),
        weeks=words.get("weeks", "").strip()[:60],
        first_day=words.get("from", "").strip()[:10],
        last_day=words.get("to", "").strip()[:10],
        weekdays=weekdays or (1, 2, 3, 4, 5),
        first=number("first", 1, 1, 30, gettext("From period")),
        last=number("last", 0, 1, 30, gettext("To period")),
        since=words.get("since", "08:00"),
        until=words.get("until", "22:00"),
        weekly=words.get("repeat") == "weekly",
        asked="asked" in words or bool(words.getlist("unit")),
        problems=tuple(problems),
    )


@web.get("/book/find")
@gate.needs("booking.request")
def find() -> Any:
    """The form and, once something is asked for, what is free."""
    who, today = actor(), clock.today()
    asked = wish()
    bases = looking.bases(today)
    home = next((base for base in bases if base.id == asked.base), None)
    calendar = calendar_of(home.calendar_id, home.campus) if home else calendar_of(who.member_id)
    terms = calendar.terms
    term = calendar.term_near(today)
    periods = calendar.bells.on(today)
    asked.by_clock = asked.by_clock or not periods
    problems = list(asked.problems)
    found: list[Any] = []
    total, remark = 0, ""
    if asked.asked:
        days = _days(asked, term, today, problems)
        stretches = _stretches(asked, periods, problems)
        if not problems:
            lines = looking.unit_lines(
                today, asked.base, asked.lab, asked.units or None, asked.sought, asked.text, MOST_UNITS + 1
            )
            found, total = _search(asked, lines[:MOST_UNITS], days, stretches, terms, bases)
            remark = (
                gettext("More than %(n)s units fit these words; only the first were looked at.", n=MOST_UNITS)
                if len(lines) > MOST_UNITS
                else ""
            )
    return page(
        "find/find.html",
        wish=asked,
        bases=bases,
        term=term,
        this_week=term.week_of(today) if term else None,
        periods=periods,
        problems=problems,
        remark=remark,
        found=found,
        total=total,
        most=MOST_SLOTS,
        weekday_names=[(n, weekday_text(date(2024, 1, n))) for n in range(1, 8)],
        today=today,
    )


def _search(
    asked: Wish,
    lines: Sequence[UnitLine],
    days: Sequence[date],
    stretches: Sequence[Stretch],
    terms: Sequence[Term],
    bases: Sequence[BaseLine],
) -> tuple[list[Any], int]:
    fitting = {line.id: want for line in lines if (want := _want(line, asked.many)) is not None}
    by_id = {line.id: line for line in lines}
    member_id = actor().member_id
    own = {base.id for base in bases if member_id in (base.host_id, base.operator_id, base.keeping_member_id)}
    ordered = sorted(fitting, key=lambda unit_id: (by_id[unit_id].base_id not in own, *_size(by_id[unit_id])))
    spaces = looking_actions.spaces(actor(), [(fitting[unit_id],) for unit_id in ordered], days, clock.now())
    names = {base.id: named(base) for base in bases if asked.base in (None, base.id)}
    if asked.weekly:
        choices = free_series(spaces, days, stretches, MOST_UNITS * len(stretches) * 7)
        choices.sort(
            key=lambda choice: (_weekday(choice), choice.slots[0].span.start.time(), choice.of - len(choice.slots))
        )
        rows = [
            _row(weekday_text(local_day(same[0].slots[0].span.start)), same, by_id, names, asked)
            for same in _grouped(choices, lambda choice: (_weekday(choice), _clock(choice)))
        ]
    else:
        choices = free_dates(spaces, days, stretches)
        rows = [
            _row(day_text(local_day(same[0].slots[0].span.start), terms), same, by_id, names, asked)
            for same in _grouped(choices, lambda choice: choice.slots[0].span)
        ]
    return [(day, list(group)) for day, group in groupby(rows[:MOST_SLOTS], key=lambda row: row["day"])], len(rows)


def _grouped(choices: Sequence[Choice], key: Callable[[Choice], Any]) -> list[list[Choice]]:
    return [list(group) for _, group in groupby(choices, key=key)]


def _weekday(choice: Choice) -> int:
    return local_day(choice.slots[0].span.start).isoweekday()


def _row(
    day: str, same: Sequence[Choice], by_id: dict[int, UnitLine], names: dict[int, str], asked: Wish
) -> dict[str, Any]:
    """One time and what is free then. Of a weekly pattern each chip says how many of the dates it covers."""
    chips = [
        {
            "name": _unit_name(by_id[each.wants[0].unit_id], names),
            "url": _address(each, asked),
            "covers": len(each.slots),
            "of": each.of,
            "missing": not each.is_whole,
        }
        for each in same[:MOST_BESIDE]
    ]
    return {
        "day": day,
        "when": _when(same[0]),
        "clock": _clock(same[0]),
        "chips": chips,
        "more": len(same) - MOST_BESIDE,
    }


def _want(line: UnitLine, many: int) -> Want | None:
    """So many people in a room, or so many of a shared unit; one machine is one machine. None where it is too small."""
    if line.kind == "room":
        return Want(line.id) if many == 1 or line.seats is None or line.seats >= many else None
    return Want(line.id, many) if line.capacity >= many else None


def _size(line: UnitLine) -> tuple[int, int]:
    """The smallest that is large enough comes first."""
    return (line.seats or 0) if line.kind == "room" else line.capacity, line.id


def _unit_name(line: UnitLine, bases: dict[int, str]) -> str:
    lab = line.lab_name_zh if is_chinese() or not line.lab_name_en else line.lab_name_en
    name = lab if line.kind == "room" else f"{lab} · {named(line)}"
    return f"{name} ({bases.get(line.base_id, '')})" if len(bases) > 1 else name


def _when(choice: Choice) -> str:
    periods = choice.slots[0].periods
    if not periods:
        return _clock(choice)
    first, _, last = periods.partition("-")
    if not last:
        return gettext("Period %(n)s", n=first)
    return gettext("Periods %(first)s–%(last)s", first=first, last=last)


def _clock(choice: Choice) -> str:
    span = choice.slots[0].span
    end = clock_text(span.end)
    return f"{clock_text(span.start)}–{'24:00' if end == '00:00' else end}"


def _address(choice: Choice, asked: Wish) -> str:
    """The booking form with this choice filled in."""
    words: list[tuple[str, Any]] = []
    for want in choice.wants:
        words.append(("unit", want.unit_id))
        if want.quantity > 1:
            words.append((f"quantity_{want.unit_id}", want.quantity))
    span = choice.slots[0].span
    day = local_day(span.start)
    end = clock_text(span.end)
    end_text = f"{day}T24:00" if end == "00:00" else f"{local_day(span.end)}T{end}"
    words += [("start", f"{day}T{clock_text(span.start)}"), ("end", end_text)]
    if choice.of > 1:
        words += [("on", local_day(slot.span.start)) for slot in choice.slots]
    if asked.many > 1:
        words.append(("headcount", asked.many))
    return "/book/new?" + urlencode(words)


# ── reading days and times ──


def _days(asked: Wish, term: Term | None, today: date, problems: list[str]) -> list[date]:
    if asked.weeks:
        if term is None:
            problems.append(gettext("There is no term, so weeks have no numbers. Give days instead."))
            return []
        weeks = weeks_from_text(asked.weeks, term.weeks)
        if weeks is None:
            problems.append(
                gettext("Weeks are written like 3-10 or 1-4,6,8-9, up to week %(last)s of the term.", last=term.weeks)
            )
            return []
        days = [term.day(week, weekday) for week in weeks for weekday in asked.weekdays]
        days = [day for day in days if day >= today]
        if not days:
            problems.append(gettext("All of these weeks are over."))
        return days
    first = _day(asked.first_day, problems) or today
    last = _day(asked.last_day, problems) or first + 13 * DAY
    if last < first:
        problems.append(gettext("The last day must not be before the first."))
    if (last - first).days >= MOST_DAYS:
        problems.append(gettext("At most %(n)s days can be searched at once.", n=MOST_DAYS))
    if problems:
        return []
    every = (first + n * DAY for n in range((last - first).days + 1))
    days = [day for day in every if day.isoweekday() in asked.weekdays and day >= today]
    if not days:
        problems.append(gettext("None of these weekdays lies within these days."))
    return days


def weeks_from_text(text: str, most: int) -> list[int] | None:
    """`3-10,12` as numbers in order; None where it cannot be read or a week lies outside 1 to `most`."""
    found: set[int] = set()
    for part in re.split(r"[,，、;；]", text.removesuffix("周")):
        match = _WEEKS.match(part)
        if match is None:
            return None
        first = int(match[1])
        last = int(match[2] or match[1])
        if not 1 <= first <= last <= most:
            return None
        found.update(range(first, last + 1))
    return sorted(found)


def _day(text: str, problems: list[str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not 1980 <= day.year <= 2200:
        problems.append(gettext("This is not a day: %(text)s", text=text))
        return None
    return day


def _stretches(asked: Wish, periods: Sequence[Period], problems: list[str]) -> list[Stretch]:
    if not asked.by_clock:
        found = period_stretches(periods, asked.count, asked.first, asked.last or None)
        if asked.count == 2 and len(found) > 2:  # teachers think in double periods: 1-2, 3-4, and so on
            found = [stretch for stretch in found if int(stretch.periods.partition("-")[0]) % 2 == 1] or found
        if not found:
            problems.append(gettext("There are no %(n)s class periods in a row between these.", n=asked.count))
        return found
    since, until = minute_of(asked.since), minute_of(asked.until)
    if since is None or until is None or since >= until:
        problems.append(gettext("Times are written like 08:00, and the end lies after the start."))
        return []
    stretches = clock_stretches(asked.minutes, since, until)
    if not stretches:
        problems.append(gettext("That long a time does not fit between these hours."))
    return stretches
