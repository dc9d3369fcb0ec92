"""A second, deliberately simple ledger: half hours on a list, no database. What the real one answers is held against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

HORIZON = 48  # half hours


@dataclass
class ModelUnit:
    """A unit: its capacity (1 is taken whole), its room, its buffers in half hours, whether a keeper must agree."""

    capacity: int = 1
    room: str | None = None
    is_room: bool = False
    setup: int = 0
    cleaning: int = 0
    asks: bool = False
    holds_while_waiting: bool = True


@dataclass
class ModelDate:
    """One date of a booking in half hours."""

    start: int
    end: int
    state: str
    held: list[tuple[str, int, int, int, bool]] = field(default_factory=list)
    """Unit, first and last half hour, quantity, whether it takes the unit whole."""


@dataclass
class ModelBooking:
    """A booking: what it wants of which units, and its dates."""

    wants: dict[str, int]
    dates: list[ModelDate]


class Model:
    """Answers like the product: the state it gives, or the set of codes with which it refuses."""

    def __init__(self, units: dict[str, ModelUnit], opening: tuple[int, int] | None = None) -> None:
        self.units = units
        self.opening = opening
        self.bookings: list[ModelBooking] = []
        self.closures: list[list[tuple[str, int, int, int, bool]]] = []

    def ask(self, wants: dict[str, int], spans: list[tuple[int, int]], accept_part: bool) -> tuple:
        general = self._general(wants, spans)
        if general:
            return ("refused", general)
        judged = [(span, self._against(wants, span, ())) for span in spans]
        kept = [span for span, codes in judged if not codes]
        codes = {code for _, each in judged for code in each}
        if not kept or (codes and not accept_part):
            return ("refused", codes)
        waits = any(self.units[name].asks for name in wants)
        booking = ModelBooking(dict(wants), [])
        for start, end in kept:
            booking.dates.append(self._date(wants, start, end, waits))
        self.bookings.append(booking)
        return ("made", "waiting" if waits else "confirmed", len(kept))

    def cancel(self, number: int, which: int | None) -> tuple:
        booking = self.bookings[number]
        open_dates = [date for date in booking.dates if date.state in ("waiting", "confirmed")]
        if not open_dates:
            return ("refused", {"already_over"})
        if which is not None:
            chosen = booking.dates[which]
            if chosen not in open_dates:
                return ("refused", {"already_over"})
            open_dates = [chosen]
        for date in open_dates:
            date.state, date.held = "cancelled", []
        return ("cancelled", self._state(booking))

    def move(self, number: int, which: int, span: tuple[int, int]) -> tuple:
        booking = self.bookings[number]
        date = booking.dates[which]
        if date.state not in ("waiting", "confirmed"):
            return ("refused", {"already_over"})
        if span == (date.start, date.end):
            return ("moved", self._state(booking))
        codes = self._against(booking.wants, span, date.held)
        if codes:
            return ("refused", codes)
        gap = self._gap(booking.wants)
        others = [each for each in booking.dates if each is not date and each.state in ("waiting", "confirmed")]
        if any(span[0] < each.end + gap and each.start < span[1] + gap for each in others):
            return ("refused", {"overlaps_itself"})
        asks = any(self.units[name].asks for name in booking.wants)
        shorter = date.start <= span[0] and span[1] <= date.end and date.state == "confirmed"
        fresh = self._date(booking.wants, *span, asks and not shorter)
        date.start, date.end, date.state, date.held = fresh.start, fresh.end, fresh.state, fresh.held
        return ("moved", self._state(booking))

    def decide(self, number: int, yes: bool) -> tuple:
        booking = self.bookings[number]
        waiting = [date for date in booking.dates if date.state == "waiting"]
        if not waiting:
            return ("refused", {"not_waiting"})
        if not yes:
            for date in waiting:
                date.state, date.held = "refused", []
            return ("declined", self._state(booking))
        own = [row for date in waiting for row in date.held]
        codes = {code for date in waiting for code in self._against(booking.wants, (date.start, date.end), own)}
        if codes:
            return ("refused", codes)
        for date in waiting:
            fresh = self._date(booking.wants, date.start, date.end, False)
            date.state, date.held = "confirmed", fresh.held
        return ("approved", self._state(booking))

    def close(self, names: list[str], span: tuple[int, int]) -> tuple:
        rows = [(name, *span, 1, True) for name in names]
        rows += [(room, *span, 1, False) for name in names if (room := self.units[name].room)]
        for name, start, end, _, whole in rows:
            if any(whole or other[4] for other in self._near(name, start, end, ())):
                return ("refused", {"overlaps"})
        self.closures.append(rows)
        return ("closed",)

    def held(self) -> list[tuple[str, int, int, int, bool]]:
        """Everything that is held now, in order."""
        return sorted(self._all())

    def _state(self, booking: ModelBooking) -> str:
        states = {date.state for date in booking.dates}
        return next(state for state in ("waiting", "confirmed", "refused", "cancelled") if state in states)

    def _general(self, wants: dict[str, int], spans: list[tuple[int, int]]) -> set[str]:
        codes = {"more_than_there_is" for name, quantity in wants.items() if quantity > self.units[name].capacity}
        if codes:
            return codes
        ordered = sorted(spans)
        for first, second in pairwise(ordered):
            if first[1] + self._gap(wants) > second[0]:
                codes.add("overlaps_itself")
        return codes

    def _gap(self, wants: dict[str, int]) -> int:
        """Between two dates: the part of the room has the buffers of all that stands in it."""
        setup = {name: unit.setup for name, unit in self.units.items() if name in wants}
        cleaning = {name: unit.cleaning for name, unit in self.units.items() if name in wants}
        gaps = [setup[name] + cleaning[name] for name in wants]
        for room in {self.units[name].room for name in wants} - {None} - set(wants):
            inside = [name for name in wants if self.units[name].room == room]
            gaps.append(max(setup[name] for name in inside) + max(cleaning[name] for name in inside))
        return max(gaps)

    def _against(self, wants: dict[str, int], span: tuple[int, int], own) -> set[str]:
        codes: set[str] = set()
        if self.opening and not (self.opening[0] <= span[0] and span[1] <= self.opening[1]):
            codes.add("closed_then")
        for name, start, end, quantity, whole in self._rows(wants, *span):
            near = self._near(name, start, end, own)
            if any(whole or other[4] for other in near):
                codes.add("overlaps")
            elif name in wants:
                fullest = max(
                    sum(other[3] for other in near if other[1] <= tick < other[2]) for tick in range(start, end)
                )
                if fullest + quantity > self.units[name].capacity:
                    codes.add("over_capacity")
        return codes

    def _rows(self, wants: dict[str, int], start: int, end: int) -> list[tuple[str, int, int, int, bool]]:
        rows: dict[str, tuple[str, int, int, int, bool]] = {}
        for name, quantity in wants.items():
            unit = self.units[name]
            whole = unit.is_room or unit.capacity == 1
            rows[name] = (name, start - unit.setup, end + unit.cleaning, 1 if whole else quantity, whole)
        for name in wants:
            unit = self.units[name]
            if unit.room is None or unit.room in wants:
                continue
            first, last = start - unit.setup, end + unit.cleaning
            if unit.room in rows:
                first, last = min(first, rows[unit.room][1]), max(last, rows[unit.room][2])
            rows[unit.room] = (unit.room, first, last, 1, False)
        return list(rows.values())

    def _date(self, wants: dict[str, int], start: int, end: int, waits: bool) -> ModelDate:
        holding = {name: not waits or self.units[name].holds_while_waiting for name in wants}
        held = []
        for row in self._rows(wants, start, end):
            name = row[0]
            if name in wants:
                if holding[name]:
                    held.append(row)
            elif any(holding[each] for each in wants if self.units[each].room == name):
                held.append(row)
        return ModelDate(start, end, "waiting" if waits else "confirmed", held)

    def _near(self, name: str, start: int, end: int, own) -> list[tuple[str, int, int, int, bool]]:
        left = self._all()
        for row in own:
            left.remove(row)
        return [row for row in left if row[0] == name and row[1] < end and start < row[2]]

    def _all(self) -> list[tuple[str, int, int, int, bool]]:
        rows = [row for booking in self.bookings for date in booking.dates for row in date.held]
        return rows + [row for closure in self.closures for row in closure]
