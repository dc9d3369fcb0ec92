"""Limits: how soon, how far ahead, how long, in which blocks; and how much one person and one member may take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from app.foundation.refusal import Reason
from app.foundation.timespan import DAY, Span, at_local, day_span, local_day, local_minute, monday_of, week_span

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class UnitLimits:
    """The rules of one unit; None and zero lengths are no rule."""

    lead: timedelta = timedelta()
    lead_others: timedelta = timedelta()
    """For those who are not on the owner's side."""
    horizon: timedelta | None = None
    shortest: timedelta = timedelta()
    longest: timedelta | None = None
    block_minutes: int = 0
    """Start and end lie on whole blocks after midnight of the wall clock."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How much may be taken in all; None is no rule. Hours are clock hours of each wanted unit."""

    person_week: timedelta | None = None
    person_term: timedelta | None = None
    person_dates: int | None = None
    member_week: timedelta | None = None
    member_term: timedelta | None = None
    member_peak_percent: int | None = None
    """Of a unit's peak hours in a week, for members who are not on its owner's side."""
    peak_from: int = 8 * 60
    peak_until: int = 18 * 60
    """Peak hours: Monday to Friday, minutes of the wall clock."""

    @property
    def counts_person(self) -> bool:
        return any(each is not None for each in (self.person_week, self.person_term, self.person_dates))

    @property
    def counts_member(self) -> bool:
        return any(each is not None for each in (self.member_week, self.member_term, self.member_peak_percent))


@dataclass(frozen=True, slots=True)
class Use:
    """One open date that counts: who holds it, for whom, and the units it asked for."""

    span: Span
    holder_id: int
    member_id: int
    unit_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the limits are judged on: the time now, the rules of each unit, the quota, and what is open already."""

    now: datetime
    units: Mapping[int, UnitLimits] = field(default_factory=dict)
    own: frozenset[int] = frozenset()
    """The wanted units on whose owner's side the asking member is."""
    quota: Quota = field(default_factory=Quota)
    uses: Sequence[Use] = ()
    terms: Sequence[Span] = ()
    """The terms of the asking member, as time."""


@dataclass(frozen=True, slots=True)
class TooSoon(Reason):
    """The date begins less than `hours` from now."""

    code = "too_soon"
    kind = "invalid"
    unit_id: int
    asked_start: datetime
    hours: int


@dataclass(frozen=True, slots=True)
class BeyondHorizon(Reason):
    """The unit can be had for the next `days` days only."""

    code = "beyond_horizon"
    kind = "invalid"
    unit_id: int
    asked_start: datetime
    days: int


@dataclass(frozen=True, slots=True)
class TooShort(Reason):
    """The unit is given for at least `minutes`."""

    code = "too_short"
    kind = "invalid"
    unit_id: int
    asked_start: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class LongerThanAllowed(Reason):
    """The unit is given for at most `hours` at a time."""

    code = "longer_than_allowed"
    kind = "invalid"
    unit_id: int
    asked_start: datetime
    hours: int


@dataclass(frozen=True, slots=True)
class OffTheBlocks(Reason):
    """The unit is given in blocks of `minutes`, counted from midnight."""

    code = "off_the_blocks"
    kind = "invalid"
    unit_id: int
    asked_start: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class OverQuota(Reason):
    """`whose` (person or member) hours in the `per` (week, term) that begins on `since` would be `minutes`, over `most`;
    `left` are left of it as it stands."""

    code = "over_quota"
    whose: str
    per: str
    since: date
    minutes: int
    most: int
    left: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TooManyAhead(Reason):
    """The person would have `dates` coming dates, more than `most`; `left` more can be had as it stands."""

    code = "too_many_ahead"
    dates: int
    most: int
    left: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class OverPeakShare(Reason):
    """The member would have `percent` of the unit's peak hours in that week, rounded up; `most` is allowed."""

    code = "over_peak_share"
    unit_id: int
    since: date
    percent: int
    most: int


def reasons_against_date(span: Span, unit_ids: Sequence[int], ground: Ground) -> list[Reason]:
    """Everything in the units' own rules against one date."""
    found: list[Reason] = []
    for unit_id in unit_ids:
        rules = ground.units.get(unit_id, UnitLimits())
        lead = rules.lead if unit_id in ground.own else max(rules.lead, rules.lead_others)
        if lead and ground.now <= span.start < ground.now + lead:
            found.append(TooSoon(unit_id, span.start, int(lead / HOUR)))
        if rules.horizon is not None and span.end > ground.now + rules.horizon:
            found.append(BeyondHorizon(unit_id, span.start, rules.horizon.days))
        if span.length < rules.shortest:
            found.append(TooShort(unit_id, span.start, int(rules.shortest / timedelta(minutes=1))))
        if rules.longest is not None and span.length > rules.longest:
            found.append(LongerThanAllowed(unit_id, span.start, int(rules.longest / HOUR)))
        if rules.block_minutes and any(local_minute(edge) % rules.block_minutes for edge in (span.start, span.end)):
            found.append(OffTheBlocks(unit_id, span.start, rules.block_minutes))
    return found


