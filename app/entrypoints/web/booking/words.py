"""A booking in words: its history, what happens next, how a change differs from what stands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as date_of
from datetime import datetime
from typing import Any

from flask_babel import gettext

from app.booking.actions import form as choosing
from app.booking.actions.listing import BookingPage
from app.booking.rules.course import CANCELLED, CONFIRMED, REFUSED, WAITING, Kept
from app.booking.rules.listing import Event, PlacedUnit
from app.booking.rules.meetings import LeftOut
from app.booking.rules.request import Slot
from app.entrypoints import clock
from app.entrypoints.formats import (
    clock_text,
    day_text,
    is_chinese,
    moment_text,
    named,
    periods_words,
    short_day_text,
    slot_text,
    span_text,
    weekday_text,
)
from app.entrypoints.wording import chains as chain_words
from app.entrypoints.wording.booking import purpose_name
from app.foundation.timespan import Span, local_day
from app.timetable.rules.days import Status
from app.timetable.rules.term import Term, term_on


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history: what, in which words, how it stands (done, now, next, stopped), when."""

    title: str
    text: str
    state: str
    when: str


def state_of(date: Kept, now: datetime) -> str:
    """How a date stands for a reader: its state, or past."""
    return "past" if date.state == CONFIRMED and date.span.end <= now else date.state


def short_span(span: Span) -> str:
    """11月24日 周二 08:00–09:40; the year is named only where it is not this one."""
    day, end = local_day(span.start), clock_text(span.end)
    later = span.days()[-1] != day
    until = f"{short_day_text(span.days()[-1])} {end}" if later else "24:00" if end == "00:00" else end
    same_year = day.year == clock.today().year
    first = f"{short_day_text(day)} {weekday_text(day)}" if same_year else day_text(day)
    return f"{first} {clock_text(span.start)}–{until}"


def short_slot(slot: Slot, week: int | None = None) -> str:
    """第6周 周二 10月13日 3-4节 (10:05–11:40); without periods and weeks 10月13日 周二 08:00–09:40."""
    day = local_day(slot.span.start)
    if not slot.periods or len(slot.span.days()) > 1:
        words = short_span(slot.span)
        return _in_week(week, words) if week else words
    date = short_day_text(day)
    if day.year != clock.today().year:
        date = f"{day.year}年{date}" if is_chinese() else f"{date} {day.year}"
    time = f"{periods_words(slot.periods)} ({clock_text(slot.span.start)}–{clock_text(slot.span.end)})"
    return _in_week(week, f"{weekday_text(day)} {date} {time}")


def weekly_slot(slot: Slot, terms: Sequence[Term], calendar_id: int | None) -> str:
    """`short_slot` with its teaching week by an organisation's calendar."""
    day = local_day(slot.span.start)
    term = term_on(terms, day, calendar_id)
    return short_slot(slot, term.week_of(day) if term else None)


def lesson_words(week: int, weekday: int) -> str:
    """第6周 周一 / week 6 Mon: whose timetable runs."""
    return _in_week(week, weekday_text(date_of(2024, 1, weekday)))


def _in_week(week: int | None, words: str) -> str:
    return gettext("Week %(week)s %(words)s", week=week, words=words) if week else words


def lost_words(lost: LeftOut) -> str:
    """第6周 周二 10月6日 3-4节."""
    date_words = f"{lesson_words(lost.week, lost.weekday)} {short_day_text(lost.day)}"
    time = periods_words(lost.periods)
    return f"{date_words}{' ' if is_chinese() else ', '}{time}" if time else date_words


def why_words(status: Status) -> str:
    """Why nothing is taught on a day, as its own words: 国庆节, 考试周, 补10月6日的课."""
    if status.kind == "silent":
        return gettext("these class periods do not ring that day")
    if status.kind == "outside":
        return gettext("outside the term")
    if status.kind in ("runs", "moved") and status.runs_as is not None:
        day = f"{short_day_text(status.runs_as)} {weekday_text(status.runs_as)}"
        if status.kind == "moved":
            return gettext("its lessons are given on %(day)s", day=day)
        return gettext("the lessons of %(day)s are given", day=day)
    return status.name_en if status.name_en and not is_chinese() else status.name


