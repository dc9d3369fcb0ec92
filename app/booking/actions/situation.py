"""What the actions share: fetching what a judgement needs, where a booking stands, keeping, telling, recording."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from app.booking.actions.standing import standing_of
from app.booking.rules.conflict import Limits, Situation
from app.booking.rules.course import KeptBooking, holds
from app.booking.rules.eligibility import needs_special_approval
from app.booking.rules.limits import Ground, Quota, Use, quota_of, term_spans, unit_limits
from app.booking.rules.limits import reach as quota_reach
from app.booking.rules.request import Asked, Claim, Slot, claims, reach
from app.booking.store import bookings, ledger
from app.booking.store import limits as limit_store
from app.booking.store.limits import Numbers
from app.catalogue.rules.unit import Unit
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement
from app.foundation.refusal import NotFound, Refused
from app.foundation.timespan import LATEST, Span, local_day
from app.outbox import actions as outbox
from app.outbox.rules import Letter
from app.timetable.store import hours as timetable
from app.timetable.store import terms as term_store
from app.trail import actions as trail

HORIZON = timedelta(days=400)
"""How far ahead people may book."""

NO_TIME_LIMITS = Limits(latest=LATEST)
"""For timetables and records that are imported: any time at all."""


def usual_limits(now: datetime) -> Limits:
    """The limits for people: not in the past, not beyond the horizon."""
    return Limits(earliest=now, latest=now + HORIZON)


def hold_for(asked: Asked, also: Iterable[int] = ()) -> Numbers:
    """Lock what the request counts on, always in the same order: the member and the person where a quota counts
    them, then the units, and `also` these. Answers with the settings in force."""
    return hold_for_all([asked], also)


def hold_for_all(requests: Sequence[Asked], also: Iterable[int] = ()) -> Numbers:
    """The same for several requests that are judged together."""
    unit_ids = {want.unit_id for asked in requests for want in asked.wants}.union(also)
    numbers = limit_store.numbers_for(unit_ids)
    quota = quota_of(numbers[0])
    limit_store.hold_accounts(
        {asked.holder_id for asked in requests} if quota.counts_person or numbers[0]["eligibility.one_place"] else (),
        {asked.member_id for asked in requests} if quota.counts_member else (),
    )
    catalogue.hold_units(sorted(unit_ids))
    return numbers


def situation(
    asked: Asked,
    limits: Limits,
    except_dates: Sequence[int] = (),
    now: datetime | None = None,
    numbers: Numbers | None = None,
    decided_at: datetime | None = None,
) -> Situation:
    """Read everything that judging the request needs: three queries, and one more for each of these: the settings
    where they are not given, a unit that is not for everybody, a quota. Without `now` limits and quotas do not count;
    what a person must have counts also where her request is decided about (`decided_at`)."""
    at = now or decided_at
    wanted = [want.unit_id for want in asked.wants]
    numbers = numbers or (limit_store.numbers_for(wanted) if at is not None else None)
    around = numbers.around(wanted) - set(wanted) if at is not None and numbers is not None else ()
    every = catalogue.units([*wanted, *around])
    units = {unit_id: every[unit_id] for unit_id in dict.fromkeys(wanted) if unit_id in every}
    known = [want for want in asked.wants if want.unit_id in units]
    claimed = claims(known, units)
    hours = timetable.openings({unit.base_id for unit in units.values()}, {unit.lab_id for unit in units.values()})
    guarded = [unit.id for unit in units.values() if unit.sharing != "external"]
    standing = None
    if at is not None and numbers is not None:
        standing = standing_of(asked, every, numbers, at, except_dates, is_asking=now is not None)
    if standing is not None:
        special = needs_special_approval(asked, standing)
        units = {unit.id: replace(unit, needs_approval=True) if unit.id in special else unit for unit in units.values()}
    return Situation(
        units=units,
        openings={
            unit.id: hours.get(("lab", unit.lab_id)) or hours.get(("base", unit.base_id)) or ()
            for unit in units.values()
        },
        taken=ledger.taken([claim.unit_id for claim in claimed], reach(claimed, asked.slots), except_dates),
        limits=limits,
        owner_side=catalogue.owner_side(guarded, _first_day(asked)) if guarded else {},
        ground=_ground(asked, numbers, now, except_dates) if now is not None and numbers is not None else None,
        standing=standing,
    )


def _ground(asked: Asked, numbers: Numbers, now: datetime, except_dates: Sequence[int]) -> Ground:
    whole, every_unit, _ = numbers
    of_units = {want.unit_id: every_unit[want.unit_id] for want in asked.wants}
    quota = quota_of(whole)
    by_side = quota.member_peak_percent is not None or any(
        each["limit.lead_hours_others"] for each in of_units.values()
    )
    sides = catalogue.owner_side(list(of_units), _first_day(asked)) if by_side else {}
    return Ground(
        now,
        {unit_id: unit_limits(values) for unit_id, values in of_units.items()},
        frozenset(unit_id for unit_id, members in sides.items() if asked.member_id in members),
        quota,
        *_open_already(asked, quota, now, except_dates),
    )


def _open_already(
    asked: Asked, quota: Quota, now: datetime, except_dates: Sequence[int]
) -> tuple[Sequence[Use], Sequence[Span]]:
    """What the quotas count beside the request, and the terms they count in; nothing where there is no quota."""
    if not asked.slots or not (quota.counts_person or quota.counts_member):
        return (), ()
    known, _ = term_store.terms_and_blocks(asked.member_id)
    own = [term for term in known if term.member_id is not None] or known
    terms = term_spans((term.first_monday, term.last_day) for term in own)
    window = quota_reach([slot.span for slot in asked.slots], terms, quota)
    if quota.person_dates is not None:
        window = Span(min(window.start, now), LATEST)
    person = asked.holder_id if quota.counts_person else None
    member = asked.member_id if quota.counts_member else None
    return limit_store.uses(person, member, window, except_dates), terms


def _first_day(asked: Asked) -> date:
    """Whether a unit is one's own is asked for the first day of use."""
    return min((local_day(slot.span.start) for slot in asked.slots), default=date.max)


