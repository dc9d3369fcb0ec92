"""Combining: separate units that together make what a wish asks for, all free at the same times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

WIDTH, DEPTH = 12, 12
"""How many half-made choices are kept, and how many units are tried for each place in them."""


class Free(NamedTuple):
    """A unit that would do, as a number of its own, how many of it, and the slots in which it can be had."""

    unit_id: int
    quantity: int
    mask: int


class Part(NamedTuple):
    """So many of `singles`, each a separate unit, or else one of `wholes`. The best liked stand first."""

    many: int
    singles: tuple[Free, ...]
    wholes: tuple[Free, ...]


class Made(NamedTuple):
    """A choice that answers every part, and the slots in which all of it can be had."""

    units: tuple[Free, ...]
    mask: int


def at_least(many: int, masks: Sequence[int]) -> int:
    """The slots in which at least so many of the masks have their bit."""
    reached = [-1, *([0] * many)]
    for mask in masks:
        for count in range(many, 0, -1):
            reached[count] |= reached[count - 1] & mask
    return reached[many]


def possible(parts: Sequence[Part]) -> int:
    """The slots in which each part by itself can be answered: no choice covers any other slot."""
    found = -1
    for part in parts:
        here = 0
        for whole in part.wholes:
            here |= whole.mask
        if len(part.singles) >= part.many:
            here |= at_least(part.many, [single.mask for single in part.singles])
        found &= here
    return found


def matched(parts: Sequence[Part], mask: int) -> Made | None:
    """A choice all of which is free in every slot of the mask; None exactly where there is none."""
    for sets in _ways(parts):
        seats = [[free for free in units if free.mask & mask == mask] for units, many in sets for _ in range(many)]
        found = _seated(seats)
        if found is not None:
            return _made(found)
    return None


def fullest(parts: Sequence[Part], mask: int, most: int = 2) -> list[Made]:
    """Choices that cover as many slots of the mask as were found, the fullest first.

    The best half-made choices are kept at each step, so the very best may be missed; where any choice covers any
    slot at all, at least one is given.
    """
    found: dict[frozenset[tuple[int, int]], Made] = {}
    whole = matched(parts, mask)
    made = [whole] if whole else [each for sets in _ways(parts) for each in _widened(sets, mask)]
    if not made:
        left = mask & possible(parts)
        while left and not made:
            lowest = left & -left
            left ^= lowest
            one = matched(parts, lowest)
            made = [one] if one else []
    for each in made:
        found.setdefault(frozenset(free[:2] for free in each.units), each)
    return sorted(found.values(), key=lambda each: -(each.mask & mask).bit_count())[:most]


Sets = list[tuple[Sequence[Free], int]]


def _ways(parts: Sequence[Part]) -> Iterator[Sets]:
    """Every way of answering the parts by one whole or by so many singles."""
    each: list[list[tuple[Sequence[Free], int]]] = []
    for part in parts:
        ways: list[tuple[Sequence[Free], int]] = [(part.wholes, 1)] if part.wholes else []
        if len(part.singles) >= part.many:
            ways.append((part.singles, part.many))
        each.append(ways)
    for chosen in product(*each):
        yield list(chosen)


def _seated(seats: Sequence[Sequence[Free]]) -> list[Free] | None:
    """One unit for each seat, no unit twice, found by moving those already seated where need be."""
    taken: dict[int, tuple[int, Free]] = {}

    def seat(number: int, tried: set[int]) -> bool:
        for free in seats[number]:
            if free.unit_id in tried:
                continue
            tried.add(free.unit_id)
            if free.unit_id not in taken or seat(taken[free.unit_id][0], tried):
                taken[free.unit_id] = number, free
                return True
        return False

    if not all(seat(number, set()) for number in range(len(seats))):
        return None
    return [free for _, free in sorted(taken.values(), key=lambda each: each[0])]


def _widened(sets: Sets, mask: int) -> list[Made]:
    """Choices made unit by unit, the scarcest set first, only the fullest kept at each step."""
    kept: list[tuple[int, tuple[Free, ...]]] = [(mask, ())]
    for units, many in sorted(sets, key=lambda each: len(each[0]) - each[1]):
        liked = sorted((free for free in units if free.mask & mask), key=lambda free: -(free.mask & mask).bit_count())
        for _ in range(many):
            grown: dict[frozenset[int], tuple[int, tuple[Free, ...]]] = {}
            for left, chosen in kept:
                used = {free.unit_id for free in chosen}
                for free in [each for each in liked if each.unit_id not in used][:DEPTH]:
                    if left & free.mask:
                        grown.setdefault(frozenset(used | {free.unit_id}), (left & free.mask, (*chosen, free)))
            kept = sorted(grown.values(), key=lambda each: -each[0].bit_count())[:WIDTH]
    return [_made(chosen) for _, chosen in kept]


def _made(units: Sequence[Free]) -> Made:
    mask = -1
    for free in units:
        mask &= free.mask
    return Made(tuple(units), mask)