def unit_words(units: Iterable[PlacedUnit]) -> str:
    """数控车床 A、焊接工位 ×3."""
    said = [
        gettext("%(unit)s × %(n)s", unit=named(unit), n=unit.quantity) if unit.quantity > 1 else named(unit)
        for unit in units
    ]
    return gettext(", ").join(said)


def history(found: BookingPage, now: datetime) -> list[Step]:
    """What happened, from the trail, and what is still to come."""
    names = _unit_names(found.history)
    booking = found.booking
    said = {approval.decided_at: approval.note for approval in booking.approvals if approval.note}
    steps = [_step(event, names, said.get(event.at, "")) for event in found.history]
    for approval in booking.approvals:
        if approval.state == WAITING and booking.state == WAITING:
            parts = [part for part in found.parts if part.base_id == approval.base_id]
            who = gettext("Asked now: %(who)s", who=chain_words.step_line(parts))
            steps.append(Step(who, chain_words.until_line(parts), "now", ""))
    if booking.state in (WAITING, CONFIRMED):
        coming = [date for date in booking.open_dates if date.span.end > now]
        if coming:
            steps.append(Step(gettext("In use"), slot_text(coming[0].span, coming[0].periods), "next", ""))
        elif booking.dates:
            steps.append(
                Step(gettext("Ended"), slot_text(booking.dates[-1].span, booking.dates[-1].periods), "done", "")
            )
    return steps


def _step(event: Event, names: Mapping[int, str], said: str) -> Step:
    before, after = _plain(event.before), _plain(event.after)
    title, state = {
        "booking.request": (
            gettext("Asked for") if after.get("state") == WAITING else gettext("Booked"),
            "done",
        ),
        "booking.change": (gettext("Changed"), "done"),
        "booking.add": (gettext("Dates added"), "done"),
        "booking.cancel": (gettext("Cancelled"), "stopped"),
        "booking.displace": (gettext("Gave way to something higher"), "stopped"),
        "displacement.answer": (gettext("Given back after an appeal"), "done"),
        "booking.approve": (gettext("Approved"), "done"),
        "booking.refuse": (gettext("Refused"), "stopped"),
        "booking.escalate": (gettext("Nobody answered in time; asked further up"), "done"),
        "booking.accept_time": (gettext("Moved to the time proposed"), "done"),
    }.get(event.deed, (gettext("Changed"), "done"))
    lines = [event.person, *_differences(before, after, names)]
    if note := str(after.get("note") or said):
        lines.append(gettext("“%(words)s”", words=note))
    return Step(title, gettext("; ").join(line for line in lines if line), state, moment_text(event.at))


