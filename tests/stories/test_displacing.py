"""Displacement with care: before a deadline, by the published order, with an alternative, a place in the line, an appeal."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.booking.actions import asking, displacing
from app.booking.rules.displacing import OthersInTheWay, Said
from app.booking.rules.request import Asked, Slot, Want
from app.booking.store import displacing as store
from app.booking.store import waiting as line
from app.booking.tables.bookings import Booking
from app.consortium.rules.office import Actor
from app.database import session, transaction
from app.entrypoints import clock
from app.foundation.refusal import Refused
from app.foundation.timespan import Span, at_local
from app.outbox.tables import Message
from app.trail.tables import Entry
from tests import world
from tests.programs import Program
from tests.stories.workshop import Somebody, Workshop, bookings_kept, dates_of, reading, states_of
from tests.world import actor_of

FINALS = Said("event", "The city finals are held here.", "a day of the furnace", 200_00)


def actor(who: Somebody) -> Actor:
    found = actor_of(who.id, who.acting, clock.now())
    assert found is not None
    return found


def wants(workshop: Workshop, unit: int, *, week: int = 2, at: str = "08:00-09:40", **more: Any) -> Asked:
    """A competition of the college, asked for by its keeper, on Tuesday of a week that is well before any deadline."""
    first, last = (int(each[:2]) * 60 + int(each[3:]) for each in at.split("-"))
    weeks = more.pop("weeks", (week,))
    days = [workshop.day(each, 2) for each in weeks]
    slots = tuple(Slot(Span(at_local(day, first), at_local(day, last))) for day in days)
    given = {"purpose": "competition", "title": "City finals", "holder_id": workshop.keeper.id} | more
    return Asked(wants=(Want(unit, given.pop("quantity", 1)),), slots=slots, member_id=workshop.college, **given)


def displaces(workshop: Workshop, asked: Asked, *, who: Somebody | None = None, now: datetime | None = None) -> Any:
    with reading():
        by = actor(who or workshop.keeper)
        at = now or clock.now()
        return transaction(lambda: displacing.displace(by, asked, FINALS, now=at, uid=uuid.uuid4().hex))


def displacements(booking_id: int) -> Any:
    with reading():
        return store.of_booking(booking_id)


@pytest.fixture
def lesson(workshop: Workshop) -> int:
    """The company's trainer has the lathe on Tuesday of week 2."""
    return workshop.trainer.asks_for(workshop.lathe, on=workshop.day(2, 2)).booking_id


def test_the_lower_gives_way_and_is_looked_after(workshop: Workshop, lesson: int):
    done = displaces(workshop, wants(workshop, workshop.lathe))
    assert states_of(lesson) == ["cancelled"]
    assert states_of(done.outcome.booking_id) == ["confirmed"]
    (kept,) = displacements(lesson)
    assert (kept.winner_class, kept.displaced_class, kept.order_version) == ("event", "member", 1)
    assert (kept.said, kept.decided_by) == (FINALS, workshop.keeper.id)
    assert kept.notice_hours >= 72
    assert json.loads(kept.offers), "something else is offered at once"
    with reading():
        standby = line.find(kept.standby_id)
        assert standby is not None
        assert (standby.rank, standby.person_id, standby.form.unit_ids) == (0, workshop.trainer.id, (workshop.lathe,))
        (told,) = session().scalars(select(Message).where(Message.template == "displacing/displaced"))
        assert told.person_id == workshop.trainer.id
        entries = session().execute(select(Entry.deed, Entry.object_id)).all()
        assert ("booking.displace", lesson) in [tuple(each) for each in entries]


def test_nobody_is_displaced_when_the_winner_has_another_reason_against(workshop: Workshop, lesson: int):
    before = bookings_kept()
    asked = wants(workshop, workshop.lathe, title="")
    with pytest.raises(Refused):
        displaces(workshop, asked)
    late = wants(workshop, workshop.lathe, weeks=(2, 60))
    with pytest.raises(Refused) as refused:
        displaces(workshop, late)
    assert "too_far_ahead" in {each.code for each in refused.value.reasons}
    assert states_of(lesson) == ["confirmed"]
    assert bookings_kept() == before
    assert displacements(lesson) == []


def test_if_the_winner_fails_at_the_last_moment_nobody_was_displaced(workshop: Workshop, lesson: int, monkeypatch):
    series = workshop.trainer.asks_for(workshop.lathe, on=workshop.day(2, 2), at="10:00-11:40").booking_id

    def fails(*_: Any, **__: Any) -> None:
        raise Refused(OthersInTheWay())

    monkeypatch.setattr(displacing, "request", fails)
    with pytest.raises(Refused):
        displaces(workshop, wants(workshop, workshop.lathe, at="08:00-11:40"))
    assert states_of(lesson) == states_of(series) == ["confirmed"]
    assert not displacements(lesson)


