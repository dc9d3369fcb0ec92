"""What a list may show is exactly what the permission table would let this person see, one by one."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.consortium.rules.office import BASE_ROLES, NOBODY, ROLES, Actor, Appointment
from app.consortium.rules.permission import Placement, may
from app.consortium.rules.scope import Scope, scope

MEMBERS, BASES, PEOPLE = (1, 2, 3), (10, 20), (100, 200)
DEEDS = ("booking.see", "booking.change", "booking.cancel", "booking.approve")

offices = st.builds(
    lambda role, member, base: Appointment(role, member, base if role in BASE_ROLES else None, date(2020, 1, 1), None),
    st.sampled_from(ROLES),
    st.sampled_from(MEMBERS),
    st.sampled_from((None, *BASES)),
)
actors = st.builds(
    lambda held, rights: Actor(100, "A", 1, tuple(held), rights),
    st.lists(offices, max_size=4),
    st.sampled_from((None, frozenset({"read"}), frozenset({"read", "book"}), frozenset({"approve"}))),
)
things = st.builds(
    lambda holder, member, owners, base: Placement(
        frozenset({holder}), member, frozenset(owners), frozenset({base}), "waiting"
    ),
    st.sampled_from(PEOPLE),
    st.sampled_from(MEMBERS),
    st.sets(st.sampled_from(MEMBERS), min_size=1),
    st.sampled_from(BASES),
)


def lies_within(thing: Placement, seen: Scope) -> bool:
    """The same reading that booking's store gives a scope in SQL, for a booking in one base."""
    (base,) = thing.base_ids
    return (
        seen.everything
        or seen.holder_id in thing.holder_ids
        or thing.booking_member_id in seen.member_ids
        or any(member in thing.owner_member_ids and limit in (None, base) for member, limit in seen.owner_side)
    )


@given(actors, things, st.sampled_from(DEEDS))
def test_a_thing_is_listed_exactly_when_the_table_says_yes(actor: Actor, thing: Placement, deed: str):
    assert lies_within(thing, scope(actor, deed)) == may(actor, deed, thing)


def test_nobody_lists_anything():
    assert all(scope(NOBODY, deed).is_empty for deed in DEEDS)
