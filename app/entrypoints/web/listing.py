"""Lists on pages: the asked page of a list, and words asked for in the address."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

from app.foundation.identifiers import id_from_text

T = TypeVar("T")

PAGE_SIZE = 50
MOST_EXPORTED = 100_000
LONGEST_WORD = 100


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """One page of a list."""

    rows: Sequence[T]
    page: int
    pages: int
    total: int


def listed(total: int, fetch: Callable[[int, int], Sequence[T]], size: int = PAGE_SIZE) -> Listed[T]:
    """The page of `size` rows asked for by `?page=`, or the nearest there is; `fetch(limit, offset)` reads it."""
    pages = max(1, -(-total // size))
    wanted = request.args.get("page", "1")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else 1
    page = min(max(1, number), pages)
    return Listed(fetch(size, (page - 1) * size), page, pages, total)


def asked_word(name: str, choices: Collection[str] | None = None, default: str = "") -> str:
    """A word of the address: one of the choices, or any short printable text; else the default."""
    text = request.args.get(name, default).strip()
    if choices is not None:
        return text if text in choices else default
    return "".join(sign for sign in text if sign.isprintable())[:LONGEST_WORD]


def asked_sort(choices: Collection[str], default: str) -> str:
    """`?sort=name` or `?sort=-name`, of these choices."""
    text = request.args.get("sort", default)
    return text if text.removeprefix("-") in choices else default


def shown_version() -> int:
    """The version of the thing that the form was made from; 0, which is nobody's, where the form does not say."""
    return id_from_text(request.form.get("version", "")) or 0
