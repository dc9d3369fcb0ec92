"""Uploaded calendars: the gate between bytes that anybody may send and entries that can be planned with.

Only entries and only the properties that matter pass; they are read by the icalendar library from bytes, never from text
that it might take for a file's name, and its own words about a bad file are never repeated. Repetition is worked out by
`booking.rules.repeats`; recurring-ical-events only joins the times so found with what was changed or left out of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import recurring_ical_events
from icalendar import Calendar, Event
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from app.booking.rules.busy import Bad, Entry, Reading
from app.booking.rules.repeats import Rule, days, effort, read_rule
from app.foundation.timespan import DAY, ZONE, Span, local_day, local_midnight

MOST_BYTES = 2 * 1000 * 1000
MOST_COMPONENTS, MOST_DEPTH = 5_000, 4
MOST_OCCURRENCES, MOST_DATES = 20_000, 1_000
"""Times that a whole file may have, and times that one entry may name one by one (RDATE, EXDATE)."""
MOST_EFFORT = 400_000
"""Steps that working out the repetitions of a whole file may take."""
MOST_ZONES = 12
MOST_YEARS, MOST_YEARS_OF_RULE = 5, 2
LONGEST = timedelta(days=7)
YEAR = timedelta(days=366)

ZONES = (
    *("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Tokyo", "Asia/Seoul", "Asia/Singapore"),
    *("Asia/Bangkok", "Asia/Jakarta", "Asia/Kolkata", "Asia/Karachi", "Asia/Dubai", "Europe/Moscow", "Africa/Nairobi"),
    *("Africa/Johannesburg", "Africa/Cairo", "Europe/Athens", "Europe/Berlin", "Europe/Paris", "Europe/London", "UTC"),
    *("America/Sao_Paulo", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("Australia/Perth", "Australia/Sydney", "Pacific/Auckland"),
)
"""What an unknown zone may be said to be."""

_PROPERTIES = frozenset(
    {
        *("UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"),
        *("SEQUENCE", "STATUS", "TRANSP", "SUMMARY", "CLASS"),
    }
)
_LINE = re.compile(r"([A-Za-z0-9-]{1,60})[;:]")
_FOLD = re.compile(r"\n[ \t]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BROKEN = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, OverflowError, ArithmeticError),
    *(RecursionError, NotImplementedError, RuntimeError),
)


class UnreadableCalendar(Exception):
    """The file is no calendar that is taken; `problem` is a short code that the page has a sentence for."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class _BadEntry(Exception):
    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(slots=True)
class _Raw:
    """One entry as the library read it, with times in their zones."""

    row: int
    event: Any
    uid: str
    title: str
    rule: str = ""
    start: datetime | date = date.min
    length: timedelta = timedelta()
    recurrence: datetime | date | None = None


@dataclass(slots=True)
class _Work:
    """What is asked of the file, and how many times have been worked out so far."""

    now: datetime
    end: datetime
    zones: Mapping[str, str]
    spent: int = 0
    steps: int = 0
    unknown: set[str] = field(default_factory=set)

    def spend(self, times: int, steps: int = 0) -> None:
        self.spent += times
        self.steps += steps
        if self.spent > MOST_OCCURRENCES or self.steps > MOST_EFFORT:
            raise UnreadableCalendar("too_many_occurrences")


def read(content: bytes, *, now: datetime, end: datetime, zones: Mapping[str, str]) -> Reading:
    """What an uploaded calendar says from `now` until `end`. Raises UnreadableCalendar.

    `zones` answers the zones that nobody knows. While one is missing, `unknown_zones` names it and there are no entries.
    """
    frame = _sift(_decoded(content))
    reading = Reading(others=frame.others, name=_text(frame.name), suggested_zone=_known_zone(frame.zone) or "")
    try:
        parsed = Calendar.from_ical(frame.body) if frame.rows else None
    except _BROKEN:
        raise UnreadableCalendar("unreadable") from None
    events: list[Any] = parsed.walk("VEVENT") if parsed is not None else []
    work = _Work(now, end, zones)
    groups: dict[str, list[_Raw]] = {}
    bad: set[str] = set()
    for row, event in enumerate(events, 1):
        uid = _uid(event)
        try:
            groups.setdefault(uid, []).append(_raw(row, uid, event, work, frame.malformed))
        except _BadEntry as error:
            bad.add(uid)
            reading.bad.append(Bad(row, uid, _title(event), error.problem))
        except _BROKEN:
            bad.add(uid)
            reading.bad.append(Bad(row, uid, "", "unreadable"))
    if len(work.unknown) > MOST_ZONES:
        raise UnreadableCalendar("too_many_zones")
    reading.unknown_zones = tuple(sorted(work.unknown))
    if reading.asks_zones:
        return reading
    for uid, group in groups.items():
        if uid in bad:
            continue
        _take(reading, uid, group, work, cancelled=frame.cancels)
    reading.entries.sort(key=lambda entry: (entry.span, entry.row))
    return reading


