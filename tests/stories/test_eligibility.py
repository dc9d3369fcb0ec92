"""What one must have before one books: five things are missing, all are said at once, each is cleared, and it is booked."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from app.booking.store import bookings
from app.booking.store import limits as limit_store
from app.booking.tables.line import Offer
from app.consortium.store import qualifications
from app.consortium.tables.qualifications import Agreement, Qualification
from app.database import session, transaction
from app.entrypoints import clock
from app.entrypoints.jobs.reminders import run_reminders
from app.foundation.timespan import at_local
from app.outbox.tables import Message
from tests import world
from tests.programs import Program, at, small_city, wish
from tests.stories.test_limits import limits, sets
from tests.stories.test_passing_on import hands_over, holder_of, proposal_of
from tests.stories.workshop import Workshop, bookings_kept, form_of, reading, statements

FIVE = (
    "no agreement with its owner",
    "no safety admission",
    "no operator authorisation",
    "not stated that no learner is in the first year",
    "Two places at once",
)


def everything_asked(workshop: Workshop):
    """The keeper asks all of it for the lathe; the consortium lets nobody be in two places."""
    asked = limits(
        workshop,
        workshop.lathe,
        eligibility__agreement="2",
        eligibility__safety="1",
        eligibility__authorisation="1",
        eligibility__learners="1",
    )
    assert asked.status == 303, asked.words[:400]
    sets(workshop, eligibility__one_place=1)


def gives(workshop: Workshop, kind: str, *emails: str, who=None, **fields):
    """The keeper gives something to people, by their addresses."""
    path = f"/bases/{workshop.base}/authorisations"
    values = {
        "sort": kind,
        "emails": ", ".join(emails),
        "places": [f"unit:{workshop.lathe}"],
        "from_on": clock.today().isoformat(),
        "until_on": (clock.today() + timedelta(days=300)).isoformat(),
        "score": "95" if kind == "safety" else "",
    }
    return (who or workshop.keeper).sends(path, values | fields)


def files_agreement(workshop: Workshop, **fields):
    values = {
        "member": str(workshop.company),
        "with_member": str(workshop.college),
        "number": "2026-17",
        "guarantor": "",
        "from_on": clock.today().isoformat(),
        "until_on": (clock.today() + timedelta(days=300)).isoformat(),
    }
    return workshop.administrator.sends("/admin/agreements", values | fields)


def test_five_things_are_missing_all_are_said_at_once_and_cleared(workshop: Workshop):
    everything_asked(workshop)
    day = workshop.day(1, 2)
    trainer = workshop.trainer
    elsewhere = trainer.asks_for(workshop.furnace, on=day, at="09:00-10:00")
    assert elsewhere.was_booked

    def asks(**said):
        return trainer.asks_for(workshop.lathe, on=day, at="08:00-09:40", purpose="internship", **said)

    def missing(answer):
        return {each for each in FIVE if each in answer.words}

    refused = asks(sixteen="1")
    assert refused.status == 409
    assert missing(refused) == set(FIVE)
    assert "Have the agreement filed" in refused.words
    assert "Ask the keeper of the base to authorise you." in refused.words
    check = f"/units/{workshop.lathe}/eligibility?day={day}&start=08:00&end=09:40&purpose=internship&sixteen=1"
    page = trainer.opens(check)
    assert "5 things are missing" in page.words
    assert missing(page) == set(FIVE)

    assert files_agreement(workshop).status == 303
    assert missing(asks(sixteen="1")) == set(FIVE[1:])
    assert gives(workshop, "safety", "trainer@example.org").status == 303
    assert gives(workshop, "authorisation", "TRAINER@example.org").status == 303
    assert missing(asks(sixteen="1")) == set(FIVE[3:])
    assert missing(asks(sixteen="1", not_first_year="1")) == set(FIVE[4:])
    trainer.cancels(elsewhere.booking_id)
    assert "Nothing is missing" in trainer.opens(check + "&not_first_year=1").words
    assert asks(sixteen="1", not_first_year="1").was_booked


def test_the_preview_says_the_same_before_anything_is_asked(workshop: Workshop):
    everything_asked(workshop)
    trainer = workshop.trainer
    filled = trainer.filled(workshop.lathe, on=workshop.day(1, 2), purpose="internship")
    seen = trainer.sends("/book/new", filled | {"preview": "1"})
    assert seen.status == 200
    assert all(each in seen.words for each in FIVE[:4])
    assert bookings_kept() == 0
    assert "All learners are 16 or older" in seen.words


def test_each_date_of_a_series_is_judged_for_its_own_day(workshop: Workshop):
    limits(workshop, workshop.lathe, eligibility__authorisation="1")
    teacher = workshop.teacher
    gives(workshop, "authorisation", "teacher@example.org", until_on=workshop.day(2, 2).isoformat())
    weekly = {"repeat": "until", "weekday": ["2"], "until": workshop.day(4, 2).isoformat()}
    refused = teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), **weekly)
    assert refused.status == 409
    assert "it ends on" in refused.words
    accept = refused.text.partition('name="accept" value="')[2].partition('"')[0]
    taken = teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), **weekly, accept=accept)
    assert taken.was_booked, taken.words[:500]
    moved = teacher.changes(taken.booking_id, day=workshop.day(3, 2).isoformat())
    assert moved.status == 409
    assert "no operator authorisation" in moved.words


def test_who_takes_a_booking_over_needs_it_too(workshop: Workshop):
    limits(workshop, workshop.lathe, eligibility__authorisation="1")
    teacher = workshop.teacher
    gives(workshop, "authorisation", "teacher@example.org")
    booked = teacher.asks_for(workshop.lathe, on=workshop.day(1, 2))
    assert booked.was_booked
    colleague = workshop.colleague
    assert hands_over(teacher, booked.booking_id, to=str(colleague.id)).status == 303
    colleague.sends(f"/passing/{proposal_of(colleague)}/accept", {})
    assert "no operator authorisation" in colleague.opens("/passing").words
    assert holder_of(booked.booking_id)[0] == teacher.id
    gives(workshop, "authorisation", "colleague@example.org")
    colleague.sends(f"/passing/{proposal_of(colleague)}/accept", {})
    assert holder_of(booked.booking_id)[0] == colleague.id


def test_what_was_taken_back_meanwhile_is_missing_when_the_keeper_says_yes(workshop: Workshop):
    limits(workshop, workshop.laser, eligibility__training="1")
    teacher = workshop.teacher
    gives(workshop, "training", "teacher@example.org", places=[f"lab:{workshop.yard}"])
    booked = teacher.asks_for(workshop.laser, on=workshop.day(1, 2))
    with reading():
        [held] = qualifications.held_by([teacher.id])
    workshop.keeper.sends(f"/qualifications/{held.id}/revoke", {"version": held.version, "why": "expired"})
    refused = workshop.keeper.approves(booked.booking_id)
    assert refused.status == 409
    assert "no training valid" in refused.words
    gives(workshop, "training", "teacher@example.org", places=[f"lab:{workshop.yard}"])
    assert workshop.keeper.approves(booked.booking_id).status == 303


def test_whoever_waits_in_line_is_not_offered_what_she_may_not_use(workshop: Workshop):
    limits(workshop, workshop.lathe, eligibility__authorisation="1")
    teacher, colleague = workshop.teacher, workshop.colleague
    gives(workshop, "authorisation", "teacher@example.org")
    day = workshop.day(1, 2)
    booked = teacher.asks_for(workshop.lathe, on=day)
    waits = form_of(
        colleague.opens(f"/waiting/new?unit={workshop.lathe}&start={day}T08:00&end={day}T09:40&title=Mine"), "form"
    )
    assert colleague.sends("/waiting/new", waits).status == 303
    teacher.cancels(booked.booking_id)
    with reading():
        assert session().query(Offer).count() == 0


def test_a_purpose_cannot_be_changed_into_a_post_internship_around_the_rule(workshop: Workshop):
    limits(workshop, workshop.lathe, eligibility__learners="1")
    booked = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="08:00-17:00")
    refused = workshop.teacher.changes(booked.booking_id, purpose="internship", sixteen="1")
    assert refused.status in (409, 422)
    assert "in the first year" in refused.words
    assert "at most 8 hours a day" in refused.words


def test_long_hours_of_learners_go_to_the_keeper_where_the_base_says_so(workshop: Workshop):
    limits(workshop, workshop.lathe, eligibility__learners="2")
    said = {"purpose": "internship", "sixteen": "1", "not_first_year": "1"}
    short = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 2), at="08:00-16:00", **said)
    long = workshop.teacher.asks_for(workshop.lathe, on=workshop.day(1, 3), at="08:00-16:30", **said)
    assert "Confirmed" in workshop.teacher.opens(f"/bookings/{short.booking_id}").words
    assert "Awaiting approval" in workshop.teacher.opens(f"/bookings/{long.booking_id}").words


def test_an_organisation_from_outside_needs_a_guarantor(workshop: Workshop):
    limits(workshop, workshop.lathe, eligibility__agreement="1", eligibility__guarantor="1")
    day = workshop.day(1, 2)
    assert workshop.trainer.asks_for(workshop.lathe, on=day, at="08:00-09:00").was_booked  # a member still
    page = workshop.administrator.opens(f"/admin/members/{workshop.company}/edit")
    changed = workshop.administrator.sends(
        f"/admin/members/{workshop.company}/edit", form_of(page, "form") | {"is_outside": "y"}
    )
    assert changed.status == 302
    assert "no agreement" in workshop.trainer.asks_for(workshop.lathe, on=day, at="10:00-11:00").words
    files_agreement(workshop)
    assert "names no guarantor" in workshop.trainer.asks_for(workshop.lathe, on=day, at="10:00-11:00").words
    files_agreement(workshop, number="2026-18", guarantor=str(workshop.college))
    assert workshop.trainer.asks_for(workshop.lathe, on=day, at="10:00-11:00").was_booked


# ── a whole lab, and a thing in it ──


def test_who_books_a_lab_whole_needs_what_its_machines_ask(workshop: Workshop):
    day, teacher = workshop.day(1, 2), workshop.teacher
    limits(workshop, workshop.lathe, eligibility__authorisation="1", eligibility__safety="1")
    refused = teacher.asks_for(workshop.room, on=day)
    assert refused.status == 409
    assert "Lathe 1: no operator authorisation" in refused.words
    check = teacher.opens(f"/units/{workshop.room}/eligibility?day={day}").words
    assert "2 things are missing" in check
    assert "Operator authorisation asked by: Lathe 1" in check
    assert teacher.asks_for(workshop.other_lathe, on=day).was_booked, "the machine beside it asks nothing"
    for sort in ("safety", "authorisation"):
        gives(workshop, sort, "teacher@example.org")
    with statements() as asked:
        assert teacher.asks_for(workshop.room, on=workshop.day(1, 3)).was_booked
    gives(workshop, "safety", "colleague@example.org", places=[f"lab:{workshop.lab}"])
    assert not workshop.colleague.asks_for(workshop.room, on=workshop.day(1, 4)).was_booked
    limits(workshop, workshop.room, eligibility__inside="0")
    assert workshop.colleague.asks_for(workshop.room, on=workshop.day(1, 4)).was_booked, "the keeper says otherwise"
    limits(workshop, workshop.lathe, eligibility__authorisation="", eligibility__safety="")
    limits(workshop, workshop.room, eligibility__inside="", eligibility__authorisation="1", eligibility__safety="1")
    gives(workshop, "authorisation", "teacher@example.org", places=[f"lab:{workshop.lab}"])
    gives(workshop, "safety", "teacher@example.org", places=[f"lab:{workshop.lab}"])
    with statements() as of_its_own:
        assert teacher.asks_for(workshop.room, on=workshop.day(2, 3)).was_booked
    assert len(asked) == len(of_its_own), "what the machines ask is read with what the lab asks"


def test_a_machine_asks_what_the_lab_around_it_asks(workshop: Workshop):
    day, teacher = workshop.day(1, 2), workshop.teacher
    limits(workshop, workshop.room, eligibility__safety="1")
    refused = teacher.asks_for(workshop.lathe, on=day)
    assert "Turning lab: no safety admission" in refused.words
    assert "Safety admission asked by: Turning lab" in teacher.opens(f"/units/{workshop.lathe}/eligibility").words
    assert teacher.asks_for(workshop.laser, on=day, at="13:00-14:00").was_booked, "another lab"
    gives(workshop, "safety", "teacher@example.org", places=[f"unit:{workshop.room}"])
    assert teacher.asks_for(workshop.lathe, on=day).was_booked


def test_a_restriction_from_a_machine_holds_against_taking_its_lab_whole(workshop: Workshop):
    teacher = workshop.teacher
    assert teacher.asks_for(workshop.lathe, on=workshop.day(1, 1)).was_booked
    imposed = workshop.keeper.sends(
        "/credit/new",
        {
            "email": "teacher@example.org",
            "place": f"unit-{workshop.lathe}",
            "why": "left the chuck key in",
            "days": "30",
        },
    )
    assert imposed.status == 303, imposed.words[:300]
    refused = teacher.asks_for(workshop.room, on=workshop.day(1, 2))
    assert refused.status == 403, refused.words[:300]
    assert "left the chuck key in" in refused.words
    assert teacher.asks_for(workshop.other_lathe, on=workshop.day(1, 2)).was_booked


# ── giving and taking back ──


def test_one_grant_for_many_people_and_places_is_one_trail_row_and_all_or_nothing(workshop: Workshop):
    teacher, colleague = workshop.teacher, workshop.colleague
    both = "Teacher <teacher@example.org>; colleague@example.org\n"
    places = [f"unit:{workshop.lathe}", f"lab:{workshop.yard}"]
    unknown = gives(workshop, "authorisation", both + "nobody@example.org", places=places)
    assert unknown.status == 422
    assert "nobody@example.org" in unknown.words
    assert "teacher@example.org" in form_of(unknown, "form")["emails"]
    with reading():
        assert session().query(Qualification).count() == 0
    assert gives(workshop, "authorisation", both, places=places).status == 303
    with reading():
        held = qualifications.held_by([teacher.id, colleague.id])
    assert {(each.person_id, each.reach.kind) for each in held} == {
        (person, kind) for person in (teacher.id, colleague.id) for kind in ("unit", "lab")
    }
    assert "Turning lab" not in teacher.opens("/account/qualifications").words
    assert "Lathe 1" in teacher.opens("/account/qualifications").words


def test_the_list_is_narrowed_to_what_counts_for_one_unit_and_comes_in_pages(workshop: Workshop):
    teacher, keeper = workshop.teacher, workshop.keeper
    gives(workshop, "authorisation", "teacher@example.org", evidence="for-the-lathe")
    gives(workshop, "training", "teacher@example.org", places=[f"lab:{workshop.yard}"], evidence="for-the-yard")
    gives(workshop, "safety", "teacher@example.org", places=[f"base:{workshop.base}"], evidence="for-the-base")
    listed = f"/bases/{workshop.base}/authorisations"
    for place, said in (
        (f"unit:{workshop.lathe}", {"for-the-lathe", "for-the-base"}),
        (f"unit:{workshop.laser}", {"for-the-yard", "for-the-base"}),
        (f"lab:{workshop.lab}", {"for-the-base"}),
        ("unit:999999", {"for-the-lathe", "for-the-yard", "for-the-base"}),
    ):
        shown = keeper.opens(f"{listed}?place={place}").text
        assert {each for each in ("for-the-lathe", "for-the-yard", "for-the-base") if each in shown} == said, place
    for day in range(18):
        since = clock.today() + timedelta(days=day)
        gives(workshop, "authorisation", "teacher@example.org", from_on=since.isoformat())
    assert "Page 1 of 2, 21 in all" in keeper.opens(listed).words
    assert 'id="give"' not in keeper.opens(listed).text
    assert 'id="give"' in keeper.opens(f"{listed}?give=1").text
    assert teacher.opens(f"{listed}?give=1").status == 403


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"sort": "safety", "score": "89"}, "passed with 90"),
        ({"sort": "safety", "score": ""}, "please fill this in"),
        ({"places": []}, "Valid where"),
        ({"emails": "keeper@example.org"}, "to herself"),
        ({"until_on": "2001-01-01"}, "the end must be after the start"),
        ({"emails": ""}, "People"),
    ],
)
def test_what_is_wrong_with_a_grant_is_said(workshop: Workshop, fields, says):
    assert workshop.keeper.id != workshop.teacher.id
    refused = gives(workshop, "authorisation", "teacher@example.org", **fields)
    assert refused.status in (403, 422)
    assert says in refused.words


def test_nobody_gives_for_a_base_that_is_not_hers(workshop: Workshop):
    with reading():
        other = world.training_base("other", workshop.company, name_en="Other base")
        lab = world.lab(other, "elsewhere")
        unit = world.unit(lab, "press")
    assert workshop.teacher.opens(f"/bases/{workshop.base}/authorisations").status == 403
    assert workshop.keeper.opens(f"/bases/{other}/authorisations").status == 404
    assert gives(workshop, "authorisation", "teacher@example.org", places=[f"unit:{unit}"]).status in (403, 404)
    assert workshop.keeper.opens("/admin/agreements").status == 403


def test_what_is_taken_back_is_no_longer_valid_and_she_is_told_why(workshop: Workshop):
    limits(workshop, workshop.lathe, eligibility__authorisation="1")
    teacher = workshop.teacher
    gives(workshop, "authorisation", "teacher@example.org")
    with reading():
        [held] = qualifications.held_by([teacher.id])
    path = f"/qualifications/{held.id}/revoke"
    workshop.keeper.sends(path, {"version": held.version, "why": "", "base": workshop.base})
    assert teacher.asks_for(workshop.lathe, on=workshop.day(1, 2)).was_booked
    done = workshop.keeper.sends(path, {"version": held.version, "why": "left the chuck key in", "base": workshop.base})
    assert done.status == 303
    assert not teacher.asks_for(workshop.lathe, on=workshop.day(1, 3)).was_booked
    mine = teacher.opens("/account/qualifications").words
    assert "Taken back" in mine
    assert "left the chuck key in" in mine
    assert "taken back" in teacher.opens("/notices").words
    again = workshop.keeper.sends(path, {"version": held.version, "why": "again", "base": workshop.base})
    assert again.status == 303
    assert "taken back already" in workshop.keeper.opens(f"/bases/{workshop.base}/authorisations").words


def test_an_agreement_that_was_ended_no_longer_opens_the_door(workshop: Workshop):
    limits(workshop, workshop.lathe, eligibility__agreement="2")
    files_agreement(workshop)
    assert workshop.trainer.asks_for(workshop.lathe, on=workshop.day(1, 2)).was_booked
    with reading():
        kept = session().query(Agreement).one()
        number, version = kept.id, kept.version
    assert (
        workshop.administrator.sends(f"/admin/agreements/{number}/end", {"version": version, "why": "moved"}).status
        == 303
    )
    refused = workshop.trainer.asks_for(workshop.lathe, on=workshop.day(1, 3))
    assert "no agreement" in refused.words
    assert "2026-17" in workshop.administrator.opens("/admin/agreements?standing=any&format=csv").text


# ── quiet, private, cheap ──


def test_only_who_may_sees_what_somebody_is_qualified_for(workshop: Workshop):
    teacher = workshop.teacher
    gives(workshop, "authorisation", "teacher@example.org", evidence="CANARY-7")
    dean = workshop.somebody("Dean2", workshop.college, "member_admin")
    foreign = workshop.somebody("Foreign", workshop.company, "member_admin")
    stranger_keeper = workshop.somebody("Strange", workshop.company, "keeper")
    assert "CANARY-7" in teacher.opens("/account/qualifications").text
    assert "CANARY-7" in workshop.keeper.opens(f"/bases/{workshop.base}/authorisations?format=csv").text
    assert "CANARY-7" in dean.opens("/admin/qualifications").text
    assert "CANARY-7" in workshop.administrator.opens("/admin/qualifications").text
    for person, path in [
        (foreign, "/admin/qualifications"),
        (foreign, "/admin/qualifications?format=csv"),
        (foreign, f"/bases/{workshop.base}/authorisations"),
        (stranger_keeper, f"/bases/{workshop.base}/authorisations"),
        (workshop.colleague, "/account/qualifications"),
        (workshop.colleague, f"/units/{workshop.lathe}/eligibility?for={teacher.id}"),
    ]:
        assert "CANARY-7" not in person.opens(path).text, path
    with reading():
        [held] = qualifications.held_by([teacher.id])
    gone = foreign.sends(f"/qualifications/{held.id}/revoke", {"version": held.version, "why": "x"})
    assert gone.status == 404


def test_where_nothing_is_asked_nothing_is_read_and_the_page_says_so(workshop: Workshop):
    day, teacher = workshop.day(1, 2), workshop.teacher
    with statements() as plain:
        assert teacher.asks_for(workshop.lathe, on=day, at="08:00-09:00").was_booked
    assert not [each for each in plain if "consortium_qualification" in each or "consortium_agreement" in each]
    limits(workshop, workshop.other_lathe, eligibility__safety="1", eligibility__authorisation="1")
    gives(workshop, "safety", "teacher@example.org", places=[f"base:{workshop.base}"])
    gives(workshop, "authorisation", "teacher@example.org", places=[f"base:{workshop.base}"])
    with statements() as asked:
        assert teacher.asks_for(workshop.other_lathe, on=day, at="08:00-09:00").was_booked
    assert len(asked) == len(plain) + 1
    assert "Nothing is asked beforehand" in workshop.teacher.opens(f"/units/{workshop.furnace}/eligibility").words


def test_who_waits_states_what_is_needed_of_learners(workshop: Workshop):
    limits(workshop, workshop.lathe, eligibility__learners="1")
    teacher, colleague, dean = (
        workshop.teacher,
        workshop.colleague,
        workshop.somebody("Third", workshop.college, "booker"),
    )
    day = workshop.day(1, 2)
    booked = teacher.asks_for(workshop.lathe, on=day)
    for who, said in ((colleague, {}), (dean, {"sixteen": "y", "not_first_year": "y"})):
        page = who.opens(f"/waiting/new?unit={workshop.lathe}&start={day}T08:00&end={day}T09:40&title=Mine")
        assert who.sends("/waiting/new", form_of(page, "form") | {"purpose": "internship"} | said).status == 303
    teacher.cancels(booked.booking_id)
    with reading():
        [offer] = session().query(Offer)
        kept = bookings.find(offer.booking_id)
    assert kept.holder_id == dean.id


def test_machines_and_their_lab_in_one_booking_are_one_place(workshop: Workshop):
    sets(workshop, eligibility__one_place=1)
    day = workshop.day(1, 2)
    assert workshop.teacher.asks_for(workshop.lathe, workshop.other_lathe, on=day, at="08:00-09:00").was_booked
    refused = workshop.teacher.asks_for(workshop.furnace, on=day, at="08:30-09:30")
    assert "Two places at once" in refused.words
    assert workshop.teacher.asks_for(workshop.furnace, on=day, at="09:00-10:00").was_booked
    assert workshop.colleague.asks_for(workshop.laser, on=day, at="08:00-09:00").was_booked


# ── by the clock ──


def test_what_soon_ends_is_told_once_with_the_dates_that_lie_after_it(workshop: Workshop):
    teacher = workshop.teacher
    ends = workshop.day(1, 2)
    gives(workshop, "authorisation", "teacher@example.org", until_on=ends.isoformat())
    assert teacher.asks_for(workshop.lathe, on=ends).was_booked
    assert teacher.asks_for(workshop.lathe, on=ends + timedelta(days=1)).was_booked
    assert teacher.asks_for(workshop.furnace, on=ends + timedelta(days=1), at="13:00-14:00").was_booked

    def told(days_before: int) -> str:
        with workshop.app.app_context():
            return run_reminders(at_local(ends - timedelta(days=days_before), 9 * 60))

    assert told(8) == ""
    assert told(7) == "reminders: 1"
    assert told(7) == told(3) == told(0) == ""
    notices = teacher.opens("/notices").words
    assert "A qualification ends soon" in notices
    with reading():
        [letter] = session().query(Message).filter(Message.template == "consortium/ending")
        assert json.loads(letter.facts)["after"] == 1


def test_nobody_is_reminded_of_what_goes_on(workshop: Workshop):
    assert workshop.teacher.id
    ends = clock.today() + timedelta(days=3)
    gives(workshop, "authorisation", "teacher@example.org", until_on=ends.isoformat())
    gives(workshop, "authorisation", "teacher@example.org", from_on=(ends + timedelta(days=1)).isoformat(), until_on="")
    with workshop.app.app_context():
        assert run_reminders(clock.now()) == ""


def test_an_organisations_administrator_is_told_of_its_agreement(workshop: Workshop):
    chief = workshop.somebody("Chief", workshop.company, "member_admin")
    files_agreement(workshop, until_on=(clock.today() + timedelta(days=5)).isoformat())
    with workshop.app.app_context():
        assert run_reminders(clock.now()) == "reminders: 1"
        assert run_reminders(clock.now()) == ""
    assert "An agreement ends soon" in chief.opens("/notices").words


# ── for programs ──


def test_a_program_reads_what_is_missing_gives_it_and_books(app):
    city = small_city(app)
    with app.app_context():
        transaction(lambda: limit_store.replace_limits("unit", city.lathe, {"eligibility.authorisation": 1}))
    use = {"start": at(0, "08:00"), "end": at(0, "09:40")}
    found = city.wang.get(f"/units/{city.lathe}/eligibility", **use)
    assert found.status == 200
    assert not found.body["eligible"]
    [missing] = [each for each in found.body["conditions"] if not each["met"]]
    assert (missing["name"], missing["reason"]["code"]) == ("authorisation", "qualification_missing")
    assert missing["next_step"]
    refused = city.wang.post("/bookings", wish(city.lathe))
    assert refused.status == 409
    assert refused.codes == ["qualification_missing"]
    wanted = {
        "kind": "authorisation",
        "people": ["wang@x.cn", city.people["li"]],
        "places": [{"kind": "lab", "id": city.lab}],
        "from_on": clock.today().isoformat(),
        "last_on": (clock.today() + timedelta(days=200)).isoformat(),
    }
    assert city.wang.post("/qualifications", wanted).status == 403
    assert city.keeper.post("/qualifications", wanted | {"people": ["nobody@x.cn"]}).codes == ["unknown_people"]
    given = city.keeper.post("/qualifications", wanted)
    assert given.status == 201
    assert len(given.body["ids"]) == 2
    assert city.wang.get(f"/units/{city.lathe}/eligibility", **use).body["eligible"]
    assert city.wang.post("/bookings", wish(city.lathe)).status == 201
    mine = city.wang.get("/qualifications").body["items"]
    assert [(each["kind"], each["place"]["kind"], each["standing"]) for each in mine] == [
        ("authorisation", "lab", "valid")
    ]
    assert len(city.keeper.get("/qualifications", base=city.base).body["items"]) == 2
    assert city.li.get("/qualifications", base=city.base).status == 404
    assert city.wang.get("/agreements").status == 403
    gone = city.keeper.post(f"/qualifications/{mine[0]['id']}/revoke", {"version": 1, "reason": "broke it"})
    assert gone.body["standing"] == "revoked"
    again = city.keeper.post(f"/qualifications/{mine[0]['id']}/revoke", {"version": 2, "reason": "broke it"})
    assert again.codes == ["already_revoked"]
    assert city.wang.post("/bookings", wish(city.lathe, days=1)).status == 409


def test_a_program_states_what_is_needed_of_learners(app):
    city = small_city(app)
    with app.app_context():
        transaction(lambda: limit_store.replace_limits("unit", city.lathe, {"eligibility.learners": 1}))
    wanted = wish(city.lathe, purpose="internship")
    refused = city.wang.post("/bookings", wanted)
    assert refused.status == 422
    assert refused.codes == ["not_declared", "not_declared"]
    made = city.wang.post("/bookings", wanted | {"declared": ["sixteen", "not_first_year"]})
    assert made.status == 201
    taken_back = city.wang.patch(
        f"/bookings/{made.body['id']}",
        {"version": 1, "declared": ["sixteen"], "start": at(1, "08:00"), "end": at(1, "09:40")},
    )
    assert taken_back.status == 422


def test_a_program_files_an_agreement_reads_it_and_ends_it(app):
    city = small_city(app)
    with app.app_context():
        transaction(lambda: limit_store.replace_limits("unit", city.lathe, {"eligibility.agreement": 2}))
        chief = world.person("chief@x.cn", "秘书处", city.college, "administrator")
        admin, weak = Program(app, world.token_for(chief)), Program(app, world.token_for(chief, "read", "book"))
    wanted = {
        "number": "2026-31",
        "member": "company",
        "with_member": "college",
        "from_on": clock.today().isoformat(),
        "last_on": (clock.today() + timedelta(days=90)).isoformat(),
    }
    assert city.li.post("/bookings", wish(city.lathe)).codes == ["agreement_missing"]
    assert city.keeper.post("/agreements", wanted).status == 403
    assert weak.post("/agreements", wanted).status == 403, "a token that only books files nothing"
    assert admin.post("/agreements", wanted | {"member": "nobody"}).status == 422
    filed = admin.post("/agreements", wanted, **{"Idempotency-Key": "agreement-31"})
    assert (filed.status, filed.body["member"], filed.headers["ETag"]) == (201, "company", '"1"')
    again = admin.post("/agreements", wanted, **{"Idempotency-Key": "agreement-31"})
    assert (again.body["id"], again.headers["Idempotency-Replayed"]) == (filed.body["id"], "true")
    path = f"/agreements/{filed.body['id']}"
    assert admin.get(path).body == filed.body
    assert city.li.post("/bookings", wish(city.lathe)).status == 201
    assert admin.post(f"{path}/end", {"reason": "moved"}).status == 428
    assert admin.post(f"{path}/end", {"reason": "moved", "version": 7}).codes == ["changed_meanwhile"]
    late = (clock.today() + timedelta(days=91)).isoformat()
    assert admin.post(f"{path}/end", {"reason": "moved", "version": 1, "last_on": late}).status == 422
    ended = admin.post(f"{path}/end", {"reason": "moved"}, **{"If-Match": filed.headers["ETag"]})
    assert (ended.status, ended.body["last_on"], ended.body["version"]) == (200, clock.today().isoformat(), 2)
    assert city.li.post("/bookings", wish(city.lathe, days=1)).codes == ["agreement_missing"]
    assert city.wang.get(path).status in (403, 404)
