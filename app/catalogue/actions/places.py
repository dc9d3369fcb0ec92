"""Places: adding, changing and retiring bases and labs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from app.catalogue.actions.standing import plain, plain_change, record, require
from app.catalogue.rules.form import BaseForm, LabForm, UnitForm, reasons_against_base, reasons_against_day
from app.catalogue.rules.form import reasons_against_lab as reasons_against_lab_form
from app.catalogue.rules.ownership import Stake, reasons_against_stakes
from app.catalogue.rules.unit import Held, Thing, reasons_against_retiring
from app.catalogue.store import places, shares
from app.catalogue.store import units as unit_store
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotAllowed, NotFound, Reason, Refused
from app.foundation.timespan import local_day


def add_base(
    actor: Actor, form: BaseForm, parties: Mapping[str, int], stakes: list[Stake] | None = None, *, now: datetime
) -> int:
    """Add a base with its host, operator and keeping member; its id. Owned by its host from today unless `stakes` say else.

    One may add a base that stands at, or is run by, a member one speaks for.
    """
    sides = frozenset(member for part, member in parties.items() if part in ("host", "operator"))
    if not may(actor, "catalogue.add", Placement(owner_member_ids=sides)):
        raise Refused(NotAllowed("catalogue.add"))
    owners = [Stake(parties["host"], 10_000, local_day(now))] if stakes is None and "host" in parties else stakes or []
    reasons: list[Reason] = reasons_against_base(form) + reasons_against_stakes(owners)
    reasons += [Invalid(part, "missing") for part in ("host", "operator", "keeper") if part not in parties]
    if not owners:
        reasons.append(Invalid("share", "missing"))
    reasons += _reasons_against_members(parties, owners) + _reasons_against_calendar(form)
    if places.is_code_taken("base", form.code):
        reasons.append(Invalid("code", "in_use"))
    if reasons:
        raise Refused(reasons)
    base = Thing("base", places.add_base(form, parties["host"], parties["operator"], parties["keeper"]))
    shares.set_stakes(base, owners)
    after = {**plain(form), "parties": dict(parties), "owners": [[s.member_id, s.share, s.from_on] for s in owners]}
    record(actor, "catalogue.add_base", base, now, after=after)
    return base.id


def change_base(actor: Actor, base_id: int, version: int, form: BaseForm, *, now: datetime) -> None:
    """Change what is written about a base. Raises Refused(ChangedMeanwhile) where the version is stale."""
    base = Thing("base", base_id)
    require(actor, "catalogue.change", base, now)
    kept = _get_base(base_id)
    reasons = reasons_against_base(form) + _reasons_against_calendar(form)
    if places.is_code_taken("base", form.code, except_id=base_id):
        reasons.append(Invalid("code", "in_use"))
    if reasons:
        raise Refused(reasons)
    if not places.raise_version(base, version, **plain(form)):
        raise Refused(ChangedMeanwhile(kept.version))
    before, after = plain_change(kept.form, form)
    record(actor, "catalogue.change_base", base, now, before, after)


def add_lab(actor: Actor, base_id: int, form: LabForm, *, now: datetime) -> int:
    """Add a lab together with the unit that stands for the whole of it; the lab's id."""
    base = Thing("base", base_id)
    require(actor, "catalogue.add", base, now)
    reasons = reasons_against_lab_form(form)
    if places.is_code_taken("lab", form.code, base_id):
        reasons.append(Invalid("code", "in_use"))
    if reasons:
        raise Refused(reasons)
    lab_id, room_id = add_lab_with_room(base_id, form)
    record(actor, "catalogue.add_lab", Thing("lab", lab_id), now, after={**plain(form), "room": room_id})
    return lab_id


def add_lab_with_room(base_id: int, form: LabForm, room: UnitForm | None = None) -> tuple[int, int]:
    """Keep a lab and its whole-room unit; both ids."""
    lab_id = places.add_lab(base_id, form)
    whole = room or UnitForm("room", form.code, form.name_zh, form.name_en)
    return lab_id, places.add_unit(lab_id, whole)


def change_lab(actor: Actor, lab_id: int, version: int, form: LabForm, *, now: datetime) -> None:
    """Change what is written about a lab; the unit that stands for it takes code and names along."""
    lab = Thing("lab", lab_id)
    require(actor, "catalogue.change", lab, now)
    kept = _get_lab(lab_id)
    if kept.room_id is not None:
        unit_store.hold_units([kept.room_id])  # before the lab's own row, as retiring does
    reasons = reasons_against_lab_form(form)
    if places.is_code_taken("lab", form.code, kept.base_id, except_id=lab_id) or places.is_code_taken(
        "unit", form.code, lab_id, except_id=kept.room_id
    ):
        reasons.append(Invalid("code", "in_use"))
    if reasons:
        raise Refused(reasons)
    if not places.raise_version(lab, version, **plain(form)):
        raise Refused(ChangedMeanwhile(kept.version))
    rename_room(kept.room_id, form)
    before, after = plain_change(kept.form, form)
    record(actor, "catalogue.change_lab", lab, now, before, after)


def rename_room(room_id: int | None, form: LabForm) -> None:
    """The unit that stands for a lab is called like the lab."""
    if room_id is not None:
        names = {"code": form.code, "name_zh": form.name_zh, "name_en": form.name_en}
        places.set_columns("unit", room_id, names)


def retire(
    actor: Actor, thing: Thing, version: int, day: date | None, *, held: Mapping[int, Held], now: datetime
) -> None:
    """Let a base, lab or unit go from `day` on, or (None) have it back. What is in it goes with it.

    `held` is what is held of each unit in it from now on, read while these units were locked. Raises
    Refused(HeldUntil …) for each unit that is still held on that day or later.
    """
    require(actor, "catalogue.change", thing, now)
    unit_ids = places.unit_ids_in(thing)
    unit_store.hold_units(unit_ids)
    kept = {"base": places.find_base, "lab": places.find_lab, "unit": places.find_unit}[thing.kind](thing.id)
    if kept is None:
        raise Refused(NotFound())
    if day is not None:
        reasons = reasons_against_day("retired_on", day) or reasons_against_retiring(unit_ids, day, held)
        if reasons:
            raise Refused(reasons)
    if not places.raise_version(thing, version, retired_on=day):
        raise Refused(ChangedMeanwhile(kept.version))
    record(actor, "catalogue.retire", thing, now, {"retired_on": kept.retired_on}, {"retired_on": day})


def _reasons_against_members(parties: Mapping[str, int], stakes: list[Stake]) -> list[Reason]:
    named = {**parties, **{f"share/{n}": stake.member_id for n, stake in enumerate(stakes)}}
    known = shares.known_members(named.values())
    return list(
        dict.fromkeys(Invalid(part.split("/")[0], "unknown") for part, id_ in named.items() if id_ not in known)
    )


def _reasons_against_calendar(form: BaseForm) -> list[Reason]:
    whose = form.calendar_member_id
    known = whose is None or whose in shares.known_members([whose])
    return [] if known else [Invalid("calendar_member_id", "unknown")]


def _get_base(base_id: int) -> places.KeptBase:
    kept = places.find_base(base_id)
    if kept is None:
        raise Refused(NotFound())
    return kept


def _get_lab(lab_id: int) -> places.KeptLab:
    kept = places.find_lab(lab_id)
    if kept is None:
        raise Refused(NotFound())
    return kept
