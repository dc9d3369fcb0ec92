"""Shapes: when units are taken and when they are free; whether the program lives."""

from __future__ import annotations

from marshmallow import fields

from app.entrypoints.api.shapes.blocks import always, told
from app.entrypoints.api.values import Moment, Shape


class WindowWanted(Shape):
    """A stretch of time, half-open."""

    start = Moment(required=True, **told("RFC 3339 with offset."))
    end = Moment(
        required=True, **told("RFC 3339 with offset; at most 62 days after start. The end itself is not part of it.")
    )


class Taken(Shape):
    """A stretch that is taken, by whom is not told."""

    start = always(fields.DateTime)
    end = always(fields.DateTime)
    quantity = always(fields.Integer, **told("How many; all there is where the whole unit or its lab is taken."))
    cause = always(**told("", enum=["booking", "maintenance", "closure", "fault"]))


class Free(Shape):
    """A stretch in which something is left."""

    start = always(fields.DateTime)
    end = always(fields.DateTime)
    remaining = always(fields.Integer)


class Availability(Shape):
    """When a unit is taken and what is left of it, within its opening hours."""

    unit_id = always(fields.Integer)
    start = always(fields.DateTime)
    end = always(fields.DateTime)
    capacity = always(fields.Integer)
    setup_minutes = always(fields.Integer)
    cleaning_minutes = always(fields.Integer)
    taken = always(fields.List, fields.Nested(Taken))
    free = always(fields.List, fields.Nested(Free))


class Health(Shape):
    """Whether it lives."""

    status = always()
