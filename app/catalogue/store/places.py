"""Rows of bases, labs, units and asset forms as they are kept and changed, to forms and back."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.catalogue.rules.form import AssetForm, BaseForm, LabForm, UnitForm
from app.catalogue.rules.unit import Thing
from app.catalogue.tables import Asset, ClassCode, Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.database import Stored, session, violated_constraint
from app.foundation.refusal import Invalid, Refused

F = TypeVar("F", BaseForm, LabForm, UnitForm, AssetForm)

_TABLES: dict[str, type[TrainingBase | Lab | UnitRow]] = {"base": TrainingBase, "lab": Lab, "unit": UnitRow}
log = logging.getLogger(__name__)

GUARD = "catalogue_unit_guard"
"""What the database itself refuses with when a unit would shrink below what is held of it."""

_CODES = ("catalogue_base.code", "catalogue_lab.code", "catalogue_unit.code", "_code", "uq_catalogue")


@dataclass(frozen=True, slots=True)
class KeptBase:
    """A base as it is kept. The three members are the parties of all in it that has no other."""

    id: int
    form: BaseForm
    host_id: int
    operator_id: int
    keeping_member_id: int
    retired_on: date | None
    version: int


@dataclass(frozen=True, slots=True)
class KeptLab:
    """A lab as it is kept."""

    id: int
    base_id: int
    room_id: int | None
    form: LabForm
    retired_on: date | None
    version: int


@dataclass(frozen=True, slots=True)
class KeptUnit:
    """A unit as it is kept, with its asset form."""

    id: int
    lab_id: int
    base_id: int
    form: UnitForm
    asset: AssetForm
    retired_on: date | None
    version: int


def find_base(base_id: int) -> KeptBase | None:
    row = session().get(TrainingBase, base_id)
    if row is None:
        return None
    parties = (row.host_id, row.operator_id, row.keeping_member_id)
    return KeptBase(row.id, _form(BaseForm, row), *parties, row.retired_on, row.version)


def find_lab(lab_id: int) -> KeptLab | None:
    row = session().get(Lab, lab_id)
    if row is None:
        return None
    room_id = session().scalar(select(UnitRow.id).where(UnitRow.lab_id == lab_id, UnitRow.kind == "room"))
    return KeptLab(row.id, row.base_id, room_id, _form(LabForm, row), row.retired_on, row.version)


def find_unit(unit_id: int) -> KeptUnit | None:
    row = session().get(UnitRow, unit_id)
    if row is None:
        return None
    base_id = session().scalar(select(Lab.base_id).where(Lab.id == row.lab_id))
    asset = assets([unit_id])[unit_id]
    return KeptUnit(row.id, row.lab_id, base_id or 0, _form(UnitForm, row), asset, row.retired_on, row.version)


def assets(unit_ids: Sequence[int]) -> dict[int, AssetForm]:
    """The asset forms of these units, an empty one where none was filled in; two queries."""
    ids = list(unit_ids)
    codes: dict[int, list[tuple[str, str]]] = {}
    for unit_id, scheme, code in session().execute(
        select(ClassCode.unit_id, ClassCode.scheme, ClassCode.code)
        .where(ClassCode.unit_id.in_(ids))
        .order_by(ClassCode.unit_id, ClassCode.scheme)
    ):
        codes.setdefault(unit_id, []).append((scheme, code))
    found = {unit_id: AssetForm(class_codes=tuple(codes.get(unit_id, ()))) for unit_id in ids}
    for row in session().scalars(select(Asset).where(Asset.unit_id.in_(ids))):
        found[row.unit_id] = _form(AssetForm, row, class_codes=tuple(codes.get(row.unit_id, ())))
    return found


def add_base(form: BaseForm, host_id: int, operator_id: int, keeping_member_id: int) -> int:
    parties = {"host_id": host_id, "operator_id": operator_id, "keeping_member_id": keeping_member_id}
    return _add(TrainingBase, {**asdict(form), **parties})


def add_lab(base_id: int, form: LabForm) -> int:
    return _add(Lab, {"base_id": base_id, **asdict(form)})


def add_unit(lab_id: int, form: UnitForm) -> int:
    return _add(UnitRow, {"lab_id": lab_id, **asdict(form)})


def raise_version(thing: Thing, version: int, **columns: Any) -> bool:
    """Compare and swap: whether the thing still had this version; it has these columns now."""
    table = _TABLES[thing.kind]
    statement = update(table).where(table.id == thing.id, table.version == version)
    with _guarded():
        row = session().execute(statement.values(version=version + 1, **columns).returning(table.id)).first()
    return row is not None


def put(kind: str, row_id: int, form: LabForm | UnitForm) -> None:
    """Keep a form as it is, whatever the version was; the version rises."""
    table = _TABLES[kind]
    with _guarded():
        session().execute(update(table).where(table.id == row_id).values(version=table.version + 1, **asdict(form)))


def set_columns(table_kind: str, row_id: int, columns: Mapping[str, Any]) -> None:
    """Write columns without a look at the version: for rows that follow another one."""
    table = _TABLES[table_kind]
    with _guarded():
        session().execute(update(table).where(table.id == row_id).values(**columns))


def set_asset(unit_id: int, form: AssetForm) -> None:
    """Keep the asset form of a unit in place of the one before."""
    columns = {name: value for name, value in asdict(form).items() if name != "class_codes"}
    known = session().execute(update(Asset).where(Asset.unit_id == unit_id).values(**columns).returning(Asset.unit_id))
    if known.first() is None:
        session().execute(insert(Asset).values(unit_id=unit_id, **columns))
    session().execute(delete(ClassCode).where(ClassCode.unit_id == unit_id))
    if form.class_codes:
        session().execute(
            insert(ClassCode),
            [{"unit_id": unit_id, "scheme": scheme, "code": code} for scheme, code in form.class_codes],
        )


def is_code_taken(kind: str, code: str, parent_id: int | None = None, except_id: int | None = None) -> bool:
    """Whether another base, another lab of the base, or another unit of the lab has this code."""
    table = _TABLES[kind]
    query = select(table.id).where(table.code == code)
    if kind == "lab":
        query = query.where(Lab.base_id == parent_id)
    if kind == "unit":
        query = query.where(UnitRow.lab_id == parent_id)
    if except_id is not None:
        query = query.where(table.id != except_id)
    return session().scalar(query.limit(1)) is not None


def unit_ids_in(thing: Thing) -> list[int]:
    """Every unit of a base or lab, or the unit itself."""
    query = select(UnitRow.id).join(Lab, Lab.id == UnitRow.lab_id)
    column = {"base": Lab.base_id, "lab": Lab.id, "unit": UnitRow.id}[thing.kind]
    return list(session().scalars(query.where(column == thing.id).order_by(UnitRow.id)))


def _form(form: type[F], row: Stored, **more: Any) -> F:
    columns = {each.name: getattr(row, each.name) for each in fields(form) if each.name != "class_codes"}
    return form(**columns, **more)


def _add(table: type[TrainingBase | Lab | UnitRow], columns: Mapping[str, Any]) -> int:
    with _guarded():
        statement = insert(table).values(version=1, **columns).returning(table.id)
        return session().execute(statement).scalar_one()


@contextmanager
def _guarded() -> Iterator[None]:
    """Turns the database's refusal of a second equal code, or of too little capacity, into the one the action would raise."""
    try:
        yield
    except IntegrityError as error:
        if GUARD in violated_constraint(error):
            log.error("defect: the database's guard refused what the check had let through: %s", error.orig)
            raise Refused(Invalid("capacity", "held")) from error
        if not any(name in violated_constraint(error) for name in _CODES):
            raise
        raise Refused(Invalid("code", "in_use")) from error
