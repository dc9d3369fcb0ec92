"""Occupancy: the wanted slots as the bits of a number, so that a whole town is compared in a few operations each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.booking.rules.conflict import Limits
from app.booking.rules.request import Slot
from app.booking.rules.wish import Option, Sought
from app.foundation.timespan import local_day, local_midnight, local_minute
from app.timetable.rules.hours import Opening

_MINUTE = 60


def minute_of(moment: datetime) -> int:
    """Whole minutes since 1970."""
    return int(moment.timestamp() // _MINUTE)


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of a unit, as texts `start-end` in whole minutes since 1970, rounded outward.

    `q3` behind it: three of it in part, not the whole; `c`: by a closure. Whole minutes are exact for slots that begin
    and end on one. Thousands of units share the same few hundred texts, so that each is understood once.
    """

    texts: tuple[str, ...] = ()


NOTHING_HELD = Held()


class Frame:
    """The wanted slots, in order of time; bit n of a mask stands for slot n. Every slot lies within one local day."""

    def __init__(self, slots: Sequence[Slot], limits: Limits) -> None:
        self.slots = sorted(set(slots), key=lambda slot: (slot.span.start, slot.span.end, slot.periods))
        self.bit = {slot: 1 << n for n, slot in enumerate(self.slots)}
        self.starts = [minute_of(slot.span.start) for slot in self.slots]
        self.ends = [minute_of(slot.span.end) for slot in self.slots]
        self.longest = max((slot.span.minutes for slot in self.slots), default=0)
        self.days = [local_day(slot.span.start) for slot in self.slots]
        self.full = (1 << len(self.slots)) - 1
        self.allowed = sum(
            self.bit[slot]
            for slot in self.slots
            if limits.earliest <= slot.span.start
            and slot.span.end <= limits.latest
            and slot.span.length <= limits.longest
        )
        self._by_clock: dict[tuple[int, int, int], int] = {}
        """(weekday, first minute, last minute) → the slots at that time of the week."""
        for slot, day in zip(self.slots, self.days, strict=True):
            begins = local_minute(slot.span.start)
            when = day.isoweekday(), begins, begins + slot.span.minutes
            self._by_clock[when] = self._by_clock.get(when, 0) | self.bit[slot]
        self._open: dict[tuple[Opening, ...], int] = {}
        self._blocked: dict[tuple[int, int], dict[str, int]] = {}
        self._parts: dict[tuple[int, int], dict[str, int]] = {}
        self._free: dict[tuple[int, int], int] = {}

    def mask(self, slots: Sequence[Slot]) -> int:
        return sum(self.bit[slot] for slot in set(slots))

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
        for slot, day in zip(self.slots, self.days, strict=True):
            if day not in by_day:
                by_day[day] = [each for each in openings if each.applies(day)]
            start = local_minute(slot.span.start)
            if _is_within(start, start + slot.span.minutes, by_day[day]):
                found |= self.bit[slot]
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
                mask = blocked.get(text)
                if mask is None:
                    mask = blocked[text] = self._by_text(text, buffers)
                found |= mask
        else:
            found = self._too_full(texts, option, buffers)
        if unit.kind != "room" and unit.room_id is not None and unit.room_id in held:
            whole = self._parts.setdefault(buffers, {})
            for text in held[unit.room_id].texts:
                mask = whole.get(text)
                if mask is None:
                    mask = whole[text] = 0 if "q" in text else self._by_text(text, buffers)
                found |= mask
        return found

    def _by_text(self, text: str, buffers: tuple[int, int]) -> int:
        start, end, _ = read(text)
        return self.overlapping(start - buffers[1], end + buffers[0])

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
        bit = self.bit[slot]
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
        shut = any("c" in text and self._by_text(text, buffers) & bit for text in texts)
        return "closed" if shut else "taken"


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
    """`29600000-29600100q3` as first minute, last minute and how many in part (0: the whole)."""
    start, _, rest = text.partition("-")
    end, _, quantity = rest.rstrip("c").partition("q")
    return int(start), int(end), int(quantity or 0)


def write(start: datetime, end: datetime, quantity: int, exclusive: bool, closure: bool = False) -> str:
    """What `read` reads, for whoever has no database to write it."""
    ends = -int(-end.astimezone(UTC).timestamp() // _MINUTE)
    return f"{minute_of(start)}-{ends}{'' if exclusive else f'q{quantity}'}{'c' if closure else ''}"
