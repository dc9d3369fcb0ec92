"""Lists of usage: a day's dates with who came and what they were judged, restrictions in sight, and places by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true

from app.booking.store.visible import on_the_owner_side, visible
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.catalogue.tables import Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.consortium.rules.restriction import IN_FORCE, OVER
from app.consortium.rules.scope import Scope
from app.consortium.tables.conduct import Restriction
from app.consortium.tables.people import Member, Person
from app.database import session
from app.foundation.timespan import Span
from app.usage.rules.presence import Seen
from app.usage.rules.verdict import Judgement
from app.usage.store import judging, presence
from app.usage.tables import Judgement as Row


@dataclass(frozen=True, slots=True)
class Use:
    """One date as a list shows it."""

    date_id: int
    booking_id: int
    version: int
    span: Span
    state: str
    title: str
    holder_id: int
    holder: str
    member_zh: str
    member_en: str
    units: tuple[tuple[int, str, str], ...]
    seen: Seen
    judgement: Judgement | None


@dataclass(frozen=True, slots=True)
class Sought:
    """Which dates a list shows: those that touch a time; of a base; with a verdict."""

    window: Span | None = None
    base_id: int | None = None
    verdict: str = ""
    person_id: int | None = None
    judged: bool = False
    date_id: int | None = None


def uses(scope: Scope, sought: Sought, most: int, offset: int = 0, after: int | None = None) -> list[Use]:
    """The dates in sight, in order of time; judged ones only with `judged`. `after` an id: those with lower ones, the
    newest first."""
    query = _dates(scope, sought)
    if after is not None:
        query = query.where(BookingDate.id < after).order_by(BookingDate.id.desc())
    elif sought.judged:
        query = query.order_by(BookingDate.starts_at.desc(), BookingDate.id.desc())
    else:
        query = query.order_by(BookingDate.starts_at, BookingDate.id)
    rows: Sequence[Any] = session().execute(query.limit(most).offset(offset)).all()
    ids = [row[0] for row in rows]
    units, seen, judged = _units(ids), presence.seen(ids), judging.judgements(ids)
    return [
        Use(
            date_id=row[0],
            booking_id=row[1],
            version=row[2],
            span=Span(row[3], row[4]),
            state=row[5],
            title=row[6],
            holder_id=row[7],
            holder=row[8],
            member_zh=row[9],
            member_en=row[10],
            units=units.get(row[0], ()),
            seen=seen[row[0]],
            judgement=judged.get(row[0]),
        )
        for row in rows
    ]


def count_uses(scope: Scope, sought: Sought) -> int:
    query = _dates(scope, sought).with_only_columns(func.count(BookingDate.id))
    return session().scalar(query) or 0


def _dates(scope: Scope, sought: Sought) -> Any:
    where: list[ColumnElement[bool]] = [visible(scope), Booking.origin != "lesson"]
    if sought.judged:
        word = exists().where(Row.date_id == BookingDate.id, Row.verdict != "not_judged")
        where.append(word.where(Row.verdict == sought.verdict) if sought.verdict else word)
    else:
        where.append(BookingDate.state == "confirmed")
    if sought.window is not None:
        where += [BookingDate.starts_at < sought.window.end, BookingDate.ends_at > sought.window.start]
    if sought.person_id is not None:
        where.append(Booking.holder_id == sought.person_id)
    if sought.date_id is not None:
        where.append(BookingDate.id == sought.date_id)
    if sought.base_id is not None:
        where.append(
            exists().where(
                Allocation.date_id == BookingDate.id,
                Allocation.asked,
                UnitRow.id == Allocation.unit_id,
                Lab.id == UnitRow.lab_id,
                Lab.base_id == sought.base_id,
            )
        )
    return (
        select(
            BookingDate.id,
            BookingDate.booking_id,
            Booking.version,
            BookingDate.starts_at,
            BookingDate.ends_at,
            BookingDate.state,
            Booking.title,
            Booking.holder_id,
            Person.name,
            Member.name_zh,
            Member.name_en,
        )
        .select_from(BookingDate)
        .join(Booking, Booking.id == BookingDate.booking_id)
        .join(Person, Person.id == Booking.holder_id)
        .join(Member, Member.id == Booking.member_id)
        .where(*where)
    )


def _units(date_ids: Collection[int]) -> dict[int, tuple[tuple[int, str, str], ...]]:
    rows = session().execute(
        select(Allocation.date_id, UnitRow.id, UnitRow.name_zh, UnitRow.name_en)
        .distinct()
        .join(UnitRow, UnitRow.id == Allocation.unit_id)
        .where(Allocation.date_id.in_(sorted(date_ids)), Allocation.asked)
        .order_by(Allocation.date_id, UnitRow.id)
    )
    found: dict[int, tuple[tuple[int, str, str], ...]] = {}
    for date_id, unit_id, zh, en in rows:
        if date_id is not None:
            found[date_id] = (*found.get(date_id, ()), (unit_id, zh, en))
    return found


def bases(scope: Scope) -> list[tuple[int, str, str]]:
    """The bases with units in sight, to choose from."""
    here = (
        true() if scope.everything else on_the_owner_side(scope.owner_side, scope.on) if scope.owner_side else false()
    )
    rows = session().execute(
        select(TrainingBase.id, TrainingBase.name_zh, TrainingBase.name_en)
        .distinct()
        .join(Lab, Lab.base_id == TrainingBase.id)
        .join(UnitRow, UnitRow.lab_id == Lab.id)
        .where(here)
        .order_by(TrainingBase.id)
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


def has_booked(scope: Scope, person_id: int) -> bool:
    """Whether a booking of this person is in sight; where everything is, whether there is such a person."""
    if scope.everything:
        return session().scalar(select(Person.id).where(Person.id == person_id)) is not None
    query = select(Booking.id).where(Booking.holder_id == person_id, visible(scope)).limit(1)
    return session().scalar(query) is not None


# ── restrictions in sight ──


def restriction_ids(
    scope: Scope,
    standing: str,
    now: datetime,
    most: int,
    offset: int = 0,
    *,
    person_id: int | None = None,
    text: str = "",
    after: int | None = None,
) -> list[int]:
    """Restrictions and proposals in sight, the newest first; `standing` is a state, `over`, `appealed`, or empty."""
    query = select(Restriction.id).where(_in_sight(scope, standing, now, person_id, text))
    if after is not None:
        query = query.where(Restriction.id < after)
    return list(session().scalars(query.order_by(Restriction.id.desc()).limit(most).offset(offset)))


def count_restrictions(
    scope: Scope, standing: str, now: datetime, *, person_id: int | None = None, text: str = ""
) -> int:
    query = select(func.count(Restriction.id)).where(_in_sight(scope, standing, now, person_id, text))
    return session().scalar(query) or 0


def _in_sight(scope: Scope, standing: str, now: datetime, person_id: int | None, text: str) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [restrictions_visible(scope)]
    if standing == "appealed":
        parts += [
            Restriction.state == IN_FORCE,
            Restriction.until_at > now,
            Restriction.appealed_at.is_not(None),
            Restriction.answered_at.is_(None),
        ]
    elif standing == OVER:
        parts += [Restriction.state == IN_FORCE, Restriction.until_at <= now]
    elif standing == IN_FORCE:
        parts += [Restriction.state == IN_FORCE, Restriction.until_at > now]
    elif standing:
        parts.append(Restriction.state == standing)
    if person_id is not None:
        parts.append(Restriction.person_id == person_id)
    if text:
        named = func.lower(Person.name).contains(text.lower(), autoescape=True)
        parts.append(Restriction.person_id.in_(select(Person.id).where(named)))
    return and_(*parts)


def restrictions_visible(scope: Scope) -> ColumnElement[bool]:
    """The restrictions inside a scope: those that hold on its side, and those of people who booked for its members."""
    if scope.everything:
        return true()
    parts: list[ColumnElement[bool]] = []
    if scope.holder_id is not None:
        parts.append(Restriction.person_id == scope.holder_id)
    if scope.member_ids:
        parts.append(Restriction.member_id.in_(sorted(scope.member_ids)))
    if scope.owner_side:
        mine = on_the_owner_side(scope.owner_side, scope.on)
        units = select(UnitRow.id).join(Lab, Lab.id == UnitRow.lab_id).where(mine)
        here = select(Lab.base_id).join(UnitRow, UnitRow.lab_id == Lab.id).where(mine)
        whole = sorted(member_id for member_id, base_id in scope.owner_side if base_id is None)
        parts += [
            and_(Restriction.scope == "unit", Restriction.scope_id.in_(units)),
            and_(Restriction.scope == "base", Restriction.scope_id.in_(here)),
            and_(Restriction.scope == "member", Restriction.scope_id.in_(whole)),
        ]
    return or_(*parts) if parts else false()


def place_names(places: Iterable[tuple[str, int | None]]) -> dict[tuple[str, int], tuple[str, str]]:
    """The names of members, bases and units that restrictions hold at."""
    wanted: dict[str, set[int]] = {}
    for scope, scope_id in places:
        if scope_id is not None:
            wanted.setdefault(scope, set()).add(scope_id)
    tables: dict[str, Any] = {"member": Member, "base": TrainingBase, "unit": UnitRow}
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for scope, ids in wanted.items():
        table = tables[scope]
        rows = session().execute(select(table.id, table.name_zh, table.name_en).where(table.id.in_(sorted(ids))))
        found |= {(scope, row[0]): (row[1], row[2]) for row in rows}
    return found


def dates_of(date_ids: Collection[int]) -> dict[int, tuple[int, Span, str]]:
    """The booking, time and title of dates that credit events speak of."""
    rows = session().execute(
        select(BookingDate.id, BookingDate.booking_id, BookingDate.starts_at, BookingDate.ends_at, Booking.title)
        .join(Booking, Booking.id == BookingDate.booking_id)
        .where(BookingDate.id.in_(sorted(date_ids)))
    )
    return {row[0]: (row[1], Span(row[2], row[3]), row[4]) for row in rows}
