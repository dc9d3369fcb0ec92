"""Ways round the rules that somebody might try: through a hand-over, an exchange, another base, an appeal."""

from __future__ import annotations

import pytest

from app.booking.actions import asking, changing, counter_offering, delegating, passing
from app.booking.rules.chain import GRANT, ApprovesOwn, Step
from app.booking.rules.conflict import Overlaps
from app.booking.rules.counter_offer import CounterOfferIsOver
from app.booking.rules.request import Asked, Slot, Want
from app.consortium.rules.office import Actor
from app.database import transaction
from app.entrypoints.jobs.approvals import run_approvals
from app.foundation.refusal import NotAllowed, Refused
from app.usage.actions import presence
from app.usage.rules.presence import AskTheKeeper
from tests import world
from tests.storage.test_chains import NOW, Council, after_the_time, asked_of, found, parts, why_not, yes


@pytest.fixture
def town(kept) -> Council:
    return Council()


def hands_over(who: Actor, booking_id: int, to: Actor) -> str:
    version = found(booking_id).version
    proposal = transaction(lambda: passing.propose_hand_over(who, booking_id, version, to.person_id, now=NOW))
    return transaction(lambda: passing.accept(to, proposal, now=NOW)).state


# ── nobody agrees to her own (R23) ──


def test_who_agreed_and_then_takes_it_over_has_it_agreed_to_by_somebody_else(town):
    booking = town.asks(town.wangs, town.lathe)
    assert yes(town.chief, booking) == "confirmed"
    assert hands_over(town.wangs, booking, town.chief) == "waiting"
    assert why_not(yes, town.chief, booking) == [ApprovesOwn]
    assert yes(town.other_keeper, booking) == "confirmed"


def test_what_a_stand_in_agreed_to_in_her_place_counts_as_hers(town):
    town.chain(Step(("safety",)))
    boss = town._as(town.safety.person_id, town.blue, "safety", "booker")
    booking = town.asks(town.wangs, town.lathe)
    today = boss.on
    transaction(lambda: delegating.delegate(town.safety, town.other_keeper.person_id, today, today, now=NOW))
    assert yes(town.other_keeper, booking) == "confirmed"
    assert hands_over(town.wangs, booking, boss) == "waiting"
    assert asked_of(booking) == ["owner_admin"]


def test_in_one_organisation_what_others_agreed_to_stays_agreed(town):
    booking = town.asks(town.wangs, town.lathe)
    assert yes(town.other_keeper, booking) == "confirmed"
    assert hands_over(town.wangs, booking, town.chief) == "confirmed"


def test_who_is_asked_and_takes_it_over_does_not_consent_by_her_own_silence(town):
    town.chain(Step(("safety",), silence=GRANT))
    boss = town._as(town.safety.person_id, town.blue, "safety", "booker")
    booking = town.asks(town.wangs, town.lathe)
    assert asked_of(booking) == ["safety"]
    assert hands_over(town.wangs, booking, boss) == "waiting"
    assert [(part.party, part.raised) for part in parts(booking)] == [("owner_admin", "own")]
    assert run_approvals(after_the_time(booking)) == "escalate: 1"


def test_who_proposed_another_time_and_then_takes_it_over_has_not_agreed_by_that(town):
    booking = town.asks(town.wangs, town.lathe)
    kept = found(booking)
    offer = transaction(
        lambda: counter_offering.propose(
            town.chief, booking, kept.version, kept.dates[0].id, town.span(14, 16), now=NOW
        )
    )
    assert hands_over(town.wangs, booking, town.chief) == "waiting"
    assert why_not(lambda: transaction(lambda: counter_offering.accept(town.chief, offer, now=NOW))) == [
        CounterOfferIsOver
    ]
    assert found(booking).state == "waiting"


def test_what_was_agreed_to_as_practice_is_no_competition_until_that_is_agreed_to(town):
    """Else anybody made her booking one that nobody can displace, after the keeper had looked."""
    town.needs_a_yes(town.lathe, holds=False)
    booking = town.asks(town.wangs, town.lathe)
    assert yes(town.chief, booking) == "confirmed"

    def relabels(**how: str) -> str:
        version = found(booking).version
        return transaction(
            lambda: changing.change(town.wangs, booking, version, changing.Changes(**how), now=NOW)
        ).state

    assert relabels(title="Milling", purpose="teaching") == "confirmed", "the same purpose, other words"
    assert relabels(purpose="competition") == "waiting"
    assert asked_of(booking) == ["keeper"]
    assert why_not(town.asks, town.lis, town.lathe) == [Overlaps], "it is still hers"
    assert yes(town.chief, booking) == "confirmed"
    assert found(booking).purpose == "competition"


# ── whose time it is gives it away ──


def test_a_keeper_gives_nobody_s_time_to_somebody_else(town):
    hers = town.asks(town.wangs, town.mill)
    version, date_id = found(hers).version, found(hers).dates[0].id
    at = town.span(14, 16).start

    def hand_over(who: Actor) -> int:
        return passing.propose_hand_over(who, hers, version, town.li, now=NOW)

    def swap(who: Actor) -> int:
        return passing.propose_swap(who, hers, version, date_id, town.lathe, at, now=NOW)

    for way in (hand_over, swap):
        assert why_not(lambda way=way: transaction(lambda: way(town.chief))) == [NotAllowed]
    assert transaction(lambda: hand_over(town.head)), "her own organisation's administrator may"


# ── a booking over two bases: each keeper speaks for her own ──


def test_a_keeper_who_lets_somebody_stay_longer_agrees_for_her_own_base_only(town):
    base = world.training_base("B9", town.red)
    press = world.unit(world.lab(base, "L9"), "press", needs_approval=True)
    reds = town._somebody("reds", town.red, "keeper")
    asked = Asked((Want(town.lathe), Want(press)), (Slot(town.span(8, 10)),), "teaching", "Both", town.blue, town.wang)
    booking = transaction(lambda: asking.request(town.wangs, asked, now=NOW, uid="both")).booking_id
    assert [yes(town.chief, booking), yes(reds, booking)] == ["waiting", "confirmed"]

    def extends(who: Actor) -> str:
        kept = found(booking)
        during = town.span(9, 10).start
        return transaction(lambda: presence.extend(who, booking, kept.version, kept.dates[0].id, now=during)).state

    for who in (town.chief, reds):
        with pytest.raises(Refused) as refused:
            extends(who)
        assert [type(each) for each in refused.value.reasons] == [AskTheKeeper]
    assert extends(town.top) == "confirmed"
