"""Whoever is displaced stands first in the line for exactly what she lost: machines together, and a night as a night."""

from __future__ import annotations

import re
from typing import Any

from app.booking.actions import serving
from app.booking.store import waiting as line
from app.consortium.rules.office import Actor
from app.database import transaction
from app.entrypoints import clock
from app.foundation.timespan import at_local
from tests.stories.test_displacing import displacements, displaces, program, wants
from tests.stories.test_waiting_list import standby, waits
from tests.stories.workshop import Workshop, dates_of, reading, states_of, units_held

CLOCK = Actor(0, "clock", None, (), address="clock")


def standby_of(booking_id: int) -> Any:
    (case,) = displacements(booking_id)
    with reading():
        return line.find(case.standby_id)


def offers_of(booking_id: int) -> list[Any]:
    with reading():
        return line.offers(standby_ids=[standby_of(booking_id).id])


def test_two_machines_together_are_offered_together_or_not_at_all(workshop: Workshop):
    both = workshop.trainer.asks_for(workshop.lathe, workshop.furnace, on=workshop.day(2, 2)).booking_id
    winner = displaces(workshop, wants(workshop, workshop.lathe)).outcome.booking_id
    standby = standby_of(both)
    assert (standby.rank, standby.form.unit_ids, standby.form.together) == (
        0,
        (workshop.lathe, workshop.furnace),
        (1, 1),
    )
    assert offers_of(both) == [], "the furnace alone came free: it is of no use to her"
    page = workshop.trainer.opens("/waiting").words
    assert "All of these together" in page
    assert "You come before others because your booking was taken from you." in page
    other = workshop.colleague.asks_for(workshop.furnace, on=workshop.day(2, 2)).booking_id
    workshop.keeper.cancels(winner)
    assert offers_of(both) == [], "now the furnace is taken"
    workshop.colleague.cancels(other)
    (offer,) = offers_of(both)
    assert units_held(offer.booking_id) == {(workshop.lathe, 1), (workshop.furnace, 1)}
    shown = program(workshop.trainer).get("/standbys").body["items"][0]
    assert (
        shown["offer"]["units"] == shown["together"] == [{"id": each, "quantity": 1} for each in standby.form.unit_ids]
    )
    workshop.trainer.sends(f"/offers/{offer.id}/accept", {})
    assert dates_of(offer.booking_id)[0][2:] == ("08:00-09:40", "confirmed")
    assert units_held(offer.booking_id) == {(workshop.lathe, 1), (workshop.furnace, 1)}


def test_so_many_of_each_are_offered_again_and_every_base_is_asked_that_was(workshop: Workshop):
    mine = workshop.trainer.asks_for(
        workshop.stations, workshop.laser, on=workshop.day(2, 2), **{f"quantity_{workshop.stations}": "3"}
    ).booking_id
    workshop.keeper.approves(mine)
    held = units_held(mine)
    winner = displaces(workshop, wants(workshop, workshop.laser)).outcome.booking_id
    workshop.dean.refuses(winner, "The hall is closed.")
    (offer,) = offers_of(mine)
    assert units_held(offer.booking_id) == held
    workshop.trainer.sends(f"/offers/{offer.id}/accept", {})
    assert states_of(offer.booking_id) == ["waiting"]
    workshop.keeper.approves(offer.booking_id)
    assert states_of(offer.booking_id) == ["confirmed"]


def test_a_night_is_offered_as_a_whole_night(workshop: Workshop):
    day, next_day = workshop.day(2, 2), workshop.day(2, 3)
    night = program(workshop.trainer).post(
        "/bookings",
        {
            "units": [{"id": workshop.furnace}],
            "start": at_local(day, 22 * 60).isoformat(),
            "end": at_local(next_day, 6 * 60).isoformat(),
            "purpose": "research",
            "title": "Long heat",
        },
    )
    assert night.status == 201, night.body
    winner = displaces(workshop, wants(workshop, workshop.furnace, at="21:00-23:00")).outcome.booking_id
    standby = standby_of(night.body["id"])
    assert (standby.form.first_day, standby.form.from_minute, standby.form.minutes) == (day, 22 * 60, 8 * 60)
    shown = program(workshop.trainer).get(f"/standbys/{standby.id}").body
    assert (shown["since"], shown["until"], shown["minutes"]) == ("22:00", "24:00", 480)
    assert re.search(r"22:00 – [^,]* 06:00", workshop.trainer.opens("/waiting").words)
    early = workshop.colleague.asks_for(workshop.furnace, on=next_day, at="01:00-02:00").booking_id
    workshop.keeper.cancels(winner)
    assert offers_of(night.body["id"]) == [], "part of the night is taken"
    workshop.colleague.cancels(early)
    (offer,) = offers_of(night.body["id"])
    assert (offer.span.start, offer.span.end) == (at_local(day, 22 * 60), at_local(next_day, 6 * 60))


def test_the_sweep_finds_what_is_wanted_together(workshop: Workshop):
    both = workshop.trainer.asks_for(workshop.lathe, workshop.furnace, on=workshop.day(2, 2)).booking_id
    winner = displaces(workshop, wants(workshop, workshop.lathe)).outcome.booking_id
    standby = standby_of(both)
    with reading():
        assert transaction(lambda: serving.sweep(CLOCK, standby.id, now=clock.now())) is None
    workshop.keeper.cancels(winner)
    assert len(offers_of(both)) == 1


def test_who_had_it_only_held_is_held_it_again(workshop: Workshop):
    taken = workshop.colleague.asks_for(workshop.lathe, on=workshop.day(2, 2)).booking_id
    waits(workshop.trainer, standby(workshop, workshop.lathe, week=2))
    workshop.colleague.cancels(taken)
    with reading():
        (held,) = line.offers()
    winner = displaces(workshop, wants(workshop, workshop.lathe)).outcome.booking_id
    assert states_of(held.booking_id) == ["cancelled"]
    workshop.keeper.cancels(winner)
    with reading():
        again = line.offers()[-1]
    assert (again.standby_id, again.state, again.id != held.id) == (held.standby_id, "open", True), (
        "she let nothing pass"
    )
