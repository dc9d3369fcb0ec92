"""The national holiday notice as a file (year, days with name, date and isOffDay): what it says, and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.foundation.refusal import Invalid, Reason, Refused
from app.timetable.rules.days import LONGEST_NAME, Holiday

MOST_BYTES = 256 * 1024
"""A real notice has about three kilobytes."""
MOST_LINES = 200
MOST_FAULTS = 20
EARLIEST_YEAR, LATEST_YEAR = 1980, 2200


@dataclass(frozen=True, slots=True)
class NoticeFault(Reason):
    """What is wrong with the day number `row` of a notice, counted from 1."""

    code = "notice_fault"
    kind = "invalid"
    row: int
    problem: str


@dataclass(frozen=True, slots=True)
class OtherYear(Reason):
    """The notice is for another year than the one it was given for."""

    code = "other_year"
    kind = "invalid"
    year: int
    wanted: int


@dataclass(frozen=True, slots=True)
class NotAnnounced(Reason):
    """The notice names no day: the holidays of that year are not announced yet, and nothing is changed."""

    code = "not_announced"
    kind = "invalid"
    year: int


def read_notice(content: bytes, wanted: int | None = None) -> tuple[int, list[Holiday]]:
    """The year of a notice and its lines. Raises Refused with everything that is wrong with it, or NotAnnounced."""
    if len(content) > MOST_BYTES:
        raise Refused(Invalid("file", "too_large"))
    try:
        read = json.loads(content.decode("utf-8-sig"))
    except RecursionError:
        raise Refused(Invalid("file", "too_deep")) from None
    except ValueError:
        raise Refused(Invalid("file", "not_json")) from None
    if not isinstance(read, dict):
        raise Refused(Invalid("file", "not_a_notice"))
    year, days = read.get("year"), read.get("days")
    if isinstance(year, bool) or not isinstance(year, int) or not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise Refused(Invalid("year", "missing" if year is None else "out_of_range"))
    if wanted is not None and year != wanted:
        raise Refused(OtherYear(year, wanted))
    if not isinstance(days, list):
        raise Refused(Invalid("days", "not_a_list"))
    if not days:
        raise Refused(NotAnnounced(year))
    if len(days) > MOST_LINES:
        raise Refused(Invalid("days", "too_many"))
    lines: list[Holiday] = []
    faults: list[Reason] = []
    for row, each in enumerate(days, 1):
        line = _line(year, each)
        if isinstance(line, str):
            faults.append(NoticeFault(row, line))
        else:
            lines.append(line)
    faults += reasons_against_notice(year, lines) if not faults else []
    if faults:
        raise Refused(faults[:MOST_FAULTS])
    return year, sorted(lines, key=lambda line: line.day)


def _line(year: int, each: Any) -> Holiday | str:
    """One line, or the code of what is wrong with it."""
    if not isinstance(each, dict):
        return "not_an_object"
    name, text, is_off = each.get("name"), each.get("date"), each.get("isOffDay")
    if not isinstance(text, str) or len(text) != 10:
        return "not_a_day"
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return "not_a_day"
    if not isinstance(is_off, bool):
        return "not_yes_or_no"
    if not isinstance(name, str):
        return "no_name"
    return Holiday(year, day, name.strip(), is_off)


def reasons_against_notice(year: int, lines: Iterable[Holiday]) -> list[Reason]:
    """Everything wrong with the lines of a notice: each day once, in its year or the December before it, with a name."""
    found: list[Reason] = []
    seen: set[date] = set()
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return [Invalid("year", "out_of_range")]
    for row, line in enumerate(lines, 1):
        if not line.name.strip():
            found.append(NoticeFault(row, "no_name"))
        elif len(line.name) > LONGEST_NAME:
            found.append(NoticeFault(row, "too_long"))
        elif any(ord(sign) < 32 or 0xD800 <= ord(sign) <= 0xDFFF for sign in line.name):
            found.append(NoticeFault(row, "control_characters"))
        if not (line.day.year == year or (line.day.year == year - 1 and line.day.month == 12)):
            found.append(NoticeFault(row, "other_year"))
        if line.day in seen:
            found.append(NoticeFault(row, "day_twice"))
        seen.add(line.day)
    return found
