"""Alternatives on pages: each in words with what speaks for it, the value its button sends, and how that is read again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from flask_babel import gettext

from app.booking.actions import form as choosing
from app.booking.rules.alternatives import Alternative
from app.booking.rules.availability import as_periods
from app.booking.rules.listing import PlacedUnit
from app.booking.rules.request import Asked, Slot, Want
from app.entrypoints.formats import clock_text, named, weekday_text
from app.entrypoints.web.booking.words import short_slot, short_span
from app.entrypoints.wording.booking import said_for
from app.foundation.identifiers import id_from_text
from app.foundation.timespan import Span, at_local, local_day, local_minute
from app.timetable.rules.bell import Bells, label_of

MOST_PIECES, MOST_DATES, LONGEST_VALUE = 60, 400, 20_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Some units at one time of day, on so many days."""

    wants: tuple[Want, ...]
    start_minute: int
    end_minute: int
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """An alternative in words: what and when, what speaks for it, and the value that takes it."""

    label: str
    notes: tuple[str, ...]
    value: str
    is_one_piece: bool = True
    """Whether the form can show it; else it is booked as it stands."""


def offers(found: Sequence[Alternative], asked: Asked) -> list[Offer]:
    """The alternatives in words; the names of all units in one query."""
    theirs = {want.unit_id for want in asked.wants}
    wanted = theirs | {want.unit_id for each in found for part in each.parts for want in part.wants}
    units = choosing.places(sorted(wanted)) if found else {}
    names = _names(units, theirs)
    return [_offer(each, names, theirs) for each in found]


def _offer(each: Alternative, names: Mapping[int, str], asked: Set[int]) -> Offer:
    parts = []
    for part in each.parts:
        what = gettext(", ").join(names[want.unit_id] for want in part.wants if want.unit_id in names)
        differs = {want.unit_id for want in part.wants} != asked
        when = short_slot(part.slots[0]) if len(part.slots) == 1 else _when_of_many(part.slots)
        parts.append(f"{what} · {when}" if differs or len(each.parts) > 1 else when)
    notes = list(said_for(each.speaks_for))
    if each.missing:
        free = gettext("%(free)s of %(of)s dates free", free=each.of - each.missing, of=each.of)
        notes = [free if note == said_for(["some_dates"])[0] else note for note in notes]
    pieces = _pieces(each)
    return Offer(gettext("; ").join(parts), tuple(notes), ";".join(map(_written, pieces)), len(pieces) == 1)


def _when_of_many(slots: Sequence[Slot]) -> str:
    """`周二 08:00–09:40，3 次`; times that differ are counted only."""
    first = slots[0].span
    day = local_day(first.start)
    alike = {(local_day(slot.span.start).isoweekday(), local_minute(slot.span.start)) for slot in slots}
    if len(alike) == 1:
        time = f"{weekday_text(day)} {clock_text(first.start)}–{clock_text(first.end)}"
        return gettext("%(time)s, %(n)s dates", time=time, n=len(slots))
    return gettext("%(n)s dates, the first %(when)s", n=len(slots), when=short_span(first))


def _names(units: Mapping[int, PlacedUnit], asked: Set[int]) -> dict[int, str]:
    """Each unit's name; the lab stands before it where the name alone could be another unit's, or it stands elsewhere;
    the base where that is another one."""
    often = Counter(named(unit) for unit in units.values())
    labs = {unit.lab.id for unit_id, unit in units.items() if unit_id in asked}
    bases = {unit.base.id for unit_id, unit in units.items() if unit_id in asked}
    found = {}
    for unit_id, unit in units.items():
        parts = [named(unit)]
        if unit.kind != "room" and (often[named(unit)] > 1 or unit.lab.id not in labs):
            parts.insert(0, named(unit.lab))
        if unit.base.id not in bases:
            parts.insert(0, named(unit.base))
        found[unit_id] = " · ".join(parts)
    return found


# ── the value of a button ──


def _pieces(each: Alternative) -> list[Piece]:
    found = []
    for part in each.parts:

        def time_of(slot: Slot) -> tuple[int, int]:
            start = local_minute(slot.span.start)
            return start, start + slot.span.minutes

        ordered = sorted(part.slots, key=lambda slot: (time_of(slot), slot.span))
        for (start, end), slots in groupby(ordered, key=time_of):
            found.append(Piece(part.wants, start, end, tuple(local_day(slot.span.start) for slot in slots)))
    return found


def _written(piece: Piece) -> str:
    """`12x1,13x2/575/675/2026-09-22,2026-09-29`: units, minutes of the clock, days."""
    units = ",".join(f"{want.unit_id}x{want.quantity}" for want in piece.wants)
    days = ",".join(day.isoformat() for day in piece.days)
    return f"{units}/{piece.start_minute}/{piece.end_minute}/{days}"


def read(value: str) -> list[Piece]:
    """The pieces of a button's value; none where it is none of ours."""
    texts = value[:LONGEST_VALUE].split(";")
    found = [_piece(text) for text in texts[:MOST_PIECES]]
    pieces = [each for each in found if each is not None]
    dates = sum(len(each.days) for each in pieces)
    return pieces if len(pieces) == len(texts) and dates <= MOST_DATES else []


def _piece(text: str) -> Piece | None:
    try:
        units, start_text, end_text, days_text = text.split("/")
        days = tuple(sorted({date.fromisoformat(each) for each in days_text.split(",")}))
    except ValueError:
        return None
    wants = [_want(each) for each in units.split(",")]
    start, end = 0 if start_text == "0" else id_from_text(start_text), id_from_text(end_text) or 0
    known = tuple(want for want in wants if want is not None)
    if start is None or len(known) < len(wants) or not start < 24 * 60 or not start < end <= start + 14 * 24 * 60:
        return None
    return Piece(known, start, end, days) if all(2000 <= day.year <= 2200 for day in days) else None


def _want(text: str) -> Want | None:
    unit_id, _, quantity = text.partition("x")
    found, many = id_from_text(unit_id), id_from_text(quantity)
    return Want(found, many) if found is not None and many is not None else None


def requests(asked: Asked, pieces: Sequence[Piece]) -> list[Asked]:
    """What taking the pieces asks for: one request for each set of units, in class periods where the place rings them."""
    by_wants: dict[tuple[Want, ...], list[Slot]] = {}
    for piece in pieces:
        bells = choosing.calendar_at([want.unit_id for want in piece.wants]).bells
        by_wants.setdefault(piece.wants, []).extend(_slot(piece, day, bells) for day in piece.days)
    return [
        replace(asked, wants=wants, slots=tuple(sorted(slots, key=lambda slot: slot.span)))
        for wants, slots in by_wants.items()
    ]


def _slot(piece: Piece, day: date, bells: Bells) -> Slot:
    start = at_local(day, piece.start_minute)
    slot = Slot(Span(start, start + (at_local(day, piece.end_minute) - at_local(day, piece.start_minute))))
    numbers = as_periods(slot, bells.on(day))
    return replace(slot, periods=label_of(*numbers)) if numbers else slot
