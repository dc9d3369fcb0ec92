"""The report of `flask import-timetable`: every arrangement of the file once, with what became of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import click
from flask_babel import gettext

from app.booking.actions.plan_items import numbers_of, plain_clash
from app.booking.actions.planning import Plan
from app.booking.rules.imports.deciding import Decision
from app.booking.rules.lessons.lesson import Lesson, Reading
from app.booking.store import imports, lessons
from app.booking.store.imports import KeptImport
from app.entrypoints.formats import span_text
from app.foundation.timespan import Span
from app.timetable.rules.weeks import periods_text, weeks_text

_IN_COURSE_LIST = {
    "course": "identifier",
    "title": "name",
    "school": "holder_school",
    "weekday": "week_day",
    "periods": "sessions",
    "room": "classroom",
}
"""What a course list itself calls the part that cannot be read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one lesson: its state, how many dates it has, the dates something stands against."""

    lesson: Lesson
    state: str
    dates: int
    clashes: Sequence[Sequence[Any]] = ()
    is_new: bool = False


@dataclass(slots=True)
class Report:
    """What became of every arrangement in the file; each is counted once."""

    reading: Reading
    layout: str = ""
    plan: Plan = field(default_factory=Plan)
    kept: KeptImport | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    changes: Counter[str] = field(default_factory=Counter)

    def _gather(self) -> None:
        items = imports.items(self.kept.id) if self.kept else []
        made = {item.facts["number"]: item for item in items if "number" in item.facts}
        standing = lessons.date_counts(
            [kept for _, kept in self.plan.same]
            + [each.change.kept for each in self.plan.decisions if each.change.kept]
        )
        decided = {each.change.kept.id: each for each in self.plan.told if each.change.kept}
        found = {}
        changed = {each.change.kept.id for each in self.plan.decisions if each.change.kept}
        for lesson, kept in self.plan.same:
            if kept.id not in changed:
                clashes = _clashes(decided[kept.id]) if kept.id in decided else ()
                found[lesson.key] = Outcome(lesson, kept.state, standing.get(kept.id, 0), clashes)
        for decision in self.plan.decisions:
            item = made.get(decision.change.number)
            told = dict(item.outcome) if item and item.outcome else _told(decision)
            self.changes[item.what if item else _word(decision)] += 1
            after = decision.change.lesson
            if after is not None:
                before = decision.change.kept
                dates = standing.get(before.id, 0) if before else 0
                dates += told.get("adds", 0) - told.get("cancels", 0)
                state = before.state if before and told["state"] in ("stays", "meanwhile") else told["state"]
                is_new = told.get("adds", 0) > 0 and not (before and before.booking_ids)
                found[after.key] = Outcome(after, state, dates, told.get("clashes", ()), is_new)
        keys = [lessons.fitting(lesson).key for lesson in self.reading.lessons]
        self.outcomes = [found[key] for key in keys if key in found]

    def print(self, *, dry_run: bool) -> None:
        """The report; its last line is the summary in one line."""
        self._gather()
        self._print_clashes()
        self._print_list(gettext("No room given"), self._by_school("no_room"))
        self._print_list(gettext("Room not known"), self._by_room())
        self._print_list(gettext("Unreadable"), self._unreadable())
        click.echo("")
        click.echo(gettext("Rehearsal: nothing was changed.") if dry_run else gettext("Done."))
        click.echo(
            gettext(
                "%(schools)s schools, %(rooms)s rooms; %(new)s bookings are new, the others stood already.",
                schools=len(self.reading.schools),
                rooms=len(self.reading.rooms),
                new=sum(outcome.is_new for outcome in self.outcomes),
            )
        )
        if changed := self.changes["change"] + self.changes["change_part"] + self.changes["remove"]:
            click.echo(
                gettext(
                    "%(changed)s lessons changed, %(removed)s were taken away.",
                    changed=changed - self.changes["remove"],
                    removed=self.changes["remove"],
                )
            )
        states = Counter(outcome.state for outcome in self.outcomes)
        unreadable = len(self.reading.unreadable) + self.reading.unlisted
        arrangements = len(self.reading.lessons) + self.reading.repeated + unreadable
        click.echo(
            f"arrangements={arrangements} placed={states['placed']} placed_in_part={states['part']} "
            f"clashing={states['clash']} repeated={self.reading.repeated} no_room={states['no_room']} "
            f"room_unknown={states['unknown_room']} unreadable={unreadable + states['no_period']} "
            f"dates_booked={sum(outcome.dates for outcome in self.outcomes)} "
            f"dates_clashing={sum(len(outcome.clashes) for outcome in self.outcomes)}"
        )

    def _print_clashes(self) -> None:
        clashing = [outcome for outcome in self.outcomes if outcome.clashes]
        click.secho(gettext("Clashing: %(count)s", count=len(clashing)), bold=True)
        ids = [reason[2] for outcome in clashing for clash in outcome.clashes for reason in clash[3] if reason[2]]
        titles = lessons.titles(ids)
        ahead = {-each.change.number: each.change.lesson for each in self.plan.decisions if each.change.lesson}
        for outcome in clashing:
            click.echo(f"  {lesson_line(outcome.lesson)}")
            in_the_way: dict[int | None, list[Span]] = defaultdict(list)
            for start, end, _, against in outcome.clashes:
                span = Span(datetime.fromisoformat(start), datetime.fromisoformat(end))
                for _, _, booking_id in against:
                    in_the_way[booking_id].append(span)
            for booking_id, spans in in_the_way.items():
                rehearsed, known = ahead.get(booking_id or 0), titles.get(booking_id or 0)
                title = rehearsed.title if rehearsed else known[0] if known else "?"
                click.echo(
                    "    "
                    + gettext(
                        "%(count)s dates taken by “%(title)s” (from %(when)s)",
                        count=len(spans),
                        title=title,
                        when=span_text(min(spans)),
                    )
                )

    def _by_school(self, state: str) -> list[str]:
        count = Counter(outcome.lesson.school for outcome in self.outcomes if outcome.state == state)
        return [f"{name}: {number}" for name, number in sorted(count.items(), key=lambda pair: (-pair[1], pair[0]))]

    def _by_room(self) -> list[str]:
        unknown = [outcome.lesson for outcome in self.outcomes if outcome.state == "unknown_room"]
        count = Counter(f"{lesson.campus} {lesson.room}".strip() for lesson in unknown)
        return [f"{name}: {number}" for name, number in sorted(count.items(), key=lambda pair: (-pair[1], pair[0]))]

    def _unreadable(self) -> list[str]:
        words = _IN_COURSE_LIST if self.layout == "course_list" else {}
        rows = [
            gettext(
                "row %(row)s (%(course)s): %(part)s",
                row=each.where or each.row,
                course=each.course or "?",
                part=words.get(each.part, each.part),
            )
            + (f" “{each.text}”" if each.text else "")
            for each in self.reading.unreadable
        ]
        return rows + [
            gettext("%(lesson)s: no such class period", lesson=lesson_line(outcome.lesson))
            for outcome in self.outcomes
            if outcome.state == "no_period"
        ]

    def _print_list(self, title: str, lines: Sequence[str]) -> None:
        click.echo("")
        click.secho(f"{title}: {len(lines)}", bold=True)
        for line in lines:
            click.echo(f"  {line}")


def _told(decision: Decision) -> Mapping[str, Any]:
    return {"state": decision.state, "clashes": _clashes(decision), **numbers_of(decision)}


def _clashes(decision: Decision) -> list[list[Any]]:
    return [plain_clash(decision, index) for index in range(len(decision.clashes))]


def _word(decision: Decision) -> str:
    if decision.change.lesson is None:
        return "remove"
    return "change" if decision.change.kept and decision.change.kept.booking_ids else "add"


def lesson_line(lesson: Lesson) -> str:
    """A lesson in one line, in the words of timetables."""
    day = f"周{'一二三四五六日'[lesson.weekday - 1]} 第{periods_text(lesson.periods)}节" if lesson.weekday else ""
    where = f"{lesson.campus} {lesson.room}".strip()
    return f"{lesson.course} {lesson.title} · {where} · 第{weeks_text(lesson.weeks)} {day}".rstrip()
