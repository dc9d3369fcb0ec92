"""What is kept of a plan: each change with its facts as plain JSON, and reading them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app.booking.rules.conflict import Overlaps
from app.booking.rules.imports.deciding import Decision
from app.booking.rules.imports.matching import parts_changed
from app.booking.rules.lessons.lesson import Lesson, Reading
from app.booking.store.imports import Planned


def items_of(
    decisions: Sequence[Decision], told: Sequence[Decision], reading: Reading, teachers: Mapping[int, int | None]
) -> list[Planned]:
    """What is kept of a plan: the changes in the order they are to be made, then what is only told."""
    ordered = sorted(decisions, key=_order)
    found = [_item(decision, teachers) for decision in ordered if decision.state != "stays"]
    found += [_item(each, teachers, told=True) for each in decisions if each.state == "stays"]
    found += [_item(each, teachers, told=True) for each in told if each.clashes]
    for fault in reading.unreadable:
        facts = {"course": fault.course, "part": fault.part, "text": fault.text, "where": fault.where}
        found.append(Planned(fault.row, "unreadable", facts, told=True))
    return found


def _order(decision: Decision) -> tuple[int, int, int]:
    """Removals, then changes, then what is placed, by room, so that few rooms are locked at once."""
    change = decision.change
    rank = 0 if change.lesson is None else 2 if change.kept is None or not change.kept.booking_ids else 1
    return rank, (change.unit_id or 0) if rank == 2 else 0, change.number


def what_of(decision: Decision) -> str:
    """The one word for a change in lists."""
    change, kept = decision.change, decision.change.kept
    if change.lesson is None:
        return "remove"
    if decision.state in ("no_room", "unknown_room", "no_period"):
        return decision.state
    if decision.state in ("clash", "stays"):
        return "clash"
    if kept is not None and kept.booking_ids:
        return "change_part" if decision.clashes else "change"
    return "part" if decision.clashes else "add"


def _item(decision: Decision, teachers: Mapping[int, int | None], *, told: bool = False) -> Planned:
    change = decision.change
    lesson = change.lesson or (change.kept.lesson if change.kept else None)
    assert lesson is not None
    facts: dict[str, Any] = {"lesson": plain_lesson(lesson), "unit": change.unit_id, "member": change.member_id}
    facts |= {"number": change.number, "state": decision.state, "teacher": teachers.get(change.number)}
    if change.kept is not None:
        facts |= {"kept": change.kept.id, "key": change.kept.lesson.key, "was_unit": change.kept.unit_id}
        if change.lesson is not None and (parts := parts_changed(change.kept.lesson, change.lesson)):
            facts |= {"parts": parts, "was": plain_lesson(change.kept.lesson)}
    facts |= numbers_of(decision)
    facts |= {"where": lesson.where} if lesson.where else {}
    facts["clashes"] = [plain_clash(decision, index) for index in range(len(decision.clashes))]
    facts["displaced"] = [
        [taken.booking_id, taken.date_id, taken.span.start.isoformat(), taken.span.end.isoformat()]
        for taken in decision.displaced
    ]
    facts["lost"] = [
        [lost.day.isoformat(), lost.week, lost.why.kind, lost.why.name, lost.why.name_en] for lost in change.lost
    ]
    what = "clash" if told else what_of(decision)
    return Planned(change.lesson.row if change.lesson else 0, what, facts, told)


def numbers_of(decision: Decision) -> dict[str, int]:
    """How many dates a change books, moves, gives up, asks for, leaves out."""
    return {
        "adds": len(decision.adds),
        "moves": len(decision.moves),
        "cancels": len(decision.cancels),
        "asks": len(decision.asks),
        "left": len(decision.left),
        "by_hand": decision.change.delta.by_hand,
    }


def plain_clash(decision: Decision, index: int) -> list[Any]:
    """A clash as it is kept: start, end, periods, and for each reason its code, cause and the booking in the way."""
    slot, reasons = decision.clashes[index]
    against = [
        [reason.code, reason.cause, reason.booking_id] if isinstance(reason, Overlaps) else [reason.code, "", None]
        for reason in reasons
    ]
    return [slot.span.start.isoformat(), slot.span.end.isoformat(), slot.periods, against]


def plain_lesson(lesson: Lesson) -> dict[str, Any]:
    return asdict(lesson)


def lesson_from(facts: Mapping[str, Any]) -> Lesson:
    return Lesson(
        **{
            **facts,
            "teachers": tuple(facts["teachers"]),
            "weeks": tuple(facts["weeks"]),
            "periods": tuple(facts["periods"]),
        }
    )