def test_what_the_winner_leaves_goes_to_the_line_but_never_into_its_middle(workshop: Workshop):
    whole = workshop.trainer.asks_for(workshop.lathe, on=workshop.day(2, 2), at="08:00-12:00").booking_id
    for at in ("08:00", "10:00"):
        day = workshop.day(2, 2).isoformat()
        values = {"unit": str(workshop.lathe), "title": "Waits", "first_day": day, "last_day": day, "weekday": ["2"]}
        values |= {"since": at, "until": f"{int(at[:2]) + 2}:00", "minutes": "90", "purpose": "teaching"}
        waits = workshop.colleague.sends("/waiting/new", values | {"key": f"displacing-standby-{at}"})
        assert waits.status == 303, waits.words
    done = displaces(workshop, wants(workshop, workshop.lathe, at="08:00-10:00"))
    assert states_of(whole) == ["cancelled"]
    assert dates_of(done.outcome.booking_id)[0][2:] == ("08:00-10:00", "confirmed")
    with reading():
        (offer,) = line.offers()
    assert dates_of(offer.booking_id)[0][2:] == ("10:00-11:30", "waiting")


def test_where_a_keeper_must_still_agree_the_time_is_held_and_goes_back_if_she_does_not(workshop: Workshop):
    mine = workshop.trainer.asks_for(workshop.scale, on=workshop.day(2, 2)).booking_id
    workshop.keeper.approves(mine)
    done = displaces(workshop, wants(workshop, workshop.scale))
    assert done.outcome.state == "waiting"
    assert states_of(mine) == ["cancelled"]
    third = workshop.colleague.asks_for(workshop.scale, on=workshop.day(2, 2))
    assert third.status == 409, "though this unit is not held while others wait"
    workshop.dean.refuses(done.outcome.booking_id, "The hall is closed.")
    with reading():
        (offer,) = line.offers()
        standby = line.find(offer.standby_id)
    assert standby is not None
    assert standby.person_id == workshop.trainer.id


def test_after_the_deadline_everybody_keeps_what_she_has(workshop: Workshop, lesson: int):
    start = at_local(workshop.day(2, 2), 480)
    with pytest.raises(Refused) as refused:
        displaces(workshop, wants(workshop, workshop.lathe), now=start - timedelta(hours=71))
    assert [each.code for each in refused.value.reasons] == ["after_the_deadline"]
    assert states_of(lesson) == ["confirmed"]
    displaces(workshop, wants(workshop, workshop.lathe), now=start - timedelta(hours=73))
    assert states_of(lesson) == ["cancelled"]


# ── by the pages ──


def looks(workshop: Workshop, who: Somebody, unit: int, *, weeks: tuple[int, ...] = (2,), **fields: Any) -> Any:
    """Fill in the booking form, see that it is taken, and look who could give way."""
    given = {"title": "City finals", "purpose": "competition"} | fields
    values = who.filled(unit, on=workshop.day(weeks[0], 2), **given)
    if len(weeks) > 1:
        values |= {"repeat": "weeks", "week": [str(each) for each in weeks], "weekday": ["2"]}
    refused = who.sends("/book/new", values)
    assert refused.status == 409
    assert "Look who could give way" in refused.words
    return values, who.sends("/book/displace", values | {"look": "1"})


def presses(who: Somebody, values: dict[str, Any], shown: Any, **said: Any) -> Any:
    given = {"why": "event", "words": "The city finals are held here.", "promise": "", "amount": "200"} | said
    return who.sends("/book/displace", values | given | {"press": "yes", "mark": shown.value("mark")})


def test_the_keeper_looks_presses_and_the_displaced_takes_another_time_with_one_press(workshop: Workshop, lesson: int):
    values, shown = looks(workshop, workshop.keeper, workshop.lathe)
    assert "Trainer" in shown.words
    assert "gives way" in shown.words
    assert states_of(lesson) == ["confirmed"], "nothing happens by looking"
    done = presses(workshop.keeper, values, shown)
    assert done.was_booked, done.words
    assert states_of(lesson) == ["cancelled"]
    page = workshop.trainer.opens(f"/bookings/{lesson}")
    assert "What can be had instead" in page.words
    (case,) = displacements(lesson)
    offer = page.values("offer")[0]
    taken = workshop.trainer.sends(f"/displacements/{case.id}/take", {"version": case.version, "offer": offer})
    assert taken.was_booked, taken.words
    assert states_of(taken.booking_id) == ["confirmed"]
    (case,) = displacements(lesson)
    assert case.resettled_id == taken.booking_id
    with reading():
        standby = line.find(case.standby_id)
        assert standby is not None
        assert standby.state == "withdrawn"
    again = workshop.trainer.sends(f"/displacements/{case.id}/take", {"version": case.version, "offer": offer})
    assert again.status == 409
    assert "Another time has been taken for it already." in again.words


