"""Course: the dates a request means, said by the clock or by term, weeks, weekday and class periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from app.booking.rules.request import Slot, Want
from app.booking.store import looking
from app.entrypoints.api.problems import Unreadable, invalid
from app.foundation.refusal import Invalid
from app.foundation.timespan import Span
from app.timetable.rules.bell import Bells, label_of, runs, span_of_periods
from app.timetable.store.calendar import calendar
from app.timetable.store.terms import terms

IN_WEEKS = ("term", "weeks", "weekday", "periods")


def slots_of(wanted: Mapping[str, Any], wants: Sequence[Want]) -> tuple[Slot, ...]:
    """The wanted dates in order of time. Raises Unreadable where they are said twice, in part or not at all."""
    by_clock = "start" in wanted or "end" in wanted
    by_list, in_weeks = "dates" in wanted, any(word in wanted for word in IN_WEEKS)
    if by_clock + by_list + in_weeks > 1:
        raise invalid("dates", "one_way_only")
    if by_list:
        return _in_order(slot_of(each["start"], each["end"], f"dates.{n}") for n, each in enumerate(wanted["dates"]))
    if in_weeks:
        if missing := [word for word in IN_WEEKS if word not in wanted]:
            raise Unreadable([Invalid(word, "missing") for word in missing])
        return _in_order(_weekly(wanted, wants))
    if missing := [word for word in ("start", "end") if word not in wanted]:
        raise Unreadable([Invalid(word, "missing") for word in missing])
    return (slot_of(wanted["start"], wanted["end"]),)


def slot_of(start: datetime, end: datetime, field: str = "") -> Slot:
    if end <= start:
        raise invalid(f"{field}.end" if field else "end", "backward")
    return Slot(Span(start, end))


def _in_order(slots: Any) -> tuple[Slot, ...]:
    return tuple(sorted(slots, key=lambda slot: slot.span))


def _weekly(wanted: Mapping[str, Any], wants: Sequence[Want]) -> list[Slot]:
    term = next((term for term in terms() if term.id == wanted["term"]), None)
    if term is None:
        raise invalid("term", "unknown")
    weeks = sorted(set(wanted["weeks"]))
    if weeks[-1] > term.weeks:
        raise invalid("weeks", "outside_term")
    place = calendar(*looking.bell_place(wants[0].unit_id))
    days = place.dates(term, weeks, [wanted["weekday"]]).days
    if not days:
        raise invalid("weeks", "nothing_taught")
    return [
        Slot(_span(place.bells, day, first, last), label_of(first, last))
        for day in days
        for first, last in runs(wanted["periods"])
    ]


def _span(bells: Bells, day: date, first: int, last: int) -> Span:
    span = span_of_periods(bells.on(day), day, first, last)
    if span is None:
        raise invalid("periods", "not_in_bell_table")
    return span
