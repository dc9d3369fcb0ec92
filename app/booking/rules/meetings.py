"""Meetings: a series said in teaching weeks, weekdays and class periods, and the real dates it is held on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.booking.rules.request import Slot
from app.booking.rules.series import InPeriods, TimeOfDay
from app.foundation.refusal import Reason
from app.foundation.timespan import local_day
from app.timetable.rules.bell import label_of, runs
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.days import PLAIN, Status
from app.timetable.rules.term import Term
from app.timetable.rules.weeks import Meeting, Unclear, read, weeks_text, write

SILENT = Status("silent")
"""No bell table of that day has the class periods."""


@dataclass(frozen=True, slots=True)
class WhenUnclear(Reason):
    """`part` of a text that should say weeks, weekday and class periods cannot be read without guessing."""

    code = "when_unclear"
    kind = "invalid"
    part: str
    field: str = "when"


@dataclass(frozen=True, slots=True)
class WhenIncomplete(Reason):
    """A meeting, as we write it, does not say its `lacks`: weeks, weekday or periods."""

    code = "when_incomplete"
    kind = "invalid"
    part: str
    lacks: str
    field: str = "when"


@dataclass(frozen=True, slots=True)
class WeekOutsideTerm(Reason):
    """Teaching weeks (`outside`, as we write them) that the term, of `weeks` weeks, does not have, from `day` on."""

    code = "week_outside_term"
    kind = "invalid"
    outside: str
    day: date
    weeks: int
    name_zh: str
    name_en: str
    field: str = "when"


@dataclass(frozen=True, slots=True)
class NotRung(Reason):
    """The bell table of `day` lacks these class periods."""

    code = "not_rung"
    kind = "invalid"
    day: date
    periods: str
    field: str = "when"


@dataclass(frozen=True, slots=True)
class Planned:
    """One date of a plan, and the lesson it gives: `week` and `weekday` of the term (None outside of terms).

    `despite` says why nothing would be taught then, where the person wants the date all the same.
    """

    slot: Slot
    week: int | None = None
    weekday: int | None = None
    despite: Status = PLAIN

    @property
    def day(self) -> date:
        return local_day(self.slot.span.start)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A wanted date that falls out. `why`: a Status of kind off, runs, block, or silent (no such periods that day)."""

    day: date
    week: int
    weekday: int
    periods: str
    why: Status

    @property
    def not_rung(self) -> NotRung:
        return NotRung(self.day, self.periods)


