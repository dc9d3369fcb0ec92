"""What is held of a town as the database writes it, against what the ledger itself says; the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from app.booking.rules.occupancy import read, write
from app.booking.store import finding, ledger
from app.booking.tables.bookings import Allocation
from app.catalogue.tables import Asset, ClassCode, Lab
from app.catalogue.tables import Unit as UnitRow
from app.database import session, transaction
from app.foundation.timespan import DAY, Span, local_day
from tests import world
from tests.storage.town import Town


@pytest.fixture
def town(kept) -> Town:
    return Town()


def test_what_is_held_is_what_the_ledger_says_in_whole_minutes(town):
    town.books(town.li, town.red, town.rooms[0], 8, 12)
    town.books(town.li, town.red, town.lathe, 14, 15)
    town.books(town.wang, town.blue, town.welders, 16, 18, day=2, quantity=3)
    odd = town.span(8, 9, day=3)
    transaction(
        lambda: session().execute(
            update(Allocation)
            .where(Allocation.unit_id == town.lathe)
            .values(starts_at=odd.start + timedelta(seconds=30), ends_at=odd.end - timedelta(seconds=1))
        )
    )
    window = Span(town.span(0, 1).start, town.span(0, 1, day=7).start)
    units = [town.rooms[0], town.lathe, town.mill, town.welders]
    held = finding.held(units, [], window)
    said = {unit_id: sorted(each.texts) for unit_id, each in held.items()}
    expected: dict[int, list[str]] = {}
    for each in ledger.taken(units, [window]):
        text = write(each.span.start, each.span.end, each.quantity, each.exclusive, each.cause != "booking")
        expected.setdefault(each.unit_id, []).append(text)
    assert said == {unit_id: sorted(texts) for unit_id, texts in expected.items()}
    assert town.mill not in held
    [lathe] = held[town.lathe].texts
    assert (read(lathe)[1] - read(lathe)[0], read(lathe)[2]) == (60, 0)
    assert {read(text)[2] for text in held[town.welders].texts} == {3}


def test_of_rooms_that_only_stand_around_a_machine_only_whole_uses_are_read(town):
    town.books(town.li, town.red, town.lathe, 8, 10)
    town.books(town.li, town.red, town.rooms[0], 14, 16)
    window = Span(town.span(0, 1).start, town.span(0, 1, day=7).start)
    held = finding.held([town.mill], [town.rooms[0]], window)
    assert [read(text)[2] for text in held[town.rooms[0]].texts] == [0]
    assert not finding.held([], [], window)


def test_units_come_with_all_that_is_said_of_them_and_whose_they_are(town):
    form = {"functions": "四轴联动", "model": "ＣＫ６１４０"}
    transaction(lambda: session().execute(insert(Asset).values(unit_id=town.lathe, sharing="internal", **form)))
    transaction(lambda: session().execute(insert(ClassCode).values(unit_id=town.lathe, scheme="gb", code="A0205")))
    world.owns(town.red, unit_id=town.lathe)
    today = local_day(datetime.now(UTC))
    found = {unit.id: (unit, sharing) for unit, sharing in finding.units(today, with_words=True)}
    lathe, sharing = found[town.lathe]
    assert sharing == "internal"
    assert lathe.side == {town.blue, town.red}
    assert all(word in lathe.words for word in ("lathe", "四轴联动", "ck6140", "l0"))
    assert lathe.codes == ("a0205",)
    assert (lathe.room_id, found[town.rooms[0]][0].seats) == (town.rooms[0], 40)
    assert finding.units(today, with_words=False)[0][0].words == ""


def test_what_is_gone_is_not_there_and_what_goes_says_when(town):
    today = local_day(datetime.now(UTC))
    transaction(lambda: session().execute(update(UnitRow).where(UnitRow.id == town.mill).values(retired_on=today)))
    transaction(lambda: session().execute(update(Lab).where(Lab.id == town.labs[0]).values(retired_on=today + DAY)))
    found = {unit.id: unit for unit, _ in finding.units(today, with_words=False)}
    assert town.mill not in found
    assert found[town.lathe].retired_on == today + DAY