def reasons_against_amount(
    spans: Sequence[Span], unit_ids: Sequence[int], holder_id: int, member_id: int, ground: Ground
) -> list[Reason]:
    """Everything in the quotas against these dates together; `ground.uses` holds what is open besides them."""
    quota, asked = ground.quota, [Use(span, holder_id, member_id, tuple(unit_ids)) for span in spans]
    together = [*ground.uses, *asked]
    hers = [use for use in together if use.holder_id == holder_id]
    theirs = [use for use in together if use.member_id == member_id]
    weeks = _weeks(spans)
    terms = [term for term in ground.terms if any(span.overlaps(term) for span in spans)]
    found = [
        *_over("person", "week", hers, asked, weeks, quota.person_week),
        *_over("person", "term", hers, asked, terms, quota.person_term),
        *_over("member", "week", theirs, asked, weeks, quota.member_week),
        *_over("member", "term", theirs, asked, terms, quota.member_term),
        *_over_peak(theirs, weeks, [unit_id for unit_id in unit_ids if unit_id not in ground.own], quota),
    ]
    ahead = sum(use.span.end > ground.now for use in hers)
    if quota.person_dates is not None and ahead > quota.person_dates:
        new = sum(span.end > ground.now for span in spans)
        found.append(TooManyAhead(ahead, quota.person_dates, max(quota.person_dates - ahead + new, 0)))
    return found


def reach(spans: Sequence[Span], terms: Sequence[Span], quota: Quota) -> Span:
    """The time whose uses the quotas need for these spans (at least one): whole weeks, whole terms."""
    windows = _weeks(spans)
    if quota.person_term is not None or quota.member_term is not None:
        windows += [term for term in terms if any(span.overlaps(term) for span in spans)]
    return Span(min(each.start for each in windows), max(each.end for each in windows))


def _weeks(spans: Iterable[Span]) -> list[Span]:
    """Every week, Monday to Sunday, that the spans touch."""
    mondays = {monday_of(day) for span in spans for day in span.days()}
    return [week_span(monday) for monday in sorted(mondays)]


def _over(
    whose: str, per: str, uses: Sequence[Use], asked: Sequence[Use], windows: Sequence[Span], most: timedelta | None
) -> Iterator[Reason]:
    if most is None:
        return
    for window in windows:
        taken = _hours_inside(uses, window)
        if taken > most:
            left = max(most - (taken - _hours_inside(asked, window)), timedelta()) // timedelta(minutes=1)
            yield OverQuota(whose, per, local_day(window.start), _minutes(taken), _minutes(most), left)


def _hours_inside(uses: Sequence[Use], window: Span) -> timedelta:
    return sum((_inside(use.span, window) * len(use.unit_ids) for use in uses), timedelta())


def _over_peak(uses: Sequence[Use], weeks: Sequence[Span], unit_ids: Sequence[int], quota: Quota) -> Iterator[Reason]:
    if quota.member_peak_percent is None:
        return
    for week in weeks:
        peaks = [
            Span(at_local(day, quota.peak_from), at_local(day, quota.peak_until))
            for day in week.days()
            if day.isoweekday() <= 5
        ]
        whole = sum((peak.length for peak in peaks), timedelta())
        for unit_id in unit_ids:
            spans = [use.span for use in uses if unit_id in use.unit_ids and use.span.overlaps(week)]
            taken = sum((_inside(span, peak) for span in spans for peak in peaks), timedelta())
            if taken * 100 > whole * quota.member_peak_percent:
                yield OverPeakShare(unit_id, local_day(week.start), -(-taken * 100 // whole), quota.member_peak_percent)


def _inside(span: Span, window: Span) -> timedelta:
    part = span.clip(window)
    return part.length if part else timedelta()


def _minutes(length: timedelta) -> int:
    """Whole minutes, rounded up: what is over a limit is never shown as at it."""
    return -(-length // timedelta(minutes=1))


def unit_limits(values: Mapping[str, int]) -> UnitLimits:
    """The rules of a unit out of the numbers in force for it."""
    return UnitLimits(
        lead=timedelta(hours=values["limit.lead_hours"]),
        lead_others=timedelta(hours=values["limit.lead_hours_others"]),
        horizon=timedelta(days=values["limit.horizon_days"]),
        shortest=timedelta(minutes=values["limit.shortest_minutes"]),
        longest=timedelta(hours=values["limit.longest_hours"]),
        block_minutes=values["limit.block_minutes"],
    )


def quota_of(values: Mapping[str, int]) -> Quota:
    """The quotas out of the numbers in force; zero is no rule."""

    def hours(name: str) -> timedelta | None:
        return timedelta(hours=values[name]) if values[name] else None

    return Quota(
        person_week=hours("quota.person_week_hours"),
        person_term=hours("quota.person_term_hours"),
        person_dates=values["quota.person_dates_ahead"] or None,
        member_week=hours("quota.member_week_hours"),
        member_term=hours("quota.member_term_hours"),
        member_peak_percent=values["quota.member_peak_percent"] or None,
        peak_from=60 * values["peak.from_hour"],
        peak_until=60 * values["peak.until_hour"],
    )


def term_spans(terms: Iterable[tuple[date, date]]) -> list[Span]:
    """Terms given by their first and last day, as time."""
    return [Span(day_span(first).start, day_span(last + DAY).start) for first, last in terms]
