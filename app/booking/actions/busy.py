"""Busy times: an uploaded calendar planned against what stands, and carried out step by step through the usual deeds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.booking.actions import asking, changing, closing, lifting
from app.booking.actions.busy_plan import item, last_day, make_plan, span_from, wants_of
from app.booking.actions.changing import Changes
from app.booking.actions.situation import placement_of_all, record
from app.booking.rules import busy as rules
from app.booking.rules import busy_plan as plans
from app.booking.rules.busy import Choices, Entry, Reading
from app.booking.rules.course import AlreadyOver
from app.booking.rules.plain_reasons import plain_reason
from app.booking.rules.request import Asked, Slot
from app.booking.store import busy as store
from app.booking.store import imports
from app.booking.store.imports import KeptImport, KeptItem, Planned
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, may
from app.foundation.refusal import ChangedMeanwhile, Invalid, NotAllowed, NotFound, Refused
from app.foundation.timespan import local_day

STEP = 100
"""Changes made in one transaction."""


def check(actor: Actor, choices: Choices, now: datetime) -> list[int]:
    """The units a calendar would take; raises Refused with every reason why this person cannot take one in there so."""
    if not may(actor, "busy.import") or actor.member_id is None:
        raise Refused(NotAllowed("busy.import"))
    if reasons := rules.reasons_against(choices, local_day(now), last_day(now)):
        raise Refused(reasons)
    unit_ids = closing.units_in(choices.scope, choices.scope_id)
    if not unit_ids:
        raise Refused(NotFound())
    if choices.kind != "booking" and not may(actor, "closure.change", placement_of_all(unit_ids, actor.on)):
        raise Refused(NotAllowed("closure.change"))
    return unit_ids


def bring_in(actor: Actor, choices: Choices, file_name: str, content: bytes, reading: Reading, *, now: datetime) -> int:
    """Keep an uploaded calendar with the plan of what it would change; the import's id. Nothing else changes.

    Where zones are unknown it waits, without a plan, for `answer`. Earlier uploads of the same calendar that were never
    carried out are dropped. Raises Refused.
    """
    check(actor, choices, now)
    assert actor.member_id is not None
    calendar = rules.calendar_key(choices, actor.member_id)
    import_id = imports.add(
        "calendar",
        actor.member_id,
        file_name,
        content,
        made_by=actor.person_id,
        now=now,
        layout="ics",
        unit_id=choices.scope_id if choices.scope == "unit" else None,
        header_key=calendar,
        choices=choices.plain(),
    )
    for old_id in store.unfinished(actor.person_id, calendar, import_id):
        _drop(old_id)
    if not reading.asks_zones:
        _plan(actor, import_id, 1, choices, reading, now)
    told = {"file": file_name[-200:], **choices.plain()}
    record(actor, "import.add", import_id, now, kind="import", after=told)
    return import_id


def answer(actor: Actor, import_id: int, version: int, choices: Choices, reading: Reading, *, now: datetime) -> None:
    """Say which zones are meant, and plan. Raises Refused(ChangedMeanwhile) where that was done meanwhile."""
    kept = find(actor, import_id, lock=True)
    if kept.version != version or kept.state not in ("read", "planned"):
        raise Refused(ChangedMeanwhile(kept.version))
    if reading.asks_zones:
        raise Refused(Invalid("zones", "missing"))
    check(actor, choices, now)
    _plan(actor, import_id, version, choices, reading, now)
    record(actor, "import.plan", import_id, now, kind="import", after=choices.plain())


def drop(actor: Actor, import_id: int, version: int, *, now: datetime) -> None:
    """Forget an upload that was not carried out, its file and its plan."""
    kept = find(actor, import_id, lock=True)
    if kept.version != version or kept.state not in ("read", "planned"):
        raise Refused(ChangedMeanwhile(kept.version))
    _drop(import_id)
    record(actor, "import.drop", import_id, now, kind="import")


def find(actor: Actor, import_id: int, *, lock: bool = False) -> KeptImport:
    """An upload of this person's, acting for the same member. Raises Refused(NotFound): nobody else sees her calendar."""
    kept = imports.find(import_id, lock=lock)
    if kept is None or kept.kind != "calendar" or kept.member_id != actor.member_id:
        raise Refused(NotFound())
    if not may(actor, "busy.import", Placement(holder_ids=frozenset({kept.made_by}))):
        raise Refused(NotFound())
    return kept


def apply(actor: Actor, import_id: int, version: int, *, now: datetime, uids: Sequence[str]) -> KeptImport:
    """Make the next changes, as many as there are `uids` for (one for each booking that may come); the import afterwards.

    Each change is judged anew and leaves its own trail; one that can no longer be made is told and left. The first step
    asks for the version that was shown. When nothing is left the file and its titles are forgotten.
    """
    kept = find(actor, import_id, lock=True)
    if kept.state == "planned" and kept.version != version:
        raise Refused(ChangedMeanwhile(kept.version))
    if kept.state not in ("planned", "applying"):
        raise Refused(AlreadyOver(kept.state))
    choices = rules.choices_from(kept.choices)
    unit_ids = check(actor, choices, now) if choices.until_on is None or choices.until_on >= local_day(now) else []
    catalogue.hold_units(unit_ids or closing.units_in(choices.scope, choices.scope_id))
    items = imports.next_items(import_id, len(uids))
    outcomes = [
        (item.id, _make(actor, choices, unit_ids, item, now, uid)) for item, uid in zip(items, uids, strict=False)
    ]
    imports.finish_items(import_id, outcomes)
    is_over = len(items) < len(uids) or kept.done + len(items) >= kept.total
    state: dict[str, Any] = {"state": "applied", "applied_at": now} if is_over else {"state": "applying"}
    imports.put(import_id, kept.version, **state)
    if is_over:
        _forget(import_id)
    found = imports.find(import_id)
    assert found is not None
    return found


