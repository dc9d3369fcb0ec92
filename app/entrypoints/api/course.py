"""Course: the dates a request means, said by the clock or by term, weeks, weekday and class periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.booking.rules.request import Slot, Want
from app.booking.store import looking
from app.entrypoints.api.problems import Unreadable, invalid
from app.foundation.refusal import Invalid
from app.foundation.timespan import Span
from app.timetable import store as timetable
from app.timetable.rules import Term, runs, span_of_periods

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
    term = next((term for term in timetable.terms() if term.id == wanted["term"]), None)
    if term is None:
        raise invalid("term", "unknown")
    weeks = sorted(set(wanted["weeks"]))
    if weeks[-1] > term.weeks:
        raise invalid("weeks", "outside_term")
    bell = timetable.periods(looking.host_of(wants[0].unit_id))
    return [
        Slot(span, f"{first}-{last}" if first != last else str(first))
        for week in weeks
        for first, last in runs(wanted["periods"])
        for span in [_span(term, week, wanted["weekday"], bell, first, last)]
    ]


def _span(term: Term, week: int, weekday: int, bell: Any, first: int, last: int) -> Span:
    span = span_of_periods(bell, term.day(week, weekday), first, last)
    if span is None:
        raise invalid("periods", "not_in_bell_table")
    return span
