"""The answers of a search in words: what each choice is, why it stands where it stands, and the press that books it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext

from app.booking.actions.finding import Places
from app.booking.rules.finding import BASE, CAMPUS, LAB, Findings, Fit, Found, Missing
from app.booking.rules.request import Slot
from app.booking.rules.wish import Sought
from app.entrypoints.formats import clock_text, day_text, is_chinese, named, short_day_text, weekday_text
from app.entrypoints.web.find.wish import Asked
from app.entrypoints.wording.eligibility import lack_name
from app.foundation.timespan import local_day, local_minute
from app.timetable.rules.bell import span_of_label
from app.timetable.rules.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Press:
    """A link to the filled-in form. `note` says of which dates, where one form cannot hold them all."""

    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class At:
    """One time at which a choice can be had."""

    when: str
    clock: str
    covers: int
    of: int
    presses: tuple[Press, ...]
    missing: tuple[str, ...]
    label: str
    """All of it in one line, for whoever does not see the page."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One choice: what it is, where, for whom it is good, when."""

    names: tuple[str, ...]
    place: str
    facts: tuple[tuple[str, str], ...]
    """(sign, words): good, plain or mind."""
    at: At
    others: tuple[At, ...]
    asks: bool
    lacks: str = ""
    """What the reader has not that is asked of her, in words; empty where nothing is missing."""
    check_url: str = ""
    """The self-check of the unit she may not use yet."""


@dataclass(frozen=True, slots=True)
class Row:
    """One date and the choices at it."""

    day: str
    when: str
    clock: str
    answers: tuple[Answer, ...]
    more: int


