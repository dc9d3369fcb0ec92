"""Days: national holidays and make-up days, what an organisation decided of its own, and working days counted by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from app.foundation.refusal import Invalid, Reason
from app.foundation.timespan import DAY

OFF, ON = "off", "on"
RULE_KINDS = (OFF, ON)
LONGEST_NAME = 80
MOST_AHEAD = 4000
"""Days looked through for a deadline; a count that needs more is a mistake."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """One line of the national notice for `notice_year`: a day off, or (not `is_off`) a weekend day that is worked.

    The notice for a year may say something of the December before it; where two notices name a day, the later counts.
    """

    notice_year: int
    day: date
    name: str
    is_off: bool


@dataclass(frozen=True, slots=True)
class DayRule:
    """What an organisation (no member: the consortium) decided of one day.

    `off`: nothing is taught. `on`: it is taught, by the timetable of `stands_for`, or by its own where that is None.
    """

    id: int
    version: int
    member_id: int | None
    day: date
    kind: str
    name_zh: str
    name_en: str
    stands_for: date | None

    @property
    def makes_up(self) -> date | None:
        """The other day whose timetable this day runs."""
        return self.stands_for if self.kind == ON and self.stands_for != self.day else None


@dataclass(frozen=True, slots=True)
class RuleForm:
    """What may be said of a day."""

    member_id: int | None
    day: date | None
    kind: str
    name_zh: str
    name_en: str
    stands_for: date | None


@dataclass(frozen=True, slots=True)
class DayIsRuled(Reason):
    """The same organisation has already decided something of this day."""

    code = "day_is_ruled"
    day: date


@dataclass(frozen=True, slots=True)
class AlreadyMadeUp(Reason):
    """The timetable of `stands_for` is already given on `day`; one lesson is given once."""

    code = "already_made_up"
    stands_for: date
    day: date


@dataclass(frozen=True, slots=True)
class TaughtItself(Reason):
    """By another decision the timetable of this day is given on the day itself; one lesson is given once."""

    code = "taught_itself"
    day: date


@dataclass(frozen=True, slots=True)
class Status:
    """How a day stands. `kind`:

    plain    as any such weekday (Monday to Friday taught, a weekend as the timetable says)
    off      a holiday, or nothing taught there by the organisation's decision
    on       taught though the national notice has it off, by its own timetable
    make_up  a working day by the national notice; nobody has said whose timetable it runs, so it runs its own
    runs     runs the timetable of `runs_as`
    moved    its timetable is given on `runs_as` instead
    """

    kind: str
    name: str = ""
    name_en: str = ""
    runs_as: date | None = None


PLAIN = Status("plain")

_ENGLISH = {
    "元旦": "New Year",
    "春节": "Spring Festival",
    "清明": "Qingming",
    "劳动": "Labour Day",
    "端午": "Dragon Boat Festival",
    "中秋": "Mid-Autumn Festival",
    "国庆": "National Day",
}
"""The holidays of the national law (全国年节及纪念日放假办法); notices name them in Chinese alone."""


def english_name(name: str) -> str:
    """The English name of a national holiday, or of two in one (国庆节、中秋节); empty where it is none of the law's."""
    found = sorted((name.index(chinese), english) for chinese, english in _ENGLISH.items() if chinese in name)
    return ", ".join(english for _, english in found)


