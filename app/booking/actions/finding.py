"""Finding a slot: reads the town once, answers what a wish asks for, and says which wish to loosen where nothing does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from app.booking.actions.situation import usual_limits
from app.booking.actions.standing import standing_in_town
from app.booking.rules import finding
from app.booking.rules.finding import Findings, Town
from app.booking.rules.readiness import Readiness
from app.booking.rules.wanted import Wanted
from app.booking.rules.wish import Line, Wish, lines
from app.booking.store import finding as store
from app.booking.store import looking
from app.booking.store.looking import BaseLine
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.foundation.refusal import NotAllowed, Refused
from app.foundation.timespan import Span, local_day
from app.timetable.rules.calendar import Calendar
from app.timetable.store import hours as timetable
from app.timetable.store.calendar import calendar

Search = tuple[Wish, Wanted]


@dataclass(frozen=True, slots=True)
class Places:
    """What can be chosen from: the bases, the names of the members around them, and the calendar that is searched by."""

    bases: tuple[BaseLine, ...]
    members: tuple[tuple[int, str, str], ...]
    """(id, Chinese name, English name), by code."""
    calendar: Calendar

    @property
    def campuses(self) -> list[tuple[int, str]]:
        """Every campus on which a base stands, as (host, name)."""
        return list(dict.fromkeys((base.host_id, base.campus) for base in self.bases))


def places(
    actor: Actor, day: date, calendar_id: int | None, base_id: int | None, near: tuple[int, str] | None = None
) -> Places:
    """Five queries. The calendar is the chosen one, else that of the chosen base, else the actor's own.

    Its bells are heard on the base's campus, else on the wished one where that is the calendar's own house.
    """
    bases = tuple(looking.bases(day))
    around = {base.host_id for base in bases} | {base.operator_id for base in bases}
    around |= {base.calendar_id for base in bases if base.calendar_id} | {actor.member_id or 0}
    here = next((base for base in bases if base.id == base_id), None)
    members = store.member_names(sorted(around))
    chosen = calendar_id if calendar_id in {member_id for member_id, *_ in members} else None
    whose = chosen or (here.calendar_id if here else actor.member_id)
    campus = here.campus if here else near[1] if near and near[0] == whose else ""
    return Places(bases, tuple(members), calendar(whose, campus))


def find(actor: Actor, search: Search, now: datetime, *, series: bool) -> tuple[Findings, Town]:
    """What answers the wish; seven queries at most, however many units, dates and bookings, and four more where
    something is asked of whoever books.

    Raises Refused(NotAllowed) where the actor may not book at all.
    """
    if not may(actor, "booking.request"):
        raise Refused(NotAllowed("booking.request"))
    wish, wanted = search
    if not wanted.patterns:
        return Findings(), Town((), {})
    with_words = bool(wish.features) or any(need.text for need in wish.needs)
    first = min((slot for pattern in wanted.patterns for slot in pattern.slots), key=lambda slot: slot.span)
    units = store.units(local_day(first.span.start), with_words=with_words)
    mine = [unit for unit, sharing in units if sharing == "external" or actor.member_id in unit.side]
    hours = timetable.openings({unit.base_id for unit in mine}, {unit.lab_id for unit in mine})
    by_lab = {
        unit.lab_id: tuple(hours.get(("lab", unit.lab_id)) or hours.get(("base", unit.base_id)) or ()) for unit in mine
    }
    openings = {unit.id: by_lab[unit.lab_id] for unit in mine}
    ready = Readiness(actor.person_id, actor.member_id, standing_in_town(actor, [unit for unit, _ in units], now))
    town = Town(
        mine,
        openings,
        limits=usual_limits(now),
        member_id=actor.member_id,
        readiness=ready,
        lacking=ready.lacking(mine, first),
    )
    asked = lines(wish, mine, actor.member_id, town.lacking)
    town = _with_held(town, [(wanted, asked)])
    return finding.find(wish, wanted, town, series=series, asked=asked), town


def instead(town: Town, searches: Sequence[tuple[str, Search]]) -> list[tuple[str, int]]:
    """For each loosened search that would have answers, its name and how many; one query for them all."""
    if not town.units or not searches:
        return []
    asked = {name: lines(wish, town.units, town.member_id) for name, (wish, _) in searches}
    wider = _with_held(town, [(wanted, asked[name]) for name, (_, wanted) in searches])
    counted = [(name, finding.count(wish, wanted, wider, asked[name])) for name, (wish, wanted) in searches]
    return [(name, many) for name, many in counted if many]


def _with_held(town: Town, searches: Sequence[tuple[Wanted, Sequence[Line]]]) -> Town:
    """The town with all that is held of the units that would do, while any wanted slot lasts."""
    slots = [slot.span for wanted, _ in searches for pattern in wanted.patterns for slot in pattern.slots]
    would_do = {
        option.unit.id: option.unit
        for wanted, asked in searches
        if wanted.patterns
        for line in asked
        for option in (*line.singles, *line.wholes)
    }
    if not slots or not would_do:
        return town
    widest = timedelta(minutes=max(max(unit.setup_minutes, unit.cleaning_minutes) for unit in would_do.values()))
    window = Span(min(span.start for span in slots), max(span.end for span in slots))
    unit_ids = set(would_do)
    room_ids = {unit.room_id for unit in would_do.values() if unit.room_id is not None} - unit_ids
    return replace(town, held=store.held(unit_ids, room_ids, window.widen(widest, widest)))
