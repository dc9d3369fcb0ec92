"""Timeline: what a row of a grid shows in each of its columns: free, mine, others', waiting, closed, past.

Times are whole seconds since 1970, because a week of fifty units is judged in a few thousand columns at once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from app.foundation.timespan import Span


class Use(NamedTuple):
    """One stretch in which something of a unit is taken, with no more words than its reader may have."""

    start: int
    end: int
    state: str
    """mine, others, waiting or closed."""
    quantity: int
    whole: bool
    """The whole unit, whatever its capacity."""
    is_part: bool
    """Only something that stands in this room is taken, not the room itself."""
    holds: bool
    booking_id: int
    """0 where the reader may not open it, or where it is no booking."""
    cause: str
    title: str
    person: str
    member_zh: str
    member_en: str
    is_lesson: bool = False
    """A lesson of a timetable, where the reader may know so much of it."""


class Run(NamedTuple):
    """Columns side by side that show the same; `left` is how many of a shared unit are free in a free run, else 0."""

    state: str
    span: int
    use: Use | None = None
    left: int = 0


FREE, CLOSED, PAST = Run("free", 1), Run("closed", 1), Run("past", 1)
PARTLY = Run("others", 1, None, -1)
"""Of a room: somebody has something in it, so it cannot be had whole."""

_STRENGTH = {"waiting": 0, "others": 1, "mine": 2, "closed": 3}


class Axis:
    """The columns of a grid in order of time, and how many each day has. Columns may lie apart (between periods)."""

    def __init__(self, columns: Sequence[tuple[int, int]], spans: Sequence[int]) -> None:
        self.starts = [start for start, _ in columns]
        self.ends = [end for _, end in columns]
        self.spans = tuple(spans)
        self.length = len(self.starts)
        if sum(self.spans) != self.length:
            raise ValueError("every column belongs to a day")

    def covers(self, start: int, end: int) -> range:
        """The columns that a stretch touches."""
        return range(bisect_right(self.ends, start), bisect_left(self.starts, end))

    def empty(self, open_spans: Sequence[Span] | None, now: int) -> list[Run]:
        """A row with nothing taken: free where it is open (None: always), closed elsewhere, past before `now`."""
        past = bisect_left(self.starts, now)
        if open_spans is None:
            return [PAST] * past + [FREE] * (self.length - past)
        row = [CLOSED] * self.length
        for span in open_spans:
            start, end = int(span.start.timestamp()), int(span.end.timestamp())
            first, last = bisect_left(self.starts, start), bisect_right(self.ends, end)
            for column in range(first, last):
                row[column] = PAST if column < past else FREE
        return row


def paint(axis: Axis, row: list[Run], uses: Sequence[Use], capacity: int = 1) -> list[list[Run]]:
    """The row's runs, day by day. `row` is what stands where nothing is taken; it is painted over.

    Shared units (capacity above 1) show how many are left at the fullest moment of each column.
    """
    shared: dict[int, list[Use]] = {}
    marks: list[Use] = []
    for use in uses:
        if use.is_part:
            for column in axis.covers(use.start, use.end):
                row[column] = PARTLY
        elif use.whole or capacity == 1:
            marks.append(use)
        else:
            for column in axis.covers(use.start, use.end):
                shared.setdefault(column, []).append(use)
    if shared:
        _paint_shared(axis, row, shared, capacity)
    if len(marks) > 1:
        marks.sort(key=lambda use: (use.holds, _STRENGTH[use.state]))
    for use in marks:
        if not use.holds and use.state != "waiting":
            continue
        mark = Run(use.state, 1, use)
        for column in axis.covers(use.start, use.end):
            row[column] = mark
    return _runs(axis, row)


def _paint_shared(axis: Axis, row: list[Run], shared: dict[int, list[Use]], capacity: int) -> None:
    shown: dict[tuple[str, int], Run] = {}
    for column, uses in shared.items():
        left = capacity - _most(uses, axis.starts[column], axis.ends[column])
        mine = next((use for use in uses if use.state == "mine" or (use.state == "waiting" and use.booking_id)), None)
        if mine is not None:
            row[column] = shown.setdefault(("mine", mine.booking_id), Run(mine.state, 1, mine))
        elif left <= 0:
            row[column] = shown.setdefault(("full", 0), Run("others", 1, None, 0))
        elif row[column] is FREE:
            row[column] = shown.setdefault(("free", left), Run("free", 1, None, left))


def _most(uses: Sequence[Use], start: int, end: int) -> int:
    """The most that is held at one moment between `start` and `end`."""
    holding = [use for use in uses if use.holds]
    if len(holding) < 2:
        return holding[0].quantity if holding else 0
    moments = {start, *(use.start for use in holding if start < use.start < end)}
    return max(sum(use.quantity for use in holding if use.start <= at < use.end) for at in moments)


def _runs(axis: Axis, row: list[Run]) -> list[list[Run]]:
    days: list[list[Run]] = []
    column = 0
    for span in axis.spans:
        runs: list[Run] = []
        end = column + span
        while column < end:
            first, shown = column, row[column]
            column += 1
            while column < end and row[column] is shown:
                column += 1
            width = column - first
            runs.append(shown if width == 1 else shown._replace(span=width))
        days.append(runs)
    return days
