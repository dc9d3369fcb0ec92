"""The waiting list: a freed time is held for the first whom it fits, then for the next; nobody loses a place in silence."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from typing import Any

import pytest

from app.booking.actions import serving, waiting
from app.booking.store import ledger
from app.booking.store import waiting as store
from app.consortium.rules.office import Actor
from app.database import session, transaction
from app.entrypoints import clock
from app.trail.tables import Entry
from tests.stories.workshop import Somebody, Workshop, dates_of, reading, states_of

SYSTEM = Actor(0, "system", None, ())
_keys = itertools.count(1)


def standby(workshop: Workshop, *units: int, week: int = 1, weekday: int = 2, **fields: Any) -> dict[str, Any]:
    day = workshop.day(week, weekday)
    return {
        "unit": [str(each) for each in units],
        "title": "Waits",
        "first_day": day.isoformat(),
        "last_day": day.isoformat(),
        "weekday": [str(weekday)],
        "since": "08:00",
        "until": "09:40",
        "minutes": "100",
        "quantity": "1",
        "purpose": "teaching",
        "key": f"standby-key-{next(_keys):05d}",
    } | fields


def waits(who: Somebody, values: dict[str, Any]) -> None:
    answer = who.sends("/waiting/new", values)
    assert answer.status == 303, answer.words[:600]


def offer_of(who: Somebody) -> int | None:
    found = re.search(r"/offers/(\d+)/accept", who.opens("/waiting").text)
    return int(found[1]) if found else None


def run_out(offer_id: int) -> None:
    """The time to answer passes, and the job comes by."""
    with reading():
        (offer,) = store.offers(offer_ids=[offer_id])
        assert transaction(lambda: waiting.expire(SYSTEM, offer_id, now=offer.expires_at))


@pytest.fixture
def taken(workshop: Workshop) -> int:
    """The lathe is booked on Tuesday of week 1, 8:00 to 9:40, by a colleague."""
    return workshop.colleague.asks_for(workshop.lathe, on=workshop.day(1, 2), at="08:00-09:40").booking_id


def test_after_a_cancellation_the_first_in_the_line_is_asked_and_takes_it(workshop: Workshop, taken: int):
    waits(workshop.teacher, standby(workshop, workshop.lathe))
    assert "Place 1 in the line" in workshop.teacher.opens("/waiting").words
    workshop.colleague.cancels(taken)
    offer = offer_of(workshop.teacher)
    assert offer is not None
    assert "Held for you until" in workshop.teacher.opens("/waiting").words
    assert workshop.trainer.asks_for(workshop.lathe, on=workshop.day(1, 2), at="08:00-09:00").status == 409
    workshop.teacher.sends(f"/offers/{offer}/accept", {})
    with reading():
        (kept,) = store.offers(offer_ids=[offer])
    assert dates_of(kept.booking_id)[0][1:] == (workshop.day(1, 2).isoformat(), "08:00-09:40", "confirmed")


def test_who_does_not_answer_is_passed_over_and_the_next_is_asked(workshop: Workshop, taken: int):
    waits(workshop.teacher, standby(workshop, workshop.lathe))
    waits(workshop.trainer, standby(workshop, workshop.lathe))
    assert "Place 2 in the line" in workshop.trainer.opens("/waiting").words
    workshop.colleague.cancels(taken)
    assert offer_of(workshop.trainer) is None
    run_out(offer_of(workshop.teacher) or 0)
    assert offer_of(workshop.teacher) is None
    offer = offer_of(workshop.trainer)
    assert offer is not None
    workshop.trainer.sends(f"/offers/{offer}/accept", {})
    assert "Yours now" in workshop.trainer.opens("/waiting").words
    assert "Place 1 in the line" in workshop.teacher.opens("/waiting").words


def test_an_offer_that_ran_out_cannot_be_taken_any_more(workshop: Workshop, taken: int):
    waits(workshop.teacher, standby(workshop, workshop.lathe))
    workshop.colleague.cancels(taken)
    offer = offer_of(workshop.teacher)
    run_out(offer or 0)
    workshop.teacher.sends(f"/offers/{offer}/accept", {})
    assert "The time to answer is over" in workshop.teacher.opens("/waiting").words
    assert workshop.trainer.asks_for(workshop.lathe, on=workshop.day(1, 2), at="08:00-09:40").was_booked


def test_letting_it_pass_asks_the_next_at_once(workshop: Workshop, taken: int):
    waits(workshop.teacher, standby(workshop, workshop.lathe))
    waits(workshop.trainer, standby(workshop, workshop.lathe))
    workshop.colleague.cancels(taken)
    workshop.teacher.sends(f"/offers/{offer_of(workshop.teacher)}/decline", {"leave": "yes"})
    assert offer_of(workshop.trainer) is not None
    assert "Withdrawn" in workshop.teacher.opens("/waiting").words


def test_two_who_both_let_it_pass_do_not_go_on_for_ever(workshop: Workshop, taken: int):
    waits(workshop.teacher, standby(workshop, workshop.lathe))
    waits(workshop.trainer, standby(workshop, workshop.lathe))
    workshop.colleague.cancels(taken)
    workshop.teacher.sends(f"/offers/{offer_of(workshop.teacher)}/decline", {})
    workshop.trainer.sends(f"/offers/{offer_of(workshop.trainer)}/decline", {})
    assert offer_of(workshop.teacher) is None
    assert offer_of(workshop.trainer) is None
    assert workshop.colleague.asks_for(workshop.lathe, on=workshop.day(1, 2), at="08:00-09:40").was_booked


def test_any_of_these_labs_any_tuesday_afternoon(workshop: Workshop):
    days = [workshop.day(week, 2) for week in (1, 2)]
    booked = {
        (unit, day): workshop.colleague.asks_for(unit, on=day, at="13:00-18:00").booking_id
        for unit in (workshop.lathe, workshop.other_lathe)
        for day in days
    }
    waits(
        workshop.teacher,
        standby(
            workshop,
            workshop.lathe,
            workshop.other_lathe,
            last_day=days[1].isoformat(),
            since="13:00",
            until="18:00",
            minutes="90",
        ),
    )
    workshop.colleague.changes(booked[workshop.other_lathe, days[1]], mode="clock", start="15:00", end="18:00")
    offer = offer_of(workshop.teacher)
    with reading():
        (held,) = store.offers(offer_ids=[offer or 0])
    assert held.unit_id == workshop.other_lathe
    assert dates_of(held.booking_id)[0][1:3] == (days[1].isoformat(), "13:00-14:30")


def test_a_freed_machine_frees_the_lab_for_who_waits_for_it_whole(workshop: Workshop, taken: int):
    waits(workshop.teacher, standby(workshop, workshop.room))
    workshop.colleague.cancels(taken)
    with reading():
        (held,) = store.offers(offer_ids=[offer_of(workshop.teacher) or 0])
    assert held.unit_id == workshop.room


def test_what_is_free_now_is_booked_not_waited_for(workshop: Workshop):
    refused = workshop.teacher.sends("/waiting/new", standby(workshop, workshop.lathe))
    assert refused.status == 409
    assert "is free right now" in refused.words
    assert f"/book/new?unit={workshop.lathe}&amp;start={workshop.day(1, 2)}T08:00" in refused.text


def test_where_a_keeper_decides_taking_it_asks_her(workshop: Workshop):
    booked = workshop.colleague.asks_for(workshop.laser, on=workshop.day(1, 2), at="08:00-09:40").booking_id
    workshop.keeper.approves(booked)
    waits(workshop.teacher, standby(workshop, workshop.laser))
    workshop.colleague.cancels(booked)
    offer = offer_of(workshop.teacher)
    workshop.teacher.sends(f"/offers/{offer}/accept", {})
    with reading():
        (held,) = store.offers(offer_ids=[offer or 0])
    assert states_of(held.booking_id) == ["waiting"]
    assert workshop.keeper.approves(held.booking_id).status == 303
    assert states_of(held.booking_id) == ["confirmed"]


def test_a_held_time_is_answered_before_it_is_moved_and_cancelling_it_lets_it_pass(workshop: Workshop, taken: int):
    waits(workshop.teacher, standby(workshop, workshop.lathe))
    waits(workshop.trainer, standby(workshop, workshop.lathe))
    workshop.colleague.cancels(taken)
    with reading():
        (held,) = store.offers(offer_ids=[offer_of(workshop.teacher) or 0])
    moved = workshop.teacher.sends(
        f"/bookings/{held.booking_id}/change",
        {
            "version": "1",
            "day": workshop.day(1, 3).isoformat(),
            "mode": "clock",
            "start": "08:00",
            "end": "09:40",
            "title": "x",
            "purpose": "teaching",
            "unit": [str(workshop.lathe)],
            "which": "one",
        },
    )
    assert moved.status in (409, 422)
    workshop.teacher.cancels(held.booking_id)
    assert offer_of(workshop.trainer) is not None
    assert "Place 1 in the line" in workshop.teacher.opens("/waiting").words


def test_the_job_looks_again_at_what_came_free_in_a_way_that_told_nobody(workshop: Workshop, taken: int):
    waits(workshop.teacher, standby(workshop, workshop.lathe))
    with reading():
        (kept,) = store.standbys(person_id=workshop.teacher.id)
        assert transaction(lambda: serving.sweep(SYSTEM, kept.id, now=clock.now())) is None
        transaction(lambda: ledger.let_go([date_id for date_id, *_ in dates_of(taken)]))
        assert transaction(lambda: serving.sweep(SYSTEM, kept.id, now=clock.now())) is not None
    assert offer_of(workshop.teacher) is not None


def test_a_day_that_is_over_ends_the_waiting(workshop: Workshop, taken: int):
    waits(workshop.teacher, standby(workshop, workshop.lathe))
    with reading():
        (kept,) = store.standbys(person_id=workshop.teacher.id)
        later = clock.now() + timedelta(days=60)
        assert transaction(lambda: serving.sweep(SYSTEM, kept.id, now=later)) is None
    assert "Over" in workshop.teacher.opens("/waiting").words


def test_nobody_sees_or_answers_for_another(workshop: Workshop, taken: int):
    waits(workshop.teacher, standby(workshop, workshop.lathe, title="Secret project"))
    workshop.colleague.cancels(taken)
    offer = offer_of(workshop.teacher)
    assert "Secret project" not in workshop.trainer.opens("/waiting").text
    assert workshop.trainer.sends(f"/offers/{offer}/accept", {}).status == 404
    assert offer_of(workshop.teacher) == offer


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("first_day", "32.13.", "valid date"),
        ("last_day", "2001-01-01", "must be after"),
        ("minutes", "900", "range"),
        ("since", "noon", "after the start"),
        ("title", "", "required"),
        ("purpose", "nonsense", "not one of the choices"),
        ("unit", [], "fill this in"),
        ("weekday", ["5"], "fill this in"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_typed_is_lost(workshop: Workshop, taken: int, field, value, says):
    values = standby(workshop, workshop.lathe, note="Bring goggles") | {field: value}
    refused = workshop.teacher.sends("/waiting/new", values)
    assert refused.status == 422
    assert says in refused.words
    assert "Bring goggles" in refused.text


def test_each_step_leaves_one_row_in_the_trail(workshop: Workshop, taken: int):
    waits(workshop.teacher, standby(workshop, workshop.lathe))
    workshop.colleague.cancels(taken)
    workshop.teacher.sends(f"/offers/{offer_of(workshop.teacher)}/accept", {})
    with reading():
        deeds = [deed for (deed,) in session().query(Entry.deed).order_by(Entry.id)][-4:]
    assert deeds == ["waiting.wait", "booking.cancel", "waiting.offer", "waiting.accept"]
