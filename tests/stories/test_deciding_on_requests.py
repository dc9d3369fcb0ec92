"""A keeper decides: each request as it stands now, yes or no with words, one or several, and on to the next."""

from __future__ import annotations

from sqlalchemy import select

from app.database import session
from app.outbox.store import choices
from app.outbox.tables import Message
from tests.stories.workshop import Workshop, reading, statements, states_of, version_of


def test_a_keeper_approves_and_the_time_is_the_applicants(workshop: Workshop):
    booking = workshop.trainer.asks_for(workshop.laser, on=workshop.day(1, 2)).booking_id
    inbox = workshop.keeper.opens("/inbox")
    assert "CNC turning" in inbox.words
    assert "Still free" in inbox.words
    assert workshop.keeper.approves(booking).location.endswith("/inbox")
    assert states_of(booking) == ["confirmed"]
    assert "Nothing waits for you" in workshop.keeper.opens("/inbox").words
    assert "Approved" in workshop.keeper.opens("/inbox/decided").words


def test_a_refusal_needs_words_and_the_applicant_reads_them(workshop: Workshop):
    booking = workshop.trainer.asks_for(workshop.laser, on=workshop.day(1, 2)).booking_id
    silent = workshop.keeper.refuses(booking)
    assert (silent.status, "Please say why" in silent.words) == (422, True)
    assert states_of(booking) == ["waiting"]
    assert workshop.keeper.refuses(booking, note="The laser is being aligned").status == 303
    assert states_of(booking) == ["refused"]
    assert "The laser is being aligned" in workshop.trainer.opens(f"/bookings/{booking}").words


def test_approving_judges_again_what_did_not_hold_its_time(workshop: Workshop):
    day = workshop.day(1, 2)
    first = workshop.trainer.asks_for(workshop.scale, on=day).booking_id
    second = workshop.teacher.asks_for(workshop.scale, on=day).booking_id
    seen = workshop.keeper.opens(f"/inbox/{first}").words
    assert "Others who want the same time" in seen
    assert workshop.keeper.approves(first).location.endswith(f"/inbox/{second}")
    assert "No longer free" in workshop.keeper.opens("/inbox").words
    late = workshop.keeper.approves(second)
    assert late.status == 409
    assert "already taken" in late.words
    assert (states_of(first), states_of(second)) == (["confirmed"], ["waiting"])


def test_several_are_approved_at_once_each_for_itself(workshop: Workshop):
    day = workshop.day(1, 2)
    good = workshop.trainer.asks_for(workshop.laser, on=day).booking_id
    first = workshop.trainer.asks_for(workshop.scale, on=day).booking_id
    rival = workshop.teacher.asks_for(workshop.scale, on=day).booking_id
    ticks = [f"{booking}:{version_of(booking)}" for booking in (good, first, rival)]
    assert workshop.keeper.sends("/inbox/approve", {"booking": ticks}).status == 303
    assert [states_of(each) for each in (good, first, rival)] == [["confirmed"], ["confirmed"], ["waiting"]]
    words = workshop.keeper.opens("/inbox").words
    assert "2 requests approved" in words
    assert f"Request {rival} was not approved" in words


def test_two_keepers_at_once_the_second_is_told(workshop: Workshop):
    booking = workshop.trainer.asks_for(workshop.laser, on=workshop.day(1, 2)).booking_id
    version = version_of(booking)
    workshop.keeper.approves(booking)
    again = workshop.dean.sends(f"/inbox/{booking}/refuse", {"version": str(version), "note": "No", "reason": "other"})
    assert again.location.endswith(f"/bookings/{booking}")
    assert "Somebody has decided this already" in workshop.dean.opens(again.location).words
    assert states_of(booking) == ["confirmed"]


def test_who_does_not_keep_it_decides_nothing_and_sees_nothing(workshop: Workshop):
    booking = workshop.teacher.asks_for(workshop.laser, on=workshop.day(1, 2)).booking_id
    stranger = workshop.somebody("Stranger", workshop.company, "keeper")
    assert "CNC turning" not in stranger.opens("/inbox").words
    assert stranger.opens(f"/inbox/{booking}").status == 404
    assert stranger.approves(booking).status == 404
    assert workshop.teacher.opens("/inbox").status == 403
    assert workshop.teacher.approves(booking).status == 403
    assert states_of(booking) == ["waiting"]


