"""The teaching calendar of an organisation: what its weeks, weekdays and class periods mean on real days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.timetable.rules.bell import Bells
from app.timetable.rules.days import Days, Status
from app.timetable.rules.term import Block, Term, term_on


@dataclass(frozen=True, slots=True)
class Taught:
    """A date on which the lesson of (week, weekday) is given; not always that week's own date."""

    day: date
    week: int
    weekday: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A lesson of (week, weekday), on `day` by the plain calendar, that is not given there and nowhere else.

    `why`: a Status of kind `off`, `runs` or `outside` the term, or the `block` of weeks without a normal timetable.
    """

    day: date
    week: int
    weekday: int
    why: Status
    block: Block | None = None


@dataclass(frozen=True, slots=True)
class Dates:
    """What became of the wanted weeks: when they are taught, in order of time, and what falls out."""

    taught: tuple[Taught, ...]
    lost: tuple[Lost, ...]

    @property
    def days(self) -> list[date]:
        return [each.day for each in self.taught]


OUTSIDE = Status("outside")


@dataclass(frozen=True, slots=True)
class Calendar:
    """One organisation's calendar: terms, blocks of weeks, holidays and its own days, bell tables."""

    member_id: int | None
    terms: Sequence[Term] = ()
    blocks: Sequence[Block] = ()
    days: Days = field(default_factory=Days)
    bells: Bells = field(default_factory=Bells)

    def term_on(self, day: date) -> Term | None:
        return term_on(self.terms, day, self.member_id)

    def term_near(self, day: date) -> Term | None:
        """The term of a day; between terms the next one, after the last the last."""
        coming = [term for term in self.terms if term.first_monday > day]
        past = [term for term in self.terms if term.last_day < day]
        return (
            self.term_on(day)
            or min(coming, key=lambda term: term.first_monday, default=None)
            or max(past, key=lambda term: term.first_monday, default=None)
        )

    def week_of(self, day: date) -> int | None:
        """The teaching week a day lies in, or None between terms."""
        term = self.term_on(day)
        return term.week_of(day) if term else None

    def runs(self, day: date) -> tuple[Term, int, int] | None:
        """The (term, week, weekday) whose timetable is given on a day; None where nothing is, or outside that term."""
        as_day = self.days.timetable_of(day)
        term = self.term_on(as_day) if as_day else None
        if as_day is None or term is None or term.week_of(day) is None:
            return None
        week = term.week_of(as_day)
        return (term, week, as_day.isoweekday()) if week else None

    def block_on(self, term: Term, week: int, learners: str = "", *, only_theirs: bool = False) -> Block | None:
        """The block without a normal timetable in which these learners are in this week, or one made for them alone."""
        return next(
            (
                block
                for block in self.blocks
                if block.term_id == term.id
                and not block.teaches
                and block.first_week <= week <= block.last_week
                and block.learners in ((learners,) if only_theirs else ("", learners))
            ),
            None,
        )

    def dates(self, term: Term, weeks: Iterable[int], weekdays: Iterable[int], learners: str = "") -> Dates:
        """When the lessons of these weeks and weekdays are really given: no holiday, each make-up day, no day twice.

        A lesson of a week without a normal timetable has nothing to be made up. One that is made up on a day in such a
        week is given there, for that was decided of that very day; but not for learners who are elsewhere then (military
        training, a late start). Raises nothing: what is not given comes back as lost, with why.
        """
        taught: list[Taught] = []
        lost: list[Lost] = []
        for week, weekday in sorted({(week, weekday) for week in weeks for weekday in weekdays}):
            day = term.day(week, weekday)
            if not 1 <= week <= term.weeks:
                lost.append(Lost(day, week, weekday, OUTSIDE))
                continue
            given = self.days.given_on(day)
            given_week = term.week_of(given) if given else None
            block = self.block_on(term, week, learners)
            if block is None and learners and given_week is not None and given_week != week:
                block = self.block_on(term, given_week, learners, only_theirs=True)
            if block is not None:
                lost.append(Lost(day, week, weekday, Status("block", block.name_zh, block.name_en), block))
            elif given is None:
                lost.append(Lost(day, week, weekday, self.days.status(day)))
            elif given_week is None:
                lost.append(Lost(day, week, weekday, OUTSIDE))
            else:
                taught.append(Taught(given, week, weekday))
        return Dates(tuple(sorted(taught, key=lambda each: each.day)), tuple(lost))
