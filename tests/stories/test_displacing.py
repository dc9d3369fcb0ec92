"""Displacement with care: before a deadline, by the published order, with an alternative, a place in the line, an appeal."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.booking.actions import displacing
from app.booking.rules.displacing import Said
from app.booking.rules.request import Asked, Slot, Want
from app.booking.store import displacing as store
from app.booking.store import waiting as line
from app.consortium.actions.entry import actor_of
from app.consortium.rules.office import Actor
from app.database import session, transaction
from app.entrypoints import clock
from app.foundation.refusal import Refused
from app.foundation.timespan import Span, at_local
from app.outbox.tables import Message
from app.trail.tables import Entry
from tests.stories.workshop import Somebody, Workshop, bookings_kept, dates_of, reading, states_of

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


def test_after_the_deadline_everybody_keeps_what_she_has(workshop: Workshop, lesson: int):
    start = at_local(workshop.day(2, 2), 480)
    with pytest.raises(Refused) as refused:
        displaces(workshop, wants(workshop, workshop.lathe), now=start - timedelta(hours=71))
    assert [each.code for each in refused.value.reasons] == ["after_the_deadline"]
    assert states_of(lesson) == ["confirmed"]
    displaces(workshop, wants(workshop, workshop.lathe), now=start - timedelta(hours=73))
    assert states_of(lesson) == ["cancelled"]
