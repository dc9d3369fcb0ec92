"""The ground a board is drawn on: where, when, for whom; and its columns, the periods that ring or the steps of the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.booking.store.looking import BaseLine, UnitLine
from app.consortium.rules.office import Actor
from app.entrypoints.web.grid.board import Column
from app.foundation.timespan import DAY, Span, day_span, local_day, monday_of
from app.timetable.rules.bell import Period
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.hours import Opening
from app.timetable.store import hours as timetable

ALWAYS_OPEN = (7 * 60, 22 * 60)
"""What the clock shows of a place that is open at all times."""
STEP_MINUTES = {"day": 30, "week": 60, "month": 60, "term": 60}


@dataclass(slots=True)
class Ground:
    """What a board is drawn on: where, when, in which columns, for whom."""

    actor: Actor
    base: BaseLine
    lines: list[UnitLine]
    days: list[date]
    kind: str
    now: datetime
    calendar: Calendar
    hours: dict[tuple[str, int], list[Opening]]
    by_clock: bool
    may_book: bool
    address: str
    phone_unit: int | None = None
    """The unit whose days a phone lists; the first where none is chosen."""

    @property
    def periods(self) -> tuple[Period, ...]:
        """The class periods of the first day; on days with another bell table the columns follow that."""
        return self.calendar.bells.on(self.days[0])

    @property
    def window(self) -> Span:
        return Span(day_span(self.days[0]).start, day_span(self.days[-1]).end)

    @property
    def today(self) -> date:
        return local_day(self.now)

    def openings(self, line: UnitLine) -> tuple[Opening, ...]:
        return tuple(self.hours.get(("lab", line.lab_id)) or self.hours.get(("base", line.base_id)) or ())


def ground(
    actor: Actor,
    base: BaseLine,
    lines: list[UnitLine],
    days: list[date],
    kind: str,
    now: datetime,
    calendar: Calendar,
    *,
    by_clock: bool,
    may_book: bool,
    address: str,
    phone_unit: int | None = None,
) -> Ground:
    """Read what the columns are made of: the bells of the place, and its hours."""
    hours = timetable.openings([base.id], sorted({line.lab_id for line in lines}))
    return Ground(
        actor,
        base,
        lines,
        days,
        kind,
        now,
        calendar,
        hours,
        by_clock or not calendar.bells.on(days[0]),
        may_book,
        address,
        phone_unit if any(line.id == phone_unit for line in lines) else lines[0].id,
    )


def columns_by_day(on: Ground) -> list[list[Column]]:
    """The columns of each day: the class periods that ring then, or the steps of the clock."""
    if on.by_clock:
        return [_steps_of_clock(on)] * len(on.days)
    drawn: dict[tuple[Period, ...], list[Column]] = {}
    found = []
    for day in on.days:
        periods = on.calendar.bells.on(day) or on.periods
        if periods not in drawn:
            drawn[periods] = [
                Column(str(n), clock_text(start), clock_text(end), start, end)
                for n, start, end in ((each.number, each.start_minute, each.end_minute) for each in periods)
            ]
        found.append(drawn[periods])
    return found


def _steps_of_clock(on: Ground) -> list[Column]:
    shown = [opening for each in on.hours.values() for opening in each]
    always = [ALWAYS_OPEN] if any(not on.openings(line) for line in on.lines) or not shown else []
    spans = always + [(opening.start_minute, opening.end_minute) for opening in shown]
    first = min(start for start, _ in spans) // 60 * 60
    last = -(-max(end for _, end in spans) // 60) * 60
    step = STEP_MINUTES[on.kind]
    return [
        Column(
            clock_text(start) if start % 60 == 0 else "",
            clock_text(start),
            clock_text(start + step),
            start,
            start + step,
        )
        for start in range(first, last, step)
    ]


def clock_text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def week_of(day: date) -> list[date]:
    return [monday_of(day) + n * DAY for n in range(7)]


def month_of(day: date) -> list[date]:
    first = day.replace(day=1)
    after = (first + 31 * DAY).replace(day=1)
    return [first + n * DAY for n in range((after - first).days)]
