"""Rows of imports and of the changes each of them plans: kept with the file, carried out step by step, listed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, or_, select, update

from app.booking.tables.imports import Import, ImportItem
from app.consortium.rules.scope import Scope
from app.consortium.tables.people import Member, Person
from app.database import hold, session, table_of
from app.timetable.tables import Term


@dataclass(frozen=True, slots=True)
class KeptImport:
    """An import as it stands, without its file. `done` of `total` changes are made; `columns`, `choices` are as said."""

    id: int
    kind: str
    member_id: int
    term_id: int | None
    unit_id: int | None
    file_name: str
    layout: str
    header_key: str
    columns: Mapping[str, Any]
    choices: Mapping[str, Any]
    state: str
    total: int
    done: int
    made_by: int
    made_at: datetime
    applied_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class KeptItem:
    """One planned change, or one thing that is only told (`is_done` from the start, with no outcome)."""

    id: int
    row: int
    what: str
    facts: Mapping[str, Any]
    outcome: Mapping[str, Any]
    is_done: bool


@dataclass(frozen=True, slots=True)
class Planned:
    """An item about to be kept; what is only `told` is no change to make."""

    row: int
    what: str
    facts: Mapping[str, Any]
    told: bool = False


@dataclass(frozen=True, slots=True)
class ImportLine:
    """An import in a list, with the names of whose it is and who made it."""

    id: int
    kind: str
    file_name: str
    state: str
    total: int
    done: int
    made_at: datetime
    applied_at: datetime | None
    member_zh: str
    member_en: str
    maker: str
    term_zh: str | None
    term_en: str | None


_IMPORT = (
    Import.id,
    Import.kind,
    Import.member_id,
    Import.term_id,
    Import.unit_id,
    Import.file_name,
    Import.layout,
    Import.header_key,
    Import.columns,
    Import.choices,
    Import.state,
    Import.total,
    Import.done,
    Import.made_by,
    Import.made_at,
    Import.applied_at,
    Import.version,
)


def add(
    kind: str,
    member_id: int,
    file_name: str,
    content: bytes,
    *,
    made_by: int,
    now: datetime,
    layout: str = "",
    term_id: int | None = None,
    unit_id: int | None = None,
    header_key: str = "",
    columns: Mapping[str, Any] | None = None,
    choices: Mapping[str, Any] | None = None,
) -> int:
    """Keep an uploaded file; its id. Its state is `read` until its changes are planned."""
    row = {
        "kind": kind,
        "member_id": member_id,
        "term_id": term_id,
        "unit_id": unit_id,
        "file_name": file_name[-200:],
        "layout": layout,
        "header_key": header_key,
        "content": content,
        "columns": json.dumps(columns or {}, ensure_ascii=False),
        "choices": json.dumps(choices or {}, ensure_ascii=False),
        "state": "read",
        "total": 0,
        "done": 0,
        "made_by": made_by,
        "made_at": now,
        "version": 1,
    }
    return session().execute(insert(Import).values(**row).returning(Import.id)).scalar_one()


def find(import_id: int, *, lock: bool = False) -> KeptImport | None:
    """An import, locked until the transaction ends where asked; None where there is none."""
    if lock:
        hold(Import, Import.id == import_id)
    row: Any = session().execute(select(*_IMPORT).where(Import.id == import_id)).first()
    return _kept(row) if row else None


def _kept(row: Any) -> KeptImport:
    values = list(row)
    values[8], values[9] = json.loads(values[8]), json.loads(values[9])
    return KeptImport(*values)


def content(import_id: int) -> bytes:
    """The file as it came."""
    return session().scalars(select(Import.content).where(Import.id == import_id)).one()


def put(import_id: int, version: int, **columns: Any) -> bool:
    """Set columns of an import (`columns` and `choices` as values, not text); whether it still had this version."""
    for name in ("columns", "choices"):
        if name in columns:
            columns[name] = json.dumps(columns[name], ensure_ascii=False)
    changed = (
        session()
        .execute(
            update(Import)
            .where(Import.id == import_id, Import.version == version)
            .values(version=version + 1, **columns)
            .returning(Import.id)
        )
        .first()
    )
    return changed is not None


def said_before(member_id: int, header_key: str) -> Mapping[str, Any] | None:
    """What a member last said of a file with the same columns; None where it never did."""
    said = session().scalar(
        select(Import.columns)
        .where(Import.member_id == member_id, Import.header_key == header_key, Import.columns != "{}")
        .order_by(Import.id.desc())
        .limit(1)
    )
    return json.loads(said) if said else None


# ── items ──


def replace_items(import_id: int, items: Sequence[Planned]) -> int:
    """Set the items of an import, in this order; how many of them are changes to make."""
    session().execute(delete(ImportItem).where(ImportItem.import_id == import_id))
    rows = [
        {
            "import_id": import_id,
            "row": item.row,
            "what": item.what,
            "facts": json.dumps(item.facts, ensure_ascii=False),
            "outcome": "{}",
            "is_done": item.told,
        }
        for item in items
    ]
    if rows:
        session().execute(insert(table_of(ImportItem)), rows)
    return sum(not item.told for item in items)


_ITEM = (ImportItem.id, ImportItem.row, ImportItem.what, ImportItem.facts, ImportItem.outcome, ImportItem.is_done)


def _item(row: Any) -> KeptItem:
    return KeptItem(row[0], row[1], row[2], json.loads(row[3]), json.loads(row[4] or "{}"), row[5])


def items(import_id: int, whats: Sequence[str] = (), limit: int | None = None, offset: int = 0) -> list[KeptItem]:
    """The items of an import in their order, of these kinds or of every kind."""
    query = select(*_ITEM).where(ImportItem.import_id == import_id).order_by(ImportItem.id)
    if whats:
        query = query.where(ImportItem.what.in_(list(whats)))
    return [_item(row) for row in session().execute(query.limit(limit).offset(offset))]


def next_items(import_id: int, limit: int) -> list[KeptItem]:
    """The first changes that are still to make."""
    query = select(*_ITEM).where(ImportItem.import_id == import_id, ~ImportItem.is_done).order_by(ImportItem.id)
    return [_item(row) for row in session().execute(query.limit(limit))]


def finish_items(import_id: int, outcomes: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Mark items as done with what became of them, and count them, all in the transaction of the changes themselves."""
    if not outcomes:
        return
    table = table_of(ImportItem)
    session().connection().execute(
        update(table).where(table.c.id == bindparam("item_id")).values(outcome=bindparam("told"), is_done=True),
        [{"item_id": item_id, "told": json.dumps(told, ensure_ascii=False)} for item_id, told in outcomes],
    )
    session().execute(update(Import).where(Import.id == import_id).values(done=Import.done + len(outcomes)))


