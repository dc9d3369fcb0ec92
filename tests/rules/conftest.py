"""The teacher's notation: a test's docstring tells a situation, and the fixture `told` reads it into values.

    open 08:00-18:00 / taken 08:00-09:40 Wang / asks 09:40-11:20 Li

Lines, or parts between slashes; words in [ ] may be left out:
    unit NAME [KIND] [of N] [in ROOM] [setup M] [cleaning M] [until DAY] [for its owner]
                                            KIND: machine (usual), room, pool, stations; N its capacity, M minutes
    open [NAME] [Mon-Fri] 08:00-18:00       weekly hours of NAME, or of every unit
    taken [N] [NAME] [WHEN] 08:00-09:40 WHO     a booking that holds: its room, set-up and cleaning are taken along
    closed [NAME] [WHEN] 10:00-12:00            a closure; `maintenance` likewise
    asks [N] [NAME [+ NAME]] [WHEN] 09:40-11:20 WHO     each further line is one more date (or a sequel of dates)
    now DAY 07:00 / horizon N days          what usual limits make of it
WHEN is a weekday of the first week (Mon 2026-09-07 …), a day (2026-09-08), or `weekly 3`: that many Mondays. Without a
unit line there is one machine called `it`. Times may end at 24:00, and `22:00-+02:00` ends on the next day.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pytest

from app.booking.rules import conflict
from app.booking.rules.conflict import Limits, Situation, Taken, reasons_to_refuse
from app.booking.rules.request import Asked, Slot, Want, claims
from app.catalogue.rules.unit import Unit
from app.foundation.timespan import DAY, Span, at_local, local
from app.timetable.rules.hours import Opening

MONDAY = date(2026, 9, 7)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
OWNER, OTHERS = 7, 8
"""The member that the asker belongs to when she is of the owner's house, and when she is not."""

_TIMES = re.compile(r"^(\d\d):(\d\d)-(\+?)(\d\d):(\d\d)$")


@dataclass
class Told:
    """A situation as told: units by name, what is open and taken, what is asked."""

    units: dict[str, Unit] = field(default_factory=dict)
    openings: list[tuple[str | None, int, int, int]] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    wants: tuple[Want, ...] = ()
    slots: list[Slot] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)
    member_id: int = OTHERS
    who: dict[int, str] = field(default_factory=dict)

    @property
    def by_id(self) -> dict[int, Unit]:
        return {unit.id: unit for unit in self.units.values()}

    @property
    def situation(self) -> Situation:
        hours = {
            unit.id: [Opening(day, start, end) for of, day, start, end in self.openings if of in (None, name)]
            for name, unit in self.units.items()
        }
        return Situation(self.by_id, hours, tuple(self.taken), self.limits)

    @property
    def asked(self) -> Asked:
        return Asked(self.wants, tuple(self.slots), "teaching", "Turning", self.member_id, 1)

    @property
    def reasons(self) -> list[conflict.Reason]:
        return reasons_to_refuse(self.asked, self.situation)

    @property
    def answer(self) -> list[str]:
        """Each reason in few words, e.g. `it taken 08:00-09:40 Wang`; an empty list is a yes."""
        return [self.say(reason) for reason in self.reasons]

    def say(self, reason: conflict.Reason) -> str:
        name = next((name for name, unit in self.units.items() if unit.id == getattr(reason, "unit_id", None)), "")
        match reason:
            case conflict.Overlaps():
                words = self.who.get(reason.booking_id or 0, reason.cause)
                return f"{name} taken {clock(reason.start, reason.end)} {words}"
            case conflict.ClosedThen():
                return f"{name} closed {clock(reason.start, reason.end)}"
            case conflict.OverCapacity():
                return f"{name} has {reason.free} of {reason.asked}"
            case conflict.MoreThanThereIs():
                return f"{name} are only {reason.capacity}"
            case _:
                return f"{name} {reason.code}".strip()

    def read(self, words: list[str]) -> None:
        verb, rest = words[0], words[1:]
        if verb == "unit":
            self._unit(rest)
        elif verb == "now":
            self.limits = replace(self.limits, earliest=_moment(rest))
        elif verb == "horizon":
            self.limits = replace(self.limits, latest=self.limits.earliest + timedelta(days=int(rest[0])))
        elif verb == "open":
            self._open(rest)
        elif verb in ("taken", "closed", "maintenance", "asks"):
            self._use(verb, rest)
        else:
            raise ValueError(f"the notation has no word {verb!r}")

    def _unit(self, words: list[str]) -> None:
        name, kind, more = words[0], "machine", words[1:]
        if more and more[0] in ("machine", "room", "pool", "stations"):
            kind, more = more[0], more[1:]
        given = dict(zip(more[::2], more[1::2], strict=False)) if "its" not in more else {"for": "its owner"}
        number = len(self.units) + 1
        room = self.units.get(given.get("in", ""))
        self.units[name] = Unit(
            id=number,
            lab_id=room.lab_id if room else number,
            base_id=1,
            room_id=number if kind == "room" else room.id if room else None,
            kind=kind,
            name_zh=name,
            name_en=name,
            capacity=int(given.get("of", 1)),
            needs_approval=False,
            holds_while_waiting=True,
            setup_minutes=int(given.get("setup", 0)),
            cleaning_minutes=int(given.get("cleaning", 0)),
            retired_on=date.fromisoformat(given["until"]) if "until" in given else None,
            sharing="none" if "for" in given else "external",
            party_ids=frozenset({OWNER}),
        )

    def _open(self, words: list[str]) -> None:
        name = words.pop(0) if words[0] in self.units else None
        first, last = 0, 6
        if words[0][:3] in WEEKDAYS:
            first, _, last_word = words.pop(0).partition("-")
            first = WEEKDAYS.index(first)
            last = WEEKDAYS.index(last_word) if last_word else first
        start, end = _minutes(words[0])
        self.openings += [(name, weekday + 1, start, end) for weekday in range(first, last + 1)]

    def _use(self, verb: str, words: list[str]) -> None:
        if not self.units:
            self._unit(["it"])
        quantity = int(words.pop(0)) if words[0].isdigit() else 1
        names = []
        while words[0] in self.units or words[0] == "+":
            names.append(words.pop(0))
        names = [name for name in names if name != "+"] or [next(iter(self.units))]
        days = _days(words)
        start, end = _minutes(words.pop(0))
        wants = tuple(Want(self.units[name].id, quantity) for name in names)
        who = " ".join(words)
        for day in days:
            span = Span(at_local(day, start), at_local(day, end))
            if verb == "asks":
                self.wants = wants
                self.slots.append(Slot(span))
                self.member_id = OWNER if who == "owner" else OTHERS
            else:
                self._take(verb, wants, span, who)

    def _take(self, verb: str, wants: tuple[Want, ...], span: Span, who: str) -> None:
        cause = {"taken": "booking", "closed": "closure", "maintenance": "maintenance"}[verb]
        booking_id = len(self.who) + 1 if cause == "booking" else None
        if booking_id:
            self.who[booking_id] = who
        for claim in claims(wants, self.by_id):
            if cause == "booking":
                self.taken.append(
                    Taken(
                        claim.unit_id,
                        claim.taken_by(span),
                        claim.quantity,
                        claim.exclusive,
                        cause,
                        booking_id,
                        booking_id,
                    )
                )
            elif claim.asked:
                self.taken.append(Taken(claim.unit_id, span, 1, True, cause))


