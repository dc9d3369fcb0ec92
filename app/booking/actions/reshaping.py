"""Reshaping: changing, retiring and importing units of the catalogue without pulling them from under their bookings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from app.booking.store.held import held_from
from app.catalogue.actions import exchange, places, units
from app.catalogue.rules.exchange import Plan
from app.catalogue.rules.form import AssetForm, UnitForm
from app.catalogue.rules.sheet import Sheet
from app.catalogue.rules.unit import Held, Thing
from app.catalogue.store import places as catalogue_places
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor


def change_unit(actor: Actor, unit_id: int, version: int, form: UnitForm, asset: AssetForm, *, now: datetime) -> None:
    """Change a unit and its asset form; its capacity cannot fall below what is held of it (Refused(HeldThen))."""
    held = _locked([unit_id], now)
    units.change_unit(actor, unit_id, version, form, asset, held=held.get(unit_id), now=now)


def retire(actor: Actor, thing: Thing, version: int, day: date | None, *, now: datetime) -> None:
    """Let a base, lab or unit go from `day` on; refused with each unit that is held on that day or later."""
    held = _locked(catalogue_places.unit_ids_in(thing), now) if day is not None else {}
    places.retire(actor, thing, version, day, held=held, now=now)


def look_at_sheet(actor: Actor, sheet: Sheet, *, now: datetime) -> Plan:
    """What applying a sheet would do now, or its faults."""
    return exchange.look(actor, sheet, held=held_from(exchange.units_to_ask_about(sheet), now), now=now)


def bring_in_sheet(actor: Actor, sheet: Sheet, counts: tuple[int, int, int, int], *, now: datetime) -> Plan:
    """Apply a sheet, all of it or nothing."""
    held = _locked(exchange.units_to_ask_about(sheet), now)
    return exchange.bring_in(actor, sheet, counts, held=held, now=now)


def _locked(unit_ids: Sequence[int], now: datetime) -> dict[int, Held]:
    catalogue.hold_units(unit_ids)
    return held_from(unit_ids, now)
