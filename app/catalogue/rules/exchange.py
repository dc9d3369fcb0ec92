"""Exchange (导入): what a sheet would add and change in the catalogue, and every reason against it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from app.catalogue.rules.form import (
    SCHEMES,
    AssetForm,
    LabForm,
    UnitForm,
    reasons_against_asset,
    reasons_against_lab,
    reasons_against_unit,
)
from app.catalogue.rules.sheet import CLASS, MOST_FAULTS, Fault, Row, Sheet, Value, Values
from app.catalogue.rules.unit import Held, reasons_against_capacity
from app.foundation.refusal import Invalid, Reason

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """All that one row holds: the unit, its asset form, and for a room its lab."""

    lab: LabForm | None
    unit: UnitForm
    asset: AssetForm


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """What the catalogue has under a key."""

    unit_id: int
    lab_id: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Adding:
    """A row that becomes a new unit; a room's row becomes its lab as well."""

    row: int
    key: Key
    entry: Entry


@dataclass(frozen=True, slots=True)
class Changing:
    """A row that differs from what is kept; `fields` are the names of what differs."""

    row: int
    key: Key
    kept: KeptEntry
    entry: Entry
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a sheet would do. With faults it does nothing."""

    adding: tuple[Adding, ...] = ()
    changing: tuple[Changing, ...] = ()
    same: int = 0
    faults: tuple[Fault, ...] = ()

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """New labs, other new units, changed and equal rows."""
        labs = sum(1 for adding in self.adding if adding.entry.lab is not None)
        return labs, len(self.adding) - labs, len(self.changing), self.same

    @property
    def does_nothing(self) -> bool:
        return not self.adding and not self.changing


@dataclass(frozen=True, slots=True)
class SheetFaults(Reason):
    """The sheet cannot be applied: these are its faults."""

    code = "sheet_faults"
    kind = "invalid"
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class SheetPlanChanged(Reason):
    """The catalogue changed between looking at the sheet and applying it, so that it would do something else now."""

    code = "sheet_plan_changed"
    kind = "stale"


def plan(
    sheet: Sheet,
    kept: Mapping[Key, KeptEntry],
    base_codes: Collection[str],
    allowed_codes: Collection[str],
    held: Mapping[int, Held],
) -> Plan:
    """Compare a sheet with what is kept. `kept` needs every unit of the bases the sheet names."""
    if sheet.faults:
        return Plan(faults=sheet.faults)
    labs = {key[:2] for key in kept} | {row.key[:2] for row in sheet.rows if row.values["kind"] == "room"}
    adding: list[Adding] = []
    changing: list[Changing] = []
    faults: list[Fault] = []
    same = 0
    for row in sheet.rows:
        if len(faults) >= MOST_FAULTS:
            break
        there = kept.get(row.key)
        wrong = _misplaced(row, there, labs, base_codes, allowed_codes)
        entry = entry_of(row.values, there.entry if there else None)
        wrong += [_fault(row, reason) for reason in _reasons(entry)]
        if there:
            wrong += _shrunk(row, there, entry, held)
        faults += wrong
        if wrong:
            continue
        if there is None:
            adding.append(Adding(row.number, row.key, entry))
        elif there.entry == entry:
            same += 1
        else:
            changing.append(Changing(row.number, row.key, there, entry, differing(there.entry, entry)))
    if faults:
        return Plan(faults=tuple(faults[:MOST_FAULTS]))
    adding.sort(key=lambda one: (one.entry.lab is None, one.row))
    return Plan(tuple(adding), tuple(changing), same)


def shrinking(sheet: Sheet, kept: Mapping[Key, KeptEntry]) -> list[int]:
    """The ids of units whose capacity the sheet lowers: of these one must know what is held."""
    found = []
    for row in sheet.rows:
        there = kept.get(row.key)
        wanted = row.values.get("capacity")
        if there is not None and isinstance(wanted, int) and wanted < there.entry.unit.capacity:
            found.append(there.unit_id)
    return found


def entry_of(values: Values, before: Entry | None) -> Entry:
    """A row's values laid over what is kept, or over what a new unit has by itself."""
    known: dict[str, Value] = {} if before is None else dict(values_of(before))
    known |= values
    codes = tuple((scheme, str(known[CLASS + scheme])) for scheme in SCHEMES if known.get(CLASS + scheme))
    lab = LabForm(**_taken(known, LabForm)) if known["kind"] == "room" else None
    return Entry(lab, UnitForm(**_taken(known, UnitForm)), AssetForm(**_taken(known, AssetForm), class_codes=codes))


def values_of(entry: Entry) -> Values:
    """What a row of the sheet says about a unit, codes of base and lab aside."""
    found: dict[str, Value] = {}
    for form in (entry.asset, entry.unit, entry.lab):
        if form is not None:
            found |= {each.name: getattr(form, each.name) for each in fields(form) if each.name != "class_codes"}
    return found | {CLASS + scheme: code for scheme, code in entry.asset.class_codes}


def differing(before: Entry, after: Entry) -> tuple[str, ...]:
    """The names of the fields in which two entries differ."""
    old, new = values_of(before), values_of(after)
    return tuple(sorted(name for name in {*old, *new} if (old.get(name) or None) != (new.get(name) or None)))


def _taken(known: Values, form: type[Any]) -> dict[str, Any]:
    return {each.name: known[each.name] for each in fields(form) if each.name in known}


def _misplaced(
    row: Row,
    there: KeptEntry | None,
    labs: Collection[tuple[str, ...]],
    base_codes: Collection[str],
    allowed_codes: Collection[str],
) -> list[Fault]:
    base_code, lab_code, code = row.key
    if base_code not in base_codes:
        return [Fault(row.number, "base_code", "no_such_base", base_code)]
    if base_code not in allowed_codes:
        return [Fault(row.number, "base_code", "not_allowed", base_code)]
    if (base_code, lab_code) not in labs:
        return [Fault(row.number, "lab_code", "no_such_lab", lab_code)]
    if there is not None and there.entry.unit.kind != row.values["kind"]:
        return [Fault(row.number, "kind", "fixed", there.entry.unit.kind)]
    if row.values["kind"] != "room" and code == lab_code:
        return [Fault(row.number, "code", "in_use", code)]
    return []


def _shrunk(row: Row, there: KeptEntry, entry: Entry, held: Mapping[int, Held]) -> list[Fault]:
    before, after = there.entry.unit.capacity, entry.unit.capacity
    reasons = reasons_against_capacity(there.unit_id, before, after, held.get(there.unit_id))
    return [Fault(row.number, "capacity", "held", str(after)) for _ in reasons]


def _reasons(entry: Entry) -> Sequence[Reason]:
    found = [*reasons_against_unit(entry.unit), *reasons_against_asset(entry.asset)]
    if entry.lab is not None:
        found += reasons_against_lab(entry.lab)
    return list(dict.fromkeys(found))


def _fault(row: Row, reason: Reason) -> Fault:
    assert isinstance(reason, Invalid)
    name = "original_value_fen" if reason.field == "original_value" else reason.field
    if name == "class_codes":
        name = next((CLASS + scheme for scheme in SCHEMES if row.values.get(CLASS + scheme)), name)
    return Fault(row.number, name, reason.problem, str(row.values.get(name) or "")[:60])
