"""Paging: one page of a list, and the cursor of the next one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response

from app.entrypoints.api.blueprint import answer
from app.entrypoints.api.values import cursor_after


def page(wanted: Mapping[str, Any], read: Callable[..., Sequence[Mapping[str, Any]]], **filters: Any) -> Response:
    """What `read(after, limit, **filters)` gives; one row more than asked for tells whether there is a next page."""
    limit: int = wanted["limit"]
    rows = read(wanted.get("cursor") or 0, limit + 1, **filters)
    return answer(paged(list(rows), limit))


def paged(rows: Sequence[Mapping[str, Any]], limit: int) -> dict[str, Any]:
    shown = rows[:limit]
    return {"items": shown, "next": cursor_after(shown[-1]["id"]) if len(rows) > limit else None}
