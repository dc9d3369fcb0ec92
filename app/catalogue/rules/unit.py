"""Units: what can be booked, what booking one takes along, and what is held of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.foundation.refusal import Reason
from app.foundation.timespan import local_midnight

BASE_KINDS = ("training_base", "laboratory", "factory_in_school", "school_in_factory", "practice_centre")
UNIT_KINDS = ("room", "machine", "pool", "stations")


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """A base, a lab or a unit: whatever may have owners and parties of its own."""

    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A bookable unit with what applies to it from its lab and base."""

    id: int
    lab_id: int
    base_id: int
    room_id: int | None
    """The unit that stands for the whole lab; its own id where it is that unit."""
    kind: str
    name_zh: str
    name_en: str
    capacity: int
    needs_approval: bool
    holds_while_waiting: bool
    setup_minutes: int
    cleaning_minutes: int
    retired_on: date | None
    """The first day on which unit, lab or base is no longer there."""
    sharing: str
    party_ids: frozenset[int]
    """The members that host, operate or keep it."""

    @property
    def is_room(self) -> bool:
        return self.kind == "room"

    def is_gone(self, day: date) -> bool:
        return self.retired_on is not None and self.retired_on <= day


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of a unit from now on: the most at one moment, when that is, and when the last of it ends."""

    most: int
    most_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class HeldThen(Reason):
    """Less capacity was asked for than `held` of the unit already are from `at` on."""

    code = "held_then"
    unit_id: int
    capacity: int
    held: int
    at: datetime


@dataclass(frozen=True, slots=True)
class HeldUntil(Reason):
    """The unit is to go while it is still held, by bookings or closures, until `until`."""

    code = "held_until"
    unit_id: int
    until: datetime


def reasons_against_capacity(unit_id: int, before: int, capacity: int, held: Held | None) -> list[Reason]:
    """A unit never shrinks below what is already held of it."""
    if capacity < before and held is not None and held.most > capacity:
        return [HeldThen(unit_id, capacity, held.most, held.most_at)]
    return []


def reasons_against_retiring(unit_ids: Sequence[int], day: date, held: Mapping[int, Held]) -> list[Reason]:
    """Nothing goes from `day` on while it is held on that day or later."""
    gone_at = local_midnight(day)
    return [
        HeldUntil(unit_id, held[unit_id].until)
        for unit_id in unit_ids
        if unit_id in held and held[unit_id].until > gone_at
    ]
