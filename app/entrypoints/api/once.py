"""Once: a POST that carries an Idempotency-Key has its effect once, and gets the same answer again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request

from app.consortium.rules.office import Actor
from app.database import transaction
from app.entrypoints import clock
from app.entrypoints.api.blueprint import answer
from app.entrypoints.api.problems import invalid
from app.trail import actions as trail

LONGEST_KEY = 200


def answered_once(
    actor: Actor,
    content: Mapping[str, Any],
    do: Callable[[], dict[str, Any]],
    status: int = 200,
    headers: Callable[[dict[str, Any]], dict[str, str]] = lambda _: {},
) -> Response:
    """Do it in a transaction, once for each key, and answer with what it made, or had made before."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and all("!" <= letter <= "~" for letter in key)):
        raise invalid("Idempotency-Key", "unreadable")
    whole = [request.method, request.path, actor.member_id, content]
    body, is_repeat = transaction(lambda: trail.once(actor.person_id, key, whole, clock.now(), do))
    return answer(body, status, headers(body) | ({"Idempotency-Replayed": "true"} if is_repeat else {}))


def located(body: Mapping[str, Any]) -> dict[str, str]:
    """The header that says where it can be read."""
    return {"Location": body["url"]}
