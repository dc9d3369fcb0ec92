"""The small world that other tests stand on can be laid down on both databases."""

from __future__ import annotations

from app.catalogue.store import units as catalogue
from tests import world


def test_a_base_with_a_lab_and_a_machine_stands(kept):
    college = world.member("college")
    hall = world.lab(world.training_base("north", college), "A101")
    machine = world.unit(hall, "lathe", sharing="internal")
    found = catalogue.units([machine])[machine]
    assert (found.room_id, found.sharing, found.party_ids) == (world.room(hall), "internal", frozenset({college}))


def test_people_get_secrets_that_differ(kept):
    someone = world.person("li@example.cn", "Li", world.member("college"), "booker")
    assert len({world.token_for(someone), world.token_for(someone), world.cookie_for(someone)}) == 3
