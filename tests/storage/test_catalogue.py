"""What the catalogue keeps: codes once, no unit smaller than what is held of it, the same answers on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, insert, select, update
from sqlalchemy.exc import DBAPIError

from app.booking.actions import reshaping
from app.booking.store.held import held_from
from app.booking.store.ledger import missing_guards
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.catalogue.actions import places as places_actions
from app.catalogue.rules.form import AssetForm, BaseForm, LabForm, UnitForm
from app.catalogue.rules.ownership import Stake
from app.catalogue.rules.unit import Held, HeldThen, HeldUntil, Thing
from app.catalogue.store import browsing, exchange, places, shares, units
from app.catalogue.store.narrowing import Wanted
from app.catalogue.tables import Unit
from app.consortium.rules.office import Actor, Appointment
from app.database import db, session, transaction, violated_constraint
from app.foundation.refusal import Invalid, Refused
from app.foundation.timespan import local_day
from tests import world

NOW = datetime.now(UTC).replace(microsecond=0)
TODAY = date(2026, 9, 7)


def administrator(of: int) -> Actor:
    person = world.person("admin@x.cn", "管理员", of, "administrator")
    return Actor(person, "管理员", of, (Appointment("administrator", of, None, world.LONG_AGO, None),))


def hold(unit_id: int, member_id: int, quantity: int, start: datetime, hours: int = 2) -> None:
    """A confirmed booking of so many of a unit, written straight into the ledger."""

    def do() -> None:
        someone = session().scalar(select(world.Person.id).order_by(world.Person.id))
        when = {"starts_at": start, "ends_at": start + timedelta(hours=hours)}
        booking = insert(Booking).values(
            uid=f"{unit_id}-{start}-{quantity}",
            title="课",
            purpose="teaching",
            note="",
            version=1,
            requester_id=someone,
            holder_id=someone,
            member_id=member_id,
            created_at=NOW,
            changed_at=NOW,
        )
        booking_id = session().execute(booking.returning(Booking.id)).scalar_one()
        dated = insert(BookingDate).values(
            booking_id=booking_id, periods="", state="confirmed", sequence=0, changed_at=NOW, **when
        )
        date_id = session().execute(dated.returning(BookingDate.id)).scalar_one()
        taken = {"exclusive": False, "holds": True, "asked": True, **when}
        session().execute(insert(Allocation).values(unit_id=unit_id, date_id=date_id, quantity=quantity, **taken))

    transaction(do)


@pytest.fixture
def pool(kept):
    """Five identical welders, an administrator who may do all, and the member they belong to."""
    college = world.member("college")
    actor = administrator(college)
    welders = world.unit(world.lab(world.training_base("B1", college), "A101"), "T", "pool", capacity=5)
    return welders, actor, college


def change(actor: Actor, unit_id: int, capacity: int, version: int = 1) -> None:
    form = UnitForm("pool", "T", "焊机", capacity=capacity)
    transaction(lambda: reshaping.change_unit(actor, unit_id, version, form, AssetForm(), now=NOW))


def test_the_guard_stands(kept):
    assert missing_guards() == []


def test_held_is_the_fullest_moment_from_now_on(pool):
    welders, _, college = pool
    hold(welders, college, 5, NOW - timedelta(days=2))
    hold(welders, college, 2, NOW + timedelta(hours=1))
    hold(welders, college, 2, NOW + timedelta(hours=2))
    hold(welders, college, 3, NOW + timedelta(hours=4))
    assert held_from([welders], NOW) == {
        welders: Held(4, NOW + timedelta(hours=2), NOW + timedelta(hours=6)),
    }


def test_a_pool_shrinks_to_what_is_held_and_no_further(pool):
    welders, actor, college = pool
    hold(welders, college, 3, NOW + timedelta(hours=1))
    with pytest.raises(Refused) as refused:
        change(actor, welders, 2)
    assert refused.value.reasons == (HeldThen(welders, 2, 3, NOW + timedelta(hours=1)),)
    change(actor, welders, 3)
    change(actor, welders, 8, version=2)


def test_what_is_over_does_not_count(pool, request):
    if request.config.getoption("today", None):
        pytest.skip("the database's guard goes by the database's own clock, which --today cannot move")
    welders, actor, college = pool
    hold(welders, college, 5, NOW - timedelta(days=3))
    change(actor, welders, 1)


@pytest.mark.parametrize("columns", [{"capacity": 2}, {"kind": "stations"}])
def test_the_database_itself_refuses_when_the_check_is_passed_by(pool, columns):
    welders, _, college = pool
    hold(welders, college, 3, NOW + timedelta(hours=1))
    with pytest.raises(DBAPIError) as refused:
        transaction(lambda: session().execute(update(Unit).where(Unit.id == welders).values(**columns)))
    assert "catalogue_unit_guard" in violated_constraint(refused.value)


def test_the_guards_refusal_is_an_ordinary_one(pool):
    welders, _, college = pool
    hold(welders, college, 3, NOW + timedelta(hours=1))
    with pytest.raises(Refused) as refused:
        transaction(lambda: places.raise_version(Thing("unit", welders), 1, capacity=2))
    assert refused.value.reasons == (Invalid("capacity", "held"),)


@pytest.mark.slow
def test_shrinking_and_booking_at_the_same_time_never_leave_more_held_than_there_is(kept):
    """Thirty pools of five: one thread shrinks each to two while another takes three of it. One of them loses."""
    college = world.member("college")
    actor = administrator(college)
    hall = world.lab(world.training_base("B1", college), "A101")
    pools = [world.unit(hall, f"T{number}", "pool", capacity=5) for number in range(30)]
    lost: list[str] = []

    def shrink() -> None:
        with kept.app_context():
            for number, unit_id in enumerate(pools):
                form = UnitForm("pool", f"T{number}", "焊机", capacity=2)
                _try(lambda f=form, u=unit_id: reshaping.change_unit(actor, u, 1, f, AssetForm(), now=NOW), lost)

    def book() -> None:
        with kept.app_context():
            for unit_id in pools:
                try:
                    hold(unit_id, college, 3, NOW + timedelta(days=1))
                except DBAPIError:
                    lost.append("booking")

    threads = [threading.Thread(target=shrink), threading.Thread(target=book)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = held_from(pools, NOW)
    sizes = dict(session().execute(select(Unit.id, Unit.capacity)).all())
    assert all(held[unit_id].most <= sizes[unit_id] for unit_id in held)
    assert len(lost) == 30


def _try(do, lost: list[str]) -> None:
    try:
        transaction(do)
    except Refused:
        lost.append("shrinking")


def test_nothing_goes_while_it_is_held(pool):
    welders, actor, college = pool
    hold(welders, college, 1, NOW + timedelta(days=2))
    day = (NOW + timedelta(days=1)).date()
    for thing in (Thing("unit", welders), Thing("lab", 1), Thing("base", 1)):
        with pytest.raises(Refused) as refused:
            transaction(lambda thing=thing: reshaping.retire(actor, thing, 1, day, now=NOW))
        assert refused.value.reasons == (HeldUntil(welders, NOW + timedelta(days=2, hours=2)),)
    later = (NOW + timedelta(days=4)).date()
    transaction(lambda: reshaping.retire(actor, Thing("base", 1), 1, later, now=NOW))


# ── codes ──


def test_a_code_is_there_once_also_when_the_check_is_passed_by(kept, monkeypatch):
    college = world.member("college")
    actor = administrator(college)
    parties = dict.fromkeys(("host", "operator", "keeper"), college)
    form = BaseForm("B1", "training_base", "基地")

    def add() -> int:
        return transaction(lambda: places_actions.add_base(actor, form, parties, now=NOW))

    base = add()
    monkeypatch.setattr(places, "is_code_taken", lambda *_, **__: False)
    with pytest.raises(Refused) as refused:
        add()
    assert refused.value.reasons == (Invalid("code", "in_use"),)
    lab = LabForm("A101", "车间")
    transaction(lambda: places_actions.add_lab(actor, base, lab, now=NOW))
    with pytest.raises(Refused) as refused:
        transaction(lambda: places_actions.add_lab(actor, base, lab, now=NOW))
    assert refused.value.reasons == (Invalid("code", "in_use"),)


def test_a_base_is_its_hosts_from_the_first_day(kept):
    college, company = world.member("college"), world.member("company", "company")
    parties = {"host": college, "operator": company, "keeper": college}
    form = BaseForm("B1", "factory_in_school", "校中厂")
    actor = administrator(college)
    base = transaction(lambda: places_actions.add_base(actor, form, parties, now=NOW))
    standing = shares.standing(Thing("base", base))
    assert standing.parties() == parties
    assert [(stake.member_id, stake.share) for stake in standing.owners(NOW.date() + timedelta(days=1))] == [
        (college, 10000)
    ]


# ── whose it is ──


def test_a_unit_takes_owners_and_parties_from_lab_and_base(kept):
    college, company, park = world.member("college"), world.member("company", "company"), world.member("park", "park")
    base = world.training_base("B1", college)
    hall = world.lab(base, "A101")
    lathe = world.unit(hall, "C-01")
    world.owns(college, base_id=base)
    world.owns(company, 6000, since=date(2026, 9, 1), unit_id=lathe)
    world.owns(college, 4000, since=date(2026, 9, 1), unit_id=lathe)
    transaction(lambda: shares.set_parties(Thing("lab", hall), {"keeper": park}))
    transaction(lambda: shares.set_parties(Thing("unit", lathe), {"operator": company}))
    standing = shares.standing(Thing("unit", lathe))
    assert standing.parties() == {"host": college, "operator": company, "keeper": park}
    assert standing.owners(date(2026, 8, 31)) == (Stake(college, 10000, world.LONG_AGO),)
    assert [stake.share for stake in standing.owners(date(2026, 9, 1))] == [6000, 4000]
    assert standing.placement(date(2026, 8, 31)).owner_member_ids == {college, company, park}
    assert standing.placement_of_owners(date(2026, 8, 31)).owner_member_ids == {college}
    assert shares.standing(Thing("unit", 999)) is None


def test_only_todays_owners_are_on_its_side(kept):
    """Sold yesterday, bought from tomorrow on: neither has a say today."""
    college, before, after = (world.member(code) for code in ("college", "before", "after"))
    lathe = world.unit(world.lab(world.training_base("B1", college), "A101"), "C-01")
    today = local_day(NOW)
    world.owns(before, until=today, unit_id=lathe)
    world.owns(college, since=today, until=today + timedelta(days=1), unit_id=lathe)
    world.owns(after, since=today + timedelta(days=1), unit_id=lathe)
    assert units.owner_side([lathe], today)[lathe] == {college}


# ── lists ──


def test_lists_come_in_the_same_order_on_both_databases(kept):
    college = world.member("college")
    names = ["数控", "焊接", "CNC", "cnc", "Älter", "_a", "10", "9", "数 控"]
    for number, name in enumerate(names):
        world.training_base(f"B{number}", college, name_zh=name)
    listed = [line.name_zh for line in browsing.bases(Wanted(), TODAY, "name")]
    assert listed == sorted(names)
    assert [line.name_zh for line in browsing.bases(Wanted(), TODAY, "-name")] == sorted(names, reverse=True)


def test_labs_count_what_stands_in_them(kept):
    base = world.training_base("B1", world.member("college"))
    hall = world.lab(base, "A101")
    world.unit(hall, "1")
    world.unit(hall, "2")
    world.unit(hall, "3", retired_on=date(2026, 1, 1))
    world.unit(hall, "4", "pool", capacity=5)
    world.unit(hall, "5", "stations", capacity=20)
    [line] = browsing.labs(base, TODAY)
    assert (line.machines, line.pools, line.stations, line.room_id) == (2, 5, 20, world.room(hall))


def test_a_whole_base_is_read_as_a_sheet_in_three_questions(kept):
    base = world.training_base("B1", world.member("college"))
    for number in range(5):
        world.unit(world.lab(base, f"A{number}"), "X", sharing="external")
    seen = []
    event.listen(db.engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
    found = exchange.entries([base])
    assert len([text for text in seen if text.startswith("SELECT")]) == 3
    assert list(found)[:2] == [("B1", "A0", "A0"), ("B1", "A0", "X")]
