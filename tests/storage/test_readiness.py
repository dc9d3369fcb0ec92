"""What finding a slot says somebody lacks is what the self-check of that unit says: two ways to read, one answer."""

from __future__ import annotations

import random
from datetime import timedelta

from app.booking.actions import self_check
from app.booking.actions.standing import standing_in_town
from app.booking.rules.readiness import Readiness
from app.booking.rules.request import Asked, Slot, Want
from app.booking.store import finding
from app.booking.store import limits as limit_store
from app.consortium.rules.qualification import AgreementForm, Grant, Reach
from app.consortium.store import agreements, qualifications
from app.database import transaction
from app.entrypoints import clock
from app.foundation.timespan import DAY, Span, at_local
from tests import world

NAMES = ("agreement", "guarantor", "safety", "training", "authorisation", "inside")


def test_a_search_and_the_self_check_say_the_same_of_every_unit(app):
    """Two bases of two members, four labs, things in each; numbers, papers and a restriction by chance, thirty times."""
    chance = random.Random(7)
    with app.app_context():
        college, company = world.member("college"), world.member("company", "company")
        chief = world.person("chief@x.cn", "秘书处", college, "administrator")
        teacher = world.person("li@y.cn", "Li", company, "booker")
        bases = [world.training_base("north", college), world.training_base("south", company)]
        labs = [world.lab(base, f"L{base}{number}") for base in bases for number in range(2)]
        units = [
            world.unit(lab, f"{lab}-{kind}", kind, capacity=9 if kind == "pool" else 1)
            for lab in labs
            for kind in ("machine", "pool")
        ]
        units += [world.room(lab) for lab in labs]
        world.owns(college, unit_id=units[-1])
        now, today = clock.now(), clock.today()
        actor = world.actor_of(teacher, company, now)
        slot = Slot(Span(at_local(today + 3 * DAY, 480), at_local(today + 3 * DAY, 600)))

        def lay_down():
            places = [("base", base) for base in bases] + [("unit", unit) for unit in units]
            for scope, thing in places:
                some = chance.sample(NAMES, chance.choice((0, 0, 1, 2, 4)))
                own = {f"eligibility.{name}": chance.randrange(3 if name == "agreement" else 2) for name in some}
                limit_store.replace_limits(scope, thing, own)
            if chance.random() < 0.5:
                reaches = [Reach("base", chance.choice(bases)), Reach("lab", chance.choice(labs))]
                reaches += [Reach("unit", unit) for unit in chance.sample(units, 2)] + [Reach("member", company)]
                sort = chance.choice(("safety", "training", "authorisation"))
                given = Grant(sort, (teacher,), (chance.choice(reaches),), today, today + timedelta(days=30))
                qualifications.add(given, chief, now)
            if chance.random() < 0.1:
                agreements.add(AgreementForm(company, college, "1", None, today, None), chief, now)

        said = set()
        for _ in range(30):
            transaction(lay_down)
            town = [unit for unit, _ in finding.units(today, with_words=False)]
            ready = Readiness(teacher, company, standing_in_town(actor, town, now))
            lacking = ready.lacking(town, slot)
            for unit in town:
                asked = Asked((Want(unit.id),), (slot,), "teaching", "…", company, teacher)
                checked = {
                    (each.unit_id or 0, each.name) for each in self_check.check(actor, asked, now) if not each.is_met
                }
                assert set(ready.lacks([unit.id], slot)) == checked
                assert (unit.id in lacking) == bool(checked)
                said |= {name for _, name in checked}
    assert said == {"agreement", "safety", "training", "authorisation"}
