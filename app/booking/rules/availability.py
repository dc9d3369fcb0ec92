"""Availability: where something still fits, and at which times of day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from app.booking.rules.conflict import Situation, Taken
from app.booking.rules.request import Claim, Slot, Want, claims
from app.catalogue.rules.unit import Unit
from app.foundation.timespan import LATEST, Span, at_local, local_midnight, local_minute, merged, minus
from app.timetable.rules.bell import Period
from app.timetable.rules.hours import Opening, open_spans

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
        claimed = self.claimed = claims(wants, situation.units)
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