@dataclass(frozen=True, slots=True)
class Days:
    """The days of one organisation: the national notices, and its own decisions before the consortium's."""

    holidays: Mapping[date, Holiday] = field(default_factory=dict)
    rules: Mapping[date, DayRule] = field(default_factory=dict)
    known_years: frozenset[int] = frozenset()
    """The years whose national notice is there."""
    moved: Mapping[date, date] = field(default_factory=dict)
    """From a day whose timetable is given on another to that other."""

    def status(self, day: date) -> Status:
        """How a day stands. A make-up rule whose lost day is made up elsewhere says nothing of its own day any more."""
        rule, holiday = self.rules.get(day), self.holidays.get(day)
        if rule is not None and rule.makes_up is not None:
            if self.moved.get(rule.makes_up) == day:
                return Status("runs", rule.name_zh, rule.name_en, rule.makes_up)
            rule = None
        if rule is not None and rule.kind == OFF:
            return Status("off", rule.name_zh, rule.name_en)
        if day in self.moved:
            return Status("moved", runs_as=self.moved[day])
        if rule is not None:
            return Status("on", rule.name_zh, rule.name_en)
        if holiday is None:
            return PLAIN
        return Status("off" if holiday.is_off else "make_up", holiday.name, english_name(holiday.name))

    def timetable_of(self, day: date) -> date | None:
        """The day whose timetable is given on `day`: itself, another that it makes up for, or None where none is."""
        status = self.status(day)
        if status.kind == "runs":
            return status.runs_as
        return None if status.kind in ("off", "moved") else day

    def given_on(self, day: date) -> date | None:
        """The day on which the timetable of `day` is given; None where it falls out."""
        if day in self.moved:
            return self.moved[day]
        return day if self.timetable_of(day) == day else None

    def is_working(self, day: date) -> bool:
        """A working day by the national notices alone; without a notice Monday to Friday are."""
        holiday = self.holidays.get(day)
        return not holiday.is_off if holiday is not None else day.isoweekday() <= 5

    def after_working_days(self, day: date, count: int) -> date:
        """The day on which `count` working days after `day` have passed; `day` itself is not counted.

        `count` 0 is `day`. A deadline of 30 working days after acceptance ends with this day.
        """
        if not 0 <= count <= MOST_AHEAD // 2:
            raise ValueError("so many working days are not counted")
        while count:
            day += DAY
            count -= self.is_working(day)
        return day

    def working_days(self, since: date, until: date) -> int:
        """How many working days lie in [since, until)."""
        return sum(self.is_working(since + n * DAY) for n in range(max((until - since).days, 0)))

    def unknown_years(self, first: date, last: date) -> list[int]:
        """The years from `first` to `last` whose holidays nobody has announced here."""
        return [year for year in range(first.year, last.year + 1) if year not in self.known_years]

    def open_december(self, first: date, last: date) -> int | None:
        """The year whose notice may still change a December between these days: it is not there yet. Else None."""
        years = [
            year
            for year in range(first.year, last.year + 1)
            if first <= date(year, 12, 31) and last >= date(year, 12, 1)
        ]
        return next((year + 1 for year in years if year + 1 not in self.known_years), None)


def days_of(holidays: Iterable[Holiday], rules: Iterable[DayRule], member_id: int | None) -> Days:
    """The days of an organisation out of all that is kept; the later notice and its own decision count.

    A lost day is made up once: on the day that the organisation says, else on the consortium's; and where the
    organisation teaches the lost day itself, the consortium's make-up day is none of its.
    """
    national: dict[date, Holiday] = {}
    known: set[int] = set()
    for holiday in sorted(holidays, key=lambda each: each.notice_year):
        national[holiday.day] = holiday
        known.add(holiday.notice_year)
    ours = sorted(
        (rule for rule in rules if rule.member_id in (None, member_id)), key=lambda each: each.member_id is not None
    )
    chosen = {rule.day: rule for rule in ours}
    moved: dict[date, date] = {}
    for rule in ours:
        if rule.makes_up is None or chosen[rule.day] != rule:
            continue
        of_lost = chosen.get(rule.makes_up)
        taught_itself = of_lost is not None and of_lost.kind == ON and of_lost.makes_up is None
        if taught_itself and of_lost is not None and of_lost.member_id is not None and rule.member_id is None:
            continue
        moved[rule.makes_up] = rule.day
    return Days(national, chosen, frozenset(known), moved)


def reasons_against_rule(form: RuleForm, others: Iterable[DayRule]) -> list[Reason]:
    """Everything wrong with a decision about a day; `others` are those there are besides it."""
    found: list[Reason] = []
    if form.day is None:
        found.append(Invalid("day", "missing"))
    elif not 1980 <= form.day.year <= 2200:
        found.append(Invalid("day", "out_of_range"))
    if form.kind not in RULE_KINDS:
        found.append(Invalid("kind", "unknown"))
    if not form.name_zh.strip():
        found.append(Invalid("name_zh", "missing"))
    found += [
        Invalid(name, "too_long")
        for name, text in (("name_zh", form.name_zh), ("name_en", form.name_en))
        if len(text) > LONGEST_NAME
    ]
    if form.stands_for is not None and (form.kind == OFF or form.stands_for == form.day):
        found.append(Invalid("stands_for", "of_no_use"))
    if form.day is None or found:
        return found
    same = [other for other in others if other.member_id == form.member_id]
    found += [DayIsRuled(form.day) for other in same if other.day == form.day]
    if form.stands_for is not None:
        found += [AlreadyMadeUp(form.stands_for, other.day) for other in same if other.makes_up == form.stands_for]
        found += [
            TaughtItself(form.stands_for)
            for other in same
            if other.day == form.stands_for and other.kind == ON and other.makes_up is None
        ]
    elif form.kind == ON:
        found += [AlreadyMadeUp(form.day, other.day) for other in same if other.makes_up == form.day]
    return found