def test_a_move_of_an_approved_booking_is_asked_for_anew_but_giving_time_back_is_not(workshop: Workshop):
    booking = workshop.trainer.asks_for(workshop.laser, on=workshop.day(1, 2), at="1-4").booking_id
    workshop.keeper.approves(booking)
    workshop.trainer.changes(booking, last="2")
    assert states_of(booking) == ["confirmed"]
    workshop.trainer.changes(booking, day=workshop.day(1, 3).isoformat())
    assert states_of(booking) == ["waiting"]
    assert "CNC turning" in workshop.keeper.opens("/inbox").words


def test_a_withdrawn_request_leaves_the_inbox(workshop: Workshop):
    booking = workshop.trainer.asks_for(workshop.laser, on=workshop.day(1, 2)).booking_id
    workshop.trainer.cancels(booking)
    assert "Nothing waits for you" in workshop.keeper.opens("/inbox").words


def test_the_inbox_costs_the_same_for_one_request_or_ten(workshop: Workshop):
    workshop.trainer.asks_for(workshop.laser, on=workshop.day(1, 1))
    workshop.keeper.opens("/inbox")
    with statements() as one:
        workshop.keeper.opens("/inbox")
    for weekday in range(2, 7):
        workshop.trainer.asks_for(workshop.laser, on=workshop.day(1, weekday))
        workshop.trainer.asks_for(workshop.scale, on=workshop.day(1, weekday))
    with statements() as ten:
        assert workshop.keeper.opens("/inbox").words.count("Still free") == 11
    assert len(one) == len(ten) <= 30


# ── told that something waits ──


def told(template: str = "booking/to_decide") -> list[int]:
    """Whom messages of this template went to, in order."""
    with reading():
        return list(
            session().scalars(select(Message.person_id).where(Message.template == template).order_by(Message.id))
        )


def test_a_keeper_is_told_of_a_request_that_waits_for_her_and_of_nothing_else(workshop: Workshop):
    keeper, dean = workshop.keeper, workshop.dean
    workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2))
    assert told() == [], "nobody is asked about the lathe"
    booking = workshop.teacher.asks_for(workshop.laser, on=workshop.day(1, 2)).booking_id
    assert keeper.id in told()
    assert workshop.teacher.id not in told()
    assert len(told()) == len(set(told())), "each once"
    notices = keeper.opens("/notices").words
    assert "A request waits for your answer" in notices
    assert "This waits for your decision." in keeper.opens(f"/bookings/{booking}").words
    asked = len(told())
    keeper.asks_for(workshop.laser, on=workshop.day(1, 3))
    assert keeper.id not in told()[asked:], "nobody decides what is her own"
    assert dean.id in told()


def test_who_moves_what_was_agreed_asks_anew_and_who_answers_for_one_who_is_away_is_told(workshop: Workshop):
    keeper, deputy = workshop.keeper, workshop.somebody("Deputy", workshop.college, "keeper", base=workshop.base)
    booking = workshop.teacher.asks_for(workshop.laser, on=workshop.day(1, 2)).booking_id
    keeper.approves(booking)
    before = told().count(keeper.id)
    workshop.teacher.changes(booking, day=workshop.day(1, 4).isoformat())
    assert told().count(keeper.id) == before + 1
    assert deputy.id in told()


def test_she_chooses_how_she_is_told_that_something_waits(workshop: Workshop):
    keeper = workshop.keeper
    page = keeper.opens("/account")
    assert "Requests that wait for my answer" in page.words
    form = {"answer": "mail", "change": "mail", "own": "notice", "other": "mail", "digest_hour": "17", "version": "0"}
    assert keeper.sends("/account/messages", form | {"request": "digest"}).status == 302
    with reading():
        chosen = choices.find(keeper.id)
    assert chosen.way_of("request") == "digest"
