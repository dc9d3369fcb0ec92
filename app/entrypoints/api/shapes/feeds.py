"""Shapes: calendar subscriptions."""

from __future__ import annotations

from marshmallow import fields

from app.booking.rules.feed import SCOPES, VARIANTS
from app.entrypoints.api.shapes.blocks import always, told
from app.entrypoints.api.values import Id, Shape, Text, Word


class FeedWanted(Shape):
    """A calendar subscription."""

    name = Text(80, least=1, required=True)
    scope = Word(SCOPES, required=True, **told("What it tells of."))
    of = Id(required=True, **told("Id of that person, member, base, lab or unit."))
    variant = Word(VARIANTS, load_default="full", **told("busy: only that the time is taken."))


class Feed(Shape):
    """A calendar subscription as it stands."""

    id = always(fields.Integer)
    name = always()
    scope = always(**told("", enum=list(SCOPES)))
    of = always(fields.Integer)
    variant = always(**told("", enum=list(VARIANTS)))
    made_at = always(fields.DateTime)
    used_at = always(fields.DateTime, can_be_null=True)


class FeedMade(Feed):
    """A subscription with its secret address, which is shown this once."""

    url = always(**told("Path of the calendar; put this server's address before it."))
