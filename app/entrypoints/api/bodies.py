"""Bodies: reads a request strictly, as JSON without surprises, and says of every wrong field what is wrong with it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import marshmallow as ma
from flask import Request
from webargs.flaskparser import FlaskParser

from app.entrypoints.api.problems import Unreadable
from app.foundation.refusal import Invalid

LARGEST_BODY = 256 * 1024
"""Bytes. A series of 400 dates with 60 units is a tenth of it."""

MOST_BRACKETS = 4_000
"""Objects and lists in one body; more than any sensible request has, few enough to read at once."""

LONGEST_NUMBER = 18
"""Digits. Everything the API counts fits."""

MOST_PROBLEMS = 20

_ODD = re.compile(r"[^\w.\-]+")


class StrictParser(FlaskParser):
    """webargs with our reading of JSON, unknown query fields refused, and problems instead of an abort."""

    DEFAULT_UNKNOWN_BY_LOCATION = {
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "json": ma.RAISE,
        "query": ma.RAISE,
        "headers": ma.EXCLUDE,
    }

    def load_json(self, req: Request, schema: ma.Schema) -> Any:  # noqa: ARG002
        return strict_json(req)

    def handle_error(self, error: ma.ValidationError, *_: Any, **__: Any) -> NoReturn:
        raise Unreadable([Invalid(field, code) for field, code in _problems(error.messages)][:MOST_PROBLEMS]) from error


def strict_json(req: Request) -> Any:
    """The body's JSON. Raises Unreadable (400, 413 or 415) for anything that two readers could understand differently."""
    if (req.mimetype or "").lower() != "application/json":
        raise Unreadable((), 415)
    if (req.content_length or 0) > LARGEST_BODY:
        raise Unreadable((), 413)
    raw = req.get_data(cache=True)
    if len(raw) > LARGEST_BODY:
        raise Unreadable((), 413)
    if raw.count(b"{") + raw.count(b"[") > MOST_BRACKETS:
        raise Unreadable(Invalid("body", "too_deep"), 400)
    try:
        return json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_fraction,
            parse_constant=_constant,
        )
    except _Odd as odd:
        raise Unreadable(Invalid("body", str(odd)), 400) from None
    except RecursionError:
        raise Unreadable(Invalid("body", "too_deep"), 400) from None
    except ValueError:
        raise Unreadable(Invalid("body", "not_json"), 400) from None


class _Odd(ValueError):
    """JSON that is written correctly and still not clear; its word is the problem's code."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Odd("repeated_field")
    return found


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise _Odd("number_too_long")
    return int(digits)


def _fraction(text: str) -> float:
    number = float(text) if len(text) <= 64 else math.inf
    if not math.isfinite(number):
        raise _Odd("number_too_long")
    return number


def _constant(_: str) -> NoReturn:
    raise _Odd("not_a_number")


def _problems(messages: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Marshmallow's nested messages as (field, code); the first part of a path is where it was read and is left out."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _problems(inner, path if name == "_schema" else (*path, _plain(name)))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        yield ".".join(path[1:]) or "body", str(message)


def _plain(name: object) -> str:
    """A field's name as it may be repeated in an answer: short, without anything odd."""
    return _ODD.sub("?", str(name).encode("utf-8", "replace").decode())[:60]
