"""Operations: the numbers in force, those a base or a unit has of its own, and changing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from app.booking.actions import limiting
from app.booking.store import limits as limit_store
from app.catalogue.rules.unit import Thing
from app.catalogue.store import shares
from app.consortium.actions import settings as actions
from app.consortium.rules.settings import SETTINGS
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.api.blueprint import ETAG, answer, operation
from app.entrypoints.api.problems import invalid
from app.entrypoints.api.shapes import line as shapes
from app.entrypoints.api.versions import etag, mark_needed
from app.foundation.refusal import NotFound, Refused


@operation("GET", "/settings", deed="grid.see", tag="settings", answers=shapes.SettingsShown, headers=ETAG)
def settings() -> Response:
    """Every number in force for the whole consortium, with its bounds and its default."""
    return _settings_as_they_stand()


@operation(
    "PATCH",
    "/settings",
    deed="setting.change",
    tag="settings",
    body=shapes.SettingsChanged,
    answers=shapes.SettingsShown,
    headers=ETAG,
    versioned=True,
)
def change_settings(wanted: dict[str, Any]) -> Response:
    """Change numbers; what is asked from now on is judged by them."""
    mark = mark_needed(wanted.get("mark"))
    if not wanted["values"]:
        raise invalid("values", "nothing_to_change")
    actor, now, values = gate.actor(), clock.now(), shapes.numbers_of(wanted["values"])
    transaction(lambda: actions.set_all(actor, mark, values, now=now))
    return _settings_as_they_stand()


def _settings_as_they_stand() -> Response:
    values = actions.settings_now()
    mark = actions.mark_of(values)
    items = [
        {
            "name": each.name,
            "unit": each.unit,
            "value": values[each.name],
            "default": each.default,
            "least": each.least,
            "most": each.most,
            "is_off_at_zero": each.is_off_at_zero,
            "may_differ": each.may_differ,
        }
        for each in SETTINGS.values()
    ]
    return answer({"mark": mark, "items": items}, headers=etag(mark))


@operation(
    "GET", "/bases/<id:base_id>/limits", deed="grid.see", tag="settings", answers=shapes.LimitsShown, headers=ETAG
)
def base_limits(base_id: int) -> Response:
    """The limits in force at a base, and which of them are its own."""
    return _limits_as_they_stand("base", base_id)


@operation(
    "GET", "/units/<id:unit_id>/limits", deed="grid.see", tag="settings", answers=shapes.LimitsShown, headers=ETAG
)
def unit_limits(unit_id: int) -> Response:
    """The limits in force for a unit (its own, else its base's), and which of them are its own."""
    return _limits_as_they_stand("unit", unit_id)


@operation(
    "PUT",
    "/bases/<id:base_id>/limits",
    deed="limits.change",
    tag="settings",
    body=shapes.LimitsSet,
    answers=shapes.LimitsShown,
    headers=ETAG,
    versioned=True,
)
def set_base_limits(wanted: dict[str, Any], base_id: int) -> Response:
    """Set all limits that a base has of its own."""
    return _set("base", base_id, wanted)


@operation(
    "PUT",
    "/units/<id:unit_id>/limits",
    deed="limits.change",
    tag="settings",
    body=shapes.LimitsSet,
    answers=shapes.LimitsShown,
    headers=ETAG,
    versioned=True,
)
def set_unit_limits(wanted: dict[str, Any], unit_id: int) -> Response:
    """Set all limits that a unit has of its own."""
    return _set("unit", unit_id, wanted)


def _set(scope: str, scope_id: int, wanted: Mapping[str, Any]) -> Response:
    mark = mark_needed(wanted.get("mark"))
    actor, now, values = gate.actor(), clock.now(), shapes.numbers_of(wanted["values"])
    transaction(lambda: limiting.set_limits(actor, scope, scope_id, mark, values, now=now))
    return _limits_as_they_stand(scope, scope_id)


def _limits_as_they_stand(scope: str, scope_id: int) -> Response:
    if shares.standing(Thing(scope, scope_id)) is None:
        raise Refused(NotFound())
    own = limiting.limits_now(scope, scope_id)
    in_force = actions.settings_now() | own
    if scope == "unit":  # what its base has of its own holds where it has none
        in_force = limit_store.numbers([scope_id])[1][scope_id]
    mark = actions.mark_of(own)
    items = [{"name": name, "own": own.get(name), "value": in_force[name]} for name in limiting.OWN]
    return answer({"mark": mark, "items": items}, headers=etag(mark))
