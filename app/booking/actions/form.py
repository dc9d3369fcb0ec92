"""What the booking form needs to be shown and read: things to choose from, the bell table, the terms, for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.booking.rules.listing import Named, PlacedUnit
from app.booking.store import listing, looking, people
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import Term
from app.timetable.store import terms as timetable
from app.timetable.store.calendar import calendar


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen: the asked units with everything else in their labs, periods, the term, people to book for."""

    units: tuple[PlacedUnit, ...]
    siblings: tuple[PlacedUnit, ...]
    people: tuple[tuple[int, str], ...]


def calendar_at(unit_ids: Sequence[int], chosen_id: int | None = None) -> Calendar:
    """The calendar of the place where the first unit stands (its bells ring there), or the chosen organisation's."""
    member_id, campus = looking.bell_place(unit_ids[0]) if unit_ids else (None, "")
    return calendar(chosen_id or member_id, campus)


def calendars(actor: Actor, unit_ids: Sequence[int], chosen_id: int | None = None) -> list[Named]:
    """By whose calendar one may read teaching weeks: the place's first, then the actor's, then the one chosen."""
    member_id, _ = looking.bell_place(unit_ids[0]) if unit_ids else (None, "")
    ids = [each for each in dict.fromkeys((member_id, actor.member_id, chosen_id)) if each is not None]
    found = listing.members(ids)
    return [found[each] for each in ids if each in found]


def terms() -> list[Term]:
    return timetable.terms()


def may_book_for_others(actor: Actor) -> bool:
    return may(actor, "booking.request_for", Placement(booking_member_id=actor.member_id))


def may_book_for(actor: Actor, person_id: int, today: date) -> bool:
    """Whether the actor may book for this person: herself, or with the right to, somebody of the member she acts for."""
    if person_id == actor.person_id:
        return True
    if actor.member_id is None or not may_book_for_others(actor):
        return False
    return person_id in {each for each, _ in people.of_member(actor.member_id, today)}


def choices(actor: Actor, unit_ids: Sequence[int], today: date) -> Choices:
    """What the form offers; ids that are not there are left out."""
    placed = listing.places(unit_ids)
    asked = [placed[unit_id] for unit_id in unit_ids if unit_id in placed]
    around = listing.siblings(sorted({unit.lab.id for unit in asked}))
    others = (
        people.of_member(actor.member_id, today) if actor.member_id is not None and may_book_for_others(actor) else []
    )
    chosen = {unit.unit_id for unit in asked}
    return Choices(tuple(asked), tuple(unit for unit in around if unit.unit_id not in chosen), tuple(others))


def places(unit_ids: Sequence[int]) -> dict[int, PlacedUnit]:
    """These units with where they stand."""
    return listing.places(sorted(set(unit_ids)))


def base_names(base_ids: Sequence[int]) -> list[Named]:
    found = listing.base_names(base_ids) if base_ids else {}
    return [found[base_id] for base_id in base_ids if base_id in found]
