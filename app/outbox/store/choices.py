"""Rows of choices: how people want their messages."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import insert, select, update

from app.database import session
from app.outbox.rules.ways import USUAL, Choices
from app.outbox.tables import Choice


def choices_of(person_ids: Collection[int]) -> dict[int, Choices]:
    """What these people chose; who chose nothing is left out."""
    if not person_ids:
        return {}
    rows = session().execute(
        select(Choice.person_id, Choice.ways, Choice.digest_hour, Choice.version).where(
            Choice.person_id.in_(sorted(person_ids))
        )
    )
    return {row.person_id: Choices(json.loads(row.ways), row.digest_hour, row.version) for row in rows}


def find(person_id: int) -> Choices:
    return choices_of([person_id]).get(person_id, USUAL)


def keep(person_id: int, chosen: Choices) -> None:
    """Keep these choices as the next version."""
    values = {"ways": json.dumps(dict(chosen.ways), sort_keys=True), "digest_hour": chosen.digest_hour}
    changed = session().scalar(
        update(Choice)
        .where(Choice.person_id == person_id)
        .values(**values, version=Choice.version + 1)
        .returning(Choice.person_id)
    )
    if changed is None:
        session().execute(insert(Choice).values(person_id=person_id, version=1, **values))
