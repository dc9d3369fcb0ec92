"""The web blueprint and what every page shares: who asks, ids from addresses, a refusal shown."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Blueprint, abort, render_template
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

from app.entrypoints import gate
from app.foundation.identifiers import id_from_text

web = Blueprint("web", __name__)

actor = gate.actor

T = TypeVar("T")


class RowId(BaseConverter):
    """A row's id in an address: decimal, within what a database keeps; anything else is simply not found."""

    regex = r"[0-9]{1,20}"

    def to_python(self, value: str) -> int:
        number = id_from_text(value)
        if number is None:
            raise NotFound  # not ValidationError: that says 405 where a later route of this address has other methods
        return number


def page(template: str, /, status: int = 200, **values: Any) -> tuple[str, int]:
    """A rendered page."""
    return render_template(template, **values), status


def or_404(found: T | None) -> T:
    """What was found, or the page that a missing and a hidden thing share."""
    if found is None:
        abort(404)
    return found
