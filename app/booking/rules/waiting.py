"""Waiting: what somebody waits for, whose turn it is when time comes free, and how long it is held for her."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from app.booking.rules.availability import both
from app.booking.rules.request import LONGEST_NOTE, LONGEST_TITLE, MOST_HEADS, PURPOSES, Want
from app.foundation.refusal import Invalid, Reason
from app.foundation.timespan import DAY, Span, at_local, day_span, local_day, merged

OPEN, OFFERED, SERVED, WITHDRAWN, PAST = "open", "offered", "served", "withdrawn", "past"
STANDBY_STATES = (OPEN, OFFERED, SERVED, WITHDRAWN, PAST)
ACCEPTED, DECLINED, EXPIRED = "accepted", "declined", "expired"
OFFER_STATES = (OPEN, ACCEPTED, DECLINED, EXPIRED)

DISPLACED, FIRST_COME = 0, 10
"""Who waits because her booking was taken from her comes before who came first."""

MOST_UNITS, MOST_DAYS = 60, 200
SHORTEST_LENGTH = 5
"""Minutes."""


@dataclass(frozen=True, slots=True)
class StandbyForm:
    """What somebody waits for: any one of these units, so many of it, on any of these days, for so long, in this window.

    `periods` (such as `3-4`) fixes the class periods; else any start within the window of the wall clock will do. Where
    it is longer than its window it begins with the window and runs past midnight: the very time somebody lost.
    """

    unit_ids: tuple[int, ...]
    quantity: int
    first_day: date | None
    last_day: date | None
    weekdays: tuple[int, ...]
    from_minute: int
    until_minute: int
    minutes: int
    periods: str
    title: str
    purpose: str
    headcount: int | None = None
    note: str = ""
    declared: tuple[str, ...] = ()
    """What is stated of the learners, as in a request."""
    together: tuple[int, ...] = ()
    """Where she wants all of the units at once and not any one of them: how many of each, in their order."""

    def wants(self, unit_id: int) -> tuple[Want, ...]:
        """What one takes when this unit of the wish comes free: so many of it, or all that is wanted together."""
        if self.together:
            return tuple(Want(*each) for each in zip(self.unit_ids, self.together, strict=True))
        return (Want(unit_id, self.quantity),)

    @property
    def is_overnight(self) -> bool:
        return not self.periods and self.minutes > self.until_minute - self.from_minute


@dataclass(frozen=True, slots=True)
class Standby:
    """A kept standby and who has it. `rank` comes before `asked_at` in the order of the line."""

    id: int
    version: int
    person_id: int
    member_id: int
    state: str
    rank: int
    asked_at: datetime
    form: StandbyForm

    @property
    def place(self) -> tuple[int, datetime, int]:
        """What orders the line: a smaller one is served before a larger."""
        return (self.rank, self.asked_at, self.id)


@dataclass(frozen=True, slots=True)
class Offer:
    """A freed time that is held for somebody until `expires_at`; her booking of it waits for her answer."""

    id: int
    standby_id: int
    booking_id: int
    unit_id: int
    span: Span
    made_at: datetime
    expires_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class FreeNow(Reason):
    """What one wants to wait for can be had right now."""

    code = "free_now"
    unit_id: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class NotOpenToYou(Reason):
    """None of these units can be booked by this member."""

    code = "not_open_to_you"
    kind = "invalid"


@dataclass(frozen=True, slots=True)
class AnswerFirst(Reason):
    """The time is only held for her: she takes it or lets it pass before anything about it can be changed."""

    code = "answer_first"
    offer_id: int


@dataclass(frozen=True, slots=True)
class OfferIsOver(Reason):
    """The offer was answered or has run out; `state` says which."""

    code = "offer_is_over"
    kind = "stale"
    state: str


def reasons_against_standby(form: StandbyForm, today: date, was: StandbyForm | None = None) -> list[Reason]:
    """Everything wrong with a standby as it is written; one that `was` may keep the very length that was lost."""
    found: list[Reason] = []
    if not form.unit_ids:
        found.append(Invalid("units", "missing"))
    elif len(form.unit_ids) > MOST_UNITS:
        found.append(Invalid("units", "too_many"))
    elif len(form.unit_ids) == 1 and form.together:
        found.append(Invalid("together", "needs_two"))
    if form.quantity < 1:
        found.append(Invalid("quantity", "out_of_range"))
    found += [
        Invalid(name, "missing")
        for name, day in (("first_day", form.first_day), ("last_day", form.last_day))
        if day is None
    ]
    if form.first_day and form.last_day:
        if form.last_day < form.first_day:
            found.append(Invalid("last_day", "backward"))
        elif form.last_day < today:
            found.append(Invalid("last_day", "past"))
        elif (form.last_day - form.first_day).days > MOST_DAYS:
            found.append(Invalid("last_day", "too_many"))
        elif not any(day.isoweekday() in form.weekdays for day in days_of(form)):
            found.append(Invalid("weekdays", "missing"))
    if not form.periods and (was is None or _clock(form) != _clock(was)):
        if not 0 <= form.from_minute < form.until_minute <= 24 * 60:
            found.append(Invalid("until", "backward"))
        elif not SHORTEST_LENGTH <= form.minutes <= form.until_minute - form.from_minute:
            found.append(Invalid("minutes", "out_of_range"))
    return found + _reasons_against_words(form)


def _clock(form: StandbyForm) -> tuple[int, int, int]:
    return form.from_minute, form.until_minute, form.minutes


def rewritten(form: StandbyForm, was: StandbyForm) -> StandbyForm:
    """A standby with what is written for it now. What was lost keeps what cannot be written: its class periods where its
    time stays as it was, how many of each unit where the units do."""
    if _clock(form) == _clock(was):
        form = replace(form, periods=was.periods)
    if form.together and set(form.unit_ids) == set(was.unit_ids) and form.quantity == was.quantity:
        form = replace(form, unit_ids=was.unit_ids, together=was.together or form.together)
    return form


def is_no_wider(form: StandbyForm, was: StandbyForm) -> bool:
    """Whether whatever would do now would have done before, and takes as much: nobody behind her loses by it, and she
    keeps her place in the line. A shorter time or fewer of a unit fit more often, longer or more takes from the others."""
    if form.together or was.together:
        as_many = dict(zip(form.unit_ids, form.together, strict=False)) == dict(
            zip(was.unit_ids, was.together, strict=False)
        )
        same_units = as_many and set(form.unit_ids) == set(was.unit_ids)
    else:
        same_units = form.quantity == was.quantity and set(form.unit_ids) <= set(was.unit_ids)
    end, was_end = (max(each.until_minute, each.from_minute + each.minutes) for each in (form, was))
    return (
        same_units
        and (form.minutes, form.periods) == (was.minutes, was.periods)
        and set(days_of(form)) <= set(days_of(was))
        and (bool(form.periods) or (form.from_minute >= was.from_minute and end <= was_end))
    )


def _reasons_against_words(form: StandbyForm) -> list[Reason]:
    found: list[Reason] = []
    if not form.title.strip():
        found.append(Invalid("title", "missing"))
    elif len(form.title) > LONGEST_TITLE:
        found.append(Invalid("title", "too_long"))
    if len(form.note) > LONGEST_NOTE:
        found.append(Invalid("note", "too_long"))
    if form.purpose not in PURPOSES:
        found.append(Invalid("purpose", "unknown"))
    if form.headcount is not None and not 1 <= form.headcount <= MOST_HEADS:
        found.append(Invalid("headcount", "out_of_range"))
    return found


def days_of(form: StandbyForm) -> list[date]:
    """The days that would do."""
    if form.first_day is None or form.last_day is None:
        return []
    every = (form.first_day + n * DAY for n in range(min((form.last_day - form.first_day).days, MOST_DAYS) + 1))
    return [day for day in every if day.isoweekday() in form.weekdays]


def window_on(form: StandbyForm, day: date) -> Span:
    """The time from that day's beginning of the window that would do by the clock."""
    start = at_local(day, form.from_minute)
    return Span(start, max(at_local(day, form.until_minute), start + timedelta(minutes=form.minutes)))


