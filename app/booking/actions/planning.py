"""Planning: what a timetable would change, judged against everything that stands; nothing is kept by looking."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from app.booking.actions.situation import NO_TIME_LIMITS
from app.booking.rules.conflict import Overlaps, Situation
from app.booking.rules.imports.deciding import Change, Decision, decide_all
from app.booking.rules.imports.delta import Dated, Delta, Standing, all_of, dated, delta, none_of
from app.booking.rules.imports.ground import Ground, others_of
from app.booking.rules.imports.matching import KeptLesson, pair, parts_changed
from app.booking.rules.imports.names import Rooms, Teachers
from app.booking.rules.lessons.lesson import Lesson, Reading
from app.booking.rules.request import Want, claims
from app.booking.store import ledger, lessons
from app.booking.store.imports import Planned
from app.catalogue.rules.unit import Unit
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.foundation.timespan import DAY, EARLIEST, Span, local_day, local_midnight
from app.timetable.rules.calendar import Calendar
from app.timetable.rules.term import Term
from app.timetable.store import hours as timetable
from app.timetable.store.calendar import calendar


@dataclass(frozen=True, slots=True)
class Timetable:
    """Whose timetable is taken in, for which term, and what was chosen for it."""

    member_id: int
    term: Term
    learners: str = ""
    policy: str = "skip"
    covers: str = "whole"
    """`whole`: lessons that the file lacks are gone. `part`: they stay."""
    schools: Mapping[str, int] = field(default_factory=dict)
    """Members by the school a lesson names, where lessons are booked for the schools that give them."""
    note: str = ""
    """What those are told whose bookings give way."""


@dataclass(slots=True)
class Surroundings:
    """What a timetable is read by: rooms and teachers by name, and calendars."""

    rooms: Rooms
    teachers: Teachers
    calendar_of: Callable[[Lesson, int | None], Calendar]


@dataclass(slots=True)
class Plan:
    """What a file would do: a decision for each lesson it adds, changes or takes away, and how much stays the same."""

    decisions: list[Decision] = field(default_factory=list)
    told: list[Decision] = field(default_factory=list)
    """Lessons that stay the same with dates that still clash."""
    same: list[tuple[Lesson, KeptLesson]] = field(default_factory=list)
    reading: Reading = field(default_factory=Reading)
    items: list[Planned] = field(default_factory=list)
    teachers: Mapping[int, int | None] = field(default_factory=dict)
    """The person known to give each lesson, by the change's number."""

    @property
    def summary(self) -> dict[str, int]:
        """What no item tells."""
        return {
            "same": len(self.same),
            "repeated": self.reading.repeated,
            "unlisted": self.reading.unlisted,
            "lessons": len(self.reading.lessons),
        }


def surroundings(member_id: int, learners: str, today: date, *, by_base: bool = False) -> Surroundings:
    """What a member's timetable is read by. `by_base`: class periods are those of the base a room is in."""
    rooms = lessons.rooms(member_id)
    by_unit = {room.unit_id: room for room in rooms.rooms}
    known: dict[int | None, Calendar] = {}

    def calendar_of(lesson: Lesson, unit_id: int | None) -> Calendar:
        room = by_unit.get(unit_id or 0)
        whose = room.calendar_id if room and by_base else member_id
        campus = lesson.campus
        if room and (by_base or room.calendar_id == member_id):
            campus = room.campus or campus
        if whose not in known:
            known[whose] = calendar(whose)
        found = known[whose]
        return replace(found, bells=found.bells.at(campus, learners))

    return Surroundings(rooms, lessons.teachers(member_id, today), calendar_of)


def make_plan(actor: Actor, wanted: Timetable, reading: Reading, *, now: datetime) -> Plan:
    """What the lessons of a file would change; a fixed number of queries beside those by the five hundred."""
    around = surroundings(wanted.member_id, wanted.learners, local_day(now), by_base=bool(wanted.schools))
    kept = lessons.kept(wanted.member_id, wanted.term.id, wanted.learners)
    return plan_on(actor, wanted, reading, kept, around, ground_of, now=now)


def plan_kept(actor: Actor, wanted: Timetable, *, now: datetime) -> Plan:
    """What could be placed now of the lessons that stand without a place, for a room or teacher has become known."""
    kept = lessons.kept(wanted.member_id, wanted.term.id, wanted.learners)
    reading = Reading([each.lesson for each in kept])
    around = surroundings(wanted.member_id, wanted.learners, local_day(now), by_base=bool(wanted.schools))
    return plan_on(actor, replace(wanted, covers="part"), reading, kept, around, ground_of, now=now)


