"""Forms of the catalogue: what must be written down, and every reason when it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app.catalogue.rules.form import (
    AssetForm,
    BaseForm,
    LabForm,
    UnitForm,
    differences,
    reasons_against_asset,
    reasons_against_base,
    reasons_against_lab,
    reasons_against_unit,
)
from app.catalogue.rules.unit import Held, HeldThen, HeldUntil, reasons_against_capacity, reasons_against_retiring

LATHE = UnitForm("machine", "C-01", "数控车床")


def problems(reasons):
    return {(reason.field, reason.problem) for reason in reasons}


def test_not_sharing_needs_a_reason_and_who_approved_it():
    assert problems(reasons_against_asset(AssetForm(sharing="none"))) == {
        ("not_shared_reason", "missing"),
        ("not_shared_approver", "missing"),
    }
    complete = AssetForm(sharing="none", not_shared_reason="涉密", not_shared_approver="市科技局")
    assert reasons_against_asset(complete) == []


def test_spaces_are_no_reason():
    form = AssetForm(sharing="none", not_shared_reason="  ", not_shared_approver="\t")
    assert len(reasons_against_asset(form)) == 2


def test_an_asset_may_have_a_code_in_each_scheme_but_only_one_in_each():
    two = (("gbt_14885_2022", "A02100403"), ("moe_instruments", "03030702"))
    assert reasons_against_asset(AssetForm(class_codes=two)) == []
    twice = AssetForm(class_codes=(("own", "1"), ("own", "2")))
    assert problems(reasons_against_asset(twice)) == {("class_codes", "twice")}
    assert problems(reasons_against_asset(AssetForm(class_codes=(("mine", "1"),)))) == {("class_codes", "unknown")}


@pytest.mark.parametrize("fen", [-1, 10**15 + 1])
def test_an_original_value_is_not_negative_and_not_beyond_all_measure(fen):
    assert problems(reasons_against_asset(AssetForm(original_value_fen=fen))) == {("original_value", "out_of_range")}


def test_all_reasons_come_at_once():
    form = UnitForm("spaceship", "", " ", "x" * 161, 0, setup_minutes=-1, cleaning_minutes=481)
    assert problems(reasons_against_unit(form)) == {
        ("name_en", "too_long"),
        ("code", "missing"),
        ("kind", "unknown"),
        ("name_zh", "missing"),
        ("capacity", "out_of_range"),
        ("setup_minutes", "out_of_range"),
        ("cleaning_minutes", "out_of_range"),
    }


def test_a_machine_and_a_room_are_always_one():
    assert problems(reasons_against_unit(replace(LATHE, capacity=2))) == {("capacity", "only_one")}
    assert reasons_against_unit(replace(LATHE, kind="pool", capacity=2)) == []


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "\x07"])
def test_what_a_database_cannot_keep_is_refused(text):
    assert ("name_zh", "unreadable") in problems(reasons_against_unit(replace(LATHE, name_zh=text)))
    assert ("about_zh", "unreadable") in problems(
        reasons_against_base(BaseForm("B1", "training_base", "基地", about_zh=text))
    )


def test_days_lie_within_what_an_instrument_can_have_seen():
    form = AssetForm(started_on=date(1, 1, 1), accepted_on=date(2024, 1, 1), registered_on=date(9999, 12, 31))
    assert problems(reasons_against_asset(form)) == {("started_on", "out_of_range"), ("registered_on", "out_of_range")}


def test_a_lab_has_a_code_without_stray_spaces():
    assert problems(reasons_against_lab(LabForm(" A 101", "机加工"))) == {("code", "spaces")}
    assert reasons_against_lab(LabForm("A 101", "机加工", seats=40)) == []


def test_differences_name_what_changed():
    assert differences(LATHE, replace(LATHE, setup_minutes=15)) == {"setup_minutes": (0, 15)}


AT = datetime(2026, 9, 7, 1, 0, tzinfo=UTC)
UNTIL = datetime(2026, 9, 10, 4, 0, tzinfo=UTC)


def test_a_pool_never_shrinks_below_what_is_held_of_it():
    held = Held(most=3, most_at=AT, until=UNTIL)
    assert reasons_against_capacity(7, 5, 2, held) == [HeldThen(7, 2, 3, AT)]
    assert reasons_against_capacity(7, 5, 3, held) == []
    assert reasons_against_capacity(7, 5, 2, None) == []


def test_nothing_goes_while_it_is_held():
    held = {7: Held(1, AT, UNTIL)}
    assert reasons_against_retiring([7, 8], date(2026, 9, 10), held) == [HeldUntil(7, UNTIL)]
    assert reasons_against_retiring([7, 8], date(2026, 9, 11), held) == []
