"""Faults: what is broken since when and until when, what may become of a report, and how long things stood still by cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.foundation.refusal import Invalid, Reason
from app.foundation.timespan import DAY, LATEST, Span, merged

REPORTED, CONFIRMED, REPAIRED, DISMISSED = "reported", "confirmed", "repaired", "dismissed"
STATES = (REPORTED, CONFIRMED, REPAIRED, DISMISSED)
OPEN_STATES = (REPORTED, CONFIRMED)

UNUSABLE, USABLE = "unusable", "usable"
SEVERITIES = (UNUSABLE, USABLE)

UNCLEAR = "unclear"
CAUSES = (UNCLEAR, "wear", "operation", "power", "software", "accident", "other")
PLANNED = "planned"
"""The cause under which maintenance counts that was entered beforehand."""

LONGEST_WORDS, LONGEST_SOURCE = 1_000, 200
"""Characters of what is said of a fault, and of who pays for the repair."""

LONGEST_FAULT = 400 * DAY


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody says who stands before the machine."""

    words: str
    severity: str
    began_at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """What the keeper finds: since when, until when it is thought to last (None: nobody knows), how bad, and of what."""

    began_at: datetime
    expected_until: datetime | None
    severity: str
    cause: str
    quantity: int = 1
    """How many of a unit of which there are several."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a fault ended: since when it works, of what it was, what was done, and who pays for that."""

    ended_at: datetime
    cause: str
    words: str = ""
    cost_source: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault as it stands."""

    id: int
    unit_id: int
    state: str
    severity: str
    cause: str
    quantity: int
    whole: bool
    """Whether the whole unit is out of order, not only some of several."""
    words: str
    answer: str
    """What the keeper said when it was dismissed or repaired."""
    cost_source: str
    reported_by: int
    reported_at: datetime
    began_at: datetime
    expected_until: datetime | None
    blocked_until: datetime | None
    """Until then nobody can book; None where it is in nobody's way."""
    ended_at: datetime | None
    ended_by: int | None
    version: int

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def blocks(self) -> Span | None:
        return Span(self.began_at, self.blocked_until) if self.blocked_until else None


@dataclass(frozen=True, slots=True)
class FaultIsOver(Reason):
    """The fault was repaired or dismissed already; `state` says which."""

    code = "fault_is_over"
    state: str


@dataclass(frozen=True, slots=True)
class NotConfirmed(Reason):
    """Only what was confirmed can be repaired; a report that turns out to be nothing is dismissed."""

    code = "not_confirmed"


def reasons_against_report(report: Report, now: datetime) -> list[Reason]:
    """Everything wrong with a report."""
    found: list[Reason] = []
    if not report.words.strip():
        found.append(Invalid("words", "missing"))
    if len(report.words) > LONGEST_WORDS:
        found.append(Invalid("words", "too_long"))
    if report.severity not in SEVERITIES:
        found.append(Invalid("severity", "unknown"))
    return found + _reasons_against_beginning(report.began_at, now)


def _reasons_against_beginning(began_at: datetime, now: datetime) -> list[Reason]:
    if began_at > now:
        return [Invalid("began_at", "in_the_future")]
    return [Invalid("began_at", "too_long_ago")] if began_at < now - LONGEST_FAULT else []


def reasons_against_finding(finding: Finding, fault: Fault, capacity: int, now: datetime) -> list[Reason]:
    """Everything against confirming the fault so, or saying anew until when it will last."""
    if not fault.is_open:
        return [FaultIsOver(fault.state)]
    found = _reasons_against_beginning(finding.began_at, now)
    if finding.expected_until is not None:
        if finding.expected_until <= max(now, finding.began_at):
            found.append(Invalid("expected_until", "in_the_past"))
        elif finding.expected_until > now + LONGEST_FAULT:
            found.append(Invalid("expected_until", "too_long"))
    if finding.severity not in SEVERITIES:
        found.append(Invalid("severity", "unknown"))
    if finding.cause not in CAUSES:
        found.append(Invalid("cause", "unknown"))
    if not 1 <= finding.quantity <= capacity:
        found.append(Invalid("quantity", "out_of_range"))
    return found


