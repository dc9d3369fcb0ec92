"""Rows of feed subscriptions, and of the dates a feed tells, to values and back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from app.booking.rules.feed import Feed, Occurrence, Place, Subscriber, Window
from app.booking.tables import Allocation, Booking, BookingDate
from app.booking.tables import Feed as FeedRow
from app.catalogue.store import units as catalogue
from app.catalogue.tables import Lab, Ownership, Party, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.consortium.rules.office import Actor
from app.consortium.rules.office import Appointment as Office
from app.consortium.store.entry import belongs, in_force
from app.consortium.tables import Appointment, Member, Person
from app.database import session

_FEED = (
    FeedRow.id,
    FeedRow.person_id,
    FeedRow.acting_member_id,
    FeedRow.name,
    FeedRow.scope,
    FeedRow.scope_id,
    FeedRow.variant,
    FeedRow.made_at,
    FeedRow.used_at,
)
_THINGS: dict[str, Any] = {"person": Person, "member": Member, "base": TrainingBase, "lab": Lab, "unit": UnitRow}
_LONGEST_REACH = timedelta(days=2)
"""An allocation begins at most so long before the part of a date that it stands for, set-up included."""


# ── subscriptions ──


def add(feed: Feed, token_hash: str) -> int:
    """Keep a new subscription (its own id is not used); its id."""
    return (
        session()
        .execute(
            insert(FeedRow)
            .values(
                person_id=feed.person_id,
                acting_member_id=feed.acting_member_id,
                token_hash=token_hash,
                name=feed.name,
                scope=feed.scope,
                scope_id=feed.scope_id,
                variant=feed.variant,
                made_at=feed.made_at,
            )
            .returning(FeedRow.id)
        )
        .scalar_one()
    )


def feeds_of(person_id: int) -> list[Feed]:
    """A person's living subscriptions, oldest first."""
    rows = session().execute(
        select(*_FEED).where(FeedRow.person_id == person_id, FeedRow.revoked_at.is_(None)).order_by(FeedRow.id)
    )
    return [Feed(*row) for row in rows]


def find(feed_id: int, person_id: int, *, lock: bool = False) -> Feed | None:
    """This person's living subscription, or None."""
    query = select(*_FEED).where(FeedRow.id == feed_id, FeedRow.person_id == person_id, FeedRow.revoked_at.is_(None))
    row = session().execute(query.with_for_update() if lock else query).one_or_none()
    return Feed(*row) if row else None


def subscriber(token_hash: str, today: date) -> Subscriber | None:
    """Whose feed has this secret, with the offices she holds today for the member it acts for; one statement.

    None when there is none, it was revoked, or its owner's account is closed.
    """
    rows: list[Row[Any]] = list(
        session().execute(
            select(
                *_FEED,
                Person.name,
                Person.locale,
                Member.id,
                Appointment.role,
                Appointment.base_id,
                Appointment.from_on,
                Appointment.until_on,
            )
            .join(Person, Person.id == FeedRow.person_id)
            .outerjoin(
                Appointment,
                and_(
                    Appointment.person_id == Person.id,
                    Appointment.member_id == FeedRow.acting_member_id,
                    in_force(today),
                ),
            )
            .outerjoin(Member, and_(Member.id == Appointment.member_id, belongs(today)))
            .where(FeedRow.token_hash == token_hash, FeedRow.revoked_at.is_(None), Person.disabled_at.is_(None))
            .order_by(Appointment.id)
        )
    )
    if not rows:
        return None
    feed = Feed(*rows[0][: len(_FEED)])
    name, locale = rows[0][len(_FEED) : len(_FEED) + 2]
    offices = tuple(
        Office(role, member_id, base_id, from_on, until_on)
        for member_id, role, base_id, from_on, until_on in (row[len(_FEED) + 2 :] for row in rows)
        if member_id is not None
    )
    return Subscriber(feed, Actor(feed.person_id, name, feed.acting_member_id, offices), locale)


def set_secret(feed_id: int, token_hash: str) -> None:
    session().execute(update(FeedRow).where(FeedRow.id == feed_id).values(token_hash=token_hash, used_at=None))


