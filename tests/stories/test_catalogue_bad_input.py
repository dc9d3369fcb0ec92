"""Whatever is typed into the catalogue's forms: a sentence, never a fault, and nothing half-stored."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import func, select

from app.catalogue.tables import Asset, Lab, Ownership, TrainingBase, Unit
from app.database import session
from app.trail.tables import Entry
from tests import world

GARBAGE = {
    "NUL": "a\0b",
    "bell": "\x07",
    "half a character": "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    "endless digits": "9" * 5000,
    "endless text": "长" * 50_000,
    "below zero": "-1",
    "not a number": "NaN",
    "endless exponent": "1e999999",
    "markup": "<script>alert(1)</script>",
    "a statement": "'; DROP TABLE catalogue_unit; --",
    "year one": "0001-01-01",
    "the last year": "9999-12-31",
    "other digits": "٣٤",
    "blank": "   ",
}

BASE = {
    "version": "1",
    "code": "B7",
    "kind": "training_base",
    "name_zh": "基地",
    "name_en": "",
    "address": "",
    "contact": "",
    "about_zh": "",
    "about_en": "",
    "is_public": "y",
    "host": "1",
    "operator": "1",
    "keeper": "1",
}
LAB = {"version": "1", "code": "L7", "name_zh": "车间", "name_en": "", "place": "", "seats": "10"}
UNIT = {
    "version": "1",
    "kind": "pool",
    "code": "U7",
    "name_zh": "设备",
    "name_en": "",
    "capacity": "2",
    "setup_minutes": "0",
    "cleaning_minutes": "0",
    "sharing": "external",
    "not_shared_reason": "",
    "not_shared_approver": "",
    "inventory_number": "",
    "original_value": "1.00",
    "source": "purchased",
    "category": "general",
    "funding": "own",
    "condition": "normal",
    "origin_country": "",
    "manufacturer": "",
    "model": "",
    "started_on": "2024-01-01",
    "accepted_on": "",
    "registered_on": "",
    "specifications": "",
    "functions": "",
    "services": "",
    "user_notice": "",
    "price_note": "",
    "class_own": "7",
    "class_nrii": "",
}
OWNERS = {
    "version": "1",
    "member": "1",
    "share": "100",
    "from": "2024-01-01",
    "until": "",
    "host": "1",
    "operator": "1",
}
FORMS = {
    "/bases/add": BASE,
    "/bases/1/change": BASE,
    "/bases/1/labs/add": LAB,
    "/labs/1/change": LAB,
    "/labs/1/units/add": UNIT,
    "/units/2/change": UNIT,
    "/units/2/owners": OWNERS,
    "/bases/1/owners": OWNERS | {"keeper": "1"},
    "/units/2/retire": {"version": "1", "day": "2030-01-01"},
}


@pytest.fixture
def admin(app):
    with app.app_context():
        college = world.member("college")
        base = world.training_base("B1", college)
        world.owns(college, base_id=base)
        world.unit(world.lab(base, "A101"), "C-01", "pool", capacity=2, sharing="external")
        yield world.signed_in(app, world.person("admin@x.cn", "周", college, "administrator"))


def kept() -> list[int]:
    """How much there is of everything, and how many deeds are on record."""
    session().rollback()
    counted = [
        session().scalar(select(func.count()).select_from(t)) for t in (TrainingBase, Lab, Unit, Asset, Ownership)
    ]
    return [*counted, session().scalar(select(func.count(Entry.id)).where(Entry.deed.like("catalogue.%")))]


@pytest.mark.parametrize("path", FORMS)
def test_the_form_as_it_should_be_is_taken(admin, path):
    assert admin.post(path, data=FORMS[path]).status_code == 302
    assert kept()[-1] == 1


@pytest.mark.slow
@pytest.mark.parametrize("path", FORMS)
def test_garbage_in_any_field_is_refused_or_kept_whole_but_never_a_fault(admin, path):
    sent = 0
    for field in FORMS[path]:
        for garbage in GARBAGE.values():
            before = kept()
            began = time.process_time()
            answer = admin.post(path, data=FORMS[path] | {field: garbage})
            took = time.process_time() - began
            assert answer.status_code in (302, 400, 403, 404, 409, 413, 422), (path, field, garbage[:40])
            assert took < 2, (path, field, garbage[:40])
            assert b"<script>alert(1)" not in answer.data
            if answer.status_code != 302:
                assert kept() == before, (path, field, garbage[:40])
            sent += 1
    assert sent == len(FORMS[path]) * len(GARBAGE)


@pytest.mark.parametrize("path", FORMS)
def test_a_form_without_any_field_is_refused(admin, path):
    before = kept()
    assert admin.post(path, data={}).status_code in (302, 422, 409)
    if path != "/units/2/retire":
        assert kept() == before


def test_very_many_owners_are_too_many(admin):
    rows = {"member": ["1"] * 500, "share": ["1"] * 500, "from": ["2024-01-01"] * 500, "until": [""] * 500}
    assert admin.post("/units/2/owners", data={"version": "1", **rows}).status_code == 422
