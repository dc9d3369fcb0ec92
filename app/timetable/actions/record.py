"""The trail row that every change of the timetable leaves, and whose calendar one may change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.foundation.refusal import NotAllowed, Refused
from app.trail import actions as trail

NOBODYS = -1
"""Stands for the consortium where permission asks whose a calendar is: no member has this id."""


def may_set_calendar(actor: Actor, member_id: int | None) -> bool:
    """Whether the actor may set the terms and periods of a member; None is the whole consortium."""
    return may(actor, "calendar.change", Placement(booking_member_id=member_id or NOBODYS))


def check_calendar(actor: Actor, member_id: int | None) -> None:
    if not may_set_calendar(actor, member_id):
        raise Refused(NotAllowed("calendar.change"))


def record(actor: Actor, deed: str, kind: str, object_id: int, now: datetime, before: Any, after: Any) -> None:
    trail.record_by(actor, deed, now=now, kind=kind, object_id=object_id, before=before, after=after)
