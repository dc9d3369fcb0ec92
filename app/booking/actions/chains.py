"""Asking the chain: who must agree to a request, whom to ask next, until when; and letting them off again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from app.booking.actions import answerers
from app.booking.rules.chain import (
    APPROVED,
    ESCALATE,
    GRANT,
    KEEPER,
    LAPSED,
    SILENT,
    UP,
    WAITING,
    WITHDRAWN,
    Onward,
    Part,
    Step,
    after_working_hours,
    chain_for,
    joined,
    laid,
    onward,
    party_to_ask,
)
from app.booking.rules.course import KeptBooking
from app.booking.rules.requester import on_every_side, requester_of
from app.booking.store import bookings, counter_offers
from app.booking.store import chains as store
from app.booking.store import limits as limit_store
from app.catalogue.rules.unit import Unit
from app.catalogue.store import units as catalogue
from app.consortium.store.agreements import outside_ids
from app.foundation.timespan import local_day
from app.outbox import actions as outbox
from app.outbox.rules import Letter
from app.timetable.store import days as day_store

MOST_TOLD = 20
"""So many are told that a request waits for their answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """What of a request its chain depends on."""

    booking_id: int
    member_id: int
    holder_id: int
    requester_id: int
    first_at: datetime
    """When the first of its dates begins."""

    @property
    def first_day(self) -> date:
        return local_day(self.first_at)

    @property
    def hers(self) -> frozenset[int]:
        """Who decides nothing about it."""
        return frozenset((self.holder_id, self.requester_id))


def of_booking(booking: KeptBooking) -> Request:
    """A booking that stands as the request it is."""
    waiting = [each for each in booking.dates if each.state == WAITING] or booking.open_dates or booking.dates
    first_at = min(each.span.start for each in waiting)
    return Request(booking.id, booking.member_id, booking.holder_id, booking.requester_id, first_at)


def ask(request: Request, base_ids: Sequence[int], units: Mapping[int, Unit], now: datetime) -> None:
    """Ask these bases for their answer to a request: their chains begin. `units` are all that it asks for."""
    if not base_ids:
        return
    bookings.ask_bases(request.booking_id, base_ids)
    parts = [part for base_id in base_ids for part in _laid(request, base_id, units)]
    store.add_answers(request.booking_id, parts)
    kept = store.answers([request.booking_id])[request.booking_id]
    for base_id in base_ids:
        ask_next(request, [part for part in kept if part.base_id == base_id], units, now)


def ask_again(request: Request, base_ids: Sequence[int], units: Mapping[int, Unit], now: datetime) -> None:
    """The same for a booking that has changed: whatever was answered was an answer to something else."""
    let_off(request.booking_id, now)
    bookings.forget_approvals(request.booking_id)
    ask(request, base_ids, units, now)


def let_off(booking_id: int, now: datetime) -> None:
    """Nobody is asked any more, and no other time is proposed."""
    store.let_off(booking_id, now)
    counter_offers.end_open(booking_id, now)


def ask_next(request: Request, parts: Sequence[Part], units: Mapping[int, Unit], now: datetime) -> Onward:
    """One base's chain goes on: those whom nobody needs are let off, the next step is asked. How it stands then."""
    told = onward(parts)
    store.set_answers([part.id for part in told.idle], WITHDRAWN, now)
    if told.ask:
        today, base_id = local_day(now), parts[0].base_id
        where = answerers.places_of(request.member_id, request.hers, units, [base_id], today)
        able = answerers.able(where, base_id, request.hers, today)
        asked: set[int] = set()
        for part in told.ask:
            party, why = party_to_ask(part.seat, able)
            until = due_at(request, replace(part, party=party), now)
            store.ask_part(replace(part, party=party, raised=why, asked_at=now, due_at=until))
            asked |= able[party].others
        _tell(request, "booking/to_decide", told.ask[0].id, asked, now)
    return told


def _tell(request: Request, template: str, part_id: int, asked: Collection[int], now: datetime) -> None:
    """Tell whoever is asked, and who stands in for those who are away; each once, how many parts ever she answers."""
    standing_in = answerers.standing_in_for(asked, local_day(now)) - request.hers
    whom = [*sorted(asked)[:MOST_TOLD], *sorted(standing_in - set(asked))[:MOST_TOLD]]
    facts = {"booking": request.booking_id}
    outbox.post([Letter(each, template, f"{request.booking_id}/{part_id}", facts) for each in whom], now)


def escalate(request: Request, part: Part, party: str, units: Mapping[int, Unit], now: datetime) -> None:
    """Nobody answered in time: the next one up who may answer is asked and told, with as much time again."""
    today = local_day(now)
    where = answerers.places_of(request.member_id, request.hers, units, [part.base_id], today)
    able = answerers.able(where, part.base_id, request.hers, today)
    party, _ = party_to_ask(party, able)
    until = due_at(request, replace(part, party=party), now)
    store.set_answers([part.id], LAPSED, now)
    raised = replace(part, id=0, party=party, raised=SILENT, state=WAITING, asked_at=now, due_at=until)
    store.add_answers(request.booking_id, [raised], same_round=True)
    _tell(request, "booking/escalated", part.id, able[party].others, now)


def due_at(request: Request, part: Part, now: datetime) -> datetime | None:
    """Until when an answer is waited for: so many office hours of the base's working days.

    Where it begins soon whoever stands above is asked earlier, at half the time that is left. Silence is consent only
    after the whole time. Nobody stands above the administrators: they are waited for until it begins.
    """
    if part.party not in UP:
        return None
    whole, _ = limit_store.numbers(())
    days = day_store.days(store.calendar_members([part.base_id]).get(part.base_id))
    opens, closes = whole["approval.from_hour"], whole["approval.until_hour"]
    until = after_working_hours(days, now, part.hours, opens, closes)
    if part.silence == GRANT and part.party == part.seat:
        return until
    return min(until, now + max(request.first_at - now, timedelta()) / 2)


def steps_for(request: Request, base_id: int, units: Mapping[int, Unit]) -> tuple[str, tuple[Step, ...]]:
    """The kind of requester, and who must agree at this base, step by step."""
    here = [unit for unit in units.values() if unit.base_id == base_id]
    guarded = [unit for unit in here if unit.needs_approval] or here
    sides = catalogue.owner_side([unit.id for unit in guarded], request.first_day)
    kind = requester_of(request.member_id, on_every_side(sides, sides), outside_ids([request.member_id]))
    own = store.chains([base_id], [unit.id for unit in guarded])
    _, numbers = limit_store.numbers([unit.id for unit in guarded])
    of_base = own.get(("base", base_id), {})
    chains = [
        chain_for(kind, own.get(("unit", unit.id), {}), of_base, usual(numbers[unit.id], unit.sharing))
        for unit in guarded
    ]
    return kind, joined(chains)


def usual(numbers: Mapping[str, int], sharing: str) -> tuple[Step, ...]:
    """Where no chain is written: the keeper. Silence is consent where the rule of open sharing says so, for what is shared."""
    grants = numbers["approval.silence_grants"] and sharing == "external"
    return (Step((KEEPER,), hours=numbers["approval.hours"], silence=GRANT if grants else ESCALATE),)


def _laid(request: Request, base_id: int, units: Mapping[int, Unit]) -> list[Part]:
    kind, steps = steps_for(request, base_id, units)
    return laid(steps, base_id, kind)


def is_agreed(told: Onward) -> bool:
    return told.outcome == APPROVED
