"""Nearest: the free choices that lie nearest to a request that cannot be had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from app.booking.rules.availability import Choice, Hours, Space, as_periods, period_stretches
from app.booking.rules.conflict import Situation
from app.booking.rules.request import Asked, Slot, Want
from app.catalogue.rules.unit import Unit
from app.foundation.timespan import DAY, Span, at_local, local_day, local_minute
from app.timetable.rules.bell import Bells, span_of_label

DAYTIME = (7 * 60, 22 * 60)
"""Minutes of the wall clock in which something is offered unasked, even where it is open all night."""

OTHER_IN_LAB = timedelta(minutes=60)
OTHER_LAB = timedelta(minutes=120)
"""How far away, in time, another unit of the same lab or a unit of another lab counts as."""

ROUND_MINUTES = 5
NO_BELLS = Bells()


def nearest_free(
    asked: Asked,
    situation: Situation,
    alternatives: Sequence[tuple[Want, ...]],
    window: Span,
    bells: Bells = NO_BELLS,
    limit: int = 6,
) -> list[Choice]:
    """The free choices nearest to a request that cannot be had, best first, at most `limit`.

    `alternatives` are the sets of units that would do, the asked one first, then siblings. `situation` must hold the
    units and all that is taken of them in `window`, in which the choices lie. Lengths stay as asked; a request made in
    class periods (of the table of `bells` that rings that day) is answered in as many class periods. For one date the
    choices are single dates in order of their distance in time, where another unit counts as an hour away and another
    lab as two. For a series the choices are the same dates with other units, or all dates moved alike, those that cover
    the most dates first.
    Every date of every choice is one that `reasons_to_refuse` would let through now.
    """
    if not asked.slots:
        return []
    hours: Hours = {}
    spaces = [
        (Space(wants, situation, window, hours), _away(wants, asked.wants, situation.units)) for wants in alternatives
    ]
    if len(asked.slots) == 1:
        return nearest_dates(asked.slots[0], spaces, window, bells, limit)
    return _nearest_series(asked, spaces, bells, limit)


def _away(wants: Sequence[Want], asked: Sequence[Want], units: Mapping[int, Unit]) -> timedelta:
    theirs = {want.unit_id for want in asked}
    if all(want.unit_id in theirs for want in wants):
        return timedelta()
    labs = {units[want.unit_id].lab_id for want in asked if want.unit_id in units}
    return OTHER_IN_LAB if all(units[want.unit_id].lab_id in labs for want in wants) else OTHER_LAB


def nearest_dates(
    slot: Slot,
    spaces: Sequence[tuple[Space, timedelta]],
    window: Span,
    bells: Bells,
    limit: int,
    step_minutes: int = ROUND_MINUTES,
) -> list[Choice]:
    """The free dates nearest to one date, at most two a day of the same units; each space counts as so far away.

    By the clock they begin on whole steps, counted from midnight.
    """
    in_periods = as_periods(slot, bells.on(local_day(slot.span.start)))
    days = window.days()
    candidates: list[tuple[timedelta, int, datetime, Choice]] = []
    for order, (space, away) in enumerate(spaces):
        if in_periods:
            slots = [
                offered
                for day in days
                for stretch in period_stretches(bells.on(day), in_periods[1] - in_periods[0] + 1)
                if space.fits((offered := stretch.on(day)).span)
            ]
        else:
            slots = _nearest_by_clock(slot, space, days, step_minutes)
        candidates += [
            (abs(found.span.start - slot.span.start) + away, order, found.span.start, Choice(space.wants, (found,)))
            for found in slots
        ]
    candidates.sort(key=lambda each: each[:3])
    return _varied([choice for *_, choice in candidates], limit)


def _varied(choices: Iterable[Choice], limit: int) -> list[Choice]:
    """The first ones, with at most two of the same units on the same day."""
    found: list[Choice] = []
    count: dict[tuple[tuple[Want, ...], date], int] = {}
    for choice in choices:
        key = (choice.wants, local_day(choice.slots[0].span.start))
        if count.get(key, 0) < 2:
            count[key] = count.get(key, 0) + 1
            found.append(choice)
            if len(found) == limit:
                break
    return found


def _nearest_by_clock(slot: Slot, space: Space, days: Sequence[date], step_minutes: int) -> list[Slot]:
    """On each day, from each free stretch, the start that lies nearest to the asked time of day."""
    length, minute = slot.span.length, local_minute(slot.span.start)
    last_minute = minute + slot.span.minutes
    low, high = min(DAYTIME[0], minute), max(DAYTIME[1], last_minute)
    free = space.starts(length)
    found: list[Slot] = []
    for day in days:
        opens, closes, wanted = at_local(day, low), at_local(day, high) - length, at_local(day, minute)
        for first, last in free:
            start, end = max(first, opens), min(last, closes)
            if start > end:
                continue
            at = _rounded(wanted, start, end, step_minutes)
            if at is not None:
                found.append(Slot(Span(at, at + length)))
    return found


def _rounded(wanted: datetime, first: datetime, last: datetime, step_minutes: int) -> datetime | None:
    """The instant in [first, last] nearest to `wanted`, on a clock of whole steps; None where there is none."""
    if first <= wanted <= last:
        return wanted
    step = timedelta(minutes=step_minutes)
    edge = first if wanted < first else last
    past = timedelta(minutes=local_minute(edge) % step_minutes, seconds=edge.second, microseconds=edge.microsecond)
    at = edge - past
    if wanted < first and past:
        at += step
    return at if first <= at <= last else None


def _nearest_series(asked: Asked, spaces: Sequence[tuple[Space, timedelta]], bells: Bells, limit: int) -> list[Choice]:
    """The same dates with other units, and all dates moved by the same days and to the same other time of day."""
    ranked: list[tuple[int, timedelta, int, Choice]] = []
    for order, (space, away) in enumerate(spaces):
        ways = moves(asked.slots, bells) if order == 0 else [(timedelta(), asked.slots)]
        for moved, slots in ways:
            free = tuple(slot for slot in slots if space.fits(slot.span))
            if free:
                choice = Choice(space.wants, free, len(asked.slots))
                ranked.append((-len(free), moved + away, order, choice))
    ranked.sort(key=lambda each: each[:3])
    return [choice for *_, choice in ranked[:limit]]


def moves(slots: Sequence[Slot], bells: Bells) -> list[tuple[timedelta, tuple[Slot, ...]]]:
    """All dates moved alike, and by how much, first not at all; three days either way, other starts of the periods."""
    found: list[tuple[timedelta, tuple[Slot, ...]]] = [(timedelta(), tuple(slots))]
    numbers = [as_periods(slot, bells.on(local_day(slot.span.start))) for slot in slots]
    alike: list[str | None] = [None]
    if numbers[0] is not None and all(each == numbers[0] for each in numbers):
        count = numbers[0][1] - numbers[0][0] + 1
        alike += [stretch.periods for stretch in period_stretches(bells.on(local_day(slots[0].span.start)), count)]
    for offset in range(-3, 4):
        for label in alike:
            moved = tuple(each for slot in slots if (each := _moved(slot, offset, label, bells)) is not None)
            if len(moved) == len(slots) and moved != tuple(slots):
                found.append((abs(moved[0].span.start - slots[0].span.start), moved))
    return found


def _moved(slot: Slot, offset: int, label: str | None, bells: Bells) -> Slot | None:
    """The slot on another day: at its time of the clock, or in these class periods as they ring that day."""
    day = local_day(slot.span.start) + offset * DAY
    if label is not None:
        span = span_of_label(bells.on(day), day, label)
        return Slot(span, label) if span else None
    start = at_local(day, local_minute(slot.span.start))
    return replace(slot, span=Span(start, start + slot.span.length))