def counts(import_id: int) -> dict[str, int]:
    """How many items there are of each kind."""
    query = select(ImportItem.what, func.count()).where(ImportItem.import_id == import_id).group_by(ImportItem.what)
    rows: Any = session().execute(query).all()
    return dict(tuple(row) for row in rows)


# ── lists ──


def listing(
    scope: Scope,
    *,
    kind: str = "",
    state: str = "",
    words: str = "",
    sort: str = "-made_at",
    limit: int = 50,
    offset: int = 0,
    made_by: int = 0,
) -> tuple[int, list[ImportLine]]:
    """How many imports the filters leave of the timetables in the scope and all that this person made; a page of them."""
    where = [or_(and_(Import.kind == "timetable", _visible(scope)), Import.made_by == made_by)]
    if kind:
        where.append(Import.kind == kind)
    if state:
        where.append(Import.state == state)
    if words:
        pattern = f"%{words.replace('%', '').replace('_', '')}%"
        where.append(or_(Import.file_name.ilike(pattern), Person.name.ilike(pattern)))
    total = session().scalar(_joined(select(func.count())).where(*where)) or 0
    column = {"made_at": Import.made_at, "file_name": Import.file_name, "state": Import.state}[sort.removeprefix("-")]
    columns = select(
        Import.id,
        Import.kind,
        Import.file_name,
        Import.state,
        Import.total,
        Import.done,
        Import.made_at,
        Import.applied_at,
        Member.name_zh,
        Member.name_en,
        Person.name,
        Term.name_zh,
        Term.name_en,
    )
    query = _joined(columns).where(*where).order_by(column.desc() if sort.startswith("-") else column, Import.id.desc())
    rows: Any = session().execute(query.limit(limit).offset(offset))
    return total, [ImportLine(*row) for row in rows]


def _joined(query: Any) -> Any:
    return (
        query.select_from(Import)
        .join(Member, Member.id == Import.member_id)
        .join(Person, Person.id == Import.made_by)
        .outerjoin(Term, Term.id == Import.term_id)
    )


def _visible(scope: Scope) -> ColumnElement[bool]:
    if scope.everything:
        return Import.id.is_not(None)
    return Import.member_id.in_(scope.member_ids)
