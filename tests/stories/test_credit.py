"""Credit and restriction: every point has its reason; a restriction is explained, decided by a person, appealed to another."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.consortium.actions import conduct
from app.consortium.rules.credit import Event
from app.consortium.rules.restriction import IN_FORCE, LIFTED, PROPOSED
from app.consortium.store import credit as store
from app.database import session, transaction
from app.entrypoints import clock
from app.outbox.tables import Message
from app.trail.tables import Entry
from tests.stories.test_conduct import sets
from tests.stories.workshop import Somebody, Workshop, form_of, reading


@pytest.fixture
def head(workshop: Workshop) -> Somebody:
    return workshop.somebody("Head", workshop.college, "base_head", base=workshop.base)


def happens(workshop: Workshop, who: Somebody, rule: str = "no_show", points: int = -10, **more) -> None:
    """One more event of hers, at the lathe."""
    now = clock.now()
    place = {"unit_id": workshop.lathe, "base_id": workshop.base, "member_id": workshop.college} | more
    with reading():
        number = len(store.events_of([who.id])) + 1
        event = Event(0, who.id, rule, points, now, date_id=1000 + number, **place)
        transaction(lambda: conduct.note(who.id, [event], now))


def three(workshop: Workshop, who: Somebody) -> int:
    for _ in range(3):
        happens(workshop, who)
    with reading():
        (only,) = store.restrictions(person_id=who.id)
        return only.id


def held(number: int):
    with reading():
        return store.find_restriction(number)


def in_force(who: Somebody, at: datetime | None = None) -> int:
    with reading():
        return len(store.restrictions_of([who.id], at or clock.now()).get(who.id, ()))


def told(who: Somebody) -> list[str]:
    with reading():
        return list(session().scalars(select(Message.template).where(Message.person_id == who.id).order_by(Message.id)))


def deeds(number: int) -> list[str]:
    with reading():
        query = select(Entry.deed).where(Entry.object_kind == "restriction", Entry.object_id == number)
        return list(session().scalars(query.order_by(Entry.id)))


def sends(who: Somebody, number: int, what: str, **values):
    return who.sends(f"/credit/{number}/{what}", {"version": held(number).version} | values)


# ── one's own ──


def test_everybody_begins_with_a_hundred_and_sees_what_counts(workshop: Workshop):
    shown = workshop.teacher.opens("/account/credit").words
    assert "100 points now" in shown
    assert "Nothing was judged yet" in shown
    assert "Did not come -10" in shown


def test_each_event_stands_there_with_its_points(workshop: Workshop):
    happens(workshop, workshop.teacher)
    happens(workshop, workshop.teacher, "normal", 1)
    shown = workshop.teacher.opens("/account/credit").words
    assert "91 points now" in shown
    assert "Did not come by the clock, from what was noted -10 90" in shown
    assert "91 points now" not in workshop.colleague.opens("/account/credit").words


# ── proposed, and decided by a person ──


def test_the_third_event_only_proposes_unless_set_otherwise(workshop: Workshop):
    number = three(workshop, workshop.teacher)
    assert (held(number).state, held(number).scope, held(number).scope_id) == (PROPOSED, "unit", workshop.lathe)
    assert in_force(workshop.teacher) == 0
    assert told(workshop.teacher) == []
    assert "it was proposed; a person decides" in workshop.teacher.opens("/account/credit").words
    assert "Teacher" in workshop.keeper.opens("/credit").words


def test_set_to_be_automatic_it_holds_at_once_and_she_is_told(workshop: Workshop):
    sets(restriction__automatic=1)
    number = three(workshop, workshop.teacher)
    assert held(number).state == IN_FORCE
    assert in_force(workshop.teacher) == 1
    assert told(workshop.teacher) == ["consortium/restricted"]


def test_a_keeper_decides_and_it_ends_by_itself(workshop: Workshop):
    number = three(workshop, workshop.teacher)
    page = workshop.keeper.opens(f"/credit/{number}")
    assert "Did not come" in page.words
    assert sends(workshop.keeper, number, "confirm", days="30", why="Three times").status == 303
    assert in_force(workshop.teacher) == 1
    assert in_force(workshop.teacher, clock.now() + timedelta(days=30, minutes=1)) == 0
    shown = workshop.teacher.opens("/account/credit").words
    assert "You cannot book there until" in shown
    assert "Three times" in shown
    assert "3 different dates within 180 days" in shown
    assert told(workshop.teacher) == ["consortium/restricted"]
    assert deeds(number) == ["restriction.confirm"]
    assert sends(workshop.keeper, number, "confirm", days="30").status == 409


def test_not_to_follow_it_needs_a_reason_and_the_same_events_lead_to_no_other(workshop: Workshop):
    number = three(workshop, workshop.teacher)
    assert sends(workshop.keeper, number, "dismiss", why="").status == 422
    assert sends(workshop.keeper, number, "dismiss", why="She was ill").status == 303
    happens(workshop, workshop.teacher)
    with reading():
        assert len(store.restrictions(person_id=workshop.teacher.id)) == 1
    assert told(workshop.teacher) == []


def test_nobody_decides_about_herself_and_no_stranger_sees_it(workshop: Workshop):
    number = three(workshop, workshop.keeper)
    assert sends(workshop.keeper, number, "confirm", days="30").status == 403
    assert workshop.trainer.opens(f"/credit/{number}").status == 403
    stranger = workshop.somebody("Stranger", workshop.company, "keeper")
    assert stranger.opens(f"/credit/{number}").status == 404
    assert sends(stranger, number, "confirm", days="30").status == 404
    assert "Keeper" not in stranger.opens("/credit").words.replace("keeper", "")


def test_a_stale_page_decides_nothing(workshop: Workshop):
    number = three(workshop, workshop.teacher)
    assert workshop.keeper.sends(f"/credit/{number}/confirm", {"version": 7, "days": "30"}).status == 409
    assert held(number).state == PROPOSED


@pytest.mark.parametrize("days", ["0", "366", "soon", ""])
def test_a_time_that_makes_no_sense_is_said(workshop: Workshop, days):
    number = three(workshop, workshop.teacher)
    answer = sends(workshop.keeper, number, "confirm", days=days)
    assert answer.status == (303 if days == "" else 422)


# ── heard ──


def test_an_appeal_is_answered_by_somebody_else(workshop: Workshop, head: Somebody):
    number = three(workshop, workshop.teacher)
    sends(workshop.keeper, number, "confirm", days="30")
    assert workshop.teacher.sends(f"/account/credit/{number}/appeal", {"version": 2, "words": ""}).status == 422
    assert workshop.colleague.sends(f"/account/credit/{number}/appeal", {"version": 2, "words": "No"}).status == 404
    said = {"version": 2, "words": "The door was locked"}
    assert workshop.teacher.sends(f"/account/credit/{number}/appeal", said).status == 303
    assert workshop.teacher.sends(f"/account/credit/{number}/appeal", said | {"version": 3}).status == 409
    assert "The door was locked" in head.opens(f"/credit/{number}").words
    assert "Teacher" in head.opens("/credit?state=appealed").words
    assert "somebody else answers the appeal" in workshop.keeper.opens(f"/credit/{number}").words
    assert sends(workshop.keeper, number, "answer", words="No", lifts="no").status == 403
    assert sends(head, number, "answer", words="", lifts="yes").status == 422
    assert sends(head, number, "answer", words="It was", lifts="yes").status == 303
    assert (held(number).state, in_force(workshop.teacher)) == (LIFTED, 0)
    assert told(workshop.teacher) == ["consortium/restricted", "consortium/appeal_upheld"]
    assert "It was" in workshop.teacher.opens("/account/credit").words
    assert deeds(number) == ["restriction.confirm", "restriction.appeal", "restriction.answer"]


def test_an_appeal_may_be_refused_with_words(workshop: Workshop, head: Somebody):
    number = three(workshop, workshop.teacher)
    sends(workshop.keeper, number, "confirm", days="30")
    workshop.teacher.sends(f"/account/credit/{number}/appeal", {"version": 2, "words": "Unfair"})
    sends(head, number, "answer", words="The log says otherwise", lifts="no")
    assert in_force(workshop.teacher) == 1
    assert told(workshop.teacher)[-1] == "consortium/appeal_refused"
    assert "The log says otherwise" in workshop.teacher.opens("/account/credit").words


def test_it_is_lifted_before_its_time_with_a_reason(workshop: Workshop):
    number = three(workshop, workshop.teacher)
    sends(workshop.keeper, number, "confirm", days="30")
    assert sends(workshop.keeper, number, "lift", why="").status == 422
    assert sends(workshop.keeper, number, "lift", why="Settled").status == 303
    assert in_force(workshop.teacher) == 0
    assert told(workshop.teacher)[-1] == "consortium/lifted"


def test_what_rests_on_excused_events_falls_away(workshop: Workshop):
    number = three(workshop, workshop.teacher)
    sends(workshop.keeper, number, "confirm", days="30")
    now = clock.now()
    with reading():
        first = store.events_of([workshop.teacher.id])[0]
        excuse = Event(0, first.person_id, "excused", 10, now, by_id=workshop.keeper.id, reverses_id=first.id)
        transaction(lambda: conduct.note(workshop.teacher.id, [excuse], now))
    assert (held(number).state, in_force(workshop.teacher)) == (LIFTED, 0)
    assert "what it rested on was excused" in workshop.teacher.opens("/account/credit").words
    happens(workshop, workshop.teacher)
    with reading():
        assert [each.state for each in store.restrictions(person_id=workshop.teacher.id)] == [PROPOSED, LIFTED]


# ── by hand ──


def test_somebody_is_restricted_by_hand_where_one_keeps_and_nowhere_else(workshop: Workshop):
    fields = form_of(workshop.keeper.opens("/credit/new"), "form")
    email = f"{workshop.trainer.name.lower()}@example.org"
    said = fields | {"email": email, "why": "Left the machine dirty", "days": "7"}
    assert workshop.keeper.sends("/credit/new", said).status == 422
    assert workshop.trainer.asks_for(workshop.lathe, on=workshop.day(1, 2)).was_booked
    assert fields["place"] == f"base-{workshop.base}"
    assert workshop.keeper.sends("/credit/new", said | {"why": ""}).status == 422
    assert workshop.keeper.sends("/credit/new", said | {"place": "all"}).status == 403
    assert workshop.keeper.sends("/credit/new", said | {"email": "nobody@example.org"}).status == 422
    assert workshop.keeper.sends("/credit/new", said).status == 303
    assert in_force(workshop.trainer) == 1
    shown = workshop.trainer.opens("/account/credit").words
    assert "Left the machine dirty" in shown
    assert "Decided by hand" in shown


def test_an_organisation_restricts_for_all_it_keeps_and_the_administrator_everywhere(workshop: Workshop):
    assert workshop.trainer.asks_for(workshop.lathe, on=workshop.day(1, 2)).was_booked
    said = {"email": "trainer@example.org", "why": "Damage", "days": "7"}
    assert workshop.dean.sends("/credit/new", said | {"place": f"member-{workshop.college}"}).status == 303
    assert workshop.dean.sends("/credit/new", said | {"place": f"member-{workshop.company}"}).status == 403
    assert workshop.administrator.sends("/credit/new", said | {"place": "all"}).status == 303
    assert in_force(workshop.trainer) == 2


def test_the_list_is_narrowed_and_taken_along(workshop: Workshop):
    assert "Nobody is restricted" in workshop.keeper.opens("/credit").words
    three(workshop, workshop.teacher)
    assert "Teacher" in workshop.keeper.opens("/credit?state=proposed&text=teach").words
    assert "Nothing matches" in workshop.keeper.opens("/credit?state=lifted").words
    assert "Teacher" in workshop.keeper.opens("/credit?format=csv").text
    auditor = workshop.somebody("Auditor", workshop.college, "auditor")
    assert "Teacher" in auditor.opens("/credit").words
    assert "Your decision" not in auditor.opens(f"/credit/{three_of(workshop)}").words


def three_of(workshop: Workshop) -> int:
    with reading():
        return store.restrictions(person_id=workshop.teacher.id)[0].id
