"""docs/states.md is what the one table of transitions says, and permission speaks of the same states."""

from __future__ import annotations

from app.booking.rules.course import OPEN_STATES, STATES
from app.booking.rules.transitions import CLOCK, FOLLOWS, NOT_YET, OFFERED, TRANSITIONS, after
from app.consortium.rules.permission import POLICY
from tests.architecture import states


def test_the_drawing_is_made_from_the_table():
    assert states.FILE.read_text(encoding="utf-8") == states.page(), "press `make states`"


def test_every_transition_is_told_once():
    told = [(each.deed, each.before, each.after, each.by) for each in TRANSITIONS]
    assert len(told) == len(set(told))


def test_every_state_can_be_reached_and_the_open_ones_can_be_left():
    reached, more = set(), {NOT_YET}
    while more - reached:
        reached |= more
        more = {each.after for each in TRANSITIONS if each.before in reached}
    assert reached | more == {NOT_YET, OFFERED, *STATES}
    assert [state for state in STATES if states.leads_on(state)] == [
        *OPEN_STATES,
        "cancelled",
    ]  # what was displaced may come back


def test_every_open_date_can_be_ended_by_its_holder_and_one_that_waits_can_be_answered():
    assert all("cancelled" in after("booking.cancel", state) for state in (*OPEN_STATES, OFFERED))
    assert after("booking.approve", "waiting")
    assert after("booking.refuse", "waiting")


def test_permission_limits_a_deed_to_the_states_it_starts_from():
    """Where permission.POLICY names states for a deed of the table, they are the ones the table starts it from."""
    for deed, grants in POLICY.items():
        starts = {"waiting" if each.before == OFFERED else each.before for each in TRANSITIONS if each.by == deed}
        for grant in grants if starts - {NOT_YET} else ():
            if grant.states:
                assert set(grant.states) == starts - {NOT_YET}, deed


def test_whoever_may_do_it_is_known_to_permission():
    assert {each.by for each in TRANSITIONS} <= {CLOCK, FOLLOWS, *POLICY}
