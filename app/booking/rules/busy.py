"""Busy times from an uploaded calendar: what it says, and what of that is new, moved, gone, changed here, or in the way.

A place and a calendar's name make a calendar of its own: what a newer file of it no longer says is taken back. Each
entry is known again by its UID and its occurrence; what the file last said of it stands in its key as a print, so that a
change by hand here is told apart from a change of the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.booking.rules.request import LONGEST_TITLE, PURPOSES
from app.foundation.identifiers import canonical
from app.foundation.refusal import Invalid, Reason
from app.foundation.timespan import Span

SCOPES = ("base", "lab", "unit")
KINDS = ("closure", "maintenance", "booking")
"""What entries become: the place is closed or under maintenance then, or it is booked for the member."""

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Entry:
    """One occurrence that a calendar says is busy. `row` counts the file's entries from 1."""

    uid: str
    occurrence: str
    """Which of a repeated entry's times, as the file first had it; empty for an entry that does not repeat."""
    row: int
    title: str
    span: Span
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Bad:
    """An entry that is not taken, and why (a short code). What stands of it here is left alone."""

    row: int
    uid: str
    title: str
    problem: str


@dataclass(slots=True)
class Reading:
    """What a file says between now and the last day asked for."""

    entries: list[Entry] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)
    """Rows that repeat without end, taken up to the last day."""
    free: int = 0
    cancelled: int = 0
    past: int = 0
    later: int = 0
    others: int = 0
    """Tasks, journals and free-busy lists, which are no entries."""
    name: str = ""
    unknown_zones: tuple[str, ...] = ()
    """Zones that nobody knows; an empty name stands for times without any zone."""
    suggested_zone: str = ""

    @property
    def asks_zones(self) -> bool:
        return bool(self.unknown_zones)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person says about an upload. `zones` answers, by their names, the zones that nobody knows."""

    scope: str
    scope_id: int
    kind: str
    name: str
    purpose: str = "teaching"
    until_on: date | None = None
    zones: Mapping[str, str] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        return {
            "scope": self.scope,
            "scope_id": self.scope_id,
            "kind": self.kind,
            "name": self.name,
            "purpose": self.purpose,
            "until_on": self.until_on.isoformat() if self.until_on else None,
            "zones": dict(self.zones),
        }


def choices_from(plain: Mapping[str, Any]) -> Choices:
    """Choices as they were kept."""
    until = plain.get("until_on")
    return Choices(
        plain["scope"],
        plain["scope_id"],
        plain["kind"],
        plain["name"],
        plain["purpose"],
        date.fromisoformat(until) if until else None,
        plain["zones"],
    )


def reasons_against(choices: Choices, today: date, latest: date) -> list[Reason]:
    """What is wrong with what a person says about an upload: every reason."""
    found: list[Reason] = []
    if choices.scope not in SCOPES:
        found.append(Invalid("what", "unknown"))
    if choices.kind not in KINDS:
        found.append(Invalid("kind", "unknown"))
    if choices.kind == "booking" and choices.purpose not in PURPOSES:
        found.append(Invalid("purpose", "unknown"))
    if not choices.name.strip():
        found.append(Invalid("calendar_name", "missing"))
    if len(choices.name.strip()) > LONGEST_NAME:
        found.append(Invalid("calendar_name", "too_long"))
    if choices.until_on is not None and not today <= choices.until_on <= latest:
        found.append(Invalid("until_on", "out_of_range"))
    return found


# ── keys ──


def calendar_key(choices: Choices, member_id: int) -> str:
    """What begins the key of every entry of this calendar here. Bookings of two members are two calendars."""
    kind = "booking" if choices.kind == "booking" else "closure"
    whose = member_id if kind == "booking" else 0
    name = " ".join(choices.name.split())
    return f"ics/{_short(canonical([choices.scope, choices.scope_id, kind, whose, name]), 16)}/"


def entry_key(calendar: str, entry: Entry, title: str) -> str:
    """The key of an entry, with the print of what it says."""
    return f"{calendar}{uid_print(entry.uid)}/{entry.occurrence or '-'}/{print_of(entry.span, title)}"


def parts_of(key: str) -> tuple[str, str, str]:
    """The print of the UID, the occurrence and the print of what it says, from an entry's key."""
    uid, occurrence, says = key.split("/")[2:5]
    return uid, "" if occurrence == "-" else occurrence, says


def uid_print(uid: str) -> str:
    return _short(uid, 24)


def print_of(span: Span, title: str) -> str:
    return _short(canonical([span.start.isoformat(), span.end.isoformat(), title]), 12)


def _short(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def title_for(choices: Choices, entry: Entry) -> str:
    """Its own title, for a booking; the calendar's name where everybody reads it, or where the entry is private."""
    name = " ".join(choices.name.split())
    if choices.kind != "booking" or entry.is_private:
        return name
    return " ".join(entry.title.split())[:LONGEST_TITLE].strip() or name
