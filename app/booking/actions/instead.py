"""Instead: where a booking could go that cannot stay where it is, and moving it there with one press."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.booking.actions import changing
from app.booking.actions.looking import near, situation_for
from app.booking.actions.situation import usual_limits
from app.booking.rules.availability import Choice
from app.booking.rules.conflict import Taken
from app.booking.rules.course import Kept, KeptBooking
from app.booking.rules.nearest import nearest_free
from app.booking.rules.outage import NothingNear
from app.booking.rules.request import Asked, Slot, Want
from app.booking.store import bookings, looking
from app.booking.store import faults as store
from app.consortium.rules.office import Actor
from app.foundation.refusal import Refused
from app.foundation.timespan import Span, local_day
from app.timetable.store.calendar import calendar

MOST_LOOKED_AT = 24


@dataclass(frozen=True, slots=True)
class Hit:
    """A booking that something is in the way of, and the dates of it that are hit."""

    booking: KeptBooking
    dates: tuple[Kept, ...]
    whole_room: bool = False
    """It has the whole room, in which one machine is out of order: it can go ahead without that."""


@dataclass(frozen=True, slots=True)
class Way:
    """Somewhere else to go: these units, and a new time for each hit date."""

    wants: tuple[Want, ...]
    slots: Mapping[int, Slot]
    """By the date's id."""
    same_time: bool
    same_units: bool

    @property
    def first(self) -> Slot:
        return min(self.slots.values(), key=lambda slot: slot.span)


def hits_of(standing: Sequence[store.Standing], now: datetime, whole_room: frozenset[int] = frozenset()) -> list[Hit]:
    """What stands there, booking by booking, the earliest first; what is over by now is left out.

    `whole_room` are units of which only having them whole is meant.
    """
    by_booking: dict[int, set[int]] = {}
    rooms: dict[int, bool] = {}
    for each in standing:
        by_booking.setdefault(each.booking_id, set()).add(each.date_id)
        rooms[each.booking_id] = rooms.get(each.booking_id, True) and each.taken.unit_id in whole_room
    found = []
    for booking in bookings.bookings(list(by_booking)):
        dates = tuple(date for date in booking.open_dates if date.id in by_booking[booking.id] and date.span.end > now)
        if dates:
            found.append(Hit(booking, dates, rooms[booking.id]))
    return found


def ways(hit: Hit, blocked: Sequence[Taken], now: datetime, limit: int = 6) -> list[Way]:
    """Where the hit dates could go instead, the best first: the same time on a unit like it, else the nearest time.

    Other units are offered where every date still to come is hit; single dates of a series keep its units and get
    another time, all of them moved alike. `blocked` is what is in the way beside what the ledger knows.
    """
    booking, dates = hit.booking, [date for date in hit.dates if date.span.start > now]
    if not dates or len(dates) < len(hit.dates):
        return []  # one that has begun is the keeper's to sort out on the spot
    wants = tuple(Want(unit.unit_id, unit.quantity) for unit in booking.units)
    asked = Asked(
        wants,
        tuple(Slot(date.span, date.periods) for date in dates),
        booking.purpose,
        booking.title,
        booking.member_id,
        booking.holder_id,
    )
    alternatives = [wants]
    if len(dates) == sum(date.span.end > now for date in booking.open_dates):
        alternatives += _with_siblings(wants, dates[0])
    limits = usual_limits(now)
    windows = near(asked, limits)
    if not windows:
        return []
    judged_in, possible = situation_for(alternatives, windows, limits, booking.member_id)
    own = {date.id for date in dates}
    rest = [each for each in judged_in.taken if each.date_id not in own]
    judged_in = replace(judged_in, taken=[*rest, *blocked])
    around = Span(windows[0].start, windows[-1].end)
    bells = calendar(*looking.bell_place(wants[0].unit_id)).bells
    choices = nearest_free(asked, judged_in, possible, around, bells, MOST_LOOKED_AT)
    found = [_way(choice, asked, dates) for choice in choices if len(choice.slots) == len(dates)]
    return sorted(found, key=lambda way: not way.same_time)[:limit]


def _with_siblings(wants: tuple[Want, ...], date: Kept) -> list[tuple[Want, ...]]:
    """The wants with one of the units exchanged for another of its kind."""
    taken = {want.unit_id for want in wants}
    day = local_day(date.span.start)
    return [
        (*wants[:at], Want(other, want.quantity), *wants[at + 1 :])
        for at, want in enumerate(wants)
        for other in looking.siblings(want.unit_id, want.quantity, day)
        if other not in taken
    ]


def _way(choice: Choice, asked: Asked, dates: Sequence[Kept]) -> Way:
    slots = sorted(choice.slots, key=lambda slot: slot.span)
    moved = {date.id: slot for date, slot in zip(dates, slots, strict=True)}
    return Way(
        choice.wants,
        moved,
        same_time=all(moved[date.id].span == date.span for date in dates),
        same_units=choice.wants == asked.wants,
    )


def move(
    actor: Actor, hit: Hit, version: int, blocked: Sequence[Taken], *, now: datetime, chosen: str = ""
) -> tuple[KeptBooking, Way]:
    """Move the hit dates of a booking to the best way there is, or to the `chosen` one (see `key_of`).

    Judged like every change, but limits and quotas do not count: whoever has to give way did not choose to. Raises
    Refused(NothingNear) where there is no such way, and whatever `changing.change` raises.
    """
    found = ways(hit, blocked, now)
    way = next((each for each in found if not chosen or key_of(each) == chosen), None)
    if way is None:
        raise Refused(NothingNear())
    changes = changing.Changes(slots=way.slots, wants=None if way.same_units else way.wants)
    after = changing.change(actor, hit.booking.id, version, changes, now=now, quietly=True, gives_way=True)
    return after, way


def key_of(way: Way) -> str:
    """A way in few signs, so that a page can say which of them was pressed."""
    units = "+".join(f"{want.unit_id}x{want.quantity}" for want in way.wants)
    return f"{units}@{int(way.first.span.start.timestamp())}"
