"""Ending: a date that is running is over sooner than it was booked for; the rest is free, and goes to the line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.booking.actions.serving import freed_by_dates, serve
from app.booking.actions.situation import get, plain_kept, record, take, tell
from app.booking.rules.course import CONFIRMED, Kept, KeptBooking
from app.booking.rules.request import Slot, claims
from app.booking.store import bookings, ledger
from app.booking.store import passing as dates
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.foundation.refusal import ChangedMeanwhile, Refused
from app.foundation.timespan import Span


def end_at(
    actor: Actor,
    before: KeptBooking,
    date: Kept,
    moment: datetime,
    *,
    deed: str,
    template: str,
    now: datetime,
    more: Mapping[str, Any],
) -> KeptBooking:
    """Let a confirmed date of a locked booking end at `moment`, which lies inside it; whoever asks has judged that.

    It only gives time back, so no rule can be against it: not the shortest length, not the blocks. `more` is told in the
    trail. Raises Refused(ChangedMeanwhile) where the booking is no longer as `before` says.
    """
    wants = dates.wants_of([date.id])[date.id]
    unit_ids = [want.unit_id for want in wants]
    catalogue.hold_units(unit_ids)
    units = catalogue.units(unit_ids)
    if not bookings.raise_version(before.id, before.version, now):
        raise Refused(ChangedMeanwhile(before.version))
    freed = [
        (unit_id, Span(max(moment, span.start), span.end))
        for unit_id, span in freed_by_dates([date.id])
        if span.end > moment
    ]
    slot = Slot(Span(date.span.start, moment))
    ledger.forget_allocations([date.id])
    bookings.move_dates([(date.id, slot)], CONFIRMED, now)
    take(claims(wants, units), units, unit_ids, [(date.id, slot)], waits=False)
    after = get(before.id)
    if template:
        tell(actor, before.id, before.holder_id, template, after.version, now)
    record(actor, deed, before.id, now, before=plain_kept(before), after={**plain_kept(after), **more})
    serve(actor, freed, now=now)
    return after
