"""Who may do what: the permission table, read as the specification it is."""

from __future__ import annotations

from datetime import date

import pytest

from app.consortium.rules.office import NOBODY, ROLES, Actor, Appointment
from app.consortium.rules.permission import EVERYBODY, POLICY, Placement, may, may_enter, view_of_booking
from app.consortium.rules.scope import NOTHING_AT_ALL, scope

ME, HOME, GUEST, BASE, OTHER_BASE = 7, 1, 2, 11, 12
DAY = date(2026, 9, 1)
RELATIONS = ("own", "own_organisation", "owner_side", "other_member", "none")

SPECIFICATION = """
deed                    | own organisation           | owner side                                   | other member           | nothing yet
member.change           | administrator member_admin | administrator                                | administrator          | administrator
member.leave            | administrator              | administrator                                | administrator          | administrator
person.disable          | administrator security member_admin | administrator security              | administrator security |
appointment.change_wide | administrator              | administrator                                | administrator          | administrator
trail.read              | administrator auditor      | administrator auditor                        | administrator auditor  | administrator auditor
catalogue.share         | administrator              | administrator member_admin                   | administrator          | administrator
closure.change          | administrator              | administrator member_admin base_head keeper  | administrator          | administrator member_admin base_head keeper
calendar.change         | administrator member_admin | administrator                                | administrator          | administrator member_admin
holiday.change          | administrator              | administrator                                | administrator          | administrator
booking.approve         | administrator              | administrator member_admin base_head keeper  | administrator          | administrator member_admin base_head keeper
"""  # noqa: E501
"""Read: where the thing stands in this relation to the office's member, these offices may do this deed to it."""


DECIDING = {
    "agreement.change",
    "booking.approve",
    "booking.displace",
    "chain.change",
    "displacement.answer",
    "fault.change",
    "limits.change",
    "order.publish",
    "presence.keep",
    "qualification.give",
    "qualification.revoke",
    "restriction.decide",
    "setting.change",
}
"""What a token with the right to approve may do beside steps of approval: whatever keepers decide day by day."""


def actor(role: str, member: int = HOME, base: int | None = None) -> Actor:
    return Actor(ME, "I", member, (Appointment(role, member, base, DAY, None),))


def thing(relation: str, state: str = "") -> Placement:
    """A thing that stands in exactly this relation to somebody of HOME."""
    return {
        "own": Placement(holder_ids=frozenset({ME}), booking_member_id=GUEST, state=state),
        "own_organisation": Placement(booking_member_id=HOME, state=state),
        "owner_side": Placement(
            booking_member_id=GUEST, owner_member_ids=frozenset({HOME}), base_ids=frozenset({BASE}), state=state
        ),
        "other_member": Placement(booking_member_id=GUEST, owner_member_ids=frozenset({GUEST}), state=state),
        "none": Placement(state=state),
    }[relation]


def rows() -> list[tuple[str, str, set[str]]]:
    told = []
    for line in SPECIFICATION.strip().splitlines()[1:]:
        deed, *cells = (cell.strip() for cell in line.split("|"))
        told += [(deed, relation, set(cell.split())) for relation, cell in zip(RELATIONS[1:], cells, strict=True)]
    return told


@pytest.mark.parametrize(("deed", "relation", "offices"), rows())
def test_the_table_grants_exactly_this(deed, relation, offices):
    assert {role for role in ROLES if may(actor(role), deed, thing(relation))} == offices


def test_only_the_secretariat_adds_members():
    assert {role for role in ROLES if may_enter(actor(role), "member.add")} == {"administrator"}


def test_nobody_may_do_anything():
    assert not any(may(NOBODY, deed) or may_enter(NOBODY, deed) for deed in POLICY)


def test_somebody_without_an_office_may_do_nothing():
    idle = Actor(ME, "I", None)
    assert not any(
        may(idle, deed, thing(relation)) or may_enter(idle, deed) for deed in POLICY for relation in RELATIONS
    )


def test_an_unknown_deed_is_a_fault_and_never_a_yes():
    with pytest.raises(KeyError):
        may(actor("administrator"), "base.demolish")


def test_every_grant_names_known_offices_and_relations():
    for deed, grants in POLICY.items():
        for grant in grants:
            assert set(grant.roles) <= {*ROLES, EVERYBODY}, deed
            assert set(grant.relations) <= set(RELATIONS), deed


def test_whoever_may_do_it_to_something_may_enter():
    for deed in POLICY:
        for role in ROLES:
            if any(may(actor(role), deed, thing(relation)) for relation in RELATIONS):
                assert may_enter(actor(role), deed), (deed, role)


def test_an_office_at_one_base_reaches_no_other():
    there = thing("owner_side", "waiting")
    assert may(actor("keeper", base=BASE), "booking.approve", there)
    assert not may(actor("keeper", base=OTHER_BASE), "booking.approve", there)


def test_a_base_office_must_be_of_the_member_that_has_to_do_with_it():
    assert not may(actor("keeper", member=GUEST, base=BASE), "closure.change", thing("owner_side"))


def test_one_cancels_what_is_one_s_own_while_it_is_open():
    assert may(actor("booker"), "booking.cancel", thing("own", "confirmed"))
    assert not may(actor("booker"), "booking.cancel", thing("own", "cancelled"))
    assert not may(actor("booker"), "booking.cancel", thing("other_member", "confirmed"))


def test_nobody_changes_the_words_of_a_stranger():
    for role in ROLES:
        allowed = may(actor(role), "person.change", Placement(holder_ids=frozenset({ME + 1}), booking_member_id=GUEST))
        assert allowed == (role == "administrator")


@pytest.mark.parametrize("deed", sorted(POLICY))
def test_lists_and_single_things_agree(deed):
    """The scope that narrows a list contains a thing exactly where the table allows the deed to it."""
    for role in ROLES:
        who = actor(role)
        within = scope(who, deed)
        for relation in ("own", "own_organisation", "owner_side", "other_member"):
            placed = thing(relation)
            in_list = (
                within.everything
                or (within.holder_id in placed.holder_ids)
                or (placed.booking_member_id in within.member_ids)
                or any(
                    member in placed.owner_member_ids and (base is None or base in placed.base_ids)
                    for member, base in within.owner_side
                )
            )
            allowed = any(
                may(
                    who,
                    deed,
                    Placement(
                        placed.holder_ids, placed.booking_member_id, placed.owner_member_ids, placed.base_ids, state
                    ),
                )
                for state in ("", "waiting", "confirmed")
            )
            assert in_list == allowed, (role, relation, within == NOTHING_AT_ALL)


def test_a_stranger_learns_of_a_booking_only_that_the_time_is_taken():
    assert view_of_booking(actor("booker"), thing("other_member")) == {"time", "units", "state"}
    assert view_of_booking(actor("booker"), thing("own_organisation")) == {
        *("title", "purpose", "people", "headcount", "member", "time", "units", "state")
    }
    assert "note" in view_of_booking(actor("keeper"), thing("owner_side"))


@pytest.mark.parametrize("deed", sorted(POLICY))
def test_a_token_never_does_more_than_its_rights(deed):
    for role in ROLES:
        for rights in (set(), {"read"}, {"book"}, {"approve"}):
            who = Actor(ME, "I", HOME, (Appointment(role, HOME, None, DAY, None),), frozenset(rights))
            allowed = any(may(who, deed, thing(relation)) for relation in RELATIONS)
            if not rights:
                assert not allowed
            if allowed and rights == {"read"}:
                assert deed.endswith(".see")
            if allowed and rights == {"approve"}:
                assert deed in DECIDING or deed.startswith("approval.")
