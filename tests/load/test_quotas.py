"""R19: no interleaving of real processes gets a person or a member more than its quota, on any path."""

from __future__ import annotations

import threading
import uuid
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, text

from app.booking.actions import asking
from app.booking.rules.request import Asked, Slot, Want
from app.consortium.rules.office import Actor, Appointment
from app.consortium.tables.people import Setting
from app.database import db, engine_for, session, transaction
from app.foundation.refusal import Refused
from app.foundation.timespan import Span, at_local, day_span, local_day, monday_of
from tests import world as lay_down

pytestmark = pytest.mark.slow

PERSON_WEEK, MEMBER_WEEK, AHEAD = 6, 9, 12
DEEDS = ("ask_machine", "ask_machine", "ask_series", "move", "cancel", "cancel", "cancel")


@pytest.fixture
def quotas(app, world):
    """Few hours a week for the one member everybody books for, and fewer for the one person in whose name they do.

    The ids of eight machines in labs of their own, so that nobody waits for anybody's unit.
    """
    rows = [
        {"name": "quota.person_week_hours", "value": str(PERSON_WEEK), "version": 1},
        {"name": "quota.member_week_hours", "value": str(MEMBER_WEEK), "version": 1},
        {"name": "quota.person_dates_ahead", "value": str(AHEAD), "version": 1},
    ]
    with app.app_context():
        transaction(lambda: session().execute(insert(Setting), rows))
        base = lay_down.training_base("FAR", world["member"])
        machines = [lay_down.unit(lay_down.lab(base, f"L{n}"), f"F{n}") for n in range(8)]
        db.session.remove()
    return machines


def test_a_crowd_never_gets_more_than_its_quota(crowd, quotas, database_url, load_seconds):
    answers = crowd(people=6, deeds=DEEDS, seconds=load_seconds, at_least=40, machines=quotas)
    engine = engine_for(database_url)

    assert sum("over_quota" in answer.get("refused", ()) for answer in answers) > 10, "nobody came near the quota"
    assert sum("booking" in answer for answer in answers) > 5
    weeks, ahead = _hours_by_week(engine)
    assert max(weeks.values(), default=timedelta()) <= timedelta(hours=PERSON_WEEK)
    assert ahead <= AHEAD
    engine.dispose()


def test_of_many_at_one_moment_only_as_many_get_something_as_the_quota_has_room_for(app, world, quotas):
    """Eight ask in the same moment for eight machines; the week has room for three of them, again and again."""
    offices = (Appointment("booker", world["member"], None, date(2020, 1, 1), None),)
    actor = Actor(world["person"], "Crowd", world["member"], offices)
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    gate = threading.Barrier(len(quotas))

    def ask(unit_id: int, start: datetime) -> str:
        asked = Asked(
            (Want(unit_id),),
            (Slot(Span(start, start + timedelta(hours=2))),),
            "teaching",
            "1x1",
            actor.member_id,
            actor.person_id,
        )
        with app.app_context():
            gate.wait()
            try:
                transaction(lambda: asking.request(actor, asked, now=now, uid=uuid.uuid4().hex))
            except Refused as refused:
                return next(reason.code for reason in refused.reasons)
            return "booked"

    with ThreadPoolExecutor(len(quotas)) as pool:
        for week in range(1, 3):
            wednesday = monday_of(local_day(now)) + timedelta(days=7 * week + 2)
            start = at_local(wednesday, 10 * 60)  # in one week as a whole
            answers = Counter(pool.map(ask, quotas, [start] * len(quotas)))
            room = PERSON_WEEK // 2
            assert answers == {"booked": room, "over_quota": len(quotas) - room}


def _hours_by_week(engine) -> tuple[dict[date, timedelta], int]:
    """The hours of each unit in each week, counted afresh from the rows, and how many dates are still to come."""
    query = """
        SELECT d.id, a.starts_at, a.ends_at, a.unit_id FROM booking_date d
        JOIN booking_allocation a ON a.date_id = d.id
        WHERE a.asked AND d.state IN ('waiting', 'confirmed')
    """
    weeks: defaultdict[date, timedelta] = defaultdict(timedelta)
    dates = set()
    with engine.connect() as connection:
        spans = {
            row[0]: (_instant(row[1]), _instant(row[2]))
            for row in connection.execute(text("SELECT id, starts_at, ends_at FROM booking_date"))
        }
        units = {(row[0], row[3]) for row in connection.execute(text(query))}
    for date_id, _unit in units:
        span = Span(*spans[date_id])
        dates.add(date_id)
        for day in span.days():
            part = span.clip(day_span(day))
            assert part is not None
            weeks[monday_of(day)] += part.length
    return weeks, len(dates)


def _instant(value) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value) if isinstance(value, int) else value
