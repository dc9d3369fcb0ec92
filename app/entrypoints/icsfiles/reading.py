"""Reading an uploaded calendar: from its bytes to the entries that can be planned with, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from icalendar import Calendar

from app.booking.rules.busy import Bad, Reading
from app.entrypoints.icsfiles.bounds import BROKEN, MOST_ZONES, BadEntry, UnreadableCalendar, Work
from app.entrypoints.icsfiles.entries import Raw, known_zone, plain_text, raw_entry, title_of, uid_of
from app.entrypoints.icsfiles.sifting import decoded, sift
from app.entrypoints.icsfiles.times import take


def read_calendar(content: bytes, *, now: datetime, end: datetime, zones: Mapping[str, str]) -> Reading:
    """What an uploaded calendar says from `now` until `end`. Raises UnreadableCalendar.

    `zones` answers the zones that nobody knows. While one is missing, `unknown_zones` names it and there are no entries.
    """
    frame = sift(decoded(content))
    reading = Reading(others=frame.others, name=plain_text(frame.name), suggested_zone=known_zone(frame.zone) or "")
    try:
        parsed = Calendar.from_ical(frame.body) if frame.rows else None
    except BROKEN:
        raise UnreadableCalendar("unreadable") from None
    events: list[Any] = parsed.walk("VEVENT") if parsed is not None else []
    work = Work(now, end, zones)
    groups: dict[str, list[Raw]] = {}
    bad: set[str] = set()
    for row, event in enumerate(events, 1):
        uid = uid_of(event)
        try:
            groups.setdefault(uid, []).append(raw_entry(row, uid, event, work, frame.malformed))
        except BadEntry as error:
            bad.add(uid)
            reading.bad.append(Bad(row, uid, title_of(event), error.problem))
        except BROKEN:
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
        take(reading, uid, group, work, cancelled=frame.cancels)
    reading.entries.sort(key=lambda entry: (entry.span, entry.row))
    return reading
