"""What others can ask of the outbox: keep these messages with the change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.foundation.identifiers import canonical
from app.outbox import store
from app.outbox.rules import Letter


def post(letters: Sequence[Letter], now: datetime) -> None:
    """Keep messages in the transaction of the change itself; they are sent later."""
    rows: list[dict[str, object]] = [
        {
            "mark": letter.mark,
            "person_id": letter.person_id,
            "template": letter.template,
            "facts": canonical(letter.facts),
            "posted_at": now,
            "due_at": now,
            "tries": 0,
        }
        for letter in {letter.mark: letter for letter in letters}.values()
    ]
    if rows:
        store.add(rows)
