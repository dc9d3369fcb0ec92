"""From entries to times: every repetition worked out, changed and left out as the file says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import recurring_ical_events
from icalendar import Calendar, Event

from app.booking.rules.busy import Bad, Entry, Reading
from app.booking.rules.repeats import Rule, days, effort, read_rule
from app.entrypoints.icsfiles.bounds import BROKEN, MOST_YEARS, YEAR, BadEntry, Work
from app.entrypoints.icsfiles.entries import Raw, instant_of, listed, until_day
from app.foundation.timespan import ZONE, Span


def take(reading: Reading, uid: str, group: Sequence[Raw], work: Work, *, cancelled: bool) -> None:
    try:
        for raw, occurrence, start, status, transparent in _times(reading, group, work):
            span = Span(instant_of(start), instant_of(start + raw.length))
            if span.end <= work.now:
                reading.past += 1
            elif cancelled or status == "CANCELLED":
                reading.cancelled += 1
            elif transparent:
                reading.free += 1
            elif span.start >= work.end:
                reading.later += 1
            else:
                private = str(raw.event.get("CLASS", "PUBLIC")).upper() in ("PRIVATE", "CONFIDENTIAL")
                reading.entries.append(Entry(uid, occurrence, raw.row, raw.title, span, private))
    except BadEntry as error:
        reading.bad.append(Bad(group[0].row, uid, group[0].title, error.problem))
    except BROKEN:
        reading.bad.append(Bad(group[0].row, uid, group[0].title, "unreadable"))


def _times(reading: Reading, group: Sequence[Raw], work: Work) -> Iterator[tuple[Raw, str, datetime | date, str, bool]]:
    """Every time of the entries that share a UID: whose words it has, which one it is, when, its status, whether it is free."""
    only = group[0]
    if len(group) == 1 and only.recurrence is None:
        starts = _starts(reading, only, work)
        repeats = len(starts) > 1 or any(name in only.event for name in ("RRULE", "RDATE"))
        for start in starts:
            yield only, _named(start) if repeats else "", start, _status(only.event), _is_free(only.event)
        return
    calendar, by_row = Calendar(), {str(raw.row): raw for raw in group}
    for raw in group:
        calendar.add_component(_rebuilt(raw, _starts(reading, raw, work)))
    reach = (MOST_YEARS + 1) * YEAR
    joined: list[Any] = list(recurring_ical_events.of(calendar).between(work.now - reach, work.now + reach))
    for found in joined:
        raw = by_row[str(found["X-ROW"])]
        which = found["RECURRENCE-ID"].dt if "RECURRENCE-ID" in found else found["DTSTART"].dt
        yield raw, _named(which), found["DTSTART"].dt, _status(found), _is_free(found)


def _starts(reading: Reading, raw: Raw, work: Work) -> list[datetime | date]:
    """When the entry begins, each time, in order; its own first time is one of them unless it is left out."""
    extra, left_out = listed(raw.event, "RDATE", work), set(listed(raw.event, "EXDATE", work))
    work.spend(1 + len(extra) + len(left_out))
    if raw.recurrence is None and "RRULE" in raw.event:
        rule = read_rule(raw.event["RRULE"].to_ical().decode())
        assert isinstance(rule, Rule)
        extra += _ruled(rule, raw.start, work)
        if rule.is_open:
            reading.cut.append(raw.row)
    if any(isinstance(each, datetime) != isinstance(raw.start, datetime) for each in extra):
        raise BadEntry("unreadable")
    return sorted({raw.start, *extra} - left_out)  # type: ignore[type-var]


def _rebuilt(raw: Raw, starts: Sequence[datetime | date]) -> Event:
    """The entry with every time written out, and nothing in it that was not judged."""
    clean = Event()
    clean.add("uid", "one")
    clean.add("x-row", str(raw.row))
    clean.add("dtstart", raw.start)
    clean.add("dtend", raw.start + raw.length)
    if raw.recurrence is not None:
        clean.add("recurrence-id", raw.recurrence)
        if str(raw.event["RECURRENCE-ID"].params.get("RANGE", "")).upper() == "THISANDFUTURE":
            clean["RECURRENCE-ID"].params["RANGE"] = "THISANDFUTURE"
    elif others := [each for each in starts if each != raw.start]:
        clean.add("rdate", others)
    if raw.recurrence is None and raw.start not in starts:
        clean.add("exdate", raw.start)
    for name in ("SEQUENCE", "STATUS", "TRANSP"):
        if name in raw.event and not isinstance(raw.event[name], list):
            clean[name] = raw.event[name]
    return clean


def _ruled(rule: Rule, start: datetime | date, work: Work) -> list[datetime | date]:
    """The times that a rule gives, the first included, none after the last day asked for."""
    first = start.date() if isinstance(start, datetime) else start
    zone = start.tzinfo if isinstance(start, datetime) else ZONE
    last = min(work.end.astimezone(zone).date(), until_day(rule) if rule.until else date.max)
    found: list[datetime | date] = []
    work.spend(0, effort(rule, first, last))
    for day in days(rule, first, last):
        moment = datetime.combine(day, start.timetz()) if isinstance(start, datetime) else day
        if day == first:
            continue
        if rule.until and isinstance(moment, datetime) and _is_after(moment, rule.until):
            break
        if rule.count is not None and len(found) + 1 >= rule.count:
            break
        work.spend(1)
        found.append(moment)
    return found


def _is_after(moment: datetime, until: str) -> bool:
    if len(until) == 8:
        return moment.date() > until_day(Rule("DAILY", until=until))
    try:
        day = date(int(until[:4]), int(until[4:6]), int(until[6:8]))
        clock = time(int(until[9:11]), int(until[11:13]), min(int(until[13:15]), 59))
    except ValueError:
        raise BadEntry("rule_until") from None
    return moment > datetime.combine(day, clock, UTC if until.endswith("Z") else moment.tzinfo)


def _status(event: Any) -> str:
    return str(event.get("STATUS", "")).upper()


def _is_free(event: Any) -> bool:
    return str(event.get("TRANSP", "")).upper() == "TRANSPARENT"


def _named(moment: datetime | date) -> str:
    """An occurrence by the time it was first meant for."""
    if isinstance(moment, datetime):
        return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{moment:%Y%m%d}"
