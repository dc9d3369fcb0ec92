"""Bell tables: who rings when and where, and what becomes of bookings when a table changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response
from wtforms import DateField, StringField
from wtforms.validators import Length, Optional

from app.booking.actions import bells as actions
from app.booking.rules.ringing import BookingsRing, RingsOtherwise
from app.catalogue.store.belongings import campuses
from app.consortium.rules.office import Actor
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import is_chinese, named, short_day_text
from app.entrypoints.web.attempts import flash_all, status_of
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.calendar.editing import (
    CalendarForm,
    clock_of,
    member_names,
    minute_of,
    only_whose_calendar_it_is,
)
from app.entrypoints.wording.units import names_in
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Reason, Refused
from app.foundation.timespan import DAY
from app.timetable.actions.record import may_set_calendar
from app.timetable.rules.bell import MOST_PERIODS, BellForm, Period
from app.timetable.store import bells

BLANK_PERIODS = 3
MOST_LISTED = 200
MOST_ROUNDS = 15
"""Transactions after the first in which one press moves bookings; what is left then takes another press."""
Answer = tuple[str, int] | Response


class BellPage(CalendarForm):
    """A bell table, its periods aside."""

    campus = StringField(
        lazy_gettext("Campus"),
        [Optional(), Length(max=60)],
        description=lazy_gettext("Only there; empty means at every campus."),
    )
    learners = StringField(
        lazy_gettext("For whom"),
        [Optional(), Length(max=40)],
        description=lazy_gettext("Only for these learners, such as first-years; empty means for everybody."),
    )
    from_on = DateField(lazy_gettext("First day"), [Optional()], description=lazy_gettext("Empty: since ever."))
    last_on = DateField(
        lazy_gettext("Last day"), [Optional()], description=lazy_gettext("Empty: until further notice.")
    )

    def content(self, periods: Sequence[Period]) -> BellForm:
        last = self.last_on.data
        return BellForm(
            self.member_id,
            self.name_zh.data or "",
            self.name_en.data or "",
            tuple(periods),
            (self.campus.data or "").strip(),
            (self.learners.data or "").strip(),
            self.from_on.data,
            last + DAY if last and last < date.max else last,
        )


@dataclass(frozen=True, slots=True)
class Touched:
    """The bookings a change would ring otherwise, to be shown: how many, and the first of them with links."""

    summary: str
    lines: tuple[dict[str, str], ...]
    more: int


@web.get("/admin/periods")
@gate.needs("calendar.change")
def bell_tables() -> tuple[str, int]:
    """The tables by organisation, each with its place in the year."""
    names = member_names()
    year = clock.today().year
    groups: dict[int | None, dict[str, Any]] = {}
    for table in bells.bell_tables():
        form = table.form
        group = groups.setdefault(
            form.member_id,
            {
                "whose": names.get(form.member_id, gettext("The whole consortium")),
                "may": may_set_calendar(actor(), form.member_id),
                "tables": [],
                "lanes": {},
            },
        )
        label = _for_whom(form)
        group["tables"].append(
            {
                "id": table.id,
                "name": named(form),
                "for": label,
                "when": _season(form),
                "periods": [
                    (each.number, clock_of(each.start_minute), clock_of(each.end_minute)) for each in form.periods
                ],
                "rings": form.rings_on(clock.today()),
            }
        )
        group["lanes"].setdefault(label, []).append(_bar(form, table.id, year))
    for group in groups.values():
        for bars in group["lanes"].values():
            bars.sort(key=lambda bar: not bar["whole"])
    at = _day_number(clock.today(), year)
    months = [date(year, n, 1) for n in range(1, 13)]
    labels = [f"{month.month}月" if is_chinese() else f"{month:%b}" for month in months]
    return page("timetable/bell_tables.html", groups=list(groups.values()), year=year, months=labels, today=at)


def _for_whom(form: BellForm) -> str:
    return " · ".join(part for part in (form.campus, form.learners) if part) or gettext("Everywhere, for everybody")


def _season(form: BellForm) -> str:
    first = _dated(form.from_on)
    last = _dated(form.until_on - DAY if form.until_on else None)
    if first and last:
        return f"{first} – {last}"
    if first:
        return gettext("from %(day)s on", day=first)
    return gettext("until %(day)s", day=last) if last else gettext("the whole year")


def _dated(day: date | None) -> str:
    if day is None:
        return ""
    return f"{day.year}年{short_day_text(day)}" if is_chinese() else f"{short_day_text(day)} {day.year}"


def _bar(form: BellForm, table_id: int, year: int) -> dict[str, Any]:
    """Where a table rings in a year, in days from 0 to 366."""
    start = max(0, _day_number(form.from_on, year)) if form.from_on else 0
    end = min(366, _day_number(form.until_on, year)) if form.until_on else 366
    whole = form.from_on is None and form.until_on is None
    return {"id": table_id, "name": named(form), "start": start, "days": max(0, end - start), "whole": whole}


def _day_number(day: date, year: int) -> int:
    return (day - date(year, 1, 1)).days


@web.get("/admin/periods/new")
@gate.needs("calendar.change")
def new_bell_table() -> tuple[str, int]:
    """An empty table, or (`copy`) one like another for the next season."""
    model = _find(id_from_text(request.args.get("copy", "")) or 0)
    if model is None or not may_set_calendar(actor(), model.form.member_id):
        form = BellPage(formdata=None)
        form.offer(None, fixed=False)
        return _show_bell(form, None, [("", "")] * 10, [], 200)
    form = _form_of(model)
    form.version.data = ""
    form.from_on.data, form.last_on.data = model.form.until_on, None
    form.offer(model.form.member_id, fixed=False)
    return _show_bell(form, None, _lines_of(model.form), [], 200)


@web.post("/admin/periods/new")
@gate.needs("calendar.change")
def add_bell_table() -> Answer:
    return _keep_bell_table(None)


@web.get("/admin/periods/<id:table_id>")
@gate.needs("calendar.change")
def bell_table(table_id: int) -> tuple[str, int]:
    kept = or_404(_find(table_id))
    only_whose_calendar_it_is(kept.form.member_id)
    form = _form_of(kept)
    form.offer(kept.form.member_id, fixed=True)
    return _show_bell(form, kept, _lines_of(kept.form), [], 200)


@web.post("/admin/periods/<id:table_id>")
@gate.needs("calendar.change")
def change_bell_table(table_id: int) -> Answer:
    return _keep_bell_table(table_id)


def _keep_bell_table(table_id: int | None) -> Answer:
    kept = None if table_id is None else or_404(_find(table_id))
    form = BellPage()
    form.offer(kept.form.member_id if kept else None, fixed=kept is not None)
    lines = list(zip(request.form.getlist("starts")[:40], request.form.getlist("ends")[:40], strict=False))
    lines = [(start.strip()[:8], end.strip()[:8]) for start, end in lines]
    while lines and lines[-1] == ("", ""):
        lines.pop()
    periods = _periods(lines)
    if periods is None:
        form.validate_on_submit()
        sentence = gettext("Every class period needs a start and an end like 08:00, without a gap in the numbers.")
        return _show_bell(form, kept, lines, [sentence], 422)
    if not form.validate_on_submit():
        return _show_bell(form, kept, lines, [], 422)
    who, now, content, then = actor(), clock.now(), form.content(periods), request.form.get("then", "")
    try:
        outcome = transaction(
            lambda: actions.set_bell_table(who, table_id, form.stated_version, content, then=then, now=now)
        )
    except Refused as refused:
        touched, rest = _touched(refused.reasons)
        return _show_bell(form, kept, lines, wording.sentences(rest), status_of(refused.reasons), touched)
    return _told(_moved_on(who, outcome, now), gettext("The class periods are kept."), content.member_id)


@web.post("/admin/periods/<id:table_id>/remove")
@gate.needs("calendar.change")
def remove_bell_table(table_id: int) -> Answer:
    kept = or_404(_find(table_id))
    only_whose_calendar_it_is(kept.form.member_id)
    who, now, then = actor(), clock.now(), request.form.get("then", "")
    version = id_from_text(request.form.get("version", "")) or 0
    try:
        outcome = transaction(lambda: actions.remove_bell_table(who, table_id, version, then=then, now=now))
    except Refused as refused:
        touched, rest = _touched(refused.reasons)
        if touched is not None and not rest:
            return page("timetable/bell_remove.html", 409, table=kept, version=version, touched=touched)
        flash_all(refused.reasons)
        return redirect("/admin/periods", 303)
    return _told(_moved_on(who, outcome, now), gettext("The bell table is removed."), kept.form.member_id)


@web.post("/admin/periods/follow")
@gate.needs("calendar.change")
def follow_bells() -> Answer:
    """Move what the bells of a calendar ring at other times than it has: what one press did not reach, and what was kept."""
    who, now = actor(), clock.now()
    member_id = id_from_text(request.form.get("whose", ""))
    only_whose_calendar_it_is(member_id)
    left = actions.strayed(who, member_id, now)
    return _told(_moved_on(who, actions.Outcome(0, left=left), now), "", member_id)


def _moved_on(who: Actor, outcome: actions.Outcome, now: datetime) -> actions.Outcome:
    """Go on moving, in short transactions: what stood in another's way is tried once more at the end."""
    refused: dict[int, tuple[RingsOtherwise, tuple[Reason, ...]]] = {}
    again, left = False, outcome.left
    for _ in range(MOST_ROUNDS):
        if not left:
            break
        found = transaction(partial(actions.move, who, left, now=now))
        outcome.moved += found.moved
        refused |= {each.date_id: (each, reasons) for each, reasons in found.stayed}
        left = found.left
        if not left and not again and outcome.moved:
            again, left = True, [each for each, _ in refused.values() if each.slot is not None]
            refused = {}
    outcome.left = left
    outcome.stayed = sorted([*outcome.stayed, *refused.values()], key=lambda pair: (pair[0].start, pair[0].date_id))
    return outcome


