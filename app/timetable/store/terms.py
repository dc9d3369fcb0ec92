"""Rows of terms and of the blocks of weeks in them."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update

from app.database import session, table_of
from app.timetable.rules.term import Block, BlockForm, Term, TermForm
from app.timetable.tables import Block as BlockRow
from app.timetable.tables import Term as TermRow

_BLOCK = (
    BlockRow.id,
    BlockRow.term_id,
    BlockRow.kind,
    BlockRow.first_week,
    BlockRow.last_week,
    BlockRow.learners,
    BlockRow.teaches,
    BlockRow.name_zh,
    BlockRow.name_en,
)


def terms() -> list[Term]:
    rows = session().execute(
        select(
            TermRow.id, TermRow.member_id, TermRow.name_zh, TermRow.name_en, TermRow.first_monday, TermRow.weeks
        ).order_by(TermRow.first_monday, TermRow.id)
    )
    return [Term(*row) for row in rows]


def terms_and_blocks(member_id: int | None) -> tuple[list[Term], list[Block]]:
    """The terms of an organisation and of the consortium, with the blocks in them; one query."""
    found: dict[int, Term] = {}
    marked = []
    row: Any
    columns: list[Any]
    whose = {"member_id": -1 if member_id is None else member_id}
    for row in session().execute(_terms_query(), whose):
        columns = row[6:]
        found.setdefault(row[0], Term(*row[:6]))
        if row[6] is not None:
            marked.append(Block(*columns))
    return list(found.values()), marked


@cache
def _terms_query() -> Any:
    """Made once: every grid and form asks it."""
    term, block = table_of(TermRow), table_of(BlockRow)
    return (
        select(
            term.c.id,
            term.c.member_id,
            term.c.name_zh,
            term.c.name_en,
            term.c.first_monday,
            term.c.weeks,
            *(block.c[column.key] for column in _BLOCK),
        )
        .outerjoin(block, block.c.term_id == term.c.id)
        .where(or_(term.c.member_id == bindparam("member_id"), term.c.member_id.is_(None)))
        .order_by(term.c.first_monday, term.c.id, block.c.first_week, block.c.id)
    )


def term_version(term_id: int) -> int | None:
    """The version of a term, locked until the transaction ends; None where there is none."""
    return session().scalar(select(TermRow.version).where(TermRow.id == term_id).with_for_update())


def version_of_term(term_id: int) -> int | None:
    """The version of a term as a page shows it."""
    return session().scalar(select(TermRow.version).where(TermRow.id == term_id))


def add_term(form: TermForm) -> int:
    return (
        session().execute(insert(TermRow).values(**_term_columns(form), version=1).returning(TermRow.id)).scalar_one()
    )


def put_term(term_id: int, form: TermForm) -> None:
    session().execute(
        update(TermRow).where(TermRow.id == term_id).values(**_term_columns(form), version=TermRow.version + 1)
    )


def remove_term(term_id: int) -> None:
    session().execute(delete(TermRow).where(TermRow.id == term_id))


def _term_columns(form: TermForm) -> dict[str, Any]:
    return {
        "member_id": form.member_id,
        "name_zh": form.name_zh.strip(),
        "name_en": form.name_en.strip(),
        "first_monday": form.first_monday,
        "weeks": form.weeks,
    }


def blocks(term_id: int | None = None) -> list[Block]:
    """The blocks of a term, or of all terms, the earlier first."""
    query = select(*_BLOCK).order_by(BlockRow.term_id, BlockRow.first_week, BlockRow.id)
    if term_id is not None:
        query = query.where(BlockRow.term_id == term_id)
    return [Block(*row) for row in session().execute(query)]


def replace_blocks(term_id: int, forms: list[BlockForm]) -> None:
    """Set the blocks of a term, all at once."""
    session().execute(delete(BlockRow).where(BlockRow.term_id == term_id))
    rows = [
        {
            "term_id": term_id,
            "kind": form.kind,
            "first_week": form.first_week,
            "last_week": form.last_week,
            "learners": form.learners.strip(),
            "teaches": form.teaches,
            "name_zh": form.name_zh.strip(),
            "name_en": form.name_en.strip(),
        }
        for form in forms
    ]
    if rows:
        session().execute(insert(BlockRow), rows)
    session().execute(update(TermRow).where(TermRow.id == term_id).values(version=TermRow.version + 1))
