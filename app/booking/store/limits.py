"""Rows of limits, and the open dates that quotas count."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Integer, and_, bindparam, case, cast, delete, func, insert, literal, null, or_, select, union_all

from app.booking.rules.limits import Use
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.booking.tables.line import Limit
from app.catalogue.tables import Lab
from app.catalogue.tables import Unit as UnitRow
from app.consortium.rules.settings import in_force
from app.consortium.tables.conduct import Restriction
from app.consortium.tables.people import Member, Person, Setting
from app.database import hold, session, table_of
from app.foundation.timespan import Span


def hold_accounts(holder_ids: Collection[int], member_ids: Collection[int]) -> None:
    """Lock what quotas count, before any unit: the members, then the people, each in the order of their ids."""
    if member_ids:
        hold(Member, Member.id.in_(sorted(member_ids)))
    if holder_ids:
        hold(Person, Person.id.in_(sorted(holder_ids)))


class Numbers(NamedTuple):
    """The settings in force for everybody and for each unit, and what the units around those ask beside them."""

    whole: dict[str, int]
    units: dict[int, dict[str, int]]
    beside: dict[int, dict[int, dict[str, int]]]
    """For a unit, what others ask of its users with numbers of their own: the things in a lab that is taken whole
    (unless its keeper wants it otherwise), and the lab around a thing. A restriction there counts as such a number."""

    def around(self, unit_ids: Collection[int]) -> set[int]:
        """The other units that ask something of whoever uses these."""
        return {other for unit_id in unit_ids for other in self.beside.get(unit_id, ())}


def numbers(unit_ids: Collection[int]) -> tuple[dict[str, int], dict[int, dict[str, int]]]:
    """The consortium's numbers in force, and those in force for each unit: its own, else its base's. One query."""
    return numbers_for(unit_ids)[:2]


def numbers_for(unit_ids: Collection[int]) -> Numbers:
    """The same with what is asked beside; also one query.

    Among the consortium's is `restrictions`: how many people's are in force, so that none is looked for where nobody has one.
    """
    kept: dict[str, int] = {}
    own: dict[int, dict[str, int]] = {unit_id: {} for unit_id in unit_ids}
    bases: dict[int, dict[str, int]] = {unit_id: {} for unit_id in unit_ids}
    beside: dict[int, dict[int, dict[str, int]]] = {}
    inside: set[tuple[int, int]] = set()
    rows: Any = session().execute(_numbers_query(), {"unit_ids": sorted(unit_ids)})
    for unit_id, whose, name, value, other_id in rows:
        if unit_id is None:
            kept[name] = int(value)
        elif other_id is None:
            (bases if whose == _BASE else own)[unit_id][name] = int(value)
        else:
            beside.setdefault(unit_id, {}).setdefault(other_id, {})[name] = int(value)
            inside |= {(unit_id, other_id)} if whose == _INSIDE else set()
    whole = in_force(kept) | {"restrictions": kept.get("restrictions", 0)}
    units = {unit_id: {**whole, **bases[unit_id], **own[unit_id]} for unit_id in unit_ids}
    for unit_id, other_id in inside:
        if not units[unit_id]["eligibility.inside"]:
            restricted = {name: value for name, value in beside[unit_id][other_id].items() if name == _RESTRICTED}
            beside[unit_id][other_id] = restricted
    return Numbers(whole, units, beside)


_OWN, _BASE, _INSIDE, _AROUND = range(4)
"""Whose number a row has: the unit's, its base's, that of a thing in the wanted lab, that of the lab around it."""
_RESTRICTED = "restricted"


@cache
def _numbers_query() -> Any:
    limit, setting, lab, unit = table_of(Limit), table_of(Setting), table_of(Lab), table_of(UnitRow)
    here = unit.c.id.in_(bindparam("unit_ids", expanding=True))
    restriction = table_of(Restriction)
    in_force_now = restriction.c.state == "in_force"
    nobody: Any = cast(null(), Integer)
    other = unit.alias()
    whose = case((other.c.kind == "room", _AROUND), else_=_INSIDE)
    beside = and_(
        other.c.lab_id == unit.c.lab_id,
        # not as two ways with OR between them, which SQLite's planner may fail on
        (unit.c.kind == "room") != (other.c.kind == "room"),
    )
    return union_all(
        select(nobody, literal(_OWN), setting.c.name, cast(setting.c.value, Integer), nobody),
        select(nobody, literal(_OWN), literal("restrictions"), func.count(restriction.c.id), nobody).where(
            in_force_now
        ),
        select(limit.c.unit_id, literal(_OWN), limit.c.name, limit.c.value, nobody)
        .join(unit, unit.c.id == limit.c.unit_id)
        .where(here),
        select(unit.c.id, literal(_BASE), limit.c.name, limit.c.value, nobody)
        .join(lab, lab.c.base_id == limit.c.base_id)
        .join(unit, unit.c.lab_id == lab.c.id)
        .where(here),
        select(unit.c.id, whose, limit.c.name, limit.c.value, other.c.id)
        .select_from(unit.join(other, beside).join(limit, limit.c.unit_id == other.c.id))
        .where(here, limit.c.name.startswith("eligibility.")),
        select(unit.c.id, whose, literal(_RESTRICTED), literal(1), other.c.id)
        .select_from(unit.join(other, beside).join(restriction, restriction.c.scope_id == other.c.id))
        .where(here, in_force_now, restriction.c.scope == "unit"),
    )


class Asks(NamedTuple):
    """What is asked of whoever books, wherever it is: everybody's numbers, and those of bases and units of their own."""

    whole: dict[str, int]
    bases: dict[int, dict[str, int]]
    units: dict[int, dict[str, int]]


