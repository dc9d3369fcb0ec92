"""What stood before chains of approval came is there afterwards, answer by answer; and what is noted of people stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import BigInteger, Date, Integer, MetaData, delete, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from app import create_app
from app.booking.actions import deciding
from app.booking.store import bookings
from app.consortium.rules.credit import Event
from app.consortium.rules.office import Actor, Appointment
from app.consortium.store import credit
from app.consortium.tables.conduct import CreditEvent
from app.database import db, engine_for, session, table_of, transaction
from tests import world
from tests.conftest import settings_for
from tests.servers import PROJECT

MIGRATIONS = str(PROJECT / "migrations")
LONG_AGO = date(2020, 1, 1)
ASKED = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DECIDED = ASKED + timedelta(days=1)
BEGINS = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)

KEEPER, TEACHER = 1, 2
BOOKINGS = {
    1: ("waiting", [("waiting", None, None, "")]),
    2: ("confirmed", [("approved", KEEPER, DECIDED, "please sweep")]),
    3: ("refused", [("refused", KEEPER, DECIDED, "broken")]),
    4: ("cancelled", [("withdrawn", None, None, "")]),
    5: ("waiting", [("approved", KEEPER, DECIDED, ""), ("waiting", None, None, "")]),
    6: ("confirmed", []),
}
"""By its id: the state of its date, and the answer of each base that is asked."""


@pytest.fixture
def old(databases, database_name, tmp_path):
    """The application on a database as it was before, with one booking of every kind."""
    url = databases.blank(database_name)
    app = create_app(settings_for(url, tmp_path / "instance") | {"TESTING": 1})
    with app.app_context():
        upgrade(MIGRATIONS, "0004")
        engine = engine_for(url)
        with engine.begin() as connection:
            _lay_down(Rows(connection))
        engine.dispose()
        yield app
        db.session.remove()
        db.engine.dispose()
    databases.drop(url)


class Rows:
    """Writes rows of whatever tables there are: what is not given and may not be empty is nought, or long ago."""

    def __init__(self, connection) -> None:
        self.connection = connection
        self.tables = MetaData()
        self.tables.reflect(connection)

    def add(self, table: str, **given) -> None:
        columns = self.tables.tables[table].c
        row = {name: self._kept(columns[name], value) for name, value in given.items()}
        for column in columns:
            if column.name not in (*row, "id") and not column.nullable and column.server_default is None:
                row[column.name] = self._nothing(column)
        self.connection.execute(insert(self.tables.tables[table]), [row])

    def _kept(self, column, value):
        if isinstance(value, datetime) and isinstance(column.type, BigInteger):
            return int(value.timestamp()) * 1_000_000
        return value

    def _nothing(self, column):
        if isinstance(column.type, Date):
            return LONG_AGO
        if column.name.endswith("_at"):
            return self._kept(column, ASKED)
        return 0 if isinstance(column.type, Integer) else column.type.python_type()


def _lay_down(rows: Rows) -> None:
    rows.add(
        "consortium_member", id=1, code="M", kind="school", name_zh="校", name_en="M", joined_on=LONG_AGO, version=1
    )
    for person_id, name in ((KEEPER, "keeper"), (TEACHER, "teacher")):
        rows.add("consortium_person", id=person_id, email=f"{name}@test.example", name=name, locale="zh")
    for base_id in (1, 2):
        rows.add(
            "catalogue_base", id=base_id, code=f"B{base_id}", kind="training_base", name_zh="基地", host_id=1, operator_id=1,
            keeping_member_id=1,
        )  # fmt: skip
        rows.add("catalogue_lab", id=base_id, code=f"L{base_id}", base_id=base_id, name_zh="室", name_en="lab")
        rows.add(
            "catalogue_unit",
            id=base_id,
            code=f"U{base_id}",
            lab_id=base_id,
            kind="machine",
            capacity=1,
            needs_approval=True,
        )
    for number, (state, answers) in BOOKINGS.items():
        start = BEGINS + timedelta(days=number)
        rows.add(
            "booking_booking", id=number, uid=f"uid{number}", title="1x1", purpose="teaching", requester_id=TEACHER,
            holder_id=TEACHER, member_id=1, created_at=ASKED, changed_at=ASKED, version=1,
        )  # fmt: skip
        rows.add(
            "booking_date",
            id=number,
            booking_id=number,
            starts_at=start,
            ends_at=start + timedelta(hours=1),
            state=state,
        )
        rows.add(
            "booking_allocation", id=number, unit_id=1, date_id=number, starts_at=start, asked=True, quantity=1,
            ends_at=start + timedelta(hours=1), exclusive=True, holds=state in ("waiting", "confirmed"),
        )  # fmt: skip
        for base_id, (answer, by, at, note) in enumerate(answers, 1):
            rows.add(
                "booking_approval",
                booking_id=number,
                base_id=base_id,
                state=answer,
                decided_by=by,
                decided_at=at,
                note=note,
            )


def _all_of(table: str) -> list[dict]:
    rows = session().execute(text(f"SELECT * FROM {table} ORDER BY 1")).mappings().all()
    db.session.remove()
    return [dict(row) for row in rows]


@pytest.mark.slow
def test_every_answer_that_was_given_or_is_waited_for_is_there_afterwards(old):
    bookings_before, dates_before, taken_before = map(
        _all_of, ("booking_booking", "booking_date", "booking_allocation")
    )
    approvals_before = _all_of("booking_approval")
    upgrade(MIGRATIONS)

    approvals = _all_of("booking_approval")
    assert [{**row, "reason": "-"} for row in approvals] == [{**row, "reason": "-"} for row in approvals_before]
    assert {(row["booking_id"], row["reason"]) for row in approvals if row["reason"]} == {(3, "other")}
    answers = _all_of("booking_answer")
    assert [
        {name: row[name] for name in ("booking_id", "base_id", "state", "decided_by", "decided_at", "note", "reason")}
        for row in sorted(answers, key=lambda row: (row["booking_id"], row["base_id"]))
    ] == [
        {name: row[name] for name in ("booking_id", "base_id", "state", "decided_by", "decided_at", "note", "reason")}
        for row in sorted(approvals, key=lambda row: (row["booking_id"], row["base_id"]))
    ]
    asked = {row["id"]: row["created_at"] for row in bookings_before}
    for row in answers:
        place = ("round", "step", "rule", "seat", "party", "raised", "kind", "hours", "silence")
        assert [row[name] for name in place] == [1, 1, "any", "keeper", "keeper", "", "member", 24, "escalate"]
        assert row["asked_at"] == asked[row["booking_id"]]
        assert row["due_at"] is row["for_person"] is None
    assert [{**row, "declared": "-"} for row in _all_of("booking_booking")] == [
        {**row, "declared": "-"} for row in bookings_before
    ]
    assert [row["declared"] for row in _all_of("booking_booking")] == [""] * len(BOOKINGS)
    assert (_all_of("booking_date"), _all_of("booking_allocation")) == (dates_before, taken_before)


@pytest.mark.slow
def test_what_waited_before_is_answered_afterwards_and_a_way_back_leaves_what_was(old):
    before = _all_of("booking_booking")
    upgrade(MIGRATIONS)
    office = Appointment("administrator", 1, None, LONG_AGO, None)
    keeper = Actor(KEEPER, "keeper", 1, (office,))
    approved = transaction(lambda: deciding.approve(keeper, 1, 1, now=datetime.now(UTC)))
    assert approved.state == "confirmed"
    assert {row["state"] for row in _all_of("booking_answer") if row["booking_id"] == 1} == {"approved"}
    assert bookings.find(5).state == "waiting"
    db.session.remove()

    downgrade(MIGRATIONS, "0004")
    after = _all_of("booking_booking")
    assert [(row["id"], row["uid"], row["holder_id"]) for row in after] == [
        (row["id"], row["uid"], row["holder_id"]) for row in before
    ]
    assert set(after[0]) == set(before[0])
    assert not {"booking_answer", "consortium_credit_event"} & set(inspect(db.engine).get_table_names())
    states = {row["booking_id"]: row["state"] for row in _all_of("booking_approval") if row["base_id"] == 1}
    assert states == {1: "approved", 2: "approved", 3: "refused", 4: "withdrawn", 5: "approved"}


def test_what_was_noted_of_somebody_is_never_changed_or_removed_not_even_by_hand(app, database_name):
    """Append-only in the database, as the trail is: an excuse is an event of its own."""
    with app.app_context():
        person_id = world.person("noted@test.example", "Noted", world.member("M"), "booker")
        noted = Event(0, person_id, "late", -2, ASKED, None, "", 1, 1, 1, None)
        transaction(lambda: credit.add_events([noted]))
        events = table_of(CreditEvent)
        attempts = [update(events).values(points=0), update(events).values(reason="x"), delete(events)]
        if database_name == "postgresql":
            attempts.append(text("TRUNCATE consortium_credit_event CASCADE"))
        for attempt in attempts:
            with pytest.raises(DBAPIError, match="noted is never"):
                transaction(lambda attempt=attempt: session().execute(attempt))
        assert transaction(lambda: session().execute(select(events.c.points, events.c.reason)).all()) == [(-2, "")]
