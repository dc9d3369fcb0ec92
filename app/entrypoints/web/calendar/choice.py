"""Whose teaching calendar a page is read by: the place's own, or another that the viewer switched to in the address."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask_babel import gettext

from app.booking.store import term_sheet as store
from app.booking.store.term_sheet import CalendarOwner
from app.entrypoints.formats import named
from app.foundation.identifiers import id_from_text
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import LONGEST_LEARNERS
from app.timetable.store.calendar import calendar as calendar_of


@dataclass(frozen=True, slots=True)
class CalendarChoice:
    """A calendar with what else there is to choose. `member_id` and `learners` are empty where the viewer chose none."""

    calendar: Calendar
    member_id: int | None
    learners: str
    owners: tuple[tuple[int, str], ...]
    kinds: tuple[str, ...]
    own_id: int | None
    """Whose calendar it is when none is chosen."""

    @property
    def own_name(self) -> str:
        return next((name for each, name in self.owners if each == self.own_id), gettext("The consortium's"))

    def words(self) -> dict[str, str | int | None]:
        """What stays in the address."""
        return {"calendar": self.member_id, "learners": self.learners or None}


def chosen_calendar(own_id: int | None, campus: str) -> CalendarChoice:
    """The calendar that the address asks for (`calendar`, `learners`); old or unknown words are passed over.

    Four small statements. Only week numbers, clock times of the class periods and the names of days depend on it.
    """
    owners = store.calendar_owners()
    asked = id_from_text(request.args.get("calendar", ""))
    member_id = asked if asked != own_id and any(owner.id == asked for owner in owners) else None
    learners = request.args.get("learners", "").strip()[:LONGEST_LEARNERS]
    calendar = calendar_of(member_id or own_id, campus, "")
    kinds = _kinds(calendar)
    if learners not in kinds:
        learners = ""
    if learners:
        bells = calendar.bells.at(campus, learners)
        calendar = Calendar(calendar.member_id, calendar.terms, calendar.blocks, calendar.days, bells)
    return CalendarChoice(calendar, member_id, learners, _named(owners), kinds, own_id)


def _kinds(calendar: Calendar) -> tuple[str, ...]:
    """The kinds of learners whose bells or weeks differ."""
    found = {table.learners for table in calendar.bells.tables} | {block.learners for block in calendar.blocks}
    return tuple(sorted(found - {""}))


def _named(owners: list[CalendarOwner]) -> tuple[tuple[int, str], ...]:
    return tuple((owner.id, named(owner)) for owner in owners)
