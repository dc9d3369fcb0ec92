"""Attempts: a deed pressed on a page is tried in a transaction; a refusal becomes sentences and a status."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import Any

from flask import flash, redirect
from werkzeug.wrappers import Response

from app.database import transaction
from app.entrypoints import wording
from app.foundation.refusal import NotFound, Reason, Refused


def status_of(reasons: Sequence[Reason]) -> int:
    """The status of a form shown again with reasons."""
    kinds = {reason.kind for reason in reasons}
    if "busy" in kinds:
        return 503
    if kinds & {"conflict", "stale"}:
        return 409
    return 404 if "missing" in kinds else 403 if "forbidden" in kinds else 422


def attempt(do: Callable[[], Any]) -> tuple[list[str], int]:
    """Do it in a transaction; the sentences of a refusal and the status to show them with, or none."""
    try:
        transaction(do)
    except Refused as refused:
        return wording.sentences(refused.reasons), status_of(refused.reasons)
    return [], 200


def tried(do: Callable[[], Any], error_pages: Set[str] = frozenset({"missing", "busy"})) -> list[str]:
    """Do it in a transaction; the sentences of a refusal, or none. A reason of these kinds is an error page instead."""
    try:
        transaction(do)
    except Refused as refused:
        if any(reason.kind in error_pages for reason in refused.reasons):
            raise
        return wording.sentences(refused.reasons)
    return []


def pressed(do: Callable[[], Any], said: str, onward: str) -> Response:
    """One button: do it, say that it is done or why not, and go on to a page; 404 for what is out of sight."""
    try:
        transaction(do)
    except Refused as refused:
        if any(isinstance(reason, NotFound) for reason in refused.reasons):
            raise
        flash_all(refused.reasons)
    else:
        flash(said, "done")
    return redirect(onward, 303)


def flash_all(reasons: Sequence[Reason]) -> None:
    """Each reason as a sentence on the next page."""
    for sentence in wording.sentences(reasons):
        flash(sentence, "problem")
