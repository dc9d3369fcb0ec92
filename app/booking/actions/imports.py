"""Imports: a file is kept, planned, applied in one go or step by step, dropped; killed half-way it goes on where it stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.booking.actions.lessons import Hand, carry_out
from app.booking.actions.plan_items import lesson_from, numbers_of, plain_clash
from app.booking.actions.planning import (
    Plan,
    Timetable,
    changes_of,
    ground_on,
    surroundings,
)
from app.booking.actions.situation import record
from app.booking.rules.imports.deciding import POLICIES, Change, Decision, decide_all
from app.booking.rules.imports.states import NotThatFar
from app.booking.rules.lessons.lesson import Lesson
from app.booking.store import bookings, imports, lessons, names, people
from app.booking.store.imports import KeptImport, KeptItem
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotAllowed, NotFound, Reason, Refused
from app.foundation.timespan import local_day
from app.timetable.rules.term import LONGEST_LEARNERS, Term
from app.timetable.store.terms import terms

AT_ONCE = 200
"""Changes that are made in one transaction; a plan with more goes on in steps."""

STEP = 50
"""Changes in one step: few enough that nobody waits for them, enough to spare the disk."""

LONGEST_WORDS = 200
"""Characters of what those are told whose bookings give way."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose for a timetable. `by_school`: book for the members that the lessons name as their school."""

    member_id: int
    term_id: int
    learners: str = ""
    policy: str = "skip"
    covers: str = "whole"
    note: str = ""
    by_school: bool = False


def check_may(actor: Actor, member_id: int) -> None:
    if not may(actor, "timetable.import", Placement(booking_member_id=member_id)):
        raise Refused(NotAllowed("timetable.import"))


def term_of(member_id: int, term_id: int) -> Term | None:
    """A term that a member's timetable may be for: its own or the consortium's."""
    return next((term for term in terms() if term.id == term_id and term.member_id in (member_id, None)), None)


def timetable_of(actor: Actor, choices: Choices, schools: Mapping[str, int] | None = None) -> Timetable:
    """What was chosen, judged; raises Refused with every reason."""
    check_may(actor, choices.member_id)
    term = term_of(choices.member_id, choices.term_id)
    found: list[Reason] = []
    if term is None:
        found.append(Invalid("term", "unknown"))
    if choices.policy not in POLICIES:
        found.append(Invalid("policy", "unknown"))
    if choices.covers not in ("whole", "part"):
        found.append(Invalid("covers", "unknown"))
    if len(choices.learners.strip()) > LONGEST_LEARNERS:
        found.append(Invalid("learners", "too_long"))
    if len(choices.note) > LONGEST_WORDS:
        found.append(Invalid("note", "too_long"))
    if found or term is None:
        raise Refused(found)
    words = " ".join(choices.note.split())
    learners = choices.learners.strip()
    return Timetable(choices.member_id, term, learners, choices.policy, choices.covers, schools or {}, words)


def plain_choices(wanted: Timetable, summary: Mapping[str, int] | None = None) -> dict[str, Any]:
    """The choices as an import keeps them."""
    return {
        "learners": wanted.learners,
        "policy": wanted.policy,
        "covers": wanted.covers,
        "note": wanted.note,
        "schools": dict(wanted.schools),
        "summary": dict(summary or {}),
    }


def wanted_by(actor: Actor, kept: KeptImport) -> Timetable:
    """What was chosen for an import that is kept."""
    chosen = kept.choices
    wanted = timetable_of(
        actor,
        Choices(
            kept.member_id,
            kept.term_id or 0,
            chosen.get("learners", ""),
            chosen.get("policy", "skip"),
            chosen.get("covers", "whole"),
            chosen.get("note", ""),
        ),
    )
    return replace(wanted, schools=chosen.get("schools", {}))


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file: its bytes, how it is laid out, and what its columns are."""

    name: str
    content: bytes
    layout: str
    header_key: str = ""
    columns: Mapping[str, Any] | None = None


def bring(actor: Actor, wanted: Timetable, file: File, plan: Plan | None, *, now: datetime) -> int:
    """Keep a file with what it would do, or without where its columns must be named first; the import's id."""
    check_may(actor, wanted.member_id)
    import_id = imports.add(
        "timetable",
        wanted.member_id,
        file.name,
        file.content,
        made_by=actor.person_id,
        now=now,
        layout=file.layout,
        term_id=wanted.term.id,
        header_key=file.header_key,
        columns=file.columns,
        choices=plain_choices(wanted),
    )
    if plan is not None:
        _keep_plan(import_id, 1, wanted, plan)
    record(actor, "import.add", import_id, now, kind="import", after={"file": file.name, "member": wanted.member_id})
    return import_id


