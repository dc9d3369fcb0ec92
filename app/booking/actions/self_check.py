"""预约资格自检: everything that is asked of somebody who wants to book, with what is there and what is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from app.booking.actions.form import may_book_for
from app.booking.actions.standing import duties_of, standing_of
from app.booking.rules.eligibility import Condition, conditions
from app.booking.rules.request import Asked
from app.booking.rules.standing import OFF, Duties
from app.booking.store import limits as limit_store
from app.booking.store.limits import Numbers
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.foundation.refusal import Invalid, NotAllowed, NotFound, Refused
from app.foundation.timespan import local_day


def check(actor: Actor, asked: Asked, now: datetime) -> list[Condition]:
    """Every condition of the first date asked for, met or not; none where nothing is asked for these units.

    Of oneself, or of a colleague one may book for. Raises Refused(NotFound) for units that are not there,
    Refused(Invalid on_behalf_of) for anybody else.
    """
    if not may(actor, "booking.request"):
        raise Refused(NotAllowed("booking.request"))
    if not may_book_for(actor, asked.holder_id, local_day(now)):
        raise Refused(Invalid("on_behalf_of", "unknown"))
    if not asked.slots:
        raise Refused(Invalid("start", "missing"))
    wanted = {want.unit_id for want in asked.wants}
    numbers = limit_store.numbers_for(wanted)
    units = catalogue.units([*wanted, *(numbers.around(wanted) - wanted)])
    if not wanted <= set(units):
        raise Refused(NotFound())
    standing = standing_of(asked, units, numbers, now)
    if standing is None:
        return []
    # Who is not restricted need not be told so where no restriction of anybody is in force.
    found = conditions(asked.slots[0].span, asked, standing)
    return [each for each in found if standing.restrictions or each.name != "restricted"]


def asks_of_learners(unit_ids: Collection[int]) -> bool:
    """Whether the booking form asks what is stated of learners: where any of these units has limits for them."""
    return any(duties.learners != OFF for duties in _duties(limit_store.numbers_for(unit_ids)))


def _duties(numbers: Numbers) -> Iterator[Duties]:
    """What the units ask, and what is asked beside them."""
    yield from map(duties_of, numbers.units.values())
    for others in numbers.beside.values():
        yield from map(duties_of, others.values())
