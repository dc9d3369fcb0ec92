"""Passing on: propose to hand a booking over or to exchange two times; the other accepts, and everything is judged again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.booking.actions import answerers, chains
from app.booking.actions.changing import get_to_change
from app.booking.actions.situation import (
    NO_TIME_LIMITS,
    get,
    hold_for_all,
    plain_kept,
    record,
    situation,
    take,
    tell,
)
from app.booking.rules.conflict import reasons_against_all, reasons_against_all_of, reasons_by_slot
from app.booking.rules.course import CONFIRMED, WAITING, AlreadyOver, Kept, KeptBooking, bases_to_ask
from app.booking.rules.passing import (
    ACCEPTED,
    DECLINED,
    EXPIRED,
    HAND_OVER,
    OPEN,
    SWAP,
    WITHDRAWN,
    ChangedSinceProposed,
    NothingToSwap,
    PartOfASeries,
    Proposal,
    ProposalIsOver,
    date_to_swap,
    expiry,
    mark_of,
    reasons_against_note,
    stays_of_a_piece,
)
from app.booking.rules.request import Asked, Slot, Want, claims
from app.booking.rules.transitions import dates_for
from app.booking.store import bookings, ledger
from app.booking.store import chains as chain_store
from app.booking.store import passing as store
from app.catalogue.rules.unit import Unit
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.consortium.store import people
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotAllowed, NotFound, Reason, Refused
from app.outbox import actions as outbox
from app.outbox.rules import Letter
from app.outbox.rules.letter import HANDED_OVER


def propose_hand_over(
    actor: Actor, booking_id: int, version: int, to_id: int | None, *, note: str = "", now: datetime
) -> int:
    """Ask somebody to take a whole booking over, with all its dates still to come; the proposal's id."""
    booking = get_to_change(actor, booking_id, version, "booking.pass_on", now)
    reasons = reasons_against_note(note)
    known = to_id is not None and to_id in people.names([to_id])
    if not known or to_id in (actor.person_id, booking.holder_id):
        reasons.append(Invalid("to", "oneself" if known else "unknown"))
    if reasons or to_id is None:
        raise Refused(reasons)
    coming = [date for date in booking.open_dates if date.span.start > now]
    if not coming:
        raise Refused(AlreadyOver(booking.state))
    return _propose(actor, HAND_OVER, booking, None, None, None, to_id, note, coming, now)


def propose_swap(
    actor: Actor,
    booking_id: int,
    version: int,
    date_id: int,
    unit_id: int,
    at: datetime,
    *,
    note: str = "",
    now: datetime,
) -> int:
    """Ask whoever holds `unit_id` at `at` to exchange that time for one of one's own; the proposal's id.

    The other's name and purpose stay hidden until she accepts. Refused(NothingToSwap) where nobody's single time is there.
    """
    mine = get_to_change(actor, booking_id, version, "booking.pass_on", now)
    if reasons := reasons_against_note(note):
        raise Refused(reasons)
    date = date_to_swap(mine, date_id, now)
    if date is None:
        raise Refused(AlreadyOver(mine.state))
    found = store.held_at(unit_id, at)
    other = bookings.find(found[0]) if found else None
    theirs = date_to_swap(other, found[1], now) if other and found else None
    if other is None or theirs is None or other.holder_id in (actor.person_id, mine.holder_id):
        raise Refused(NothingToSwap())
    if not _same_units(store.wants_of([date.id, theirs.id])):
        if not stays_of_a_piece(mine, date.id, now):
            raise Refused(PartOfASeries())
        if not stays_of_a_piece(other, theirs.id, now):
            raise Refused(NothingToSwap())
    return _propose(actor, SWAP, mine, date, other, theirs, other.holder_id, note, [date, theirs], now)


