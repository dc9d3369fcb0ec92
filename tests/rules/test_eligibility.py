"""Eligibility: every missing thing is said at once, each judged for the days of use, by whole local days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.eligibility import (
    conditions,
    is_by_night,
    is_long,
    needs_special_approval,
    reasons_against_learners,
    reasons_against_use,
)
from app.booking.rules.request import Asked, Slot, Want
from app.booking.rules.requester import MEMBER, OUTSIDE, OWN, requester_of
from app.booking.rules.standing import (
    ALL_OTHERS,
    DECLARATIONS,
    OUTSIDE_ONLY,
    REFUSED,
    SPECIAL,
    AgreementMissing,
    Duties,
    Elsewhere,
    InTwoPlaces,
    QualificationMissing,
    Restricted,
    Standing,
)
from app.catalogue.rules.unit import Unit
from app.consortium.rules.qualification import (
    Agreement,
    Grant,
    NotToYourself,
    Qualification,
    Reach,
    ScoreTooLow,
    reasons_against_grant,
    to_be_renewed,
)
from app.consortium.rules.restriction import IN_FORCE, Restriction
from app.foundation.refusal import Invalid
from app.foundation.timespan import DAY, Span, at_local

MONDAY = date(2026, 9, 7)
NOW = datetime(2026, 9, 1, tzinfo=UTC)
TEACHER, COLLEGE, OWNER, OTHER = 1, 7, 8, 9


def unit(number: int = 11, lab: int = 3, base: int = 2) -> Unit:
    return Unit(
        number, lab, base, None, "machine", "车床", "Lathe", 1, False, True, 0, 0, None, "external", frozenset({OWNER})
    )


def span(day: date = MONDAY, start: int = 8 * 60, end: int = 10 * 60) -> Span:
    return Span(at_local(day, start), at_local(day, end))


def asked(*units: int, purpose: str = "internship", declared: tuple[str, ...] = DECLARATIONS, **more) -> Asked:
    wants = tuple(Want(each) for each in units or (11,))
    return Asked(wants, (Slot(span()),), purpose, "Turning", COLLEGE, TEACHER, declared=frozenset(declared), **more)


def held(
    sort: str, reach: Reach = Reach("unit", 11), since: date = MONDAY, until: date | None = MONDAY + DAY
) -> Qualification:
    return Qualification(1, TEACHER, sort, reach, since, until)


def agreement(
    with_member: int | None = None, guarantor: int | None = OTHER, since=MONDAY, until=MONDAY + DAY
) -> Agreement:
    return Agreement(1, COLLEGE, with_member, "2026-01", guarantor, since, until)


def restriction() -> Restriction:
    return Restriction(
        1, TEACHER, COLLEGE, "all", None, "by_hand", "why", (), IN_FORCE, NOW, 5, NOW, NOW, NOW + timedelta(days=30),
        None, None, "", None, 1,
    )  # fmt: skip


def everything() -> Standing:
    """All is asked for and all of it is there."""
    return Standing(
        {11: unit()},
        {11: Duties(ALL_OTHERS, True, True, True, True, REFUSED)},
        {11: frozenset({OWNER})},
        tuple(held(sort) for sort in ("safety", "training", "authorisation")),
        (agreement(),),
        frozenset({COLLEGE}),
        one_place=True,
        at=NOW,
    )


def codes(standing: Standing, what: Asked | None = None, when: Span | None = None) -> set[str]:
    found = reasons_against_use(when or span(), what or asked(), standing)
    return {f"{each.code}:{each.sort}" if isinstance(each, QualificationMissing) else each.code for each in found}


def without(standing: Standing, sort: str) -> Standing:
    return replace(standing, qualifications=tuple(each for each in standing.qualifications if each.sort != sort))


FAULTS = {
    "qualification_missing:safety": lambda s, a: (without(s, "safety"), a),
    "qualification_missing:training": lambda s, a: (without(s, "training"), a),
    "qualification_missing:authorisation": lambda s, a: (without(s, "authorisation"), a),
    "guarantor_missing": lambda s, a: (
        replace(s, agreements=tuple(replace(e, guarantor_id=None) for e in s.agreements)),
        a,
    ),
    "restricted": lambda s, a: (replace(s, restrictions=(restriction(),)), a),
    "in_two_places": lambda s, a: (replace(s, elsewhere=(Elsewhere(span(), 5),)), a),
    "not_declared": lambda s, a: (s, replace(a, declared=frozenset({"sixteen"}))),
}


def test_who_has_everything_meets_no_reason_and_sees_each_condition_met():
    assert reasons_against_use(span(), asked(), everything()) == []
    found = conditions(span(), asked(), everything())
    assert all(each.is_met for each in found)
    assert {each.name for each in found} == {
        "restricted", "agreement", "guarantor", "safety", "training", "authorisation", "sixteen", "not_first_year",
        "hours", "night", "one_place",
    }  # fmt: skip


@given(st.sets(st.sampled_from(sorted(FAULTS))))
def test_whatever_is_missing_is_said_all_of_it_and_nothing_else(missing):
    standing, what = everything(), asked()
    for fault in sorted(missing):
        standing, what = FAULTS[fault](standing, what)
    assert codes(standing, what) == missing


def test_five_things_are_missing_and_all_five_are_said():
    bare = replace(everything(), qualifications=(), agreements=(), restrictions=(restriction(),))
    assert codes(bare, asked(declared=())) == {
        "agreement_missing", "qualification_missing:safety", "qualification_missing:training",
        "qualification_missing:authorisation", "not_declared", "restricted",
    }  # fmt: skip


@given(
    st.integers(-40, 40),
    st.integers(1, 60),
    st.integers(-40, 40),
    st.sampled_from(["safety", "training", "authorisation"]),
)
def test_a_qualification_is_valid_on_its_days_and_on_no_other(first, length, day, sort):
    since, until = MONDAY + first * DAY, MONDAY + (first + length) * DAY
    standing = replace(without(everything(), sort), duties={11: Duties(**{sort: True})})
    standing = replace(standing, qualifications=(held(sort, since=since, until=until),))
    use = span(MONDAY + day * DAY)
    assert (not codes(standing, asked(purpose="teaching"), use)) == (since <= MONDAY + day * DAY < until)


def test_the_last_day_counts_until_midnight_and_not_a_minute_longer():
    standing = replace(everything(), duties={11: Duties(authorisation=True)})
    assert not codes(standing, asked(purpose="teaching"), span(MONDAY, 20 * 60, 24 * 60))
    assert codes(standing, asked(purpose="teaching"), span(MONDAY, 20 * 60, 24 * 60 + 1))
    assert codes(standing, asked(purpose="teaching"), span(MONDAY - DAY, 20 * 60, 24 * 60))


def test_one_may_take_over_where_the_other_ends_and_a_gap_is_found():
    two = (held("safety", until=MONDAY + DAY), held("safety", since=MONDAY + DAY, until=MONDAY + 2 * DAY))
    standing = replace(everything(), duties={11: Duties(safety=True)}, qualifications=two)
    use = span(MONDAY, 20 * 60, 32 * 60)
    assert not codes(standing, asked(purpose="teaching"), use)
    gap = replace(standing, qualifications=(two[0], held("safety", since=MONDAY + 2 * DAY, until=None)))
    [reason] = reasons_against_use(use, asked(purpose="teaching"), gap)
    assert (reason.ended, reason.begins) == (MONDAY, MONDAY + 2 * DAY)


@pytest.mark.parametrize(
    ("reach", "reaches"),
    [
        (Reach("consortium"), True),
        (Reach("member", OWNER), True),
        (Reach("member", OTHER), False),
        (Reach("base", 2), True),
        (Reach("base", 3), False),
        (Reach("lab", 3), True),
        (Reach("lab", 2), False),
        (Reach("unit", 11), True),
        (Reach("unit", 12), False),
    ],
)
def test_how_far_one_reaches(reach, reaches):
    standing = replace(
        everything(), duties={11: Duties(authorisation=True)}, qualifications=(held("authorisation", reach),)
    )
    assert (not codes(standing)) == reaches


def test_what_was_taken_back_and_what_is_another_persons_does_not_count():
    mine = held("authorisation")
    for each in (replace(mine, revoked_at=NOW), replace(mine, person_id=2)):
        standing = replace(everything(), duties={11: Duties(authorisation=True)}, qualifications=(each,))
        assert codes(standing) == {"qualification_missing:authorisation"}


def test_safety_is_told_once_for_a_base_and_authorisation_for_each_machine():
    units = {number: unit(number) for number in (11, 12, 13)}
    duties = dict.fromkeys(units, Duties(safety=True, authorisation=True, agreement=ALL_OTHERS))
    standing = Standing(units, duties, dict.fromkeys(units, frozenset({OWNER})), at=NOW)
    found = reasons_against_use(span(), asked(*units), standing)
    assert sum(isinstance(each, AgreementMissing) for each in found) == 1
    assert sum(isinstance(each, QualificationMissing) and each.sort == "safety" for each in found) == 1
    assert sum(isinstance(each, QualificationMissing) and each.sort == "authorisation" for each in found) == 3


# ── a whole lab, and a thing in it ──

ROOM, LATHE, MILL = 20, 11, 12


def room(number: int = ROOM) -> Unit:
    return replace(unit(number), room_id=number, kind="room")


def lab_with(of_room: Duties, **of_things: Duties) -> Standing:
    """A lab whose keeper asks `of_room`, with a lathe and a mill in it; `beside` is as the store reads it."""
    things = {LATHE: of_things.get("lathe"), MILL: of_things.get("mill")}
    asking = {number: duties for number, duties in things.items() if duties is not None}
    around = {ROOM: of_room} if of_room != Duties() else {}
    return Standing(
        {ROOM: room(), LATHE: unit(LATHE), MILL: unit(MILL)},
        {ROOM: of_room, LATHE: Duties(), MILL: Duties()} | asking,
        dict.fromkeys((ROOM, LATHE, MILL), frozenset({OWNER})),
        beside={ROOM: asking, LATHE: around, MILL: around},
        at=NOW,
    )


def missing(standing: Standing, *units: int, **more) -> set[tuple[int, str]]:
    found = reasons_against_use(span(), asked(*units, purpose=more.pop("purpose", "teaching"), **more), standing)
    return {(each.unit_id, getattr(each, "sort", each.code)) for each in found}


def test_who_books_a_lab_whole_needs_what_each_machine_in_it_asks():
    standing = lab_with(Duties(safety=True), lathe=Duties(authorisation=True), mill=Duties(authorisation=True))
    everything_missing = {(ROOM, "safety"), (LATHE, "authorisation"), (MILL, "authorisation")}
    assert missing(standing, ROOM) == everything_missing
    whole = held("authorisation", Reach("unit", ROOM))
    assert missing(replace(standing, qualifications=(whole,)), ROOM) == everything_missing, "the lathe asks for its own"
    both = (held("authorisation", Reach("lab", 3)), held("safety", Reach("base", 2)))
    assert not missing(replace(standing, qualifications=both), ROOM)
    assert not missing(replace(standing, beside={}), ROOM) - {(ROOM, "safety")}
    told = conditions(span(), asked(ROOM, purpose="teaching"), replace(standing, qualifications=both))
    assert [each.unit_id for each in told if each.name == "authorisation"] == [LATHE, MILL]


def test_a_machine_that_is_gone_by_then_asks_nothing_of_the_lab():
    standing = lab_with(Duties(), lathe=Duties(authorisation=True))
    gone = replace(unit(LATHE), retired_on=MONDAY)
    assert missing(standing, ROOM)
    assert not missing(replace(standing, units=standing.units | {LATHE: gone}), ROOM)
    later = replace(unit(LATHE), retired_on=MONDAY + DAY)
    assert missing(replace(standing, units=standing.units | {LATHE: later}), ROOM)


def test_a_machine_asks_what_its_lab_asks_and_nothing_of_the_machine_beside_it():
    standing = lab_with(Duties(safety=True, authorisation=True), mill=Duties(training=True))
    assert missing(standing, LATHE) == {(ROOM, "safety"), (ROOM, "authorisation")}
    for reach in (Reach("unit", LATHE), Reach("unit", ROOM), Reach("lab", 3)):
        given = (held("safety", reach), held("authorisation", reach))
        assert not missing(replace(standing, qualifications=given), LATHE)
        assert (not missing(replace(standing, qualifications=given), LATHE, MILL) - {(MILL, "training")}) == (
            reach != Reach("unit", LATHE)
        ), "what is given for the lathe does not open the mill"
    each = tuple(held(sort, Reach("unit", thing)) for sort in ("safety", "authorisation") for thing in (LATHE, MILL))
    assert missing(replace(standing, qualifications=each), LATHE, MILL) == {(MILL, "training")}


def test_agreement_and_learners_of_a_machine_bind_whoever_takes_its_lab():
    standing = lab_with(Duties(), lathe=Duties(agreement=ALL_OTHERS, learners=SPECIAL))
    assert missing(standing, ROOM) == {(LATHE, "agreement_missing")}
    late = replace(asked(ROOM), slots=(Slot(span(MONDAY, 13 * 60, 23 * 60)),))
    assert needs_special_approval(late, standing) == {ROOM}
    assert missing(standing, ROOM, purpose="internship", declared=()) == {
        (LATHE, "agreement_missing"), (LATHE, "not_declared"),
    }  # fmt: skip


def test_who_may_not_use_a_machine_may_not_take_it_with_the_lab():
    mine = replace(restriction(), scope="unit", scope_id=LATHE)
    standing = replace(lab_with(Duties(), lathe=Duties()), restrictions=(mine,))
    assert missing(standing, ROOM) == {(LATHE, "restricted")}
    assert not missing(standing, MILL)


# ── agreements ──


def test_the_owners_side_needs_no_agreement_and_a_member_only_where_all_others_do():
    none = replace(everything(), agreements=(), duties={11: Duties(agreement=OUTSIDE_ONLY)})
    assert codes(none) == {"agreement_missing"}
    assert not codes(replace(none, outside_ids=frozenset()))
    everybody = replace(none, outside_ids=frozenset(), duties={11: Duties(agreement=ALL_OTHERS)})
    assert codes(everybody) == {"agreement_missing"}
    assert not codes(replace(everybody, sides={11: frozenset({COLLEGE, OWNER})}))


def test_an_agreement_with_another_owner_does_not_count():
    standing = replace(everything(), duties={11: Duties(agreement=ALL_OTHERS)})
    assert not codes(replace(standing, agreements=(agreement(with_member=OWNER),)))
    assert codes(replace(standing, agreements=(agreement(with_member=OTHER),))) == {"agreement_missing"}


def test_only_who_is_outside_needs_somebody_who_stands_surety():
    standing = replace(everything(), agreements=(agreement(guarantor=None),))
    assert codes(standing) == {"guarantor_missing"}
    assert not codes(replace(standing, outside_ids=frozenset()))


def test_two_units_of_one_owner_go_by_the_stricter_rule():
    units = {11: unit(11), 12: unit(12)}
    duties = {11: Duties(agreement=OUTSIDE_ONLY), 12: Duties(guarantor=True)}
    standing = replace(everything(), units=units, duties=duties, sides=dict.fromkeys(units, frozenset({OWNER})))
    assert codes(replace(standing, agreements=(agreement(guarantor=None),)), asked(11, 12)) == {"guarantor_missing"}


def test_the_three_footings():
    assert requester_of(7, {7, 8}, {7}) == OWN
    assert requester_of(7, {8}, ()) == MEMBER
    assert requester_of(7, {8}, {7}) == OUTSIDE


# ── learners ──


@pytest.mark.parametrize(
    ("start", "end", "long", "night"),
    [
        (8 * 60, 16 * 60, False, False),
        (8 * 60, 16 * 60 + 1, True, False),
        (6 * 60, 8 * 60, False, False),
        (6 * 60 - 1, 8 * 60, False, True),
        (20 * 60, 22 * 60, False, False),
        (20 * 60, 22 * 60 + 1, False, True),
        (23 * 60, 25 * 60, False, True),
        (18 * 60, 30 * 60, False, True),
        (12 * 60, 48 * 60, True, True),
    ],
)
def test_eight_hours_a_day_and_the_night_are_exact_to_the_minute(start, end, long, night):
    use = span(MONDAY, start, end)
    assert (is_long(use), is_by_night(use)) == (long, night)


def test_limits_of_learners_hold_for_post_internships_only():
    late = span(MONDAY, 13 * 60, 23 * 60)
    standing = replace(everything(), qualifications=everything().qualifications)
    assert codes(standing, asked(declared=()), late) == {"not_declared", "too_long_for_learners", "night_for_learners"}
    assert not codes(standing, asked(purpose="teaching", declared=()), late)
    assert {each.code for each in reasons_against_learners([span(), late], asked(), standing)} == {
        "too_long_for_learners", "night_for_learners",
    }  # fmt: skip


def test_long_hours_may_be_for_the_keeper_to_allow_but_age_never_is():
    standing = replace(everything(), duties={11: Duties(learners=SPECIAL)})
    late = replace(asked(declared=()), slots=(Slot(span(MONDAY, 13 * 60, 23 * 60)),))
    assert codes(standing, late, late.slots[0].span) == {"not_declared"}
    assert needs_special_approval(late, standing) == {11}
    assert needs_special_approval(asked(), standing) == frozenset()
    assert needs_special_approval(replace(late, purpose="teaching"), standing) == frozenset()


# ── elsewhere, restricted ──


def test_touching_times_are_one_place_after_the_other():
    standing = Standing({11: unit()}, one_place=True, elsewhere=(Elsewhere(span(), 5),), at=NOW)
    assert not codes(standing, when=span(MONDAY, 10 * 60, 11 * 60))
    [reason] = reasons_against_use(span(MONDAY, 9 * 60, 11 * 60), asked(), standing)
    assert isinstance(reason, InTwoPlaces)
    assert not codes(replace(standing, one_place=False))


def test_a_restriction_stands_against_asking_now_whatever_the_day_of_use():
    standing = Standing({11: unit()}, restrictions=(restriction(),), at=NOW)
    [reason] = reasons_against_use(span(MONDAY + 300 * DAY), asked(), standing)
    assert isinstance(reason, Restricted)
    assert reason.until == NOW + timedelta(days=30)
    assert not codes(replace(standing, at=NOW + timedelta(days=30)))


# ── giving ──


def test_all_that_is_wrong_with_a_grant_is_said_at_once():
    grant = Grant("safety", (1, 2), (), MONDAY, MONDAY, 80)
    found = reasons_against_grant(grant, 1, 90)
    assert NotToYourself() in found
    assert ScoreTooLow(80, 90) in found
    assert {Invalid("places", "missing"), Invalid("until_on", "backward")} <= set(found)
    assert (
        reasons_against_grant(
            replace(grant, person_ids=(2,), reaches=(Reach("base", 2),), until_on=None, score=90), 1, 90
        )
        == []
    )
    assert Invalid("score", "missing") in reasons_against_grant(replace(grant, score=None), 3, 90)


def test_only_what_nothing_follows_is_to_be_renewed():
    due = held("authorisation")
    assert to_be_renewed([due], due)
    assert not to_be_renewed([due, replace(due, id=2, from_on=MONDAY + DAY, until_on=None)], due)
    assert to_be_renewed([due, replace(due, id=2, from_on=MONDAY + DAY, until_on=None, sort="safety")], due)
    assert not to_be_renewed([], replace(due, until_on=None))
