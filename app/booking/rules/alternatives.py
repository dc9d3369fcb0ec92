"""Alternatives: what else would do instead of a refused request, in one ranked list, each with what speaks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from app.booking.rules.alike import HERE, LAB, PLACES, SAME_BASE, Instead, liking
from app.booking.rules.availability import Choice, Hours, Space
from app.booking.rules.conflict import Situation, clashes_between, reasons_against_all_of, reasons_to_refuse
from app.booking.rules.course import bases_to_ask
from app.booking.rules.limits import UnitLimits, Use
from app.booking.rules.nearest import NO_BELLS, ROUND_MINUTES, moves, nearest_dates
from app.booking.rules.request import Asked, Slot, Want
from app.catalogue.rules.unit import Unit
from app.foundation.timespan import DAY, Span, at_local, local_day, local_minute
from app.timetable.rules.bell import Bells

TIME, UNIT, BASE, SPLIT, PART = "time", "unit", "base", "split", "part"
"""Other times, other units here, another base, a series in several pieces, only the dates that are free."""

IN_PIECES, ON_APPROVAL, AT_WEEKEND = 45, 15, 180
"""Minutes of another time that these are as bad as: a series in pieces, waiting for an answer, a Saturday or Sunday."""

MOST_TIMES = 80
MOST_PIECES = 3
MOST_ALIKE = 2
"""Other units at one and the same time, and one fewer than of one kind, as long as there are others."""
MOST_JUDGED = 120

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Something that can be had as it stands instead of what was asked for: one booking for each of its `parts`."""

    kind: str
    parts: tuple[Choice, ...]
    of: int
    where: str = HERE
    is_same_sort: bool = True
    moved: timedelta = timedelta()
    """How much later the first date that is moved begins; negative: earlier."""
    needs_approval: bool = False
    is_own: bool = False
    """Whether it is in another base, but in one of the asking member's own."""

    @property
    def wants(self) -> tuple[Want, ...]:
        return self.parts[0].wants

    @property
    def slots(self) -> tuple[Slot, ...]:
        """All its dates, in order of time."""
        return tuple(sorted((slot for part in self.parts for slot in part.slots), key=lambda slot: slot.span))

    @property
    def missing(self) -> int:
        """How many of the wanted dates it leaves out."""
        return self.of - sum(len(part.slots) for part in self.parts)

    @property
    def speaks_for(self) -> tuple[str, ...]:
        """What speaks for it and against it, as words: the units, where they stand, the time, the dates, the answer."""
        found = ["same_units"]
        if self.where != HERE:
            place = "own" if self.is_own else self.where
            found = ["same_sort" if self.is_same_sort else "other_sort", f"at_{place}"]
        found.append(self._time())
        if self.of > 1:
            found.append("some_dates" if self.missing else "all_dates")
        if len(self.parts) > 1:
            found.append("several_bookings")
        return (*found, "needs_approval" if self.needs_approval else "at_once")

    def _time(self) -> str:
        if not self.moved:
            return "same_time"
        if self.kind == SPLIT:
            return "rest_at_other_times"
        begins = self.slots[0].span.start
        if local_day(begins) == local_day(begins - self.moved):
            return "later" if self.moved > timedelta() else "earlier"
        return "same_time_other_day" if not self.moved % DAY else "other_day"

    def asked(self, asked: Asked) -> tuple[Asked, ...]:
        """The requests that take it: all of them together, or none."""
        return tuple(replace(asked, wants=part.wants, slots=part.slots) for part in self.parts)


# ── what can be had ──


def alternatives(
    asked: Asked,
    situation: Situation,
    sets: Sequence[Instead],
    window: Span,
    bells: Bells = NO_BELLS,
    limit: int = 6,
) -> list[Alternative]:
    """What can be had instead, the best first, at most `limit`; of each kind that there is, the best is among them.

    `situation` must hold the units of all sets and all that is taken of them in `window`. Every request of every
    alternative is one that the judgement of a new request lets through now, limits and quotas included. An alternative
    stands before another where it leaves out fewer dates, then where it lies nearer: see AWAY.
    """
    if not asked.slots:
        return []
    limits = situation.ground.units if situation.ground else {}
    rules = [limits[want.unit_id] for want in asked.wants if want.unit_id in limits]
    block = max((each.block_minutes for each in rules), default=0)
    fitted = replace(asked, slots=tuple(_fitted(slot, rules, block or 1) for slot in asked.slots))
    hours: Hours = {}
    spaces = [(each, Space(each.wants, situation, window, hours)) for each in sets if _is_there(each, situation.units)]
    one = len(asked.slots) == 1
    found = (
        _for_one_date(fitted, spaces, window, bells, block or ROUND_MINUTES)
        if one
        else _for_series(fitted, spaces, bells)
    )
    ranked = sorted(found, key=lambda each: _cost(each, asked, situation))
    return _varied(_possible(ranked, asked, situation), limit)