def _told(outcome: actions.Outcome, first: str, member_id: int | None) -> Answer:
    """What became of the bookings; where some could not move, a page that lists them with the reasons."""
    words = [first] if first else []
    if outcome.kept:
        words.append(gettext("%(n)s dates keep their clock times, as you chose.", n=outcome.kept))
    if outcome.moved:
        words.append(gettext("%(n)s dates were moved to the new times; their holders are told.", n=outcome.moved))
    if not outcome.stayed and not outcome.left:
        words = words or [gettext("Every coming date is at the times its class periods ring.")]
        flash(" ".join(words), "done")
        return redirect("/admin/periods", 303)
    shown = outcome.stayed[:MOST_LISTED]
    names = names_in([*(date for date, _ in shown), *(why for _, all_of in shown for why in all_of)])
    rows = [
        {
            "url": f"/bookings/{each.booking_id}",
            "message": wording.say(each, names),
            "why": list(dict.fromkeys(wording.say(reason, names) for reason in reasons)),
        }
        for each, reasons in shown
    ]
    return page(
        "timetable/bells_stayed.html",
        told=" ".join(words),
        rows=rows,
        count=len(outcome.stayed),
        left=len(outcome.left),
        whose=str(member_id or ""),
    )


def _touched(reasons: Sequence[Reason]) -> tuple[Touched | None, list[Reason]]:
    """The bookings among the reasons, and the rest."""
    dates = [reason for reason in reasons if isinstance(reason, RingsOtherwise)]
    counts = [reason for reason in reasons if isinstance(reason, BookingsRing)]
    rest = [reason for reason in reasons if not isinstance(reason, RingsOtherwise | BookingsRing)]
    if not counts:
        return None, rest
    names = names_in(dates)
    lines = tuple({"url": f"/bookings/{each.booking_id}", "message": wording.say(each, names)} for each in dates)
    return Touched(wording.say(counts[0], {}), lines, counts[0].dates - len(lines)), rest


