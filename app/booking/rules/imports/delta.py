"""Delta: what a timetable's change means for the dates that stand; what somebody changed by hand stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.booking.rules.imports.matching import KeptLesson
from app.booking.rules.lessons.lesson import Lesson
from app.booking.rules.request import Slot
from app.foundation.timespan import EARLIEST, Span
from app.timetable.rules.bell import label_of, runs, span_of_periods
from app.timetable.rules.calendar import Calendar, Lost
from app.timetable.rules.term import Term

WHOLE_WEEK = (1, 2, 3, 4, 5)
"""The weekdays of a practice week."""

Place = tuple[int, int, str]
"""Where a date stands in the term: week, weekday and periods."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A date of a lesson's booking as it stands."""

    date_id: int
    booking_id: int
    span: Span
    periods: str
    is_open: bool
    unit_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Dated:
    """When a lesson is given: its dates by their place in the term, what falls out, and whether every period rings."""

    slots: dict[Place, Slot]
    lost: tuple[Lost, ...]
    rings: bool = True


@dataclass(slots=True)
class Delta:
    """What to do with the dates of one lesson."""

    moves: list[tuple[Standing, Slot]] = field(default_factory=list)
    cancels: list[Standing] = field(default_factory=list)
    fresh: list[Slot] = field(default_factory=list)
    by_hand: int = 0
    """Dates that the file changes but a person had moved or cancelled: they stay."""

    @property
    def vacates(self) -> list[int]:
        """The dates whose present time becomes free."""
        return [date.date_id for date, _ in self.moves] + [date.date_id for date in self.cancels]

    @property
    def is_empty(self) -> bool:
        return not (self.moves or self.cancels or self.fresh)


def dated(lesson: Lesson, term: Term, calendar: Calendar, learners: str = "") -> Dated:
    """Every date of a lesson by the calendar; periods with a gap between them are dates of their own.

    A lesson without a weekday is a practice week: blocks of practice weeks are what it is for.
    """
    weekdays: Sequence[int] = (lesson.weekday,) if lesson.weekday is not None else WHOLE_WEEK
    if lesson.weekday is None:
        calendar = replace(calendar, blocks=[block for block in calendar.blocks if block.kind != "practice"])
    dates = calendar.dates(term, lesson.weeks, weekdays, learners)
    found: dict[Place, Slot] = {}
    for each in dates.taught:
        bells = calendar.bells.on(each.day)
        for first, last in runs(lesson.periods or [period.number for period in bells]):
            span = span_of_periods(bells, each.day, first, last)
            if span is None:
                return Dated({}, dates.lost, rings=False)
            label = label_of(first, last)
            found[each.week, each.weekday, label] = Slot(span, label)
    return Dated(dict(sorted(found.items(), key=lambda pair: pair[1].span)), dates.lost)


def delta(
    kept: KeptLesson, before: Dated, after: Dated, unit_id: int | None, standing: Sequence[Standing], since: datetime
) -> Delta:
    """What the change from `before` to `after` (and to another unit) means; dates that began before `since` stay."""
    if not kept.booking_ids:
        return all_of(after)
    open_dates = {
        date.span: date
        for date in standing
        if date.is_open and (kept.unit_id is None or kept.unit_id in date.unit_ids) and date.span.start >= since
    }
    never_placed = {slot.span for slot in kept.left_out}
    pairs, dropped, added = _paired(before, after, same_unit=kept.unit_id == unit_id)
    found = Delta(fresh=[slot for slot in after.slots.values() if _is_tried_again(slot, before, never_placed)])
    for slot, wanted in pairs:
        if slot.span in open_dates:
            found.moves.append((open_dates[slot.span], wanted))
        elif slot.span in never_placed:
            found.fresh.append(wanted)
        else:
            found.by_hand += slot.span.start >= since
    spare = []
    for slot in dropped:
        if slot.span in open_dates:
            spare.append(open_dates[slot.span])
        else:
            found.by_hand += slot.span not in never_placed and slot.span.start >= since
    for wanted in added:
        if spare:
            found.moves.append((spare.pop(0), wanted))
        else:
            found.fresh.append(wanted)
    found.cancels = spare + [date for date, slot in found.moves if slot.span.start < since]
    found.moves = [(date, slot) for date, slot in found.moves if slot.span.start >= since]
    spans = {slot.span: slot for slot in found.fresh if slot.span.start >= since}
    found.fresh = sorted(spans.values(), key=lambda slot: slot.span)
    return found


def _is_tried_again(slot: Slot, before: Dated, never_placed: set[Span]) -> bool:
    return slot.span in never_placed and any(slot.span == each.span for each in before.slots.values())


def _paired(before: Dated, after: Dated, *, same_unit: bool) -> tuple[list[tuple[Slot, Slot]], list[Slot], list[Slot]]:
    """Which date becomes which: the same place in the term, then the same week; and what is dropped and added."""
    pairs = [
        (slot, after.slots[place])
        for place, slot in before.slots.items()
        if place in after.slots and (not same_unit or slot.span != after.slots[place].span)
    ]
    dropped = {place: slot for place, slot in before.slots.items() if place not in after.slots}
    added = {place: slot for place, slot in after.slots.items() if place not in before.slots}
    for place, slot in list(dropped.items()):
        same_week = next((each for each in added if each[0] == place[0]), None)
        if same_week is not None:
            pairs.append((slot, added.pop(same_week)))
            del dropped[place]
    return pairs, list(dropped.values()), list(added.values())


def all_of(after: Dated) -> Delta:
    """A lesson that is new: every date is fresh, past ones too, for they were given."""
    return Delta(fresh=list(after.slots.values()))


def none_of(standing: Sequence[Standing], since: datetime = EARLIEST) -> Delta:
    """A lesson that is gone: its dates from `since` on are cancelled."""
    return Delta(cancels=[date for date in standing if date.is_open and date.span.start >= since])
