"""Exchange (导入): looking at what a sheet would do, and doing exactly that, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.catalogue.actions.places import add_lab_with_room, rename_room
from app.catalogue.actions.standing import record
from app.catalogue.rules.exchange import (
    Adding,
    Changing,
    Plan,
    SheetFaults,
    SheetPlanChanged,
    plan,
    shrinking,
)
from app.catalogue.rules.sheet import Sheet
from app.catalogue.rules.unit import Held, Thing
from app.catalogue.store import exchange, places, shares
from app.catalogue.store import units as unit_store
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.foundation.refusal import NotAllowed, Refused
from app.foundation.timespan import local_day


def units_to_ask_about(sheet: Sheet) -> list[int]:
    """The units whose capacity the sheet lowers: the caller finds out what is held of these."""
    if sheet.faults:
        return []
    return shrinking(sheet, exchange.entries(exchange.base_ids(_base_codes(sheet)).values()))


def look(actor: Actor, sheet: Sheet, *, held: Mapping[int, Held], now: datetime) -> Plan:
    """What applying the sheet would do now, or its faults. Nothing is kept."""
    if not may(actor, "catalogue.exchange"):
        raise Refused(NotAllowed("catalogue.exchange"))
    return _plan(actor, sheet, held, now)


def bring_in(
    actor: Actor, sheet: Sheet, counts: tuple[int, int, int, int], *, held: Mapping[int, Held], now: datetime
) -> Plan:
    """Apply a sheet. `counts` is what was looked at before; should it do something else now, nothing is done.

    Raises Refused with SheetFaults or SheetPlanChanged. An equal row is left alone, and a sheet of equal rows does
    nothing at all.
    """
    if not may(actor, "catalogue.exchange"):
        raise Refused(NotAllowed("catalogue.exchange"))
    unit_store.hold_units(list(held))
    planned = _plan(actor, sheet, held, now)
    if planned.faults:
        raise Refused(SheetFaults(planned.faults))
    if planned.counts != counts:
        raise Refused(SheetPlanChanged())
    if planned.does_nothing:
        return planned
    ids = exchange.base_ids(_base_codes(sheet))
    added = _add_all(planned, ids)
    for changing in planned.changing:
        _change(changing)
    changed = {str(one.kept.unit_id): list(one.fields) for one in planned.changing}
    after = {"counts": list(planned.counts), "added": added, "changed": changed}
    record(actor, "catalogue.import", Thing("base", min(ids.values())), now, after=after)
    return planned


def _plan(actor: Actor, sheet: Sheet, held: Mapping[int, Held], now: datetime) -> Plan:
    ids = exchange.base_ids(_base_codes(sheet))
    today = local_day(now)
    standings = {code: shares.standing(Thing("base", base_id)) for code, base_id in ids.items()}
    allowed = {
        code
        for code, standing in standings.items()
        if standing is not None and may(actor, "catalogue.exchange", standing.placement(today))
    }
    return plan(sheet, exchange.entries(ids.values()), ids.keys(), allowed, held)


def _base_codes(sheet: Sheet) -> set[str]:
    return {str(row.values.get("base_code", "")) for row in sheet.rows}


def _add_all(planned: Plan, base_ids: Mapping[str, int]) -> list[int]:
    """Add labs with their rooms first, then what stands in them; the ids of the new units."""
    lab_ids: dict[tuple[str, ...], int] = {
        key[:2]: kept.lab_id for key, kept in exchange.entries(base_ids.values()).items()
    }
    return [_add(adding, base_ids, lab_ids) for adding in planned.adding]


def _add(adding: Adding, base_ids: Mapping[str, int], lab_ids: dict[tuple[str, ...], int]) -> int:
    entry, place = adding.entry, adding.key[:2]
    if entry.lab is not None:
        lab_ids[place], unit_id = add_lab_with_room(base_ids[place[0]], entry.lab, entry.unit)
    else:
        unit_id = places.add_unit(lab_ids[place], entry.unit)
    places.set_asset(unit_id, entry.asset)
    return unit_id


def _change(changing: Changing) -> None:
    kept, entry = changing.kept, changing.entry
    if entry.lab is not None and entry.lab != kept.entry.lab:
        places.put("lab", kept.lab_id, entry.lab)
        rename_room(kept.unit_id, entry.lab)
    places.put("unit", kept.unit_id, entry.unit)
    if entry.asset != kept.entry.asset:
        places.set_asset(kept.unit_id, entry.asset)
