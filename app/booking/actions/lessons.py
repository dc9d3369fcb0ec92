"""Lessons: what was decided for them is booked, moved and cancelled, through the ledger that holds everybody's time."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.booking.actions import chains
from app.booking.actions.care import GaveWay, care_for, let_go
from app.booking.actions.changing import without_idle_approvals
from app.booking.actions.serving import serve
from app.booking.actions.situation import record, take, tell
from app.booking.rules.conflict import Taken
from app.booking.rules.course import CANCELLED, CONFIRMED, WAITING, KeptBooking, bases_to_ask
from app.booking.rules.displacing import LONGEST_WORDS, Said
from app.booking.rules.imports.deciding import Decision, asked_of, note_of, title_of
from app.booking.rules.imports.ground import Ground
from app.booking.rules.priority import LESSON
from app.booking.rules.request import Asked, Claim, Slot, claims
from app.booking.store import bookings, ledger, lessons
from app.catalogue.rules.unit import Unit
from app.consortium.rules.office import Actor
from app.foundation.refusal import ChangedMeanwhile, Refused


@dataclass(frozen=True, slots=True)
class Hand:
    """Whose timetable is being carried out, in which import, and what those are told who give way."""

    actor: Actor
    import_id: int
    member_id: int
    term_id: int
    learners: str
    note: str
    now: datetime


@dataclass(slots=True)
class _Touched:
    """A booking as it was before, its present version, and what the change at hand sets (None: it is not touched)."""

    before: KeptBooking
    version: int
    columns: dict[str, object] | None = None

    def sets(self, **columns: object) -> None:
        self.columns = (self.columns or {}) | columns


def carry_out(
    hand: Hand,
    decisions: Sequence[Decision],
    standing: Mapping[int, KeptBooking],
    units: Mapping[int, Unit],
    teachers: Mapping[int, int | None],
    ground: Ground,
) -> list[dict[str, Any]]:
    """Make these changes; for each what became of it. Everything is locked and was judged by the caller just now.

    First every old time is given up, then the new ones are taken, so that two lessons may change places; then those
    who were displaced are looked after, as if a person had done it. `standing` are the bookings of the lessons and those
    in the way that may be displaced, of which the `ground` knows what they count as.
    """
    touched = {booking_id: _Touched(kept, kept.version) for booking_id, kept in standing.items()}
    ledger.forget_allocations([date.date_id for each in decisions for date, _ in each.moves])
    ledger.let_go([date.date_id for each in decisions for date in each.cancels])
    gave_way = [_displace(hand, decision, touched, ground) for decision in decisions]
    new_ids: dict[int, int] = {}
    told = [_carry_out(hand, each, touched, units, teachers.get(each.change.number), new_ids) for each in decisions]
    for decision, became, gone in zip(decisions, told, gave_way, strict=True):
        if gone:
            lesson = decision.change.lesson
            words = " ".join(part for part in (hand.note, title_of(lesson) if lesson else "") if part)[:LONGEST_WORDS]
            said = Said("timetable", words)
            care_for(hand.actor, gone, became["booking"], LESSON, ground.order, said, now=hand.now)
    serve(hand.actor, [freed for gone in gave_way for each in gone for freed in each.freed], now=hand.now)
    return told


def _displace(hand: Hand, decision: Decision, touched: dict[int, _Touched], ground: Ground) -> list[GaveWay]:
    """The bookings that give way are let go on these dates; what comes free is served once the lessons have theirs."""
    by_booking: dict[int, list[Taken]] = {}
    for taken in decision.displaced:
        by_booking.setdefault(taken.booking_id or 0, []).append(taken)
    gone = []
    for booking_id, dates in sorted(by_booking.items()):
        ids = [taken.date_id for taken in dates if taken.date_id is not None]
        classes = ground.classes_of(booking_id)
        gone.append(let_go(hand.actor, touched[booking_id].before, ids, classes, hand.now))
        touched[booking_id] = _Touched(gone[-1].after, gone[-1].after.version)
    return gone


def _carry_out(
    hand: Hand,
    decision: Decision,
    touched: dict[int, _Touched],
    units: Mapping[int, Unit],
    teacher_id: int | None,
    new_ids: dict[int, int],
) -> dict[str, Any]:
    change = decision.change
    kept = change.kept
    if kept is None:
        lesson_id = lessons.add(
            hand.member_id,
            hand.term_id,
            _lesson(decision),
            hand.learners,
            hand.now,
            state=decision.state,
            unit_id=change.unit_id,
            teacher_id=teacher_id,
            left_out=lessons.left_out_text(decision.left),
            import_id=hand.import_id,
        )
    else:
        lesson_id = kept.id
    booking_id = kept.booking_id if kept else None
    asked_id = kept.asked_id if kept else None
    mine = {each: touched[each] for each in (kept.booking_ids if kept else ())}
    _cancel_and_move(hand, decision, touched, units)
    if kept is not None:
        _reword(hand, decision, touched, teacher_id)
    if decision.adds:
        booking_id = _add(hand, decision, lesson_id, booking_id, touched, units)
    if booking_id is not None:
        new_ids[change.number] = booking_id
    if decision.asks:
        asked_id = _ask(hand, decision, lesson_id, units)
    if change.lesson is None:
        lessons.forget(lesson_id)
    elif kept is not None:
        lessons.put(
            lesson_id,
            hand.now,
            change.lesson,
            hand.learners,
            state=decision.state,
            unit_id=change.unit_id,
            teacher_id=teacher_id or kept.teacher_id,
            booking_id=booking_id,
            asked_id=asked_id,
            left_out=lessons.left_out_text(decision.left),
            import_id=hand.import_id,
        )
    elif booking_id is not None or asked_id is not None:
        lessons.put(lesson_id, hand.now, booking_id=booking_id, asked_id=asked_id)
    _raise_and_record(hand, decision, lesson_id, mine, [booking_id, asked_id])
    return {"lesson": lesson_id, "booking": booking_id, "asked": asked_id}


def _raise_and_record(
    hand: Hand, decision: Decision, lesson_id: int, mine: Mapping[int, _Touched], booking_ids: Sequence[int | None]
) -> None:
    """Each booking that was made or changed gets one version and one line in the trail; without any, the lesson does."""
    change, kept = decision.change, decision.change.kept
    changed = [booking_id for booking_id, each in sorted(mine.items()) if each.columns is not None]
    for booking_id in changed:
        each = mine[booking_id]
        if not bookings.raise_version(booking_id, each.version, hand.now, **(each.columns or {})):
            raise Refused(ChangedMeanwhile(each.version))
        each.version, each.columns = each.version + 1, None
    made = [each for each in booking_ids if each is not None and each not in mine]
    deed = "lesson.withdraw" if change.lesson is None else "lesson.place" if kept is None else "lesson.change"
    before = {"lesson": _told(kept.lesson)} if kept else None
    after = {
        "lesson": _told(change.lesson) if change.lesson else None,
        "state": decision.state,
        "added": [_plain(slot) for slot in decision.adds],
        "moved": [[date.date_id, *_plain(slot)] for date, slot in decision.moves],
        "cancelled": [date.date_id for date in decision.cancels],
        "asked": [_plain(slot) for slot in decision.asks],
        "lesson_id": lesson_id,
        "import": hand.import_id,
    }
    for booking_id in [*changed, *made]:
        record(hand.actor, deed, booking_id, hand.now, before=before, after=after)
    if not changed and not made:
        record(hand.actor, deed, lesson_id, hand.now, kind="lesson", before=before, after=after)


def _cancel_and_move(hand: Hand, decision: Decision, touched: dict[int, _Touched], units: Mapping[int, Unit]) -> None:
    """Give up and move dates of the bookings this lesson has; their holders are told where they are somebody else."""
    cancels: dict[int, list[int]] = {}
    for date in decision.cancels:
        cancels.setdefault(date.booking_id, []).append(date.date_id)
    moves: dict[int, list[tuple[int, Slot]]] = {}
    for date, slot in decision.moves:
        moves.setdefault(date.booking_id, []).append((date.date_id, slot))
    for booking_id in sorted({*cancels, *moves}):
        touched[booking_id].sets()
        if ids := cancels.get(booking_id):
            bookings.set_state(ids, CANCELLED, hand.now)
        if dated := moves.get(booking_id):
            unit_id = _unit(decision)
            bookings.move_dates(dated, WAITING if decision.waits else CONFIRMED, hand.now)
            take(claims(_asked(decision).wants, units), units, [unit_id], dated, decision.waits)
            if decision.waits:
                _ask_again(hand, booking_id, unit_id, units)
        kept = touched[booking_id].before
        if any(approval.state == WAITING for approval in kept.approvals):
            without_idle_approvals(hand.actor, bookings.bookings([booking_id])[0], hand.now)
        if kept.holder_id != hand.actor.person_id:
            template = "booking/changed" if moves.get(booking_id) else "booking/cancelled"
            tell(hand.actor, booking_id, kept.holder_id, template, touched[booking_id].version + 1, hand.now, hand.note)


def _reword(hand: Hand, decision: Decision, touched: dict[int, _Touched], teacher_id: int | None) -> None:
    """What the booking says follows the timetable, except for what somebody wrote by hand."""
    kept, lesson = decision.change.kept, decision.change.lesson
    if kept is None or lesson is None:
        return
    for booking_id in kept.booking_ids:
        booking = touched[booking_id].before
        new: dict[str, object] = {}
        if booking.title == title_of(kept.lesson) != title_of(lesson):
            new["title"] = title_of(lesson)
        if booking.note == note_of(kept.lesson) != note_of(lesson):
            new["note"] = note_of(lesson)
        if booking.headcount == kept.lesson.headcount != lesson.headcount:
            new["headcount"] = lesson.headcount
        is_unmet = teacher_id is not None and teacher_id not in (kept.teacher_id, booking.holder_id)
        if is_unmet and booking.holder_id in (kept.teacher_id, booking.requester_id):
            new["holder_id"] = teacher_id
        if new:
            touched[booking_id].sets(**new)
            bookings.touch_dates(booking_id, hand.now)


def _add(
    hand: Hand,
    decision: Decision,
    lesson_id: int,
    booking_id: int | None,
    touched: dict[int, _Touched],
    units: Mapping[int, Unit],
) -> int:
    asked, unit_id = _asked(decision), _unit(decision)
    if booking_id is None:
        booking_id = _book(hand, asked, f"lesson:{lesson_id}/{hand.import_id}")
    else:
        touched[booking_id].sets()
    state = WAITING if decision.waits else CONFIRMED
    ids = bookings.add_dates(booking_id, decision.adds, state, hand.now)
    dated = list(zip(ids, decision.adds, strict=True))
    take(claims(asked.wants, units), units, [unit_id], dated, decision.waits)
    if decision.waits and not decision.moves:
        _ask_again(hand, booking_id, unit_id, units)
    return booking_id


def _ask(hand: Hand, decision: Decision, lesson_id: int, units: Mapping[int, Unit]) -> int:
    """The dates that clash as a request that waits, holding nothing, in the inbox of the base's keepers."""
    asked = _asked(decision)
    booking_id = _book(hand, asked, f"lesson:{lesson_id}/{hand.import_id}/asked")
    ids = bookings.add_dates(booking_id, decision.asks, WAITING, hand.now)
    claimed: list[Claim] = claims(asked.wants, units)
    ledger.take(
        [
            ledger.Taking(claim, slot.span, False, date_id=date_id)
            for date_id, slot in zip(ids, decision.asks, strict=True)
            for claim in claimed
        ]
    )
    unit = units[_unit(decision)]
    chains.ask(chains.of_booking(bookings.bookings([booking_id])[0]), [unit.base_id], {unit.id: unit}, hand.now)
    return booking_id


