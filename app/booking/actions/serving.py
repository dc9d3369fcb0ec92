"""Serving the line: time that has come free is held for the first who waits for it, and she is asked."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.booking.actions.looking import situation_for
from app.booking.actions.situation import record, situation, take, tell, usual_limits
from app.booking.rules.availability import Space
from app.booking.rules.conflict import reasons_against_all_of, reasons_to_refuse
from app.booking.rules.course import WAITING, KeptBooking
from app.booking.rules.fitting import SHORTEST_HOLD, first_fit, hold_until, windows_on_days
from app.booking.rules.request import Asked, Slot, Want, claims
from app.booking.rules.waiting import (
    DECLINED,
    OFFERED,
    OPEN,
    PAST,
    Offer,
    Standby,
    alternatives,
    in_line,
    is_past,
)
from app.booking.store import bookings, displacing, looking
from app.booking.store import limits as limit_store
from app.booking.store import waiting as store
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.foundation.timespan import Span, local_day, merged
from app.timetable.rules.bell import Bells
from app.timetable.store.calendar import calendar

MOST_SERVED = 40
"""So many of a line are looked at when something comes free; the sweep looks at everybody."""

Freed = tuple[int, Span]
"""A unit, and a time of it that has just come free."""


def freed_by_dates(date_ids: Sequence[int]) -> list[Freed]:
    """What these dates hold, to be served once it is let go; nothing is read on days when nobody waits."""
    return _held(store.freed_by(date_ids)) if store.anybody_waits() else []


def may_be_served(unit_ids: Iterable[int]) -> set[int]:
    """The units that are looked at once these come free: who locks others before locks them all, in one order."""
    return reach(unit_ids) if store.anybody_waits() else set()


def reach(unit_ids: Iterable[int]) -> set[int]:
    """All that serving the line locks once these units come free: their labs, and what somebody waits for with those."""
    return store.wanted_together_with(store.in_the_labs_of(list(unit_ids)))


def freed_by_closure(closure_id: int) -> list[Freed]:
    """What a closure still holds, to be served once it is let go."""
    return _held(store.freed_by_closure(closure_id)) if store.anybody_waits() else []


def _held(freed: list[Freed]) -> list[Freed]:
    """Locked before the deed that frees them is recorded: the end of a chain of the trail is locked after all units."""
    if freed:
        catalogue.hold_units(sorted(store.in_the_labs_of({unit_id for unit_id, _ in freed})))
    return freed


def serve(actor: Actor, freed: Iterable[Freed], *, now: datetime) -> list[int]:
    """Hold what came free for the first in the line whom it fits, and so on; the offers made.

    In the transaction of whatever freed it, so that nobody can come between. A time somebody let pass is not offered
    to her again.
    """
    spans = [span for _, span in freed if span.end > now]
    if not spans:
        return []
    unit_ids = store.in_the_labs_of({unit_id for unit_id, _ in freed})
    catalogue.hold_units(sorted(unit_ids))
    # What is waited for together with these stands in other labs, which others may have: nobody waits for them here,
    # or two would wait for each other. Who could not be looked at now is looked at by the sweep.
    partners = store.wanted_together_with(unit_ids) - unit_ids
    held = unit_ids | (catalogue.hold_at_once(partners) if partners else set())
    waiting = store.standbys(unit_ids=unit_ids, state=OPEN, still_on=local_day(now))
    line = [each for each in in_line(waiting) if not each.form.together or held.issuperset(each.form.unit_ids)]
    made = [_offer(actor, standby, unit_ids, spans, now) for standby in line[:MOST_SERVED]]
    return [offer_id for offer_id in made if offer_id is not None]


def open_offer(booking: KeptBooking) -> Offer | None:
    """The offer that waits for its person's answer, where the booking is one: it waits, and no keeper is asked."""
    if booking.state != WAITING or booking.approvals:
        return None
    return next((offer for offer in store.offers(booking_id=booking.id) if offer.state == OPEN), None)


def let_pass(offer: Offer, now: datetime) -> None:
    """An offered booking is cancelled like any other: that is letting it pass, and she goes on waiting."""
    standby = store.find(offer.standby_id, lock=True)
    if standby is not None and store.answer(offer.id, DECLINED, now):
        store.set_state(standby.id, standby.version, OPEN, now, ends=False)


