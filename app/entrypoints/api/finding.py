"""Operations: finding a free slot, as a query of one line or as a wish of several."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response

from app.booking.actions import finding
from app.booking.rules.finding import Findings, Found
from app.booking.rules.request import Slot
from app.booking.rules.wanted import Wanted, When, read_weeks, wanted
from app.booking.rules.wish import MOST_TOGETHER, Need, Wish
from app.entrypoints import clock, gate
from app.entrypoints.api.blueprint import answer, operation
from app.entrypoints.api.problems import invalid, moment
from app.entrypoints.api.shapes import find as shapes
from app.timetable.rules.term import Term
from app.timetable.rules.weeks import Meeting, Unclear

TOGETHER = ("lab", "base", "campus", "city")
PROBLEMS: Mapping[str, tuple[str, str]] = {
    "no_term": ("term", "missing"),
    "outside_term": ("weeks", "outside_term"),
    "weeks_over": ("weeks", "past"),
    "no_days": ("weekdays", "nothing_taught"),
    "backward": ("to", "backward"),
    "too_many_days": ("to", "too_many"),
    "no_periods": ("count", "out_of_range"),
    "no_time": ("minutes", "out_of_range"),
    "too_much": ("weeks", "too_many"),
}
"""The field at which a wish that means no date is wrong, and how."""


@operation("GET", "/find", deed="booking.request", tag="booking", query=shapes.FindAsked, answers=shapes.SlotsFound)
def find_one(asked: dict[str, Any]) -> Response:
    """Free slots for one line of a wish: `GET /find?text=数控车床&weeks=第3-10周 周二下午&series=true`."""
    need = Need(asked["many"], asked["text"], asked["kind"], (asked["unit"],) if asked["unit"] else ())
    owners = [asked["owner"]] if asked["owner"] else []
    weekdays = [asked["weekday"]] if asked["weekday"] else [1, 2, 3, 4, 5]
    return _answer(asked | {"owners": owners, "weekdays": weekdays}, (need,))


@operation("POST", "/find", deed="booking.request", tag="booking", body=shapes.FindWanted, answers=shapes.SlotsFound)
def find(asked: dict[str, Any]) -> Response:
    """Free slots for a wish of several lines, "one of A, B or C and two of D". Nothing is kept or held."""
    needs = [Need(each["many"], each["text"], each["kind"], tuple(each["units"])) for each in asked["needs"]]
    if len(needs) > 1 and sum(need.many for need in needs) > MOST_TOGETHER:
        raise invalid("needs", "too_many")
    return _answer(asked, tuple(needs))


def _answer(asked: Mapping[str, Any], needs: tuple[Need, ...]) -> Response:
    who, now, today = gate.actor(), clock.now(), clock.today()
    near = (asked["near_host"], asked["near_campus"]) if asked["near_host"] else None
    wish = Wish(
        needs,
        asked["people"],
        asked["features"].strip(),
        asked["base"],
        asked["lab"],
        near,
        asked["only_near"],
        frozenset(asked["owners"]),
        asked["direct"],
    )
    places = finding.places(who, today, asked["calendar"], wish.base_id, near)
    terms = places.calendar.terms
    term = next((each for each in terms if each.id == asked["term"]), None)
    if asked["term"] and term is None:
        raise invalid("term", "unknown")
    term = term or places.calendar.term_near(today)
    when = _when(asked, term)
    if not when.by_clock and not places.calendar.bells.on(max(when.first_day or today, today)):
        when = replace(when, by_clock=True)
    meant = wanted(when, places.calendar, term, today)
    if meant.problem:
        raise invalid(*PROBLEMS[meant.problem])
    found, _ = finding.find(who, (wish, meant), now, series=when.weekly)
    return answer(_shown(found, meant, places.calendar.member_id))


def _when(asked: Mapping[str, Any], term: Term | None) -> When:
    meetings, part = _meetings(asked["weeks"], term)
    since, until = _minute(asked["since"]), _minute(asked["until"])
    if since is None:
        raise invalid("since", "unreadable")
    if until is None or until <= since:
        raise invalid("until", "backward" if until is not None else "unreadable")
    return When(
        weekly=asked["series"],
        meetings=meetings,
        weekdays=tuple(sorted(set(asked["weekdays"]))),
        first_day=asked["from_day"],
        last_day=asked["to_day"],
        holidays=asked["holidays"],
        part=part or asked["part"],
        by_clock=asked["minutes"] is not None,
        count=asked["count"],
        first=asked["first"],
        last=asked["last"],
        minutes=asked["minutes"] or 120,
        since=since,
        until=until,
    )


def _minute(text: str) -> int | None:
    """`08:05` as minutes after 0:00; 24:00 ends a day; None where it is no time."""
    found = re.fullmatch(r"(\d{1,2}):([0-5]\d)", text, re.ASCII)
    minute = int(found[1]) * 60 + int(found[2]) if found else None
    return minute if minute is not None and minute <= 24 * 60 else None


def _meetings(text: str, term: Term | None) -> tuple[tuple[Meeting, ...], str]:
    if not text.strip():
        return (), ""
    try:
        return read_weeks(text, term.weeks if term else 0)
    except Unclear as unclear:
        raise invalid("weeks", "unreadable") from unclear


def _shown(found: Findings, meant: Wanted, calendar_id: int | None) -> dict[str, Any]:
    one_date = [choice for time in found.times for choice in time.found]
    return {
        "calendar": calendar_id,
        "choices": [_choice(each) for each in (*found.ranked, *one_date)],
        "total": found.total,
        "lost": [
            {"day": each.day.isoformat(), "week": each.week, "weekday": each.weekday, "why": each.why.kind}
            for each in meant.lost
        ],
        "lacking": list(found.lacking),
    }


def _choice(found: Found) -> dict[str, Any]:
    return {
        "units": [{"id": want.unit_id, "quantity": want.quantity} for want in found.wants],
        "dates": [_times(slot) | {"periods": slot.periods} for slot in found.fit.slots],
        "of": found.fit.of,
        "missing": [_times(each.slot) | {"why": each.why} for each in found.fit.missing],
        "together": TOGETHER[found.spread],
        "nearness": found.nearness,
        "own": found.is_own,
        "needs_approval": found.needs_approval,
        "lacks": [{"unit_id": unit_id or None, "name": name} for unit_id, name in found.lacks],
    }


def _times(slot: Slot) -> dict[str, Any]:
    return {"start": moment(slot.span.start), "end": moment(slot.span.end)}
