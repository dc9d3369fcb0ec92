"""Who may answer: for herself or in the place of a colleague who is away, for which parties of a chain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.booking.actions.situation import placement
from app.booking.rules.chain import ADMINISTRATOR, APPROVED, OWNER, PARTIES, UP, WAITING, Able, Part, line
from app.booking.rules.course import KeptBooking
from app.booking.store import delegations
from app.booking.store.answering import Standing
from app.catalogue.rules.unit import Unit
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, is_administrators, may, may_enter
from app.consortium.rules.scope import scope
from app.consortium.store import offices

DEED_OF = {
    party: "booking.approve" if party == "keeper" else f"approval.{party}"
    for party in (*PARTIES, *UP.values(), ADMINISTRATOR)
}
"""The deed that each party's answer is."""


@dataclass(frozen=True, slots=True)
class Hat:
    """The actor as herself, or in the place of somebody who is away (`for_person`)."""

    actor: Actor
    for_person: int | None = None


Places = Mapping[tuple[int, str], Placement]
"""Where the part of a booking that lies in a base stands, for each party that may be asked there."""


def hats(actor: Actor) -> list[Hat]:
    """Herself, and everybody of the member she acts for in whose place she answers today; one query."""
    found = [Hat(actor)]
    if not may_enter(actor, "approval.answer"):
        return found
    for person_id, held in delegations.stood_in_for(actor.person_id, actor.on).items():
        here = tuple(each for each in held if each.member_id == actor.member_id)
        if here:
            absent = Actor(person_id, "", actor.member_id, here, actor.rights, actor.address, actor.on)
            found.append(Hat(absent, person_id))
    return found


def standings(actor: Actor) -> list[Standing]:
    """The same for lists: for each hat what it reaches as each party."""
    return [
        Standing(hat.actor.person_id, {party: scope(hat.actor, deed) for party, deed in DEED_OF.items()})
        for hat in hats(actor)
    ]


def places(booking: KeptBooking, base_ids: Iterable[int], on: date) -> Places:
    """Where the parts of a booking in these bases stand on a day."""
    units = catalogue.units([unit.unit_id for unit in booking.units])
    return places_of(booking.member_id, {booking.holder_id, booking.requester_id}, units, base_ids, on)


def places_of(
    member_id: int, holder_ids: Iterable[int], units: Mapping[int, Unit], base_ids: Iterable[int], on: date
) -> Places:
    """The same of what somebody asks for. Where units of several owners wait, only who is on the side of each decides."""
    sides, owners = catalogue.owner_side(list(units), on), catalogue.owners(list(units), on)
    found: dict[tuple[int, str], Placement] = {}
    for base_id in base_ids:
        here = [unit.id for unit in units.values() if unit.base_id == base_id]
        guarded = [unit_id for unit_id in here if units[unit_id].needs_approval]
        usual = Placement(
            holder_ids=frozenset(holder_ids),
            booking_member_id=member_id,
            owner_member_ids=_all_of(sides, guarded) if guarded else _any_of(sides, here),
            base_ids=frozenset({base_id}) if here else frozenset(),
            state=WAITING,
        )
        owning = replace(usual, owner_member_ids=_all_of(owners, guarded) if guarded else _any_of(owners, here))
        for party in DEED_OF:
            found[base_id, party] = owning if party == OWNER else usual
    return found


def _all_of(sides: Mapping[int, frozenset[int]], unit_ids: Sequence[int]) -> frozenset[int]:
    return frozenset.intersection(*(sides.get(unit_id, frozenset()) for unit_id in unit_ids))


def _any_of(sides: Mapping[int, frozenset[int]], unit_ids: Sequence[int]) -> frozenset[int]:
    return frozenset().union(*(sides.get(unit_id, frozenset()) for unit_id in unit_ids))


def is_hers(person_id: int, booking: KeptBooking) -> bool:
    """Whether somebody holds it or asked for it: then she decides nothing about it."""
    return person_id in (booking.holder_id, booking.requester_id)


def may_answer(actor: Actor, booking: KeptBooking, parts: Sequence[Part]) -> list[tuple[Part, Hat]]:
    """The answers waited for that the actor may give now, and as whom; none for what is her own."""
    return [] if is_hers(actor.person_id, booking) else _reached(actor, booking, parts)


def may_but_hers(actor: Actor, booking: KeptBooking, parts: Sequence[Part]) -> bool:
    """Whether all that stands against her answer is that it is her own, or that of whom she stands in for."""
    return bool(_reached(actor, booking, parts, whoever=True))


def _reached(
    actor: Actor, booking: KeptBooking, parts: Sequence[Part], *, whoever: bool = False
) -> list[tuple[Part, Hat]]:
    waiting = [part for part in parts if part.state == WAITING]
    if not waiting:
        return []
    where = places(booking, {part.base_id for part in waiting}, actor.on)
    worn = [hat for hat in hats(actor) if whoever or not is_hers(hat.actor.person_id, booking)]
    found = []
    for part in waiting:
        able = (
            hat
            for hat in worn
            if any(may(hat.actor, DEED_OF[party], where[part.base_id, party]) for party in line(part.seat, part.party))
        )
        if (hat := next(able, None)) is not None:
            found.append((part, hat))
    return found


def had_a_say(person_id: int, booking: KeptBooking, parts: Sequence[Part], on: date) -> bool:
    """Whether somebody has agreed to it, herself or through whoever stands in for her, or is among those whose answer is
    waited for, or whose silence was consent: then it cannot become hers as it stands."""
    if any(part.state == APPROVED and person_id in (part.decided_by, part.for_person) for part in parts):
        return True
    asked = [part for part in parts if part.state == WAITING or (part.state == APPROVED and part.decided_by is None)]
    where = places(booking, {part.base_id for part in asked}, on) if asked else {}
    people = {base_id: able(where, base_id, (), on) for base_id in {part.base_id for part in asked}}
    return any(
        person_id in people[part.base_id][party].people for part in asked for party in line(part.seat, part.party)
    )


def standing_in_for(person_ids: Collection[int], on: date) -> set[int]:
    """Who answers in the place of any of these on a day."""
    return delegations.standing_in_for(person_ids, on) if person_ids else set()


def may_look(actor: Actor, booking: KeptBooking) -> bool:
    """Whether she may see the booking, as herself or in the place of somebody who is away."""
    thing = placement(booking, actor.on)
    return may(actor, "booking.see", thing) or any(may(hat.actor, "booking.see", thing) for hat in hats(actor)[1:])


def able(where: Places, base_id: int, hers: Iterable[int], on: date) -> dict[str, Able]:
    """For each party who may answer, and who of them neither holds it nor asked for it; one query.

    Administrators of the consortium count where they themselves are asked, and not in the place of others.
    """
    usual = where[base_id, ADMINISTRATOR]
    sides = usual.owner_member_ids | ({usual.booking_member_id} if usual.booking_member_id else set())
    known = offices.deciding(sides, on)
    found: dict[str, Able] = {}
    own = frozenset(hers)
    for party, deed in DEED_OF.items():
        people = frozenset(
            person_id
            for person_id, held in known.items()
            for office in held
            if is_administrators(office) == (party == ADMINISTRATOR)
            and may(Actor(person_id, "", office.member_id, (office,), on=on), deed, where[base_id, party])
        )
        found[party] = Able(people, people - own)
    return found