def set_name(feed_id: int, name: str) -> None:
    session().execute(update(FeedRow).where(FeedRow.id == feed_id).values(name=name))


def revoke(feed_id: int, now: datetime) -> None:
    session().execute(update(FeedRow).where(FeedRow.id == feed_id).values(revoked_at=now))


def note_use(feed_id: int, now: datetime) -> None:
    session().execute(update(FeedRow).where(FeedRow.id == feed_id).values(used_at=now))


def is_there(scope: str, scope_id: int) -> bool:
    """Whether the thing a feed would be of exists."""
    table = _THINGS.get(scope)
    return table is not None and session().scalar(select(table.id).where(table.id == scope_id)) is not None


def names(pairs: Iterable[tuple[str, int]]) -> dict[tuple[str, int], tuple[str, str]]:
    """For each (scope, id) that exists its Chinese and English name; one statement per kind of thing."""
    wanted: dict[str, set[int]] = {}
    for scope, scope_id in pairs:
        wanted.setdefault(scope, set()).add(scope_id)
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for scope, ids in sorted(wanted.items()):
        if scope == "person":
            people = session().execute(select(Person.id, Person.name).where(Person.id.in_(sorted(ids))))
            found |= {("person", person_id): (name, name) for person_id, name in people}
            continue
        table = _THINGS[scope]
        rows = session().execute(select(table.id, table.name_zh, table.name_en).where(table.id.in_(sorted(ids))))
        found |= {(scope, thing_id): (name_zh, name_en) for thing_id, name_zh, name_en in rows}
    return found


# ── what a feed tells ──


def occurrences(scope: str, scope_id: int, window: Window) -> list[Occurrence]:
    """Every date the feed tells, in order of time; one statement."""
    return _occurrences(_told(scope, scope_id, window))


def occurrences_of_booking(booking_id: int) -> list[Occurrence]:
    """Every date of one booking."""
    return _occurrences([BookingDate.booking_id == booking_id])


def units_of(scope: str, scope_id: int, window: Window) -> dict[int, list[tuple[int, int]]]:
    """For every date the feed tells, its units and how many of each; one statement."""
    return _units(_told(scope, scope_id, window))


def units_of_booking(booking_id: int) -> dict[int, list[tuple[int, int]]]:
    return _units([BookingDate.booking_id == booking_id])


def places(unit_ids: Iterable[int]) -> dict[int, Place]:
    """These units as calendars name them, with whose they are."""
    ids = sorted(set(unit_ids))
    owners = catalogue.owner_side(ids) if ids else {}
    rows: Any = session().execute(
        select(
            UnitRow.id,
            UnitRow.kind == "room",
            UnitRow.name_zh,
            UnitRow.name_en,
            Lab.name_zh,
            Lab.name_en,
            Lab.place,
            TrainingBase.name_zh,
            TrainingBase.name_en,
            TrainingBase.id,
        )
        .join(Lab, Lab.id == UnitRow.lab_id)
        .join(TrainingBase, TrainingBase.id == Lab.base_id)
        .where(UnitRow.id.in_(ids))
    )
    return {row[0]: Place(*row, owners.get(row[0], frozenset())) for row in rows}


def unit_ids_in(scope: str, scope_id: int) -> frozenset[int]:
    """The units a feed of a base, lab or unit is about; none for a feed of a person or a member."""
    if scope in ("person", "member"):
        return frozenset()
    return frozenset(session().scalars(_unit_ids(scope, scope_id)))


