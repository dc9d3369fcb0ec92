"""Alternatives on a kept town: similar units here and elsewhere, in a number of statements that does not grow; taking one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, select

from app.booking.actions import asking
from app.booking.actions.alternatives import alternatives, take
from app.booking.rules.request import Asked, Slot, Want
from app.booking.store import alike
from app.booking.tables.bookings import Booking, BookingDate
from app.catalogue.tables import Asset
from app.database import session, transaction
from app.foundation.refusal import Refused
from app.foundation.timespan import Span, local_day
from app.timetable.tables import Opening
from tests import world
from tests.storage.test_looking import statements
from tests.storage.town import Town


@pytest.fixture
def town(kept) -> Town:
    """With another lathe of the same lab, and one of the same model in red's base."""
    town = Town()
    town.lathe2 = world.unit(town.labs[0], "lathe 2")
    town.far = world.training_base("B2", town.red)
    town.far_lab = world.lab(town.far, "F", seats=40)
    town.far_lathe = world.unit(town.far_lab, "turning machine")

    def do() -> None:
        for unit_id in (town.lathe, town.far_lathe):
            session().execute(insert(Asset).values(unit_id=unit_id, sharing="external", model="CK6140"))
        session().execute(
            insert(Opening),
            [{"base_id": town.far, "weekday": n, "start_minute": 480, "end_minute": 1320} for n in range(1, 8)],
        )

    transaction(do)
    return town


def asked(town: Town, *days: int, unit_id: int | None = None) -> Asked:
    slots = tuple(Slot(town.span(8, 10, day)) for day in days or (0,))
    return Asked((Want(unit_id or town.lathe),), slots, "teaching", "Turning", town.blue, town.wang)


def now() -> datetime:
    return datetime.now(UTC)


def test_a_unit_of_the_same_name_or_model_is_similar_wherever_it_stands(town):
    today = local_day(now())
    found = {each.unit_id: each for each in alike.similar([town.lathe], {}, today)}
    assert set(found) == {town.lathe2, town.mill, town.far_lathe}
    assert (found[town.lathe2].where, found[town.lathe2].is_same_sort) == ("lab", True)
    assert not found[town.mill].is_same_sort
    assert found[town.far_lathe].where == "city"
    rooms = {each.unit_id: each for each in alike.similar([town.rooms[0]], {}, today)}
    assert town.rooms[1] in rooms


def test_other_times_units_and_bases_are_offered_and_each_can_be_booked_as_it_stands(town):
    town.books(town.li, town.red, town.lathe, 8, 10)
    found = alternatives(asked(town), now())
    assert {each.kind for each in found} == {"time", "unit", "base"}
    assert found[0].wants == (Want(town.lathe2),)
    actor = town.actor(town.wang, town.blue)
    for each in found:
        for one in each.asked(asked(town)):
            assert asking.preview(actor, one, now()).is_free


def test_what_a_member_may_not_use_is_not_offered(town):
    hidden = world.unit(town.far_lab, "turning machine 2", sharing="internal")
    town.books(town.li, town.red, town.lathe, 8, 10)
    assert all(
        hidden not in {want.unit_id for want in each.wants} for each in alternatives(asked(town), now(), limit=30)
    )


def test_a_booking_that_is_to_be_moved_is_not_in_its_own_way(town):
    mine = town.books(town.wang, town.blue, town.lathe, 8, 10)
    town.books(town.li, town.red, town.lathe, 10, 22)
    date_id = session().scalar(select(BookingDate.id).where(BookingDate.booking_id == mine))
    wanted = Asked((Want(town.lathe),), (Slot(town.span(10, 12)),), "teaching", "x", town.blue, town.wang)

    def offered(*except_dates: int) -> set[Span]:
        found = alternatives(wanted, now(), except_dates=except_dates, same_units=True, limit=30)
        return {slot.span for each in found for slot in each.slots}

    assert town.span(8, 10) not in offered()
    assert town.span(8, 10) in offered(date_id)


def test_they_take_as_many_statements_for_much_as_for_little(town):
    town.books(town.li, town.red, town.lathe, 8, 10)
    alternatives(asked(town), now())
    with statements() as little:
        alternatives(asked(town), now())
    for number in range(12):
        world.unit(town.labs[1], f"lathe {number + 3}")
        town.books(town.li, town.red, town.lathe2, 10, 12, number % 5) if number < 5 else None
    with statements() as much:
        alternatives(asked(town, 0, 7, 14, 21), now())
    assert len(much) == len(little)
    assert len(much) <= 20


def test_nonsense_is_answered_with_nothing(town):
    for wants, slots in (((), ()), ((Want(999_999),), (Slot(town.span(8, 10)),)), ((Want(town.lathe, 9),), ())):
        assert alternatives(Asked(wants, slots, "teaching", "x", town.blue, town.wang), now()) == []


def test_a_series_in_pieces_is_taken_whole_or_not_at_all(town):
    """One press makes the bookings of both pieces; where the second is taken meanwhile, there is none of the first."""
    town.books(town.li, town.red, town.lathe, 8, 10, day=7)
    wanted = asked(town, 0, 7, 14)
    pieces = next(each for each in alternatives(wanted, now(), limit=20) if len(each.parts) > 1)
    actor = town.actor(town.wang, town.blue)
    requests = pieces.asked(wanted)
    other = requests[1]
    town.books(town.li, town.red, other.wants[0].unit_id, 8, 10, day=7)
    before = session().scalar(select(func.count(Booking.id)))
    with pytest.raises(Refused):
        transaction(lambda: take(actor, requests, now=now(), uids=["p1", "p2"]))
    assert session().scalar(select(func.count(Booking.id))) == before
    again = next(each for each in alternatives(wanted, now(), limit=20) if len(each.parts) > 1)
    made = transaction(lambda: take(actor, again.asked(wanted), now=now(), uids=["p1", "p2"]))
    assert sorted(slot.span for each in made for slot in each.slots) == [slot.span for slot in wanted.slots]
    assert session().scalar(select(func.count(Booking.id))) == before + 2
