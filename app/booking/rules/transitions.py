"""The one table of transitions: which deed leads a date of a booking from which state to which, and who may do it.

The drawing in docs/states.md is made from this table, the actions ask it which dates a deed is about, and a random
history on either database never leaves it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.booking.rules.course import CANCELLED, CONFIRMED, REFUSED, STATES, WAITING, Kept

NOT_YET = ""
"""Before there is a date at all."""

OFFERED = "offered"
"""A date that waits and is held for the first in the waiting list until she answers; its kept state is `waiting`."""

CLOCK = "clock"
"""Nobody does it: its time has come."""

FOLLOWS = "follows"
"""Nobody does it by itself: another deed, or the sweep, has freed a time."""

PLACES = (NOT_YET, OFFERED, *STATES)


@dataclass(frozen=True, slots=True)
class Transition:
    """`deed` as the trail names it; `by` names the permission it needs (permission.POLICY), or CLOCK, or FOLLOWS."""

    deed: str
    before: str
    after: str
    by: str
    when: str = ""
    """A word for the condition, where a deed leads to several states from one: docs/states.md spells it out."""


def _each(deed: str, by: str, *steps: tuple[str, str] | tuple[str, str, str]) -> tuple[Transition, ...]:
    return tuple(Transition(deed, step[0], step[1], by, step[2] if len(step) == 3 else "") for step in steps)


AGREED, ASKED, SAME_ASKED, LAST, NOT_LAST = "nobody_is_asked", "somebody_is_asked", "as_before", "last_yes", "not_last"

TRANSITIONS: tuple[Transition, ...] = (
    *_each("booking.request", "booking.request", (NOT_YET, CONFIRMED, AGREED), (NOT_YET, WAITING, ASKED)),
    *_each("booking.add", "booking.change", (NOT_YET, CONFIRMED, AGREED), (NOT_YET, WAITING, ASKED)),
    *_each(
        "booking.change",
        "booking.change",
        (WAITING, WAITING, ASKED),
        (WAITING, CONFIRMED, AGREED),
        (CONFIRMED, CONFIRMED, SAME_ASKED),
        (CONFIRMED, WAITING, ASKED),
    ),
    *_each("booking.approve", "booking.approve", (WAITING, CONFIRMED, LAST), (WAITING, WAITING, NOT_LAST)),
    *_each("booking.refuse", "booking.approve", (WAITING, REFUSED)),
    *_each("booking.approve", CLOCK, (WAITING, CONFIRMED, LAST), (WAITING, WAITING, NOT_LAST)),
    *_each("booking.escalate", CLOCK, (WAITING, WAITING)),
    *_each("booking.refuse", CLOCK, (WAITING, REFUSED)),
    *_each("booking.accept_time", "booking.change", (WAITING, CONFIRMED, LAST), (WAITING, WAITING, NOT_LAST)),
    *_each("booking.cancel", "booking.cancel", (WAITING, CANCELLED), (CONFIRMED, CANCELLED), (OFFERED, CANCELLED)),
    # who goes first
    *_each("booking.displace", "booking.displace", (WAITING, CANCELLED), (CONFIRMED, CANCELLED), (OFFERED, CANCELLED)),
    *_each("displacement.answer", "displacement.answer", (CANCELLED, CONFIRMED, AGREED), (CANCELLED, WAITING, ASKED)),
    # the waiting list
    *_each("waiting.offer", FOLLOWS, (NOT_YET, OFFERED)),
    *_each("waiting.accept", "waiting.change", (OFFERED, CONFIRMED, AGREED), (OFFERED, WAITING, ASKED)),
    *_each("waiting.declined", "waiting.change", (OFFERED, CANCELLED)),
    *_each("waiting.expired", CLOCK, (OFFERED, CANCELLED)),
    # passing on
    *_each(
        "booking.hand_over",
        "passing.answer",
        (WAITING, WAITING),
        (CONFIRMED, CONFIRMED, SAME_ASKED),
        (CONFIRMED, WAITING, ASKED),
    ),
    *_each("booking.swap", "passing.answer", (CONFIRMED, CONFIRMED, AGREED), (CONFIRMED, WAITING, ASKED)),
    # once it is running: it ends sooner
    *_each("presence.give_back", "presence.mark", (CONFIRMED, CONFIRMED)),
    *_each("presence.release", CLOCK, (CONFIRMED, CONFIRMED)),
    # lessons of a timetable that is brought in
    *_each("lesson.place", "timetable.import", (NOT_YET, CONFIRMED, AGREED), (NOT_YET, WAITING, ASKED)),
    *_each(
        "lesson.change",
        "timetable.import",
        (NOT_YET, CONFIRMED, AGREED),
        (NOT_YET, WAITING, ASKED),
        (WAITING, WAITING, ASKED),
        (WAITING, CONFIRMED, AGREED),
        (CONFIRMED, CONFIRMED, AGREED),
        (CONFIRMED, WAITING, ASKED),
        (WAITING, CANCELLED),
        (CONFIRMED, CANCELLED),
    ),
    *_each("lesson.withdraw", "timetable.import", (WAITING, CANCELLED), (CONFIRMED, CANCELLED)),
)

_AFTER: dict[tuple[str, str], frozenset[str]] = {
    (each.deed, each.before): frozenset(
        other.after for other in TRANSITIONS if (other.deed, other.before) == (each.deed, each.before)
    )
    for each in TRANSITIONS
}


def after(deed: str, before: str) -> frozenset[str]:
    """The states to which this deed may lead from this one; none where it cannot be done there."""
    return _AFTER.get((deed, before), frozenset())


def dates_for(deed: str, dates: Iterable[Kept]) -> list[Kept]:
    """The dates to which this deed can be done in the state they are in."""
    return [date for date in dates if after(deed, date.state)]