# ── what is kept of a plan ──


def _plan(actor: Actor, import_id: int, version: int, choices: Choices, reading: Reading, now: datetime) -> None:
    unit_ids = check(actor, choices, now)
    planned = make_plan(actor, choices, reading, unit_ids, now)
    items = [
        item(choices, step)
        for step in (*planned.changes, *(step for step in planned.steps if step.what not in plans.CHANGES))
    ]
    items += [
        Planned(bad.row, plans.BAD, {"title": bad.title, "problem": bad.problem}, told=True) for bad in reading.bad
    ]
    items += [Planned(row, plans.CUT, {}, told=True) for row in sorted(set(reading.cut))]
    told = {
        "same": planned.same,
        "free": reading.free,
        "cancelled": reading.cancelled,
        "past": reading.past,
        "later": reading.later,
        "others": reading.others,
    }
    total = imports.replace_items(import_id, items)
    imports.put(
        import_id,
        version,
        state="planned",
        total=total,
        choices=choices.plain(),
        columns=told,
        header_key=calendar_of(actor, choices),
    )


def calendar_of(actor: Actor, choices: Choices) -> str:
    return rules.calendar_key(choices, actor.member_id or 0)


def _drop(import_id: int) -> None:
    kept = imports.find(import_id, lock=True)
    if kept is not None:
        imports.replace_items(import_id, [])
        store.forget(import_id, {})
        imports.put(import_id, kept.version, state="dropped")


def _forget(import_id: int) -> None:
    """Neither the file nor a title outlives its use."""
    facts = {item.id: json.dumps(_untitled(item.facts), ensure_ascii=False) for item in imports.items(import_id)}
    store.forget(import_id, facts)


def _untitled(facts: Any) -> Any:
    if isinstance(facts, dict):
        return {name: _untitled(value) for name, value in facts.items() if name not in ("title", "said", "uid")}
    return facts


# ── carrying out ──


def _make(
    actor: Actor, choices: Choices, unit_ids: Sequence[int], one: KeptItem, now: datetime, uid: str
) -> dict[str, Any]:
    """Make one change through the deed a person would use; what became of it."""
    deed = _book if choices.kind == "booking" else _close
    try:
        return {"id": deed(actor, choices, unit_ids, one, now, uid)}
    except Refused as refused:
        return {"reasons": [plain_reason(reason) for reason in refused.reasons]}


def _sides(one: KeptItem) -> tuple[Any, Any]:
    """What stands, and what the file says; one of the two may be missing."""
    return one.facts.get("standing"), one.facts.get("entry")


def _close(actor: Actor, choices: Choices, unit_ids: Sequence[int], one: KeptItem, now: datetime, _uid: str) -> int:
    here, entry = _sides(one)
    if entry is None:
        return _lift(actor, here["id"], now)
    span, name, key = span_from(entry["span"]), " ".join(choices.name.split()), _new_key(actor, choices, entry)
    if here is not None:
        # Nothing is lifted before it is sure that the new time can be had.
        claimed = closing.claims_of(unit_ids, catalogue.units(unit_ids))
        held = store.taken(
            [claim.unit_id for claim in claimed], span, except_dates=[], except_closures=[int(here["id"])]
        )
        if reasons := closing.blocking(claimed, held, span):
            raise Refused(reasons)
        _lift(actor, here["id"], now)
    return closing.close(actor, choices.kind, choices.scope, choices.scope_id, span, name, now=now, source_key=key)


def _lift(actor: Actor, closure_id: int, now: datetime) -> int:
    lifting.lift(actor, closure_id, now=now)
    store.give_back("closure", closure_id)
    return closure_id


def _book(actor: Actor, choices: Choices, unit_ids: Sequence[int], one: KeptItem, now: datetime, uid: str) -> int:
    here, entry = _sides(one)
    if entry is None:
        changing.cancel(actor, here["id"], here["version"], now=now, quietly=True)
        store.give_back("booking", here["id"])
        return int(here["id"])
    key, slot = _new_key(actor, choices, entry), Slot(span_from(entry["span"]))
    if here is not None:
        changes = Changes(slots={here["date"]: slot}, title=entry["title"])
        changing.change(actor, here["id"], here["version"], changes, now=now, quietly=True)
        store.set_booking_key(here["id"], key)
        return int(here["id"])
    asked = Asked(wants_of(unit_ids), (slot,), choices.purpose, entry["title"], actor.member_id or 0, actor.person_id)
    return asking.request(actor, asked, now=now, uid=uid, source_key=key, origin="calendar").booking_id


def _new_key(actor: Actor, choices: Choices, entry: Any) -> str:
    """The key of what the file says. Raises Refused where another upload of the same calendar brought it in meanwhile."""
    said = Entry(entry["uid"], entry["occurrence"], 0, "", span_from(entry["span"]))
    key = rules.entry_key(calendar_of(actor, choices), said, entry["title"])
    if store.is_known(choices.kind, key):
        raise Refused(ChangedMeanwhile(0))
    return key