def _propose(
    actor: Actor,
    kind: str,
    booking: KeptBooking,
    date: Kept | None,
    other: KeptBooking | None,
    theirs: Kept | None,
    to_id: int,
    note: str,
    dates: Sequence[Kept],
    now: datetime,
) -> int:
    wants = store.wants_of([each.id for each in dates])
    proposal = Proposal(
        id=0,
        kind=kind,
        booking_id=booking.id,
        date_id=date.id if date else None,
        other_booking_id=other.id if other else None,
        other_date_id=theirs.id if theirs else None,
        from_id=actor.person_id,
        to_id=to_id,
        note=note.strip(),
        mark=mark_of([(each, wants[each.id]) for each in dates]),
        state=OPEN,
        made_at=now,
        expires_at=expiry(now, [each.span.start for each in dates]),
    )
    proposal_id = store.add(proposal)
    facts = {"proposal": proposal_id, "by": actor.person_id}
    outbox.post([Letter(to_id, f"passing/{kind}", f"proposal/{proposal_id}", facts)], now)
    record(actor, "passing.propose", proposal_id, now, kind="proposal", after={"kind": kind, "booking": booking.id})
    return proposal_id


def withdraw(actor: Actor, proposal_id: int, *, now: datetime) -> None:
    """Take a proposal back before it is answered."""
    proposal = _open(actor, proposal_id, now, mine=True)
    store.answer(proposal.id, WITHDRAWN, now)
    record(actor, "passing.withdraw", proposal.id, now, kind="proposal", before=OPEN, after=WITHDRAWN)


def decline(actor: Actor, proposal_id: int, *, now: datetime) -> None:
    """Say no; everything stays as it is."""
    proposal = _open(actor, proposal_id, now, mine=False)
    store.answer(proposal.id, DECLINED, now)
    facts = {"proposal": proposal.id, "by": actor.person_id}
    outbox.post([Letter(proposal.from_id, "passing/declined", f"proposal/{proposal.id}/no", facts)], now)
    record(actor, "passing.decline", proposal.id, now, kind="proposal", before=OPEN, after=DECLINED)


def accept(actor: Actor, proposal_id: int, *, now: datetime) -> KeptBooking:
    """Say yes: judged as if both had asked for it now, and done in one step. The booking the actor holds from now on.

    Raises Refused with everything that stands against it, and ChangedSinceProposed where a time is not as it was.
    """
    proposal = _open(actor, proposal_id, now, mine=False)
    if not may(actor, "booking.request") or actor.member_id is None:
        raise Refused(NotAllowed("booking.request"))
    return _take_over(actor, proposal, now) if proposal.kind == HAND_OVER else _exchange(actor, proposal, now)


def _take_over(actor: Actor, proposal: Proposal, now: datetime) -> KeptBooking:
    before = _kept([proposal.booking_id])[0]
    coming = [date for date in dates_for("booking.hand_over", before.dates) if date.span.start > now]
    wants = store.wants_of([date.id for date in coming])
    if mark_of([(date, wants[date.id]) for date in coming]) != proposal.mark:
        raise Refused(ChangedSinceProposed())
    asked = replace(
        _asked(before, wants[coming[0].id], [Slot(date.span, date.periods) for date in coming]),
        holder_id=actor.person_id,
        member_id=actor.member_id or 0,
    )
    date_ids = [date.id for date in coming]
    units = _judge([(asked, date_ids)], date_ids, now)
    if not bookings.raise_version(before.id, before.version, now):
        raise Refused(ChangedMeanwhile(before.version))
    # Whoever gave it away has no part in it any more; a colleague who had booked for her keeps hers in one organisation.
    stays = before.requester_id != before.holder_id and before.member_id == actor.member_id
    requester_id = before.requester_id if stays else actor.person_id
    store.give_to(before.id, actor.person_id, actor.member_id or 0, requester_id)
    bookings.touch_dates(before.id, now)
    said = chain_store.answers([before.id])[before.id]
    if before.member_id != actor.member_id or answerers.had_a_say(actor.person_id, before, said, actor.on):
        _ask_again(before.id, [want.unit_id for want in asked.wants], units, date_ids, now)
    store.answer(proposal.id, ACCEPTED, now)
    after = get(before.id)
    tell(actor, before.id, before.holder_id, HANDED_OVER, after.version, now)
    tell(actor, before.id, actor.person_id, "booking/taken_over", after.version, now)
    record(actor, "booking.hand_over", before.id, now, before=plain_kept(before), after=plain_kept(after))
    return after


