"""Reading what is asked of a person for these units, and what she has: nothing is read where nothing is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from app.booking.rules.request import Asked
from app.booking.rules.standing import NO_DUTIES, Duties, Standing
from app.booking.rules.wish import Sought
from app.booking.store import limits as limit_store
from app.booking.store.elsewhere import elsewhere
from app.booking.store.limits import Numbers
from app.catalogue.rules.unit import Unit
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.restriction import Restriction
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
    found = _restrictions(asked.holder_id, at) if restricted else ()
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


def standing_in_town(actor: Actor, town: Sequence[Sought], at: datetime) -> Standing | None:
    """What is asked anywhere in the town and what this person has; None where nothing is asked of anybody.

    One query, and four more at most where something is asked. Whether she is somewhere else then is not looked at.
    """
    asks = limit_store.asks_everywhere()
    found = _restrictions(actor.person_id, at) if asks.whole["restrictions"] else ()
    usual = {base_id: duties_of(asks.whole | own) for base_id, own in asks.bases.items()}
    everywhere = duties_of(asks.whole)
    duties = {
        unit.id: duties_of(asks.whole | asks.bases.get(unit.base_id, {}) | asks.units[unit.id])
        if unit.id in asks.units
        else usual.get(unit.base_id, everywhere)
        for unit in town
    }
    beside = _beside(town, asks, {each.scope_id for each in found if each.scope == "unit"})
    every = {*duties.values(), *(own for others in beside.values() for own in others.values())}
    if not found and every <= {NO_DUTIES}:
        return None
    personal, agreed = any(each.asks_person for each in every), any(each.asks_agreement for each in every)
    asking = {unit_id for others in beside.values() for unit_id in others}
    return Standing(
        units={
            unit.id: _unit(unit)
            for unit in town
            if found or unit.id in beside or unit.id in asking or duties[unit.id] != NO_DUTIES
        },
        duties=duties,
        sides={unit.id: unit.side for unit in town},
        beside=beside,
        qualifications=qualifications.held_by([actor.person_id]) if personal else (),
        agreements=agreements.of_member(actor.member_id) if agreed and actor.member_id else (),
        outside_ids=agreements.outside_ids([actor.member_id]) if agreed and actor.member_id else frozenset(),
        restrictions=found,
        at=at,
    )


def _restrictions(person_id: int, at: datetime) -> Sequence[Restriction]:
    return credit.restrictions_of([person_id], at).get(person_id, ())


def _beside(
    town: Sequence[Sought], asks: limit_store.Asks, restricted: Collection[int | None]
) -> dict[int, dict[int, Duties]]:
    """What units with numbers of their own ask of others' users, as `store.limits.numbers_for` reads it for a few."""
    asking = {
        unit.id: duties_of(asks.units.get(unit.id, {}))
        for unit in town
        if unit.id in asks.units or unit.id in restricted
    }
    rooms = {unit.lab_id: unit for unit in town if unit.kind == "room"}
    found: dict[int, dict[int, Duties]] = {}
    for unit in town:
        room = rooms.get(unit.lab_id)
        if room is None or unit is room:
            continue
        if room.id in asking:
            found.setdefault(unit.id, {})[room.id] = asking[room.id]
        if unit.id in asking:
            numbers = asks.whole | asks.bases.get(room.base_id, {}) | asks.units.get(room.id, {})
            counts = numbers["eligibility.inside"]
            found.setdefault(room.id, {})[unit.id] = asking[unit.id] if counts else NO_DUTIES
    return found


def _unit(unit: Sought) -> Unit:
    return Unit(
        unit.id,
        unit.lab_id,
        unit.base_id,
        unit.room_id,
        unit.kind,
        unit.name_zh,
        unit.name_en,
        unit.capacity,
        unit.needs_approval,
        False,
        unit.setup_minutes,
        unit.cleaning_minutes,
        unit.retired_on,
        "external",
        unit.parties,
    )
