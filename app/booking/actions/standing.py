"""Reading what is asked of a person for these units, and what she has: nothing is read where nothing is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from app.booking.rules.request import Asked
from app.booking.rules.standing import NO_DUTIES, Duties, Standing
from app.booking.store.elsewhere import elsewhere
from app.booking.store.limits import Numbers
from app.catalogue.rules.unit import Unit
from app.catalogue.store import units as catalogue
from app.consortium.store import agreements, credit, qualifications
from app.foundation.timespan import local_day


def duties_of(values: Mapping[str, int]) -> Duties:
    """What is asked for a unit, out of the numbers in force for it."""
    return Duties(
        agreement=values.get("eligibility.agreement", 0),
        guarantor=bool(values.get("eligibility.guarantor", 0)),
        safety=bool(values.get("eligibility.safety", 0)),
        training=bool(values.get("eligibility.training", 0)),
        authorisation=bool(values.get("eligibility.authorisation", 0)),
        learners=values.get("eligibility.learners", 0),
    )


def standing_of(
    asked: Asked,
    units: Mapping[int, Unit],
    numbers: Numbers,
    at: datetime,
    except_dates: Sequence[int] = (),
    *,
    is_asking: bool = True,
) -> Standing | None:
    """What is asked and what is on file; None where nothing is asked, and then nothing is read.

    Among the units are those `around` the wanted ones.
    Not `is_asking`: somebody decides about what was asked before, and a restriction of today is not in its way.
    """
    whole, of_units, _ = numbers
    duties = {want.unit_id: duties_of(of_units[want.unit_id]) for want in asked.wants if want.unit_id in units}
    beside = {
        unit_id: {other: duties_of(own) for other, own in numbers.beside.get(unit_id, {}).items()} for unit_id in duties
    }
    every = [*duties.values(), *(each for others in beside.values() for each in others.values())]
    one_place = bool(whole["eligibility.one_place"])
    restricted = is_asking and bool(whole["restrictions"])
    if not one_place and not restricted and all(each == NO_DUTIES for each in every):
        return None
    found = credit.restrictions_of([asked.holder_id], at).get(asked.holder_id, ()) if restricted else ()
    agreed = any(each.asks_agreement for each in every)
    by_side = agreed or any(each.scope == "member" for each in found)
    first = min((local_day(slot.span.start) for slot in asked.slots), default=date.max)
    personal = any(each.asks_person for each in every)
    spans = [slot.span for slot in asked.slots]
    return Standing(
        units=units,
        duties=duties,
        sides=catalogue.owner_side(sorted({*duties, *numbers.around(duties)}), first) if by_side else {},
        beside=beside,
        qualifications=qualifications.held_by([asked.holder_id]) if personal else (),
        agreements=agreements.of_member(asked.member_id) if agreed else (),
        outside_ids=agreements.outside_ids([asked.member_id]) if agreed else frozenset(),
        one_place=one_place,
        elsewhere=elsewhere(asked.holder_id, spans, except_dates) if one_place else (),
        restrictions=found,
        at=at,
    )
