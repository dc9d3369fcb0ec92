"""The API's blueprint: how an operation is declared, who asks and for whom, and the document that describes it all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from flask import Blueprint as FlaskBlueprint
from flask import Flask, Response, current_app, g, request
from flask_smorest import Api, Blueprint
from flask_smorest.utils import prepare_response
from werkzeug.exceptions import HTTPException

from app.consortium.rules.office import Actor, Presence
from app.consortium.rules.permission import POLICY, Placement, may, may_enter
from app.entrypoints import gate
from app.entrypoints.api import problems
from app.entrypoints.api.bodies import StrictParser
from app.entrypoints.api.problems import Unreadable, as_json
from app.entrypoints.api.shapes.blocks import Problem
from app.entrypoints.api.values import Shape
from app.foundation.identifiers import LARGEST_ID
from app.foundation.refusal import NotAllowed, Refused

ACTING_FOR = "Acting-For"
"""Header: the code of the member for whom the person asks, where she has offices at several."""

View = TypeVar("View", bound=Callable[..., Any])


class StrictBlueprint(Blueprint):
    """flask-smorest's blueprint with our strict reading of requests."""

    ARGUMENTS_PARSER = StrictParser()


api = StrictBlueprint("api", __name__, url_prefix="/api/v1")


# ── what an operation is ──


def operation(
    method: str,
    rule: str,
    *,
    deed: str,
    tag: str,
    answers: type[Shape],
    status: int = 200,
    body: type[Shape] | None = None,
    query: type[Shape] | None = None,
    refuses: Sequence[int] = (),
    headers: Mapping[str, Any] | None = None,
    versioned: bool = False,
    keyed: bool = False,
) -> Callable[[View], View]:
    """Declare one operation: its address, the deed it needs, what it takes, what it answers and may refuse with.

    Everything said here is enforced as well as described. 400, 401, 403 and 503 may come from every operation.
    A `versioned` one changes the version that was read (`versions.version_needed`), and may find it stale; a `keyed`
    one is done once for each Idempotency-Key (`once.answered_once`).
    """
    refused = {400, 401, 403, 503, *refuses}
    refused |= {413, 415, 422} if body else set()
    refused |= {422} if query else set()
    refused |= {404} if "<" in rule else set()
    refused |= {409, 428} if versioned else set()
    told_back = {**(headers or {}), **(REPLAYED if keyed else {})}
    taken = [_ACTING_FOR, *([IF_MATCH] if versioned else []), *([IDEMPOTENCY_KEY] if keyed else [])]

    def declare(view: View) -> View:
        made: Any = view
        if body is not None:
            made = api.arguments(body())(made)
        if query is not None:
            made = api.arguments(query(), location="query")(made)
        made = api.response(status, answers, headers=told_back)(made)
        named = {code: _NAMES[code] for code in sorted(refused)}
        made = api.doc(responses=named)(made)
        # Beside the query's parameters, not instead of them, as `doc(parameters=…)` would have it.
        told: dict[str, Any] = vars(made)["_apidoc"].setdefault("arguments", {})
        told.setdefault("parameters", []).extend(taken)
        made = gate.needs(deed)(made)
        api.add_url_rule(rule, view.__name__, made, methods=[method], tags=[tag])
        declared: View = made
        return declared

    return declare


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A body that already has the described shape; contract tests hold it to that."""
    return Response(as_json(body), status, dict(headers or {}), content_type="application/json")


# ── who asks, and for whom ──


@api.url_value_preprocessor
def _by_token_only(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before the gate looks: cookies count for nothing here, which is why the API needs no CSRF token.

    Without Acting-For the person asks as the first of her members for whom she may do such a thing at all.
    """
    if request.headers.get("Authorization", "")[:7].lower() != "bearer ":
        g.presence = None
        return
    present = gate.presence()
    if present is None:
        return
    code = request.headers.get(ACTING_FOR)
    deed = getattr(current_app.view_functions.get(endpoint or ""), "gate", None)
    if code is not None:
        g.actor = acting_for(code)
    elif len(present.sides) > 1 and deed in POLICY:
        g.actor = next((each for each in actors() if may_enter(each, deed)), present.actor)


def presence() -> Presence:
    """The token's owner, inside an operation that the gate has let in."""
    found = gate.presence()
    assert found is not None
    return found


def acting_for(code: str | None) -> Actor:
    """The person, asking for the member with this code. Raises Refused(NotAllowed) where she has no office there."""
    if code is None:
        return gate.actor()
    side = next((side for side in presence().sides if side.code == code), None)
    found = presence().acting_for(side.member_id) if side else None
    if found is None:
        raise Refused(NotAllowed("acting_for"))
    return found


