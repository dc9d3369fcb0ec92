"""Rows of qualifications: what a list is narrowed to says the same as the rule, on either database; the database's own checks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.consortium.rules.qualification import STANDINGS, Grant, Reach
from app.consortium.store import qualifications as store
from app.consortium.store.qualifications import Reached, Wanted
from app.database import session, transaction
from tests import world

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def people(app):
    with app.app_context():
        member = world.member("M")
        yield [world.person(f"p{n}@x.cn", f"P{n}", member, "booker") for n in range(3)]


def gives(*people: int, since: date, until: date | None, reach: Reach | None = None) -> list[int]:
    grant = Grant("training", tuple(people), (reach or Reach("base", 7),), since, until)
    return transaction(lambda: store.add(grant, people[0], NOW))


def test_a_list_narrowed_by_how_things_stand_says_what_the_rule_says(people):
    for since in (TODAY - 9 * DAY, TODAY, TODAY + DAY):
        for until in (None, TODAY, TODAY + DAY, TODAY + 8 * DAY, TODAY + 9 * DAY):
            if until is None or until > since:
                ids = gives(people[0], since=since, until=until)
                if until == TODAY + 9 * DAY:
                    assert transaction(lambda ids=ids: store.revoke(ids[0], 1, people[1], "why", NOW))
    soon = TODAY + 8 * DAY
    everything = store.lines(Reached(), Wanted(TODAY, soon), 100)
    for standing in STANDINGS:
        narrowed = store.lines(Reached(), Wanted(TODAY, soon, standing=standing), 100)
        assert {each.kept.id for each in narrowed} == {
            each.kept.id for each in everything if each.kept.standing(TODAY, soon) == standing
        }
        assert store.count(Reached(), Wanted(TODAY, soon, standing=standing)) == len(narrowed)
        assert narrowed


def test_a_list_reaches_places_people_and_members_and_nothing_else(people):
    gives(people[0], since=TODAY, until=None, reach=Reach("base", 7))
    gives(people[1], since=TODAY, until=None, reach=Reach("lab", 7))
    gives(people[2], since=TODAY, until=None, reach=Reach("consortium"))
    wanted = Wanted(TODAY, TODAY)

    def found(reached: Reached) -> list[str]:
        return sorted(each.name for each in store.lines(reached, wanted, 10))

    assert found(Reached({"base": frozenset({7})})) == ["P0"]
    assert found(Reached({"lab": frozenset({7}), "unit": frozenset()})) == ["P1"]
    assert found(Reached({}, people[2])) == ["P2"]
    assert found(Reached({})) == []
    assert found(Reached()) == ["P0", "P1", "P2"]


def test_one_is_taken_back_once(people):
    [one] = gives(people[0], since=TODAY, until=None)
    assert transaction(lambda: store.revoke(one, 1, people[1], "why", NOW))
    assert not transaction(lambda: store.revoke(one, 1, people[1], "again", NOW))
    assert not transaction(lambda: store.revoke(one, 2, people[1], "again", NOW))


@pytest.mark.parametrize(
    "change", ["until_on = from_on", "sort = 'other'", "scope = 'planet'", "score = 101"], ids=lambda text: text[:8]
)
def test_the_database_refuses_what_makes_no_sense(people, change):
    gives(people[0], since=TODAY, until=None)
    with pytest.raises(IntegrityError):
        transaction(lambda: session().execute(text(f"UPDATE consortium_qualification SET {change}")))