def test_of_a_series_only_the_hit_date_goes(workshop: Workshop):
    values = workshop.trainer.filled(workshop.lathe, on=workshop.day(2, 2))
    values |= {"repeat": "weeks", "week": ["2", "3", "4"], "weekday": ["2"]}
    series = workshop.trainer.sends("/book/new", values).booking_id
    form, shown = looks(workshop, workshop.keeper, workshop.lathe, weeks=(3,))
    assert presses(workshop.keeper, form, shown).was_booked
    assert states_of(series) == ["confirmed", "cancelled", "confirmed"]
    (case,) = displacements(series)
    page = workshop.trainer.opens(f"/displacements/{case.id}")
    offers = [each for each in page.values("offer") if each.startswith(f"{workshop.lathe}x1/")]
    taken = workshop.trainer.sends(f"/displacements/{case.id}/take", {"version": case.version, "offer": offers[0]})
    assert taken.booking_id == series, "another time of the same lathe is another date of the same series"
    assert sorted(states_of(series)) == ["cancelled", "confirmed", "confirmed", "confirmed"]


def test_others_than_were_shown_are_never_displaced(workshop: Workshop, lesson: int):
    values, shown = looks(workshop, workshop.keeper, workshop.lathe, at="08:00-11:40")
    other = workshop.trainer.asks_for(workshop.lathe, on=workshop.day(2, 2), at="10:00-11:40").booking_id
    refused = presses(workshop.keeper, values, shown)
    assert refused.status == 409
    assert "look again" in refused.words
    assert states_of(lesson) == states_of(other) == ["confirmed"]


def test_an_appeal_is_answered_by_somebody_else_and_upheld_gives_the_time_back(workshop: Workshop, lesson: int):
    winner = displaces(workshop, wants(workshop, workshop.lathe), who=workshop.dean).outcome.booking_id
    (case,) = displacements(lesson)
    path, others = f"/displacements/{case.id}", {workshop.administrator.id}
    assert workshop.trainer.sends(f"{path}/appeal", {"version": case.version, "words": ""}).status == 422
    assert workshop.trainer.sends(f"{path}/appeal", {"version": case.version, "words": "It was agreed."}).status == 303
    (case,) = displacements(lesson)
    with reading():
        asked = session().scalars(select(Message.person_id).where(Message.template == "displacing/appealed")).all()
    assert set(asked) == others, "the dean displaced her: she is not asked"
    said = {"version": case.version, "answer": "upheld", "words": "Agreed before.", "promise": "", "amount": ""}
    refused = workshop.dean.sends(f"{path}/answer", said)
    assert refused.status == 403
    assert "Somebody else answers" in refused.words
    workshop.keeper.cancels(winner)
    assert "Appeal waits for an answer" in workshop.administrator.opens("/displacements").words
    assert workshop.administrator.sends(f"{path}/answer", said).status == 303
    (case,) = displacements(lesson)
    assert (case.appeal, case.answered_by) == ("upheld", workshop.administrator.id)
    with reading():
        told = session().scalars(select(Message.person_id).where(Message.template == "displacing/answered")).all()
    assert told == [workshop.trainer.id]


def test_upheld_without_a_free_time_notes_what_is_promised(workshop: Workshop, lesson: int):
    displaces(workshop, wants(workshop, workshop.lathe))
    (case,) = displacements(lesson)
    path = f"/displacements/{case.id}"
    workshop.trainer.sends(f"{path}/appeal", {"version": case.version, "words": "It was agreed."})
    (case,) = displacements(lesson)
    said = {"version": case.version, "answer": "upheld", "words": "Right.", "promise": "Two days", "amount": "500"}
    assert workshop.dean.sends(f"{path}/answer", said).status == 303
    (case,) = displacements(lesson)
    assert (case.restored, case.said.compensation, case.said.compensation_fen) == (False, "Two days", 500_00)
    assert states_of(lesson) == ["cancelled"]