def actors() -> list[Actor]:
    """Every actor the person may be: only the one named by the header, else the default first, then her other members."""
    chosen = gate.actor()
    if request.headers.get(ACTING_FOR) is not None:
        return [chosen]
    others = [presence().acting_for(side.member_id) for side in presence().sides]
    return [chosen, *(each for each in others if each is not None and each.member_id != chosen.member_id)]


def first_who_may(deed: str, thing: Callable[[date], Placement | None]) -> Actor:
    """The first of the person's actors who may do it to the thing; with one office there is nothing to choose."""
    choices = actors()
    place = thing(choices[0].on) if len(choices) > 1 else None
    if place is None:
        return choices[0]
    return next((each for each in choices if may(each, deed, place)), choices[0])


# ── what went wrong ──


api.register_error_handler(Refused, problems.from_refused)
api.register_error_handler(Unreadable, problems.from_unreadable)
api.register_error_handler(HTTPException, problems.from_http)


# ── the document ──


class DescribedApi(Api):
    """flask-smorest's description of the API; the errors are our own."""

    ERROR_SCHEMA = Problem
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """None for the whole application: the pages have their own."""

    def _register_pagination_header(self) -> None:
        """None: pages are followed by `next` in the body."""

    def _register_responses(self) -> None:
        for status, sentence in _SENTENCES.items():
            response = {"description": sentence, "schema": Problem, "headers": _HEADERS.get(status, {})}
            prepare_response(response, self.spec, "application/problem+json")
            self.spec.components.response(_NAMES[status], response, lazy=True)


def describe(app: Flask) -> None:
    """Register the blueprint with its description, an OpenAPI 3.1 document."""
    made = DescribedApi(
        spec_kwargs={
            "title": "Gongfang 共坊",
            "version": "1",
            "openapi_version": "3.1.0",
            "info": {"description": _ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
            "security": [{"token": []}],
        }
    )
    made.init_app(app)
    made.register_converter(
        app.url_map.converters["id"], lambda _: {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
    )
    made.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    made.register_blueprint(api)
    app.register_blueprint(described)
    app.extensions["gongfang-openapi"] = json.dumps(made.spec.to_dict(), ensure_ascii=False, sort_keys=False)


described = FlaskBlueprint("api-document", __name__, url_prefix="/api/v1")


@described.get("/openapi.json")
@gate.public
def document() -> Response:
    return Response(current_app.extensions["gongfang-openapi"], content_type="application/json")


_ABOUT = """Book training bases, labs and machines of the consortium.

Send `Authorization: Bearer TOKEN`; a token is made on the account page, or by `flask token EMAIL`. Instants are
RFC 3339 with an offset; spans are half-open. Lists come in pages: follow `next` with `?cursor=`. Everything that
changes a booking takes its `version` (or If-Match). `Idempotency-Key` makes a POST safe to repeat. Errors are
problem+json with every reason at once, in the language of Accept-Language (zh or en).
"""

_ACTING_FOR: Mapping[str, Any] = {
    "in": "header",
    "name": ACTING_FOR,
    "required": False,
    "schema": {"type": "string", "maxLength": 40},
    "description": "Code of the member for whom you ask, where you have offices at several.",
}

IDEMPOTENCY_KEY: Mapping[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "description": "The same key with the same body has its effect once and gets the same answer again.",
}

IF_MATCH: Mapping[str, Any] = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "schema": {"type": "string", "maxLength": 40},
    "description": "The ETag that was read; stands in for `version`.",
}

ETAG = {"ETag": {"schema": {"type": "string"}, "description": "The version, for If-Match."}}
LOCATION = {"Location": {"schema": {"type": "string"}, "description": "Where it can be read."}}
REPLAYED = {
    "Idempotency-Replayed": {
        "schema": {"type": "string", "enum": ["true"]},
        "description": "This answer was given before.",
    }
}

_SENTENCES = {
    400: "The request cannot be read at all, for example because it is not JSON.",
    401: "No token, or one that is revoked, expired or unknown.",
    403: "The token's owner, or the token itself, has not the right to do this.",
    404: "There is no such thing, or it is out of the token owner's sight.",
    409: "Something is in the way: `reasons` names each unit and time. Or the version is stale, or the key was used otherwise.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "The request makes no sense: `reasons` names each field.",
    428: "The version that is to be changed was not given.",
    503: "Too many people at once. Nothing was changed; send the same request again after Retry-After seconds.",
}
_NAMES = {
    400: "BadRequest",
    401: "TokenNeeded",
    403: "NotAllowed",
    404: "NotFound",
    409: "Conflict",
    413: "TooLarge",
    415: "NotJson",
    422: "UNPROCESSABLE_ENTITY",
    428: "VersionNeeded",
    503: "Busy",
}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    503: {"Retry-After": {"schema": {"type": "integer"}}},
}
