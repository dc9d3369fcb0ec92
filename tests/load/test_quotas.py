"""R15: no interleaving of real processes gets a person or a member more than its quota, on any path."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text

from app.consortium.tables import Setting
from app.database import db, engine_for, session, transaction
from app.foundation.timespan import Span, local_day, monday_of

pytestmark = pytest.mark.slow

PERSON_WEEK, MEMBER_WEEK, AHEAD = 6, 9, 12
DEEDS = ("ask_machine", "ask_several", "ask_series", "move", "cancel", "ask_pool")


@pytest.fixture
def quotas(app, world):
    """Few hours a week for the one member everybody books for, and fewer for the one person in whose name they do."""
    rows = [
        {"name": "quota.person_week_hours", "value": str(PERSON_WEEK), "version": 1},
        {"name": "quota.member_week_hours", "value": str(MEMBER_WEEK), "version": 1},
        {"name": "quota.person_dates_ahead", "value": str(AHEAD), "version": 1},
    ]
    with app.app_context():
        transaction(lambda: session().execute(insert(Setting), rows))
        db.session.remove()


@pytest.mark.usefixtures("quotas")
def test_a_crowd_never_gets_more_than_its_quota(crowd, database_url, load_seconds):
    answers = crowd(people=6, deeds=DEEDS, seconds=load_seconds)
    engine = engine_for(database_url)

    assert sum("over_quota" in answer.get("refused", ()) for answer in answers) > 10, "nobody came near the quota"
    assert sum("booking" in answer for answer in answers) > 5
    weeks, ahead = _hours_by_week(engine)
    assert max(weeks.values(), default=timedelta()) <= timedelta(hours=PERSON_WEEK)
    assert ahead <= AHEAD
    engine.dispose()


def _hours_by_week(engine) -> tuple[Counter[object], int]:
    """The hours of each unit in each week, counted afresh from the rows, and how many dates are still to come."""
    query = """
        SELECT d.id, a.starts_at, a.ends_at, a.unit_id FROM booking_date d
        JOIN booking_allocation a ON a.date_id = d.id
        WHERE a.asked AND d.state IN ('waiting', 'confirmed')
    """
    weeks: Counter[object] = Counter()
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
        for day in span.by_local_day():
            weeks[monday_of(local_day(day.start))] += day.length
    return weeks, len(dates)


def _instant(value) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value) if isinstance(value, int) else value
