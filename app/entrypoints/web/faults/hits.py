"""The bookings that a fault or a closure is in the way of: where each could go, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from app.booking.actions import fault_hits
from app.booking.actions import faults as actions
from app.booking.actions import form as choosing
from app.booking.actions import instead as moving
from app.booking.actions.instead import Hit, Way
from app.booking.rules.conflict import Taken
from app.booking.store import listing as names
from app.database import transaction
from app.entrypoints import clock, gate
from app.entrypoints.formats import named, slot_text
from app.entrypoints.web.attempts import flash_all
from app.entrypoints.web.blueprint import actor, web
from app.entrypoints.web.booking.form import cleaned
from app.entrypoints.web.booking.sheet import unit_line
from app.entrypoints.web.listing import shown_version
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Refused

MOST_WITH_A_WAY = 12
"""For so many of the bookings in its way the page says where they could go; the others are looked at when pressed."""


def way_text(way: Way, units: dict[int, Any]) -> str:
    """车床2（同一时间） or another time."""
    there = gettext(", ").join(
        f"{named(units[want.unit_id])} · {unit_line(units[want.unit_id])}"
        for want in way.wants
        if want.unit_id in units
    )
    if way.same_time:
        return gettext("%(units)s, at the same time", units=there)
    when = gettext("; ").join(slot_text(slot.span, slot.periods) for slot in list(way.slots.values())[:3])
    return when if way.same_units else gettext("%(units)s, %(when)s", units=there, when=when)


def way_words(found: list[Way] | None, units: dict[int, Any]) -> str | None:
    """Where it could go; empty where there is nothing, None where nobody has looked yet."""
    if found is None:
        return None
    return way_text(found[0], units) if found else ""


@web.post("/faults/<id:fault_id>/bookings")
@gate.needs("fault.change")
def settle_hits(fault_id: int) -> Response:
    """Move or cancel one booking in its way, or all of them, each by itself; what came of each is said."""
    who, now = actor(), clock.now()
    seen = actions.seen(who, fault_id, now)
    chosen, deed = request.form.get("booking", ""), request.form.get("deed", "")
    words = cleaned(request.form.get("note", ""), 400) or gettext("%(unit)s is out of order.", unit=named(seen.unit))
    number = id_from_text(chosen)
    hits = [hit for hit in seen.hits if (chosen == "all" and not hit.whole_room) or hit.booking.id == number]
    version = shown_version() if chosen != "all" else 0
    if not hits:
        flash(gettext("Nothing is in this booking's way any more."), "problem")
    for hit in hits:
        _settle(fault_id, hit, deed, version or hit.booking.version, words, now)
    return redirect(f"/faults/{fault_id}", 303)


def _settle(fault_id: int, hit: Hit, deed: str, version: int, words: str, now: datetime) -> None:
    who, number = actor(), hit.booking.id
    settle_one(
        hit,
        deed,
        lambda: fault_hits.move(who, fault_id, number, version, now=now),
        lambda: fault_hits.cancel(who, fault_id, number, version, words, now=now),
    )


def settle_one(hit: Hit, deed: str, move: Callable[[], tuple[Any, Way]], cancel: Callable[[], Any]) -> None:
    """Move or cancel one booking, in a transaction of its own, and say what came of it on the next page."""
    try:
        if deed == "move":
            _, way = transaction(move)
            units = choosing.places([want.unit_id for want in way.wants])
            said = gettext("“%(title)s” is moved: %(where)s.", title=hit.booking.title, where=way_text(way, units))
        else:
            transaction(cancel)
            said = ngettext(
                "“%(title)s”: %(num)s date is cancelled.",
                "“%(title)s”: %(num)s dates are cancelled.",
                len(hit.dates),
                title=hit.booking.title,
            )
    except Refused as refused:
        flash(gettext("“%(title)s” stays as it is:", title=hit.booking.title), "problem")
        flash_all(refused.reasons)
    else:
        flash(said, "done")


@dataclass(frozen=True, slots=True)
class HitRow:
    """A booking that something is in the way of, whose it is, and where it could go."""

    hit: Hit
    way: str | None
    """Empty where there is nothing, None where nobody has looked yet."""
    holder: str
    member: str


def hit_rows(hits: Sequence[Hit], blocked: Sequence[Taken], now: datetime) -> list[HitRow]:
    """A line for each, the first dozen with where they could go."""
    if not hits:
        return []
    ways = {hit.booking.id: moving.ways(hit, blocked, now, 1) for hit in hits[:MOST_WITH_A_WAY] if not hit.whole_room}
    people = names.people([hit.booking.holder_id for hit in hits])
    members = names.members([hit.booking.member_id for hit in hits])
    units = choosing.places([want.unit_id for found in ways.values() for way in found for want in way.wants])
    return [
        HitRow(
            hit,
            way_words(ways.get(hit.booking.id), units),
            people.get(hit.booking.holder_id, ""),
            named(members[hit.booking.member_id]) if hit.booking.member_id in members else "",
        )
        for hit in hits
    ]