def _minutes(text: str) -> tuple[int, int]:
    found = _TIMES.match(text)
    if found is None:
        raise ValueError(f"not a time of day: {text!r}")
    hour, minute, next_day, last_hour, last_minute = found.groups()
    return int(hour) * 60 + int(minute), int(last_hour) * 60 + int(last_minute) + (24 * 60 if next_day else 0)


def _days(words: list[str]) -> list[date]:
    if words[0] in WEEKDAYS:
        return [MONDAY + WEEKDAYS.index(words.pop(0)) * DAY]
    if words[0] == "weekly":
        words.pop(0)
        return [MONDAY + 7 * week * DAY for week in range(int(words.pop(0)))]
    if re.fullmatch(r"\d{4}-\d\d-\d\d", words[0]):
        return [date.fromisoformat(words.pop(0))]
    return [MONDAY]


def _moment(words: list[str]) -> datetime:
    hour, minute = words[1].split(":")
    return at_local(date.fromisoformat(words[0]), int(hour) * 60 + int(minute))


def clock(start: datetime, end: datetime) -> str:
    """08:00-09:40 on the wall clock, with the day where it is not the first Monday; 24:00 ends a day."""
    day = local(start).date()
    day_word = "" if day == MONDAY else f"{day} "
    last = f"{local(end):%H:%M}"
    if last == "00:00" and local(end).date() == day + DAY:
        last = "24:00"
    return f"{day_word}{local(start):%H:%M}-{last}"


def tell(story: str) -> Told:
    """The situation of a story in the notation; sentences before the first known word are for the reader."""
    situation = Told()
    known = ("unit", "open", "taken", "closed", "maintenance", "asks", "now", "horizon")
    for line in re.split(r"\n| / ", story):
        words = line.split()
        if words and words[0] in known:
            situation.read(words)
    return situation


@pytest.fixture(scope="module", params=["UTC", "Asia/Shanghai", "America/New_York"])
def machine_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The machine lives in this time zone; for the rules that must make no difference."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Told:
    """The situation that the test's docstring tells."""
    return tell(request.function.__doc__ or "")


def at(text: str, day: date = MONDAY) -> datetime:
    """`"09:40"` on the first Monday, as an instant."""
    return at_local(day, int(text[:2]) * 60 + int(text[3:]))
