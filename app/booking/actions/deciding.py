"""Deciding: the yes or no of whoever is asked about what waits; once the whole chain has agreed it is confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.booking.actions import answerers, chains
from app.booking.actions.answerers import Hat
from app.booking.actions.changing import end_dates
from app.booking.actions.situation import NO_TIME_LIMITS, get, plain_kept, record, situation, take, tell
from app.booking.rules import chain
from app.booking.rules.chain import ApprovesOwn, NeedsReason, Part
from app.booking.rules.conflict import Situation, reasons_to_refuse
from app.booking.rules.course import CONFIRMED, REFUSED, WAITING, Kept, KeptBooking, NeedsWords, NotWaiting
from app.booking.rules.request import Asked, Slot, Want, claims
from app.booking.store import bookings, ledger
from app.booking.store import chains as store
from app.catalogue.rules.unit import Unit
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.foundation.refusal import ChangedMeanwhile, NotAllowed, NotFound, Reason, Refused


@dataclass(frozen=True, slots=True)
class ToDecide:
    """A booking, locked, with how its chains stand and the answers that the actor may give now."""

    booking: KeptBooking
    parts: tuple[Part, ...]
    mine: tuple[tuple[Part, Hat], ...]

    @property
    def told(self) -> list[list[Any]]:
        """The answers as the trail keeps them: base, step, party, and in whose place."""
        return [[part.base_id, part.step, part.party, hat.for_person] for part, hat in self.mine]


def approve(actor: Actor, booking_id: int, version: int, *, now: datetime, note: str = "") -> KeptBooking:
    """Say yes for every party the actor answers for; once all chains are through, the waiting dates are confirmed.

    Everything is judged again: what was asked without holding may be taken by now (Refused with each overlap).
    Refused(ApprovesOwn) where it is her own, or that of whom she stands in for.
    """
    found = get_to_decide(actor, booking_id, version)
    before = found.booking
    judged_in = judge(before, now)
    if not bookings.raise_version(booking_id, version, now):
        raise Refused(ChangedMeanwhile(before.version))
    for part, hat in found.mine:
        store.set_answers([part.id], chain.APPROVED, now, by=actor.person_id, for_person=hat.for_person, note=note)
    after = go_on(actor, before, judged_in, now, by=actor.person_id, note=note)
    told = {**plain_kept(after), "answers": found.told}
    record(actor, "booking.approve", booking_id, now, before=plain_kept(before), after=told)
    return after


def refuse(
    actor: Actor, booking_id: int, version: int, *, now: datetime, note: str, reason: str = "other"
) -> KeptBooking:
    """Say no, with one of the reasons there are and words; every waiting date is refused and its time is free.

    Raises Refused(NeedsReason, NeedsWords) without them.
    """
    missing: list[Reason] = [] if reason in chain.REASONS else [NeedsReason()]
    if not note.strip():
        missing.append(NeedsWords())
    if missing:
        raise Refused(missing)
    found = get_to_decide(actor, booking_id, version)
    for part, hat in found.mine:
        store.set_answers(
            [part.id],
            chain.REFUSED,
            now,
            by=actor.person_id,
            for_person=hat.for_person,
            note=note.strip(),
            reason=reason,
        )
    base_ids = sorted({part.base_id for part, _ in found.mine})
    return end(actor, found.booking, base_ids, now, by=actor.person_id, note=note.strip(), reason=reason)


def end(
    actor: Actor,
    before: KeptBooking,
    base_ids: Sequence[int],
    now: datetime,
    *,
    by: int | None,
    note: str,
    reason: str,
) -> KeptBooking:
    """These bases have refused: nobody else is asked, the waiting dates are refused, and their time is free."""
    bookings.set_approval(before.id, base_ids, chain.REFUSED, by, now, note, reason)
    chains.let_off(before.id, now)
    waiting = [date.id for date in waiting_dates(before)]
    template = "booking/refused" if by is not None else f"booking/refused_{reason}"
    return end_dates(actor, before, waiting, REFUSED, "booking.refuse", template, note, now)


def go_on(
    actor: Actor, before: KeptBooking, judged_in: Situation, now: datetime, *, by: int | None, note: str = ""
) -> KeptBooking:
    """After answers were kept: bases whose chain is through agree, the others ask their next; all agreed, it is confirmed."""
    parts = store.answers([before.id])[before.id]
    agreed = []
    open_bases = [approval.base_id for approval in before.approvals if approval.state == WAITING]
    about = chains.of_booking(before)
    for base_id in open_bases:
        of_base = [part for part in parts if part.base_id == base_id]
        if chains.is_agreed(chains.ask_next(about, of_base, judged_in.units, now)):
            agreed.append(base_id)
    bookings.set_approval(before.id, agreed, chain.APPROVED, by, now, note)
    if set(agreed) == set(open_bases):
        _confirm(before, judged_in.units, now)
        chains.let_off(before.id, now)
    after = get(before.id)
    if after.state != WAITING:
        told = "booking/approved" if by is not None else "booking/granted_by_silence"
        tell(actor, before.id, before.holder_id, told, after.version, now)
    return after


def _confirm(before: KeptBooking, units: Mapping[int, Unit], now: datetime) -> None:
    """The waiting dates are had. Written anew, for what is taken is what was judged just now, not what a unit took
    when it was asked for."""
    waiting = waiting_dates(before)
    ids = [date.id for date in waiting]
    ledger.forget_allocations(ids)
    wants = tuple(Want(unit.unit_id, unit.quantity) for unit in before.units)
    dated = [(date.id, Slot(date.span, date.periods)) for date in waiting]
    take(claims(wants, units), units, [want.unit_id for want in wants], dated, waits=False)
    bookings.set_state(ids, CONFIRMED, now)


def judge(booking: KeptBooking, now: datetime) -> Situation:
    """Hold the units and judge everything that waits once more, also what its person must have for it by now.

    Raises Refused with what stands against it.
    """
    asked, judged_in = _situation(booking, now)
    if reasons := reasons_to_refuse(asked, judged_in):
        raise Refused(reasons)
    return judged_in


def _situation(booking: KeptBooking, now: datetime) -> tuple[Asked, Situation]:
    waiting = waiting_dates(booking)
    asked = Asked(
        wants=tuple(Want(unit.unit_id, unit.quantity) for unit in booking.units),
        slots=tuple(Slot(date.span, date.periods) for date in waiting),
        purpose=booking.purpose,
        title=booking.title,
        member_id=booking.member_id,
        holder_id=booking.holder_id,
        headcount=booking.headcount,
        declared=booking.declared,
    )
    catalogue.hold_units([unit.unit_id for unit in booking.units])
    return asked, situation(asked, NO_TIME_LIMITS, [date.id for date in waiting], decided_at=now)


def waiting_dates(booking: KeptBooking) -> list[Kept]:
    return [date for date in booking.dates if date.state == WAITING]


def get_to_decide(actor: Actor, booking_id: int, version: int) -> ToDecide:
    """The booking, locked, and what this actor may answer. Raises Refused where there is nothing."""
    booking = bookings.find(booking_id, lock=True)
    if booking is None or not answerers.may_look(actor, booking):
        raise Refused(NotFound())
    if booking.state != WAITING or all(approval.state != WAITING for approval in booking.approvals):
        raise Refused(NotWaiting(booking.state))
    if booking.version != version:
        raise Refused(ChangedMeanwhile(booking.version))
    parts = store.answers([booking_id])[booking_id]
    mine = answerers.may_answer(actor, booking, parts)
    if not mine:
        hers = answerers.may_but_hers(actor, booking, parts)
        raise Refused(ApprovesOwn() if hers else NotAllowed("booking.approve"))
    return ToDecide(booking, tuple(parts), tuple(mine))
