"""Changing: move, lengthen, shorten, relabel, cancel; a whole booking or single dates of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.booking.actions import chains
from app.booking.actions.serving import Freed, freed_by_dates, let_pass, may_be_served, open_offer, serve
from app.booking.actions.situation import (
    get,
    hold_for,
    placement,
    plain_kept,
    record,
    situation,
    state_of_date,
    take,
    tell,
    usual_limits,
)
from app.booking.rules.conflict import (
    InThePast,
    Limits,
    clashes_between,
    reasons_against_all,
    reasons_against_all_of,
    reasons_by_slot,
)
from app.booking.rules.course import (
    CANCELLED,
    CONFIRMED,
    WAITING,
    AlreadyOver,
    Kept,
    KeptBooking,
    bases_to_ask,
    stays_agreed,
)
from app.booking.rules.eligibility import reasons_against_learners
from app.booking.rules.request import Asked, Slot, Want, claims
from app.booking.rules.transitions import dates_for
from app.booking.rules.waiting import AnswerFirst
from app.booking.store import bookings, ledger
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.foundation.refusal import ChangedMeanwhile, NotAllowed, NotFound, Reason, Refused


@dataclass(frozen=True, slots=True)
class Changes:
    """What a change sets; None leaves a thing as it is, a head count of 0 clears it. `slots`: new times by date id."""

    slots: Mapping[int, Slot] | None = None
    wants: tuple[Want, ...] | None = None
    title: str | None = None
    purpose: str | None = None
    headcount: int | None = None
    note: str | None = None
    declared: frozenset[str] | None = None


def change(
    actor: Actor,
    booking_id: int,
    version: int,
    changes: Changes,
    *,
    now: datetime,
    quietly: bool = False,
    gives_way: bool = False,
    agreed: bool = False,
    deed: str = "booking.change",
    then: Callable[[KeptBooking], KeptBooking] = lambda booking: booking,
) -> KeptBooking:
    """Move, lengthen, shorten or relabel a booking, or single dates of it.

    A date that gets more or other time, other units or another purpose needs its approval anew. Raises
    Refused(ChangedMeanwhile) for a stale version, and every reason that a new request would meet. `quietly`, as an
    import does, writes to nobody.
    Where it `gives_way` to a fault or a closure, limits and quotas do not count: its person did not choose to move.
    With `agreed` whoever decides there does it herself, and is not asked anew. What else the `deed` does to the booking
    once it is moved, `then` does, before it is recorded.
    """
    before = get_to_change(actor, booking_id, version, "booking.change", now)
    slots = dict(changes.slots or {})
    wants = changes.wants or tuple(Want(unit.unit_id, unit.quantity) for unit in before.units)
    same_units = {(want.unit_id, want.quantity) for want in wants} == {
        (unit.unit_id, unit.quantity) for unit in before.units
    }
    by_id = {date.id: date for date in dates_for("booking.change", before.dates) if date.span.end > now}
    if unknown := set(slots) - set(by_id):
        raise Refused([AlreadyOver(state_of_date(before, date_id)) for date_id in sorted(unknown)])
    unit_ids = [want.unit_id for want in wants]
    # What was agreed to was this purpose: another one can go before others, and is asked for anew.
    other_use = (
        changes.purpose not in (None, before.purpose)
        and not agreed
        and bool(bases_to_ask(unit_ids, catalogue.units(unit_ids)))
    )
    if not same_units or other_use:
        slots = {date.id: slots.get(date.id, Slot(date.span, date.periods)) for date in by_id.values()}
    moved = {
        date_id: slot
        for date_id, slot in slots.items()
        if not same_units or other_use or slot.span != by_id[date_id].span or slot.periods != by_id[date_id].periods
    }
    asked = Asked(
        wants=wants,
        slots=tuple(moved.values()),
        purpose=changes.purpose or before.purpose,
        title=before.title if changes.title is None else changes.title,
        member_id=before.member_id,
        holder_id=before.holder_id,
        headcount=before.headcount if changes.headcount is None else changes.headcount or None,
        note=before.note if changes.note is None else changes.note,
        declared=before.declared if changes.declared is None else changes.declared,
    )
    numbers = hold_for(asked, () if same_units else may_be_served(unit.unit_id for unit in before.units))
    judged_in = situation(asked, _limits_for_move(by_id, moved, now), list(moved), now, numbers)
    judged_in = replace(judged_in, ground=None if gives_way else judged_in.ground)
    # Dates that stay as they are were judged when they were asked for; one of them stands for all.
    judged_whole = replace(asked, slots=asked.slots or (Slot(next(iter(by_id.values())).span),))
    reasons = list(reasons_against_all(judged_whole, judged_in))
    if not reasons:
        reasons = _moved_into_the_past(by_id, moved, now)
        reasons += [reason for of_slot in reasons_by_slot(asked, judged_in) for reason in of_slot]
        if asked.purpose != before.purpose and judged_in.standing is not None:
            spans = [date.span for date in by_id.values() if date.id not in moved]
            reasons += reasons_against_learners(spans, asked, judged_in.standing)
    if not reasons:
        staying = [date.span for date in by_id.values() if date.id not in moved]
        reasons = clashes_between(asked.slots, staying, claims(wants, judged_in.units))
    if not reasons:
        reasons = reasons_against_all_of(asked.slots, asked, judged_in)
    if reasons:
        raise Refused(reasons)
    ask = [] if agreed else bases_to_ask(unit_ids, judged_in.units)
    again = _asked_again(ask, by_id, moved, same_units and not other_use)
    if not bookings.raise_version(
        booking_id,
        version,
        now,
        title=asked.title.strip(),
        purpose=asked.purpose,
        headcount=asked.headcount,
        note=asked.note,
        declared=" ".join(sorted(asked.declared)),
    ):
        raise Refused(ChangedMeanwhile(before.version))
    freed = freed_by_dates(list(moved)) if moved else []
    if moved:
        ledger.forget_allocations(list(moved))
        claimed = claims(wants, judged_in.units)
        stays = {date_id for date_id in again if same_units and _stays_where_it_was(by_id[date_id], moved[date_id])}
        for some, state, waits in (
            (stays, WAITING, False),
            (again - stays, WAITING, True),
            (moved.keys() - again, CONFIRMED, False),
        ):
            if dated := [(date_id, slot) for date_id, slot in moved.items() if date_id in some]:
                bookings.move_dates(dated, state, now)
                take(claimed, judged_in.units, unit_ids, dated, waits)
    else:
        bookings.touch_dates(booking_id, now)
    if again:
        chains.ask_again(chains.of_booking(get(booking_id)), ask, judged_in.units, now)
    after = then(without_idle_approvals(actor, get(booking_id), now))
    if not quietly:
        tell(actor, booking_id, before.holder_id, "booking/changed", after.version, now)
    record(actor, deed, booking_id, now, before=plain_kept(before), after=plain_kept(after))
    serve(actor, freed, now=now)
    return after


def cancel(
    actor: Actor,
    booking_id: int,
    version: int,
    *,
    now: datetime,
    date_ids: Sequence[int] | None = None,
    note: str = "",
    quietly: bool = False,
) -> KeptBooking:
    """Cancel a booking, or single dates of it; dates that have ended stay as they were."""
    before = get_to_change(actor, booking_id, version, "booking.cancel", now)
    coming = [date.id for date in dates_for("booking.cancel", before.dates) if date.span.end > now]
    chosen = [date_id for date_id in coming if date_ids is None or date_id in set(date_ids)]
    if (offer := open_offer(before)) is not None:
        let_pass(offer, now)
    missing = set(date_ids or ()) - set(coming)
    if missing or not chosen:
        raise Refused(AlreadyOver(state_of_date(before, min(missing)) if missing else before.state))
    template = "" if quietly else "booking/cancelled"
    return end_dates(actor, before, chosen, CANCELLED, "booking.cancel", template, note, now)


def end_dates(
    actor: Actor,
    before: KeptBooking,
    date_ids: Sequence[int],
    state: str,
    deed: str,
    template: str,
    note: str,
    now: datetime,
) -> KeptBooking:
    after, freed = let_go_dates(actor, before, date_ids, state, now)
    if template:
        tell(actor, before.id, before.holder_id, template, after.version, now, note)
    record(actor, deed, before.id, now, before=plain_kept(before), after={**plain_kept(after), "note": note})
    serve(actor, freed, now=now)
    return after


def let_go_dates(
    actor: Actor, before: KeptBooking, date_ids: Sequence[int], state: str, now: datetime
) -> tuple[KeptBooking, list[Freed]]:
    """End these dates and free their time: the booking as it is then, and what came free for whoever waits for it.

    The caller tells, records, and serves the line once it has taken what it wants of that time itself.
    """
    if not bookings.raise_version(before.id, before.version, now):
        raise Refused(ChangedMeanwhile(before.version))
    freed = freed_by_dates(date_ids)
    ledger.let_go(date_ids)
    bookings.set_state(date_ids, state, now)
    return without_idle_approvals(actor, get(before.id), now), freed


def without_idle_approvals(actor: Actor, booking: KeptBooking, now: datetime) -> KeptBooking:
    """Where no date waits any more, nobody is asked any more."""
    open_approvals = [approval.base_id for approval in booking.approvals if approval.state == WAITING]
    if not open_approvals or any(date.state == WAITING for date in booking.dates):
        return booking
    bookings.set_approval(booking.id, open_approvals, "withdrawn", actor.person_id, now, "")
    chains.let_off(booking.id, now)
    return get(booking.id)


def get_to_change(actor: Actor, booking_id: int, version: int, deed: str, now: datetime) -> KeptBooking:
    booking = bookings.find(booking_id, lock=True)
    if booking is None:
        raise Refused(NotFound())
    thing = placement(booking, actor.on)
    if not may(actor, "booking.see", thing):
        raise Refused(NotFound())
    if booking.version != version:
        raise Refused(ChangedMeanwhile(booking.version))
    if not booking.open_dates or all(date.span.end <= now for date in booking.open_dates):
        raise Refused(AlreadyOver(booking.state))
    if not may(actor, deed, thing):
        raise Refused(NotAllowed(deed))
    if deed != "booking.cancel" and (offer := open_offer(booking)) is not None:
        raise Refused(AnswerFirst(offer.id))
    return booking


def _asked_again(
    ask: Sequence[int], by_id: Mapping[int, Kept], moved: Mapping[int, Slot], same_units: bool
) -> set[int]:
    """The moved dates that need approval anew where anybody is asked: whatever is not merely given back in part."""
    return {
        date_id
        for date_id, slot in moved.items()
        if ask
        and not (same_units and stays_agreed(by_id[date_id].span, slot.span) and by_id[date_id].state == CONFIRMED)
    }


def _stays_where_it_was(date: Kept, slot: Slot) -> bool:
    """A date that was had and gets another use only: its time is held until that is answered, as when it is handed over."""
    return date.state == CONFIRMED and date.span == slot.span


def _moved_into_the_past(by_id: Mapping[int, Kept], moved: Mapping[int, Slot], now: datetime) -> list[Reason]:
    return [
        InThePast(slot.span.start)
        for date_id, slot in moved.items()
        if slot.span.start < now and slot.span.start != by_id[date_id].span.start
    ]


def _limits_for_move(by_id: Mapping[int, Kept], moved: Mapping[int, Slot], now: datetime) -> Limits:
    """A date that has begun may keep its beginning; `_moved_into_the_past` says what else begins before now."""
    begun = [
        by_id[date_id].span.start for date_id, slot in moved.items() if slot.span.start == by_id[date_id].span.start
    ]
    return replace(usual_limits(now), earliest=min([now, *begun]))
