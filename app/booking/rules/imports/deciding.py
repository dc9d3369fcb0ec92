"""Deciding: which dates of each changed lesson are placed, moved or given up, by the policy chosen for clashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.booking.rules.conflict import OverCapacity, Overlaps, Taken
from app.booking.rules.imports.delta import Delta, Standing
from app.booking.rules.imports.ground import Ground
from app.booking.rules.imports.matching import KeptLesson
from app.booking.rules.lessons.lesson import Lesson
from app.booking.rules.request import LONGEST_NOTE, LONGEST_TITLE, MOST_HEADS, Asked, Slot, Want
from app.foundation.refusal import Reason
from app.timetable.rules.calendar import Lost

POLICIES = ("list", "skip", "ask", "displace")
"""What becomes of clashes. list: a lesson with any clash is not placed. skip: its free dates are. ask: the clashing dates
wait, holding nothing, for the keeper's answer. displace: lower-ranking bookings give way, the rest is as with skip."""

Clash = tuple[Slot, tuple[Reason, ...]]


@dataclass(frozen=True, slots=True)
class Change:
    """One lesson to be added, changed or taken away, with where it goes (None: nowhere) and for whom it is booked."""

    number: int
    """Tells the lessons of a plan apart."""
    lesson: Lesson | None
    kept: KeptLesson | None
    unit_id: int | None
    member_id: int
    holder_id: int
    delta: Delta
    rings: bool = True
    lost: tuple[Lost, ...] = ()
    """Dates of its weeks that are not taught: holidays, exam weeks, outside the term."""


@dataclass(slots=True)
class Decision:
    """What becomes of one change: every wanted date is in exactly one list."""

    change: Change
    state: str
    """What the lesson is afterwards: placed, part, clash, no_room, unknown_room, no_period, gone; `stays` where, under
    the policy `list`, the whole change is left undone."""
    moves: list[tuple[Standing, Slot]] = field(default_factory=list)
    cancels: list[Standing] = field(default_factory=list)
    adds: list[Slot] = field(default_factory=list)
    asks: list[Slot] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    displaced: list[Taken] = field(default_factory=list)
    left: list[Slot] = field(default_factory=list)
    """Wanted dates that stand nowhere afterwards: what clashes, and under the policy `list` all the rest with it."""
    waits: bool = False
    """The keeper must agree to the dates that are added and moved."""

    @property
    def booked(self) -> int:
        return len(self.moves) + len(self.adds)

    @property
    def does_nothing(self) -> bool:
        return not (self.moves or self.cancels or self.adds or self.asks or self.displaced)


def asked_of(change: Change, slots: Sequence[Slot]) -> Asked:
    """The request that a lesson is, judged like anybody's."""
    lesson = change.lesson
    assert lesson is not None
    assert change.unit_id is not None
    return Asked(
        wants=(Want(change.unit_id),),
        slots=tuple(sorted(slots, key=lambda slot: slot.span)),
        purpose="teaching",
        title=title_of(lesson),
        member_id=change.member_id,
        holder_id=change.holder_id,
        headcount=lesson.headcount if lesson.headcount and 1 <= lesson.headcount <= MOST_HEADS else None,
        note=note_of(lesson),
    )


def title_of(lesson: Lesson) -> str:
    return (lesson.title or lesson.course)[:LONGEST_TITLE]


def note_of(lesson: Lesson) -> str:
    """What a lesson's booking says beside its title: code, class, teachers."""
    code = "" if lesson.course == lesson.title else lesson.course
    return " ".join(part for part in (code, lesson.class_name, "、".join(lesson.teachers)) if part)[:LONGEST_NOTE]


def decide_all(changes: Sequence[Change], ground: Ground, policy: str) -> list[Decision]:
    """Decide every change, in order, on the ground as it will then be: first all of them leave their old times, then
    each takes its new one. A change left undone keeps its old times, so the others are judged again."""
    undone: dict[int, Decision] = {}
    for change in changes:
        ground.release(change.delta.vacates)
    marked = ground.mark()
    while True:
        decisions = [undone.get(change.number) or _decide(change, ground, policy) for change in changes]
        newly = [each for each in decisions if each.state == "stays" and each.change.number not in undone]
        undone |= {each.change.number: each for each in newly}
        if not any(each.change.delta.vacates for each in newly):
            return decisions
        ground.back_to(marked)
        for each in undone.values():
            ground.give_back(each.change.delta.vacates)
        marked = ground.mark()


def _decide(change: Change, ground: Ground, policy: str) -> Decision:
    delta, lesson = change.delta, change.lesson
    if lesson is None:
        return Decision(change, "gone", cancels=list(delta.cancels))
    if change.unit_id is None:
        return Decision(change, "unknown_room" if lesson.has_room else "no_room", cancels=list(delta.cancels))
    if not change.rings:
        return Decision(change, "no_period", cancels=list(delta.cancels))
    moving = {slot.span: date for date, slot in delta.moves}
    asked = asked_of(change, [slot for _, slot in delta.moves] + delta.fresh)
    _, by_slot = ground.reasons(asked)
    free: list[Slot] = []
    clashes: list[Clash] = []
    displaced: list[Taken] = []
    for slot, reasons in zip(asked.slots, by_slot, strict=True):
        lower = ground.lower(asked, slot, reasons) if policy == "displace" and reasons else []
        if lower:
            displaced += [taken for taken in lower if taken.date_id not in {each.date_id for each in displaced}]
            ground.release(taken.date_id for taken in lower if taken.date_id is not None)
        if lower or not reasons:
            free.append(slot)
        else:
            clashes.append((slot, tuple(reasons)))
    stands = change.kept is not None and bool(change.kept.booking_ids)
    if clashes and policy == "list":
        state = "stays" if stands else "clash"
        return Decision(change, state, clashes=clashes, left=list(asked.slots))
    decision = Decision(change, "placed", cancels=list(delta.cancels), clashes=clashes, displaced=displaced)
    decision.moves = [(moving[slot.span], slot) for slot in free if slot.span in moving]
    decision.adds = [slot for slot in free if slot.span not in moving]
    decision.asks = [slot for slot, reasons in clashes if policy == "ask" and _can_be_asked(reasons)]
    decision.left = [slot for slot, _ in clashes if slot not in decision.asks]
    decision.cancels += [moving[slot.span] for slot, _ in clashes if slot.span in moving]
    decision.waits = change.unit_id in ground.asks and decision.booked > 0
    if clashes:
        decision.state = "part" if free or stands or decision.asks else "clash"
    ground.hold(change.unit_id, free, (change.kept and change.kept.booking_id) or -change.number)
    return decision


def _can_be_asked(reasons: Sequence[Reason]) -> bool:
    """A keeper can make room among bookings; closures, opening hours and what is not shared are no question of that."""
    return all(
        isinstance(reason, OverCapacity) or (isinstance(reason, Overlaps) and reason.cause == "booking")
        for reason in reasons
    )