def _plain(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _differences(before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[int, str]) -> list[str]:
    if not before:
        return []
    lines = []
    if before.get("title") != after.get("title"):
        lines.append(gettext("title: %(old)s → %(new)s", old=before.get("title"), new=after.get("title")))
    if before.get("purpose") != after.get("purpose"):
        old, new = purpose_name(str(before.get("purpose"))), purpose_name(str(after.get("purpose")))
        lines.append(gettext("purpose: %(old)s → %(new)s", old=old, new=new))
    if before.get("units") != after.get("units"):
        old, new = _units_text(before.get("units"), names), _units_text(after.get("units"), names)
        lines.append(gettext("units: %(old)s → %(new)s", old=old, new=new))
    return lines + _dates_changed(before.get("dates"), after.get("dates"))


def _dates_changed(before: Any, after: Any) -> list[str]:
    old, new = _dates_by_id(before), _dates_by_id(after)
    moved = [(old[key], new[key]) for key in new if key in old and old[key][:2] != new[key][:2]]
    ended = [
        new[key] for key in new if key in old and old[key][2] != new[key][2] and new[key][2] in (CANCELLED, REFUSED)
    ]
    lines = [gettext("%(old)s → %(new)s", old=_span_words(was), new=_span_words(becomes)) for was, becomes in moved[:3]]
    if len(moved) > 3:
        lines.append(gettext("and %(n)s more dates", n=len(moved) - 3))
    added = [new[key] for key in new if key not in old]
    lines += [_span_words(date) for date in added[:3]]
    if len(added) > 3:
        lines.append(gettext("and %(n)s more dates", n=len(added) - 3))
    if ended and len(ended) < len(new):
        lines += [_span_words(date) for date in ended[:3]]
        if len(ended) > 3:
            lines.append(gettext("and %(n)s more dates", n=len(ended) - 3))
    return lines


def _dates_by_id(dates: Any) -> dict[Any, tuple[str, str, str]]:
    return {each[0]: (each[1], each[2], each[3]) for each in dates or () if isinstance(each, list) and len(each) == 4}


def _span_words(date: tuple[str, str, str]) -> str:
    try:
        return span_text(Span(datetime.fromisoformat(date[0]), datetime.fromisoformat(date[1])))
    except ValueError:
        return ""


def _unit_names(events: Sequence[Event]) -> dict[int, str]:
    """Names of every unit that a change of units names, in one query; none where no entry does."""
    ids: set[int] = set()
    for event in events:
        before, after = _plain(event.before), _plain(event.after)
        if before and before.get("units") != after.get("units"):
            ids |= {each[0] for found in (before, after) for each in found.get("units") or ()}
    return {unit_id: named(unit) for unit_id, unit in choosing.places(sorted(ids)).items()} if ids else {}


def _units_text(units: Any, names: Mapping[int, str]) -> str:
    said = [
        names.get(unit_id, str(unit_id)) + (f" × {quantity}" if quantity > 1 else "")
        for unit_id, quantity in units or ()
    ]
    return gettext(", ").join(said)


def next_step(found: BookingPage, now: datetime) -> tuple[str, str]:
    """What happens next, and the kind of note it is."""
    booking = found.booking
    coming = [date for date in booking.open_dates if date.span.end > now]
    if booking.state == WAITING:
        waiting = [each.base_id for each in booking.approvals if each.state == WAITING]
        if not waiting:
            return gettext("Held for you: take it or let it pass on the page of your waiting list."), "waiting"
        lines = []
        for base_id in waiting:
            parts = [part for part in found.parts if part.base_id == base_id]
            base = named(found.bases[base_id]) if base_id in found.bases else ""
            line = [f"{base}: {chain_words.step_line(parts)}" if base else chain_words.step_line(parts)]
            lines.append(gettext(", ").join([*line, *filter(None, [chain_words.until_line(parts)])]))
        return gettext(
            "Waiting for an answer (%(who)s). The time is not yours until it is approved.",
            who=gettext("; ").join(lines),
        ), "waiting"
    if booking.state == CONFIRMED and coming:
        first = coming[0]
        where = found.units[0] if found.units else None
        place = " ".join(part for part in (named(where.base), where.place) if part) if where else ""
        if first.span.start <= now:
            return gettext("Going on now, until %(when)s.", when=moment_text(first.span.end)), "done"
        return gettext("Next: %(when)s, %(place)s.", when=slot_text(first.span, first.periods), place=place), "done"
    if booking.state == CONFIRMED:
        return gettext("This is over. Use “Book again” for another time."), "note"
    if booking.state == REFUSED:
        refused = next((each for each in booking.approvals if each.state == REFUSED), None)
        said = [chain_words.reason_title(refused.reason), refused.note] if refused else []
        words = gettext(": ").join(each for each in said if each)
        return gettext("Refused: %(words)s", words=words) if words else gettext("Refused."), "problem"
    return gettext("Cancelled. The time is free for others."), "note"


def chains(found: BookingPage) -> list[list[tuple[str, str, str, str]]]:
    """For each base who must agree and how far that has come, for the macro `steps`."""
    base_ids = list(dict.fromkeys(part.base_id for part in found.parts))
    return [
        chain_words.answer_steps(
            [part for part in found.parts if part.base_id == base_id],
            named(found.bases[base_id]) if base_id in found.bases and len(base_ids) > 1 else "",
            found.people,
        )
        for base_id in base_ids
    ]


def other_times(found: BookingPage, reader_id: int) -> list[dict[str, Any]]:
    """The other times that are proposed for it now."""
    booking = found.booking
    spans = {date.id: date.span for date in booking.dates}
    return [
        {
            "id": offer.id,
            "when": span_text(offer.span),
            "before": span_text(spans[offer.date_id]) if offer.date_id in spans else "",
            "by": found.people.get(offer.by_id, ""),
            "note": offer.note,
            "mine": reader_id in (booking.holder_id, booking.requester_id),
            "own": reader_id == offer.by_id,
        }
        for offer in found.other_times
        if offer.state == "open"
    ]
