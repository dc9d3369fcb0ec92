"""Moment: whether something is free now, until when, and what comes next. Times are whole seconds since 1970."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from app.booking.rules.timeline import Use
from app.foundation.timespan import Span
from app.timetable.rules.bell import Period, label_of

FREE, PARTLY, TAKEN, CLOSED = "free", "partly", "taken", "closed"


class Stretch(NamedTuple):
    """Time in which one thing holds: `free` (with how many are left), `partly` (of a room), `taken` or `closed`."""

    start: int
    end: int
    state: str
    left: int = 0


def stretches(
    uses: Sequence[Use], capacity: int, open_spans: Sequence[Span] | None, start: int, end: int
) -> list[Stretch]:
    """What [start, end) is made of, in order and without gaps. `open_spans` None: it is always open.

    What only waits for an answer and holds nothing leaves time free, as it does for whoever asks first.
    """
    opened = None if open_spans is None else [_seconds(span) for span in open_spans]
    holding = [use for use in uses if use.holds and use.start < end and use.end > start]
    moments = {start, end}
    for first, last in [*((use.start, use.end) for use in holding), *(opened or ())]:
        moments.update(each for each in (first, last) if start < each < end)
    ordered = sorted(moments)
    found: list[Stretch] = []
    for first, last in pairwise(ordered):
        state, left = _at(first, holding, capacity, opened)
        if found and (found[-1].state, found[-1].left) == (state, left):
            found[-1] = found[-1]._replace(end=last)
        else:
            found.append(Stretch(first, last, state, left))
    return found


def _seconds(span: Span) -> tuple[int, int]:
    return int(span.start.timestamp()), int(span.end.timestamp())


def _at(
    moment: int, holding: Sequence[Use], capacity: int, opened: Sequence[tuple[int, int]] | None
) -> tuple[str, int]:
    """The state at one moment, and how many are left."""
    here = [use for use in holding if use.start <= moment < use.end]
    if any(use.state == "closed" for use in here):
        return CLOSED, 0
    if opened is not None and not any(first <= moment < last for first, last in opened):
        return CLOSED, 0
    if any(not use.is_part and (use.whole or capacity == 1) for use in here):
        return TAKEN, 0
    left = capacity - sum(use.quantity for use in here if not use.is_part)
    if left <= 0:
        return TAKEN, 0
    return (PARTLY, 0) if any(use.is_part for use in here) else (FREE, left)


def free_until(found: Sequence[Stretch]) -> int | None:
    """Until when what is free at the beginning stays free for one; None where it is not free."""
    until = None
    for stretch in found:
        if stretch.state != FREE:
            break
        until = stretch.end
    return until


def now_and_next(found: Sequence[Stretch]) -> tuple[Stretch, Stretch | None]:
    """How it stands at the beginning, and the next stretch in which it stands otherwise (None: nothing changes)."""
    state, end = found[0].state, found[0].end
    for number, stretch in enumerate(found[1:], 1):
        if stretch.state != state:
            return Stretch(found[0].start, end, state, found[0].left), found[number]
        end = stretch.end
    return Stretch(found[0].start, end, state, found[0].left), None


SHORTEST_MINUTES = 10
"""A block with less left than this is not offered; the next one is."""


def rest_of_block(periods: Sequence[Period], minute: int, until: int) -> tuple[int, int, str] | None:
    """What one would take now, in minutes of the day: from, to, and the class periods (empty: by the clock).

    The rest of the double period (1-2, 3-4, …) that runs now or comes next, or an hour where no bell rings any more;
    never beyond `until`. None where less than ten minutes are left.
    """
    end, label = min(minute + 60, until), ""
    for first in (each for each in periods if each.number % 2 == 1):
        last = next((each for each in periods if each.number == first.number + 1), first)
        if last.end_minute - minute >= SHORTEST_MINUTES:
            end = min(last.end_minute, until)
            label = label_of(first.number, last.number)
            break
    return (minute, end, label) if end - minute >= SHORTEST_MINUTES else None
