"""Versions: which one a change is meant for, from the body or If-Match; and the one it became, as ETag."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from flask import Response, request

from app.entrypoints.api.blueprint import answer
from app.entrypoints.api.problems import Unreadable, invalid
from app.foundation.identifiers import LARGEST_ID

Given = TypeVar("Given", int, str)

_NUMBER = re.compile(r'(?:W/)?"([1-9]\d{0,9})(?:[:;-]\w+)?"', re.ASCII)
"""A version in quotes; a compressing proxy may have added its mark."""

_MARK = re.compile(r'(?:W/)?"([0-9a-f]{1,16})(?:[:;-]\w+)?"', re.ASCII)
"""The mark of a page of numbers that have no version of their own."""


def version_needed(in_body: int | None) -> int:
    """The version that is to be changed. Raises Unreadable: with 428 where none is given, with 422 where the body and
    If-Match differ or If-Match cannot be read."""
    header = _if_match(_NUMBER)
    found = int(header) if header is not None else None
    if found is not None and found > LARGEST_ID:
        raise invalid("If-Match", "unreadable")
    return _the_one("version", in_body, found)


def mark_needed(in_body: str | None) -> str:
    """The mark of what is to be changed. Raises Unreadable as `version_needed` does."""
    return _the_one("mark", in_body, _if_match(_MARK))


def _if_match(form: re.Pattern[str]) -> str | None:
    header = request.headers.get("If-Match")
    if header is None:
        return None
    found = form.fullmatch(header.strip())
    if found is None:
        raise invalid("If-Match", "unreadable")
    return found[1]


def _the_one(name: str, in_body: Given | None, in_header: Given | None) -> Given:
    if in_body is not None and in_header is not None and in_body != in_header:
        raise invalid(name, "two_versions")
    given = in_body if in_header is None else in_header
    if given is None:
        raise Unreadable((), 428)
    return given


def etag(version: int | str) -> dict[str, str]:
    """The header that says which version, or which mark, was answered."""
    return {"ETag": f'"{version}"'}


def versioned(body: Mapping[str, Any], status: int = 200) -> Response:
    """A thing as it stands, with its version for If-Match."""
    return answer(body, status, etag(body["version"]))