def world(scope: str, scope_id: int, window: Window) -> tuple[datetime | None, tuple[object, ...]]:
    """The newest change among the dates told, and counts that differ whenever anything a feed is made of differs.

    One statement. Dates only ever rise in sequence, and every change of a thing with a name raises its version.
    """
    dates = (
        select(
            func.max(BookingDate.changed_at).label("newest"),
            func.count().label("dates"),
            func.sum(BookingDate.id).label("ids"),
            func.sum(BookingDate.sequence).label("sequences"),
            func.sum(Booking.version).label("versions"),
        )
        .select_from(BookingDate)
        .join(Booking, Booking.id == BookingDate.booking_id)
        .where(*_told(scope, scope_id, window))
        .subquery()
    )
    versions = [
        select(func.count().label("n"), func.sum(table.version).label("v")).select_from(table).subquery()
        for table in (UnitRow, Lab, TrainingBase, Member, Person)
    ]
    shares = select(
        func.count().label("n"), func.sum(Ownership.id).label("i"), func.sum(Ownership.member_id).label("m")
    ).subquery()
    parties = select(
        func.count().label("n"), func.sum(Party.id).label("i"), func.sum(Party.member_id).label("m")
    ).subquery()
    row: Any = session().execute(select(dates, *versions, shares, parties)).one()
    return row[0], tuple(int(count or 0) for count in row[1:])


def _told(scope: str, scope_id: int, window: Window) -> list[ColumnElement[bool]]:
    """The dates a feed tells, as conditions on dates joined to their booking."""
    return [
        BookingDate.starts_at < window.span.end,
        BookingDate.ends_at > window.span.start,
        or_(BookingDate.state.in_(("waiting", "confirmed")), BookingDate.changed_at >= window.cancelled_since),
        _belongs(scope, scope_id, window),
    ]


def _belongs(scope: str, scope_id: int, window: Window) -> ColumnElement[bool]:
    if scope == "person":
        return Booking.holder_id == scope_id
    if scope == "member":
        return Booking.member_id == scope_id
    return BookingDate.id.in_(
        select(Allocation.date_id).where(
            Allocation.unit_id.in_(_unit_ids(scope, scope_id)),
            Allocation.starts_at < window.span.end,
            Allocation.starts_at > window.span.start - _LONGEST_REACH,
            Allocation.date_id.is_not(None),
            Allocation.asked,
        )
    )


def _unit_ids(scope: str, scope_id: int) -> Select[Any]:
    """A base's and a lab's units; a unit and the room it stands in, because it is taken when the whole room is."""
    if scope == "base":
        return select(UnitRow.id).join(Lab, Lab.id == UnitRow.lab_id).where(Lab.base_id == scope_id)
    if scope == "lab":
        return select(UnitRow.id).where(UnitRow.lab_id == scope_id)
    itself = aliased(UnitRow)
    return (
        select(UnitRow.id)
        .join(itself, itself.lab_id == UnitRow.lab_id)
        .where(itself.id == scope_id, or_(UnitRow.id == scope_id, UnitRow.kind == "room"))
    )


def _occurrences(where: Iterable[ColumnElement[bool]]) -> list[Occurrence]:
    rows: Any = session().execute(
        select(
            BookingDate.id,
            BookingDate.booking_id,
            Booking.uid,
            BookingDate.starts_at,
            BookingDate.ends_at,
            BookingDate.periods,
            BookingDate.state,
            BookingDate.sequence,
            BookingDate.changed_at,
            Booking.created_at,
            Booking.title,
            Booking.purpose,
            Booking.headcount,
            Booking.note,
            Booking.holder_id,
            Booking.requester_id,
            Booking.member_id,
            Person.name,
            Member.name_zh,
            Member.name_en,
        )
        .join(Booking, Booking.id == BookingDate.booking_id)
        .join(Person, Person.id == Booking.holder_id)
        .join(Member, Member.id == Booking.member_id)
        .where(*where)
        .order_by(BookingDate.starts_at, BookingDate.id)
    )
    return [Occurrence(*row) for row in rows]


def _units(where: Iterable[ColumnElement[bool]]) -> dict[int, list[tuple[int, int]]]:
    rows: Any = session().execute(
        select(Allocation.date_id, Allocation.unit_id, func.max(Allocation.quantity))
        .join(BookingDate, BookingDate.id == Allocation.date_id)
        .join(Booking, Booking.id == BookingDate.booking_id)
        .where(Allocation.asked, *where)
        .group_by(Allocation.date_id, Allocation.unit_id)
        .order_by(Allocation.date_id, Allocation.unit_id)
    )
    found: dict[int, list[tuple[int, int]]] = {}
    for date_id, unit_id, quantity in rows:
        found.setdefault(date_id, []).append((unit_id, quantity))
    return found
