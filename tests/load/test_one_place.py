"""R27: where nobody may be in two places, no interleaving gets a person into two."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from app.booking.actions import asking
from app.booking.rules.request import Asked, Slot, Want
from app.consortium.rules.office import Actor, Appointment
from app.consortium.tables.people import Setting
from app.database import db, session, transaction
from app.foundation.refusal import Refused
from app.foundation.timespan import Span
from tests import world as lay_down

pytestmark = pytest.mark.slow


def test_of_eight_places_at_one_moment_she_gets_one(app, world):
    """Eight requests of one person for eight machines in labs of their own, in the same moment, again and again."""
    with app.app_context():
        row = {"name": "eligibility.one_place", "value": "1", "version": 1}
        transaction(lambda: session().execute(insert(Setting), [row]))
        base = lay_down.training_base("FAR", world["member"])
        machines = [lay_down.unit(lay_down.lab(base, f"L{n}"), f"F{n}") for n in range(8)]
        db.session.remove()
    actor = Actor(
        world["person"],
        "Crowd",
        world["member"],
        (Appointment("booker", world["member"], None, date(2020, 1, 1), None),),
    )
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    gate = threading.Barrier(len(machines))

    def ask(unit_id: int, start: datetime) -> str:
        slot = Slot(Span(start, start + timedelta(hours=2)))
        asked = Asked((Want(unit_id),), (slot,), "teaching", "1x1", actor.member_id or 0, actor.person_id)
        with app.app_context():
            gate.wait()
            try:
                transaction(lambda: asking.request(actor, asked, now=now, uid=uuid.uuid4().hex))
            except Refused as refused:
                return next(reason.code for reason in refused.reasons)
            return "booked"

    with ThreadPoolExecutor(len(machines)) as pool:
        for turn in range(1, 4):
            answers = Counter(pool.map(ask, machines, [now + timedelta(days=turn)] * len(machines)))
            assert answers == {"booked": 1, "in_two_places": len(machines) - 1}
