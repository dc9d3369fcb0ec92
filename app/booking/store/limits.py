"""Rows of limits, and the open dates that quotas count."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Integer, bindparam, cast, delete, func, insert, literal, null, or_, select, union_all

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


def numbers(unit_ids: Collection[int]) -> tuple[dict[str, int], dict[int, dict[str, int]]]:
    """The consortium's numbers in force, and those in force for each unit: its own, else its base's. One query.

    Among the consortium's is `restrictions`: how many people's are in force, so that none is looked for where nobody has one.
    """
    kept: dict[str, int] = {}
    own: dict[int, dict[str, int]] = {unit_id: {} for unit_id in unit_ids}
    bases: dict[int, dict[str, int]] = {unit_id: {} for unit_id in unit_ids}
    for unit_id, of_base, name, value in session().execute(_numbers_query(), {"unit_ids": sorted(unit_ids)}):
        if unit_id is None:
            kept[name] = int(value)
        else:
            (bases if of_base else own)[unit_id][name] = int(value)
    whole = in_force(kept) | {"restrictions": kept.get("restrictions", 0)}
    return whole, {unit_id: {**whole, **bases[unit_id], **own[unit_id]} for unit_id in unit_ids}


@cache
def _numbers_query() -> Any:
    limit, setting, lab, unit = table_of(Limit), table_of(Setting), table_of(Lab), table_of(UnitRow)
    here = unit.c.id.in_(bindparam("unit_ids", expanding=True))
    restriction = table_of(Restriction)
    return union_all(
        select(cast(null(), Integer), literal(0), setting.c.name, cast(setting.c.value, Integer)),
        select(cast(null(), Integer), literal(0), literal("restrictions"), func.count(restriction.c.id)).where(
            restriction.c.state == "in_force"
        ),
        select(limit.c.unit_id, literal(0), limit.c.name, limit.c.value)
        .join(unit, unit.c.id == limit.c.unit_id)
        .where(here),
        select(unit.c.id, literal(1), limit.c.name, limit.c.value)
        .join(lab, lab.c.base_id == limit.c.base_id)
        .join(unit, unit.c.lab_id == lab.c.id)
        .where(here),
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
