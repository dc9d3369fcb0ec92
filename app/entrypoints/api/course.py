"""Course: the dates a request means, said by the clock, as a list, in words, or by term, weeks, weekday and periods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask import Response

from app.booking.rules.meetings import LeftOut, NotRung, Plan, plan, reasons_against_text, written
from app.booking.rules.request import Slot, Want
from app.booking.store import looking, weeks
from app.catalogue.store import units as catalogue
from app.entrypoints import clock
from app.entrypoints.api.blueprint import answer, operation
from app.entrypoints.api.problems import Unreadable, invalid, moment
from app.entrypoints.api.shapes import asking as of_asking
from app.foundation.refusal import Invalid
from app.foundation.timespan import Span, local_day
from app.timetable.rules.bell import runs
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import Term, term_on
from app.timetable.rules.weeks import Meeting
from app.timetable.store.calendar import calendar

IN_WEEKS = ("weeks", "weekday", "periods")


@dataclass(frozen=True, slots=True)
class Meant:
    """The wanted dates in order of time, and those in teaching weeks that fall out because nothing is taught then."""

    slots: tuple[Slot, ...]
    left_out: tuple[LeftOut, ...] = ()


def meant(wanted: Mapping[str, Any], wants: Sequence[Want]) -> Meant:
    """What the request means. Raises Unreadable where it is said twice, in part or not at all."""
    in_words, in_weeks = "when" in wanted, any(word in wanted for word in IN_WEEKS)
    by_clock, by_list = "start" in wanted or "end" in wanted, "dates" in wanted
    if by_clock + by_list + (in_weeks or ("term" in wanted and not in_words)) + in_words > 1:
        raise invalid("dates", "one_way_only")
    if by_list:
        return _of(slot_of(each["start"], each["end"], f"dates.{n}") for n, each in enumerate(wanted["dates"]))
    if in_words or in_weeks or "term" in wanted:
        found = _in_words(wanted, wants[0].unit_id) if in_words else _weekly(wanted, wants[0].unit_id)
        return Meant(tuple(found.slots), found.left_out)
    if missing := [word for word in ("start", "end") if word not in wanted]:
        raise Unreadable([Invalid(word, "missing") for word in missing])
    return Meant((slot_of(wanted["start"], wanted["end"]),))


def slot_of(start: datetime, end: datetime, field: str = "") -> Slot:
    if end <= start:
        raise invalid(f"{field}.end" if field else "end", "backward")
    return Slot(Span(start, end))


def _of(slots: Any) -> Meant:
    return Meant(tuple(sorted(slots, key=lambda slot: slot.span)))


def calendar_of(wanted: Mapping[str, Any], unit_id: int | None) -> Calendar:
    """The calendar of the unit's place, or the one that was asked for."""
    member_id, campus = looking.bell_place(unit_id) if unit_id is not None else (None, "")
    return calendar(wanted.get("calendar") or member_id, campus)


def _term(wanted: Mapping[str, Any], place: Calendar) -> Term:
    """The term that was named, else the one that the day (today, where none is said) lies in or near."""
    near: date = wanted.get("near") or clock.today()
    found = place.term_near(near)
    if "term" in wanted:
        found = next((term for term in place.terms if term.id == wanted["term"]), None)
    if found is None:
        raise invalid("term", "unknown")
    return found


def _in_words(wanted: Mapping[str, Any], unit_id: int | None) -> Plan:
    place = calendar_of(wanted, unit_id)
    return understood(wanted, place, _term(wanted, place))[1]


def understood(wanted: Mapping[str, Any], place: Calendar, term: Term) -> tuple[tuple[Meeting, ...], Plan]:
    """The meetings of `when` and their dates. Raises Unreadable with every part that cannot be meant."""
    meetings, reasons = reasons_against_text(wanted["when"], term)
    if reasons:
        raise Unreadable(reasons)
    return meetings, _taught(plan(place, term, meetings, keep_lost=wanted.get("keep_lost", False)), "when")


def _weekly(wanted: Mapping[str, Any], unit_id: int) -> Plan:
    if missing := [word for word in ("term", *IN_WEEKS) if word not in wanted]:
        raise Unreadable([Invalid(word, "missing") for word in missing])
    place = calendar_of(wanted, unit_id)
    term = _term(wanted, place)
    chosen = tuple(sorted(set(wanted["weeks"])))
    if chosen[-1] > term.weeks:
        raise invalid("weeks", "outside_term")
    meetings = [
        Meeting(chosen, wanted["weekday"], tuple(range(first, last + 1))) for first, last in runs(wanted["periods"])
    ]
    return _taught(plan(place, term, meetings, keep_lost=wanted.get("keep_lost", False)), "periods")


def _taught(found: Plan, field: str) -> Plan:
    """The plan, where it has dates and the bells ring on each. Class periods that do not are never passed over."""
    silent = [NotRung(each.day, each.periods) for each in found.left_out if each.why.kind == "silent"]
    if silent:
        raise Unreadable([replace(each, field=field) for each in silent])
    if not found.planned:
        raise invalid("weeks" if field == "periods" else field, "nothing_taught")
    return found


# ── what is told of dates ──


def weeks_at(unit_ids: Sequence[int]) -> Callable[[int, Span], int | None]:
    """(unit, span) → the teaching week by the calendar of the unit's place, or None; one query."""
    places = weeks.terms_at(unit_ids)

    def week(unit_id: int, span: Span) -> int | None:
        whose, terms = places.get(unit_id, (None, []))
        day = local_day(span.start)
        term = term_on(terms, day, whose)
        return term.week_of(day) if term else None

    return week


def left_out_shown(left_out: Sequence[LeftOut]) -> list[dict[str, Any]]:
    return [
        {
            "day": each.day,
            "week": each.week,
            "weekday": each.weekday,
            "periods": each.periods,
            "why": each.why.kind,
            "name_zh": each.why.name,
            "name_en": each.why.name_en,
        }
        for each in left_out
    ]


@operation(
    "GET",
    "/understand",
    deed="grid.see",
    tag="booking",
    query=of_asking.Said,
    answers=of_asking.Understood,
)
def understand(wanted: dict[str, Any]) -> Response:
    """What a text such as `第3-10周(双) 周二 3-4节` means: weeks, weekdays, periods, and the real dates.

    By the calendar of `unit`'s place, or of `calendar`. Holidays and weeks without a normal timetable are left out and
    named, make-up days come in. What cannot be read without guessing is refused, and the part is named.
    """
    unit_id = wanted.get("unit")
    if unit_id is not None and unit_id not in catalogue.units([unit_id]):
        raise invalid("unit", "unknown")
    place = calendar_of(wanted, unit_id)
    term = _term(wanted, place)
    meetings, found = understood(wanted, place, term)
    return answer(
        {
            "when": written(meetings),
            "term": {"id": term.id, "name_zh": term.name_zh, "name_en": term.name_en},
            "meetings": [
                {"weeks": list(each.weeks), "weekday": each.weekday, "periods": list(each.periods)} for each in meetings
            ],
            "dates": [
                {
                    "start": moment(each.slot.span.start),
                    "end": moment(each.slot.span.end),
                    "periods": each.slot.periods,
                    "week": each.week,
                    "weekday": each.weekday,
                }
                for each in found.planned
            ],
            "left_out": left_out_shown(found.left_out),
        }
    )