def put_plan(
    actor: Actor, import_id: int, version: int, plan: Plan, columns: Mapping[str, Any] | None = None, *, now: datetime
) -> None:
    """Keep what a file would do, in place of what it would have done before."""
    kept = get(actor, import_id, version, ("read", "planned"))
    wanted = wanted_by(actor, kept)
    more: dict[str, Any] = {} if columns is None else {"columns": dict(columns)}
    _keep_plan(import_id, version, wanted, plan, **more)
    record(actor, "import.plan", import_id, now, kind="import", after=plan.summary)


def _keep_plan(import_id: int, version: int, wanted: Timetable, plan: Plan, **more: Any) -> None:
    total = imports.replace_items(import_id, plan.items)
    choices = plain_choices(wanted, plan.summary)
    if not imports.put(import_id, version, state="planned", total=total, done=0, choices=choices, **more):
        raise Refused(ChangedMeanwhile(version))


def get(actor: Actor, import_id: int, version: int | None, states: Sequence[str]) -> KeptImport:
    """The import, locked, where the actor may go on with it; raises Refused."""
    kept = imports.find(import_id, lock=True)
    if kept is None or not may(actor, "timetable.import", Placement(booking_member_id=kept.member_id)):
        raise Refused(NotFound())
    if kept.state not in states:
        raise Refused(NotThatFar(kept.state))
    if version is not None and kept.version != version:
        raise Refused(ChangedMeanwhile(kept.version))
    return kept


def drop(actor: Actor, import_id: int, version: int, *, now: datetime) -> None:
    """Leave a file alone that was not applied; what a stopped import has done stays."""
    kept = get(actor, import_id, version, ("read", "planned", "applying"))
    imports.put(import_id, kept.version, state="dropped")
    record(actor, "import.drop", import_id, now, kind="import", before={"state": kept.state, "done": kept.done})


def apply(actor: Actor, import_id: int, version: int, *, now: datetime) -> KeptImport:
    """Begin to make the changes: up to AT_ONCE of them at once, else `step` goes on."""
    kept = get(actor, import_id, version, ("planned",))
    whole = kept.total <= AT_ONCE
    if whole:
        _make(actor, kept, imports.next_items(import_id, AT_ONCE), now)
    state: dict[str, Any] = {"state": "applied", "applied_at": now} if whole else {"state": "applying"}
    if not imports.put(import_id, kept.version, **state):
        raise Refused(ChangedMeanwhile(kept.version))
    record(actor, "import.apply", import_id, now, kind="import", after={"changes": kept.total})
    return _again(import_id)


def step(actor: Actor, import_id: int, *, now: datetime) -> KeptImport:
    """Make the next changes of an import that is being applied; a finished one is answered as it stands."""
    kept = get(actor, import_id, None, ("applying", "applied"))
    if kept.state == "applied":
        return kept
    todo = imports.next_items(import_id, AT_ONCE)
    changing = [item for item in todo if item.what in ("remove", "change", "change_part")]
    todo = changing or todo[:STEP]
    _make(actor, kept, todo, now)
    if kept.done + len(todo) >= kept.total:
        imports.put(import_id, kept.version, state="applied", applied_at=now)
    return _again(import_id)


def _again(import_id: int) -> KeptImport:
    kept = imports.find(import_id)
    assert kept is not None
    return kept


