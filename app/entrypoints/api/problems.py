"""Problems: every no of the API as one RFC 9457 document, with each reason as a code, a sentence and its facts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.exceptions import NotFound as NoSuchAddress
from werkzeug.routing import RequestRedirect

from app.entrypoints.wording import say
from app.entrypoints.wording.language import LOCALES
from app.entrypoints.wording.units import unit_names
from app.foundation.refusal import Busy, Invalid, NotAllowed, NotFound, Reason, Refused
from app.foundation.timespan import local

PREFIX = "/api/"

STATUS_OF_KIND = {"busy": 503, "missing": 404, "forbidden": 403, "invalid": 422, "stale": 409, "conflict": 409}
"""The status a kind of reason is answered with; of several kinds the first in this order counts."""

RETRY_AFTER_SECONDS = 2
MOST_REASONS = 100
"""A series refused on 400 dates needs no answer of a megabyte."""

_HIDDEN = ("booking_id",)
"""Facts that name another's booking: the time that is taken is all a stranger learns."""


class Unreadable(Exception):
    """The request itself cannot be read: answered with `status` before anything is looked up."""

    def __init__(self, reasons: Sequence[Reason] | Reason, status: int = 422) -> None:
        self.reasons = (reasons,) if isinstance(reasons, Reason) else tuple(reasons)
        self.status = status
        super().__init__(", ".join(reason.code for reason in self.reasons))


def init_app(app: Flask) -> None:
    app.before_request(_nowhere)


def as_json(body: Any) -> bytes:
    """Days are written as YYYY-MM-DD; instants must have gone through `moment` already."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=date.isoformat).encode(
        "utf-8", "replace"
    )


def problem(
    status: int,
    reasons: Sequence[Reason] = (),
    *,
    detail: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """The document. `more` are further members, such as the present state of a thing that changed meanwhile."""
    told = [explained(reason, names) for names in (_names(reasons),) for reason in reasons[:MOST_REASONS]]
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or " ".join(dict.fromkeys(each["message"] for each in told)) or sentence_of(status),
        "reasons": told or [{"code": _code_of(status), "message": detail or sentence_of(status)}],
    } | more
    answer = Response(as_json(body), status=status, content_type="application/problem+json")
    answer.headers.extend(headers or {})
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="gongfang"'
    if status == 503:
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def explained(reason: Reason, names: Mapping[int, str]) -> dict[str, Any]:
    """A reason as programs and people read it: its code, its sentence, and the facts it carries."""
    told: dict[str, Any] = {"code": reason.code, "message": say(reason, names)}
    for each in fields(reason):
        if each.name in _HIDDEN:
            continue
        fact = getattr(reason, each.name)
        told[each.name] = moment(fact) if isinstance(fact, datetime) else fact
        if each.name == "unit_id":
            told["unit"] = names.get(fact, "")
    return told


def all_explained(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    names = _names(reasons)
    return [explained(reason, names) for reason in reasons]


def moment(instant: datetime) -> str:
    """An instant in RFC 3339, read on the consortium's clock."""
    return local(instant).isoformat()


def moment_if_any(instant: datetime | None) -> str | None:
    return moment(instant) if instant is not None else None


def status_of(reasons: Iterable[Reason]) -> int:
    kinds = {reason.kind for reason in reasons}
    return next((status for kind, status in STATUS_OF_KIND.items() if kind in kinds), 409)


def from_refused(refused: Refused) -> Response:
    return problem(status_of(refused.reasons), refused.reasons)


def from_unreadable(unreadable: Unreadable) -> Response:
    return problem(unreadable.status, unreadable.reasons)


def from_http(error: HTTPException) -> Response:
    """What the framework or the gate refuses with."""
    headers = {name: value for name, value in error.get_headers() if name.lower() in ("allow", "retry-after")}
    status = error.code or 500
    if isinstance(error, RequestRedirect):
        return Response(status=status, headers={"Location": error.new_url})
    return problem(status, _REASONS_OF_STATUS.get(status, ()), headers=headers)


def sentence_of(status: int) -> str:
    """What a status means here, in the language of the request."""
    sentences = {
        400: gettext("The request cannot be read."),
        401: gettext("Please send a valid token: Authorization: Bearer …"),
        405: gettext("This address cannot be asked in this way."),
        413: gettext("The request is too large."),
        415: gettext("Please send JSON (Content-Type: application/json)."),
        428: gettext("Please say which version you are changing: `version`, or If-Match with the ETag you read."),
    }
    return sentences.get(status) or gettext("Something went wrong here. Nothing was changed.")


_REASONS_OF_STATUS: dict[int, tuple[Reason, ...]] = {404: (NotFound(),), 503: (Busy(),)}

_CODES = {
    400: "unreadable",
    401: "token_needed",
    403: "not_allowed",
    405: "wrong_method",
    413: "too_large",
    415: "not_json",
    428: "version_needed",
}


def _code_of(status: int) -> str:
    return _CODES.get(status, "defect" if status >= 500 else "refused")


def forbidden(deed: str) -> Response:
    return problem(403, (NotAllowed(deed),))


def invalid(field: str, problem_code: str) -> Unreadable:
    """A field that makes no sense, to be raised."""
    return Unreadable(Invalid(field, problem_code))


def _names(reasons: Sequence[Reason]) -> dict[int, str]:
    return unit_names(unit_id for reason in reasons if isinstance(unit_id := getattr(reason, "unit_id", None), int))


def _nowhere() -> Response | None:
    """An address under /api that leads nowhere, or not with this method, answers as JSON like everything else there."""
    error = request.routing_exception
    if error is None or not request.path.startswith(PREFIX) or not isinstance(error, HTTPException):
        return None
    g.setdefault("locale", LOCALES[request.accept_languages.best_match(list(LOCALES), "zh")])
    if isinstance(error, MethodNotAllowed):
        allowed = [method for method in error.valid_methods or () if _leads_somewhere(method)]
        return problem(405, headers={"Allow": ", ".join(sorted(allowed))}) if allowed else from_http(NoSuchAddress())
    return from_http(error)


def _leads_somewhere(method: str) -> bool:
    """Whether the address exists for this method. An id out of range makes the router speak of other methods instead."""
    adapter = current_app.create_url_adapter(request)
    try:
        return adapter is not None and bool(adapter.match(method=method))
    except HTTPException:
        return False
