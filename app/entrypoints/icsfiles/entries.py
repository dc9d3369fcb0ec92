"""From lines to entries: one entry as the library read it, its times in their zones, or why it is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from app.booking.rules.repeats import Rule, read_rule
from app.entrypoints.icsfiles.bounds import (
    LONGEST,
    MOST_DATES,
    MOST_YEARS,
    MOST_YEARS_OF_RULE,
    YEAR,
    ZONES,
    BadEntry,
    Work,
)
from app.foundation.timespan import DAY, local_day, local_midnight

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(slots=True)
class Raw:
    """One entry as the library read it, with times in their zones."""

    row: int
    event: Any
    uid: str
    title: str
    rule: str = ""
    start: datetime | date = date.min
    length: timedelta = timedelta()
    recurrence: datetime | date | None = None


def raw_entry(row: int, uid: str, event: Any, work: Work, malformed: Mapping[int, str]) -> Raw:
    if problem := malformed.get(row) or _problem_of_shape(uid, event):
        raise BadEntry(problem)
    raw = Raw(row, event, uid, title_of(event))
    raw.start = _when(event["DTSTART"], work)
    raw.length = _length(event, raw.start, work)
    if "RECURRENCE-ID" in event:
        raw.recurrence = _when(event["RECURRENCE-ID"], work)
    if raw.length <= timedelta():
        raise BadEntry("no_length")
    if raw.length > LONGEST:
        raise BadEntry("too_long")
    if abs(instant_of(raw.start) - work.now) > MOST_YEARS * YEAR:
        raise BadEntry("too_far")
    if "RRULE" in event:
        rule = read_rule(event["RRULE"].to_ical().decode())
        if isinstance(rule, str):
            raise BadEntry(f"rule_{rule}")
        if rule.until and until_day(rule) > local_day(work.now) + MOST_YEARS_OF_RULE * YEAR:
            raise BadEntry("rule_until")
    for name in ("RDATE", "EXDATE"):
        listed(event, name, work)
    return raw


def _problem_of_shape(uid: str, event: Any) -> str:
    if event.errors:
        return "unreadable"
    if not uid:
        return "no_uid"
    if "EXRULE" in event or isinstance(event.get("RRULE"), list):
        return "rule_part"
    if any(isinstance(event.get(name), list) for name in ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "UID")):
        return "unreadable"
    return "" if "DTSTART" in event else "no_start"


def uid_of(event: Any) -> str:
    value = event.get("UID")
    return str(value).strip() if isinstance(value, str) else ""


def title_of(event: Any) -> str:
    value = event.get("SUMMARY")
    if isinstance(value, list):
        value = value[0]
    return plain_text(value)[:200] if isinstance(value, str) else ""


def plain_text(value: str) -> str:
    return " ".join(_CONTROLS.sub(" ", str(value)).encode("utf-8", "replace").decode().split())


def _when(value: Any, work: Work) -> datetime | date:
    """A property's moment in its zone, or its day."""
    return _placed(value.dt, str(value.params.get("TZID", "")), work)


def _placed(moment: Any, tzid: str, work: Work) -> datetime | date:
    if not isinstance(moment, datetime):
        if not isinstance(moment, date):
            raise BadEntry("unreadable")
        return moment
    if moment.tzinfo is not None and moment.utcoffset() == timedelta() and not tzid:
        return moment.astimezone(UTC)
    known = known_zone(tzid) or work.zones.get(tzid)
    if known is None:
        work.unknown.add(tzid)
        known = "UTC"
    return moment.replace(tzinfo=ZoneInfo(known))


def known_zone(tzid: str) -> str | None:
    """The zone by this name: one of the time zone database, or one of Windows."""
    name = tzid.strip().strip('"')
    if name in ZONES or name in _database():
        return name
    found = WINDOWS_TO_OLSON.get(name)
    return str(found) if found else None


_NAMES: set[str] = set()


def _database() -> set[str]:
    if not _NAMES:
        _NAMES.update(available_timezones())
    return _NAMES


def _length(event: Any, start: datetime | date, work: Work) -> timedelta:
    if "DTEND" in event:
        end = _when(event["DTEND"], work)
        if isinstance(end, datetime) != isinstance(start, datetime):
            raise BadEntry("unreadable")
        return end - start if not isinstance(start, datetime) else instant_of(end) - instant_of(start)
    if "DURATION" in event:
        length = event["DURATION"].dt
        if not isinstance(length, timedelta) or (not isinstance(start, datetime) and length % DAY):
            raise BadEntry("unreadable")
        return length
    return timedelta() if isinstance(start, datetime) else DAY


def instant_of(moment: datetime | date) -> datetime:
    """All-day entries are local days here, wherever they were written."""
    return moment.astimezone(UTC) if isinstance(moment, datetime) else local_midnight(moment)


def listed(event: Any, name: str, work: Work) -> list[datetime | date]:
    """The times that an entry names one by one."""
    found = event.get(name)
    if found is None:
        return []
    values = found if isinstance(found, list) else [found]
    if sum(len(each.dts) for each in values) > MOST_DATES:
        raise BadEntry("too_many_dates")
    return [_placed(one.dt, str(each.params.get("TZID", "")), work) for each in values for one in each.dts]


def until_day(rule: Rule) -> date:
    try:
        day = date(int(rule.until[:4]), int(rule.until[4:6]), int(rule.until[6:8]))
    except ValueError:
        raise BadEntry("rule_until") from None
    return day + DAY if rule.until.endswith("Z") and day < date.max else day
