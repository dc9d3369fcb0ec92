"""Planning: what a timetable would change, judged against everything that stands; nothing is kept by looking."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from app.booking.actions.care import ranked
from app.booking.actions.plan_items import items_of
from app.booking.actions.situation import NO_TIME_LIMITS
from app.booking.rules.conflict import Situation
from app.booking.rules.imports.deciding import Change, Decision, decide_all
from app.booking.rules.imports.delta import Dated, Delta, Standing, all_of, dated, delta, none_of
from app.booking.rules.imports.ground import Ground, Other
from app.booking.rules.imports.matching import KeptLesson, pair, parts_changed
from app.booking.rules.imports.names import Rooms, Teachers
from app.booking.rules.lessons.lesson import Lesson, Reading
from app.booking.rules.priority import FIRST_ORDER
from app.booking.rules.request import Want, claims
from app.booking.store import displacing, ledger, lessons, names
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
    rooms = names.rooms(member_id)
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

    return Surroundings(rooms, names.teachers(member_id, today), calendar_of)


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
        is_same = decision.does_nothing and not _is_retaught(decision, teachers)
        if (
            is_same
            and standing
            and standing.id in before
            and (standing.booking_ids or decision.state == standing.state)
        ):
            plan.told.append(decision)
        else:
            plan.decisions.append(decision)
    plan.items = items_of(plan.decisions, plan.told, reading, teachers)
    return plan


def _worth_trying(lesson: Lesson, kept: KeptLesson, around: Surroundings) -> bool:
    """Whether a lesson that stays the same may find a place that it had not before."""
    if kept.left_out or kept.state in ("clash", "no_period"):
        return True
    return kept.state == "unknown_room" and room_of(lesson, around.rooms) is not None


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
        unit_id = units[number - 1] if units is not None else room_of(lesson, around.rooms)
        teachers[number] = around.teachers.find(lesson.teachers)
        holder = teachers[number] or actor.person_id
        member = wanted.schools.get(lesson.school, wanted.member_id)
        after, what = _delta(lesson, kept, unit_id, standing, wanted, around, since)
        found.append(Change(number, lesson, kept, unit_id, member, holder, what, after.rings, after.lost))
    return found, teachers


def room_of(lesson: Lesson, rooms: Rooms) -> int | None:
    """The unit a lesson is in, by its room's name or, where that is not known, by the room's code."""
    if not lesson.has_room:
        return None
    found = rooms.find(lesson.campus, lesson.room)
    return rooms.find("", lesson.room_code) if found is None and lesson.room_code else found


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
        others=_others(in_the_way, actor.on) if displaces else (),
        may_displace=frozenset(_displaceable(actor, sides, real)) if displaces else frozenset(),
        asks=frozenset(_asking(actor, wanted, sides, real)),
        now=now,
        order=displacing.order_in_force() if displaces else FIRST_ORDER,
    )


def _others(booking_ids: Collection[int], day: date) -> list[Other]:
    """The bookings in the way with what they count as, and on which terms they may be displaced."""
    ranks = ranked(booking_ids, day)
    return [
        Other(booking_id, purpose, *ranks[booking_id])
        for booking_id, purpose in lessons.purposes(booking_ids).items()
        if booking_id in ranks
    ]


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