@dataclass(frozen=True, slots=True)
class Plan:
    """The dates a repetition means, in order of time, and those that fall out of it."""

    planned: tuple[Planned, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def slots(self) -> list[Slot]:
        return [each.slot for each in self.planned]


def meetings_in(text: str, term: Term) -> tuple[Meeting, ...]:
    """The meetings of a text, each of class periods in a row; 单周 alone is of this term. Raises Unclear."""
    return tuple(
        replace(meeting, periods=tuple(range(first, last + 1)))
        for meeting in read(text, term.weeks)
        for first, last in (runs(meeting.periods) or [(1, 0)])
    )


def reasons_against_meetings(meetings: Iterable[Meeting], term: Term, *, by_clock: bool = False) -> list[Reason]:
    """What the meetings leave open (class periods are not needed `by_clock`), and weeks that the term does not have."""
    found: list[Reason] = []
    for meeting in meetings:
        lacks = [
            word
            for word, said in (
                ("weeks", meeting.weeks),
                ("weekday", meeting.weekday),
                ("periods", meeting.periods or by_clock),
            )
            if not said
        ]
        found += [WhenIncomplete(write(meeting), word) for word in lacks]
        outside = [week for week in meeting.weeks if not 1 <= week <= term.weeks]
        if outside:
            day = term.day(outside[0], meeting.weekday or 1)
            found.append(WeekOutsideTerm(weeks_text(outside), day, term.weeks, term.name_zh, term.name_en))
    return list(dict.fromkeys(found))


def reasons_against_text(text: str, term: Term, *, by_clock: bool = False) -> tuple[tuple[Meeting, ...], list[Reason]]:
    """A text as meetings, and everything that keeps it from meaning dates of the term."""
    try:
        meetings = meetings_in(text, term)
    except Unclear as unclear:
        return (), [WhenUnclear(_unclear_part(text, term, unclear.part))]
    return meetings, reasons_against_meetings(meetings, term, by_clock=by_clock)


def _unclear_part(text: str, term: Term, part: str) -> str:
    """The first word of a text that says nothing by itself, else the part where reading stopped."""
    for word in re.split(r"[\s;；]+", text[:400].strip()):
        try:
            read(word, term.weeks)
        except Unclear:
            return word[:60]
    return part[:60]


def plan(
    calendar: Calendar,
    term: Term,
    meetings: Iterable[Meeting],
    time: TimeOfDay | None = None,
    *,
    keep_lost: bool = False,
) -> Plan:
    """When the meetings are really held: no holiday, each make-up day, each at the clock time that rings that day.

    A meeting without class periods is held at `time`. With `keep_lost` the days that fall out are dates all the same.
    """
    planned: dict[Slot, Planned] = {}
    left_out: list[LeftOut] = []
    for meeting in meetings:
        times: list[TimeOfDay | InPeriods] = [
            InPeriods(calendar.bells, label_of(first, last)) for first, last in runs(meeting.periods)
        ]
        if not times and time is not None:
            times = [time]
        found = calendar.dates(term, meeting.weeks, [meeting.weekday or 0])
        wanted = [(each.day, each.week, each.weekday, PLAIN) for each in found.taught]
        wanted += [(each.day, each.week, each.weekday, each.why) for each in found.lost]
        for day, week, weekday, why in wanted:
            for at in times:
                label = at.label if isinstance(at, InPeriods) else at.periods
                slot = at.on(day)
                if why is not PLAIN and not (keep_lost and why.kind != "outside"):
                    left_out.append(LeftOut(day, week, weekday, label, why))
                elif slot is None:
                    left_out.append(LeftOut(day, week, weekday, label, SILENT))
                else:
                    planned.setdefault(slot, Planned(slot, week, weekday, why))
    return Plan(
        tuple(sorted(planned.values(), key=lambda each: each.slot.span)),
        tuple(sorted(left_out, key=lambda each: (each.day, each.periods))),
    )


def alone(calendar: Calendar, slots: Iterable[Slot]) -> Plan:
    """Dates that were chosen one by one: nothing falls out; what the calendar says of each is told."""
    found = []
    for slot in slots:
        day = local_day(slot.span.start)
        runs_as = calendar.runs(day)
        status = calendar.days.status(day)
        term = calendar.term_on(day)
        week = term.week_of(day) if term else None
        block = calendar.block_on(term, week) if term and week else None
        if block is not None and status.kind not in ("off", "moved"):
            status = Status("block", block.name_zh, block.name_en)
        told = status if status.kind in ("off", "moved", "block", "runs") else PLAIN
        found.append(
            Planned(slot, runs_as[1], runs_as[2], told) if runs_as else Planned(slot, week, day.isoweekday(), told)
        )
    return Plan(tuple(found))


# ── text and pickers ──


@dataclass(frozen=True, slots=True)
class Picked:
    """What pickers can show of meetings: the same weeks and class periods on some weekdays. `rest` they cannot."""

    weeks: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()
    first: int | None = None
    last: int | None = None
    rest: tuple[Meeting, ...] = ()


def picked(meetings: Sequence[Meeting]) -> Picked:
    """Meetings as pickers show them."""
    if not meetings:
        return Picked()
    first = meetings[0]
    alike = [each for each in meetings if (each.weeks, each.periods) == (first.weeks, first.periods)]
    days = {each.weekday for each in alike if each.weekday is not None}
    return Picked(
        first.weeks,
        tuple(sorted(days)),
        first.periods[0] if first.periods else None,
        first.periods[-1] if first.periods else None,
        tuple(each for each in meetings if each not in alike),
    )


def meetings_picked(chosen: Picked) -> tuple[Meeting, ...]:
    """The meetings that pickers say."""
    periods = tuple(range(chosen.first, chosen.last + 1)) if chosen.first and chosen.last else ()
    return (*(Meeting(chosen.weeks, weekday, periods) for weekday in chosen.weekdays), *chosen.rest)


def written(meetings: Iterable[Meeting]) -> str:
    """Meetings in the one way we write them: `第3-10周(双) 周二 3-4节；第5周 周四 1-2节`."""
    return "；".join(write(meeting) for meeting in meetings)
