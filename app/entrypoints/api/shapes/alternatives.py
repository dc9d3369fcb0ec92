"""Shapes of alternatives: what can be had instead of what was refused, how to take it, and asking for several at once."""

from __future__ import annotations

from marshmallow import fields

from app.booking.rules.alternatives import BASE, PART, SPLIT, TIME, UNIT
from app.entrypoints.api.shapes.asking import DateWanted, UnitWanted, Wanted
from app.entrypoints.api.shapes.blocks import MOST_DATES, MOST_UNITS, always, told
from app.entrypoints.api.shapes.bookings import Booked
from app.entrypoints.api.values import Part, Several, Shape

MOST_TOGETHER = 6


class PieceWanted(Shape):
    """Some units on some dates."""

    units = Several(Part(UnitWanted), most=MOST_UNITS, required=True)
    dates = Several(Part(DateWanted), most=MOST_DATES, required=True)


class TogetherWanted(Wanted):
    """Several bookings that are wanted together, such as a series in pieces."""

    class Meta(Wanted.Meta):
        """Each piece has its own units."""

        exclude = ("units",)

    bookings = Several(Part(PieceWanted), most=MOST_TOGETHER, required=True)


class Together(Shape):
    """The bookings just made, in the order of the pieces."""

    bookings = always(fields.List, fields.Nested(Booked))


class WhyOffered(Shape):
    """One thing that speaks for an alternative, or against it."""

    code = always(**told("same_units, same_sort, at_city, same_time, all_dates, several_bookings, at_once, …"))
    message = always(**told("A few words for people."))


class HowToTake(Shape):
    """The request that takes an alternative as it stands; send it with a token that may."""

    method = always(**told("", enum=["POST", "PATCH"]))
    href = always()
    body = always(fields.Dict, **told("Send it as it is."))


class Alternative(Shape):
    """Something that can be had instead, as it stands; the best first."""

    kind = always(
        **told(
            "time: other times; unit: other units of the base; base: in another base; split: a series in pieces, with all "
            "its dates; part: only the dates that are free.",
            enum=[TIME, UNIT, BASE, SPLIT, PART],
        )
    )
    bookings = always(fields.List, fields.Nested("ChoiceOffered"), **told("What it would be; usually one booking."))
    missing = always(fields.Integer, **told("Wanted dates that it leaves out."))
    needs_approval = always(fields.Boolean)
    reasons = always(fields.List, fields.Nested(WhyOffered))
    take = always(fields.Nested, HowToTake)