class Answers:
    """Findings in words."""

    def __init__(self, asked: Asked, places: Places, found: Findings, calendar: Calendar) -> None:
        self._asked, self._found, self._calendar = asked, found, calendar
        self._bases = {base.id: named(base) for base in places.bases}
        self._rung: dict[tuple[str, int], bool] = {}
        """Whether a slot rings on a campus at its very time, by campus and the slot's identity."""
        self._days: dict[int, str] = {}

    def ranked(self) -> list[Answer]:
        return [self._answer(found) for found in self._found.ranked]

    def times(self) -> list[Row]:
        return [
            Row(
                day_text(local_day(time.slot.span.start), self._calendar.terms, self._calendar.member_id),
                when(time.slot),
                clock(time.slot),
                tuple(self._answer(found) for found in time.found),
                time.more,
            )
            for time in self._found.times
        ]

    def _answer(self, found: Found) -> Answer:
        bases = dict.fromkeys(self._bases.get(unit.base_id, "") for unit in found.units)
        names = tuple(self._unit_name(unit, want.quantity) for unit, want in zip(found.units, found.wants, strict=True))
        return Answer(
            names=names,
            place=gettext(", ").join(bases),
            facts=tuple(self._facts(found)),
            at=self._at(found, found.fit, names),
            others=tuple(self._at(found, fit, names) for fit in found.others),
            asks=found.needs_approval,
            lacks=self._lacks(found),
            check_url=self._check_url(found) if found.lacks else "",
        )

    def _lacks(self, found: Found) -> str:
        names = gettext(", ").join(dict.fromkeys(lack_name(name) for _, name in found.lacks))
        return gettext("you lack: %(what)s", what=names) if names else ""

    def _check_url(self, found: Found) -> str:
        asking = {unit_id for unit_id, _ in found.lacks}
        unit_id = next((unit.id for unit in found.units if unit.id in asking), found.units[0].id)
        span = found.fit.slots[0].span
        words = {
            "day": local_day(span.start).isoformat(),
            "start": clock_text(span.start),
            "end": clock_text(span.end),
        }
        return f"/units/{unit_id}/eligibility?{urlencode(words)}"

    def _unit_name(self, unit: Sought, quantity: int) -> str:
        lab = unit.lab_name_zh if is_chinese() or not unit.lab_name_en else unit.lab_name_en
        name = lab if unit.kind == "room" else f"{lab} · {named(unit)}"
        return gettext("%(unit)s × %(n)s", unit=name, n=quantity) if quantity > 1 else name

    def _facts(self, found: Found) -> list[tuple[str, str]]:
        """Why it stands where it stands, in the order in which that counts."""
        wish, facts = self._asked.wish, []
        if len(found.units) > 1:
            together = {
                LAB: gettext("all in one lab"),
                BASE: gettext("all in one base"),
                CAMPUS: gettext("on one campus"),
            }
            facts.append(
                ("good" if found.spread <= BASE else "mind", together.get(found.spread, gettext("on several campuses")))
            )
        if wish.near is not None:
            near = (gettext("on the wished campus"), gettext("same member, another campus"), gettext("elsewhere"))
            facts.append(("good" if found.nearness == 0 else "mind", near[found.nearness]))
        if found.is_own:
            facts.append(("good", gettext("your own")))
        if found.needs_approval:
            facts.append(("mind", gettext("needs approval")))
        facts += [("plain", words) for unit in found.units if (words := self._size(unit))]
        return facts

    def _size(self, unit: Sought) -> str:
        people = self._asked.wish.people
        if unit.kind == "room" and unit.seats is not None:
            if people is not None:
                return gettext("%(seats)s seats for %(people)s people", seats=unit.seats, people=people)
            return gettext("%(seats)s seats", seats=unit.seats)
        if unit.kind == "room" and people is not None:
            return gettext("number of seats unknown")
        return gettext("%(n)s of them there", n=unit.capacity) if unit.capacity > 1 else ""

    def _at(self, found: Found, fit: Fit, names: Sequence[str]) -> At:
        first = fit.slots[0]
        weekdays = dict.fromkeys(weekday_text(local_day(slot.span.start)) for slot in fit.slots)
        times = {(slot.periods, local_minute(slot.span.start)) for slot in fit.slots}
        several = len(times) > 1
        words = f"{'、'.join(weekdays) if is_chinese() else ', '.join(weekdays)} {when(first) if not several else ''}".strip()
        told = words if fit.of > 1 else f"{short_day_text(local_day(first.span.start))} {words}"
        label = gettext("%(names)s, %(when)s", names=" + ".join(names), when=told)
        if fit.of > 1:
            label = gettext("%(label)s, %(free)s of %(of)s dates", label=label, free=len(fit.slots), of=fit.of)
        return At(
            told,
            "" if several else clock(first),
            len(fit.slots),
            fit.of,
            tuple(self._presses(found, fit.slots)),
            tuple(_missing(fit.missing)),
            label,
        )

    def _presses(self, found: Found, slots: Sequence[Slot]) -> list[Press]:
        """One form where it can hold all dates: class periods ring there as here, or it is the same time on the clock."""
        if self._rings_alike(found, slots):
            return [Press(self._address(found, slots, by_clock=False))]
        groups = [list(group) for _, group in groupby(sorted(slots, key=_time_then_day), key=_time)]
        if len(groups) == 1:
            return [Press(self._address(found, slots, by_clock=True))]
        return [
            Press(
                self._address(found, group, by_clock=True),
                gettext("%(clock)s: %(n)s dates", clock=clock(group[0]), n=len(group)),
            )
            for group in groups
        ]

    def _rings_alike(self, found: Found, slots: Sequence[Slot]) -> bool:
        campus = found.units[0].campus
        return len({slot.periods for slot in slots}) == 1 and all(self._rings(campus, slot) for slot in slots)

    def _rings(self, campus: str, slot: Slot) -> bool:
        key = campus, id(slot)
        if key not in self._rung:
            day = local_day(slot.span.start)
            bells = self._calendar.bells.at(campus)
            self._rung[key] = bool(slot.periods) and span_of_label(bells.on(day), day, slot.periods) == slot.span
        return self._rung[key]

    def _address(self, found: Found, slots: Sequence[Slot], *, by_clock: bool) -> str:
        """The booking form with this choice filled in; numbers, days and times need no quoting but the colon's."""
        words: list[str] = []
        for want in found.wants:
            words.append(f"unit={want.unit_id}")
            if want.quantity > 1:
                words.append(f"quantity_{want.unit_id}={want.quantity}")
        span = slots[0].span
        day = self._day(slots[0])
        end = clock_text(span.end)
        end_text = f"{day}T24:00" if end == "00:00" else f"{local_day(span.end)}T{end}"
        words += [f"start={day}T{clock_text(span.start)}", f"end={end_text}"]
        if len(slots) > 1:
            words += [f"on={self._day(slot)}" for slot in slots]
        if self._calendar.member_id is not None:
            words.append(f"calendar={self._calendar.member_id}")
        if by_clock:
            words.append("by=clock")
        if self._asked.wish.people:
            words.append(f"headcount={self._asked.wish.people}")
        return "/book/new?" + "&".join(words).replace(":", "%3A")

    def _day(self, slot: Slot) -> str:
        found = self._days.get(id(slot))
        if found is None:
            found = self._days[id(slot)] = local_day(slot.span.start).isoformat()
        return found


def _time(slot: Slot) -> tuple[int, int]:
    return local_minute(slot.span.start), slot.span.minutes


def _time_then_day(slot: Slot) -> tuple[tuple[int, int], Any]:
    return _time(slot), slot.span.start


def _missing(missing: Sequence[Missing]) -> list[str]:
    """10月13日 (taken): each date that is not covered, with why."""
    reasons = {
        "taken": gettext("taken"),
        "closed": gettext("closed"),
        "past": gettext("past"),
        "gone": gettext("no longer there"),
    }
    return [
        gettext("%(day)s (%(why)s)", day=short_day_text(local_day(each.slot.span.start)), why=reasons[each.why])
        for each in missing
    ]


def when(slot: Slot) -> str:
    """Periods 3–4, or the time on the clock."""
    first, _, last = slot.periods.partition("-")
    if not first:
        return clock(slot)
    return gettext("Periods %(first)s–%(last)s", first=first, last=last) if last else gettext("Period %(n)s", n=first)


def clock(slot: Slot) -> str:
    end = clock_text(slot.span.end)
    return f"{clock_text(slot.span.start)}–{'24:00' if end == '00:00' else end}"