GroundOf = Callable[[Actor, Timetable, Sequence[Change], datetime], Ground]


def plan_on(
    actor: Actor,
    wanted: Timetable,
    reading: Reading,
    kept: Sequence[KeptLesson],
    around: Surroundings,
    ground: GroundOf,
    *,
    now: datetime,
) -> Plan:
    """The plan, on these surroundings; `ground` fetches what is taken where the changes go."""
    read = [lessons.fitting(lesson) for lesson in reading.lessons]
    pairing = pair(read, kept)
    teacher_of = {each.id: around.teachers.find(lesson.teachers) for lesson, each in pairing.same}
    retried = [(lesson, each) for lesson, each in pairing.same if _worth_trying(lesson, each, around)]
    taught = [(lesson, each) for lesson, each in pairing.same if _has_new_teacher(each, teacher_of[each.id])]
    gone = pairing.gone if wanted.covers == "whole" else []
    pairs: list[tuple[Lesson | None, KeptLesson | None]] = [(None, each) for each in gone]
    pairs += pairing.changed
    pairs += [*retried, *(both for both in taught if both not in retried)]
    pairs += [(lesson, None) for lesson in pairing.added]
    changes, teachers = changes_of(actor, wanted, pairs, around, now)
    decisions = decide_all(changes, ground(actor, wanted, changes, now), wanted.policy)
    plan = Plan(same=pairing.same, reading=reading, teachers=teachers)
    before = {each.id for _, each in retried}
    for decision in decisions:
        standing = decision.change.kept
        if standing and standing.id in before and decision.does_nothing and not _is_retaught(decision, teachers):
            plan.told.append(decision)
        else:
            plan.decisions.append(decision)
    plan.items = _items(plan)
    return plan


def _worth_trying(lesson: Lesson, kept: KeptLesson, around: Surroundings) -> bool:
    """Whether a lesson that stays the same may find a place that it had not before."""
    if kept.left_out or kept.state in ("clash", "no_period"):
        return True
    return kept.state == "unknown_room" and around.rooms.find(lesson.campus, lesson.room) is not None


def _has_new_teacher(kept: KeptLesson, teacher_id: int | None) -> bool:
    return teacher_id is not None and teacher_id != kept.teacher_id


def _is_retaught(decision: Decision, teachers: Mapping[int, int | None]) -> bool:
    kept = decision.change.kept
    return kept is not None and _has_new_teacher(kept, teachers.get(decision.change.number))


def changes_of(
    actor: Actor,
    wanted: Timetable,
    pairs: Sequence[tuple[Lesson | None, KeptLesson | None]],
    around: Surroundings,
    now: datetime,
    units: Sequence[int | None] | None = None,
) -> tuple[list[Change], dict[int, int | None]]:
    """Each lesson (what it becomes, what it was; None: gone, new) as a change to decide; and who is known to teach it.

    `units` are the units they go to, where that was found out before.
    """
    dates = lessons.standing(booking_id for _, kept in pairs if kept for booking_id in kept.booking_ids)
    since = since_of(wanted.term, now)
    found, teachers = [], {}
    for number, (lesson, kept) in enumerate(pairs, 1):
        standing = [date for booking_id in (kept.booking_ids if kept else ()) for date in dates.get(booking_id, ())]
        if lesson is None:
            assert kept is not None
            found.append(Change(number, None, kept, None, wanted.member_id, 0, none_of(standing, since)))
            continue
        unit_id = around.rooms.find(lesson.campus, lesson.room) if lesson.has_room and units is None else None
        unit_id = units[number - 1] if units is not None else unit_id
        teachers[number] = around.teachers.find(lesson.teachers)
        holder = teachers[number] or actor.person_id
        member = wanted.schools.get(lesson.school, wanted.member_id)
        after, what = _delta(lesson, kept, unit_id, standing, wanted, around, since)
        found.append(Change(number, lesson, kept, unit_id, member, holder, what, after.rings, after.lost))
    return found, teachers