def placement(booking: KeptBooking, on: date) -> Placement:
    """Where a booking stands, for permission; `on` is the day whose owners count."""
    unit_ids = [unit.unit_id for unit in booking.units]
    owners = catalogue.owner_side(unit_ids, on)
    return Placement(
        holder_ids=frozenset({booking.holder_id, booking.requester_id}),
        booking_member_id=booking.member_id,
        owner_member_ids=frozenset().union(*owners.values()) if owners else frozenset(),
        base_ids=bookings.base_ids_of(unit_ids),
        state=booking.state,
    )


def placement_of_all(unit_ids: Sequence[int], on: date) -> Placement:
    """Where units stand that a deed takes together: on their side is only who is on the side of each of them."""
    owners = list(catalogue.owner_side(unit_ids, on).values())
    return Placement(
        owner_member_ids=owners[0].intersection(*owners[1:]) if owners else frozenset(),
        base_ids=bookings.base_ids_of(unit_ids),
    )


def get(booking_id: int) -> KeptBooking:
    booking = bookings.find(booking_id)
    if booking is None:
        raise Refused(NotFound())
    return booking


def state_of_date(booking: KeptBooking, date_id: int) -> str:
    return next((date.state for date in booking.dates if date.id == date_id), "unknown")


def take(
    claimed: Sequence[Claim],
    units: Mapping[int, Unit],
    wanted: Sequence[int],
    dated: Sequence[tuple[int, Slot]],
    waits: bool,
) -> None:
    ledger.take(
        [
            ledger.Taking(claim, slot.span, holds(claim, units, wanted, waits), date_id=date_id)
            for date_id, slot in dated
            for claim in claimed
        ]
    )


def tell(
    actor: Actor, booking_id: int, holder_id: int, template: str, version: int, now: datetime, note: str = ""
) -> None:
    facts: dict[str, Any] = {"booking": booking_id, "by": actor.person_id, "note": note}
    outbox.post([Letter(holder_id, template, f"{booking_id}/{version}", facts)], now)


def record(
    actor: Actor,
    deed: str,
    object_id: int,
    now: datetime,
    *,
    kind: str = "booking",
    before: Any = None,
    after: Any = None,
) -> None:
    trail.record_by(actor, deed, now=now, kind=kind, object_id=object_id, before=before, after=after)


def plain_kept(booking: KeptBooking) -> dict[str, Any]:
    return {
        "title": booking.title,
        "purpose": booking.purpose,
        "holder": booking.holder_id,
        "state": booking.state,
        "version": booking.version,
        "units": [[unit.unit_id, unit.quantity] for unit in booking.units],
        "dates": [
            [date.id, date.span.start.isoformat(), date.span.end.isoformat(), date.state] for date in booking.dates
        ],
    }
