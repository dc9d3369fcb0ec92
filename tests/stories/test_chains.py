"""Who must agree: silence is consent where open sharing says so, steps, another time, standing in, refusals counted."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.booking.actions import chain_setting, limiting
from app.booking.store import chains as store
from app.booking.tables.approvals import PartyAnswer
from app.consortium.actions.settings import mark_of
from app.database import session
from app.entrypoints import clock
from app.entrypoints.jobs.approvals import run_approvals
from app.foundation.timespan import DAY, at_local, local
from tests import world
from tests.programs import Program
from tests.stories.workshop import Somebody, Workshop, dates_of, reading, states_of, version_of


@pytest.fixture
def workshop(workshop: Workshop) -> Workshop:
    """Everybody holds an office from the beginning: who is asked depends on who is there to be asked."""
    for name in ("keeper", "dean", "administrator"):
        getattr(workshop, name)
    return workshop


def program(workshop: Workshop, who: Somebody) -> Program:
    """The same person through the API."""
    with reading():
        return Program(workshop.app, world.token_for(who.id))


def time_runs_out(booking_id: int) -> str:
    """The time to answer is over, and the job comes by."""
    with reading():
        due = session().scalar(
            select(func.max(PartyAnswer.due_at)).where(
                PartyAnswer.booking_id == booking_id, PartyAnswer.state == "waiting"
            )
        )
        assert due is not None
        return run_approvals(due)


def sets_the_chain(who: Somebody, base: int, *steps: dict[str, object], kind: str = "any", **more: str):
    with reading():
        scope = ("unit", int(more["unit"])) if "unit" in more else ("base", base)
        mark = chain_setting.mark_of(chain_setting.chains_now(*scope))
    values: dict[str, object] = {"kind": kind, "mark": mark, **more}
    for number, step in enumerate(steps, 1):
        filled = {"rule": "any", "hours": "24", "silence": "escalate"} | step
        values |= {f"{name}-{number}": value for name, value in filled.items()}
    return who.sends(f"/bases/{base}/approvals", values)


def test_the_owner_is_silent_and_it_is_granted_on_pages(workshop: Workshop):
    values = {"mark": mark_of({}), "approval.silence_grants": "1"}
    assert workshop.dean.sends(f"/bases/{workshop.base}/limits", values).status == 303
    booking = workshop.trainer.asks_for(workshop.laser, on=workshop.day(9, 2)).booking_id
    page = workshop.trainer.opens(f"/bookings/{booking}").words
    assert "Waiting for an answer" in page
    assert "without an answer by then it is granted" in page
    assert time_runs_out(booking) == "confirmed: 1"
    assert states_of(booking) == ["confirmed"]
    page = workshop.trainer.opens(f"/bookings/{booking}").words
    assert "Agreed: The keeper" in page
    assert "by silence" in page
    assert "Nothing waits for you" in workshop.keeper.opens("/inbox").words


def test_the_owner_is_silent_and_it_is_granted_for_programs(workshop: Workshop):
    trainer, day = program(workshop, workshop.trainer), workshop.day(9, 2)
    sets_the_chain(workshop.dean, workshop.base, {"parties": ["owner"], "silence": "grant"}, kind="member")
    made = trainer.post(
        "/bookings",
        {
            "units": [{"id": workshop.laser, "quantity": 1}],
            "start": local(at_local(day, 480)).isoformat(),
            "end": local(at_local(day, 580)).isoformat(),
            "purpose": "teaching",
            "title": "CNC turning",
        },
    )
    assert made.status == 201, made.text
    [step] = trainer.get(made.body["url"]).body["approvals"][0]["steps"]
    assert (step["seat"], step["state"], step["silence"]) == ("owner", "waiting", "grant")
    assert time_runs_out(made.body["id"]) == "confirmed: 1"
    kept = trainer.get(made.body["url"]).body
    [step] = kept["approvals"][0]["steps"]
    assert (kept["state"], step["state"], step["decided_by"]) == ("confirmed", "approved", None)
    [chain] = trainer.get(f"/bases/{workshop.base}/approvals").body["items"]
    assert chain == {
        "kind": "member",
        "steps": [{"parties": ["owner"], "rule": "any", "hours": 24, "silence": "grant"}],
    }
    assert trainer.get(f"/units/{workshop.laser}/approvals").body["items"] == []


def test_a_program_sets_a_chain_and_may_take_it_away_again(workshop: Workshop):
    dean, trainer = program(workshop, workshop.dean), program(workshop, workshop.trainer)
    for path in (f"/bases/{workshop.base}/approvals", f"/units/{workshop.laser}/approvals"):
        read = trainer.get(path)
        assert read.body["items"] == []
        steps = [{"parties": ["department"], "hours": 8}, {"parties": ["keeper", "owner"], "rule": "all"}]
        wanted = {"kind": "member", "steps": steps}
        assert trainer.patch(path, wanted | {"mark": read.body["mark"]}).status == 403
        assert dean.patch(path, wanted).status == 428
        kept = dean.patch(path, wanted, **{"If-Match": read.headers["ETag"]})
        assert kept.status == 200, kept.text
        [chain] = kept.body["items"]
        assert [(step["parties"], step["rule"], step["hours"]) for step in chain["steps"]] == [
            (["department"], "any", 8),
            (["keeper", "owner"], "all", 24),
        ]
        stale = dean.patch(path, wanted | {"mark": read.body["mark"]})
        assert (stale.status, stale.codes) == (409, ["changed_meanwhile"])
        twice = {"kind": "any", "mark": kept.body["mark"], "steps": [{"parties": ["keeper", "keeper"]}]}
        assert dean.patch(path, twice).status == 422
        gone = dean.patch(path, {"kind": "member", "steps": [], "mark": kept.body["mark"]})
        assert (gone.body["items"], gone.headers["ETag"]) == ([], read.headers["ETag"])
    assert dean.patch("/units/2000000000/approvals", wanted | {"mark": "0" * 16}).status == 404


def test_two_steps_are_shown_and_asked_one_after_the_other(workshop: Workshop):
    tutor = workshop.somebody("Tutor", workshop.company, "approver")
    made = sets_the_chain(
        workshop.dean, workshop.base, {"parties": ["department"]}, {"parties": ["keeper", "owner"], "rule": "all"}
    )
    assert made.status == 303
    shown = workshop.dean.opens(f"/bases/{workshop.base}/approvals").words
    assert "The keeper and The owner; 24 working hours, then the next one up" in shown
    booking = workshop.trainer.asks_for(workshop.laser, on=workshop.day(9, 2)).booking_id
    assert "Nothing waits for you" in workshop.keeper.opens("/inbox").words
    assert "1 of 2: The applicant's department" in tutor.opens("/inbox").words
    assert tutor.approves(booking).status == 303
    assert "Your answer is kept; others are still asked" in tutor.opens("/inbox").words
    assert "2 of 2: The keeper and The owner" in workshop.keeper.opens("/inbox").words
    assert "2 of 2" in workshop.trainer.opens(f"/bookings/{booking}").words
    workshop.keeper.approves(booking)
    assert states_of(booking) == ["waiting"]
    workshop.dean.approves(booking)
    assert states_of(booking) == ["confirmed"]


def test_a_chain_that_makes_no_sense_is_refused_with_everything_wrong(workshop: Workshop):
    answer = sets_the_chain(workshop.dean, workshop.base, {"parties": ["cook"], "hours": "0"}, {"parties": ["keeper"]})
    assert answer.status == 422
    assert "Who must agree: this is not one of the choices" in answer.words
    assert "Time to answer" in answer.words
    stale = workshop.dean.sends(
        f"/bases/{workshop.base}/approvals", {"kind": "any", "mark": "old", "parties-1": "keeper"}
    )
    assert stale.status == 409
    assert workshop.keeper.opens(f"/bases/{workshop.base}/approvals").status == 403
    assert workshop.dean.opens(f"/bases/{workshop.base}/approvals?unit={workshop.laser}&kind=own").status == 200
    assert workshop.dean.opens(f"/bases/{workshop.base}/approvals?unit=999999").status == 404


def test_another_time_is_proposed_and_taken_with_one_press(workshop: Workshop):
    booking = workshop.trainer.asks_for(workshop.laser, on=workshop.day(9, 2)).booking_id
    values = {"day": workshop.day(9, 3).isoformat(), "start": "14:00", "end": "15:40", "note": "The mirror is new then"}
    more = {"version": version_of(booking), "date_id": dates_of(booking)[0][0]}
    assert "Propose another time" in workshop.keeper.opens(f"/inbox/{booking}").words
    assert workshop.keeper.sends(f"/inbox/{booking}/other-time", values | more).status == 303
    page = workshop.trainer.opens(f"/bookings/{booking}")
    assert "Another time is proposed" in page.words
    assert "The mirror is new then" in page.words
    found = re.search(r"/other-times/(\d+)/accept", page.text)
    assert found
    assert workshop.keeper.sends(f"/other-times/{found[1]}/accept", {}).status == 303
    assert states_of(booking) == ["waiting"], "whoever proposed it does not take it herself"
    workshop.trainer.sends(f"/other-times/{found[1]}/accept", {})
    assert dates_of(booking)[0][1:] == (workshop.day(9, 3).isoformat(), "14:00-15:40", "confirmed")
    again = workshop.trainer.sends(f"/other-times/{found[1]}/accept", {})
    assert "is over" in workshop.trainer.opens(again.location).words


def test_another_time_for_programs(workshop: Workshop):
    booking = workshop.trainer.asks_for(workshop.laser, on=workshop.day(9, 2)).booking_id
    keeper, trainer = program(workshop, workshop.keeper), program(workshop, workshop.trainer)
    day = workshop.day(9, 4)
    body = {
        "version": 1,
        "date_id": dates_of(booking)[0][0],
        "start": local(at_local(day, 600)).isoformat(),
        "end": local(at_local(day, 700)).isoformat(),
    }
    assert trainer.post(f"/bookings/{booking}/other-times", body).status == 403
    first = keeper.post(f"/bookings/{booking}/other-times", body)
    assert (first.status, first.body["state"]) == (201, "open")
    assert trainer.post(f"/other-times/{first.body['id']}/decline").body["state"] == "declined"
    second = keeper.post(f"/bookings/{booking}/other-times", body)
    assert keeper.post(f"/other-times/{second.body['id']}/withdraw").body["state"] == "withdrawn"
    assert trainer.post(f"/other-times/{second.body['id']}/accept").status == 409
    third = keeper.post(f"/bookings/{booking}/other-times", body)
    moved = trainer.post(f"/other-times/{third.body['id']}/accept")
    assert (moved.status, moved.body["state"], moved.body["start"]) == (200, "confirmed", body["start"])
    states = [each["state"] for each in trainer.get(f"/bookings/{booking}/other-times").body["items"]]
    assert states == ["accepted", "withdrawn", "declined"]


def test_nobody_approves_her_own_on_pages_or_by_program(workshop: Workshop):
    keeper = workshop.somebody("Both", workshop.college, "keeper", "booker")
    booking = keeper.asks_for(workshop.laser, on=workshop.day(9, 2)).booking_id
    assert "CNC turning" not in keeper.opens("/inbox").words
    pressed = keeper.approves(booking)
    assert "somebody else decides" in keeper.opens(pressed.location or f"/bookings/{booking}").words + pressed.words
    answer = program(workshop, keeper).post(f"/bookings/{booking}/approve", {"version": 1})
    assert (answer.status, answer.codes) == (403, ["approves_own"])
    assert states_of(booking) == ["waiting"]
    assert workshop.keeper.approves(booking).status == 303
    assert states_of(booking) == ["confirmed"]


def test_who_alone_could_approve_her_own_reads_who_is_asked_instead(workshop: Workshop):
    base = world_base(workshop)
    head = workshop.somebody("Head", workshop.company, "keeper", "booker")
    booking = head.asks_for(base, on=workshop.day(9, 2)).booking_id
    page = head.opens(f"/bookings/{booking}").words
    assert "The administrators of the consortium" in page
    assert "who would decide over her own" in page
    assert workshop.administrator.approves(booking).status == 303


def world_base(workshop: Workshop) -> int:
    """A machine that the company keeps and where a keeper decides."""
    with reading():
        lab = world.lab(world.training_base("plant", workshop.company), "hall")
        return world.unit(lab, "press", needs_approval=True)


def test_a_colleague_stands_in(workshop: Workshop):
    deputy = workshop.somebody("Deputy", workshop.college, "safety")
    booking = workshop.trainer.asks_for(workshop.laser, on=workshop.day(9, 2)).booking_id
    deputy.approves(booking)
    assert states_of(booking) == ["waiting"]
    page = workshop.keeper.opens("/account/stand-in")
    assert "Deputy" in page.words
    today = clock.today()
    values = {"delegate": str(deputy.id), "from_on": today.isoformat(), "until_on": (today + 3 * DAY).isoformat()}
    backward = workshop.keeper.sends("/account/stand-in", values | {"until_on": (today - DAY).isoformat()})
    assert (backward.status, "the end must be after the start" in backward.words) == (422, True)
    assert workshop.keeper.sends("/account/stand-in", values).status == 303
    assert "CNC turning" in deputy.opens("/inbox").words
    assert "Keeper" in deputy.opens("/account/stand-in").words
    assert deputy.approves(booking).status == 303
    assert states_of(booking) == ["confirmed"]
    assert "Deputy in place of Keeper" in workshop.trainer.opens(f"/bookings/{booking}").words
    ends = re.search(r"/account/stand-in/(\d+)/end", workshop.keeper.opens("/account/stand-in").text)
    assert ends
    workshop.keeper.sends(ends[0], {})
    later = workshop.trainer.asks_for(workshop.laser, on=workshop.day(9, 3)).booking_id
    deputy.approves(later)
    assert states_of(later) == ["waiting"]
    assert workshop.teacher.opens("/account/stand-in").status == 403


def test_refusals_are_counted_by_base_reason_and_applicant(workshop: Workshop):
    empty = workshop.keeper.opens("/refusals").words
    assert "Nothing was refused" in empty
    for weekday in (2, 3):
        booking = workshop.trainer.asks_for(workshop.laser, on=workshop.day(9, weekday)).booking_id
        assert workshop.keeper.refuses(booking, note="being aligned", reason="maintenance").status == 303
    booking = workshop.teacher.asks_for(workshop.laser, on=workshop.day(9, 4)).booking_id
    without = workshop.keeper.refuses(booking, note="no", reason="")
    assert (without.status, "choose the reason" in without.words) == (422, True)
    workshop.keeper.refuses(booking, note="no", reason="safety")
    assert "Safety: no" in workshop.teacher.opens(f"/bookings/{booking}").words
    words = workshop.keeper.opens("/refusals").words
    assert "3 requests refused" in words
    assert "Maintenance or repair Other members 2 3.33" in words
    assert "The owner's side itself" in words
    narrowed = workshop.keeper.opens("/refusals?reason=safety&kind=own").words
    assert "1 requests refused" in narrowed
    csv = workshop.keeper.opens("/refusals?format=csv")
    assert "Maintenance or repair" in csv.text
    stranger = workshop.somebody("Stranger", workshop.company, "keeper")
    assert "Nothing was refused" in stranger.opens("/refusals").words
    assert workshop.teacher.opens("/refusals").status == 403


def test_nobody_answers_and_it_goes_up_and_is_refused_at_last(workshop: Workshop):
    booking = workshop.trainer.asks_for(workshop.laser, on=workshop.day(9, 2)).booking_id
    assert time_runs_out(booking) == "escalate: 1"
    page = workshop.trainer.opens(f"/bookings/{booking}").words
    assert "The administrator of the owner's side" in page
    assert "Did not answer in time: The keeper" in page
    assert "Nobody answered in time; asked further up" in page
    assert "CNC turning" in workshop.dean.opens("/inbox").words
    assert "A request waits for you" in workshop.dean.opens("/notices").words
    with reading():
        assert (
            run_approvals(at_local(workshop.day(9, 2), 481)) == "unanswered: 1"
        )  # what has begun is not asked further up
    assert "Nobody answered before it began" in workshop.trainer.opens(f"/bookings/{booking}").words
    with reading():
        assert not store.due(clock.now() + timedelta(days=365))
        assert limiting.limits_now("base", workshop.base) == {}