def _ask_again(hand: Hand, booking_id: int, unit_id: int, units: Mapping[int, Unit]) -> None:
    about = chains.of_booking(bookings.bookings([booking_id])[0])
    chains.ask_again(about, bases_to_ask([unit_id], units), {unit_id: units[unit_id]}, hand.now)


def _book(hand: Hand, asked: Asked, source_key: str) -> int:
    uid = str(uuid.uuid5(uuid.NAMESPACE_URL, source_key))
    return bookings.add(asked, uid, hand.actor.person_id, source_key, hand.now, origin="lesson")


def _asked(decision: Decision) -> Asked:
    return asked_of(decision.change, decision.adds)


def _unit(decision: Decision) -> int:
    assert decision.change.unit_id is not None
    return decision.change.unit_id


def _lesson(decision: Decision) -> Any:
    assert decision.change.lesson is not None
    return decision.change.lesson


def _told(lesson: Any) -> dict[str, Any]:
    return {
        "course": lesson.course,
        "title": lesson.title,
        "room": f"{lesson.campus} {lesson.room}".strip(),
        "weeks": list(lesson.weeks),
        "weekday": lesson.weekday,
        "periods": list(lesson.periods),
    }


def _plain(slot: Slot) -> list[str]:
    return [slot.span.start.isoformat(), slot.span.end.isoformat()]
