"""Fitting: which time that is free fulfils a standby, and how long it is held for her answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.booking.rules.availability import Space
from app.booking.rules.request import Slot
from app.booking.rules.waiting import StandbyForm, days_of, window_on
from app.foundation.timespan import Span, day_span, local_minute
from app.timetable.rules.bell import Bells, span_of_label

SHORTEST_HOLD = timedelta(minutes=15)
ROUND_MINUTES = 5


def windows_on_days(form: StandbyForm, freed: Iterable[Span] | None = None) -> list[Span]:
    """What must be read to judge a standby: its days, and the night after where it runs past midnight. With `freed`,
    only where some of that could do."""
    wanted = list(freed) if freed is not None else None
    found = []
    for day in days_of(form):
        whole = day_span(day) if form.periods else Span(day_span(day).start, _end_of_day(form, day_span(day)))
        if wanted is None or any(each.overlaps(whole) for each in wanted):
            found.append(whole)
    return found


def _end_of_day(form: StandbyForm, day: Span) -> datetime:
    return max(day.end, day.start + timedelta(minutes=form.from_minute + form.minutes))


def first_fit(form: StandbyForm, space: Space, bells: Bells, freed: Iterable[Span] | None = None) -> Slot | None:
    """The earliest time that fulfils a standby where `space` is free; with `freed`, one that uses some of what came free."""
    wanted = list(freed) if freed is not None else None
    for day in days_of(form):
        window = span_of_label(bells.on(day), day, form.periods) if form.periods else window_on(form, day)
        if window is None or (wanted is not None and not any(each.overlaps(window) for each in wanted)):
            continue
        for slot in _slots_in(form, window, space):
            if wanted is None or any(each.overlaps(slot.span) for each in wanted):
                return slot
    return None


def _slots_in(form: StandbyForm, window: Span, space: Space) -> list[Slot]:
    """The times inside one window that fit: the whole of it, or the earliest start of each free stretch."""
    length = timedelta(minutes=form.minutes)
    if form.periods or window.length == length:
        return [Slot(window, form.periods)] if space.fits(window) else []
    found = []
    for first, last in space.starts(length):
        start, latest = _rounded_up(max(first, window.start)), min(last, window.end - length)
        if start <= latest:
            found.append(Slot(Span(start, start + length)))
    return found


def _rounded_up(at: datetime) -> datetime:
    past = timedelta(minutes=local_minute(at) % ROUND_MINUTES, seconds=at.second, microseconds=at.microsecond)
    return at + (timedelta(minutes=ROUND_MINUTES) - past) if past else at


def hold_until(now: datetime, start: datetime, hold: timedelta) -> datetime | None:
    """Until when a freed time that begins at `start` is held: `hold`, but at most half the time that is left.

    None where less than a quarter of an hour would be left to answer in: nobody is held a place she cannot reach.
    """
    until = now + min(hold, (start - now) / 2)
    return until if until - now >= SHORTEST_HOLD else None