# ── from bytes to lines ──


@dataclass(slots=True)
class _Frame:
    body: bytes = b""
    rows: int = 0
    others: int = 0
    name: str = ""
    zone: str = ""
    cancels: bool = False
    malformed: dict[int, str] = field(default_factory=dict)


def _decoded(content: bytes) -> str:
    """UTF-8, else GB18030; what is neither is not guessed."""
    if len(content) > MOST_BYTES:
        raise UnreadableCalendar("too_large")
    if not content.strip():
        raise UnreadableCalendar("empty")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise UnreadableCalendar("unreadable")
        return text
    raise UnreadableCalendar("encoding")


def _sift(text: str) -> _Frame:
    """The entries' lines that matter, whatever line ends and foldings the file has; nothing of what lies inside entries."""
    lines = _FOLD.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    first = next((line.strip().upper() for line in lines if line.strip()), "")
    if first != "BEGIN:VCALENDAR":
        raise UnreadableCalendar("not_a_calendar")
    frame, stack, kept, components = _Frame(), list[str](), ["BEGIN:VCALENDAR"], 0
    for line in lines:
        if not line.strip():
            continue
        begins, ends = line[:6].upper() == "BEGIN:", line[:4].upper() == "END:"
        if begins:
            stack.append(line[6:].strip().upper())
            components += 1
            if components > MOST_COMPONENTS:
                raise UnreadableCalendar("too_many_components")
            if len(stack) > MOST_DEPTH or (stack[-1] == "VCALENDAR") != (len(stack) == 1):
                raise UnreadableCalendar("unreadable")
            if stack[1:] == ["VEVENT"]:
                frame.rows += 1
                kept.append("BEGIN:VEVENT")
            elif len(stack) == 2 and stack[1] != "VTIMEZONE":
                frame.others += 1
        elif ends:
            if not stack or line[4:].strip().upper() != stack[-1]:
                raise UnreadableCalendar("unreadable")
            if stack[1:] == ["VEVENT"]:
                kept.append("END:VEVENT")
            stack.pop()
        else:
            _sift_line(frame, kept, stack, line)
    if stack:
        raise UnreadableCalendar("cut_off")
    frame.body = ("\r\n".join([*kept, "END:VCALENDAR"]) + "\r\n").encode("utf-8", "replace")
    return frame


def _sift_line(frame: _Frame, kept: list[str], stack: Sequence[str], line: str) -> None:
    found = _LINE.match(line)
    name = found[1].upper() if found else ""
    if stack[1:] == ["VEVENT"]:
        if not name:
            frame.malformed[frame.rows] = "unreadable"
        elif name in ("RDATE", "EXDATE") and line.count(",") > MOST_DATES:
            frame.malformed[frame.rows] = "too_many_dates"
        elif name in _PROPERTIES:
            kept.append(line)
    elif len(stack) == 1:
        value = line[found.end() :] if found else ""
        if name in ("X-WR-CALNAME", "NAME"):
            frame.name = frame.name or value
        elif name == "X-WR-TIMEZONE":
            frame.zone = value.strip()
        elif name == "METHOD":
            frame.cancels = value.strip().upper() == "CANCEL"
    elif not stack:
        raise UnreadableCalendar("unreadable")


# ── from lines to entries ──


def _raw(row: int, uid: str, event: Any, work: _Work, malformed: Mapping[int, str]) -> _Raw:
    if problem := malformed.get(row) or _problem_of_shape(uid, event):
        raise _BadEntry(problem)
    raw = _Raw(row, event, uid, _title(event))
    raw.start = _when(event["DTSTART"], work)
    raw.length = _length(event, raw.start, work)
    if "RECURRENCE-ID" in event:
        raw.recurrence = _when(event["RECURRENCE-ID"], work)
    if raw.length <= timedelta():
        raise _BadEntry("no_length")
    if raw.length > LONGEST:
        raise _BadEntry("too_long")
    if abs(_instant(raw.start) - work.now) > MOST_YEARS * YEAR:
        raise _BadEntry("too_far")
    if "RRULE" in event:
        rule = read_rule(event["RRULE"].to_ical().decode())
        if isinstance(rule, str):
            raise _BadEntry(f"rule_{rule}")
        if rule.until and _until_day(rule) > local_day(work.now) + MOST_YEARS_OF_RULE * YEAR:
            raise _BadEntry("rule_until")
    for name in ("RDATE", "EXDATE"):
        _listed(event, name, work)
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


def _uid(event: Any) -> str:
    value = event.get("UID")
    return str(value).strip() if isinstance(value, str) else ""


def _title(event: Any) -> str:
    value = event.get("SUMMARY")
    if isinstance(value, list):
        value = value[0]
    return _text(value)[:200] if isinstance(value, str) else ""


