"""Occupancy: the wanted slots as the bits of a number, so that a whole town is compared in a few operations each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.booking.rules.conflict import Limits
from app.booking.rules.request import Slot
from app.booking.rules.wish import Option, Sought
from app.foundation.timespan import DAY, local_day, local_midnight, local_minute
from app.timetable.rules.hours import Opening

_MINUTE = 60


def minute_of(moment: datetime) -> int:
    """Whole minutes since 1970."""
    return int(moment.timestamp() // _MINUTE)


LENGTH, QUANTITY, CLOSURE = 1 << 29, 1 << 18, 1 << 1
"""What the first minute, the length and the quantity of a stretch are multiplied with to make one number of them."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of a unit: each stretch as one number, written in decimal.

    (first minute since 1970) × LENGTH + (minutes) × QUANTITY + (how many in part, 0: the whole) × CLOSURE + (1: closed).
    Minutes are whole, rounded outward, which is exact for slots that begin and end on one. Hundreds of units share the
    same few hundred stretches, so that each number is understood once; as text they come out of a database quickest.
    """

    texts: tuple[str, ...] = ()


NOTHING_HELD = Held()


class Frame:
    """The wanted slots, in order of time; bit n of a mask stands for slot n. Every slot lies within one local day."""

    def __init__(self, slots: Sequence[Slot], limits: Limits) -> None:
        told = sorted(
            ((minute_of(slot.span.start), minute_of(slot.span.end), slot.periods, slot) for slot in slots), key=_in_time
        )
        self.slots: list[Slot] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self._bit: dict[int, int] = {}
        """By the slot's own identity: hashing thousands of instants would cost more than all the rest."""
        self._told = list(slots)
        before: tuple[int, int, str] | None = None
        for start, end, periods, slot in told:
            if (start, end, periods) != before:
                before = start, end, periods
                self.slots.append(slot)
                self.starts.append(start)
                self.ends.append(end)
            self._bit[id(slot)] = 1 << (len(self.slots) - 1)
        self.longest = max((end - start for start, end in zip(self.starts, self.ends, strict=True)), default=0)
        self.full = (1 << len(self.slots)) - 1
        self.allowed = self._allowed(limits)
        self.days: list[date] = []
        self._clock: list[tuple[int, int]] = []
        self._by_clock: dict[tuple[int, int, int], int] = {}
        """(weekday, first minute, last minute) → the slots at that time of the week."""
        self._read_clock()
        self._open: dict[tuple[Opening, ...], int] = {}
        self._blocked: dict[tuple[int, int], dict[str, int]] = {}
        self._whole: dict[tuple[int, tuple[int, int]], int] = {}
        self._in_part: dict[str, bool] = {}
        self._free: dict[tuple[int, int], int] = {}

    def _allowed(self, limits: Limits) -> int:
        """The slots within the limits in force."""
        found = 0
        for at, slot in enumerate(self.slots):
            span = slot.span
            if limits.earliest <= span.start and span.end <= limits.latest and span.length <= limits.longest:
                found |= 1 << at
        return found

    def _read_clock(self) -> None:
        """What day and time of the wall clock each slot is; a day is looked up once."""
        day, weekday, begins, ends = date.min, 0, 0, 0
        for at, (start, end) in enumerate(zip(self.starts, self.ends, strict=True)):
            if not begins <= start < ends:
                day = local_day(self.slots[at].span.start)
                weekday, begins = day.isoweekday(), minute_of(local_midnight(day))
                ends = minute_of(local_midnight(day + DAY))
            first = start - begins if ends - begins == 24 * 60 else local_minute(self.slots[at].span.start)
            clock = first, first + end - start
            self.days.append(day)
            self._clock.append(clock)
            when = weekday, *clock
            self._by_clock[when] = self._by_clock.get(when, 0) | 1 << at

    def mask(self, slots: Sequence[Slot]) -> int:
        """The bits of slots that this frame was made of."""
        found = 0
        for slot in slots:
            found |= self._bit[id(slot)]
        return found

    def chosen(self, mask: int) -> list[Slot]:
        """The slots of a mask, in order of time."""
        found = []
        while mask:
            lowest = mask & -mask
            found.append(self.slots[lowest.bit_length() - 1])
            mask ^= lowest
        return found

    def overlapping(self, start: int, end: int) -> int:
        """The slots that share a minute with [start, end)."""
        low, high = bisect_right(self.starts, start - self.longest), bisect_left(self.starts, end)
        found = (1 << high) - (1 << low) if low < high else 0
        for at in range(low, high):
            if self.starts[at] >= start:
                break
            if self.ends[at] <= start:
                found &= ~(1 << at)
        return found

    def open_at(self, openings: Sequence[Opening]) -> int:
        """The slots that lie wholly inside opening hours; without declared hours all do."""
        key = tuple(openings)
        if not key:
            return self.full
        found = self._open.get(key)
        if found is None:
            seasons = any(each.from_on or each.until_on for each in key)
            found = self._open[key] = self._open_by_day(key) if seasons else self._open_by_clock(key)
        return found

    def _open_by_clock(self, openings: tuple[Opening, ...]) -> int:
        found = 0
        for (weekday, start, end), slots in self._by_clock.items():
            if _is_within(start, end, [each for each in openings if each.weekday == weekday]):
                found |= slots
        return found

    def _open_by_day(self, openings: tuple[Opening, ...]) -> int:
        by_day: dict[date, list[Opening]] = {}
        found = 0
        for at, (day, clock) in enumerate(zip(self.days, self._clock, strict=True)):
            if day not in by_day:
                by_day[day] = [each for each in openings if each.applies(day)]
            if _is_within(*clock, by_day[day]):
                found |= 1 << at
        return found

    def usable(self, unit: Sought, openings: Sequence[Opening]) -> int:
        """The slots in which a unit is there, open, and may be asked for."""
        found = self.allowed & self.open_at(openings)
        if unit.retired_on is not None:
            found &= (1 << bisect_left(self.starts, minute_of(local_midnight(unit.retired_on)))) - 1
        return found

    def free(self, option: Option, held: Mapping[int, Held], openings: Sequence[Opening]) -> int:
        """The slots in which so many of a unit can be had, its set-up and cleaning included."""
        key = option.unit.id, option.quantity
        found = self._free.get(key)
        if found is None:
            found = self._free[key] = self.usable(option.unit, openings) & ~self._taken(option, held)
        return found

    def _taken(self, option: Option, held: Mapping[int, Held]) -> int:
        unit = option.unit
        buffers = unit.setup_minutes, unit.cleaning_minutes
        texts = held.get(unit.id, NOTHING_HELD).texts
        found = 0
        if unit.kind == "room" or unit.capacity == 1:
            blocked = self._blocked.setdefault(buffers, {})
            for text in texts:
                if text in blocked:
                    found |= blocked[text]
                else:
                    found |= self._by_text(text, buffers)
        else:
            found = self._too_full(texts, option, buffers)
        if unit.kind != "room" and unit.room_id is not None and unit.room_id in held:
            key = unit.room_id, buffers
            if key not in self._whole:
                self._whole[key] = self._taken_whole(held[unit.room_id].texts, buffers)
            found |= self._whole[key]
        return found

    def _taken_whole(self, texts: Sequence[str], buffers: tuple[int, int]) -> int:
        """Where a room is held as a whole, with what stands in it."""
        found = 0
        in_part = self._in_part
        for text in texts:
            if text not in in_part:
                in_part[text] = read(text)[2] > 0
            if not in_part[text]:
                found |= self._by_text(text, buffers)
        return found

    def _by_text(self, text: str, buffers: tuple[int, int]) -> int:
        known = self._blocked.setdefault(buffers, {})
        if text not in known:
            start, end, _ = read(text)
            known[text] = self.overlapping(start - buffers[1], end + buffers[0])
        return known[text]

    def _too_full(self, texts: Sequence[str], option: Option, buffers: tuple[int, int]) -> int:
        """Where the whole is held, or so many that too few are left."""
        found = 0
        steps: dict[int, int] = {}
        for start, end, quantity in map(read, texts):
            if quantity == 0:
                found |= self.overlapping(start - buffers[1], end + buffers[0])
            else:
                steps[start] = steps.get(start, 0) + quantity
                steps[end] = steps.get(end, 0) - quantity
        most, holds = option.unit.capacity - option.quantity, 0
        moments = sorted(steps)
        for at, start in enumerate(moments[:-1]):
            holds += steps[start]
            if holds > most:
                found |= self.overlapping(start - buffers[1], moments[at + 1] + buffers[0])
        return found

    def why_not(self, option: Option, slot: Slot, held: Mapping[int, Held], openings: Sequence[Opening]) -> str:
        """Why a slot cannot be had of a unit: past, closed, gone or taken; empty where it can."""
        bit = self._bit[id(slot)]
        if self.free(option, held, openings) & bit:
            return ""
        if not self.allowed & bit:
            return "past"
        if not self.open_at(openings) & bit:
            return "closed"
        if not self.usable(option.unit, openings) & bit:
            return "gone"
        buffers = option.unit.setup_minutes, option.unit.cleaning_minutes
        texts = held.get(option.unit.id, NOTHING_HELD).texts
        if option.unit.room_id is not None:
            texts += held.get(option.unit.room_id, NOTHING_HELD).texts
        shut = any(text[-1] in "13579" and self._by_text(text, buffers) & bit for text in texts)
        return "closed" if shut else "taken"


def _in_time(told: tuple[int, int, str, Slot]) -> tuple[int, int, str]:
    return told[:3]


def _is_within(start: int, end: int, openings: Sequence[Opening]) -> bool:
    """Whether [start, end) lies inside hours of which those that touch count as one."""
    reached = start
    for each in sorted(openings, key=lambda opening: opening.start_minute):
        if each.start_minute <= reached < each.end_minute:
            reached = each.end_minute
            if reached >= end:
                return True
    return False


def read(text: str) -> tuple[int, int, int]:
    """A stretch's first minute, the minute it ends, and how many it takes in part (0: the whole)."""
    number = int(text)
    start = number // LENGTH
    return start, start + number % LENGTH // QUANTITY, number % QUANTITY // CLOSURE


def write(start: datetime, end: datetime, quantity: int, exclusive: bool, closure: bool = False) -> str:
    """What `read` reads, for whoever has no database to write it."""
    first, last = minute_of(start), -int(-end.timestamp() // _MINUTE)
    return str(first * LENGTH + (last - first) * QUANTITY + (0 if exclusive else quantity) * CLOSURE + closure)
