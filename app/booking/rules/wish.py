"""Wishes: what somebody looks for, in lines and words, and which units would do for each line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.catalogue.rules.unit import UNIT_KINDS

USUAL, ANY = "usual", ""
KINDS = (USUAL, ANY, *UNIT_KINDS)
"""Usual: whole labs, but anything that words or named units say."""

MOST_NEEDS, MOST_TOGETHER = 4, 12
"""Lines of one wish; separate units in one choice."""
MOST_PEOPLE = 10_000
LONGEST_WORDS, MOST_WORDS = 120, 8

_OR = re.compile(r"\s*(?:[|/;；、]|或者|或是|或|\bor\b)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Need:
    """One line of a wish: so many out of what these words name, of this kind, or out of these units."""

    many: int = 1
    text: str = ""
    kind: str = USUAL
    unit_ids: tuple[int, ...] = ()

    @property
    def sought(self) -> str:
        if self.kind != USUAL:
            return self.kind
        return ANY if self.text or self.unit_ids else "room"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is needed together, all at the same time, for how many people, with what, and where."""

    needs: tuple[Need, ...] = (Need(),)
    people: int | None = None
    features: str = ""
    """Software or features that the lab must have, itself or in anything that stands in it."""
    base_id: int | None = None
    lab_id: int | None = None
    near: tuple[int, str] | None = None
    """A campus: the member that hosts there and the campus' name. It comes first; `only_near` leaves out the rest."""
    only_near: bool = False
    owner_ids: frozenset[int] = frozenset()
    direct: bool = False
    """Only what is booked at once, without anybody's approval."""


class Sought(NamedTuple):
    """A unit as searching needs it, with its lab and base; `words` is all text that may be looked through, plain."""

    id: int
    lab_id: int
    base_id: int
    room_id: int | None
    kind: str
    name_zh: str
    name_en: str
    capacity: int
    needs_approval: bool
    setup_minutes: int
    cleaning_minutes: int
    retired_on: date | None
    lab_name_zh: str
    lab_name_en: str
    seats: int | None
    host_id: int
    campus: str
    side: frozenset[int]
    """Who hosts, operates or keeps its base, and where it was asked for who owns it."""
    order: int
    words: str = ""
    codes: tuple[str, ...] = ()
    """Its codes in classifications of equipment."""
    parties: frozenset[int] = frozenset()
    """Who hosts, operates or keeps its base."""

    @property
    def place(self) -> tuple[int, str]:
        return self.host_id, self.campus


def plain(text: str) -> str:
    """One spelling: half-width, small letters, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def alternatives(text: str) -> list[list[str]]:
    """`A101 或 数控 铣床` as [[a101], [数控, 铣床]]: any of the first, within each all of the second."""
    parts = [plain(part).split()[:MOST_WORDS] for part in _OR.split(text)]
    return [part for part in parts if part]


def suits(text: str, words: str, codes: Sequence[str]) -> bool:
    """Whether a unit's words have what a text asks for; a word may also be the beginning of a class code."""
    asked = alternatives(text)
    return not asked or _has_any(asked, words, codes)


def _has_any(asked: Sequence[Sequence[str]], words: str, codes: Sequence[str]) -> bool:
    return any(all(_has(word, words, codes) for word in part) for part in asked)


def _has(word: str, words: str, codes: Sequence[str]) -> bool:
    return word in words or any(code.startswith(word) for code in codes)


class Option(NamedTuple):
    """A unit that would do for a line, and how many of it that takes."""

    unit: Sought
    quantity: int


class Line(NamedTuple):
    """The units that would do for one line: so many of `singles`, each a unit of its own, or one of `wholes`."""

    many: int
    singles: tuple[Option, ...]
    wholes: tuple[Option, ...]

    @property
    def is_possible(self) -> bool:
        return bool(self.wholes) or len(self.singles) >= self.many


Rank = Callable[[Sought], tuple[int, ...]]


def lines(
    wish: Wish, town: Sequence[Sought], member_id: int | None, lacking: Collection[int] = frozenset()
) -> list[Line]:
    """For each line of the wish the units that would do, the best liked first. `lacking`: see `liking`."""
    there = [unit for unit in town if _is_there(unit, wish)]
    if wish.features:
        equipped = _equipped(wish.features, town)
        there = [unit for unit in there if unit.lab_id in equipped]
    there.sort(key=liking(wish, member_id, lacking))
    return [_line(need, wish, there) for need in wish.needs]


def liking(wish: Wish, member_id: int | None, lacking: Collection[int] = frozenset()) -> Rank:
    """The order among units that would do: near, one's own, booked at once, nothing lacking, the smallest large enough.

    `lacking` are the units for which whoever asks has not all that is asked of her.
    """

    def rank(unit: Sought) -> tuple[int, ...]:
        return (
            nearness(unit, wish),
            member_id not in unit.side,
            unit.needs_approval,
            unit.id in lacking,
            (unit.seats or 0) if unit.kind == "room" else unit.capacity,
            unit.order,
        )

    return rank


def nearness(unit: Sought, wish: Wish) -> int:
    """0 on the wished campus (or none was wished), 1 elsewhere at the same member, 2 anywhere else."""
    if wish.near is None or unit.place == wish.near:
        return 0
    return 1 if unit.host_id == wish.near[0] else 2


def _is_there(unit: Sought, wish: Wish) -> bool:
    return (
        (wish.base_id is None or unit.base_id == wish.base_id)
        and (wish.lab_id is None or unit.lab_id == wish.lab_id)
        and (not wish.only_near or wish.near is None or unit.place == wish.near)
        and (not wish.owner_ids or not wish.owner_ids.isdisjoint(unit.side))
        and not (wish.direct and unit.needs_approval)
    )


def _equipped(features: str, town: Sequence[Sought]) -> set[int]:
    """The labs of which, with everything in them, it is said that they have this."""
    words: dict[int, list[str]] = {}
    codes: dict[int, list[str]] = {}
    for unit in town:
        words.setdefault(unit.lab_id, []).append(unit.words)
        codes.setdefault(unit.lab_id, []).extend(unit.codes)
    return {lab_id for lab_id, said in words.items() if suits(features, "\n".join(said), codes[lab_id])}


def _line(need: Need, wish: Wish, town: Sequence[Sought]) -> Line:
    singles: list[Option] = []
    wholes: list[Option] = []
    kind, named = need.sought, frozenset(need.unit_ids)
    asked = alternatives(need.text)
    for unit in town:
        if (kind and unit.kind != kind) or (named and unit.id not in named):
            continue
        if asked and not _has_any(asked, unit.words, unit.codes):
            continue
        many = _places(unit, need, wish.people)
        if many is not None:
            (wholes if many > 1 else singles).append(Option(unit, many))
    return Line(need.many, tuple(singles), tuple(wholes))


def _places(unit: Sought, need: Need, people: int | None) -> int | None:
    """How many of a unit the line takes; None where it is too small."""
    if unit.kind == "room":
        return 1 if people is None or unit.seats is None or unit.seats >= people else None
    if unit.kind == "machine":
        return 1
    many = need.many if unit.kind == "pool" else max(need.many, people or 1)
    return many if unit.capacity >= many else None
