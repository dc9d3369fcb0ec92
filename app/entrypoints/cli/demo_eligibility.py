"""What people of the demo world must have and what they have: agreements, admissions, authorisations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from app.booking.store import limits
from app.catalogue.actions import qualifying
from app.consortium.actions import agreements
from app.consortium.rules.office import Actor
from app.consortium.rules.qualification import AgreementForm, Grant, Reach

ASKED = {
    "eligibility.agreement": 2,
    "eligibility.safety": 1,
    "eligibility.training": 1,
    "eligibility.authorisation": 1,
    "eligibility.learners": 1,
}
"""Of whoever books the electron microscope: everything."""


def file_everything(
    boss: Actor,
    people: Mapping[str, Sequence[Actor]],
    members: Mapping[str, int],
    cnc_base: int,
    five_axis: int,
    microscope: int,
    now: datetime,
    today: date,
) -> None:
    """The microscope asks for all there is; at the CNC base some are admitted and authorised, some no longer."""
    limits.replace_limits("unit", microscope, ASKED)
    since = today - timedelta(days=200)
    for number, (user, owner) in enumerate((("SANCHUAN", "JZVTC"), ("JZMEC", "JZIMI"), ("LVYUAN", None)), 1):
        form = AgreementForm(
            members[user],
            members[owner] if owner else None,
            f"联协〔{since.year}〕{number:02d}号",
            members["JZPARK"] if user == "LVYUAN" else None,
            since,
            today + timedelta(days=165),
        )
        agreements.file(boss, form, now=now)
    keeper = people["keeper"][0]

    def give(sort: str, names: Sequence[str], reach: Reach, until_on: date | None, score: int | None = None) -> None:
        ids = tuple(people[name][0].person_id for name in names)
        qualifying.give(keeper, Grant(sort, ids, (reach,), since, until_on, score, ""), now=now)

    base, machine = Reach("base", cnc_base), Reach("unit", five_axis)
    give("safety", ("teacher", "ma", "huang"), base, today + timedelta(days=165), 96)
    give("safety", ("trainer",), base, today + timedelta(days=4), 92)
    give("training", ("teacher", "trainer"), base, None)
    give("authorisation", ("teacher", "ma"), machine, today + timedelta(days=5))
    give("authorisation", ("huang",), machine, today - timedelta(days=12))
