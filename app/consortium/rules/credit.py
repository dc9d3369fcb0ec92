"""Credit (信用): what each event is worth, the score that events make, and how many of them lead to a restriction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

NORMAL, NO_SHOW, LATE, EARLY, OVERRUN = "normal", "no_show", "late", "early", "overrun"
LATE_CANCEL, NO_FEEDBACK, EXCUSED = "late_cancel", "no_feedback", "excused"

GIVES = (NORMAL,)
TAKES = (NO_SHOW, LATE, EARLY, OVERRUN, LATE_CANCEL, NO_FEEDBACK)
RULES = (*GIVES, *TAKES, EXCUSED)
"""What an event can be. `excused` takes another event back; no feedback is asked for yet."""

COUNTED = (NO_SHOW, LATE, OVERRUN)
"""The events that, repeated, lead to a restriction. A late cancellation costs points but excludes nobody."""


@dataclass(frozen=True, slots=True)
class Event:
    """One kept event: `points` were given (or taken, below zero) to a person by a rule, by the clock or by an operator.

    `date_id` is the booking date it speaks of, with the unit, base and member it was booked at and for.
    """

    id: int
    person_id: int
    rule: str
    points: int
    at: datetime
    by_id: int | None = None
    reason: str = ""
    date_id: int | None = None
    unit_id: int | None = None
    base_id: int | None = None
    member_id: int | None = None
    reverses_id: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """The consortium's numbers: where everybody begins, what nobody exceeds, when repetition restricts, for how long."""

    start: int
    cap: int
    after_events: int
    within: timedelta
    length: timedelta
    automatic: bool


def terms_of(values: Mapping[str, int]) -> Terms:
    """The terms out of the settings in force."""
    return Terms(
        start=min(values["credit.start"], values["credit.cap"]),
        cap=values["credit.cap"],
        after_events=values["restriction.after_events"],
        within=timedelta(days=values["restriction.within_days"]),
        length=timedelta(days=values["restriction.days"]),
        automatic=bool(values["restriction.automatic"]),
    )


def points_of(rule: str, values: Mapping[str, int]) -> int:
    """What an event of this rule is worth by the settings in force: above zero given, below zero taken."""
    worth = values[f"credit.{rule}"]
    return worth if rule in GIVES else -worth


def standing(events: Iterable[Event]) -> list[Event]:
    """The events that count: neither excused nor excuses, in the order they came."""
    every = sorted(events, key=lambda event: (event.at, event.id))
    excused = {event.reverses_id for event in every if event.reverses_id is not None}
    return [event for event in every if event.reverses_id is None and event.id not in excused]


def score(events: Iterable[Event], terms: Terms) -> int:
    """The score that events make, one after the other: it never rises above the cap, and what is excused never was."""
    reached = terms.start
    for event in standing(events):
        reached = min(terms.cap, reached + event.points)
    return reached


def course(events: Iterable[Event], terms: Terms) -> dict[int, int]:
    """The score after each event that counts, by the event's id."""
    reached, after = terms.start, {}
    for event in standing(events):
        reached = after[event.id] = min(terms.cap, reached + event.points)
    return after


def repeated(events: Iterable[Event], already: Iterable[int], terms: Terms, now: datetime) -> list[Event]:
    """The events that lead to a restriction now, or none: so many different dates within the time before now.

    Several events of one date are one. `already` are the events that led to an earlier one, whatever became of it:
    nobody is restricted twice for the same thing. Zero events as the number means that there is no such rule.
    """
    used = set(already)
    found: dict[int, Event] = {}
    for event in standing(events):
        fresh = event.id not in used and now - terms.within < event.at <= now
        if fresh and event.rule in COUNTED and event.points < 0:
            found.setdefault(event.date_id or -event.id, event)
    enough = 0 < terms.after_events <= len(found)
    return list(found.values()) if enough else []


def still_enough(events: Iterable[Event], counted: Iterable[int], terms: Terms) -> bool:
    """Whether a restriction that rests on the events `counted` still does, now that some may have been excused."""
    ids = set(counted)
    dates = {event.date_id or -event.id for event in standing(events) if event.id in ids}
    return len(dates) >= max(1, terms.after_events)


def narrowest(events: Sequence[Event]) -> tuple[str, int | None]:
    """Where a restriction for these events holds: at their unit if it was always the same, else their base, else all."""
    units, bases = {event.unit_id for event in events}, {event.base_id for event in events}
    if len(units) == 1 and (unit_id := next(iter(units))) is not None:
        return "unit", unit_id
    if len(bases) == 1 and (base_id := next(iter(bases))) is not None:
        return "base", base_id
    return "all", None
