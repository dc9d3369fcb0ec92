"""Limiting: a base or a unit gets numbers of its own in place of the consortium's settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.booking.actions.situation import record
from app.booking.store import limits as store
from app.catalogue.actions.standing import require
from app.catalogue.rules.unit import Thing
from app.consortium.actions.settings import mark_of, settings_now
from app.consortium.rules.office import Actor
from app.consortium.rules.settings import SETTINGS, reasons_against
from app.foundation.refusal import ChangedMeanwhile, Invalid, Reason, Refused

OWN = tuple(name for name, setting in SETTINGS.items() if setting.may_differ)
"""The settings that a base or a unit may have its own number of."""


def limits_now(scope: str, scope_id: int) -> dict[str, int]:
    """The numbers a base or a unit (`scope`) has of its own; what is not among them is as everywhere."""
    return store.limits_of(scope, scope_id)


def set_limits(
    actor: Actor, scope: str, scope_id: int, mark: str, values: Mapping[str, int | None], *, now: datetime
) -> None:
    """Set all own numbers of a base or a unit. Coming bookings stay; only what is asked from now on is judged by them.

    Raises Refused with everything wrong, and ChangedMeanwhile where they are no longer as `mark` says.
    """
    require(actor, "limits.change", Thing(scope, scope_id), now)
    before = limits_now(scope, scope_id)
    if mark_of(before) != mark:
        raise Refused(ChangedMeanwhile(0))
    reasons: list[Reason] = [Invalid(name, "unknown") for name in values if name not in OWN]
    reasons = reasons or reasons_against(values, settings_now())
    if reasons:
        raise Refused(reasons)
    after = {name: value for name, value in values.items() if value is not None}
    store.replace_limits(scope, scope_id, after)
    record(actor, "limits.change", scope_id, now, kind=scope, before=before, after=after)
