"""Units in words: the names that sentences call them by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import gettext

from app.catalogue.store import units as catalogue
from app.entrypoints.formats import named
from app.foundation.refusal import Reason

Names = Mapping[int, str]
"""Unit ids to names in the page's language."""

Sentences = dict[type[Reason], Callable[[Any, Names], str]]
"""What is said of each kind of reason of a topic."""


def unit_names(unit_ids: Iterable[int]) -> dict[int, str]:
    ids = sorted(set(unit_ids))
    return {unit.id: named(unit) for unit in catalogue.units(ids).values()} if ids else {}


def names_in(reasons: Iterable[Reason]) -> dict[int, str]:
    """The units these reasons speak of, by name: what was asked for, and the room it stands in."""
    return unit_names(unit_id for reason in reasons if isinstance(unit_id := getattr(reason, "unit_id", None), int))


def unit_in(reason: Any, names: Names) -> str:
    return names.get(reason.unit_id, gettext("This unit"))
