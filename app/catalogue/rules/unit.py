"""Units: what can be booked, what booking one takes along, and what is held of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

BASE_KINDS = ("training_base", "laboratory", "factory_in_school", "school_in_factory", "practice_centre")
UNIT_KINDS = ("room", "machine", "pool", "stations")


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