def reasons_against_ending(ending: Ending, fault: Fault, now: datetime) -> list[Reason]:
    """Everything against saying that it works again."""
    if not fault.is_open:
        return [FaultIsOver(fault.state)]
    if fault.state != CONFIRMED:
        return [NotConfirmed()]
    found: list[Reason] = []
    if ending.ended_at > now:
        found.append(Invalid("ended_at", "in_the_future"))
    elif ending.ended_at < fault.began_at:
        found.append(Invalid("ended_at", "backward"))
    if ending.cause not in CAUSES:
        found.append(Invalid("cause", "unknown"))
    if len(ending.words) > LONGEST_WORDS:
        found.append(Invalid("words", "too_long"))
    if len(ending.cost_source) > LONGEST_SOURCE:
        found.append(Invalid("cost_source", "too_long"))
    return found


def reasons_against_dismissal(words: str, fault: Fault) -> list[Reason]:
    """A report is not dismissed without a word to whoever made it."""
    if not fault.is_open:
        return [FaultIsOver(fault.state)]
    if not words.strip():
        return [Invalid("words", "missing")]
    return [Invalid("words", "too_long")] if len(words) > LONGEST_WORDS else []


def blocked_until(finding: Finding, now: datetime, open_days: int) -> datetime | None:
    """Until when nobody can book; where nobody knows how long it lasts, so many days from now, which the clock moves on."""
    if finding.severity != UNUSABLE:
        return None
    return finding.expected_until or now + open_days * DAY


def moved_on(fault: Fault, now: datetime, open_days: int) -> datetime | None:
    """A new end of the blocked time where the old one comes near and nobody has said that it works; else None.

    One without an expected end stays blocked for `open_days` ahead, moved a day at a time; one whose expected end is
    over goes on from day to day, at the same time of day.
    """
    if fault.state != CONFIRMED or fault.blocked_until is None:
        return None
    if fault.expected_until is None:
        ahead = now + open_days * DAY
        return ahead if fault.blocked_until <= ahead - DAY else None
    if fault.blocked_until > now:
        return None
    return fault.blocked_until + ((now - fault.blocked_until) // DAY + 1) * DAY


# ── how long things stood still ──


@dataclass(frozen=True, slots=True)
class Outage:
    """A unit stood still, of one cause, for a time; still standing where the time has no end."""

    unit_id: int
    cause: str
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Downtime:
    """How long one unit stood still within a window, and how long of each cause.

    Where two causes lie over one another the time counts for both, and once in the total.
    """

    unit_id: int
    total: timedelta
    by_cause: Mapping[str, timedelta]


def downtime(outages: Iterable[Outage], window: Span, now: datetime) -> list[Downtime]:
    """Downtime of each unit that stood still in [window.start, window.end), as far as that has passed; by unit id.

    Formula: the length of the union of the outages' times, each clipped to the window and to now. Outages of one
    cause that lie over one another count once.
    """
    by_unit: dict[int, dict[str, list[Span]]] = {}
    for each in outages:
        end = min(each.end or LATEST, window.end, now)
        start = max(each.start, window.start)
        if start < end:
            by_unit.setdefault(each.unit_id, {}).setdefault(each.cause, []).append(Span(start, end))
    return [
        Downtime(
            unit_id,
            length_of(span for spans in causes.values() for span in spans),
            {cause: length_of(spans) for cause, spans in sorted(causes.items())},
        )
        for unit_id, causes in sorted(by_unit.items())
    ]


def length_of(spans: Iterable[Span]) -> timedelta:
    """How long the union of spans is."""
    return sum((span.length for span in merged(spans)), timedelta())


def by_cause(found: Sequence[Downtime]) -> dict[str, timedelta]:
    """The sum over units for each cause, the longest first."""
    sums: dict[str, timedelta] = {}
    for each in found:
        for cause, length in each.by_cause.items():
            sums[cause] = sums.get(cause, timedelta()) + length
    return dict(sorted(sums.items(), key=lambda pair: (-pair[1], pair[0])))