def test_another_order_displaces_a_lesson_which_stays_a_lesson_elsewhere(workshop: Workshop):
    with reading():
        by = actor(workshop.administrator)
        day = workshop.day(2, 2)
        asked = Asked(
            (Want(workshop.lathe),),
            (Slot(Span(at_local(day, 480), at_local(day, 580)), "1-2"),),
            "teaching",
            "Turning",
            workshop.college,
            workshop.teacher.id,
        )
        uid = uuid.uuid4().hex
        taught = transaction(lambda: asking.request(by, asked, now=clock.now(), uid=uid, source_key="t/1").booking_id)
    refused = workshop.keeper.sends(
        "/book/displace",
        workshop.keeper.filled(workshop.lathe, on=day, title="City finals", purpose="competition") | {"look": "1"},
    )
    assert "“Teaching on the timetable” goes before “Certification and competition”" in refused.words
    ranks = {f"rank_{name}": str(n) for n, name in enumerate(("event", "lesson", "owner", "member", "outside"), 1)}
    assert workshop.keeper.sends("/order", {"version": 1, "note": "x"} | ranks).status == 403
    stale = workshop.administrator.sends("/order", {"version": 7, "note": "The council decided."} | ranks)
    assert stale.status == 409
    kept = workshop.administrator.sends("/order", {"version": 1, "note": "The council decided."} | ranks)
    assert kept.status == 303, kept.words
    assert "The council decided." in workshop.teacher.opens("/order").words
    displaces(workshop, wants(workshop, workshop.lathe))
    (case,) = displacements(taught)
    assert (case.order_version, case.displaced_class) == (2, "lesson")
    page = workshop.teacher.opens(f"/displacements/{case.id}")
    elsewhere = next(each for each in page.values("offer") if not each.startswith(f"{workshop.lathe}x1/"))
    taken = workshop.teacher.sends(f"/displacements/{case.id}/take", {"version": case.version, "offer": elsewhere})
    assert taken.was_booked, taken.words
    with reading():
        origin = session().scalar(select(Booking.origin).where(Booking.id == taken.booking_id))
    assert origin == "lesson"


# ── through the API ──


def program(who: Somebody) -> Program:
    with reading():
        return Program(who.client.application, world.token_for(who.id))


def test_the_same_through_the_api(workshop: Workshop, lesson: int):
    keeper, trainer = program(workshop.keeper), program(workshop.trainer)
    body = {
        "units": [{"id": workshop.lathe}],
        "start": at_local(workshop.day(2, 2), 480).isoformat(),
        "end": at_local(workshop.day(2, 2), 580).isoformat(),
        "purpose": "competition",
        "title": "City finals",
    }
    assert trainer.post("/displacements/preview", body).status == 403
    look = keeper.post("/displacements/preview", body).body
    assert look["possible"], look
    assert [each["booking_id"] for each in look["in_the_way"]] == [lesson]
    said = {"reason": "event", "words": "Finals", "mark": look["mark"], "compensation_fen": 20_000}
    assert keeper.post("/displacements", body | said | {"mark": "0" * 16}).status == 409
    done = keeper.post("/displacements", body | said)
    assert done.status == 201, done.body
    (mine,) = trainer.get("/displacements").body["items"]
    assert (mine["counted_as"], mine["gave_way_to"], mine["compensation_fen"]) == ("member", "event", 20_000)
    case = trainer.get(f"/displacements/{mine['id']}").body
    appealed = trainer.post(f"/displacements/{mine['id']}/appeal", {"version": 1, "words": "It was agreed."})
    assert appealed.body["appeal"] == "open"
    answer = {"version": 2, "answer": "rejected", "words": "It was not."}
    assert keeper.post(f"/displacements/{mine['id']}/answer", answer).status == 403
    dean = program(workshop.dean)
    assert dean.post(f"/displacements/{mine['id']}/answer", answer).body["appeal"] == "rejected"
    other = case["alternatives"][0]
    wanted = {"version": 3, "units": other["units"], "start": other["start"], "end": other["end"]}
    taken = trainer.post(f"/displacements/{mine['id']}/take", wanted)
    assert taken.status == 201, taken.body
    assert trainer.get(f"/displacements/{mine['id']}").body["resettled_id"] == taken.body["booking_id"]


def test_the_order_through_the_api(workshop: Workshop):
    administrator, teacher = program(workshop.administrator), program(workshop.teacher)
    (first,) = teacher.get("/order").body["items"]
    assert first["version"] == 1
    wanted = {"version": 1, "classes": ["owner", "lesson", "event", "member", "outside"], "note": "The council."}
    assert teacher.post("/order", wanted).status == 403
    assert administrator.post("/order", wanted | {"classes": ["owner"]}).status == 422
    assert administrator.post("/order", wanted).body["version"] == 2
    assert administrator.post("/order", wanted).status == 422, "the same order again changes nothing"