def reached(form: StandbyForm) -> list[Span]:
    """All the time in which something could fulfil a standby; the whole of each day where it waits for class periods."""
    return [day_span(day) if form.periods else window_on(form, day) for day in days_of(form)]


def in_line(standbys: Iterable[Standby]) -> list[Standby]:
    """The line: who was displaced first, then who came first."""
    return sorted(standbys, key=lambda standby: standby.place)


def before(standby: Standby, standbys: Iterable[Standby]) -> list[Standby]:
    """The open standbys that are served before this one where a time comes free that both would take."""
    return [
        other
        for other in standbys
        if other.state == OPEN and other.place < standby.place and _may_want_the_same(standby.form, other.form)
    ]


def _may_want_the_same(one: StandbyForm, other: StandbyForm) -> bool:
    """Whether some time of some unit would do for both."""
    if set(one.unit_ids).isdisjoint(other.unit_ids):
        return False
    if one.is_overnight or other.is_overnight:
        return bool(both(merged(reached(one)), merged(reached(other))))
    if set(days_of(one)).isdisjoint(days_of(other)):
        return False
    by_clock = not one.periods and not other.periods
    return not by_clock or (one.from_minute < other.until_minute and other.from_minute < one.until_minute)


def position(standby: Standby, standbys: Iterable[Standby]) -> int:
    """How many are served before this one, and one."""
    return 1 + len(before(standby, standbys))


def alternatives(standby: Standby, unit_ids: Iterable[int]) -> list[tuple[Want, ...]]:
    """What could be taken of the wanted units now that these came free, in the order of the standby."""
    freed = set(unit_ids)
    found = (standby.form.wants(unit_id) for unit_id in standby.form.unit_ids if unit_id in freed)
    return list(dict.fromkeys(found))


def is_past(form: StandbyForm, now: datetime) -> bool:
    """Whether the last day that would do is over."""
    return form.last_day is not None and form.last_day < local_day(now)


def places(standbys: Sequence[Standby]) -> dict[int, int]:
    """The position of each open standby, by id."""
    return {standby.id: position(standby, standbys) for standby in standbys if standby.state == OPEN}
