"""R23: nobody gets an approved thing without all that had to agree, nobody agrees to her own, and nothing waits for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.booking.actions import (
    answerers,
    asking,
    chains,
    changing,
    counter_offering,
    deciding,
    delegating,
    listing,
)
from app.booking.rules.chain import ALL_OF, GRANT, ApprovesOwn, NeedsReason, Step
from app.booking.rules.conflict import Overlaps
from app.booking.rules.counter_offer import CounterOfferIsOver
from app.booking.rules.course import NeedsWords
from app.booking.rules.request import Asked, Slot, Want
from app.booking.store import bookings, counter_offers
from app.booking.store import chains as store
from app.catalogue.tables import Asset, Unit
from app.consortium.rules.office import Actor, Appointment
from app.consortium.tables.people import Setting
from app.database import session, transaction
from app.entrypoints.jobs.approvals import run_approvals
from app.foundation.refusal import NotAllowed, Refused
from app.foundation.timespan import DAY, local_day
from app.outbox.tables import Message
from app.trail.tables import Entry
from tests import world
from tests.storage.town import Town

NOW = datetime.now(UTC)


class Council(Town):
    """Red has a share in the lathe; an approver at red, a safety officer and a head at blue; the lathe needs a yes."""

    def __init__(self) -> None:
        super().__init__()
        self.head = self._somebody("head", self.blue, "member_admin")
        self.other_keeper = self._somebody("keeper2", self.blue, "keeper")
        self.safety = self._somebody("safety", self.blue, "safety")
        self.tutor = self._somebody("tutor", self.red, "approver")
        self.director = self._somebody("director", self.red, "member_admin")
        self.wangs, self.lis = self.actor(self.wang, self.blue), self.actor(self.li, self.red)
        self.chief = self._as(self.keeper, self.blue, "keeper", "booker")
        self.top = self.actor(self.admin, self.blue, "administrator")
        self.needs_a_yes(self.lathe)

    def _somebody(self, name: str, of: int, *roles: str) -> Actor:
        return self._as(world.person(f"{name}@y.example", name, of, *roles), of, *roles)

    def _as(self, person_id: int, member_id: int, *roles: str) -> Actor:
        offices = tuple(Appointment(role, member_id, None, world.LONG_AGO, None) for role in roles)
        return Actor(person_id, "", member_id, offices, on=local_day(NOW))

    def span(self, start: int, end: int, day: int = 0):
        """Eight weeks ahead, so that every time to answer is over before."""
        return super().span(start, end, day + 56)

    def needs_a_yes(self, *units: int, holds: bool = True) -> None:
        values = {"needs_approval": True, "holds_while_waiting": holds}
        transaction(lambda: session().execute(update(Unit).where(Unit.id.in_(units)).values(**values)))

    def chain(self, *steps: Step, kind: str = "any", unit: int | None = None) -> None:
        scope, scope_id = ("unit", unit) if unit else ("base", self.base)
        transaction(lambda: store.set_chain(scope, scope_id, kind, steps))

    def asks(self, who: Actor, unit: int, start: int = 8, end: int = 10, day: int = 0) -> int:
        asked = Asked(
            (Want(unit),),
            (Slot(self.span(start, end, day)),),
            "teaching",
            "Turning",
            who.member_id or 0,
            who.person_id,
        )
        self.count += 1
        return transaction(lambda: asking.request(who, asked, now=NOW, uid=f"c{self.count}")).booking_id


@pytest.fixture
def town(kept):
    return Council()


def yes(who: Actor, booking_id: int) -> str:
    version = found(booking_id).version
    return transaction(lambda: deciding.approve(who, booking_id, version, now=NOW)).state


def no(who: Actor, booking_id: int, **how) -> str:
    version = found(booking_id).version
    return transaction(lambda: deciding.refuse(who, booking_id, version, now=NOW, **how)).state


def found(booking_id: int):
    session().rollback()
    kept = bookings.find(booking_id)
    assert kept
    return kept


def asked_of(booking_id: int) -> list[str]:
    session().rollback()
    return sorted(part.party for part in store.answers([booking_id])[booking_id] if part.state == "waiting")


def parts(booking_id: int):
    session().rollback()
    return store.answers([booking_id])[booking_id]


def why_not(do, *arguments, **how) -> list[type]:
    with pytest.raises(Refused) as refused:
        do(*arguments, **how)
    session().rollback()
    return [type(reason) for reason in refused.value.reasons]


def after_the_time(booking_id: int) -> datetime:
    return max(part.due_at for part in parts(booking_id) if part.state == "waiting" and part.due_at)


def test_without_a_chain_the_keeper_alone_is_asked_as_ever(town):
    booking = town.asks(town.lis, town.lathe)
    assert asked_of(booking) == ["keeper"]
    assert yes(town.chief, booking) == "confirmed"


def test_step_by_step_department_then_keeper_and_owner_both_then_safety(town):
    world.owns(town.blue, 5000, unit_id=town.lathe)
    town.chain(Step(("department",)), Step(("keeper", "owner"), ALL_OF), Step(("safety",)), kind="member")
    booking = town.asks(town.lis, town.lathe)
    assert asked_of(booking) == ["department"]
    assert why_not(yes, town.chief, booking) == [NotAllowed]
    assert [listing.waiting_count(who) for who in (town.tutor, town.chief, town.safety)] == [1, 0, 0]
    assert yes(town.tutor, booking) == "waiting"
    assert asked_of(booking) == ["keeper", "owner"]
    assert yes(town.chief, booking) == "waiting"
    assert why_not(yes, town.other_keeper, booking) == [NotAllowed]
    assert yes(town.head, booking) == "waiting"
    assert [listing.waiting_count(who) for who in (town.tutor, town.chief, town.safety)] == [0, 0, 1]
    assert yes(town.safety, booking) == "confirmed"
    assert [each.state for each in found(booking).approvals] == ["approved"]


def test_each_kind_of_requester_has_a_chain_and_a_unit_s_own_comes_first(town):
    town.chain(Step(("safety",)), kind="own")
    town.chain(Step(("owner",)), kind="member")
    town.chain(Step(("department",)), kind="any", unit=town.mill)
    town.needs_a_yes(town.mill)
    assert asked_of(town.asks(town.wangs, town.lathe)) == ["safety"]
    assert asked_of(town.asks(town.lis, town.lathe, 10, 12)) == ["owner"]
    assert asked_of(town.asks(town.lis, town.mill, 10, 12)) == ["department"]


def test_a_no_needs_a_reason_and_words_and_ends_it_at_any_step(town):
    town.chain(Step(("department",)), Step(("keeper",)))
    booking = town.asks(town.lis, town.lathe)
    assert why_not(no, town.tutor, booking, note=" ", reason="mood") == [NeedsReason, NeedsWords]
    assert no(town.tutor, booking, note="no risk report", reason="incomplete") == "refused"
    assert [part.state for part in parts(booking)] == ["refused", "withdrawn"]
    [approval] = found(booking).approvals
    assert (approval.state, approval.reason, approval.note) == ("refused", "incomplete", "no risk report")


def test_nobody_decides_over_her_own_in_any_office(town):
    booking = town.asks(town.chief, town.lathe)
    assert why_not(yes, town.chief, booking) == [ApprovesOwn]
    assert why_not(no, town.chief, booking, note="no", reason="other") == [ApprovesOwn]
    assert listing.waiting_count(town.chief) == 0
    assert yes(town.other_keeper, booking) == "confirmed"


def test_who_asked_for_somebody_else_does_not_decide_either(town):
    asked = Asked((Want(town.lathe),), (Slot(town.span(8, 10)),), "teaching", "T", town.blue, town.wang)
    booking = transaction(lambda: asking.request(town.chief, asked, now=NOW, uid="for-wang")).booking_id
    assert why_not(yes, town.chief, booking) == [ApprovesOwn]
    assert yes(town.other_keeper, booking) == "confirmed"


def test_who_alone_could_answer_for_her_own_is_not_asked_but_whoever_stands_above(town):
    boss = town._somebody("boss", town.red, "member_admin", "booker", "safety")
    base = world.training_base("B2", town.red)
    press = world.unit(world.lab(base, "L9"), "press", needs_approval=True)
    town.chain(Step(("safety",)), unit=press)
    booking = town.asks(boss, press)
    assert asked_of(booking) == ["owner_admin"]
    assert [part.raised for part in parts(booking)] == ["own"]
    assert why_not(yes, boss, booking) == [ApprovesOwn]
    assert yes(town.director, booking) == "confirmed"


def test_where_nobody_holds_the_office_it_goes_up_but_whoever_gets_it_may_answer(town):
    base = world.training_base("B3", town.red)
    press = world.unit(world.lab(base, "L8"), "press", needs_approval=True)
    town.chain(Step(("safety",)), unit=press)
    booking = town.asks(town.lis, press)
    assert [(part.seat, part.party, part.raised) for part in parts(booking)] == [("safety", "owner_admin", "nobody")]
    new = town._somebody("new", town.red, "safety")
    assert listing.waiting_count(new) == 1
    assert yes(new, booking) == "confirmed"


def test_a_colleague_answers_in_her_place_while_she_is_away_and_only_then(town):
    safety, head = town.safety, town.head
    town.chain(Step(("safety",)))
    booking = town.asks(town.lis, town.lathe)
    deputy = town._somebody("deputy", town.blue, "keeper")
    assert why_not(yes, deputy, booking) == [NotAllowed]
    today = local_day(NOW)
    made = transaction(lambda: delegating.delegate(safety, deputy.person_id, today, today + 3 * DAY, now=NOW))
    assert listing.waiting_count(deputy) == 1
    assert yes(deputy, booking) == "confirmed"
    [part] = parts(booking)
    assert (part.decided_by, part.for_person) == (deputy.person_id, safety.person_id)
    told = session().scalars(select(Entry.after).where(Entry.deed == "booking.approve")).one()
    assert f'[{town.base},1,"safety",{safety.person_id}]' in told.replace(" ", "")
    transaction(lambda: delegating.end(safety, made, now=NOW))
    again = town.asks(town.lis, town.lathe, 12, 14)
    assert why_not(yes, deputy, again) == [NotAllowed]
    assert why_not(lambda: transaction(lambda: delegating.end(head, made, now=NOW)))


def test_standing_in_is_no_way_round_one_s_own(town):
    """Neither does the deputy decide over her own, nor over that of whom she stands in for."""
    town.chain(Step(("safety",)))
    chief = town._as(town.safety.person_id, town.blue, "safety", "booker")
    today = local_day(NOW)
    transaction(lambda: delegating.delegate(town.safety, town.keeper, today, today, now=NOW))
    of_deputy = town.asks(town.chief, town.lathe)
    assert why_not(yes, town.chief, of_deputy) == [ApprovesOwn]
    of_absent = town.asks(chief, town.lathe, 10, 12)
    assert why_not(yes, town.chief, of_absent) == [ApprovesOwn]
    assert listing.waiting_count(town.chief) == 0


def test_two_requests_for_one_time_are_never_both_granted_by_the_last_step(town):
    town.needs_a_yes(town.lathe, holds=False)
    town.chain(Step(("keeper",)), Step(("safety",)))
    first, second = town.asks(town.lis, town.lathe), town.asks(town.wangs, town.lathe)
    assert [yes(town.chief, each) for each in (first, second)] == ["waiting", "waiting"]
    assert yes(town.safety, second) == "confirmed"
    assert why_not(yes, town.safety, first) == [Overlaps]
    assert no(town.safety, first, note="taken", reason="other") == "refused"


def test_silence_goes_up_step_by_step_and_ends_when_the_time_begins(town):
    booking = town.asks(town.lis, town.lathe, day=100)
    seen = []
    for _ in range(2):
        due = after_the_time(booking)
        assert run_approvals(due - timedelta(seconds=1)) == ""
        assert run_approvals(due) == "escalate: 1"
        assert run_approvals(due) == ""
        seen += asked_of(booking)
    assert seen == ["owner_admin", "administrator"]
    assert [part.due_at for part in parts(booking) if part.state == "waiting"] == [None]
    told = session().execute(select(Message.person_id).where(Message.template == "booking/escalated"))
    assert {row[0] for row in told} == {town.head.person_id, town.admin}
    assert run_approvals(town.span(8, 10, 100).start) == "unanswered: 1"
    kept = found(booking)
    assert (kept.state, kept.approvals[0].reason, kept.approvals[0].decided_by) == ("refused", "unanswered", None)
    assert [row[0] for row in _trail(booking)] == [
        "booking.request",
        "booking.escalate",
        "booking.escalate",
        "booking.refuse",
    ]


def _trail(booking_id: int):
    query = select(Entry.deed).where(Entry.object_kind == "booking", Entry.object_id == booking_id)
    return session().execute(query.order_by(Entry.at, Entry.id)).all()


def test_what_begins_soon_goes_up_soon(town):
    soon, late = town.asks(town.lis, town.lathe, day=-54), town.asks(town.lis, town.lathe)
    assert after_the_time(soon) <= NOW + (town.span(8, 10, -54).start - NOW) / 2
    assert after_the_time(late) > NOW + DAY


def test_an_owner_s_silence_is_consent_where_open_sharing_says_so(town):
    transaction(lambda: session().add(Setting(name="approval.silence_grants", value="1", version=1)))
    transaction(lambda: session().add(Asset(unit_id=town.mill, sharing="internal")))
    town.needs_a_yes(town.mill)
    shared, inside = town.asks(town.lis, town.lathe), town.asks(town.wangs, town.mill)
    assert run_approvals(max(after_the_time(shared), after_the_time(inside))) == "confirmed: 1, escalate: 1"
    assert (found(shared).state, found(inside).state) == ("confirmed", "waiting")
    [part] = parts(shared)
    assert (part.state, part.decided_by, part.reason) == ("approved", None, None)


def test_what_silence_would_grant_but_is_taken_by_then_is_refused(town):
    town.needs_a_yes(town.lathe, holds=False)
    town.chain(Step(("owner",), silence=GRANT), kind="member")
    booking, rival = town.asks(town.lis, town.lathe), town.asks(town.wangs, town.lathe)
    assert yes(town.chief, rival) == "confirmed"
    due = min(part.due_at for part in parts(booking) if part.due_at)
    assert run_approvals(due) == "taken: 1"
    kept = found(booking)
    assert (kept.state, kept.approvals[0].reason) == ("refused", "taken")
    assert found(rival).state == "confirmed"


def test_another_time_is_taken_with_one_press_and_counts_as_agreed(town):
    booking = town.asks(town.lis, town.lathe)
    kept = found(booking)
    other = town.span(14, 16)
    offer = transaction(
        lambda: counter_offering.propose(town.chief, booking, kept.version, kept.dates[0].id, other, now=NOW)
    )
    assert why_not(lambda: transaction(lambda: counter_offering.accept(town.chief, offer, now=NOW)))
    after = transaction(lambda: counter_offering.accept(town.lis, offer, now=NOW))
    assert (after.state, after.dates[0].span, after.version) == ("confirmed", other, kept.version + 1)
    assert [row[0] for row in _trail(booking)] == ["booking.request", "booking.accept_time"]
    assert why_not(lambda: transaction(lambda: counter_offering.accept(town.lis, offer, now=NOW))) == [
        CounterOfferIsOver
    ]


def test_with_more_steps_the_others_are_asked_about_the_other_time(town):
    town.chain(Step(("department",)), Step(("keeper",)))
    booking = town.asks(town.lis, town.lathe)
    yes(town.tutor, booking)
    kept = found(booking)
    span = town.span(14, 16)
    offer = transaction(
        lambda: counter_offering.propose(town.chief, booking, kept.version, kept.dates[0].id, span, now=NOW)
    )
    assert transaction(lambda: counter_offering.accept(town.lis, offer, now=NOW)).state == "waiting"
    assert asked_of(booking) == ["department"]
    assert yes(town.tutor, booking) == "confirmed", "the keeper agreed when she proposed it"


def test_another_time_is_judged_when_it_is_taken_and_declined_it_goes_on_waiting(town):
    booking = town.asks(town.lis, town.lathe)
    kept = found(booking)
    span = town.span(14, 16)
    offer = transaction(
        lambda: counter_offering.propose(town.chief, booking, kept.version, kept.dates[0].id, span, now=NOW)
    )
    rival = town.asks(town.wangs, town.lathe, 15, 17)
    assert why_not(lambda: transaction(lambda: counter_offering.accept(town.lis, offer, now=NOW))) == [Overlaps]
    transaction(lambda: counter_offering.decline(town.lis, offer, now=NOW))
    assert found(booking).state == "waiting"
    assert yes(town.chief, booking) == "confirmed"
    assert yes(town.chief, rival) == "confirmed"


def test_who_has_proposed_another_time_was_not_silent(town):
    town.chain(Step(("owner",), silence=GRANT))
    booking = town.asks(town.lis, town.lathe)
    kept = found(booking)
    span = town.span(14, 16)
    offer = transaction(
        lambda: counter_offering.propose(town.head, booking, kept.version, kept.dates[0].id, span, now=NOW)
    )
    assert run_approvals(after_the_time(booking)) == "escalate: 1"
    assert asked_of(booking) == ["administrator"]
    transaction(lambda: changing.cancel(town.lis, booking, found(booking).version, now=NOW))
    session().rollback()
    kept_offer = counter_offers.find(offer)
    assert kept_offer is not None
    assert kept_offer.state == "past"


def test_a_change_of_the_chain_changes_nothing_that_waits(town):
    booking = town.asks(town.lis, town.lathe)
    town.chain(Step(("safety",)))
    assert asked_of(booking) == ["keeper"]
    assert yes(town.chief, booking) == "confirmed"


def test_a_move_is_asked_for_anew_from_the_first_step(town):
    town.chain(Step(("department",)), Step(("keeper",)))
    booking = town.asks(town.lis, town.lathe)
    yes(town.tutor, booking)
    kept = found(booking)
    changes = changing.Changes(slots={kept.dates[0].id: Slot(town.span(14, 16))})
    transaction(lambda: changing.change(town.lis, booking, kept.version, changes, now=NOW))
    assert asked_of(booking) == ["department"]


def test_what_somebody_may_answer_is_what_her_inbox_lists(town):
    town.chain(Step(("department", "keeper", "owner", "safety")))
    booking = town.asks(town.lis, town.lathe)
    everybody = (town.chief, town.head, town.safety, town.tutor, town.director, town.lis, town.wangs, town.top)
    for who in everybody:
        kept = found(booking)
        able = {part.seat for part, _ in answerers.may_answer(who, kept, parts(booking))}
        assert listing.waiting_count(who) == bool(able), who
    told = chains.of_booking(found(booking))
    assert told.hers == {town.li}
    assert session().scalar(select(func.count()).select_from(Message)) is not None
