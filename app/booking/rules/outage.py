"""Outage: which held time a fault or a closure is in the way of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.booking.rules.conflict import Taken, peak
from app.foundation.refusal import Reason


@dataclass(frozen=True, slots=True)
class NothingNear(Reason):
    """Nothing like it is free near this time: the booking can be moved by hand, cancelled or left."""

    code = "nothing_near"


@dataclass(frozen=True, slots=True)
class NotInTheWay(Reason):
    """The booking is in nothing's way any more: it was moved or cancelled, or the machine works again."""

    code = "not_in_the_way"
    kind = "stale"


def is_hit(held: Taken, all_held: Sequence[Taken], outage: Taken, capacity: int) -> bool:
    """Whether an outage is in the way of what is held of the same unit: it lies in its time, and leaves too few.

    `all_held` is everything held of the unit then. Of a unit of which some are left, it is in the way of everybody
    who holds a part of it at a moment at which there are too few for all of them.
    """
    if not held.span.overlaps(outage.span):
        return False
    if outage.exclusive or held.exclusive:
        return True
    shared = held.span.clip(outage.span)
    return shared is not None and peak(all_held, shared) + outage.quantity > capacity
