"""What saving a booking form would be answered now, in words: date by date, with what could be had instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode

from flask_babel import gettext

from app.booking.actions import asking
from app.booking.actions import form as choosing
from app.booking.actions.alternatives import alternatives
from app.booking.actions.displacing import may_look
from app.booking.rules.conflict import InThePast
from app.booking.rules.eligibility import PERSONAL, is_about_the_person
from app.booking.rules.meetings import Plan, Planned
from app.booking.rules.request import Asked, Slot
from app.consortium.rules.office import Actor
from app.entrypoints import wording
from app.entrypoints.formats import day_text, named, slot_text
from app.entrypoints.web.booking.alternatives import Offer, offers
from app.entrypoints.web.booking.sheet import NO_PLAN, Sheet
from app.entrypoints.web.booking.words import lesson_words, lost_words, short_slot, why_words
from app.entrypoints.web.calendar.notice import notices
from app.entrypoints.wording.units import names_in
from app.foundation.refusal import Reason
from app.foundation.timespan import local, local_day
from app.timetable.rules.calendar import Calendar

MOST_ROWS = 60
"""A verdict names so many dates; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Row:
    """One date in a verdict."""

    when: str
    day: date
    sentences: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What saving would say now, in words."""

    when: str
    general: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    dates: int = 0
    asks: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    press: str = "take"
    """What pressing an offer does: take it into the form, book it, or move the booking there."""
    may_take_part: bool = False
    """Whether the free dates alone can be had for the asking."""
    left_out: tuple[Row, ...] = ()
    """Wanted dates that fall out, each with why as its note."""
    may_keep_lost: bool = False
    keeps_lost: bool = False
    wait_url: str = ""
    """Where one may stand in the line for it; empty where there is nothing to wait for."""
    may_displace: bool = False
    """Whether the reader may look who could give way."""
    check_url: str = ""
    """Where everything that is asked of the person is listed; empty where nothing of it is missing."""
    lacks: bool = False
    """Whether nothing but what is asked of the person stands in the way."""
    notes: tuple[tuple[str, str], ...] = ()
    """What the calendar says, each with its kind: note or problem."""

    @property
    def clashing(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.sentences)

    @property
    def free(self) -> int:
        return self.dates - len(self.clashing)

    @property
    def is_free(self) -> bool:
        return not self.general and not self.clashing and self.dates > 0

    @property
    def accept(self) -> str:
        """The dates to leave out so that the rest can be had."""
        return ",".join(row.day.isoformat() for row in self.clashing)


def judge(sheet: Sheet, who: Actor, now: datetime, refused: Sequence[Reason] = ()) -> Verdict | None:
    """The verdict over what is asked now; `refused` are the reasons a booking just met, where preview has none."""
    asked = sheet.asked
    if asked is None or not asked.slots:
        nothing = Verdict(when="", general=(gettext("No date is left."),))
        return _with_calendar(nothing, sheet) if sheet.plan.left_out and not sheet.plan.planned else None
    judged = replace(asked, title=asked.title or "…", headcount=None, note="")
    found = asking.preview(who, judged, now)
    verdict = _with_calendar(verdict_on(judged, found, calendar=sheet.calendar, plan=sheet.plan), sheet)
    if refused and verdict.is_free:
        return replace(verdict, general=tuple(wording.sentences(refused)))
    personal = any(isinstance(reason, PERSONAL) for reason in found.reasons)
    only_personal = personal and is_about_the_person(found.reasons)  # then no other time would help
    instead = [] if verdict.is_free or only_personal else alternatives(judged, now)
    return replace(
        verdict,
        offers=tuple(offers(instead, asked)),
        press="book" if refused else "take",
        may_take_part=True,
        wait_url=_wait_url(asked) if verdict.clashing and len(asked.slots) == 1 and not only_personal else "",
        check_url=_check_url(asked) if personal else "",
        lacks=bool(only_personal),
        may_displace=bool(verdict.clashing) and may_look(who, asked, found.reasons),
    )


def _check_url(asked: Asked) -> str:
    """Where everything that is asked stands with what to do about it."""
    start, end = local(asked.slots[0].span.start), local(asked.slots[0].span.end)
    words = [("day", f"{start:%Y-%m-%d}"), ("start", f"{start:%H:%M}"), ("end", f"{end:%H:%M}")]
    words += [
        ("purpose", asked.purpose),
        ("for", str(asked.holder_id)),
        *((each, "1") for each in sorted(asked.declared)),
    ]
    return f"/units/{asked.wants[0].unit_id}/eligibility?" + urlencode(words)


def _wait_url(asked: Asked) -> str:
    """Where one stands in the line for a taken time."""
    span = asked.slots[0].span
    words = [("unit", str(want.unit_id)) for want in asked.wants]
    words += [("together", "1")] if len(words) > 1 else [("quantity", str(asked.wants[0].quantity))]
    words += [("start", f"{local(span.start):%Y-%m-%dT%H:%M}"), ("end", f"{local(span.end):%Y-%m-%dT%H:%M}")]
    return "/waiting/new?" + urlencode([*words, ("title", asked.title)])


def verdict_on(
    asked: Asked,
    found: asking.Preview,
    begun: Iterable[datetime] = (),
    calendar: Calendar | None = None,
    plan: Plan = NO_PLAN,
) -> Verdict:
    """A preview in words. A date that has begun may keep its beginning, though that is past."""
    names = names_in(found.reasons)
    kept = set(begun)
    planned = {each.slot: each for each in plan.planned}
    rows = []
    for slot, reasons in found.by_slot:
        real = [each for each in reasons if not (isinstance(each, InThePast) and slot.span.start in kept)]
        sentences = tuple(dict.fromkeys(wording.say(reason, names) for reason in real))
        day = local_day(slot.span.start)
        week = calendar.week_of(day) if calendar else None
        rows.append(Row(short_slot(slot, week), day, sentences, _note(planned.get(slot), week)))
    return Verdict(
        when=when_of(asked.slots, calendar),
        general=tuple(wording.say(reason, names) for reason in found.general),
        rows=tuple(rows if len(rows) <= MOST_ROWS else sorted(rows, key=lambda row: not (row.sentences or row.note))),
        dates=len(asked.slots),
        asks=tuple(base_names(found.asks_bases)),
    )


def _note(planned: Planned | None, week: int | None) -> str:
    """What the calendar says of a date beside its time: a make-up day, or a day on which nothing is taught."""
    if planned is None or planned.week is None or planned.weekday is None:
        return "" if planned is None or planned.despite.kind == "plain" else why_words(planned.despite)
    if planned.despite.kind != "plain":
        return why_words(planned.despite)
    if (planned.week, planned.weekday) != (week, local_day(planned.slot.span.start).isoweekday()):
        return gettext("make-up day: %(lesson)s", lesson=lesson_words(planned.week, planned.weekday))
    return ""


def _with_calendar(verdict: Verdict, sheet: Sheet) -> Verdict:
    """What the calendar takes out and adds, and what it does not know."""
    days = [each.day for each in sheet.plan.planned] + [each.day for each in sheet.plan.left_out]
    left_out = tuple(Row(lost_words(each), each.day, (), why_words(each.why)) for each in sheet.plan.left_out)
    notes = [(each.kind, each.text) for each in notices(sheet.calendar.days, min(days), max(days))] if days else []
    if verdict.dates == 1 and not left_out and verdict.rows and (note := verdict.rows[0].note):
        told = note if note.startswith(gettext("make-up day")) else gettext("This day: %(what)s", what=note)
        notes.insert(0, ("note", told))
    return replace(
        verdict,
        left_out=left_out[:MOST_ROWS],
        may_keep_lost=any(each.why.kind in ("off", "runs", "block") for each in sheet.plan.left_out),
        keeps_lost=bool(sheet.form.keep_lost.data) and any(each.despite.kind != "plain" for each in sheet.plan.planned),
        notes=tuple(notes),
    )


def base_names(base_ids: Iterable[int]) -> list[str]:
    found = choosing.base_names(list(base_ids))
    return [named(base) for base in found]


def when_of(slots: Sequence[Slot], calendar: Calendar | None = None) -> str:
    """One date in full, or how many dates from when to when."""
    if len(slots) == 1:
        terms, whose = (calendar.terms, calendar.member_id) if calendar else ((), None)
        return slot_text(slots[0].span, slots[0].periods, terms, whose)
    return gettext(
        "%(n)s dates from %(first)s to %(last)s",
        n=len(slots),
        first=day_text(local_day(slots[0].span.start)),
        last=day_text(local_day(slots[-1].span.start)),
    )
