"""Availability: where something still fits, which free times lie nearest to a refused one, how many dates are covered."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from app.booking.rules.conflict import Situation, Taken
from app.booking.rules.request import Asked, Claim, Slot, Want, claims
from app.catalogue.rules.unit import Unit
from app.foundation.timespan import DAY, LATEST, Span, at_local, local_day, local_midnight, local_minute, merged, minus
from app.timetable.rules import Opening, Period, open_spans

DAYTIME = (7 * 60, 22 * 60)
"""Minutes of the wall clock in which something is offered unasked, even where it is open all night."""

OTHER_IN_LAB = timedelta(minutes=60)
OTHER_LAB = timedelta(minutes=120)
"""How far away, in time, another unit of the same lab or a unit of another lab counts as."""

ROUND_MINUTES = 5

LONG_BREAK_MINUTES = 45
"""A longer pause between two class periods parts the morning from the afternoon, and that from the evening."""


Hours = dict[tuple[Opening, ...], list[Span]]
"""Opening hours as spans of one window; given to several spaces of that window, each is worked out once."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be had as it stands: these units on these dates, out of `of` dates wanted."""

    wants: tuple[Want, ...]
    slots: tuple[Slot, ...]
    of: int = 1

    @property
    def is_whole(self) -> bool:
        return len(self.slots) == self.of


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time of day that would do: minutes of the wall clock, half-open, and the class periods it is."""

    start_minute: int
    end_minute: int
    periods: str = ""

    def on(self, day: date) -> Slot:
        return Slot(Span(at_local(day, self.start_minute), at_local(day, self.end_minute)), self.periods)


class Space:
    """Where a set of wants fits inside a window, computed once and then asked as often as one likes.

    `fits(span)` is true exactly where `conflict.reasons_by_slot` has nothing against that span, for spans inside the
    window; Hypothesis holds the two together. `hours` may be shared by the spaces of one window.
    """

    def __init__(self, wants: Sequence[Want], situation: Situation, window: Span, hours: Hours | None = None) -> None:
        self.wants = tuple(wants)
        self._longest = situation.limits.longest
        inside = window.clip(Span(situation.limits.earliest, situation.limits.latest))
        claimed = claims(wants, situation.units)
        by_unit: dict[int, list[Taken]] = {claim.unit_id: [] for claim in claimed}
        for taken in situation.taken:
            if taken.unit_id in by_unit:
                by_unit[taken.unit_id].append(taken)
        self._blocked = [
            (claim.before, claim.after, spans, [span.start for span in spans], [span.end for span in spans])
            for claim in claimed
            if (spans := blocked(claim, situation.units.get(claim.unit_id), by_unit[claim.unit_id]))
        ]
        self._open = _open(claimed, situation, window, [inside] if inside else [], hours if hours is not None else {})
        self._open_starts = [span.start for span in self._open]

    def fits(self, span: Span) -> bool:
        """Whether the wants can all be had for exactly this time."""
        at = bisect_right(self._open_starts, span.start) - 1
        if at < 0 or self._open[at].end < span.end or span.length > self._longest:
            return False
        for before, after, _, starts, ends in self._blocked:
            # Blocked spans are apart and in order, so the first that ends after ours begins is the only one to look at.
            first = bisect_right(ends, span.start - before)
            if first < len(starts) and starts[first] < span.end + after:
                return False
        return True

    def starts(self, length: timedelta) -> list[tuple[datetime, datetime]]:
        """The instants at which a use of this length could begin, as closed intervals (first, last) in order."""
        if length > self._longest:
            return []
        found = [(span.start, span.end - length) for span in self._open if span.length >= length]
        for before, after, spans, _, _ in self._blocked:
            for span in spans:
                low, high = span.start - after - length, span.end + before  # strictly between them it would overlap
                rest: list[tuple[datetime, datetime]] = []
                for first, last in found:
                    if last <= low or high <= first:
                        rest.append((first, last))
                        continue
                    if first <= low:
                        rest.append((first, low))
                    if high <= last:
                        rest.append((high, last))
                found = rest
        return found

    def gaps(self) -> list[Span]:
        """The free stretches, as long as they last: a use may begin and end anywhere within one."""
        taken = [
            span.widen(after, before) for before, after, spans, _, _ in self._blocked for span in spans
        ]  # cleaning must be done before what is taken begins, set-up begins after it ends
        return minus(self._open, taken)


def blocked(claim: Claim, unit: Unit | None, taken: Sequence[Taken]) -> list[Span]:
    """The stretches that what a claim takes must keep clear of, apart and in order."""
    found = [other.span for other in taken if claim.exclusive or other.exclusive]
    if not claim.exclusive and claim.asked and unit is not None:
        found += full_stretches([other for other in taken if not other.exclusive], unit.capacity - claim.quantity)
    return merged(found)


def full_stretches(taken: Sequence[Taken], most: int) -> list[Span]:
    """Where more than `most` of a unit are held at once."""
    moments = sorted({moment for other in taken for moment in (other.span.start, other.span.end)})
    steps: dict[datetime, int] = dict.fromkeys(moments, 0)
    for other in taken:
        steps[other.span.start] += other.quantity
        steps[other.span.end] -= other.quantity
    held, found = 0, []
    for start, end in pairwise(moments):
        held += steps[start]
        if held > most:
            found.append(Span(start, end))
    return found


def _open(claimed: Sequence[Claim], situation: Situation, window: Span, left: list[Span], hours: Hours) -> list[Span]:
    """Where every asked unit is there and open, inside `left`."""
    for claim in claimed:
        unit = situation.units.get(claim.unit_id)
        if not claim.asked or unit is None:
            continue
        openings = tuple(situation.openings.get(unit.id, ()))
        if openings:
            if openings not in hours:
                hours[openings] = open_spans(openings, window.days())
            left = both(left, hours[openings])
        if unit.retired_on is not None:
            left = minus(left, [Span(local_midnight(unit.retired_on), LATEST)])
    return left


def both(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """The time in both of two lists of spans, each apart and in order."""
    found: list[Span] = []
    here = there = 0
    while here < len(some) and there < len(others):
        if (shared := some[here].clip(others[there])) is not None:
            found.append(shared)
        if some[here].end <= others[there].end:
            here += 1
        else:
            there += 1
    return found


def nearest_free(
    asked: Asked,
    situation: Situation,
    alternatives: Sequence[tuple[Want, ...]],
    window: Span,
    periods: Sequence[Period] = (),
    limit: int = 6,
) -> list[Choice]:
    """The free choices nearest to a request that cannot be had, best first, at most `limit`.

    `alternatives` are the sets of units that would do, the asked one first, then siblings. `situation` must hold the
    units and all that is taken of them in `window`, in which the choices lie. Lengths stay as asked; a request made in
    class periods (of the bell table `periods`) is answered in as many class periods. For one date the choices are single dates
    in order of their distance in time, where another unit counts as an hour away and another lab as two. For a series
    the choices are the same dates with other units, or all dates moved alike, those that cover the most dates first.
    Every date of every choice is one that `reasons_to_refuse` would let through now.
    """
    if not asked.slots:
        return []
    hours: Hours = {}
    spaces = [
        (Space(wants, situation, window, hours), _away(wants, asked.wants, situation.units)) for wants in alternatives
    ]
    if len(asked.slots) == 1:
        return _nearest_date(asked.slots[0], spaces, window, periods, limit)
    return _nearest_series(asked, spaces, periods, limit)


def _away(wants: Sequence[Want], asked: Sequence[Want], units: Mapping[int, Unit]) -> timedelta:
    theirs = {want.unit_id for want in asked}
    if all(want.unit_id in theirs for want in wants):
        return timedelta()
    labs = {units[want.unit_id].lab_id for want in asked if want.unit_id in units}
    return OTHER_IN_LAB if all(units[want.unit_id].lab_id in labs for want in wants) else OTHER_LAB


def _nearest_date(
    slot: Slot, spaces: Sequence[tuple[Space, timedelta]], window: Span, periods: Sequence[Period], limit: int
) -> list[Choice]:
    in_periods = as_periods(slot, periods)
    days = window.days()
    candidates: list[tuple[timedelta, int, datetime, Choice]] = []
    for order, (space, away) in enumerate(spaces):
        if in_periods:
            slots = [
                offered
                for day in days
                for stretch in period_stretches(periods, in_periods[1] - in_periods[0] + 1)
                if space.fits((offered := stretch.on(day)).span)
            ]
        else:
            slots = _nearest_by_clock(slot, space, days)
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


def _nearest_by_clock(slot: Slot, space: Space, days: Sequence[date]) -> list[Slot]:
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
            at = _rounded(wanted, start, end)
            if at is not None:
                found.append(Slot(Span(at, at + length)))
    return found


def _rounded(wanted: datetime, first: datetime, last: datetime) -> datetime | None:
    """The instant in [first, last] nearest to `wanted`, on a clock of five minutes; None where there is none."""
    if first <= wanted <= last:
        return wanted
    step = timedelta(minutes=ROUND_MINUTES)
    edge = first if wanted < first else last
    past = timedelta(minutes=edge.minute % ROUND_MINUTES, seconds=edge.second, microseconds=edge.microsecond)
    at = edge - past
    if wanted < first and past:
        at += step
    return at if first <= at <= last else None


def _nearest_series(
    asked: Asked, spaces: Sequence[tuple[Space, timedelta]], periods: Sequence[Period], limit: int
) -> list[Choice]:
    """The same dates with other units, and all dates moved by the same days and to the same other time of day."""
    ranked: list[tuple[int, timedelta, int, Choice]] = []
    for order, (space, away) in enumerate(spaces):
        moves = _moves(asked.slots, periods) if order == 0 else [(timedelta(), asked.slots)]
        for moved, slots in moves:
            free = tuple(slot for slot in slots if space.fits(slot.span))
            if free:
                choice = Choice(space.wants, free, len(asked.slots))
                ranked.append((-len(free), moved + away, order, choice))
    ranked.sort(key=lambda each: each[:3])
    return [choice for *_, choice in ranked[:limit]]


def _moves(slots: Sequence[Slot], periods: Sequence[Period]) -> list[tuple[timedelta, tuple[Slot, ...]]]:
    """All dates moved alike, and by how much: three days either way, and to every other start of the same periods."""
    found: list[tuple[timedelta, tuple[Slot, ...]]] = [(timedelta(), tuple(slots))]
    numbers = [as_periods(slot, periods) for slot in slots]
    stretches: list[Stretch | None] = [None]
    if numbers[0] is not None and all(each == numbers[0] for each in numbers):
        stretches += period_stretches(periods, numbers[0][1] - numbers[0][0] + 1)
    for offset in range(-3, 4):
        for stretch in stretches:
            moved = tuple(_moved(slot, offset, stretch) for slot in slots)
            if moved != tuple(slots):
                found.append((abs(moved[0].span.start - slots[0].span.start), moved))
    return found


def _moved(slot: Slot, offset: int, stretch: Stretch | None) -> Slot:
    day = local_day(slot.span.start) + offset * DAY
    if stretch is not None:
        return stretch.on(day)
    start = at_local(day, local_minute(slot.span.start))
    return replace(slot, span=Span(start, start + slot.span.length))


def as_periods(slot: Slot, periods: Sequence[Period]) -> tuple[int, int] | None:
    """The first and last class period that a slot is, or None where it is no whole periods of one day."""
    days = slot.span.days()
    if len(days) != 1:
        return None
    first_minute = local_minute(slot.span.start)
    last_minute = first_minute + slot.span.minutes
    first = next((period.number for period in periods if period.start_minute == first_minute), None)
    last = next((period.number for period in periods if period.end_minute == last_minute), None)
    return (first, last) if first is not None and last is not None and first <= last else None


def period_stretches(
    periods: Sequence[Period], count: int, first: int | None = None, last: int | None = None
) -> list[Stretch]:
    """Every run of `count` class periods that lies within periods `first` to `last`.

    A run over the midday break is given only where there is no other.
    """
    ordered = sorted(
        (
            period
            for period in periods
            if (first is None or first <= period.number) and (last is None or period.number <= last)
        ),
        key=lambda period: period.number,
    )
    found: list[Stretch] = []
    broken: list[Stretch] = []
    for at in range(len(ordered) - count + 1):
        run = ordered[at : at + count]
        if run[-1].number - run[0].number != count - 1:
            continue
        label = f"{run[0].number}-{run[-1].number}" if count > 1 else str(run[0].number)
        has_break = any(after.start_minute - before.end_minute > LONG_BREAK_MINUTES for before, after in pairwise(run))
        (broken if has_break else found).append(Stretch(run[0].start_minute, run[-1].end_minute, label))
    return found or broken


def clock_stretches(minutes: int, first_minute: int, last_minute: int, step: int = 30) -> list[Stretch]:
    """Every stretch of so many minutes that begins a whole number of steps after `first_minute`."""
    return [Stretch(start, start + minutes) for start in range(first_minute, last_minute - minutes + 1, step)]


def free_dates(spaces: Sequence[Space], days: Sequence[date], stretches: Sequence[Stretch]) -> list[Choice]:
    """Every single date that is free: by day, then time of day, then in the order of the spaces."""
    return [
        Choice(space.wants, (slot,))
        for day in days
        for slot in (stretch.on(day) for stretch in stretches)
        for space in spaces
        if space.fits(slot.span)
    ]


def free_series(
    spaces: Sequence[Space], days: Sequence[date], stretches: Sequence[Stretch], limit: int = 40
) -> list[Choice]:
    """Weekly patterns: on each weekday among `days`, each time of day, how many of the dates each space covers.

    The most covered first; then the earlier weekday and time of day, then the order of the spaces. None without a date.
    """
    by_weekday: dict[int, list[date]] = {}
    for day in sorted(set(days)):
        by_weekday.setdefault(day.isoweekday(), []).append(day)
    ranked: list[tuple[int, int, int, int, Choice]] = []
    for weekday, dates in sorted(by_weekday.items()):
        for stretch in stretches:
            slots = [stretch.on(day) for day in dates]
            for order, space in enumerate(spaces):
                free = tuple(slot for slot in slots if space.fits(slot.span))
                if free:
                    choice = Choice(space.wants, free, len(dates))
                    ranked.append((len(dates) - len(free), weekday, stretch.start_minute, order, choice))
    ranked.sort(key=lambda each: each[:4])
    return [choice for *_, choice in ranked[:limit]]
