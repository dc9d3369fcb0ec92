"""Terms: teaching weeks on the calendar, the blocks in them, and what is wrong with a badly written one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.foundation.refusal import Invalid, Reason

MOST_WEEKS = 60
LONGEST_NAME = 80
LONGEST_LEARNERS = 40
"""Characters of a kind of learners, such as 专科, 本科, 新生."""


@dataclass(frozen=True, slots=True)
class Term:
    """学期: week 1 begins on `first_monday`."""

    id: int
    member_id: int | None
    name_zh: str
    name_en: str
    first_monday: date
    weeks: int

    def day(self, week: int, weekday: int) -> date:
        """The date of a weekday (1–7) in a teaching week (from 1)."""
        return self.first_monday + timedelta(days=7 * (week - 1) + weekday - 1)

    def week_of(self, day: date) -> int | None:
        """The teaching week a day lies in, or None outside the term."""
        week = (day - self.first_monday).days // 7 + 1
        return week if 1 <= week <= self.weeks else None

    @property
    def last_day(self) -> date:
        return self.day(self.weeks, 7)


BLOCK_KINDS = ("practice", "exam", "military", "late_start", "other")
"""实训周, 考试周, 军训周, 推迟开学, 其他."""


@dataclass(frozen=True, slots=True)
class Block:
    """Weeks of a term marked in the school calendar, both ends included; for some `learners` only, or for all (empty).

    Unless it `teaches`, the normal timetable is not given in these weeks.
    """

    id: int
    term_id: int
    kind: str
    first_week: int
    last_week: int
    learners: str
    teaches: bool
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class BlockForm:
    """What may be said of a block of weeks."""

    kind: str
    first_week: int | None
    last_week: int | None
    learners: str
    teaches: bool
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class TermForm:
    """What may be said of a term; no member means the whole consortium."""

    member_id: int | None
    name_zh: str
    name_en: str
    first_monday: date | None
    weeks: int | None


@dataclass(frozen=True, slots=True)
class TermsOverlap(Reason):
    """The same member (or the consortium) already has a term in these weeks."""

    code = "terms_overlap"
    name_zh: str
    name_en: str


def reasons_against_term(form: TermForm, others: Sequence[Term]) -> list[Reason]:
    """Everything wrong with a term; `others` are the terms there are besides it."""
    found = reasons_against_names(form.name_zh, form.name_en)
    if form.first_monday is None:
        found.append(Invalid("first_monday", "missing"))
    elif form.first_monday.isoweekday() != 1:
        found.append(Invalid("first_monday", "not_a_monday"))
    elif not 1980 <= form.first_monday.year <= 2200:
        found.append(Invalid("first_monday", "out_of_range"))
    if form.weeks is None:
        found.append(Invalid("weeks", "missing"))
    elif not 1 <= form.weeks <= MOST_WEEKS:
        found.append(Invalid("weeks", "out_of_range"))
    if found or form.first_monday is None or form.weeks is None:
        return found
    last_day = form.first_monday + timedelta(days=7 * form.weeks - 1)
    return [
        TermsOverlap(other.name_zh, other.name_en)
        for other in others
        if other.member_id == form.member_id and other.first_monday <= last_day and form.first_monday <= other.last_day
    ]


def reasons_against_block(form: BlockForm, term: Term) -> list[Reason]:
    """Everything wrong with a block of weeks of a term."""
    found = reasons_against_names(form.name_zh, form.name_en or form.name_zh)
    if form.kind not in BLOCK_KINDS:
        found.append(Invalid("kind", "unknown"))
    if len(form.learners) > LONGEST_LEARNERS:
        found.append(Invalid("learners", "too_long"))
    if form.first_week is None:
        found.append(Invalid("first_week", "missing"))
    elif not 1 <= form.first_week <= term.weeks:
        found.append(Invalid("first_week", "outside_term"))
    if form.last_week is None:
        found.append(Invalid("last_week", "missing"))
    elif form.last_week > term.weeks:
        found.append(Invalid("last_week", "outside_term"))
    elif form.first_week is not None and form.last_week < form.first_week:
        found.append(Invalid("last_week", "backward"))
    return found


def reasons_against_names(name_zh: str, name_en: str) -> list[Reason]:
    found: list[Reason] = []
    for field, name in (("name_zh", name_zh), ("name_en", name_en)):
        if not name.strip():
            found.append(Invalid(field, "missing"))
        elif len(name) > LONGEST_NAME:
            found.append(Invalid(field, "too_long"))
    return found


def term_on(terms: Sequence[Term], day: date, member_id: int | None = None) -> Term | None:
    """The term a day lies in: the member's own before the consortium's, the later-begun first."""
    fitting = [term for term in terms if term.week_of(day) is not None and term.member_id in (member_id, None)]
    return max(fitting, key=lambda term: (term.member_id is not None, term.first_monday), default=None)
