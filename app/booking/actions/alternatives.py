"""Alternatives: what can be had instead of a request that was refused, or of a booking that is lost; one press takes one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.booking.actions import asking
from app.booking.actions.asking import Outcome
from app.booking.actions.changing import Changes
from app.booking.actions.looking import near
from app.booking.actions.situation import hold_for_all, situation, usual_limits
from app.booking.rules import alternatives as rules
from app.booking.rules.alike import best_of, sets_instead
from app.booking.rules.alternatives import Alternative
from app.booking.rules.availability import Space
from app.booking.rules.course import KeptBooking
from app.booking.rules.request import Asked, Slot, Want
from app.booking.store import alike, looking
from app.consortium.rules.office import Actor
from app.foundation.timespan import Span, local_day
from app.timetable.store.calendar import calendar


def alternatives(
    asked: Asked, now: datetime, *, except_dates: Sequence[int] = (), limit: int = 6, same_units: bool = False
) -> list[Alternative]:
    """What can be had now instead of `asked`, the best first: see `rules.alternatives.alternatives`.

    Other times of the same units, the same sort of units in the lab, the base and the other bases, and a series in
    pieces; each would be let through for `asked.member_id` and `asked.holder_id` as it stands. The dates in
    `except_dates` (of a booking that is to be moved or is lost) neither hold their time nor count. `same_units`: other
    times only. Nothing is locked; a fixed number of queries, however many units, dates and bookings there are. Answers
    [] where the request makes no sense. Whether the asker may book at all is for the caller to ask.
    """
    if not asked.slots or not asked.wants:
        return []
    limits = usual_limits(now)
    windows = near(asked, limits)
    if not windows:
        return []
    unit_ids = [want.unit_id for want in asked.wants]
    similar = []
    if not same_units:
        quantities = {want.unit_id: want.quantity for want in asked.wants}
        similar = alike.similar(unit_ids, quantities, local_day(windows[0].start))
    liked = best_of(similar)
    all_ids = [*unit_ids, *(each.unit_id for each in liked if each.unit_id not in unit_ids)]
    wide = replace(
        asked,
        wants=tuple(Want(unit_id) for unit_id in dict.fromkeys(all_ids)),
        slots=tuple(Slot(window) for window in windows),
    )
    judged_in = situation(wide, limits, except_dates, now)
    if any(unit_id not in judged_in.units for unit_id in unit_ids):
        return []
    around = Span(windows[0].start, windows[-1].end)
    in_the_way = [
        want.unit_id
        for want in asked.wants
        if not all(map(Space((want,), judged_in, around).fits, (slot.span for slot in asked.slots)))
    ]
    sets = sets_instead(asked, liked, in_the_way)
    bells = calendar(*looking.bell_place(unit_ids[0])).bells
    return rules.alternatives(asked, judged_in, sets, around, bells, limit)


def take(actor: Actor, requests: Sequence[Asked], *, now: datetime, uids: Sequence[str]) -> list[Outcome]:
    """Ask for an alternative that may be several bookings: all of them or none.

    Raises Refused with every reason, as any request: what was free when it was shown may be taken by now.
    """
    if len(requests) > 1:  # each alone holds what it needs itself; several would meet in different orders
        hold_for_all(requests)
    return [asking.request(actor, one, now=now, uid=uid) for one, uid in zip(requests, uids, strict=True)]


# ── instead of a change ──


def asked_by_change(booking: KeptBooking, changes: Changes, now: datetime) -> tuple[Asked, list[int]] | None:
    """What a change asks for anew, and the dates it moves, in order of their new time; None where nothing moves."""
    slots = dict(changes.slots or {})
    coming = [date for date in booking.open_dates if date.span.end > now]
    if changes.wants is not None:
        for date in coming:
            slots.setdefault(date.id, Slot(date.span, date.periods))
    if not slots:
        return None
    ordered = sorted(slots.items(), key=lambda each: each[1].span)
    asked = Asked(
        wants=changes.wants or tuple(Want(unit.unit_id, unit.quantity) for unit in booking.units),
        slots=tuple(slot for _, slot in ordered),
        purpose=changes.purpose or booking.purpose,
        title=booking.title,
        member_id=booking.member_id,
        holder_id=booking.holder_id,
        declared=booking.declared if changes.declared is None else changes.declared,
    )
    return asked, [date_id for date_id, _ in ordered]


def instead_of_change(booking: KeptBooking, changes: Changes, now: datetime) -> list[Alternative]:
    """What the change could be instead; other units only where all coming dates move, for they all have the same."""
    found = asked_by_change(booking, changes, now)
    if found is None:
        return []
    asked, date_ids = found
    coming = {date.id for date in booking.open_dates if date.span.end > now}
    near_by = alternatives(
        asked, now, except_dates=date_ids, same_units=changes.wants is None and coming != set(date_ids)
    )
    return [each for each in near_by if len(each.parts) == 1 and not each.missing]


def changed_to(
    booking: KeptBooking, changes: Changes, wants: Sequence[Want], slots: Sequence[Slot], now: datetime
) -> Changes | None:
    """The change that takes one of them; None where it has not as many dates as the change moves."""
    found = asked_by_change(booking, changes, now)
    if found is None or len(found[1]) != len(slots):
        return None
    ordered = sorted(slots, key=lambda slot: slot.span)
    now_has = {(unit.unit_id, unit.quantity) for unit in booking.units}
    same = {(want.unit_id, want.quantity) for want in wants} == now_has
    return replace(changes, slots=dict(zip(found[1], ordered, strict=True)), wants=None if same else tuple(wants))
