"""Reasons as they are kept beside a plan, and back again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from app.booking.rules.conflict import (
    ClosedThen,
    InThePast,
    MoreThanThereIs,
    NotShared,
    OutOfOrder,
    OverCapacity,
    Overlaps,
    Retired,
    TooFarAhead,
    TooLong,
    TooManyUnits,
)
from app.booking.rules.course import AlreadyOver
from app.foundation.refusal import ChangedMeanwhile, NotAllowed, NotFound, Reason

_REASONS: dict[str, type[Reason]] = {
    each.code: each
    for each in (
        *(Overlaps, OverCapacity, ClosedThen, InThePast, TooFarAhead, TooLong, TooManyUnits, Retired, NotShared),
        *(OutOfOrder, MoreThanThereIs, NotFound, NotAllowed, ChangedMeanwhile, AlreadyOver),
    )
}


def plain_reason(reason: Reason) -> dict[str, Any]:
    """A reason as it is kept with the plan; one that no calendar meets is kept as not found."""
    if type(reason) not in _REASONS.values():
        return {"code": NotFound.code}
    facts = {each.name: getattr(reason, each.name) for each in fields(reason)}
    plain = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}
    return {"code": reason.code, **plain}


def reason_from(plain: Mapping[str, Any]) -> Reason:
    """A kept reason."""
    facts = {name: value for name, value in plain.items() if name != "code"}
    for name in ("start", "end", "asked_start", "latest"):
        if name in facts:
            facts[name] = datetime.fromisoformat(facts[name])
    return _REASONS[plain["code"]](**facts)
