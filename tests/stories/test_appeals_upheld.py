"""An upheld appeal: the date stands again where its time is free; where it is not, the head of the line and what is free."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from app.booking.actions import changing
from app.booking.rules.request import Want
from app.booking.store import bookings
from app.booking.store import displacing as store
from app.booking.store import waiting as line
from app.database import session, transaction
from app.entrypoints import clock
from app.outbox.tables import Message
from app.trail.tables import Entry
from tests.stories.test_displacing import actor, displacements, displaces, wants
from tests.stories.workshop import (
    Somebody,
    Workshop,
    bookings_kept,
    dates_of,
    reading,
    states_of,
    units_held,
    version_of,
)


def appeals(who: Somebody, booking_id: int) -> Any:
    case = displacements(booking_id)[-1]
    sent = who.sends(f"/displacements/{case.id}/appeal", {"version": case.version, "words": "It was agreed."})
    assert sent.status == 303, sent.words
    return displacements(booking_id)[-1]


def upholds(who: Somebody, case: Any) -> Any:
    said = {"version": case.version, "answer": "upheld", "words": "Agreed before.", "promise": "A day", "amount": ""}
    answered = who.sends(f"/displacements/{case.id}/answer", said)
    assert answered.status == 303, answered.words
    return next(each for each in displacements(case.booking_id) if each.id == case.id)


def deeds_since(last: int) -> list[tuple[str, int | None]]:
    with reading():
        rows = session().execute(select(Entry.deed, Entry.object_id).where(Entry.id > last).order_by(Entry.id))
        return [(row[0], row[1]) for row in rows]


def last_entry() -> int:
    with reading():
        return session().scalar(select(Entry.id).order_by(Entry.id.desc()).limit(1)) or 0


def told() -> tuple[int, dict[str, Any]]:
    """Whom the last answer was told, and the facts of it."""
    with reading():
        message = (
            session()
            .scalars(
                select(Message).where(Message.template == "displacing/answered").order_by(Message.id.desc()).limit(1)
            )
            .one()
        )
        return message.person_id, json.loads(message.facts)


@pytest.fixture
def lesson(workshop: Workshop) -> int:
    return workshop.trainer.asks_for(workshop.lathe, on=workshop.day(2, 2)).booking_id


def test_where_the_time_is_free_again_the_date_stands_again_and_what_was_held_for_her_ends(
    workshop: Workshop, lesson: int
):
    winner = displaces(workshop, wants(workshop, workshop.lathe)).outcome.booking_id
    case = appeals(workshop.trainer, lesson)
    workshop.keeper.cancels(winner)
    with reading():
        (offer,) = line.offers()
    assert offer.standby_id == case.standby_id, "its time is held for her, the first in the line"
    before = last_entry()
    case = upholds(workshop.dean, case)
    assert (case.restored, case.resettled_id) == (True, None)
    assert states_of(lesson) == ["confirmed"]
    assert units_held(lesson) == {(workshop.lathe, 1)}
    assert states_of(offer.booking_id) == ["cancelled"]
    assert deeds_since(before) == [("waiting.declined", offer.booking_id), ("displacement.answer", lesson)]
    with reading():
        (ended,) = line.offers()
        standby = line.find(case.standby_id)
        assert standby is not None
        assert (ended.state, standby.state) == ("declined", "withdrawn")
    whom, facts = told()
    assert (whom, facts["restored"]) == (workshop.trainer.id, True)
    assert "it is booked as before" in workshop.trainer.opens(f"/displacements/{case.id}").words
    assert workshop.colleague.asks_for(workshop.lathe, on=workshop.day(2, 2)).status == 409


def test_without_anything_held_there_is_one_entry_of_the_trail(workshop: Workshop, lesson: int):
    winner = displaces(workshop, wants(workshop, workshop.lathe)).outcome.booking_id
    case = appeals(workshop.trainer, lesson)
    with reading():
        standby = line.find(case.standby_id)
    assert standby is not None
    workshop.trainer.sends(f"/waiting/{standby.id}/withdraw", {"version": standby.version})
    workshop.keeper.cancels(winner)
    before = last_entry()
    assert upholds(workshop.dean, case).restored
    assert deeds_since(before) == [("displacement.answer", lesson)]
    assert states_of(lesson) == ["confirmed"]


def test_where_the_winner_still_has_it_nobody_is_pushed_aside_and_she_stands_first_again(
    workshop: Workshop, lesson: int
):
    winner = displaces(workshop, wants(workshop, workshop.lathe)).outcome.booking_id
    case = appeals(workshop.trainer, lesson)
    with reading():
        standby = line.find(case.standby_id)
    assert standby is not None
    workshop.trainer.sends(f"/waiting/{standby.id}/withdraw", {"version": standby.version})
    case = upholds(workshop.dean, case)
    assert (case.restored, states_of(lesson), states_of(winner)) == (False, ["cancelled"], ["confirmed"])
    _, facts = told()
    assert facts["first"]
    assert facts["offers"]
    assert "nobody is displaced a second time" in workshop.trainer.opens("/notices").words
    page = workshop.trainer.opens(f"/displacements/{case.id}").words
    assert "nobody is displaced a second time" in page
    assert "You stand first in the line" in page
    workshop.keeper.cancels(winner)
    with reading():
        (offer,) = line.offers()
        again = line.find(offer.standby_id)
    assert again is not None
    assert (again.id == case.standby_id, again.person_id, again.rank) == (True, workshop.trainer.id, 0)
    workshop.trainer.sends(f"/offers/{offer.id}/accept", {})
    (settled,) = displacements(lesson)
    assert settled.resettled_id == offer.booking_id, "she has it again: the case is settled"
    assert "Another time was taken instead" in workshop.trainer.opens(f"/displacements/{case.id}").words


def test_a_date_goes_where_its_booking_has_gone_since(workshop: Workshop):
    values = workshop.trainer.filled(workshop.lathe, on=workshop.day(2, 2))
    values |= {"repeat": "weeks", "week": ["2", "3"], "weekday": ["2"]}
    series = workshop.trainer.sends("/book/new", values).booking_id
    displaces(workshop, wants(workshop, workshop.lathe))
    case = appeals(workshop.trainer, series)
    with reading():
        by, version, changes = (
            actor(workshop.trainer),
            version_of(series),
            changing.Changes(wants=(Want(workshop.other_lathe),)),
        )
        transaction(lambda: changing.change(by, series, version, changes, now=clock.now()))
    assert upholds(workshop.dean, case).restored
    assert states_of(series) == ["confirmed", "confirmed"]
    assert units_held(series) == {(workshop.other_lathe, 1)}, "never a date on units that the booking has left"
    with reading():
        kept = bookings.find(series)
        assert kept is not None
        units = store.units_of_dates([each.id for each in kept.dates])
    assert set(map(tuple, units.values())) == {((workshop.other_lathe, 1),)}


def test_who_took_another_time_meanwhile_is_not_given_a_second(workshop: Workshop, lesson: int):
    winner = displaces(workshop, wants(workshop, workshop.lathe)).outcome.booking_id
    case = appeals(workshop.trainer, lesson)
    workshop.keeper.cancels(winner)
    with reading():
        (offer,) = line.offers()
    offered = next(
        each
        for each in workshop.trainer.opens(f"/displacements/{case.id}").values("offer")
        if f"{workshop.lathe}x1" in each
    )
    taken = workshop.trainer.sends(f"/displacements/{case.id}/take", {"version": case.version, "offer": offered})
    assert taken.was_booked, taken.words
    assert states_of(offer.booking_id) == ["cancelled"], "what was held for her goes to the next"
    kept = bookings_kept()
    (case,) = displacements(lesson)
    case = upholds(workshop.dean, case)
    assert (case.restored, states_of(lesson), bookings_kept()) == (False, ["cancelled"], kept)
    assert not told()[1]["first"]
    assert [each for each in dates_of(taken.booking_id) if each[3] == "confirmed"]
