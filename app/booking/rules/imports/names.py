"""Names: the unit or person that a timetable's words mean; only a name that fits exactly one thing is taken for it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Room:
    """A unit that stands for a whole lab, under every name it goes by."""

    unit_id: int
    base_id: int
    campuses: frozenset[str]
    """Names of the campus and the base it is on, as `bare` writes them."""
    names: frozenset[str]
    """Its code, its names and where it is, as `bare` writes them."""
    label: str
    is_own: bool
    """Whether it is on the side of the organisation whose timetable is read."""
    calendar_id: int | None = None
    campus: str = ""
    """Whose teaching calendar its base goes by, and the campus whose bells ring there."""


@dataclass(slots=True)
class Rooms:
    """All rooms there are, and what somebody said that a text means."""

    rooms: Sequence[Room]
    said: Mapping[str, int] = field(default_factory=dict)
    """Unit ids by `room_text` of what a timetable writes."""
    _by_name: dict[str, list[Room]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for room in self.rooms:
            for name in room.names:
                self._by_name.setdefault(name, []).append(room)

    def find(self, campus: str, room: str) -> int | None:
        """The unit that is meant: what was said before, else the one room of that name (of several, on that campus, then
        the organisation's own). None where that is not exactly one."""
        if (said := self.said.get(room_text(campus, room))) is not None:
            return said
        fitting = self._by_name.get(bare(room), [])
        there = [each for each in fitting if bare(campus) in each.campuses] if campus else []
        for chosen in (there or fitting, [each for each in there or fitting if each.is_own]):
            if len(chosen) == 1:
                return chosen[0].unit_id
        return None

    def closest(self, campus: str, room: str, most: int = 5) -> list[Room]:
        """The rooms whose names look most like this one; one's own first among equals."""
        wanted, place = bare(room), bare(campus)
        return sorted(
            self.rooms,
            key=lambda each: (
                -max((_alike(wanted, name) for name in each.names), default=0.0) - 0.1 * (place in each.campuses),
                not each.is_own,
                each.label,
            ),
        )[:most]


@dataclass(slots=True)
class Teachers:
    """People of one organisation by name, and what somebody said that a text means."""

    people: Sequence[tuple[int, str]]
    said: Mapping[str, int] = field(default_factory=dict)
    _by_name: dict[str, list[int]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for person_id, name in self.people:
            self._by_name.setdefault(bare(name), []).append(person_id)

    def find(self, names: Iterable[str]) -> int | None:
        """The first of these teachers who is known: as was said, or by a name that only one person has."""
        for name in names:
            if (said := self.said.get(name)) is not None:
                return said
            if len(found := self._by_name.get(bare(name), [])) == 1:
                return found[0]
        return None

    def closest(self, name: str, most: int = 5) -> list[tuple[int, str]]:
        return sorted(self.people, key=lambda each: (-_alike(bare(name), bare(each[1])), each[1]))[:most]


def bare(text: str) -> str:
    """A name without what typing varies: full-width forms, case, spaces and dashes."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if not sign.isspace() and sign not in "-_—–·.")


def room_text(campus: str, room: str) -> str:
    """How a room of a timetable is remembered: with its campus, where it has one."""
    return f"{campus} / {room}" if campus else room


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
