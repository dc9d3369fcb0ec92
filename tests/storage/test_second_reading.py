"""What a second, suspicious reading found: the past stays as it was, an answer is its keeper's, a yes takes what it judged."""

from __future__ import annotations

import itertools
import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.booking.actions import adding, asking, changing, closing, deciding, lifting, listing
from app.booking.actions.changing import Changes
from app.booking.actions.situation import NO_TIME_LIMITS
from app.booking.rules.conflict import InThePast, OverlapsItself
from app.booking.rules.course import AlreadyOver
from app.booking.rules.request import Asked, Slot, Want
from app.booking.store import bookings
from app.booking.tables.bookings import Allocation
from app.catalogue.tables import Unit
from app.consortium.rules.office import Actor, Appointment
from app.database import session, transaction
from app.foundation.refusal import NotAllowed, Refused
from app.foundation.timespan import Span, local_day
from app.timetable.tables import Opening
from tests import world
from tests.storage.town import Town

NOW = datetime.now(UTC)
_uids = itertools.count(1)


@pytest.fixture
def town(kept):
    return Town()


def asks(who: Actor, *slots: Span, units: tuple[int, ...], limits=None) -> int:
    asked = Asked(
        tuple(Want(unit) for unit in units),
        tuple(Slot(span) for span in slots),
        "teaching",
        "Turning",
        who.member_id or 0,
        who.person_id,
    )
    uid = f"second-{next(_uids)}"
    return transaction(lambda: asking.request(who, asked, now=NOW, uid=uid, limits=limits)).booking_id


def found(booking_id: int):
    session().rollback()
    kept = bookings.find(booking_id)
    assert kept
    return kept


def changed(who: Actor, booking_id: int, **what):
    version = found(booking_id).version
    return transaction(lambda: changing.change(who, booking_id, version, Changes(**what), now=NOW))


def approved(who: Actor, booking_id: int):
    version = found(booking_id).version
    return transaction(lambda: deciding.approve(who, booking_id, version, now=NOW))


def sets(unit_id: int, **columns) -> None:
    transaction(lambda: session().execute(update(Unit).where(Unit.id == unit_id).values(**columns)))


def reasons_of(refused) -> list[type]:
    return [type(reason) for reason in refused.value.reasons]


# ── what has been stays as it was ──


def test_a_date_that_is_over_is_not_rewritten_because_another_is_to_come(town):
    transaction(lambda: session().execute(update(Opening).values(start_minute=0, end_minute=1440)))
    wang = town.actor(town.wang, town.blue)
    over = Span(NOW - timedelta(days=2, hours=4), NOW - timedelta(days=2))
    booking = asks(wang, over, town.span(10, 12), units=(town.lathe,), limits=NO_TIME_LIMITS)
    date = found(booking).dates[0]
    for other in (Span(over.start, over.start + timedelta(minutes=5)), town.span(14, 16)):
        with pytest.raises(Refused) as refused:
            changed(wang, booking, slots={date.id: Slot(other)})
        assert reasons_of(refused) == [AlreadyOver]
    assert found(booking).dates[0].span == over


def test_a_date_that_has_begun_takes_no_other_date_into_the_past(town):
    transaction(lambda: session().execute(update(Opening).values(start_minute=0, end_minute=1440)))
    wang = town.actor(town.wang, town.blue)
    running = Span(NOW - timedelta(hours=3), NOW + timedelta(hours=1))
    booking = asks(wang, running, town.span(10, 12, day=2), units=(town.lathe,), limits=NO_TIME_LIMITS)
    first, second = found(booking).dates
    shorter = Slot(Span(running.start, NOW - timedelta(hours=2)))
    past = Slot(Span(NOW - timedelta(hours=1), NOW + timedelta(hours=1)))
    with pytest.raises(Refused) as refused:
        changed(wang, booking, slots={first.id: shorter, second.id: past})
    assert reasons_of(refused) == [InThePast]
    changed(wang, booking, slots={first.id: Slot(Span(running.start, NOW + timedelta(hours=2)))})


def test_new_words_are_not_refused_for_dates_that_stay(town):
    """Cleaning set since would keep the two dates apart, were they asked for today."""
    wang = town.actor(town.wang, town.blue)
    booking = asks(wang, town.span(10, 12), town.span(12, 14), units=(town.lathe,))
    sets(town.lathe, cleaning_minutes=30)
    assert changed(wang, booking, title="Milling").title == "Milling"


# ── a yes takes what it judged ──


def test_a_date_is_not_moved_onto_another_of_the_same_request_that_waits_without_holding(town):
    sets(town.lathe, needs_approval=True, holds_while_waiting=False, cleaning_minutes=60)
    wang = town.actor(town.wang, town.blue)
    booking = asks(wang, town.span(8, 10), town.span(12, 14), units=(town.lathe,))
    second = found(booking).dates[1]
    with pytest.raises(Refused) as refused:
        changed(wang, booking, slots={second.id: Slot(town.span(9, 11))})
    assert reasons_of(refused) == [OverlapsItself]
    version = found(booking).version
    slots = [Slot(town.span(14, 16))]
    with pytest.raises(Refused) as refused:
        transaction(lambda: adding.add_dates(wang, booking, version, slots, now=NOW))
    assert reasons_of(refused) == [OverlapsItself]


