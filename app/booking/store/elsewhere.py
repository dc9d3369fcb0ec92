"""Where a person is when: her other open dates, whatever they are for."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select

from app.booking.rules.standing import Elsewhere
from app.booking.tables.bookings import Booking, BookingDate
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
