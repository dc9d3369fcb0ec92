"""The condition that lists use lets through exactly the bookings that the permission table would, on both databases."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select, update

from app.booking.actions import answerers, asking
from app.booking.actions.situation import placement
from app.booking.rules.chain import ADMINISTRATOR, PARTIES, Part, line
from app.booking.rules.request import Asked, Slot, Want
from app.booking.store import answering, bookings, chains
from app.booking.store.visible import visible
from app.booking.tables.approvals import PartyAnswer
from app.booking.tables.bookings import Booking
from app.catalogue.tables import Party
from app.consortium.rules.office import BASE_ROLES, ROLES, Actor, Appointment
from app.consortium.rules.permission import may
from app.consortium.rules.scope import scope
from app.database import session, transaction
from app.foundation.timespan import Span
from tests import world

NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
LONG_AGO = date(2020, 1, 1)


def _lay_down() -> tuple[list[int], list[int], list[int]]:
    """Three members; three bases with the owner side spread over base, lab and unit; a booking by each in each place."""
    members = [world.member(code) for code in ("a", "b", "c")]
    people = [world.person(f"{n}@x", str(n), of, "booker") for n, of in enumerate(members)]
    first = world.training_base("hosted by a, operated by b", members[0], operator_id=members[1])
    second = world.training_base("all b", members[1])
    third = world.training_base("all c", members[2])
    labs = [world.lab(base, f"lab of {base}") for base in (first, second, third)]
    units = [world.unit(lab, f"unit {lab}", needs_approval=True) for lab in labs]
    units.append(world.unit(labs[2], "co-owned by a", needs_approval=True))
    world.owns(members[2], lab_id=labs[1])
    world.owns(members[0], 6000, unit_id=units[3])
    world.owns(members[2], 4000, unit_id=units[3])
    transaction(lambda: session().add(Party(unit_id=units[1], part="keeper", member_id=members[0])))
    made = []
    for day, (unit, (person, member)) in enumerate(
        itertools.product(units, zip(people, members, strict=True)), start=1
    ):
        span = Span(NOW + timedelta(days=day, hours=1), NOW + timedelta(days=day, hours=2))
        asked = Asked((Want(unit),), (Slot(span),), "teaching", "t", member, person)
        who = Actor(person, "p", member, (Appointment("booker", member, None, LONG_AGO, None),), on=NOW.date())

        def do(who=who, asked=asked) -> int:
            return asking.request(who, asked, now=NOW, uid=str(uuid.uuid4())).booking_id

        made.append(transaction(do))
    return members, [first, second, third], made


def test_lists_and_the_permission_table_agree(app):
    with app.app_context():
        members, bases, made = _lay_down()
        kept = bookings.bookings(made)
        places = {booking.id: placement(booking, NOW.date()) for booking in kept}
        parts = _every_party(chains.answers(made))
        compared = answered = 0
        for role, member in itertools.product(ROLES, members):
            for base in (None, *bases) if role in BASE_ROLES else (None,):
                who = Actor(1000, "x", member, (Appointment(role, member, base, LONG_AGO, None),), on=NOW.date())
                listed = set(session().scalars(select(Booking.id).where(visible(scope(who, "booking.see")))))
                assert listed == {id_ for id_, thing in places.items() if may(who, "booking.see", thing)}, (
                    role,
                    member,
                )
                hats = answerers.standings(who)
                answers = set(answering.waiting_ids(hats))
                assert answers == {
                    (booking.id, part.base_id)
                    for booking in kept
                    for part, _ in answerers.may_answer(who, booking, parts[booking.id])
                }
                assert answering.count_waiting(hats) == len({booking for booking, _ in answers})
                answered += len(answers)
                compared += len(listed)
        assert compared > 50
        assert answered > 50


def _every_party(parts: dict[int, list[Part]]) -> dict[int, list[Part]]:
    """Each booking waits for another party, or for whoever is asked in its place."""
    seats = itertools.cycle((seat, party) for seat in PARTIES for party in line(seat, ADMINISTRATOR))

    def do() -> None:
        for each in parts.values():
            for part in each:
                seat, party = next(seats)
                session().execute(update(PartyAnswer).where(PartyAnswer.id == part.id).values(seat=seat, party=party))

    transaction(do)
    return chains.answers(list(parts))
