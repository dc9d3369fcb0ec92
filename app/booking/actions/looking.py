"""Looking: what is free near a refused request, and what a grid shows of a unit's time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.booking.rules.conflict import Limits, Situation
from app.booking.rules.request import Asked, Want, claims
from app.booking.rules.timeline import Use
from app.booking.store import ledger, looking, taken
from app.catalogue.rules.unit import Unit
from app.catalogue.store import units as catalogue
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import Placement, view_of_booking
from app.foundation.timespan import DAY, Span, day_span, local_day, merged
from app.timetable.store import hours as timetable

NEAR_DAYS = 7
"""How many days before and after a wanted date are looked through."""


def board(
    actor: Actor, lines: Sequence[looking.UnitLine], window: Span
) -> tuple[dict[int, list[Use]], dict[int, frozenset[int]]]:
    """What a grid shows of these units in the window, by unit id, and the owner side of each.

    Whose booking it is and what for is in it only where `view_of_booking` lets this actor see it. A room that is taken
    whole is in the list of each unit that stands in it, and what stands in a room makes that room partly taken. Five
    queries at most, whatever the number of units and bookings.
    """
    sides = catalogue.owner_side([line.id for line in lines], actor.on)
    rooms = {line.lab_id: line.id for line in lines if line.kind == "room"}
    if not all(line.lab_id in rooms for line in lines):
        rooms = looking.rooms_of([line.lab_id for line in lines])
    in_lab: dict[int, list[int]] = {}
    for line in lines:
        if line.kind != "room" and line.lab_id in rooms:
            in_lab.setdefault(rooms[line.lab_id], []).append(line.id)
    found: dict[int, list[Use]] = {line.id: [] for line in lines}
    alone = any(line.kind == "room" and line.id not in in_lab for line in lines)
    room_of = {line.id: rooms[line.lab_id] for line in lines if line.kind != "room" and line.lab_id in rooms}
    stands_for = {room_id: units[0] for room_id, units in in_lab.items()} | {line.id: line.id for line in lines}
    reader = _Reader(actor, sides, {line.id: line.base_id for line in lines}, stands_for)
    parts: dict[int, set[tuple[int, int]]] = {}
    for row in taken.taken_rows(sorted(stands_for), window, with_parts=alone):
        unit_id, use = row[0], reader.use(row)
        if use is None:
            continue
        if unit_id in found:
            found[unit_id].append(use)
        if use.whole:
            for other in in_lab.get(unit_id, ()):
                found[other].append(use)
        if unit_id in room_of and use.holds and use.cause == "booking":
            parts.setdefault(room_of[unit_id], set()).add((use.start, use.end))
    for room_id, spans in parts.items():
        if room_id in found and not alone:
            found[room_id] += [_NO_WORDS._replace(start=start, end=end) for start, end in spans]
    return found, sides


_NO_WORDS = Use(0, 0, "others", 1, False, True, True, 0, "booking", "", "", "", "")
"""What a stranger learns of a booking beside its time: nothing."""


class _Reader:
    """Makes uses of rows, with no more words than the actor may have; asks permission once for each kind of case."""

    def __init__(
        self,
        actor: Actor,
        sides: Mapping[int, frozenset[int]],
        base_of: Mapping[int, int],
        stands_for: Mapping[int, int],
    ) -> None:
        self._actor, self._sides, self._base_of, self._stands_for = actor, sides, base_of, stands_for
        self._views: dict[tuple[bool, int, int], frozenset[str]] = {}

    def use(self, row: Any) -> Use | None:
        """What is shown of a row of `store.taken.taken_rows`; None where it is still to be had."""
        unit_id, start, end, quantity, exclusive, holds, asked, state, booking_id, holder, requester, member = row[:12]
        if booking_id is None:
            return Use(start, end, "closed", quantity, exclusive, False, True, 0, row[16], row[17], "", "", "")
        mine = self._actor.person_id in (holder, requester)
        if not holds and not mine:
            return None
        shown = "waiting" if state == "waiting" else "mine" if mine else "others"
        view = self._view(mine, member, self._stands_for[unit_id])
        if "title" not in view:
            return Use(start, end, shown, quantity, exclusive, not asked, holds, 0, "booking", "", "", "", "")
        title, name = row[12], row[13] if "people" in view else ""
        return Use(
            start,
            end,
            shown,
            quantity,
            exclusive,
            not asked,
            holds,
            booking_id,
            "booking",
            title,
            name,
            row[14],
            row[15],
            row[18] == "lesson",
        )

    def _view(self, mine: bool, member_id: int, unit_id: int) -> frozenset[str]:
        key = (mine, member_id, unit_id)
        view = self._views.get(key)
        if view is None:
            thing = Placement(
                holder_ids=frozenset({self._actor.person_id}) if mine else frozenset(),
                booking_member_id=member_id,
                owner_member_ids=self._sides[unit_id],
                base_ids=frozenset({self._base_of[unit_id]}),
            )
            view = self._views[key] = view_of_booking(self._actor, thing)
        return view


def near(asked: Asked, limits: Limits) -> list[Span]:
    """The time to look through, within the limits: days around one date, fewer around each of a series."""
    reach = (NEAR_DAYS if len(asked.slots) == 1 else 3) * DAY
    spans = []
    for slot in asked.slots[: limits.most_dates]:
        if slot.span.length > limits.longest:
            continue
        days = slot.span.days()
        whole = Span(day_span(days[0] - reach).start, day_span(days[-1] + reach).end)
        if inside := whole.clip(Span(limits.earliest, limits.latest)):
            spans.append(inside)
    return merged(spans)


def situation_for(
    alternatives: Sequence[tuple[Want, ...]], windows: Sequence[Span], limits: Limits, member_id: int | None
) -> tuple[Situation, list[tuple[Want, ...]]]:
    """All that judging the alternatives inside the windows needs, and those of them that this member could book at all."""
    units = catalogue.units(sorted({want.unit_id for wants in alternatives for want in wants}))
    guarded = [unit.id for unit in units.values() if unit.sharing != "external"]
    owner_side = catalogue.owner_side(guarded, local_day(windows[0].start)) if guarded and windows else {}
    possible = [
        wants
        for wants in alternatives
        if all(
            want.unit_id in units
            and 1 <= want.quantity <= units[want.unit_id].capacity
            and _is_shared(units[want.unit_id], owner_side, member_id)
            for want in wants
        )
    ]
    hours = timetable.openings({unit.base_id for unit in units.values()}, {unit.lab_id for unit in units.values()})
    claimed = [claim for wants in possible for claim in claims(wants, units)]
    before = max((claim.before for claim in claimed), default=0 * DAY)
    after = max((claim.after for claim in claimed), default=0 * DAY)
    situation = Situation(
        units=units,
        openings={
            unit.id: hours.get(("lab", unit.lab_id)) or hours.get(("base", unit.base_id)) or ()
            for unit in units.values()
        },
        taken=ledger.taken({claim.unit_id for claim in claimed}, [window.widen(before, after) for window in windows]),
        limits=limits,
        owner_side=owner_side,
    )
    return situation, possible


def _is_shared(unit: Unit, owner_side: dict[int, frozenset[int]], member_id: int | None) -> bool:
    return unit.sharing == "external" or member_id in owner_side.get(unit.id, unit.party_ids)
