"""Rows of coming dates that were asked for in class periods."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from app.booking.rules.course import OPEN_STATES
from app.booking.rules.ringing import Remembered
from app.booking.tables.bookings import Allocation, BookingDate
from app.booking.tables.imports import Lesson
from app.catalogue.tables import Lab, TrainingBase
from app.catalogue.tables import Unit as UnitRow
from app.database import session
from app.foundation.timespan import Span


def dates_in_periods(now: datetime, calendar_id: int | None, within: Span | None = None) -> list[Remembered]:
    """The dates that begin after `now` (and inside `within`) and remember class periods, the soonest first; one query.

    Only at bases that go by this organisation's calendar, or at all bases (None). Of several units the first counts, as
    when the date was asked for.
    """
    whose = func.coalesce(TrainingBase.calendar_member_id, TrainingBase.host_id)
    first = (
        select(Allocation.date_id, func.min(Allocation.unit_id).label("unit_id"))
        .where(Allocation.asked, Allocation.date_id.is_not(None), Allocation.starts_at > now)
        .group_by(Allocation.date_id)
        .subquery()
    )
    learners = (
        select(func.min(Lesson.learners)).where(Lesson.booking_id == BookingDate.booking_id).correlate(BookingDate)
    ).scalar_subquery()
    query = (
        select(
            BookingDate.id,
            BookingDate.booking_id,
            first.c.unit_id,
            BookingDate.starts_at,
            BookingDate.ends_at,
            BookingDate.periods,
            whose,
            TrainingBase.campus,
            func.coalesce(learners, ""),
        )
        .join(first, first.c.date_id == BookingDate.id)
        .join(UnitRow, UnitRow.id == first.c.unit_id)
        .join(Lab, Lab.id == UnitRow.lab_id)
        .join(TrainingBase, TrainingBase.id == Lab.base_id)
        .where(BookingDate.periods != "", BookingDate.starts_at > now, BookingDate.state.in_(OPEN_STATES))
        .order_by(BookingDate.starts_at, BookingDate.id)
    )
    if within is not None:
        query = query.where(BookingDate.starts_at >= within.start, BookingDate.starts_at < within.end)
    if calendar_id is not None:
        query = query.where(whose == calendar_id)
    return [
        Remembered(date_id, booking_id, unit_id, Span(start, end), periods, calendar, campus, kind)
        for date_id, booking_id, unit_id, start, end, periods, calendar, campus, kind in session().execute(query)
    ]
