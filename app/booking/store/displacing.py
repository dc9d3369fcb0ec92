"""Rows of published orders and of displacements, to values and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_ignore_pg
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore_sqlite

from app.booking.rules.displacing import Displacement, Said
from app.booking.rules.priority import FIRST_ORDER, Order, Terms
from app.booking.store import limits as limit_store
from app.booking.store.visible import visible
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.booking.tables.displacing import Displacement as Row
from app.booking.tables.displacing import Order as OrderRow
from app.consortium.rules.scope import Scope
from app.database import hold, is_sqlite, session
from app.foundation.timespan import Span

CHUNK = 500

SORTS = ("starts", "decided", "notice", "appeal")


# ── the order ──


def orders() -> list[Order]:
    """Every published order, the newest first; the first one is not published but built in."""
    rows: Iterable[Any] = session().execute(
        select(OrderRow.id, OrderRow.classes, OrderRow.note, OrderRow.published_at, OrderRow.published_by).order_by(
            OrderRow.id.desc()
        )
    )
    return [*(Order(version, tuple(classes.split()), *rest) for version, classes, *rest in rows), FIRST_ORDER]


def order_in_force() -> Order:
    row: Any = (
        session()
        .execute(
            select(OrderRow.id, OrderRow.classes, OrderRow.note, OrderRow.published_at, OrderRow.published_by)
            .order_by(OrderRow.id.desc())
            .limit(1)
        )
        .first()
    )
    return Order(row[0], tuple(row[1].split()), *row[2:]) if row else FIRST_ORDER


def publish(order: Order) -> bool:
    """Keep an order under its version; whether nobody else has published that version meanwhile."""
    make = insert_or_ignore_sqlite if is_sqlite() else insert_or_ignore_pg
    fresh = session().scalar(
        make(OrderRow)
        .values(
            id=order.version,
            classes=" ".join(order.classes),
            note=order.note.strip(),
            published_at=order.published_at,
            published_by=order.published_by,
        )
        .on_conflict_do_nothing()
        .returning(OrderRow.id)
    )
    return fresh is not None


# ── what is in the way ──


def facts(booking_ids: Collection[int]) -> dict[int, tuple[str, str, int, frozenset[int]]]:
    """What ranks each of these bookings: where it came from, its purpose, its member, and the units it asked for."""
    ids = sorted(set(booking_ids))
    found: dict[int, tuple[str, str, int, frozenset[int]]] = {}
    for start in range(0, len(ids), CHUNK):
        rows: Any = session().execute(
            select(Booking.id, Booking.origin, Booking.purpose, Booking.member_id, Allocation.unit_id)
            .join(BookingDate, BookingDate.booking_id == Booking.id)
            .join(Allocation, Allocation.date_id == BookingDate.id)
            .where(Booking.id.in_(ids[start : start + CHUNK]), Allocation.asked)
            .distinct()
        )
        for booking_id, origin, purpose, member_id, unit_id in rows:
            known = found.get(booking_id)
            found[booking_id] = (origin, purpose, member_id, (known[3] if known else frozenset()) | {unit_id})
    return found


def units_of_dates(date_ids: Collection[int]) -> dict[int, list[tuple[int, int]]]:
    """The units that each of these dates was asked with, and how many of each."""
    rows: Any = session().execute(
        select(Allocation.date_id, Allocation.unit_id, Allocation.quantity)
        .where(Allocation.date_id.in_(sorted(date_ids)), Allocation.asked)
        .order_by(Allocation.date_id, Allocation.unit_id)
        .distinct()
    )
    found: dict[int, list[tuple[int, int]]] = {}
    for date_id, unit_id, quantity in rows:
        found.setdefault(date_id, []).append((unit_id, quantity))
    return found


def terms(unit_ids: Collection[int]) -> dict[int, Terms]:
    """On which terms bookings of each unit are displaced: its own numbers, else its base's, else everybody's."""
    _, of_units = limit_store.numbers(unit_ids)
    return {
        unit_id: Terms(bool(values["displace.enabled"]), values["displace.deadline_hours"])
        for unit_id, values in of_units.items()
    }


def origin_lesson(booking_id: int) -> None:
    """What a displaced lesson is given instead is that lesson too."""
    session().execute(update(Booking).where(Booking.id == booking_id).values(origin="lesson"))


# ── displacements ──

_COLUMNS = (
    Row.id,
    Row.version,
    Row.booking_id,
    Row.date_id,
    Row.starts_at,
    Row.ends_at,
    Row.state_before,
    Row.winner_id,
    Row.order_version,
    Row.winner_class,
    Row.displaced_class,
    Row.reason,
    Row.words,
    Row.compensation,
    Row.compensation_fen,
    Row.decided_by,
    Row.decided_at,
    Row.notice_hours,
    Row.offers,
    Row.standby_id,
    Row.resettled_id,
    Row.resettled_at,
    Row.appeal,
    Row.appeal_words,
    Row.appealed_by,
    Row.appealed_at,
    Row.answer_words,
    Row.answered_by,
    Row.answered_at,
    Row.restored,
)


def add(one: Displacement) -> int:
    """Keep a displacement; its id."""
    row = {
        "booking_id": one.booking_id,
        "date_id": one.date_id,
        "starts_at": one.span.start,
        "ends_at": one.span.end,
        "state_before": one.state_before,
        "winner_id": one.winner_id,
        "order_version": one.order_version,
        "winner_class": one.winner_class,
        "displaced_class": one.displaced_class,
        "reason": one.said.reason,
        "words": one.said.words.strip(),
        "compensation": one.said.compensation.strip(),
        "compensation_fen": one.said.compensation_fen,
        "decided_by": one.decided_by,
        "decided_at": one.decided_at,
        "notice_hours": one.notice_hours,
        "offers": one.offers,
        "standby_id": one.standby_id,
        "appeal": one.appeal,
        "appeal_words": "",
        "answer_words": "",
        "restored": False,
        "version": 1,
    }
    return session().execute(insert(Row).values(**row).returning(Row.id)).scalar_one()


def find(displacement_id: int, *, lock: bool = False) -> Displacement | None:
    """A displacement, locked until the transaction ends where asked for."""
    if lock:
        hold(Row, Row.id == displacement_id)
    found = _read(select(*_COLUMNS).where(Row.id == displacement_id))
    return found[0] if found else None


def of_booking(booking_id: int) -> list[Displacement]:
    """What was displaced of a booking, in order of time."""
    return _read(select(*_COLUMNS).where(Row.booking_id == booking_id).order_by(Row.starts_at, Row.id))


def displaced_among(booking_ids: Collection[int]) -> set[int]:
    """Those of these bookings of which something was displaced."""
    return set(session().scalars(select(Row.booking_id).where(Row.booking_id.in_(list(booking_ids)))))


def of_standby(standby_id: int) -> Displacement | None:
    """The displacement for which somebody stands in the line with this standby, locked; None where it is an ordinary one."""
    hold(Row, Row.standby_id == standby_id)
    found = _read(select(*_COLUMNS).where(Row.standby_id == standby_id).order_by(Row.id))
    return found[-1] if found else None


def put(one: Displacement, **columns: object) -> bool:
    """Compare and swap: whether the displacement still had this version."""
    row = (
        session()
        .execute(
            update(Row)
            .where(Row.id == one.id, Row.version == one.version)
            .values(version=one.version + 1, **columns)
            .returning(Row.id)
        )
        .first()
    )
    return row is not None


def within(scope: Scope, *, appeal: str = "", since: datetime | None = None, until: datetime | None = None) -> Any:
    """The displacements inside a scope, as a condition for `count` and `lines`."""
    parts: list[ColumnElement[bool]] = [Row.booking_id.in_(select(Booking.id).where(visible(scope)))]
    if appeal:
        parts.append(Row.appeal == appeal)
    if since is not None:
        parts.append(Row.starts_at >= since)
    if until is not None:
        parts.append(Row.starts_at < until)
    return and_(*parts)


def count(condition: Any) -> int:
    return session().scalar(select(func.count()).select_from(Row).where(condition)) or 0


def lines(condition: Any, sort: str, limit: int, offset: int) -> list[Displacement]:
    """A page of displacements, sorted by one of SORTS (`-` before it: the other way round)."""
    column: Any = {
        "starts": Row.starts_at,
        "decided": Row.decided_at,
        "notice": Row.notice_hours,
        "appeal": Row.appeal,
    }[sort.removeprefix("-")]
    ordered = (column.desc(), Row.id.desc()) if sort.startswith("-") else (column, Row.id)
    return _read(select(*_COLUMNS).where(condition).order_by(*ordered).limit(limit).offset(offset))


def after(condition: Any, cursor: int, limit: int) -> list[Displacement]:
    """The next displacements after this id."""
    return _read(select(*_COLUMNS).where(condition, Row.id > cursor).order_by(Row.id).limit(limit))


def titles(booking_ids: Collection[int], scope: Scope) -> dict[int, tuple[str, int]]:
    """Title and holder of those of these bookings that lie in the scope."""
    rows: Any = session().execute(
        select(Booking.id, Booking.title, Booking.holder_id).where(Booking.id.in_(sorted(booking_ids)), visible(scope))
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _read(query: Any) -> list[Displacement]:
    return [_displacement(row) for row in session().execute(query)]


def _displacement(row: Sequence[Any]) -> Displacement:
    (
        *head,
        start,
        end,
        state_before,
        winner_id,
        order_version,
        winner_class,
        displaced_class,
        reason,
        words,
        compensation,
        fen,
    ) = row[:15]
    said = Said(reason, words, compensation, fen)
    whose = (winner_id, order_version, winner_class, displaced_class)
    parts: tuple[Any, ...] = (*head, Span(start, end), state_before, *whose, said, *row[15:])
    return Displacement(*parts)
