"""Shapes of approval: chains and their steps, other times proposed."""

from __future__ import annotations

from marshmallow import fields

from app.booking.rules.chain import ALL_OF, ANY, ANY_OF, ESCALATE, GRANT, MOST_HOURS, MOST_STEPS, PARTIES
from app.booking.rules.requester import REQUESTERS
from app.entrypoints.api.shapes.blocks import always, told
from app.entrypoints.api.values import Moment, Part, Several, Shape, Text, Whole, Word


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


class ChainsShown(Shape):
    """The chains of a base or a unit."""

    mark = always(**told("Of these chains; to be sent with a change."))
    items = always(fields.List, fields.Nested(ChainShown))


class StepWanted(Shape):
    """One step of a chain that is to be set."""

    parties = Several(Word(PARTIES), most=len(PARTIES), required=True)
    rule = Word((ANY_OF, ALL_OF), load_default=ANY_OF, **told("One of them is enough, or all must agree."))
    hours = Whole(1, MOST_HOURS, load_default=24, **told("Working hours to answer in."))
    silence = Word((ESCALATE, GRANT), load_default=ESCALATE, **told("What the end of that time means."))


class ChainSet(Shape):
    """The chain for one kind of applicant, in place of the one there is."""

    mark = Text(16, least=1, **told("`mark` as it was read; or If-Match with the ETag."))
    kind = Word((*REQUESTERS, ANY), required=True)
    steps = Several(
        Part(StepWanted), least=0, most=MOST_STEPS, required=True, **told("In their order; none: as elsewhere.")
    )


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
