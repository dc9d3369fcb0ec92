"""Rows of whole bases as a sheet holds them: everything under its codes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from app.catalogue.rules.exchange import Entry, KeptEntry, Key
from app.catalogue.rules.form import SCHEMES, AssetForm, LabForm, UnitForm
from app.catalogue.store.places import assets
from app.catalogue.tables import Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.database import session

AT_ONCE = 10_000
"""Ids in one question: databases take only so many."""


def base_ids(codes: Collection[str]) -> dict[str, int]:
    """The bases with these codes."""
    rows = session().execute(
        select(TrainingBase.code, TrainingBase.id).where(TrainingBase.code.in_(sorted(codes))).order_by(TrainingBase.id)
    )
    return {row[0]: row[1] for row in rows}


def entries(in_bases: Collection[int], unit_ids: Collection[int] | None = None) -> dict[Key, KeptEntry]:
    """Every unit of these bases (or only these units of them) as a row of the sheet; three queries (and more beyond AT_ONCE).

    A room's row has its lab's codes and names, and the units of a lab follow their room.
    """
    query = (
        select(UnitRow, Lab, TrainingBase.code)
        .join(Lab, Lab.id == UnitRow.lab_id)
        .join(TrainingBase, TrainingBase.id == Lab.base_id)
        .where(TrainingBase.id.in_(sorted(in_bases)))
        .order_by(TrainingBase.code, Lab.code, UnitRow.kind != "room", UnitRow.code, UnitRow.id)
    )
    if unit_ids is not None:
        query = query.where(UnitRow.id.in_(sorted(unit_ids)))
    rows = session().execute(query).all()
    ids = [unit.id for unit, _, _ in rows]
    forms: dict[int, AssetForm] = {}
    for start in range(0, len(ids), AT_ONCE):
        forms |= assets(ids[start : start + AT_ONCE])
    found: dict[Key, KeptEntry] = {}
    for unit, lab, base_code in rows:
        is_room = unit.kind == "room"
        named = lab if is_room else unit
        form = UnitForm(
            kind=unit.kind,
            code=named.code,
            name_zh=named.name_zh,
            name_en=named.name_en,
            capacity=unit.capacity,
            needs_approval=unit.needs_approval,
            holds_while_waiting=unit.holds_while_waiting,
            setup_minutes=unit.setup_minutes,
            cleaning_minutes=unit.cleaning_minutes,
        )
        of_lab = LabForm(lab.code, lab.name_zh, lab.name_en, lab.place, lab.seats) if is_room else None
        entry = Entry(of_lab, form, _in_order(forms[unit.id]))
        found[(base_code, lab.code, named.code)] = KeptEntry(unit.id, lab.id, entry)
    return found


def _in_order(form: AssetForm) -> AssetForm:
    """The same form with its class codes in the order of the schemes, so that equal forms are equal."""
    order = {scheme: place for place, scheme in enumerate(SCHEMES)}
    codes = sorted(form.class_codes, key=lambda pair: (order.get(pair[0], len(order)), pair[0]))
    if tuple(codes) == form.class_codes:
        return form
    columns = {name: getattr(form, name) for name in AssetForm.__dataclass_fields__}
    return AssetForm(**columns | {"class_codes": tuple(codes)})
