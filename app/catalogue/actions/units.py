"""Units: adding and changing what can be booked, with its asset form."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.catalogue.actions.standing import plain, plain_change, record, require
from app.catalogue.rules.form import (
    AssetForm,
    UnitForm,
    reasons_against_asset,
    reasons_against_unit,
)
from app.catalogue.rules.unit import Held, Thing, reasons_against_capacity
from app.catalogue.store import places
from app.catalogue.store import units as unit_store
from app.consortium.rules.office import Actor
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotFound, Reason, Refused


def add_unit(actor: Actor, lab_id: int, form: UnitForm, asset: AssetForm, *, now: datetime) -> int:
    """Add a machine, pool or stations to a lab; its id. The whole room came with the lab and cannot be added again."""
    require(actor, "catalogue.add", Thing("lab", lab_id), now)
    reasons: list[Reason] = reasons_against_unit(form) + reasons_against_asset(asset)
    if form.kind == "room":
        reasons.append(Invalid("kind", "only_one"))
    if places.is_code_taken("unit", form.code, lab_id):
        reasons.append(Invalid("code", "in_use"))
    if reasons:
        raise Refused(reasons)
    unit = Thing("unit", places.add_unit(lab_id, form))
    places.set_asset(unit.id, asset)
    record(actor, "catalogue.add_unit", unit, now, after={**plain(form), "asset": plain(asset)})
    return unit.id


def change_unit(
    actor: Actor,
    unit_id: int,
    version: int,
    form: UnitForm,
    asset: AssetForm,
    *,
    held: Held | None,
    now: datetime,
) -> None:
    """Change a unit and its asset form. Its kind stays; a room is called like its lab, whatever the form says.

    `held` is what is held of it from now on, read while the unit was locked: its capacity cannot fall below that.
    """
    unit = Thing("unit", unit_id)
    require(actor, "catalogue.change", unit, now)
    unit_store.hold_units([unit_id])
    kept = places.find_unit(unit_id)
    if kept is None:
        raise Refused(NotFound())
    form = replace(form, kind=kept.form.kind)
    if form.kind == "room":
        form = replace(form, code=kept.form.code, name_zh=kept.form.name_zh, name_en=kept.form.name_en)
    reasons: list[Reason] = reasons_against_unit(form) + reasons_against_asset(asset)
    reasons += reasons_against_capacity(unit_id, kept.form.capacity, form.capacity, held)
    if places.is_code_taken("unit", form.code, kept.lab_id, except_id=unit_id):
        reasons.append(Invalid("code", "in_use"))
    if reasons:
        raise Refused(reasons)
    if not places.raise_version(unit, version, **plain(form)):
        raise Refused(ChangedMeanwhile(kept.version))
    if asset != kept.asset:
        places.set_asset(unit_id, asset)
    before, after = plain_change(kept.form, form)
    asset_before, asset_after = plain_change(kept.asset, asset)
    record(
        actor,
        "catalogue.change_unit",
        unit,
        now,
        {**before, **({"asset": asset_before} if asset_before else {})},
        {**after, **({"asset": asset_after} if asset_after else {})},
    )
