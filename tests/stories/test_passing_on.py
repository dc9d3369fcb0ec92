"""A booking is handed over, a time exchanged: proposed, accepted, judged anew, and done in one step."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.booking.store import bookings, passing
from app.consortium.tables.people import Person
from app.database import session
from app.outbox.tables import Message
from tests.stories.workshop import Somebody, Workshop, dates_of, form_of, reading, states_of, units_held, version_of


def hands_over(who: Somebody, booking_id: int, **fields: str):
    return who.sends(f"/bookings/{booking_id}/hand-over", {"version": str(version_of(booking_id))} | fields)


def proposes_swap(workshop: Workshop, who: Somebody, booking_id: int, unit: int, weekday: int, at: str):
    (date_id, *_), *_ = dates_of(booking_id)
    values = {
        "version": str(version_of(booking_id)),
        "date_id": str(date_id),
        "unit": str(unit),
        "day": workshop.day(1, weekday).isoformat(),
        "at": at,
    }
    return who.sends(f"/bookings/{booking_id}/swap", values)


def proposal_of(who: Somebody) -> int:
    found = re.search(r"/passing/(\d+)/accept", who.opens("/passing").text)
    assert found, "nothing was proposed"
    return int(found[1])


def holder_of(booking_id: int) -> tuple[int, int]:
    with reading():
        kept = bookings.find(booking_id)
        assert kept
        return kept.holder_id, kept.member_id


@pytest.fixture
def two(workshop: Workshop) -> tuple[int, int]:
    """The teacher has the lathe on Tuesday morning, the company's trainer the other lathe on Wednesday afternoon."""
    return (
        workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="08:00-09:40", title="Hers").booking_id,
        workshop.trainer.asks_for(
            workshop.other_lathe, on=workshop.day(1, 3), at="14:00-16:00", title="His"
        ).booking_id,
    )


def test_a_booking_passes_to_a_colleague_who_accepts(workshop: Workshop):
    booked = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2)).booking_id
    assert workshop.colleague.id
    assert hands_over(workshop.teacher, booked, to=str(workshop.colleague.id)).status == 303
    assert holder_of(booked)[0] == workshop.teacher.id
    workshop.colleague.sends(f"/passing/{proposal_of(workshop.colleague)}/accept", {})
    assert holder_of(booked) == (workshop.colleague.id, workshop.college)
    assert states_of(booked) == ["confirmed"]
    fields = {"version": str(version_of(booked))}
    assert workshop.teacher.sends(f"/bookings/{booked}/cancel", fields).status in (403, 404), "it is hers no more"
    assert states_of(booked) == ["confirmed"]


def test_two_companies_exchange_their_times(workshop: Workshop, two):
    hers, his = two
    assert proposes_swap(workshop, workshop.teacher, hers, workshop.other_lathe, 3, "15:00").status == 303
    workshop.trainer.sends(f"/passing/{proposal_of(workshop.trainer)}/accept", {})
    assert dates_of(hers)[0][1:] == (workshop.day(1, 3).isoformat(), "14:00-16:00", "confirmed")
    assert dates_of(his)[0][1:] == (workshop.day(1, 2).isoformat(), "08:00-09:40", "confirmed")
    assert {unit for unit, _ in units_held(hers)} >= {workshop.other_lathe}
    assert {unit for unit, _ in units_held(his)} >= {workshop.lathe}
    assert holder_of(hers)[0] == workshop.teacher.id


def test_until_it_is_accepted_everything_stays(workshop: Workshop, two):
    hers, his = two
    before = dates_of(hers), dates_of(his)
    proposes_swap(workshop, workshop.teacher, hers, workshop.other_lathe, 3, "15:00")
    assert (dates_of(hers), dates_of(his)) == before
    workshop.trainer.sends(f"/passing/{proposal_of(workshop.trainer)}/decline", {})
    assert (dates_of(hers), dates_of(his)) == before
    assert "Declined" in workshop.teacher.opens("/passing").words


def test_who_holds_the_other_time_and_why_stays_hidden(workshop: Workshop, two):
    hers, _ = two
    proposes_swap(workshop, workshop.teacher, hers, workshop.other_lathe, 3, "15:00")
    assert "His" not in workshop.teacher.opens("/passing").words
    assert "Trainer" not in workshop.teacher.opens("/passing").words
    assert "Hers" not in workshop.trainer.opens("/passing").words


def test_a_time_that_was_moved_since_is_not_exchanged(workshop: Workshop, two):
    hers, his = two
    proposes_swap(workshop, workshop.teacher, hers, workshop.other_lathe, 3, "15:00")
    workshop.teacher.changes(hers, mode="clock", start="10:00", end="11:00")
    workshop.trainer.sends(f"/passing/{proposal_of(workshop.trainer)}/accept", {})
    assert "has changed since this was proposed" in workshop.trainer.opens("/passing").words
    assert dates_of(his)[0][1:3] == (workshop.day(1, 3).isoformat(), "14:00-16:00")


