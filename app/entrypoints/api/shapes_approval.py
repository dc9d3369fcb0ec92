"""Shapes of approval: chains and their steps, other times proposed."""

from __future__ import annotations

from marshmallow import fields

from app.entrypoints.api.shapes import Shape, always, told
from app.entrypoints.api.values import Moment, Text, Whole


class ChainStep(Shape):
    """One step of a chain."""

    parties = always(fields.List, fields.String(), **told("department, keeper, owner, safety"))
    rule = always(**told("One of them is enough, or all must agree.", enum=["any", "all"]))
    hours = always(fields.Integer, **told("Working hours to answer in."))
    silence = always(**told("What the end of that time means.", enum=["escalate", "grant"]))


class ChainShown(Shape):
    """The chain for one kind of applicant."""

    kind = always(**told("", enum=["own", "member", "outside", "any"]))
    steps = always(fields.List, fields.Nested(ChainStep))


class OtherTimeWanted(Shape):
    """Another time for a waiting date."""

    version = Whole(required=True)
    date_id = Whole(required=True)
    start = Moment(required=True)
    end = Moment(required=True)
    note = Text(400, load_default="")


class OtherTime(Shape):
    """Another time that somebody who is asked proposes."""

    id = always(fields.Integer)
    booking_id = always(fields.Integer)
    date_id = always(fields.Integer)
    start = always(fields.DateTime)
    end = always(fields.DateTime)
    by = always(fields.Integer, **told("Who proposes it."))
    note = always()
    state = always(**told("", enum=["open", "accepted", "declined", "withdrawn", "past"]))