def _is_there(instead: Instead, units: Mapping[int, Unit]) -> bool:
    return all(want.unit_id in units for want in instead.wants)


def _fitted(slot: Slot, rules: Sequence[UnitLimits], block: int) -> Slot:
    """The slot on the units' blocks and as long as they are given: as it stands, no other time would do either."""
    start = local_minute(slot.span.start) // block * block
    length = max([slot.span.length, *(each.shortest for each in rules)])
    length = min([length, *(each.longest for each in rules if each.longest is not None)])
    minutes = -(-(length // MINUTE) // block) * block
    if (local_minute(slot.span.start), slot.span.length) == (start, minutes * MINUTE):
        return slot
    begins = at_local(local_day(slot.span.start), start)
    return Slot(Span(begins, begins + minutes * MINUTE))


def _for_one_date(
    asked: Asked, spaces: Sequence[tuple[Instead, Space]], window: Span, bells: Bells, step_minutes: int
) -> Iterator[Alternative]:
    slot = asked.slots[0]
    ways = [(space, liking(each.where, each.is_same_sort) * MINUTE) for each, space in spaces]
    by_wants = {each.wants: each for each, _ in spaces}
    for choice in nearest_dates(slot, ways, window, bells, MOST_TIMES, step_minutes):
        instead, moved = by_wants[choice.wants], choice.slots[0].span.start - slot.span.start
        told = (_as_told(choice, instead),)
        yield Alternative(
            _kind(instead), told, 1, instead.where, instead.is_same_sort, moved, is_own=_is_own_elsewhere(instead)
        )


def _kind(instead: Instead) -> str:
    return TIME if instead.where == HERE else UNIT if instead.where in (LAB, SAME_BASE) else BASE


def _is_own_elsewhere(instead: Instead) -> bool:
    return instead.is_own and _kind(instead) == BASE


def _as_told(choice: Choice, instead: Instead) -> Choice:
    """Another house may ring other bells: there a time is said by the clock."""
    if instead.where in (HERE, LAB, SAME_BASE):
        return choice
    return replace(choice, slots=tuple(Slot(slot.span) for slot in choice.slots))


def _for_series(asked: Asked, spaces: Sequence[tuple[Instead, Space]], bells: Bells) -> Iterator[Alternative]:
    of = len(asked.slots)
    free = [(each, space, tuple(slot for slot in asked.slots if space.fits(slot.span))) for each, space in spaces]
    for each, _, slots in free:
        if slots and (each.where != HERE or len(slots) < of):
            kind = PART if each.where == HERE else _kind(each)
            told = (_as_told(Choice(each.wants, slots, of), each),)
            own = _is_own_elsewhere(each)
            yield Alternative(kind, told, of, each.where, each.is_same_sort, is_own=own)
    yield from _in_pieces(asked, free)
    for each, space, slots in free[:1]:
        for _, moved in moves(asked.slots, bells)[1:]:
            if all(space.fits(slot.span) for slot in moved):
                by = moved[0].span.start - asked.slots[0].span.start
                yield Alternative(TIME, (Choice(each.wants, moved, of),), of, moved=by)
        if slots and len(slots) < of:
            yield from _the_rest_at_other_times(asked, each, space, slots)


def _in_pieces(asked: Asked, free: Sequence[tuple[Instead, Space, tuple[Slot, ...]]]) -> Iterator[Alternative]:
    """As much as there is in the asked units, and the rest at the same times in as few others as it takes."""
    left = list(asked.slots)
    parts: list[tuple[Instead, tuple[Slot, ...]]] = []
    while left and len(parts) < MOST_PIECES:
        here = [(each, tuple(slot for slot in left if slot in slots)) for each, _, slots in free]
        if not parts and here and here[0][1]:
            chosen = here[0]
        else:
            chosen = max(here, key=lambda each: len(each[1]), default=(Instead(()), ()))
        if not chosen[1]:
            return
        parts.append(chosen)
        left = [slot for slot in left if slot not in chosen[1]]
    if left or len(parts) < 2:
        return
    yield Alternative(
        SPLIT,
        tuple(_as_told(Choice(each.wants, slots, len(slots)), each) for each, slots in parts),
        len(asked.slots),
        max((each.where for each, _ in parts), key=PLACES.index),
        all(each.is_same_sort for each, _ in parts),
    )


def _the_rest_at_other_times(
    asked: Asked, instead: Instead, space: Space, free: Sequence[Slot]
) -> Iterator[Alternative]:
    """The free dates as they are, and each other date at the nearest time within three days of it; one booking."""
    chosen = list(free)
    first: timedelta | None = None
    for slot in asked.slots:
        if slot in free:
            continue
        days = [local_day(slot.span.start) + offset * DAY for offset in range(-3, 4)]
        around = Span(at_local(days[0], 0), at_local(days[-1] + DAY, 0))
        standing = [each.span for each in chosen]
        for choice in nearest_dates(Slot(slot.span), [(space, timedelta())], around, NO_BELLS, MOST_TIMES):
            if not clashes_between(choice.slots, standing, space.claimed):
                chosen.append(choice.slots[0])
                first = first if first is not None else choice.slots[0].span.start - slot.span.start
                break
        else:
            return
    slots = tuple(sorted(chosen, key=lambda each: each.span))
    yield Alternative(SPLIT, (Choice(instead.wants, slots, len(slots)),), len(slots), moved=first or timedelta())


# ── which of it, in which order ──


def _cost(each: Alternative, asked: Asked, situation: Situation) -> tuple[int, int]:
    """Dates left out, then minutes away."""
    unit_ids = [want.unit_id for part in each.parts for want in part.wants]
    return each.missing, (
        abs(each.moved) // MINUTE
        + liking(each.where, each.is_same_sort) // (2 if each.is_own else 1)
        + (IN_PIECES * len(each.parts) if each.kind == SPLIT else 0)
        + (ON_APPROVAL if bases_to_ask(unit_ids, situation.units) else 0)
        + (AT_WEEKEND if each.moved and _is_at_weekend(each.slots[0]) and not _is_at_weekend(asked.slots[0]) else 0)
    )


def _is_at_weekend(slot: Slot) -> bool:
    return local_day(slot.span.start).isoweekday() > 5


def _possible(ranked: Sequence[Alternative], asked: Asked, situation: Situation) -> Iterator[Alternative]:
    """Those that would be let through as they stand."""
    seen: set[tuple[object, ...]] = {((asked.wants, tuple(slot.span for slot in asked.slots)),)}
    for each in ranked[:MOST_JUDGED]:
        known = tuple((part.wants, tuple(slot.span for slot in part.slots)) for part in each.parts)
        if known in seen or not _would_do(each.asked(asked), situation):
            continue
        seen.add(known)
        unit_ids = [want.unit_id for part in each.parts for want in part.wants]
        yield replace(each, needs_approval=bool(bases_to_ask(unit_ids, situation.units)))


def _would_do(requests: Sequence[Asked], situation: Situation) -> bool:
    """Whether all of these are let through, one after the other."""
    for each in requests:
        if reasons_to_refuse(each, situation) or reasons_against_all_of(each.slots, each, situation):
            return False
        if situation.ground is not None and len(requests) > 1:
            unit_ids = tuple(want.unit_id for want in each.wants)
            more = [Use(slot.span, each.holder_id, each.member_id, unit_ids) for slot in each.slots]
            ground = replace(situation.ground, uses=[*situation.ground.uses, *more])
            situation = replace(situation, ground=ground)
    return True


def _varied(possible: Iterable[Alternative], limit: int) -> list[Alternative]:
    """The first ones, but the best of each kind is among them, and no more of one kind or time than need be."""
    found = list(possible)
    kinds: dict[str, int] = {}
    for number, each in enumerate(found):
        kinds.setdefault(each.kind, number)
    kept = sorted(kinds.values())[:limit]
    for most in (MOST_ALIKE, len(found)):
        for number, each in enumerate(found):
            alike = [found[other] for other in kept if found[other].kind == each.kind]
            at_that_time = sum(other.slots == each.slots for other in alike)
            if len(kept) < limit and number not in kept and len(alike) < most + 1 and at_that_time < most:
                kept.append(number)
    return [found[number] for number in sorted(kept)]
