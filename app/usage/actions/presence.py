"""Presence: say that one is here, has left, is done sooner, or needs longer; a keeper notes it for others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.booking.actions import answerers, changing, ending
from app.booking.actions.situation import placement
from app.booking.rules import chain
from app.booking.rules.course import CONFIRMED, Kept, KeptBooking
from app.booking.rules.request import Slot
from app.booking.store import bookings
from app.booking.store import limits as limit_store
from app.booking.store import passing as dates
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotAllowed, NotFound, Reason, Refused
from app.foundation.timespan import Span
from app.trail import actions as trail
from app.usage.rules.presence import (
    KEEPER,
    SELF,
    SOONEST,
    AskTheKeeper,
    Graces,
    HereAlready,
    Judged,
    NotConfirmed,
    NotNow,
    Seen,
    about,
    graces_of,
    reasons_against_arriving,
    reasons_against_giving_back,
    rest_from,
)
from app.usage.store import presence as store


def arrive(actor: Actor, booking_id: int, date_id: int, *, now: datetime) -> Seen:
    """Somebody is here for a date, from a quarter of an hour before it until its end. The one place where this is
    written, whoever notes it: she herself, her keeper; cards and codes will."""
    booking, date, thing = _date(actor, booking_id, date_id)
    seen = _seen(date)
    if reasons := reasons_against_arriving(date.span, date.state, seen, now):
        raise Refused(reasons)
    _note(seen, arrived_at=now, arrived_how=_how(actor, booking, thing), arrived_by=actor.person_id)
    _record(actor, "presence.arrive", date_id, now, {"booking": booking.id, "arrived": now})
    return store.seen([date_id])[date_id]


def leave(actor: Actor, booking_id: int, date_id: int, *, now: datetime) -> Seen:
    """Somebody has left; before the end too, without giving the rest back (`give_back` does)."""
    booking, date, thing = _date(actor, booking_id, date_id)
    seen = _seen(date)
    if date.state != CONFIRMED:
        raise Refused(NotConfirmed(date.state))
    if seen.left_at is not None:
        raise Refused(HereAlready(seen.left_at))
    if now < date.span.start:
        raise Refused(NotNow(date.span.start, date.span.end))
    _not_judged(date_id)
    _note(seen, left_at=now, left_how=_how(actor, booking, thing), left_by=actor.person_id)
    _record(actor, "presence.leave", date_id, now, {"booking": booking.id, "left": now})
    return store.seen([date_id])[date_id]


def give_back(actor: Actor, booking_id: int, version: int, date_id: int, *, now: datetime) -> KeptBooking:
    """Done sooner: the date ends now, rounded up to the minute, and the rest goes to the line.

    Where nobody came and a keeper gives it on, that is only done once the minutes of grace are over.
    """
    booking, date, thing = _date(actor, booking_id, date_id)
    if booking.version != version:
        raise Refused(ChangedMeanwhile(booking.version))
    seen = _seen(date)
    reasons = reasons_against_giving_back(date.span, date.state, seen, now)
    nobody_came = not _is_hers(actor, booking) and seen.arrived_at is None and seen.left_at is None
    if not reasons and nobody_came:
        no_show = graces(date_id).no_show
        if no_show is None or now < date.span.start + no_show:
            reasons = [NotNow(date.span.start + (no_show or date.span.length), date.span.end)]
    if reasons:
        raise Refused(reasons)
    noted: dict[str, Any] = {"released_at": now, "released_by": actor.person_id, "was_until": date.span.end}
    if not nobody_came and seen.left_at is None:
        noted |= {"left_at": now, "left_how": _how(actor, booking, thing), "left_by": actor.person_id}
    _note(seen, **noted)
    hers = _is_hers(actor, booking)
    return ending.end_at(
        actor,
        booking,
        date,
        rest_from(now),
        deed="presence.give_back",
        template="" if hers else "usage/released",
        now=now,
        more={"date": date_id, "was_until": date.span.end},
    )


def extend(actor: Actor, booking_id: int, version: int, date_id: int, *, now: datetime) -> KeptBooking:
    """A while longer, where the time after it is free: judged like any change, with all its reasons.

    Raises Refused(AskTheKeeper) where a keeper decides about a unit: she makes it longer herself, and has agreed with it.
    In a booking over several bases she agrees for her own only.
    """
    booking, date, _ = _date(actor, booking_id, date_id)
    if date.state != CONFIRMED:
        raise Refused(NotConfirmed(date.state))
    step = graces(date_id).extend
    if step is None or not date.span.start - SOONEST <= now < date.span.end:
        raise Refused(NotNow(date.span.start - SOONEST, date.span.end))
    units = catalogue.units([unit.unit_id for unit in booking.units])
    guarded = [unit for unit in units.values() if unit.needs_approval]
    where = answerers.places(booking, {unit.base_id for unit in guarded}, actor.on)
    hers = _is_hers(actor, booking)
    asked = [
        AskTheKeeper(unit.id)
        for unit in guarded
        if hers or not may(actor, "booking.approve", where[unit.base_id, chain.KEEPER])
    ]
    if asked:
        raise Refused(asked)
    longer = Slot(Span(date.span.start, date.span.end + step))
    changes = changing.Changes(slots={date_id: longer})
    return changing.change(actor, booking_id, version, changes, now=now, agreed=not hers)


def correct(
    actor: Actor,
    booking_id: int,
    date_id: int,
    version: int,
    arrived: datetime | None,
    left: datetime | None,
    *,
    now: datetime,
) -> Seen:
    """A keeper puts right when somebody came and left, until it is judged; None: it is not known.

    `version` is that of what was noted, 0 where nothing was. Raises Refused with everything wrong.
    """
    booking, date, thing = _date(actor, booking_id, date_id)
    if not may(actor, "presence.keep", thing):
        raise Refused(NotAllowed("presence.keep"))
    seen = store.seen([date_id])[date_id]
    if seen.version != version:
        raise Refused(ChangedMeanwhile(seen.version))
    if date.state != CONFIRMED:
        raise Refused(NotConfirmed(date.state))
    _not_judged(date_id)
    if reasons := _reasons_against_times(date.span, arrived, left, now):
        raise Refused(reasons)
    before = {"arrived": seen.arrived_at, "left": seen.left_at}
    noted: dict[str, Any] = {
        "arrived_at": arrived,
        "arrived_how": KEEPER if arrived else "",
        "arrived_by": actor.person_id if arrived else None,
        "left_at": left,
        "left_how": KEEPER if left else "",
        "left_by": actor.person_id if left else None,
    }
    _note(seen, **noted)
    after = {"booking": booking.id, "arrived": arrived, "left": left}
    trail.record_by(actor, "presence.correct", now=now, kind="date", object_id=date_id, before=before, after=after)
    return store.seen([date_id])[date_id]


def _reasons_against_times(span: Span, arrived: datetime | None, left: datetime | None, now: datetime) -> list[Reason]:
    found: list[Reason] = []
    for field, moment in (("arrived", arrived), ("left", left)):
        if moment is not None and not span.start - SOONEST <= moment <= now:
            found.append(Invalid(field, "out_of_range"))
    if arrived is not None and arrived >= span.end:
        found.append(Invalid("arrived", "out_of_range"))
    if arrived is not None and left is not None and left < arrived:
        found.append(Invalid("left", "backward"))
    return list(dict.fromkeys(found))


# ── what the actions of usage share ──


def graces(date_id: int) -> Graces:
    """What is forgiven at the units of a date, by the settings in force."""
    _, of_units = numbers_of(date_id)
    return graces_of(of_units.values())


def numbers_of(date_id: int) -> tuple[dict[str, int], dict[int, dict[str, int]]]:
    """The settings in force for everybody, and for each unit of a date."""
    return limit_store.numbers(unit_ids_of(date_id))


def unit_ids_of(date_id: int) -> list[int]:
    """The units a date asked for."""
    return [want.unit_id for want in dates.wants_of([date_id])[date_id]]


def with_rooms(unit_ids: Sequence[int]) -> list[int]:
    """These units, and the rooms they stand in: what keeps either from being used keeps the use from taking place."""
    rooms = {unit.room_id for unit in catalogue.units(unit_ids).values() if unit.room_id is not None}
    return sorted(rooms.union(unit_ids))


def locked(booking_id: int, date_id: int) -> tuple[KeptBooking, Kept]:
    """A booking, locked before anything of its presence is read, and one date of it. Raises Refused(NotFound)."""
    booking = bookings.find(booking_id, lock=True)
    date = next((each for each in booking.dates if each.id == date_id), None) if booking else None
    if booking is None or date is None:
        raise Refused(NotFound())
    return booking, date


def _date(actor: Actor, booking_id: int, date_id: int) -> tuple[KeptBooking, Kept, Placement]:
    booking, date = locked(booking_id, date_id)
    thing = placement(booking, actor.on)
    if not may(actor, "booking.see", thing):
        raise Refused(NotFound())
    if not may(actor, "presence.mark", thing):
        raise Refused(NotAllowed("presence.mark"))
    return booking, date, thing


def _seen(date: Kept) -> Seen:
    return about(date.span, store.seen([date.id])[date.id])


def _note(before: Seen, **columns: Any) -> None:
    if not store.note(before, **columns):
        raise Refused(ChangedMeanwhile(before.version))


def _not_judged(date_id: int) -> None:
    if store.is_judged(date_id):
        raise Refused(Judged())


def _is_hers(actor: Actor, booking: KeptBooking) -> bool:
    return actor.person_id in (booking.holder_id, booking.requester_id)


def _how(actor: Actor, booking: KeptBooking, thing: Placement) -> str:
    """By whom it is known: a keeper who books for herself says it for herself."""
    return SELF if _is_hers(actor, booking) or not may(actor, "presence.keep", thing) else KEEPER


def _record(actor: Actor, deed: str, date_id: int, now: datetime, after: Mapping[str, Any]) -> None:
    trail.record_by(actor, deed, now=now, kind="date", object_id=date_id, after=dict(after))