def _text(value: str) -> str:
    return " ".join(_CONTROLS.sub(" ", str(value)).encode("utf-8", "replace").decode().split())


def _when(value: Any, work: _Work) -> datetime | date:
    """A property's moment in its zone, or its day."""
    return _placed(value.dt, str(value.params.get("TZID", "")), work)


def _placed(moment: Any, tzid: str, work: _Work) -> datetime | date:
    if not isinstance(moment, datetime):
        if not isinstance(moment, date):
            raise _BadEntry("unreadable")
        return moment
    if moment.tzinfo is not None and moment.utcoffset() == timedelta() and not tzid:
        return moment.astimezone(UTC)
    known = _known_zone(tzid) or work.zones.get(tzid)
    if known is None:
        work.unknown.add(tzid)
        known = "UTC"
    return moment.replace(tzinfo=ZoneInfo(known))


def _known_zone(tzid: str) -> str | None:
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


def _length(event: Any, start: datetime | date, work: _Work) -> timedelta:
    if "DTEND" in event:
        end = _when(event["DTEND"], work)
        if isinstance(end, datetime) != isinstance(start, datetime):
            raise _BadEntry("unreadable")
        return end - start if not isinstance(start, datetime) else _instant(end) - _instant(start)
    if "DURATION" in event:
        length = event["DURATION"].dt
        if not isinstance(length, timedelta) or (not isinstance(start, datetime) and length % DAY):
            raise _BadEntry("unreadable")
        return length
    return timedelta() if isinstance(start, datetime) else DAY


def _instant(moment: datetime | date) -> datetime:
    """All-day entries are local days here, wherever they were written."""
    return moment.astimezone(UTC) if isinstance(moment, datetime) else local_midnight(moment)


def _listed(event: Any, name: str, work: _Work) -> list[datetime | date]:
    """The times that an entry names one by one."""
    found = event.get(name)
    if found is None:
        return []
    values = found if isinstance(found, list) else [found]
    if sum(len(each.dts) for each in values) > MOST_DATES:
        raise _BadEntry("too_many_dates")
    return [_placed(one.dt, str(each.params.get("TZID", "")), work) for each in values for one in each.dts]


# ── from entries to times ──


def _take(reading: Reading, uid: str, group: Sequence[_Raw], work: _Work, *, cancelled: bool) -> None:
    try:
        for raw, occurrence, start, status, transparent in _times(reading, group, work):
            span = Span(_instant(start), _instant(start + raw.length))
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
    except _BadEntry as error:
        reading.bad.append(Bad(group[0].row, uid, group[0].title, error.problem))
    except _BROKEN:
        reading.bad.append(Bad(group[0].row, uid, group[0].title, "unreadable"))


def _times(
    reading: Reading, group: Sequence[_Raw], work: _Work
) -> Iterator[tuple[_Raw, str, datetime | date, str, bool]]:
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


def _starts(reading: Reading, raw: _Raw, work: _Work) -> list[datetime | date]:
    """When the entry begins, each time, in order; its own first time is one of them unless it is left out."""
    extra, left_out = _listed(raw.event, "RDATE", work), set(_listed(raw.event, "EXDATE", work))
    work.spend(1 + len(extra) + len(left_out))
    if raw.recurrence is None and "RRULE" in raw.event:
        rule = read_rule(raw.event["RRULE"].to_ical().decode())
        assert isinstance(rule, Rule)
        extra += _ruled(rule, raw.start, work)
        if rule.is_open:
            reading.cut.append(raw.row)
    if any(isinstance(each, datetime) != isinstance(raw.start, datetime) for each in extra):
        raise _BadEntry("unreadable")
    return sorted({raw.start, *extra} - left_out)  # type: ignore[type-var]


def _rebuilt(raw: _Raw, starts: Sequence[datetime | date]) -> Event:
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


def _ruled(rule: Rule, start: datetime | date, work: _Work) -> list[datetime | date]:
    """The times that a rule gives, the first included, none after the last day asked for."""
    first = start.date() if isinstance(start, datetime) else start
    zone = start.tzinfo if isinstance(start, datetime) else ZONE
    last = min(work.end.astimezone(zone).date(), _until_day(rule) if rule.until else date.max)
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


def _until_day(rule: Rule) -> date:
    try:
        day = date(int(rule.until[:4]), int(rule.until[4:6]), int(rule.until[6:8]))
    except ValueError:
        raise _BadEntry("rule_until") from None
    return day + DAY if rule.until.endswith("Z") and day < date.max else day


def _is_after(moment: datetime, until: str) -> bool:
    if len(until) == 8:
        return moment.date() > _until_day(Rule("DAILY", until=until))
    try:
        day = date(int(until[:4]), int(until[4:6]), int(until[6:8]))
        clock = time(int(until[9:11]), int(until[11:13]), min(int(until[13:15]), 59))
    except ValueError:
        raise _BadEntry("rule_until") from None
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