def _make(actor: Actor, kept: KeptImport, items: Sequence[KeptItem], now: datetime) -> None:
    """Make these changes as the ground is now; what it does not allow any more is told and left."""
    wanted = wanted_by(actor, kept)
    standing = lessons.by_ids((item.facts["kept"] for item in items if "kept" in item.facts), lock=True)
    added = {_key(item, wanted) for item in items if "kept" not in item.facts}
    known = lessons.keys(wanted.member_id, wanted.term.id, added) if added else set()
    valid: list[KeptItem] = []
    outcomes: list[tuple[int, Mapping[str, Any]]] = []
    for item in items:
        if "kept" in item.facts:
            stands = standing.get(item.facts["kept"])
            is_stale = stands is None or stands.lesson.key != item.facts["key"]
        else:
            is_stale = _key(item, wanted) in known
        if is_stale:
            outcomes.append((item.id, {"state": "meanwhile"}))
        else:
            valid.append(item)
    mine = {booking_id for each in standing.values() for booking_id in each.booking_ids}
    in_the_way = {line[0] for item in valid for line in item.facts["displaced"]}
    held = {each.id: each for each in bookings.bookings(sorted(mine | in_the_way), lock=True)}
    unit_ids = sorted({unit for item in valid for unit in (item.facts["unit"], item.facts.get("was_unit")) if unit})
    catalogue.hold_units(unit_ids)
    units = catalogue.units(unit_ids)
    changes, teachers = _changes(actor, wanted, valid, standing, now)
    ground = ground_on(actor, wanted, units, now, displaceable=in_the_way)
    decisions = decide_all(changes, ground, wanted.policy)
    done = [each for each in decisions if each.state != "stays"]
    hand = Hand(actor, kept.id, kept.member_id, wanted.term.id, wanted.learners, wanted.note, now)
    told = carry_out(hand, done, held, units, teachers, ground)
    made = {each.change.number: outcome for each, outcome in zip(done, told, strict=True)}
    booked = {number: outcome["booking"] for number, outcome in made.items() if outcome["booking"]}
    for item, decision in zip(valid, decisions, strict=True):
        outcomes.append((item.id, made.get(decision.change.number, {}) | _outcome(decision, booked)))
    imports.finish_items(kept.id, outcomes)


def _outcome(decision: Decision, booked: Mapping[int, int]) -> dict[str, Any]:
    clashes = [plain_clash(decision, index) for index in range(len(decision.clashes))]
    for _, _, _, against in clashes:
        for reason in against:
            if reason[2] is not None and reason[2] < 0:
                reason[2] = booked.get(-reason[2], reason[2])
    displaced = [[taken.booking_id, taken.date_id] for taken in decision.displaced]
    return {"state": decision.state, **numbers_of(decision), "clashes": clashes, "displaced": displaced}


def _changes(
    actor: Actor, wanted: Timetable, items: Sequence[KeptItem], standing: Mapping[int, Any], now: datetime
) -> tuple[list[Change], dict[int, int | None]]:
    """The changes as planned, with the units and people of the plan, on the dates as they stand now."""
    around = surroundings(wanted.member_id, wanted.learners, local_day(now), by_base=bool(wanted.schools))
    pairs: list[tuple[Lesson | None, Any]] = [
        (None if item.what == "remove" else lesson_from(item.facts["lesson"]), standing.get(item.facts.get("kept", 0)))
        for item in items
    ]
    found, teachers = changes_of(actor, wanted, pairs, around, now, units=[item.facts["unit"] for item in items])
    return found, {n: item.facts.get("teacher") or teachers.get(n) for n, item in enumerate(items, 1)}


def _key(item: KeptItem, wanted: Timetable) -> str:
    return lessons.key_of(lesson_from(item.facts["lesson"]), wanted.learners)


def say_name(actor: Actor, member_id: int, kind: str, text: str, said: int | None, *, now: datetime) -> None:
    """Keep what a room (a unit) or a teacher (a person) of a member's timetables means; None forgets it."""
    check_may(actor, member_id)
    if kind not in ("room", "teacher") or not text.strip():
        raise Refused(Invalid("name", "unknown"))
    if kind == "room":
        fits = said is None or bool(catalogue.units([said]))
    else:
        fits = said is None or people.holds_office(said, member_id, local_day(now))
    if not fits:
        raise Refused(Invalid("name", "unknown"))
    names.put_name(member_id, kind, text, said)
    after = {"kind": kind, "text": text, "means": said}
    record(actor, "import.name", member_id, now, kind="member", after=after)
