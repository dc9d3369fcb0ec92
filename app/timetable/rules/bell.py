"""Bell tables: class periods on the clock, which table rings where and when, and what is wrong with a bad one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from app.foundation.refusal import Invalid, Reason
from app.foundation.timespan import DAY, Span, at_local
from app.timetable.rules.term import LONGEST_LEARNERS, reasons_against_names

MOST_PERIODS = 20
LONGEST_CAMPUS = 60


@dataclass(frozen=True, slots=True)
class Period:
    """节次: one class period on the wall clock, half-open."""

    number: int
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class BellForm:
    """What may be said of a bell table: where, for whom and when it rings, and its class periods in their order.

    No member: the whole consortium. An empty campus or kind of learners means every one. It rings on the days
    [from_on, until_on); None leaves that end open.
    """

    member_id: int | None
    name_zh: str
    name_en: str
    periods: tuple[Period, ...]
    campus: str = ""
    learners: str = ""
    from_on: date | None = None
    until_on: date | None = None

    def rings_on(self, day: date) -> bool:
        return (self.from_on is None or self.from_on <= day) and (self.until_on is None or day < self.until_on)


@dataclass(frozen=True, slots=True)
class Bells:
    """The bell tables that may ring at one place for one kind of learners."""

    tables: tuple[BellForm, ...] = ()
    campus: str = ""
    learners: str = ""

    def at(self, campus: str = "", learners: str = "") -> Bells:
        """The same tables, heard at a campus by a kind of learners."""
        return Bells(self.tables, campus, learners)

    def table_on(self, day: date) -> BellForm | None:
        """The one table that rings on a day: the organisation's before the consortium's, then the one made for the
        campus, then for the learners, then for the season (the later-begun)."""
        fitting = [
            table
            for table in self.tables
            if table.campus in ("", self.campus) and table.learners in ("", self.learners) and table.rings_on(day)
        ]
        return max(fitting, key=_closeness, default=None)

    def on(self, day: date) -> tuple[Period, ...]:
        """The class periods of a day; empty where no table rings."""
        table = self.table_on(day)
        return table.periods if table else ()

    def changes(self, first: date, last: date) -> list[date]:
        """The days after `first`, up to `last`, on which another table may begin to ring."""
        edges = {edge for table in self.tables for edge in (table.from_on, table.until_on) if edge}
        return sorted(
            edge for edge in edges if first < edge <= last and self.table_on(edge) != self.table_on(edge - DAY)
        )


def _closeness(table: BellForm) -> tuple[bool, bool, bool, bool, date]:
    return (
        table.member_id is not None,
        table.campus != "",
        table.learners != "",
        table.from_on is not None or table.until_on is not None,
        table.from_on or date.min,
    )


@dataclass(frozen=True, slots=True)
class BellTablesOverlap(Reason):
    """The organisation has another bell table for the same campus and learners on some of these days."""

    code = "bell_tables_overlap"
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class PeriodsOverlap(Reason):
    """Class period `number` begins before the one before it has ended."""

    code = "periods_overlap"
    kind = "invalid"
    number: int


def reasons_against_bell_table(form: BellForm, others: Iterable[BellForm] = ()) -> list[Reason]:
    """Everything wrong with a bell table: numbers run from 1, each period ends after it starts and before the next.

    `others` are the tables there are besides it: no two of one organisation may ring at one campus for the same
    learners on one day, unless one of them has days of its own and the other has none at all.
    """
    found = reasons_against_names(form.name_zh, form.name_en)
    if len(form.campus) > LONGEST_CAMPUS:
        found.append(Invalid("campus", "too_long"))
    if len(form.learners) > LONGEST_LEARNERS:
        found.append(Invalid("learners", "too_long"))
    if form.from_on and form.until_on and form.until_on <= form.from_on:
        found.append(Invalid("until_on", "backward"))
    found += [BellTablesOverlap(other.name_zh, other.name_en) for other in others if _rivals(form, other)]
    if not form.periods:
        found.append(Invalid("periods", "missing"))
    if len(form.periods) > MOST_PERIODS:
        found.append(Invalid("periods", "too_many"))
    for number, period in enumerate(form.periods, 1):
        if period.number != number:
            found.append(Invalid("periods", "numbers_not_in_order"))
            break
    found += [
        Invalid("periods", "backward")
        for period in form.periods
        if not 0 <= period.start_minute < period.end_minute <= 24 * 60
    ][:1]
    found += [
        PeriodsOverlap(after.number)
        for before, after in pairwise(form.periods)
        if after.start_minute < before.end_minute
    ]
    return found


def _rivals(one: BellForm, other: BellForm) -> bool:
    if (one.member_id, one.campus, one.learners) != (other.member_id, other.campus, other.learners):
        return False
    dated = [table.from_on is not None or table.until_on is not None for table in (one, other)]
    if dated[0] != dated[1]:
        return False
    return (one.from_on or date.min) < (other.until_on or date.max) and (other.from_on or date.min) < (
        one.until_on or date.max
    )


def span_of_periods(periods: Sequence[Period], day: date, first: int, last: int) -> Span | None:
    """The clock time of periods `first` to `last` on a day, or None where the bell table lacks one of them."""
    by_number = {period.number: period for period in periods}
    if first > last or first not in by_number or last not in by_number:
        return None
    return Span(at_local(day, by_number[first].start_minute), at_local(day, by_number[last].end_minute))


def label_of(first: int, last: int) -> str:
    """How a booking remembers its class periods: `3`, `3-4`."""
    return str(first) if first == last else f"{first}-{last}"


def span_of_label(periods: Sequence[Period], day: date, label: str) -> Span | None:
    """The clock time of the class periods that a booking remembers; None where it has none or the table lacks one."""
    first, _, last = label.partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        return None
    return span_of_periods(periods, day, int(first), int(last or first))


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Consecutive stretches: 1, 2, 5 → (1, 2), (5, 5)."""
    result: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if result and number == result[-1][1] + 1:
            result[-1] = (result[-1][0], number)
        else:
            result.append((number, number))
    return result
