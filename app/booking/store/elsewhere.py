"""Where people are when: a person's other open dates, who books at a base, what comes after something has ended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select

from app.booking.rules.standing import Elsewhere
from app.booking.tables.bookings import Allocation, Booking, BookingDate
from app.catalogue.tables import Lab
from app.catalogue.tables import Unit as UnitRow
from app.consortium.tables.people import Person
from app.database import session
from app.foundation.timespan import Span


def elsewhere(holder_id: int, spans: Sequence[Span], except_dates: Collection[int] = ()) -> list[Elsewhere]:
    """Her open dates that may meet these spans. A lesson counts where its teacher is known: not for who imported it."""
    if not spans:
        return []
    first, last = min(span.start for span in spans), max(span.end for span in spans)
    rows = session().execute(
        select(BookingDate.id, BookingDate.starts_at, BookingDate.ends_at, Booking.id)
        .join(Booking, Booking.id == BookingDate.booking_id)
        .where(
            Booking.holder_id == holder_id,
            or_(Booking.origin != "lesson", Booking.requester_id != holder_id),
            BookingDate.state.in_(("waiting", "confirmed")),
            BookingDate.starts_at < last,
            BookingDate.ends_at > first,
        )
        .order_by(BookingDate.starts_at, BookingDate.id)
    )
    left_out = set(except_dates)
    return [
        Elsewhere(Span(start, end), booking_id) for date_id, start, end, booking_id in rows if date_id not in left_out
    ]


def who_books_at(base_id: int, since: datetime, most: int) -> list[tuple[int, str]]:
    """Id and name of those who hold dates at a base since then, by name; lessons are left out."""
    rows = session().execute(
        select(Person.id, Person.name)
        .join(Booking, Booking.holder_id == Person.id)
        .join(BookingDate, BookingDate.booking_id == Booking.id)
        .join(Allocation, Allocation.date_id == BookingDate.id)
        .join(UnitRow, UnitRow.id == Allocation.unit_id)
        .join(Lab, Lab.id == UnitRow.lab_id)
        .where(
            Lab.base_id == base_id,
            BookingDate.ends_at > since,
            BookingDate.state.in_(("waiting", "confirmed")),
            Booking.origin != "lesson",
            Person.disabled_at.is_(None),
        )
        .distinct()
        .order_by(Person.name, Person.id)
        .limit(most)
    )
    return [(person_id, name) for person_id, name in rows]


def dates_after(moment: datetime, *, holder_id: int | None = None, member_id: int | None = None) -> dict[int, int]:
    """How many open dates of a person, or of an organisation, begin from that moment on, by asked unit."""
    whose = Booking.holder_id == holder_id if holder_id is not None else Booking.member_id == member_id
    rows = session().execute(
        select(Allocation.unit_id, func.count(BookingDate.id.distinct()))
        .join(BookingDate, BookingDate.id == Allocation.date_id)
        .join(Booking, Booking.id == BookingDate.booking_id)
        .where(
            whose,
            BookingDate.starts_at >= moment,
            BookingDate.state.in_(("waiting", "confirmed")),
            Booking.origin != "lesson",
            Allocation.asked,
        )
        .group_by(Allocation.unit_id)
    )
    return {unit_id: number for unit_id, number in rows}  # noqa: C416 - rows are not pairs to the type checker
