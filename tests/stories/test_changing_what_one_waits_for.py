"""Changing a standby: who waits for less keeps her place, who waits for more goes to the end; by the page and the API."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.booking.store import waiting as store
from app.database import session
from app.trail.tables import Entry
from tests.stories.test_displacing import displacements, displaces, program, wants
from tests.stories.test_waiting_list import offer_of, standby, waits
from tests.stories.workshop import Somebody, Workshop, form_of, reading


@pytest.fixture
def taken(workshop: Workshop) -> int:
    """Both lathes are booked on Tuesday of week 1, 8:00 to 11:40, by a colleague."""
    return workshop.colleague.asks_for(
        workshop.lathe, workshop.other_lathe, on=workshop.day(1, 2), at="08:00-11:40"
    ).booking_id


@pytest.fixture
def line(workshop: Workshop, taken: int) -> tuple[int, int]:
    """The teacher waits for either lathe from 8:00 to 9:40, and behind her the trainer."""
    for who in (workshop.teacher, workshop.trainer):
        waits(who, standby(workshop, workshop.lathe, workshop.other_lathe))
    return number_of(workshop.teacher), number_of(workshop.trainer)


def number_of(who: Somebody) -> int:
    with reading():
        return store.standbys(person_id=who.id)[-1].id


def place_of(who: Somebody) -> int:
    return int(program(who).get(f"/standbys/{number_of(who)}").body["place"]["number"])


def changes(who: Somebody, standby_id: int, **fields: Any) -> Any:
    path = f"/waiting/{standby_id}/change"
    shown = form_of(who.opens(path), "form")
    values = {name: value for name, value in shown.items() if name != "weekday"} | {"weekday": ["2"]}
    with reading():
        kept = store.find(standby_id)
        assert kept is not None
    values |= {"unit": [str(each) for each in kept.form.unit_ids]}
    return who.sends(path, {name: value for name, value in (values | fields).items() if value is not None})


def test_who_takes_something_away_keeps_her_place(workshop: Workshop, line: tuple[int, int], taken: int):
    done = changes(workshop.teacher, line[0], unit=[str(workshop.lathe)], title="Only the first lathe")
    assert done.status == 303, done.words
    assert "You keep your place in the line." in workshop.teacher.opens("/waiting").words
    with reading():
        kept = store.find(line[0])
        assert kept is not None
        assert (kept.form.unit_ids, kept.form.title, kept.version) == ((workshop.lathe,), "Only the first lathe", 2)
        deed, after = session().execute(select(Entry.deed, Entry.after).order_by(Entry.id.desc()).limit(1)).one()
    assert (deed, '"keeps_place":true' in after.replace(" ", "")) == ("waiting.change", True)
    assert (place_of(workshop.teacher), place_of(workshop.trainer)) == (1, 2)
    workshop.colleague.cancels(taken)
    assert offer_of(workshop.teacher) is not None


def test_who_waits_for_more_goes_to_the_end(workshop: Workshop, line: tuple[int, int]):
    assert changes(workshop.teacher, line[0], until="11:40").status == 303
    assert "you stand at the end of the line now" in workshop.teacher.opens("/waiting").words
    assert (place_of(workshop.teacher), place_of(workshop.trainer)) == (2, 1)


def test_the_head_of_the_line_is_only_for_the_very_time_that_was_lost(workshop: Workshop):
    lost = workshop.trainer.asks_for(workshop.lathe, workshop.furnace, on=workshop.day(2, 2)).booking_id
    displaces(workshop, wants(workshop, workshop.lathe))
    (case,) = displacements(lost)
    waits(workshop.teacher, standby(workshop, workshop.lathe, week=2))
    api = program(workshop.trainer)
    path = f"/standbys/{case.standby_id}"
    words = api.patch(path, {"version": 1, "title": "Still wanted"})
    assert words.status == 200, words.body
    assert (words.body["place"]["number"], words.body["together"]) == (
        1,
        [{"id": each, "quantity": 1} for each in (workshop.lathe, workshop.furnace)],
    )
    wider = api.patch(path, {"version": 2, "units": [workshop.lathe], "together": False})
    assert wider.status == 200, wider.body
    assert wider.body["place"]["number"] == 2, "behind the teacher, who came before that"
    assert "You come before others" not in workshop.trainer.opens("/waiting").words


def test_both_lathes_together_can_be_waited_for_by_anybody(workshop: Workshop, taken: int):
    waits(workshop.teacher, standby(workshop, workshop.lathe, workshop.other_lathe, together="y"))
    assert "All of these together:" in workshop.teacher.opens("/waiting").words
    alone = workshop.trainer.sends("/waiting/new", standby(workshop, workshop.lathe, together="y"))
    assert (alone.status, "choose at least two for that" in alone.words) == (422, True)
    workshop.colleague.cancels(taken)
    with reading():
        (offer,) = store.offers()
    shown = program(workshop.teacher).get("/standbys").body["items"][0]["offer"]
    assert (shown["id"], [each["id"] for each in shown["units"]]) == (
        offer.id,
        [workshop.lathe, workshop.other_lathe],
    )


def test_what_cannot_be_changed_and_why(workshop: Workshop, line: tuple[int, int], taken: int):
    mine, _ = line
    api = program(workshop.teacher)
    assert program(workshop.trainer).patch(f"/standbys/{mine}", {"version": 1, "title": "x"}).status == 404
    assert workshop.trainer.opens(f"/waiting/{mine}/change").status == 404
    assert api.patch(f"/standbys/{mine}", {"title": "x"}).status == 428
    assert api.patch(f"/standbys/{mine}", {"version": 7, "title": "x"}).status == 409
    assert api.patch(f"/standbys/{mine}", {"version": 1}).status == 422
    refused = changes(workshop.teacher, mine, unit=[str(workshop.furnace)])
    assert (refused.status, "is free right now" in refused.words) == (409, True)
    assert changes(workshop.teacher, mine, minutes="900").status == 422
    workshop.colleague.cancels(taken)
    held = api.patch(f"/standbys/{mine}", {"version": 2, "title": "x"})
    assert (held.status, held.body["reasons"][0]["code"]) == (409, "answer_first")
    with reading():
        deeds = session().scalars(select(Entry.deed).where(Entry.deed == "waiting.change")).all()
    assert deeds == []
