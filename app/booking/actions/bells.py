"""Bells: another bell table, with every booking in class periods that it would ring at other times shown first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.booking.actions.changing import Changes, change
from app.booking.actions.situation import situation, usual_limits
from app.booking.rules.conflict import reasons_by_slot
from app.booking.rules.request import Asked, Want
from app.booking.rules.ringing import BookingsRing, PeriodsGone, RingsOtherwise, rung_otherwise
from app.booking.store import bookings
from app.booking.store.ringing import dates_in_periods
from app.consortium.rules.office import Actor
from app.foundation.refusal import Invalid, Reason, Refused
from app.timetable.actions import calendar as timetable
from app.timetable.actions.record import check_calendar
from app.timetable.rules.bell import BellForm
from app.timetable.store import bells as bell_store

MOST_SHOWN = 50
AT_ONCE = 40
"""Bookings moved in one transaction: others book meanwhile, and nobody waits long."""
KEEP, MOVE = "keep", "move"
CHOICES = (KEEP, MOVE)
"""What becomes of bookings whose class periods ring at other times: they keep their clock times, or move."""


@dataclass(slots=True)
class Outcome:
    """What became of the bookings: dates that kept their times by choice, that moved, and that could not and why."""

    table_id: int
    kept: int = 0
    moved: int = 0
    stayed: list[tuple[RingsOtherwise, tuple[Reason, ...]]] = field(default_factory=list)
    left: list[RingsOtherwise] = field(default_factory=list)
    """Dates whose turn has not come yet: for `move` in further transactions."""


def set_bell_table(
    actor: Actor, table_id: int | None, version: int, form: BellForm, *, then: str, now: datetime
) -> Outcome:
    """Keep a bell table, a new one where there is no id, and do with the bookings it touches as `then` says.

    Without a choice (`then` empty) and with bookings that would ring otherwise it raises Refused with their count and a
    RingsOtherwise for each date (at most 50); nothing is changed then.
    """
    before = _tables()
    table_id = timetable.set_bell_table(actor, table_id, version, form, now=now)
    return _follow(actor, table_id, before, form.member_id, then, now)


def remove_bell_table(actor: Actor, table_id: int, version: int, *, then: str, now: datetime) -> Outcome:
    """Take a bell table away; what it leaves unrung or rung otherwise is treated as by `set_bell_table`."""
    kept = next((table for table in bell_store.bell_tables() if table.id == table_id), None)
    before = _tables()
    timetable.remove_bell_table(actor, table_id, version, now=now)
    return _follow(actor, table_id, before, kept.form.member_id if kept else None, then, now)


def _tables() -> list[BellForm]:
    return [table.form for table in bell_store.bell_tables()]


def _follow(
    actor: Actor, table_id: int, before: Sequence[BellForm], member_id: int | None, then: str, now: datetime
) -> Outcome:
    touched = rung_otherwise(dates_in_periods(now, member_id), before, _tables())
    if not touched:
        return Outcome(table_id)
    if then == "":
        raise Refused([BookingsRing(len(touched), len({each.booking_id for each in touched})), *touched[:MOST_SHOWN]])
    if then not in CHOICES:
        raise Refused(Invalid("then", "unknown"))
    if then == KEEP:
        return Outcome(table_id, kept=len(touched))
    return _move_some(actor, Outcome(table_id), touched, now)


def move(actor: Actor, dates: Sequence[RingsOtherwise], *, now: datetime) -> Outcome:
    """Move the first of these dates to their new times, each booking judged as any change; the others are `left`."""
    return _move_some(actor, Outcome(0), dates, now)


def strayed(actor: Actor, member_id: int | None, now: datetime) -> list[RingsOtherwise]:
    """Every coming date at bases that go by this calendar whose class periods ring at other times than it has.

    Raises Refused(NotAllowed) for somebody else's calendar.
    """
    check_calendar(actor, member_id)
    return rung_otherwise(dates_in_periods(now, member_id), [], _tables())


def _move_some(actor: Actor, outcome: Outcome, touched: Sequence[RingsOtherwise], now: datetime) -> Outcome:
    outcome.stayed = [(each, (PeriodsGone(each.periods),)) for each in touched if each.slot is None]
    in_turn = _in_turn(touched)
    bookings_now = set(list(dict.fromkeys(each.booking_id for each in in_turn))[:AT_ONCE])
    outcome.left = [each for each in in_turn if each.booking_id not in bookings_now]
    _move(actor, [each for each in in_turn if each.booking_id in bookings_now], outcome, now)
    return outcome


def _move(actor: Actor, dates: Sequence[RingsOtherwise], outcome: Outcome, now: datetime) -> None:
    """Move booking by booking, as each holder could; what stands in another's way goes first, and all are tried again
    as long as something has moved. Then single dates of what is left, where these can be had."""
    left: dict[int, list[RingsOtherwise]] = {}
    for each in dates:
        left.setdefault(each.booking_id, []).append(each)
    why: dict[int, tuple[Reason, ...]] = {}
    moving = True
    while left and moving:
        moving = False
        for booking_id, of_booking in list(left.items()):
            refused = _try(actor, booking_id, of_booking, now)
            if refused is None:
                del left[booking_id]
                outcome.moved += len(of_booking)
                moving = True
            else:
                why[booking_id] = refused
    for booking_id, of_booking in left.items():
        possible = _possible(booking_id, of_booking, now)
        good = [each for each in of_booking if not possible[each.date_id]]
        if good and len(good) < len(of_booking) and _try(actor, booking_id, good, now) is None:
            outcome.moved += len(good)
        else:
            good = []
        staying = [each for each in of_booking if each not in good]
        outcome.stayed += [(each, tuple(possible[each.date_id]) or why[booking_id]) for each in staying]
    outcome.stayed.sort(key=lambda pair: (pair[0].start, pair[0].date_id))


def _in_turn(dates: Sequence[RingsOtherwise]) -> list[RingsOtherwise]:
    """What moves to a later time from the last to the first, then what moves earlier from the first to the last."""
    later = [each for each in dates if each.new_start is not None and each.new_start >= each.start]
    earlier = [each for each in dates if each.new_start is not None and each.new_start < each.start]
    by_start = sorted(later, key=lambda each: each.start, reverse=True)
    return [*by_start, *sorted(earlier, key=lambda each: each.start)]


def _try(actor: Actor, booking_id: int, dates: Sequence[RingsOtherwise], now: datetime) -> tuple[Reason, ...] | None:
    booking = bookings.find(booking_id)
    slots = {each.date_id: each.slot for each in dates if each.slot is not None}
    try:
        change(actor, booking_id, booking.version if booking else 0, Changes(slots=slots), now=now)
    except Refused as refused:
        return refused.reasons
    return None


def _possible(booking_id: int, dates: Sequence[RingsOtherwise], now: datetime) -> dict[int, list[Reason]]:
    """The reasons against each date's new time, by date id."""
    booking = bookings.find(booking_id)
    slots = tuple(each.slot for each in dates if each.slot is not None)
    if booking is None:
        return {each.date_id: [] for each in dates}
    wants = tuple(Want(unit.unit_id, unit.quantity) for unit in booking.units)
    asked = Asked(wants, slots, booking.purpose, booking.title, booking.member_id, booking.holder_id)
    judged = reasons_by_slot(asked, situation(asked, usual_limits(now), [each.date_id for each in dates]))
    return {each.date_id: reasons for each, reasons in zip(dates, judged, strict=True)}
