"""Finding: which choices cover how many of the wanted dates, in which order they are offered, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from app.booking.rules.combining import Free, Made, Part, fullest, matched, possible
from app.booking.rules.conflict import Limits
from app.booking.rules.occupancy import Frame, Held
from app.booking.rules.readiness import NOTHING_ASKED, Readiness
from app.booking.rules.request import Slot, Want
from app.booking.rules.wanted import Pattern, Wanted
from app.booking.rules.wish import Line, Option, Sought, Wish, lines, nearness
from app.timetable.rules.hours import Opening

MOST_TIMES, MOST_BESIDE = 18, 3
"""Times named where one date is sought, and choices named beside each."""
MOST_RANKED, MOST_OTHERS = 20, 3
"""Choices named where a series is sought, and other times named for each."""
MOST_TRIED = 48
"""Places and patterns for which units are put together; the most promising ones."""

LAB, BASE, CAMPUS, CITY = range(4)
"""How far apart the units of a choice stand."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A wanted date that a choice does not cover: past, closed, gone or taken."""

    slot: Slot
    why: str


@dataclass(frozen=True, slots=True)
class Fit:
    """What a choice covers of one pattern."""

    slots: tuple[Slot, ...]
    of: int
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A choice that can be had as it stands, and what speaks for it."""

    units: tuple[Sought, ...]
    wants: tuple[Want, ...]
    fit: Fit
    others: tuple[Fit, ...] = ()
    """Other times at which it can be had, the fullest first."""
    spread: int = LAB
    nearness: int = 0
    is_own: bool = False
    needs_approval: bool = False
    lacks: tuple[tuple[int, str], ...] = ()
    """What whoever asks has not on the first or the last of these dates: which unit asks for what, by `Condition.name`."""


@dataclass(frozen=True, slots=True)
class Time:
    """One date and the choices at it."""

    slot: Slot
    found: tuple[Found, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Findings:
    """The answer: times (one date was sought) or ranked choices (a series was); how many there are of either."""

    times: tuple[Time, ...] = ()
    ranked: tuple[Found, ...] = ()
    total: int = 0
    lacking: tuple[int, ...] = ()
    """The lines of the wish for which there are too few units at all, whatever the time."""

    @property
    def is_empty(self) -> bool:
        return not self.total


@dataclass(frozen=True, slots=True)
class Town:
    """All that a search looks through: the units that this person may book, their hours, and what is held of them."""

    units: Sequence[Sought]
    openings: Mapping[int, Sequence[Opening]]
    held: Mapping[int, Held] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    member_id: int | None = None
    readiness: Readiness = NOTHING_ASKED
    lacking: frozenset[int] = frozenset()
    """The units for which she lacks something on the first wanted date."""


_KEYS: tuple[Callable[[Sought], object], ...] = (
    lambda unit: unit.lab_id,
    lambda unit: unit.base_id,
    lambda unit: unit.place,
    lambda _: None,
)
"""Where a unit stands, at each of LAB, BASE, CAMPUS and CITY."""


class _Choice(NamedTuple):
    options: tuple[Option, ...]
    mask: int
    spread: int
    order: tuple[int, ...]


def find(wish: Wish, wanted: Wanted, town: Town, *, series: bool, asked: Sequence[Line] | None = None) -> Findings:
    """Everything that answers the wish in one of the wanted patterns, the best first. `asked`: its lines, where known.

    Every choice with all its slots is one that `conflict.reasons_to_refuse` would let through. A choice stands before
    another where it covers more dates, then where its units stand closer together, nearer to the wished campus, at
    one's own house, need no approval, ask nothing that she has not, and are not larger than need be.
    """
    asked = lines(wish, town.units, town.member_id, town.lacking) if asked is None else asked
    short = tuple(at for at, line in enumerate(asked) if not line.is_possible)
    if short or not asked or not wanted.patterns:
        return Findings(lacking=short)
    search = _Search(wish, wanted, town, asked)
    return search.ranked() if series else search.by_time()


class _Search:
    def __init__(self, wish: Wish, wanted: Wanted, town: Town, asked: Sequence[Line]) -> None:
        self.wish, self.town = wish, town
        self.frame = Frame([slot for pattern in wanted.patterns for slot in pattern.slots], town.limits)
        self.patterns = [(pattern, self.frame.mask(pattern.slots)) for pattern in wanted.patterns]
        self.place: dict[int, int] = {}
        """Where a unit stands in the order of liking, by its id; of several lines the first that names it."""
        self.options: dict[tuple[int, int], Option] = {}
        for option in chain.from_iterable((*line.singles, *line.wholes) for line in asked):
            self.place.setdefault(option.unit.id, len(self.place))
            self.options[option.unit.id, option.quantity] = option
        self.parts = [
            Part(line.many, tuple(map(self._free, line.singles)), tuple(map(self._free, line.wholes))) for line in asked
        ]
        self.is_plain = len(self.parts) == 1 and self.parts[0].many == 1

    def _free(self, option: Option) -> Free:
        hours = self.town.openings.get(option.unit.id, ())
        return Free(option.unit.id, option.quantity, self.frame.free(option, self.town.held, hours))

    def ranked(self) -> Findings:
        """A series: each choice once, at its best time."""
        masks = [mask for _, mask in self.patterns]
        sizes = [mask.bit_count() for mask in masks]
        best: list[tuple[tuple[int, ...], _Choice]] = []
        for choice in self.choices():
            free = choice.mask
            missing = min(
                (
                    size - covers
                    for size, mask in zip(sizes, masks, strict=True)
                    if (covers := (mask & free).bit_count())
                ),
                default=None,
            )
            if missing is not None:
                best.append(((missing, choice.spread, *choice.order), choice))
        best.sort(key=lambda each: each[0])
        found = tuple(self._found(choice) for _, choice in best[:MOST_RANKED])
        return Findings(ranked=found, total=len(best))

    def by_time(self) -> Findings:
        """One date: each time with the choices at it, the soonest first."""
        groups = [(spread, parts, possible(parts)) for spread, parts, _ in self._groups()]
        open_at = 0
        for *_, most in groups:
            open_at |= most
        open_at &= self.frame.full
        times: list[Time] = []
        left, missed = open_at, 0
        while left and len(times) < MOST_TIMES:
            bit = left & -left
            left ^= bit
            slot = self.frame.slots[bit.bit_length() - 1]
            choices, more = self._at(bit, groups)
            if choices:
                found = tuple(self._found_at(choice, slot) for choice in choices)
                times.append(Time(slot, found, more))
            else:
                missed += 1
        return Findings(times=tuple(times), total=open_at.bit_count() - missed)

    def _at(self, bit: int, groups: Sequence[tuple[int, Sequence[Part], int]]) -> tuple[list[_Choice], int]:
        if self.is_plain:
            (_, (part,), _), *_ = groups
            free = [each for each in (*part.wholes, *part.singles) if each.mask & bit]
            shown = [self._choice(Made((each,), each.mask), LAB) for each in free[:MOST_BESIDE]]
            return shown, len(free) - len(shown)
        shown = []
        for spread, parts, most in groups:
            if most & bit and (made := matched(parts, bit)) is not None:
                choice = self._choice(made, spread)
                if all(choice.options != other.options for other in shown):
                    shown.append(choice)
                if len(shown) == MOST_BESIDE:
                    break
        return shown, 0

    def choices(self) -> list[_Choice]:
        if self.is_plain:
            part = self.parts[0]
            return [self._choice(Made((each,), each.mask), LAB) for each in (*part.wholes, *part.singles) if each.mask]
        tried: list[tuple[int, int, int, int, Sequence[Part], int]] = []
        for spread, parts, order in self._groups():
            most = possible(parts)
            tried += [
                ((most & mask).bit_count() - mask.bit_count(), spread, order, at, parts, mask)
                for at, (_, mask) in enumerate(self.patterns)
                if most & mask
            ]
        tried.sort(key=lambda each: (-each[0], *each[1:4]))
        found: dict[frozenset[tuple[int, int]], _Choice] = {}
        for _, spread, _, _, parts, mask in tried[:MOST_TRIED]:
            for made in fullest(parts, mask):
                found.setdefault(frozenset(free[:2] for free in made.units), self._choice(made, spread))
        return list(found.values())

    def _groups(self) -> list[tuple[int, Sequence[Part], int]]:
        """The parts within each lab, each base, each campus, and the whole city, where they can be answered there."""
        if self.is_plain:
            return [(LAB, self.parts, 0)]
        found: list[tuple[int, Sequence[Part], int]] = []
        for spread, key in enumerate(_KEYS):
            by_key: dict[object, list[tuple[list[Free], list[Free]]]] = {}
            for at, part in enumerate(self.parts):
                for which, frees in enumerate((part.singles, part.wholes)):
                    for free in frees:
                        unit = self.options[free.unit_id, free.quantity].unit
                        here = by_key.setdefault(key(unit), [([], []) for _ in self.parts])
                        here[at][which].append(free)
            for groups in by_key.values():
                parts = [
                    Part(part.many, tuple(singles), tuple(wholes))
                    for part, (singles, wholes) in zip(self.parts, groups, strict=True)
                ]
                if all(part.wholes or len(part.singles) >= part.many for part in parts):
                    liked = min(self.place[free.unit_id] for part in parts for free in (*part.wholes, *part.singles))
                    found.append((spread, parts, liked))
        return sorted(found, key=lambda each: (each[0], each[2]))

    def _choice(self, made: Made, spread: int) -> _Choice:
        ordered = sorted(made.units, key=lambda free: self.place[free.unit_id])
        options = tuple(self.options[free.unit_id, free.quantity] for free in ordered)
        units = [option.unit for option in options]
        if len(units) > 1:
            spread = _spread(units)
        order = (
            max(nearness(unit, self.wish) for unit in units),
            not all(self.town.member_id in unit.side for unit in units),
            any(unit.needs_approval for unit in units),
            any(unit.id in self.town.lacking for unit in units),
            sum(self.place[unit.id] for unit in units),
        )
        return _Choice(options, made.mask, spread, order)

    def _found(self, choice: _Choice) -> Found:
        fits = sorted(
            ((mask & ~choice.mask).bit_count(), at) for at, (_, mask) in enumerate(self.patterns) if mask & choice.mask
        )
        first, *rest = (self._fit(choice, self.patterns[at]) for _, at in fits[: MOST_OTHERS + 1])
        return self._told(choice, first, tuple(rest))

    def _found_at(self, choice: _Choice, slot: Slot) -> Found:
        return self._told(choice, Fit((slot,), 1))

    def _told(self, choice: _Choice, fit: Fit, others: tuple[Fit, ...] = ()) -> Found:
        near, is_others, approval, *_ = choice.order
        return Found(
            units=tuple(option.unit for option in choice.options),
            wants=tuple(Want(option.unit.id, option.quantity) for option in choice.options),
            fit=fit,
            others=others,
            spread=choice.spread,
            nearness=near,
            is_own=not is_others,
            needs_approval=bool(approval),
            lacks=self._lacks(choice, fit.slots),
        )

    def _lacks(self, choice: _Choice, slots: Sequence[Slot]) -> tuple[tuple[int, str], ...]:
        unit_ids = [option.unit.id for option in choice.options]
        ends = (slots[0], slots[-1]) if len(slots) > 1 else slots
        return tuple(dict.fromkeys(each for slot in ends for each in self.town.readiness.lacks(unit_ids, slot)))

    def _fit(self, choice: _Choice, pattern: tuple[Pattern, int]) -> Fit:
        wanted, mask = pattern
        missing = tuple(
            Missing(slot, self._why(choice, slot)) for slot in self.frame.chosen(mask & ~choice.mask & self.frame.full)
        )
        return Fit(tuple(self.frame.chosen(mask & choice.mask)), len(wanted.slots), missing)

    def _why(self, choice: _Choice, slot: Slot) -> str:
        for option in choice.options:
            why = self.frame.why_not(option, slot, self.town.held, self.town.openings.get(option.unit.id, ()))
            if why:
                return why
        return "taken"


def _spread(units: Sequence[Sought]) -> int:
    return next(spread for spread, key in enumerate(_KEYS) if len({key(unit) for unit in units}) == 1)


def count(wish: Wish, wanted: Wanted, town: Town, asked: Sequence[Line] | None = None) -> int:
    """How many choices would answer a wish on any date at all (of several lines: how many were put together)."""
    asked = lines(wish, town.units, town.member_id) if asked is None else asked
    if not asked or not wanted.patterns or not all(line.is_possible for line in asked):
        return 0
    search = _Search(wish, wanted, town, asked)
    return sum(1 for choice in search.choices() if choice.mask & search.frame.full)