def _delta(
    lesson: Lesson,
    kept: KeptLesson | None,
    unit_id: int | None,
    standing: Sequence[Standing],
    wanted: Timetable,
    around: Surroundings,
    since: datetime,
) -> tuple[Dated, Delta]:
    if unit_id is None:
        return Dated({}, ()), none_of(standing, since)
    after = dated(lesson, wanted.term, around.calendar_of(lesson, unit_id), wanted.learners)
    if not after.rings:
        return after, none_of(standing, since)
    if kept is None:
        return after, all_of(after)
    before = after
    if parts_changed(kept.lesson, lesson):
        before = dated(kept.lesson, wanted.term, around.calendar_of(kept.lesson, kept.unit_id), wanted.learners)
    return after, delta(kept, before, after, unit_id, standing, since)


def since_of(term: Term, now: datetime) -> datetime:
    """From when on dates may still change: what was given stays given; a term that is over is changed as a record."""
    return now if local_day(now) <= term.last_day else EARLIEST


def ground_of(actor: Actor, wanted: Timetable, changes: Sequence[Change], now: datetime) -> Ground:
    """What is taken in the term of every unit the changes go to: six queries at most."""
    ids = sorted({change.unit_id for change in changes if change.unit_id is not None})
    units = catalogue.units(ids)
    return ground_on(actor, wanted, units, now)


def ground_on(
    actor: Actor,
    wanted: Timetable,
    units: Mapping[int, Unit],
    now: datetime,
    displaceable: Collection[int] | None = None,
) -> Ground:
    """The ground on these units; one that does not exist yet (id below zero) is free.

    Where `displaceable` names bookings, no others give way: those are locked, and people have seen their names.
    """
    real = {unit_id: unit for unit_id, unit in units.items() if unit_id > 0}
    claimed = claims([Want(unit_id) for unit_id in real], real)
    whole = Span(
        local_midnight(wanted.term.first_monday) - DAY, local_midnight(wanted.term.last_day + timedelta(days=30))
    )
    taken = ledger.taken([claim.unit_id for claim in claimed], [whole]) if real else []
    openings = timetable.openings({unit.base_id for unit in real.values()}, {unit.lab_id for unit in real.values()})
    sides = catalogue.owner_side(list(real), max(actor.on, wanted.term.first_monday)) if real else {}
    in_the_way = {each.booking_id for each in taken if each.booking_id}
    if displaceable is not None:
        in_the_way &= set(displaceable)
    displaces = wanted.policy == "displace"
    return Ground(
        Situation(
            units=units,
            openings={
                unit.id: openings.get(("lab", unit.lab_id)) or openings.get(("base", unit.base_id)) or ()
                for unit in real.values()
            },
            taken=taken,
            limits=NO_TIME_LIMITS,
            owner_side=sides,
        ),
        others=others_of(lessons.purposes(in_the_way)) if displaces else (),
        may_displace=frozenset(_displaceable(actor, sides, real)) if displaces else frozenset(),
        asks=frozenset(_asking(actor, wanted, sides, real)),
        now=now,
    )


def _displaceable(actor: Actor, sides: Mapping[int, frozenset[int]], units: Mapping[int, Unit]) -> Iterable[int]:
    for unit_id, unit in units.items():
        there = Placement(owner_member_ids=sides.get(unit_id, frozenset()), base_ids=frozenset({unit.base_id}))
        if may(actor, "timetable.displace", there):
            yield unit_id


def _asking(
    actor: Actor, wanted: Timetable, sides: Mapping[int, frozenset[int]], units: Mapping[int, Unit]
) -> Iterable[int]:
    """Units of others whose keeper must agree: a timetable is no way around that, except for the consortium's own hand."""
    if may(actor, "timetable.import", Placement(booking_member_id=-1)):
        return
    for unit_id, unit in units.items():
        if unit.needs_approval and wanted.member_id not in sides.get(unit_id, frozenset()):
            yield unit_id


# ── items ──


def _items(plan: Plan) -> list[Planned]:
    """What is kept of a plan: the changes in the order they are to be made, then what is only told."""
    ordered = sorted(plan.decisions, key=_order)
    found = [_item(decision, plan.teachers) for decision in ordered if decision.state != "stays"]
    found += [_item(each, plan.teachers, told=True) for each in plan.decisions if each.state == "stays"]
    found += [_item(each, plan.teachers, told=True) for each in plan.told]
    for fault in plan.reading.unreadable:
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
    return Planned(change.lesson.row if change.lesson else 0, what_of(decision), facts, told)


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
