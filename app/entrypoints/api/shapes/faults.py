"""Shapes of faults: what is reported, what the keeper finds, how it stands, and how long things stood still."""

from __future__ import annotations

from marshmallow import fields

from app.entrypoints.api.shapes.blocks import Page, always, told
from app.entrypoints.api.values import Moment, Shape, Text, Whole, WholeInQuery, Word
from app.timetable.rules.faults import CAUSES, SEVERITIES, STATES, UNCLEAR, UNUSABLE


class FaultReported(Shape):
    """What somebody says who stands before the machine."""

    words = Text(1000, least=1, lines=True, required=True, **told("What is wrong."))
    severity = Word(SEVERITIES, load_default=UNUSABLE)
    began_at = Moment(**told("Since when; now where it is left out."))


class FaultFound(Shape):
    """What the keeper finds. The version is given here or as If-Match."""

    version = Whole()
    began_at = Moment(**told("Since when it is broken; as reported where it is left out."))
    expected_until = Moment(allow_none=True, load_default=None, **told("null: nobody knows."))
    severity = Word(SEVERITIES, load_default=UNUSABLE)
    cause = Word(CAUSES, load_default=UNCLEAR)
    quantity = Whole(1, 10_000, load_default=1, **told("How many of a unit of which there are several."))


class FaultEnded(Shape):
    """It works again. The version is given here or as If-Match."""

    version = Whole()
    ended_at = Moment(**told("Since when; now where it is left out."))
    cause = Word(CAUSES, load_default=UNCLEAR)
    words = Text(1000, lines=True, load_default="", **told("What was done."))
    cost_source = Text(200, load_default="", **told("Who pays for it."))


class FaultDismissed(Shape):
    """It was no fault. The version is given here or as If-Match."""

    version = Whole()
    words = Text(1000, least=1, lines=True, required=True, **told("Why; whoever reported it reads it."))


class FaultsWanted(Page):
    """Which faults."""

    state = Word(("open", *STATES), **told("open: reported or confirmed."))
    cause = Word(CAUSES)
    base = WholeInQuery(**told("Only in this base (id)."))
    unit = WholeInQuery(**told("Only of this unit (id)."))


class Fault(Shape):
    """A fault as it stands. While `blocked_until` is set, nobody can book the unit in [began_at, blocked_until)."""

    id = always(fields.Integer)
    unit_id = always(fields.Integer)
    version = always(fields.Integer)
    state = always(**told("", enum=list(STATES)))
    severity = always(**told("", enum=list(SEVERITIES)))
    cause = always(**told("", enum=list(CAUSES)))
    quantity = always(fields.Integer)
    words = always()
    answer = always(**told("What the keeper said when it ended."))
    cost_source = always()
    reported_at = always(fields.DateTime)
    began_at = always(fields.DateTime)
    expected_until = always(fields.DateTime, can_be_null=True)
    blocked_until = always(fields.DateTime, can_be_null=True)
    ended_at = always(fields.DateTime, can_be_null=True)
    bookings = always(
        fields.List,
        fields.Integer(),
        **told("For its keepers: the coming bookings it is in the way of; a list of faults leaves them out."),
    )


class BookingToMove(Shape):
    """The version of the booking, here or as If-Match."""

    version = Whole()


class DowntimeWanted(Shape):
    """The window, half-open, and the base."""

    start = Moment(required=True, data_key="from", **told("RFC 3339 with offset."))
    end = Moment(required=True, data_key="to", **told("RFC 3339 with offset; at most 1100 days later."))
    base = WholeInQuery(**told("Only in this base (id)."))


class CauseHours(Shape):
    """Hours of one cause."""

    cause = always(**told("", enum=[*CAUSES, "planned"]))
    hours = always(fields.Float)


class UnitDowntime(Shape):
    """How long a unit stood still. The causes may add up to more than the total, where two lie over one another."""

    unit_id = always(fields.Integer)
    hours = always(fields.Float)
    causes = always(fields.List, fields.Nested(CauseHours))


class Downtime(Shape):
    """Downtime in the window, as far as it has passed, for units on one's side."""

    start = always(fields.DateTime)
    end = always(fields.DateTime)
    hours = always(fields.Float)
    causes = always(fields.List, fields.Nested(CauseHours))
    units = always(fields.List, fields.Nested(UnitDowntime))