def test_a_yes_takes_the_time_it_has_judged_and_no_more(town, caplog):
    """Cleaning was an hour when it was asked for and is none now: what comes next is no reason against it."""
    caplog.set_level(logging.ERROR)
    sets(town.lathe, needs_approval=True, holds_while_waiting=False, cleaning_minutes=60)
    wang, li = town.actor(town.wang, town.blue), town.actor(town.li, town.red)
    keeper = town.actor(town.keeper, town.blue, "keeper")
    first, second = asks(wang, town.span(8, 10), units=(town.lathe,)), asks(li, town.span(10, 12), units=(town.lathe,))
    sets(town.lathe, cleaning_minutes=0)
    assert approved(keeper, second).state == "confirmed"
    assert approved(keeper, first).state == "confirmed"
    assert not caplog.records
    taken = select(Allocation.starts_at, Allocation.ends_at).where(Allocation.unit_id == town.lathe, Allocation.holds)
    spans = sorted(Span(*row) for row in session().execute(taken))
    assert spans == [town.span(8, 10), town.span(10, 12)]


def test_nobody_is_asked_any_more_once_nothing_waits(town):
    sets(town.lathe, needs_approval=True)
    wang, keeper = town.actor(town.wang, town.blue), town.actor(town.keeper, town.blue, "keeper")
    booking = asks(wang, town.span(10, 12), units=(town.lathe,))
    assert listing.waiting_count(keeper) == 1
    assert changed(wang, booking, wants=(Want(town.mill),)).state == "confirmed"
    session().rollback()
    assert listing.waiting_count(keeper) == 0
    assert [approval.state for approval in found(booking).approvals] == ["withdrawn"]


# ── whose answer it is ──


def office(member: int, role: str, base: int | None = None) -> Actor:
    return Actor(9_999, "", member, (Appointment(role, member, base, world.LONG_AGO, None),), on=local_day(NOW))


@pytest.fixture
def guest(town):
    """Red owns one lab and one machine in it inside blue's base."""
    lab = world.lab(town.base, "guests")
    town.guests_room, town.guests_press = world.room(lab), world.unit(lab, "press")
    world.owns(town.red, lab_id=lab)
    town.guest = office(town.red, "member_admin")
    town.guest_keeper = office(town.red, "keeper", town.base)
    town.host = office(town.blue, "member_admin")
    return town


def test_who_owns_one_lab_neither_closes_nor_opens_the_whole_base(guest):
    span = guest.span(10, 12)
    for who in (guest.guest, guest.guest_keeper):
        with pytest.raises(Refused) as refused:
            transaction(lambda who=who: closing.close(who, "closure", "base", guest.base, span, "mine", now=NOW))
        assert reasons_of(refused) == [NotAllowed]
    closure = transaction(lambda: closing.close(guest.host, "closure", "base", guest.base, span, "fair", now=NOW))
    for who in (guest.guest, guest.guest_keeper):
        with pytest.raises(Refused) as refused:
            transaction(lambda who=who: lifting.lift(who, closure, now=NOW))
        assert reasons_of(refused) == [NotAllowed]
    transaction(lambda: lifting.lift(guest.host, closure, now=NOW))
    later = guest.span(14, 16)
    own = transaction(
        lambda: closing.close(guest.guest, "maintenance", "unit", guest.guests_press, later, "oil", now=NOW)
    )
    transaction(lambda: lifting.lift(guest.guest, own, now=NOW))


def test_who_owns_one_machine_alone_closes_it_and_opens_it_again(town):
    world.owns(town.red, unit_id=town.mill)
    who, span = office(town.red, "member_admin"), town.span(10, 12)
    closure = transaction(lambda: closing.close(who, "maintenance", "unit", town.mill, span, "oil", now=NOW))
    transaction(lambda: lifting.lift(who, closure, now=NOW))


@pytest.mark.parametrize("own_needs_it", [True, False])
def test_nobody_says_yes_for_anothers_machine_by_asking_for_ones_own_beside_it(guest, own_needs_it):
    sets(guest.lathe, needs_approval=True)
    sets(guest.guests_press, needs_approval=own_needs_it)
    li = guest.actor(guest.li, guest.red)
    both = asks(li, guest.span(10, 12), units=(guest.lathe, guest.guests_press))
    with pytest.raises(Refused) as refused:
        approved(guest.guest, both)
    assert reasons_of(refused) == [NotAllowed]
    session().rollback()
    assert (listing.waiting_count(guest.guest), listing.waiting_count(guest.host)) == (0, 1)
    assert approved(guest.host, both).state == "confirmed"
    sets(guest.guests_press, needs_approval=True)
    alone = asks(li, guest.span(14, 16), units=(guest.guests_press,))
    session().rollback()
    assert listing.waiting_count(guest.guest) == 1
    assert approved(guest.guest, alone).state == "confirmed"


def test_a_keeper_reads_nothing_of_rivals_for_units_that_are_not_hers(guest):
    for unit in (guest.lathe, guest.guests_press):
        sets(unit, needs_approval=True, holds_while_waiting=False)
    other_base = world.training_base("B2", guest.red)
    theirs = world.unit(world.lab(other_base, "theirs"), "robot", needs_approval=True, holds_while_waiting=False)
    wang, li = guest.actor(guest.wang, guest.blue), guest.actor(guest.li, guest.red)
    asks(wang, guest.span(10, 12), units=(guest.lathe, theirs))
    rival = asks(li, guest.span(10, 12), units=(theirs,))
    session().rollback()
    hosts, guests = (
        {each.booking_id for waiting in listing.waiting(keeper).lines for each in waiting.rivals}
        for keeper in (guest.host, guest.guest)
    )
    assert rival not in hosts
    assert rival in guests
