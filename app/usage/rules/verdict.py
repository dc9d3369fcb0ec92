"""Verdict (判定): what a use was — normal, no-show, late, early, overrun — from its time and what was noted, and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.consortium.rules import credit
from app.foundation.refusal import Reason
from app.foundation.timespan import Span
from app.usage.rules.presence import Graces, Seen, about

NORMAL, NO_SHOW, LATE, EARLY, OVERRUN = "normal", "no_show", "late", "early", "overrun"
LATE_OVERRUN, LATE_EARLY, LATE_CANCEL, NOT_JUDGED = "late_overrun", "late_early", "late_cancel", "not_judged"
VERDICTS = (NORMAL, NO_SHOW, LATE, EARLY, OVERRUN, LATE_OVERRUN, LATE_EARLY, LATE_CANCEL, NOT_JUDGED)
"""`not_judged`: it was looked at, and something else was the cause: a fault, a closure, somebody else's cancelling."""

EXCUSABLE = tuple(each for each in VERDICTS if each not in (NORMAL, NOT_JUDGED))

FAULT, CLOSED, NOT_HERS, IN_TIME, NOTHING_NOTED = "fault", "closed", "not_hers", "in_time", "nothing_noted"
"""Why something was not judged: it was broken, closed, cancelled by somebody else or early enough, or nothing is known."""

_RULES = {
    NORMAL: (credit.NORMAL,),
    NO_SHOW: (credit.NO_SHOW,),
    LATE: (credit.LATE,),
    EARLY: (credit.EARLY,),
    OVERRUN: (credit.OVERRUN,),
    LATE_OVERRUN: (credit.LATE, credit.OVERRUN),
    LATE_EARLY: (credit.LATE, credit.EARLY),
    LATE_CANCEL: (credit.LATE_CANCEL,),
    NOT_JUDGED: (),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a use was, and the whole minutes it began late, ended early or ran over (0 where it did not, or is not known)."""

    word: str
    late_minutes: int = 0
    early_minutes: int = 0
    over_minutes: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict as it is kept, and who excused it, when and why."""

    date_id: int
    verdict: Verdict
    judged_at: datetime
    excused_by: int | None = None
    excused_at: datetime | None = None
    excused_why: str = ""
    version: int = 1

    @property
    def is_excused(self) -> bool:
        return self.excused_at is not None


@dataclass(frozen=True, slots=True)
class NothingToExcuse(Reason):
    """It was normal, or was never judged, or is excused already; `verdict` says which (`excused`)."""

    code = "nothing_to_excuse"
    kind = "stale"
    verdict: str


def verdict(span: Span, seen: Seen, graces: Graces) -> Verdict | None:
    """What the use of `span` was; None where nothing can be said.

    Nobody is said not to have come unless her coming was watched for, and graces for it are set. Bounds are half-open:
    who comes before start + grace is in time, at that very minute she is late; leaving is judged the same way.
    """
    seen = about(span, seen)
    if seen.is_unclaimed:
        return Verdict(NO_SHOW)
    if seen.arrived_at is None and seen.left_at is None:
        return Verdict(NO_SHOW) if seen.expected_at is not None and graces.no_show is not None else None
    late, early, over = _late(span, seen, graces), _early(span, seen, graces), _over(span, seen, graces)
    word = NORMAL
    if late:
        word = LATE_OVERRUN if over else LATE_EARLY if early else LATE
    elif over or early:
        word = OVERRUN if over else EARLY
    return Verdict(word, late, early, over)


def _late(span: Span, seen: Seen, graces: Graces) -> int:
    if graces.late is None or seen.arrived_at is None or seen.arrived_at < span.start + graces.late:
        return 0
    return _minutes(seen.arrived_at - span.start)


def _early(span: Span, seen: Seen, graces: Graces) -> int:
    """Who gave the rest back did not leave early: the time that counts is what was left of it."""
    if graces.early is None or seen.left_at is None or seen.released_at is not None:
        return 0
    return _minutes(span.end - seen.left_at) if seen.left_at <= span.end - graces.early else 0


def _over(span: Span, seen: Seen, graces: Graces) -> int:
    if graces.overrun is None or seen.left_at is None or seen.left_at < span.end + graces.overrun:
        return 0
    return _minutes(seen.left_at - span.end)


def _minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Cancelling:
    """How a confirmed date was cancelled: when, and whether by the person it was booked for (or who asked for it)."""

    at: datetime
    by_herself: bool


def verdict_on_cancelled(
    span: Span, cancelling: Cancelling, seen: Seen, graces: Graces, notice: timedelta | None
) -> Verdict:
    """What cancelling was. Late: less than `notice` before the start (None: never). Cancelling instead of coming, once
    the time to come is over where it was watched for, is not to have come."""
    if not cancelling.by_herself:
        return Verdict(NOT_JUDGED, why=NOT_HERS)
    seen = about(span, seen)
    came = seen.arrived_at is not None
    if (
        seen.expected_at is not None
        and graces.no_show is not None
        and not came
        and cancelling.at >= span.start + graces.no_show
    ):
        return Verdict(NO_SHOW)
    if notice is None or cancelling.at <= span.start - notice:
        return Verdict(NOT_JUDGED, why=IN_TIME)
    return Verdict(NORMAL if came else LATE_CANCEL)


def credited(found: Verdict, values: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    """The credit rules that a verdict sets off, each with its points by the settings; none where it moves nothing."""
    return [(rule, points) for rule in _RULES[found.word] if (points := credit.points_of(rule, values))]
