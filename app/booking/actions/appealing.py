"""Appealing: what those displaced can do: take another time, disagree; who answers them; and the order they fell under."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from app.booking.actions.adding import add_dates
from app.booking.actions.alternatives import alternatives
from app.booking.actions.asking import request
from app.booking.actions.restoring import GivenBack, give_back, held_for_her, leave_the_line, lost
from app.booking.actions.serving import serve
from app.booking.actions.situation import (
    get,
    placement,
    plain_kept,
    record,
    usual_limits,
)
from app.booking.rules.alternatives import Alternative
from app.booking.rules.course import KeptBooking
from app.booking.rules.displacing import (
    NONE,
    OPEN,
    REJECTED,
    UPHELD,
    Displacement,
    NoAppeal,
    ResettledAlready,
    Said,
    SomebodyElseDecides,
    fits_wish,
    reasons_against_said,
    reasons_against_words,
)
from app.booking.rules.priority import Order, reasons_against_order
from app.booking.rules.request import Asked, Slot, Want
from app.booking.rules.waiting import DISPLACED, OFFERED
from app.booking.rules.waiting import OPEN as IN_LINE
from app.booking.store import bookings
from app.booking.store import displacing as store
from app.booking.store import waiting as line
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.consortium.store.offices import deciding as officers
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotAllowed, NotFound, Refused
from app.outbox import actions as outbox
from app.outbox.rules import Letter


@dataclass(frozen=True, slots=True)
class Case:
    """A displacement with the booking it is about, and what the reader may do now."""

    one: Displacement
    booking: KeptBooking
    asked: Asked
    is_hers: bool
    may_resettle: bool
    may_appeal: bool
    may_answer: bool
    stands_first: bool
    """Whether she stands at the head of the line for it now; something may be held for her there already."""


def case(actor: Actor, displacement_id: int) -> Case:
    """A displacement as its page shows it. Raises Refused(NotFound) where there is none or it is out of sight."""
    one = store.find(displacement_id)
    booking = bookings.find(one.booking_id) if one else None
    if one is None or booking is None:
        raise Refused(NotFound())
    return cases(actor, booking, [one])[0]


def cases(actor: Actor, booking: KeptBooking, found: Sequence[Displacement]) -> list[Case]:
    """What was displaced of one booking; raises Refused(NotFound) where it is out of sight."""
    thing = replace(placement(booking, actor.on), state="")
    if not may(actor, "displacement.see", thing):
        raise Refused(NotFound())
    units = store.units_of_dates([each.date_id for each in found])
    is_hers = actor.person_id in (booking.holder_id, booking.requester_id)
    standbys = line.standbys(standby_ids=[each.standby_id for each in found if each.standby_id])
    first = {each.id for each in standbys if each.rank == DISPLACED and each.state in (IN_LINE, OFFERED)}
    told = []
    for one in found:
        settled = one.resettled_id is not None or one.restored
        told.append(
            Case(
                one,
                booking,
                lost(booking, one, units),
                is_hers,
                may_resettle=not settled and may(actor, "displacement.resettle", thing),
                may_appeal=one.appeal == NONE and not settled and may(actor, "displacement.appeal", thing),
                may_answer=one.appeal == OPEN
                and may(actor, "displacement.answer", thing)
                and actor.person_id not in _parties(one, booking),
                stands_first=one.standby_id in first,
            )
        )
    return told


def offered(of: Case, now: datetime, limit: int = 6) -> list[Alternative]:
    """What she can take instead now, the best first; nothing where it is not for her to take."""
    return alternatives(of.asked, now, limit=limit) if of.may_resettle else []


def resettle(
    actor: Actor, displacement_id: int, version: int, wants: Sequence[Want], slot: Slot, *, now: datetime, uid: str
) -> int:
    """Take another time for a displaced date, as any request is made; the booking that has it.

    Of the same units it is another date of the same booking; else a booking like it. A lesson stays a lesson either way,
    so that what is taught still counts as taught. She leaves the line for the time she lost.
    """
    one, booking = _locked(actor, displacement_id, version, "displacement.resettle")
    if one.resettled_id is not None or one.restored:
        raise Refused(ResettledAlready(one.resettled_id or one.booking_id))
    held_for_her(one)  # its booking is locked before any unit
    was = lost(booking, one, store.units_of_dates([one.date_id]))
    asked = replace(was, wants=tuple(wants), slots=(slot,))
    if fits_wish(was, wants) and booking.open_dates and may(actor, "booking.change", placement(booking, actor.on)):
        add_dates(actor, booking.id, booking.version, [slot], now=now)
        resettled_id = booking.id
    else:
        is_lesson = store.facts([booking.id])[booking.id][0] == "lesson"
        limits = usual_limits(now) if is_lesson else None
        resettled_id = request(actor, asked, now=now, uid=uid, limits=limits).booking_id
        if is_lesson:
            store.origin_lesson(resettled_id)
    if not store.put(one, resettled_id=resettled_id, resettled_at=now):
        raise Refused(ChangedMeanwhile(one.version))
    leave_the_line(actor, one, now)
    return resettled_id


def appeal(actor: Actor, displacement_id: int, version: int, words: str, *, now: datetime) -> None:
    """Disagree, in words; whoever may answer is told. Each displacement can be appealed against once."""
    one, booking = _locked(actor, displacement_id, version, "displacement.appeal")
    if one.appeal != NONE:
        raise Refused(NoAppeal(one.appeal))
    if reasons := reasons_against_words(words):
        raise Refused(reasons)
    store.put(one, appeal=OPEN, appeal_words=words.strip(), appealed_by=actor.person_id, appealed_at=now)
    deciders = _who_answers(booking, actor.on) - _parties(replace(one, appealed_by=actor.person_id), booking)
    facts = {"booking": booking.id, "by": actor.person_id, "displacement": one.id, "note": words.strip()}
    occasion = f"displacement/{one.id}"
    outbox.post([Letter(each, "displacing/appealed", occasion, facts) for each in sorted(deciders)], now)
    record(actor, "displacement.appeal", one.id, now, kind="displacement", after={"words": words.strip()})


def answer(
    actor: Actor,
    displacement_id: int,
    version: int,
    *,
    upheld: bool,
    words: str,
    now: datetime,
    compensation: str = "",
    compensation_fen: int | None = None,
) -> Displacement:
    """Answer an appeal, in words; nobody answers who displaced, appealed, or whose either booking is.

    Upheld, the date is hers again if its time is free, judged as things stand; else nobody is pushed aside for it: she
    stands first in the line for it, what is free instead is named to her, and what she is promised is noted.
    """
    one, before = _locked(actor, displacement_id, version, "displacement.answer")
    if one.appeal != OPEN:
        raise Refused(NoAppeal(one.appeal))
    if actor.person_id in _parties(one, before):
        raise Refused(SomebodyElseDecides())
    fen = one.said.compensation_fen if compensation_fen is None else compensation_fen
    said = Said(one.said.reason, "-", compensation.strip() or one.said.compensation, fen)
    if reasons := [*reasons_against_words(words), *reasons_against_said(said)]:
        raise Refused(reasons)
    given = give_back(actor, one, before, now) if upheld else GivenBack(standby_id=one.standby_id)
    store.put(
        one,
        appeal=UPHELD if upheld else REJECTED,
        answer_words=words.strip(),
        answered_by=actor.person_id,
        answered_at=now,
        compensation=said.compensation,
        compensation_fen=fen,
        restored=given.restored,
        standby_id=given.standby_id or one.standby_id,
    )
    facts = {
        "booking": before.id,
        "by": actor.person_id,
        "displacement": one.id,
        "note": words.strip(),
        "upheld": upheld,
        "restored": given.restored,
        "first": given.stands_first,
        "offers": list(given.offers),
        "compensation": said.compensation,
    }
    told = {one.appealed_by or before.holder_id, before.holder_id}
    occasion = f"displacement/{one.id}"
    outbox.post([Letter(each, "displacing/answered", occasion, facts) for each in sorted(told)], now)
    if given.restored:
        after = {**plain_kept(get(before.id)), "note": words.strip()}
        record(actor, "displacement.answer", before.id, now, before=plain_kept(before), after=after)
    else:
        after = {"appeal": UPHELD if upheld else REJECTED, "words": words.strip()}
        record(actor, "displacement.answer", one.id, now, kind="displacement", before=OPEN, after=after)
    serve(actor, given.freed, now=now)
    found = store.find(one.id)
    assert found is not None
    return found


def publish(actor: Actor, seen: int, classes: Sequence[str], note: str, *, now: datetime) -> Order:
    """Publish another order of purposes; from now on it is in force. What was displaced stays under the order it fell
    under. Raises Refused(ChangedMeanwhile) where another than version `seen` is in force."""
    if not may(actor, "order.publish"):
        raise Refused(NotAllowed("order.publish"))
    before = store.order_in_force()
    reasons = reasons_against_order(classes, note)
    if not reasons and tuple(classes) == before.classes:
        reasons.append(Invalid("classes", "unchanged"))
    if reasons:
        raise Refused(reasons)
    if before.version != seen:
        raise Refused(ChangedMeanwhile(before.version))
    order = Order(before.version + 1, tuple(classes), note.strip(), now, actor.person_id)
    if not store.publish(order):
        raise Refused(ChangedMeanwhile(before.version + 1))
    told = {name: value for name, value in asdict(order).items() if name in ("classes", "note")}
    record(actor, "order.publish", order.version, now, kind="order", before=before.classes, after=told)
    return order


def _parties(one: Displacement, booking: KeptBooking) -> frozenset[int]:
    """Who cannot answer: who displaced, who appealed, whose booking it is, and whose the booking is that has the time."""
    winner = bookings.find(one.winner_id) if one.winner_id else None
    hers = {who for each in (booking, winner) if each for who in (each.holder_id, each.requester_id)}
    return frozenset({one.decided_by, one.appealed_by or 0} | hers)


def _who_answers(booking: KeptBooking, on: date) -> set[int]:
    """Everybody whose office lets her answer an appeal about this booking."""
    thing = replace(placement(booking, on), state="")
    return {
        person_id
        for person_id, offices in officers(thing.owner_member_ids, on).items()
        for office in offices
        if may(Actor(person_id, "", office.member_id, (office,), on=on), "displacement.answer", thing)
    }


def _locked(actor: Actor, displacement_id: int, version: int, deed: str) -> tuple[Displacement, KeptBooking]:
    one = store.find(displacement_id, lock=True)
    booking = bookings.find(one.booking_id, lock=True) if one else None
    if one is None or booking is None:
        raise Refused(NotFound())
    thing = replace(placement(booking, actor.on), state="")
    if not may(actor, "displacement.see", thing):
        raise Refused(NotFound())
    if not may(actor, deed, thing):
        raise Refused(NotAllowed(deed))
    if one.version != version:
        raise Refused(ChangedMeanwhile(one.version))
    return one, booking
