"""Chains of approval: who is asked when, what ends it, what silence makes of it, and how working hours pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.chain import (
    ADMINISTRATOR,
    ALL_OF,
    ANY,
    ANY_OF,
    APPROVED,
    DEPARTMENT,
    ESCALATE,
    GRANT,
    HERS,
    KEEPER,
    LAPSED,
    LATER,
    NOBODY,
    OWNER,
    OWNER_ADMIN,
    PARTIES,
    REFUSED,
    SAFETY,
    SILENT,
    UP,
    WAITING,
    Able,
    Part,
    Step,
    after_silence,
    after_working_hours,
    chain_for,
    is_complete,
    joined,
    laid,
    line,
    onward,
    party_to_ask,
    reasons_against_steps,
)
from app.booking.rules.requester import MEMBER, OUTSIDE, OWN, on_every_side, requester_of
from app.foundation.timespan import at_local, local, local_day
from app.timetable.rules.days import Days, Holiday

STEPS = st.lists(
    st.builds(
        Step,
        st.lists(st.sampled_from(PARTIES), min_size=1, max_size=4, unique=True).map(tuple),
        st.sampled_from((ANY_OF, ALL_OF)),
        st.integers(1, 80),
        st.sampled_from((ESCALATE, GRANT)),
    ),
    min_size=1,
    max_size=4,
)


def asked(parts: list[Part]) -> list[Part]:
    """The parts after whoever is next has been asked and whoever is not needed any more has been let off."""
    told = onward(parts)
    return [
        replace(part, state=WAITING if part in told.ask else "withdrawn" if part in told.idle else part.state)
        for part in parts
    ]


def answered(parts: list[Part], which: Part, state: str) -> list[Part]:
    return asked([replace(part, state=state) if part is which else part for part in parts])


@given(STEPS, st.data())
def test_every_chain_ends_and_only_ever_with_all_that_had_to_agree(steps, data):
    """Each answer, each silence brings it nearer to its end; agreed means that no step was left out."""
    parts = asked(laid(steps, 1, MEMBER))
    for _ in range(4 * len(parts) + 1):
        if onward(parts).outcome != WAITING:
            break
        waiting = [part for part in parts if part.state == WAITING]
        assert waiting, "while it is open somebody is asked"
        assert len({part.step for part in waiting}) == 1, "one step at a time"
        which = data.draw(st.sampled_from(waiting))
        deed = data.draw(st.sampled_from((APPROVED, APPROVED, REFUSED, LAPSED)))
        up = after_silence(which)
        if deed == LAPSED and up == "":
            deed = APPROVED
        if deed == LAPSED and up != GRANT:
            raised = replace(which, party=up, raised=SILENT)
            parts = answered([*parts, raised], which, LAPSED)
        else:
            parts = answered(parts, which, APPROVED if deed == LAPSED else deed)
    outcome = onward(parts).outcome
    assert outcome in (APPROVED, REFUSED)
    assert not any(part.is_open for part in parts)
    complete = [is_complete([part for part in parts if part.step == number]) for number in range(1, len(steps) + 1)]
    assert (outcome == APPROVED) == (all(complete) and not any(part.state == REFUSED for part in parts))


@given(st.lists(st.sampled_from(PARTIES), min_size=2, max_size=4, unique=True), st.randoms())
def test_in_a_step_for_all_the_order_of_answers_does_not_matter(parties, chance):
    parts = asked(laid([Step(tuple(parties), ALL_OF), Step((KEEPER,))], 1, OWN))
    order = list(parties)
    chance.shuffle(order)
    for seat in order:
        assert all(part.state == LATER for part in parts if part.step == 2)
        parts = answered(parts, next(part for part in parts if part.seat == seat and part.step == 1), APPROVED)
    assert [part.state for part in parts if part.step == 2] == [WAITING]


@given(STEPS, st.data())
def test_one_no_ends_it_at_any_step(steps, data):
    parts = asked(laid(steps, 1, MEMBER))
    for _ in range(data.draw(st.integers(0, 5))):
        waiting = [part for part in parts if part.state == WAITING]
        if not waiting:
            return
        parts = answered(parts, data.draw(st.sampled_from(waiting)), APPROVED)
    waiting = [part for part in parts if part.state == WAITING]
    if waiting:
        parts = answered(parts, waiting[0], REFUSED)
        assert onward(parts).outcome == REFUSED
        assert not any(part.is_open for part in parts)


def test_where_one_is_enough_the_others_are_let_off():
    parts = asked(laid([Step((KEEPER, OWNER)), Step((SAFETY,))], 1, MEMBER))
    assert [part.state for part in parts] == [WAITING, WAITING, LATER]
    assert [part.state for part in answered(parts, parts[1], APPROVED)] == ["withdrawn", APPROVED, WAITING]


def test_the_unit_s_chain_comes_before_the_base_s_and_one_for_the_kind_before_one_for_any():
    keeper, owner, safety, usual = (Step((party,)) for party in (KEEPER, OWNER, SAFETY, DEPARTMENT))
    assert chain_for(OWN, {}, {}, [usual]) == (usual,)
    assert chain_for(OWN, {}, {ANY: [keeper]}, [usual]) == (keeper,)
    assert chain_for(OWN, {}, {ANY: [keeper], OWN: [owner]}, [usual]) == (owner,)
    assert chain_for(OWN, {ANY: [safety]}, {OWN: [owner]}, [usual]) == (safety,)
    assert chain_for(OUTSIDE, {MEMBER: [safety]}, {OWN: [owner]}, [usual]) == (usual,)


def test_different_chains_of_one_base_come_one_after_the_other():
    keeper, both = Step((KEEPER,), hours=8, silence=GRANT), Step((KEEPER, OWNER), ALL_OF)
    assert joined([[keeper], [keeper, both]]) == (keeper, both)
    assert joined([[keeper], [Step((KEEPER,), hours=4)]]) == (Step((KEEPER,), hours=4, silence=ESCALATE),)


def test_who_asks():
    college, company = 1, 2
    sides = {7: frozenset({college}), 8: frozenset({college, company})}
    assert requester_of(college, on_every_side([7, 8], sides), ()) == OWN
    assert requester_of(company, on_every_side([7, 8], sides), ()) == MEMBER
    assert requester_of(company, on_every_side([7], sides), {company}) == OUTSIDE
    assert requester_of(company, on_every_side([8], sides), {company}) == OWN


def test_silence_goes_up_until_nobody_is_above():
    part = laid([Step((KEEPER,))], 1, MEMBER)[0]
    assert after_silence(part) == OWNER_ADMIN
    assert after_silence(replace(part, party=OWNER_ADMIN)) == ADMINISTRATOR
    assert after_silence(replace(part, party=ADMINISTRATOR)) == ""
    for first in UP:
        line = [first]
        while line[-1] in UP:
            assert UP[line[-1]] not in line
            line.append(UP[line[-1]])
        assert line[-1] == ADMINISTRATOR


def test_silence_is_consent_only_of_whoever_was_asked_first_and_said_nothing():
    part = laid([Step((OWNER,), silence=GRANT)], 1, MEMBER)[0]
    assert after_silence(part) == GRANT
    assert after_silence(part, spoke=True) == ADMINISTRATOR
    assert after_silence(replace(part, party=ADMINISTRATOR)) == ""


def test_whoever_was_asked_first_may_still_answer_while_those_above_have_not():
    assert line(KEEPER, KEEPER) == (KEEPER,)
    assert line(KEEPER, ADMINISTRATOR) == (KEEPER, OWNER_ADMIN, ADMINISTRATOR)


def test_nobody_decides_over_her_own_so_it_goes_up():
    me, other = frozenset({1}), frozenset({2})
    assert party_to_ask(KEEPER, {KEEPER: Able(me | other, other)}) == (KEEPER, "")
    assert party_to_ask(KEEPER, {KEEPER: Able(me), OWNER_ADMIN: Able(other, other)}) == (OWNER_ADMIN, HERS)
    assert party_to_ask(SAFETY, {ADMINISTRATOR: Able(other, other)}) == (ADMINISTRATOR, NOBODY)
    assert party_to_ask(KEEPER, {KEEPER: Able(me)}) == (ADMINISTRATOR, HERS)


@pytest.mark.parametrize(
    ("since", "hours", "due"),
    [
        ((date(2026, 9, 1), 9), 4, (date(2026, 9, 1), 13)),
        ((date(2026, 9, 1), 15), 4, (date(2026, 9, 2), 10)),
        ((date(2026, 9, 1), 20), 9, (date(2026, 9, 2), 17)),
        ((date(2026, 9, 4), 16), 2, (date(2026, 9, 7), 9)),  # Friday to Monday
        ((date(2026, 9, 30), 16), 2, (date(2026, 10, 2), 9)),  # the first is a holiday here
        ((date(2026, 9, 30), 6), 9, (date(2026, 9, 30), 17)),
    ],
)
def test_only_office_hours_of_working_days_count(since, hours, due):
    days = Days(holidays={date(2026, 10, 1): Holiday(2026, date(2026, 10, 1), "国庆节", True)})
    found = after_working_hours(days, at_local(since[0], 60 * since[1]), hours, 8, 17)
    assert found == at_local(due[0], 60 * due[1])


@given(st.integers(0, 400), st.integers(0, 23), st.integers(1, 200), st.integers(0, 12), st.integers(13, 24))
def test_more_hours_end_later_and_never_outside_office_hours(day, hour, hours, opens, closes):
    since = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day, hours=hour)
    due = after_working_hours(Days(), since, hours, opens, closes)
    assert due > since
    assert after_working_hours(Days(), since, hours + 1, opens, closes) >= due + timedelta(hours=1)
    assert opens <= local(due - timedelta(seconds=1)).hour < closes
    assert Days().is_working(local_day(due - timedelta(seconds=1)))


def test_everything_wrong_with_a_chain_is_said_at_once():
    good = Step((KEEPER, OWNER), ALL_OF, 8, GRANT)
    assert reasons_against_steps([good] * 6) == []
    assert reasons_against_steps([]) == []
    wrong = [Step((), "some", 0, "ignore"), Step(("cook",)), Step((KEEPER, KEEPER))]
    assert {(reason.field, reason.problem) for reason in reasons_against_steps(wrong)} == {
        ("step_parties", "missing"),
        ("step_parties", "unknown"),
        ("step_parties", "twice"),
        ("step_rule", "unknown"),
        ("step_silence", "unknown"),
        ("step_hours", "out_of_range"),
    }
    assert [reason.field for reason in reasons_against_steps([good] * 7)] == ["steps"]