def _exchange(actor: Actor, proposal: Proposal, now: datetime) -> KeptBooking:
    first, second = _kept([proposal.booking_id, proposal.other_booking_id or 0])
    one, other = date_to_swap(first, proposal.date_id or 0, now), date_to_swap(second, proposal.other_date_id or 0, now)
    if one is None or other is None or second.holder_id != actor.person_id:
        raise Refused(ChangedSinceProposed())
    wants = store.wants_of([one.id, other.id])
    if mark_of([(one, wants[one.id]), (other, wants[other.id])]) != proposal.mark:
        raise Refused(ChangedSinceProposed())
    if not _same_units(wants) and not all(
        stays_of_a_piece(*each, now) for each in ((first, one.id), (second, other.id))
    ):
        raise Refused(ChangedSinceProposed())
    slots = {one.id: Slot(other.span, other.periods), other.id: Slot(one.span, one.periods)}
    taken = {one.id: wants[other.id], other.id: wants[one.id]}
    plan = [
        (_asked(booking, taken[date.id], [slots[date.id]]), [date.id])
        for booking, date in ((first, one), (second, other))
    ]
    units = _judge(plan, [one.id, other.id], now)
    ledger.forget_allocations([one.id, other.id])
    for booking, date in ((first, one), (second, other)):
        if not bookings.raise_version(booking.id, booking.version, now):
            raise Refused(ChangedMeanwhile(booking.version))
        unit_ids = [want.unit_id for want in taken[date.id]]
        bookings.move_dates([(date.id, slots[date.id])], CONFIRMED, now)
        take(claims(taken[date.id], units), units, unit_ids, [(date.id, slots[date.id])], waits=False)
        _ask_again(booking.id, unit_ids, units, [date.id], now)
    store.answer(proposal.id, ACCEPTED, now)
    for booking in (first, second):
        after = get(booking.id)
        tell(actor, booking.id, booking.holder_id, "booking/swapped", after.version, now)
        record(actor, "booking.swap", booking.id, now, before=plain_kept(booking), after=plain_kept(after))
    return get(second.id)


def _kept(booking_ids: Sequence[int]) -> list[KeptBooking]:
    """The bookings, locked in the order of their ids, in the order asked for."""
    found = bookings.bookings(booking_ids, lock=True)
    if len(found) < len(booking_ids):
        raise Refused(NotFound())
    return found


def _asked(booking: KeptBooking, wants: tuple[Want, ...], slots: Sequence[Slot]) -> Asked:
    return Asked(
        wants=wants,
        slots=tuple(slots),
        purpose=booking.purpose,
        title=booking.title,
        member_id=booking.member_id,
        holder_id=booking.holder_id,
        headcount=booking.headcount,
        note=booking.note,
        declared=booking.declared,
    )


def _same_units(wants: dict[int, tuple[Want, ...]]) -> bool:
    return len({frozenset(each) for each in wants.values()}) == 1


def _judge(plan: Sequence[tuple[Asked, Sequence[int]]], except_dates: Sequence[int], now: datetime) -> dict[int, Unit]:
    """Lock all that is counted on, and judge each new holding as a request; the units. Raises Refused."""
    numbers = hold_for_all([asked for asked, _ in plan])
    reasons: list[Reason] = []
    units: dict[int, Unit] = {}
    for asked, _ in plan:
        judged_in = situation(asked, NO_TIME_LIMITS, except_dates, now, numbers)
        units |= judged_in.units
        reasons += reasons_against_all(asked, judged_in)
        reasons += [reason for of_slot in reasons_by_slot(asked, judged_in) for reason in of_slot]
        reasons += reasons_against_all_of(asked.slots, asked, judged_in)
    if reasons:
        raise Refused(reasons)
    return units


def _ask_again(
    booking_id: int, unit_ids: Sequence[int], units: dict[int, Unit], date_ids: Sequence[int], now: datetime
) -> None:
    """Where a keeper decides over these units she decides over the new holder too; meanwhile the time is held."""
    if ask := bases_to_ask(unit_ids, units):
        bookings.set_state(date_ids, WAITING, now)
        wanted = {unit_id: units[unit_id] for unit_id in unit_ids}
        chains.ask_again(chains.of_booking(get(booking_id)), ask, wanted, now)


def _open(actor: Actor, proposal_id: int, now: datetime, *, mine: bool) -> Proposal:
    proposal = store.find(proposal_id, lock=True)
    if proposal is None or actor.person_id != (proposal.from_id if mine else proposal.to_id):
        raise Refused(NotFound())
    if not proposal.is_open(now):
        raise Refused(ProposalIsOver(proposal.state if proposal.state != OPEN else EXPIRED))
    return proposal
