"""The public catalogue: what may be read without signing in; never a person beyond a base's published contact."""

from __future__ import annotations

from flask import Response

from app.catalogue.rules.unit import Thing
from app.catalogue.store import browsing, places, shares
from app.catalogue.store.narrowing import Wanted
from app.catalogue.store.places import KeptBase, KeptLab, KeptUnit
from app.consortium.store import members as member_store
from app.entrypoints import clock, exports, gate
from app.entrypoints.formats import is_chinese, named
from app.entrypoints.web.blueprint import or_404, web
from app.entrypoints.web.catalogue.pages import asked_for, find, hours, show, taken_along


@web.get("/catalogue")
@gate.public
def public_catalogue() -> Response | tuple[str, int]:
    """Public bases and what can be shared in them."""
    chosen = exports.wanted()
    listing = find(asked_for(public_only=True), everything=chosen is not None)
    if chosen:
        return taken_along(chosen, listing)
    members = member_store.members(today=clock.today())
    return show("catalogue/public.html", listing=listing, by_id={member.id: member for member in members})


@web.get("/catalogue/bases/<id:base_id>")
@gate.public
def public_base(base_id: int) -> tuple[str, int]:
    today = clock.today()
    kept = or_404(shown_base(base_id))
    wanted = Wanted(public_only=True, base_id=base_id)
    units = browsing.units(wanted, today, "lab", chinese=is_chinese())
    return show(
        "catalogue/public_base.html",
        base=kept,
        labs=browsing.labs(base_id, today),
        units=[unit for unit in units if unit.kind != "room"],
        hours=hours(base_id),
        owners=owner_names(Thing("base", base_id)),
    )


@web.get("/catalogue/units/<id:unit_id>")
@gate.public
def public_unit(unit_id: int) -> tuple[str, int]:
    kept, of_lab, of_base = or_404(shown_unit(unit_id))
    return show(
        "catalogue/public_unit.html",
        unit=kept,
        lab=of_lab,
        base=of_base,
        hours=hours(of_base.id, of_lab.id),
        owners=owner_names(Thing("unit", unit_id)),
    )


def shown_base(base_id: int) -> KeptBase | None:
    """A base that the public may see: public and not retired."""
    kept = places.find_base(base_id)
    if kept is None or not kept.form.is_public or (kept.retired_on and kept.retired_on <= clock.today()):
        return None
    return kept


def shown_unit(unit_id: int) -> tuple[KeptUnit, KeptLab, KeptBase] | None:
    """A unit that the public may see, with its lab and base: in a public base, shared at all, nothing retired."""
    today = clock.today()
    kept = places.find_unit(unit_id)
    of_lab = places.find_lab(kept.lab_id) if kept else None
    of_base = shown_base(kept.base_id) if kept else None
    if kept is None or of_lab is None or of_base is None or kept.asset.sharing == "none":
        return None
    gone = any(day is not None and day <= today for day in (kept.retired_on, of_lab.retired_on))
    return None if gone else (kept, of_lab, of_base)


def owner_names(thing: Thing) -> list[str]:
    """The organisations that own a thing today; without their shares."""
    standing = or_404(shares.standing(thing))
    owners = standing.owners(clock.today())
    names = member_store.names([stake.member_id for stake in owners])
    return [named(names[stake.member_id]) for stake in owners]