def test_the_rules_are_judged_anew_for_whoever_takes_it(workshop: Workshop):
    booked = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="08:00-12:00").booking_id
    workshop.colleague.asks_for(workshop.other_lathe, on=workshop.day(1, 2), at="14:00-15:00")
    page = workshop.administrator.opens("/admin/settings")
    workshop.administrator.sends("/admin/settings", form_of(page, "form") | {"quota.person_week_hours": "4"})
    hands_over(workshop.teacher, booked, to=str(workshop.colleague.id))
    workshop.colleague.sends(f"/passing/{proposal_of(workshop.colleague)}/accept", {})
    assert "5 hours; 4 are allowed" in workshop.colleague.opens("/passing").words
    assert holder_of(booked)[0] == workshop.teacher.id


def test_where_a_keeper_decides_she_decides_over_the_new_organisation_too(workshop: Workshop):
    booked = workshop.teacher.asks_for(workshop.laser, on=workshop.day(1, 2)).booking_id
    workshop.keeper.approves(booked)
    with reading():
        email = session().scalar(select(Person.email).where(Person.id == workshop.trainer.id))
    hands_over(workshop.teacher, booked, email=email)
    workshop.trainer.sends(f"/passing/{proposal_of(workshop.trainer)}/accept", {})
    assert holder_of(booked) == (workshop.trainer.id, workshop.company)
    assert states_of(booked) == ["waiting"]
    assert units_held(booked), "meanwhile the time is held"
    assert workshop.keeper.approves(booked).status == 303
    assert states_of(booked) == ["confirmed"]


def test_nobody_but_the_asked_one_answers_and_nobody_answers_twice(workshop: Workshop, two):
    hers, _ = two
    proposes_swap(workshop, workshop.teacher, hers, workshop.other_lathe, 3, "15:00")
    number = proposal_of(workshop.trainer)
    workshop.colleague.sends(f"/passing/{number}/accept", {})
    workshop.teacher.sends(f"/passing/{number}/accept", {})
    assert dates_of(hers)[0][1] == workshop.day(1, 2).isoformat()
    workshop.teacher.sends(f"/passing/{number}/withdraw", {})
    workshop.trainer.sends(f"/passing/{number}/accept", {})
    assert "taken back" in workshop.trainer.opens("/passing").words
    assert dates_of(hers)[0][1] == workshop.day(1, 2).isoformat()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"to": ""}, "not one of the choices"),
        ({"email": "nobody@nowhere.example"}, "not one of the choices"),
        ({"note": "x" * 401, "to": "1"}, "too long"),
    ],
)
def test_a_hand_over_that_makes_no_sense_is_refused(workshop: Workshop, fields, says):
    booked = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2)).booking_id
    refused = hands_over(workshop.teacher, booked, **fields)
    assert refused.status == 422
    assert says in refused.words


def test_a_free_time_or_ones_own_is_nothing_to_exchange_for(workshop: Workshop, two):
    hers, _ = two
    free = proposes_swap(workshop, workshop.teacher, hers, workshop.other_lathe, 5, "15:00")
    own = proposes_swap(workshop, workshop.teacher, hers, workshop.lathe, 2, "08:30")
    for refused in (free, own):
        assert refused.status == 409
        assert "nothing to exchange it for" in refused.words


def test_both_are_told_in_the_same_step(workshop: Workshop, two):
    hers, _ = two
    proposes_swap(workshop, workshop.teacher, hers, workshop.other_lathe, 3, "15:00")
    workshop.trainer.sends(f"/passing/{proposal_of(workshop.trainer)}/accept", {})
    with reading():
        told = session().execute(
            select(Message.person_id, Message.template).where(Message.template.in_(("passing/swap", "booking/swapped")))
        )
        assert sorted((person, template) for person, template in told) == sorted(
            [
                (workshop.trainer.id, "passing/swap"),
                (workshop.teacher.id, "booking/swapped"),
                (workshop.trainer.id, "booking/swapped"),
            ]
        )


def test_a_proposal_runs_out(workshop: Workshop, two):
    hers, _ = two
    proposes_swap(workshop, workshop.teacher, hers, workshop.other_lathe, 3, "15:00")
    with reading():
        (kept,) = passing.of_person(workshop.trainer.id)
        assert not kept.is_open(kept.expires_at)
        assert kept.is_open(kept.made_at)
        assert kept.expires_at <= dates_start(hers)


def dates_start(booking_id: int):
    kept = bookings.find(booking_id)
    assert kept
    return kept.dates[0].span.start