def asks_everywhere() -> Asks:
    """The numbers of eligibility in the whole town, and how many restrictions are in force (`restrictions`); one query."""
    kept: dict[str, int] = {}
    bases: dict[int, dict[str, int]] = {}
    units: dict[int, dict[str, int]] = {}
    for unit_id, base_id, name, value in session().execute(_asks_query()):
        own = (
            kept if unit_id == base_id else units.setdefault(unit_id, {}) if unit_id else bases.setdefault(base_id, {})
        )
        own[name] = int(value)
    return Asks(in_force(kept) | {"restrictions": kept.get("restrictions", 0)}, bases, units)


@cache
def _asks_query() -> Any:
    limit, setting, restriction = table_of(Limit), table_of(Setting), table_of(Restriction)
    nobody: Any = cast(null(), Integer)
    return union_all(
        select(nobody, nobody, setting.c.name, cast(setting.c.value, Integer)),
        select(nobody, nobody, literal("restrictions"), func.count(restriction.c.id)).where(
            restriction.c.state == "in_force"
        ),
        select(limit.c.unit_id, limit.c.base_id, limit.c.name, limit.c.value).where(
            limit.c.name.startswith("eligibility.")
        ),
    )


def uses(holder_id: int | None, member_id: int | None, window: Span, except_dates: Sequence[int] = ()) -> list[Use]:
    """The open dates in the window that people asked for: this person's, this member's. Lessons are not counted."""
    whose = []
    if holder_id is not None:
        whose.append(Booking.holder_id == holder_id)
    if member_id is not None:
        whose.append(Booking.member_id == member_id)
    rows = session().execute(
        select(
            BookingDate.id,
            BookingDate.starts_at,
            BookingDate.ends_at,
            Booking.holder_id,
            Booking.member_id,
            Allocation.unit_id,
        )
        .join(Booking, Booking.id == BookingDate.booking_id)
        .join(Allocation, Allocation.date_id == BookingDate.id)
        .where(
            or_(*whose),
            Booking.origin != "lesson",
            BookingDate.state.in_(("waiting", "confirmed")),
            BookingDate.starts_at < window.end,
            BookingDate.ends_at > window.start,
            Allocation.asked,
        )
    )
    left_out = set(except_dates)
    found: dict[int, tuple[Span, int, int, set[int]]] = {}
    for date_id, start, end, holder, member, unit_id in rows:
        if date_id not in left_out:
            found.setdefault(date_id, (Span(start, end), holder, member, set()))[3].add(unit_id)
    return [Use(span, holder, member, tuple(sorted(units))) for span, holder, member, units in found.values()]


def limits_of(scope: str, scope_id: int) -> dict[str, int]:
    """The numbers a base or a unit has of its own."""
    column = Limit.base_id if scope == "base" else Limit.unit_id
    return {name: value for name, value in session().execute(select(Limit.name, Limit.value).where(column == scope_id))}  # noqa: C416 - rows are not pairs to the type checker


def replace_limits(scope: str, scope_id: int, values: Mapping[str, int]) -> None:
    """Set the numbers a base or a unit has of its own, all at once."""
    column = Limit.base_id if scope == "base" else Limit.unit_id
    session().execute(delete(Limit).where(column == scope_id))
    if values:
        rows = [{f"{scope}_id": scope_id, "name": name, "value": value} for name, value in values.items()]
        session().execute(insert(Limit), rows)
