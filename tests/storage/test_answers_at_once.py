"""R7: two who answer at one moment about one thing wait for one another in one order; neither is turned away by a deadlock."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest

from app import database
from app.booking.actions import counter_offering, deciding, serving
from app.booking.rules.waiting import StandbyForm
from app.booking.store import bookings, counter_offers
from app.booking.store import waiting as line
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor, Appointment
from app.database import session, transaction
from app.foundation.refusal import Refused
from app.foundation.timespan import Span, at_local, local_day
from tests import world
from tests.storage.test_chains import NOW, Council, found

pytestmark = pytest.mark.database("postgresql")
A_WHILE = 0.15
"""Seconds that each lock is looked at, so that the other has certainly taken its own first one by then."""


@pytest.fixture
def town(kept) -> Council:
    return Council()


@pytest.fixture
def again(monkeypatch) -> Counter[str]:
    """How often a transaction had to begin anew; everybody who locks something looks at it for a while."""
    seen: Counter[str] = Counter()
    usual = database._worth_another_try

    def worth(error: Any) -> bool:
        seen[getattr(error.orig, "sqlstate", "")] += 1
        return usual(error)

    def lingering(store: Any) -> Callable[..., Any]:
        find = store.find

        def finds(number: int, *, lock: bool = False) -> Any:
            kept = find(number, lock=lock)
            if lock:
                time.sleep(A_WHILE)
            return kept

        return finds

    monkeypatch.setattr(database, "_worth_another_try", worth)
    for store in (bookings, counter_offers):
        monkeypatch.setattr(store, "find", lingering(store))
    return seen


def at_once(app: Any, *deeds: Callable[[], Any]) -> list[str]:
    """Each in a thread of its own, all in one moment; `done`, or the code of the refusal."""
    start = Barrier(len(deeds))
    session().rollback()

    def does(deed: Callable[[], Any]) -> str:
        with app.app_context():
            start.wait()
            try:
                transaction(deed)
            except Refused as refused:
                return refused.reasons[0].code
        return "done"

    with ThreadPoolExecutor(len(deeds)) as crowd:
        return list(crowd.map(does, deeds))


@pytest.mark.parametrize("answers", ["accept", "decline"])
def test_taking_another_time_while_the_keeper_refuses(town, app, again, answers):
    booking = town.asks(town.lis, town.lathe)
    kept = found(booking)
    offer = transaction(
        lambda: counter_offering.propose(
            town.chief, booking, kept.version, kept.dates[0].id, town.span(14, 16), now=NOW
        )
    )
    hers = getattr(counter_offering, answers)
    said = at_once(
        app,
        lambda: hers(town.lis, offer, now=NOW),
        lambda: deciding.refuse(town.other_keeper, booking, kept.version, note="no", reason="other", now=NOW),
    )
    assert not again, again
    one, other = said
    if answers == "accept":
        assert (one, other) in (
            ("done", "not_waiting"),
            ("counter_offer_is_over", "done"),
            ("done", "changed_meanwhile"),
        )
    else:
        assert other == "done"
        assert one in ("done", "counter_offer_is_over")
    assert counter_offers.find(offer).state != "open"


def test_two_who_free_what_is_waited_for_together_do_not_wait_for_each_other(kept, app, again):
    """Each has a lab of her own; somebody waits for a machine of both labs together. Neither asks for the other's lab."""
    owner = world.member("OWNER")
    base = world.training_base("BASE", owner)
    machines = [world.unit(world.lab(base, name), f"{name} machine") for name in ("first", "second")]
    person = world.person("her@x.example", "Her", owner, "booker")
    who = Actor(person, "Her", owner, (Appointment("booker", owner, None, date(2020, 1, 1), None),), on=NOW.date())
    day = local_day(NOW) + timedelta(days=3)
    form = StandbyForm(
        tuple(machines), 1, day, day, (day.isoweekday(),), 600, 660, 60, "", "t", "teaching", together=(1, 1)
    )
    transaction(lambda: line.add(person, owner, 0, form, NOW))
    span = Span(at_local(day, 600), at_local(day, 660))
    both_have_theirs = Barrier(2)

    def frees(machine: int) -> Callable[[], Any]:
        def does() -> None:
            catalogue.hold_units([machine])
            both_have_theirs.wait(10)
            serving.serve(who, [(machine, span)], now=NOW)

        return does

    assert at_once(app, *map(frees, machines)) == ["done", "done"]
    assert again == Counter()