def _find(table_id: int) -> bells.KeptBell | None:
    return next((each for each in bells.bell_tables() if each.id == table_id), None)


def _form_of(kept: bells.KeptBell) -> BellPage:
    return BellPage(
        formdata=None,
        whose=str(kept.form.member_id or ""),
        name_zh=kept.form.name_zh,
        name_en=kept.form.name_en,
        campus=kept.form.campus,
        learners=kept.form.learners,
        from_on=kept.form.from_on,
        last_on=kept.form.until_on - DAY if kept.form.until_on else None,
        version=str(kept.version),
    )


def _lines_of(form: BellForm) -> list[tuple[str, str]]:
    return [(clock_of(each.start_minute), clock_of(each.end_minute)) for each in form.periods]


def _show_bell(
    form: BellPage,
    kept: bells.KeptBell | None,
    lines: list[tuple[str, str]],
    reasons: list[str],
    status: int,
    touched: Touched | None = None,
) -> tuple[str, int]:
    room = max(0, min(BLANK_PERIODS, MOST_PERIODS - len(lines)))
    shown = [*lines, *([("", "")] * room)]
    known = sorted({each.form.learners for each in bells.bell_tables() if each.form.learners})
    return page(
        "timetable/bell_table.html",
        status,
        form=form,
        table=kept,
        lines=shown,
        reasons=reasons,
        touched=touched,
        campuses=campuses(),
        learners=known,
    )


def _periods(lines: Sequence[tuple[str, str]]) -> list[Period] | None:
    found = []
    for number, (start, end) in enumerate(lines, 1):
        starts, ends = minute_of(start), minute_of(end)
        if starts is None or ends is None:
            return None
        found.append(Period(number, starts, ends))
    return found
