"""Ground: the time that is taken where lessons are to go, kept up while they are judged one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.booking.rules.conflict import (
    Overlaps,
    Situation,
    Taken,
    reasons_against_all,
    reasons_by_slot,
)
from app.booking.rules.priority import (
    ANY_TIME,
    FIRST_ORDER,
    LESSON,
    MEMBER,
    Order,
    Standing,
    Terms,
    reasons_not_to_displace,
)
from app.booking.rules.request import Asked, Slot, Want, claims
from app.foundation.refusal import Reason
from app.foundation.timespan import EARLIEST, Span

NEVER_DISPLACED = frozenset({"teaching", "experiment", "competition", "certification"})
"""Purposes that a file never pushes aside, whatever the order says: teaching like itself, and what has public dates.
Somebody may displace them one by one, having looked."""


@dataclass(frozen=True, slots=True)
class Other:
    """A booking in the way: what a lesson needs to know of it."""

    booking_id: int
    purpose: str
    classes: frozenset[str] = frozenset({MEMBER})
    terms: Terms = ANY_TIME


class Ground:
    """What is held of the units a plan touches. Looking is by day, so that a term of a room costs no more than a week."""

    def __init__(
        self,
        situation: Situation,
        *,
        others: Iterable[Other] = (),
        may_displace: frozenset[int] = frozenset(),
        asks: frozenset[int] = frozenset(),
        now: datetime = EARLIEST,
        order: Order = FIRST_ORDER,
    ) -> None:
        """`others`: the bookings that may be displaced if they rank lower in the `order`; `may_displace`: units where
        the person may do that; `asks`: units whose keeper must agree."""
        self._situation = situation
        self._by_day: dict[tuple[int, date], list[Taken]] = {}
        self._by_date: dict[int, list[Taken]] = {}
        self._free: set[int] = set()
        self._held: list[tuple[int, date]] = []
        self._others = {other.booking_id: other for other in others}
        self._may_displace = may_displace
        self._now = now
        self.order = order
        self.asks = asks
        self.units = situation.units
        for taken in situation.taken:
            self._add(taken)

    def _add(self, taken: Taken) -> None:
        for day in _days(taken.span):
            self._by_day.setdefault((taken.unit_id, day), []).append(taken)
        if taken.date_id is not None:
            self._by_date.setdefault(taken.date_id, []).append(taken)

    def release(self, date_ids: Iterable[int]) -> None:
        """The time of these dates becomes free."""
        self._free.update(date_ids)

    def give_back(self, date_ids: Iterable[int]) -> None:
        """The time of these dates is taken after all."""
        self._free.difference_update(date_ids)

    def hold(self, unit_id: int, slots: Iterable[Slot], booking_id: int) -> None:
        """These slots are taken from now on, by a booking that may not have its id yet (then a number below zero)."""
        claimed = claims([Want(unit_id)], self.units)
        for slot in slots:
            for claim in claimed:
                span = claim.taken_by(slot.span)
                self._add(Taken(claim.unit_id, span, claim.quantity, claim.exclusive, booking_id=booking_id))
                self._held += [(claim.unit_id, day) for day in _days(span)]

    def mark(self) -> tuple[int, frozenset[int]]:
        """The ground as it is now, for `back_to`."""
        return len(self._held), frozenset(self._free)

    def back_to(self, mark: tuple[int, frozenset[int]]) -> None:
        """Forget what was held and released since."""
        length, free = mark
        for where in reversed(self._held[length:]):
            self._by_day[where].pop()
        del self._held[length:]
        self._free = set(free)

    def reasons(self, asked: Asked) -> tuple[list[Reason], list[list[Reason]]]:
        """What stands against a lesson whatever its dates, and against each of its dates."""
        if not asked.slots:
            return [], []
        judged_in = Situation(
            self.units,
            self._situation.openings,
            self._near(asked),
            self._situation.limits,
            self._situation.owner_side,
        )
        general = reasons_against_all(asked, judged_in)
        if general:
            return general, [list(general) for _ in asked.slots]
        return [], reasons_by_slot(asked, judged_in)

    def _near(self, asked: Asked) -> list[Taken]:
        found: dict[int, Taken] = {}
        claimed = claims(asked.wants, self.units) if all(w.unit_id in self.units for w in asked.wants) else []
        for claim in claimed:
            days = {day for slot in asked.slots for day in _days(claim.taken_by(slot.span))}
            for day in days:
                for taken in self._by_day.get((claim.unit_id, day), ()):
                    if taken.date_id is None or taken.date_id not in self._free:
                        found[id(taken)] = taken
        return list(found.values())

    def lower(self, asked: Asked, slot: Slot, reasons: Sequence[Reason]) -> list[Taken]:
        """What a lesson may push aside to have this date: everything in its way, all of it lower; else nothing."""
        if not reasons or not all(isinstance(reason, Overlaps) for reason in reasons):
            return []
        found = []
        for claim in claims(asked.wants, self.units):
            wanted = claim.taken_by(slot.span)
            for day in _days(wanted):
                for taken in self._by_day.get((claim.unit_id, day), ()):
                    if taken.date_id in self._free or not taken.span.overlaps(wanted):
                        continue
                    if not (claim.exclusive or taken.exclusive):
                        continue
                    if not self._is_lower(taken, asked):
                        return []
                    found.append(taken)
        return found

    def _is_lower(self, taken: Taken, asked: Asked) -> bool:
        other = self._others.get(taken.booking_id or 0)
        if taken.date_id is None or other is None or other.purpose in NEVER_DISPLACED:
            return False
        if not all(want.unit_id in self._may_displace for want in asked.wants):
            return False
        there = Standing(other.booking_id, taken.span.start, other.classes, other.terms)
        return not reasons_not_to_displace(frozenset({LESSON}), there, self.order, self._now)

    def classes_of(self, booking_id: int) -> frozenset[str]:
        """What a booking in the way counts as."""
        return self._others[booking_id].classes


def _days(span: Span) -> list[date]:
    first, last = span.start.date(), span.end.date()
    return [first] if first == last else [first, last]
