"""Words of the pages on eligibility: kinds, places, how a qualification stands, what is stated of learners."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext

from app.catalogue.store import belongings, places
from app.catalogue.store import units as catalogue
from app.consortium.rules.qualification import SORTS, STANDINGS, Reach
from app.consortium.store import members, qualifications
from app.entrypoints.formats import named
from app.entrypoints.wording.eligibility import sort_name


def declaration_texts() -> dict[str, str]:
    return {
        "sixteen": gettext("All learners are 16 or older"),
        "not_first_year": gettext("No learner is in the first year"),
    }


def sort_choices() -> list[tuple[str, str]]:
    return [(sort, sort_name(sort)) for sort in SORTS]


def standing_title(standing: str) -> str:
    return {
        "valid": gettext("Valid"),
        "ending": gettext("Ends soon"),
        "to_come": gettext("Still to come"),
        "over": gettext("Over"),
        "revoked": gettext("Taken back"),
    }[standing]


SIGNS = {"valid": "done", "ending": "waiting", "to_come": "draft", "over": "past", "revoked": "cancelled"}
"""How a standing looks among the states of the pages."""


def standing_choices() -> list[tuple[str, str]]:
    return [(each, standing_title(each)) for each in STANDINGS]


def organisations(person_ids: Iterable[int]) -> dict[int, str]:
    """Where each of these people holds or held an office, by name: what tells two of the same name apart."""
    held = qualifications.member_ids_of(sorted(set(person_ids)))
    named_by_id = members.names(sorted({each for ids in held.values() for each in ids}))
    return {
        person_id: gettext(", ").join(sorted(named(named_by_id[each]) for each in ids))
        for person_id, ids in held.items()
    }


def place_names(reaches: Iterable[Reach]) -> dict[Reach, str]:
    """Each place as people call it; what is not there any more by its number."""
    wanted = set(reaches)
    by_kind = {kind: {reach.id for reach in wanted if reach.kind == kind} for kind in ("member", "base", "lab", "unit")}
    found: dict[Reach, str] = {}
    for member_id, member in members.names(sorted(by_kind["member"])).items():
        found[Reach("member", member_id)] = gettext("Wherever %(member)s is host, runs or keeps", member=named(member))
    bases = belongings.base_names() if by_kind["base"] else {}
    for base_id in by_kind["base"] & set(bases):
        found[Reach("base", base_id)] = named(bases[base_id])
    for lab_id in by_kind["lab"]:
        lab = places.find_lab(lab_id)
        if lab is not None:
            found[Reach("lab", lab_id)] = named(lab.form)
    for unit in catalogue.units(sorted(by_kind["unit"])).values():
        found[Reach("unit", unit.id)] = named(unit)
    everywhere = gettext("The whole consortium")
    return {
        reach: everywhere if reach.kind == "consortium" else found.get(reach, f"{reach.kind} {reach.id}")
        for reach in wanted
    }
