"""Alike: which units would do instead of others, by what they are called, their models, and what stands in a lab."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.booking.rules.request import Asked, Want
from app.booking.rules.wish import plain

HERE, LAB, SAME_BASE, CAMPUS, HOST, CITY = "here", "lab", "base", "campus", "host", "city"
PLACES = (HERE, LAB, SAME_BASE, CAMPUS, HOST, CITY)
"""How far other units stand from the asked ones; `campus` and `host` are other bases there."""

AWAY = {HERE: 0, LAB: 20, SAME_BASE: 60, CAMPUS: 90, HOST: 150, CITY: 180}
"""Minutes of another time that another place is as good as."""
UNLIKE = 120
"""The same for another sort of unit."""

MOST_SETS = 40
"""Sets of units that are looked at."""
MOST_AT_ONE_PLACE = 8
"""Units near, or far, that are looked at instead of one."""

_NUMBER = re.compile(
    r"[\s\-_#·]*[(]?(?:no\.?\s*)?(?:\d+|[\s\-_#·][a-z]|[一二三四五六七八九十]+)[)]?\s*(?:号机|号|#|台)?$"
)
"""What only tells one machine of a sort from the next: `1 号`, ` 2`, `-B`, `（三）`."""


class Place(NamedTuple):
    """Where a unit stands."""

    lab_id: int
    base_id: int
    host_id: int
    campus: str

    def from_here(self, other: Place) -> str:
        """How far another unit stands from this one."""
        if other.base_id == self.base_id:
            return LAB if other.lab_id == self.lab_id else SAME_BASE
        if other.host_id == self.host_id:
            return CAMPUS if other.campus == self.campus else HOST
        return CITY


class Similar(NamedTuple):
    """A unit that would do for an asked one: how far it stands from it, and whether it is the same sort of thing."""

    instead_of: int
    unit_id: int
    where: str
    is_same_sort: bool = True
    host_id: int | None = None


@dataclass(frozen=True, slots=True)
class Instead:
    """A set of units that would do."""

    wants: tuple[Want, ...]
    where: str = HERE
    is_same_sort: bool = True
    is_own: bool = False
    """Whether all of it stands at the asking member's own place."""


class Thing(NamedTuple):
    """A unit as likeness needs it. `sorts`: its name without its number, and its model where it has one."""

    unit_id: int
    kind: str
    capacity: int
    sorts: tuple[str, ...]
    seats: int | None
    place: Place


def sort_of(name: str, model: str) -> tuple[str, ...]:
    """`数控车床 3 号`, `CK6140` as (`数控车床`, `ck6140`)."""
    whole = plain(name)
    stem = _NUMBER.sub("", whole).strip()
    return tuple(each for each in (stem or whole, plain(model)) if each)


def instead_of(asked: Thing, other: Thing, quantity: int, inside: Mapping[int, frozenset[str]]) -> Similar | None:
    """How well another unit would do; None where it would not.

    The same sort is the same name (numbers aside) or the same model; for a whole lab the same name or at least half of
    the sorts that stand in it. Another sort is offered only near by: a machine of the same lab where nobody says which
    models they are, or a lab of the same base with at least half as many seats.
    """
    if other.unit_id == asked.unit_id or other.kind != asked.kind or other.capacity < quantity:
        return None
    where = asked.place.from_here(other.place)
    if asked.kind == "room":
        if asked.seats is not None and other.seats is not None and other.seats * 2 < asked.seats:
            return None
        same = _same_rooms(asked, other, inside)
        return (
            Similar(asked.unit_id, other.unit_id, where, same, other.place.host_id)
            if same or where not in (CAMPUS, HOST, CITY)
            else None
        )
    if set(asked.sorts) & set(other.sorts):
        return Similar(asked.unit_id, other.unit_id, where, True, other.place.host_id)
    unsaid = len(asked.sorts) == 1 or len(other.sorts) == 1
    if asked.kind == "machine" and where == LAB and unsaid:
        return Similar(asked.unit_id, other.unit_id, where, False, other.place.host_id)
    return None


def _same_rooms(asked: Thing, other: Thing, inside: Mapping[int, frozenset[str]]) -> bool:
    if set(asked.sorts) & set(other.sorts):
        return True
    ours, theirs = inside.get(asked.place.lab_id, frozenset()), inside.get(other.place.lab_id, frozenset())
    return bool(ours) and len(ours & theirs) * 2 >= len(ours)


def sets_instead(asked: Asked, similar: Iterable[Similar], in_the_way: Sequence[int] = ()) -> list[Instead]:
    """The asked units first, then what would do for those of them that stand in the way (of one: for that one).

    Where several are in the way each is replaced at the same time, the best for each first.
    """
    wanted = {want.unit_id for want in asked.wants}
    replaced = [want for want in asked.wants if len(asked.wants) == 1 or want.unit_id in set(in_the_way)]
    liked: dict[int, list[Similar]] = {want.unit_id: [] for want in replaced}
    for each in sorted(similar, key=lambda each: (liking(each.where, each.is_same_sort), each.unit_id)):
        if each.instead_of in liked and each.unit_id not in wanted:
            liked[each.instead_of].append(each)
    found = [Instead(asked.wants)]
    for number in range(max((len(each) for each in liked.values()), default=0)):
        chosen: dict[int, Similar] = {}
        for want in replaced:
            taken = {each.unit_id for each in chosen.values()}
            left = [each for each in liked[want.unit_id][number:] if each.unit_id not in taken]
            if left:
                chosen[want.unit_id] = left[0]
        if len(chosen) < len(replaced):
            break
        found.append(
            Instead(
                tuple(
                    Want(chosen[want.unit_id].unit_id if want.unit_id in chosen else want.unit_id, want.quantity)
                    for want in asked.wants
                ),
                max((each.where for each in chosen.values()), key=PLACES.index),
                all(each.is_same_sort for each in chosen.values()),
                all(each.host_id == asked.member_id for each in chosen.values()),
            )
        )
    return found[:MOST_SETS]


def best_of(similar: Iterable[Similar]) -> list[Similar]:
    """Those worth reading more about: so many for each asked unit, the best of each place among them."""
    by_unit: dict[int, list[Similar]] = {}
    for each in sorted(similar, key=lambda each: (liking(each.where, each.is_same_sort), each.unit_id)):
        by_unit.setdefault(each.instead_of, []).append(each)
    kept: list[Similar] = []
    for of_unit in by_unit.values():
        at: dict[str, int] = {}
        for each in of_unit:
            at[each.where] = at.get(each.where, 0) + 1
            if at[each.where] <= MOST_AT_ONE_PLACE:
                kept.append(each)
    return kept


def liking(where: str, is_same_sort: bool) -> int:
    return AWAY[where] + (0 if is_same_sort else UNLIKE)
