"""Operations: when a unit is taken and what is left of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response

from app.booking.actions.remaining import left_of
from app.entrypoints.api.blueprint import answer, operation
from app.entrypoints.api.problems import invalid, moment
from app.entrypoints.api.shapes import availability as of_availability
from app.foundation.timespan import Span

LONGEST_WINDOW = timedelta(days=62)


@operation(
    "GET",
    "/units/<id:unit_id>/availability",
    deed="grid.see",
    tag="booking",
    query=of_availability.WindowWanted,
    answers=of_availability.Availability,
)
def availability(wanted: dict[str, Any], unit_id: int) -> Response:
    """When a unit is taken in [start, end), and what is left of it within its opening hours.

    `taken` includes others' set-up and cleaning times, and the whole lab being taken. A use also needs its own
    `setup_minutes` before and `cleaning_minutes` after it; POST /bookings/preview judges those too.
    """
    start, end = wanted["start"], wanted["end"]
    if end <= start:
        raise invalid("end", "backward")
    if end - start > LONGEST_WINDOW:
        raise invalid("end", "too_long")
    found = left_of(unit_id, Span(start, end))
    return answer(
        {
            "unit_id": unit_id,
            "start": moment(start),
            "end": moment(end),
            "capacity": found.unit.capacity,
            "setup_minutes": found.unit.setup_minutes,
            "cleaning_minutes": found.unit.cleaning_minutes,
            "taken": [
                {
                    "start": moment(each.span.start),
                    "end": moment(each.span.end),
                    "quantity": each.quantity,
                    "cause": each.cause,
                }
                for each in found.taken
            ],
            "free": [
                {"start": moment(span.start), "end": moment(span.end), "remaining": remaining}
                for span, remaining in found.free
            ],
        }
    )