def sweep(actor: Actor, standby_id: int, *, now: datetime) -> int | None:
    """Look again whether an open standby can be fulfilled by now, whatever freed it; the offer made, if any.

    One whose last day is over is closed. The job asks this of every open standby, in the order of the line.
    """
    standby = store.find(standby_id)
    if standby is None or standby.state != OPEN:
        return None
    if is_past(standby.form, now):
        if store.set_state(standby.id, standby.version, PAST, now, ends=True):
            record(actor, "waiting.past", standby.id, now, kind="standby", before=OPEN, after=PAST)
        return None
    catalogue.hold_units(standby.form.unit_ids)
    return _offer(actor, standby, standby.form.unit_ids, None, now)


def fit_now(
    standby: Standby,
    unit_ids: Iterable[int],
    spans: Sequence[Span] | None,
    now: datetime,
    notice: timedelta = timedelta(),
) -> tuple[tuple[Want, ...], Slot] | None:
    """What of these units, and the earliest time (not before `notice` is over), fulfils a standby as things stand."""
    choices = alternatives(standby, unit_ids)
    windows = merged(windows_on_days(standby.form, spans))
    if not choices or not windows:
        return None
    limits = replace(usual_limits(now), earliest=now + notice)
    judged_in, possible = situation_for(choices, windows, limits, standby.member_id)
    around = Span(windows[0].start, windows[-1].end)
    bells = calendar(*looking.bell_place(choices[0][0].unit_id)).bells if standby.form.periods else Bells()
    over = [offer for offer in store.offers(standby_ids=[standby.id]) if offer.state != OPEN]
    taken_away = displacing.displaced_among([offer.booking_id for offer in over]) if over else set()
    passed = {(offer.unit_id, offer.span.start) for offer in over if offer.booking_id not in taken_away}
    for wants in possible:
        slot = first_fit(standby.form, Space(wants, judged_in, around), bells, spans)
        if slot is not None and (wants[0].unit_id, slot.span.start) not in passed:
            return wants, slot
    return None


def _offer(
    actor: Actor, standby: Standby, unit_ids: Iterable[int], spans: Sequence[Span] | None, now: datetime
) -> int | None:
    found = fit_now(standby, unit_ids, spans, now, notice=2 * SHORTEST_HOLD)
    if found is None:
        return None
    wants, slot = found
    wanted = [want.unit_id for want in wants]
    numbers = limit_store.numbers_for(wanted)
    expires_at = hold_until(now, slot.span.start, timedelta(hours=numbers[0]["waiting.hold_hours"]))
    asked = asked_of(standby, wants, slot)
    judged_in = situation(asked, usual_limits(now), now=now, numbers=numbers)
    if expires_at is None or reasons_to_refuse(asked, judged_in) or reasons_against_all_of([slot], asked, judged_in):
        return None
    if not store.set_state(standby.id, standby.version, OFFERED, now, ends=False):
        return None
    uid = str(uuid.uuid5(uuid.NAMESPACE_OID, f"offer/{standby.id}/{standby.version}"))
    booking_id = bookings.add(asked, uid, standby.person_id, None, now)
    date_ids = bookings.add_dates(booking_id, [slot], WAITING, now)
    dated = list(zip(date_ids, [slot], strict=True))
    take(claims(asked.wants, judged_in.units), judged_in.units, wanted, dated, waits=False)
    offer_id = store.add_offer(standby.id, booking_id, wanted[0], slot.span, now, expires_at)
    tell(actor, booking_id, standby.person_id, "waiting/offered", 1, now)
    record(actor, "waiting.offer", booking_id, now, after={"standby": standby.id, "until": expires_at})
    return offer_id


def asked_of(standby: Standby, wants: tuple[Want, ...], slot: Slot) -> Asked:
    """A standby as the request it becomes."""
    form = standby.form
    return Asked(
        wants=wants,
        slots=(slot,),
        purpose=form.purpose,
        title=form.title,
        member_id=standby.member_id,
        holder_id=standby.person_id,
        headcount=form.headcount,
        note=form.note,
        declared=frozenset(form.declared),
    )
