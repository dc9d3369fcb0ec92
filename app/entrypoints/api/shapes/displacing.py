"""Shapes of displacement: the order, who would give way, what was displaced, appeals."""

from __future__ import annotations

from marshmallow import fields

from app.booking.rules.displacing import APPEAL_STATES, LONGEST_WORDS, MOST_FEN, REASONS
from app.booking.rules.priority import CLASSES, LONGEST_NOTE
from app.entrypoints.api.shapes.asking import PreviewWanted, UnitWanted
from app.entrypoints.api.shapes.blocks import Page, always, told
from app.entrypoints.api.values import Moment, Part, Several, Shape, Text, Whole, Word


class DisplacementLooked(PreviewWanted):
    """What is wanted; who would give way to it?"""


class DisplacementWanted(PreviewWanted):
    """What is wanted, and what those are told and promised who give way."""

    reason = Word(REASONS, required=True)
    words = Text(LONGEST_WORDS, lines=True, load_default="", **told("Needed where the reason is other."))
    compensation = Text(LONGEST_WORDS, lines=True, load_default="", **told("What is promised instead."))
    compensation_fen = Whole(0, MOST_FEN, allow_none=True, load_default=None, **told("In fen; noted, settled later."))
    mark = Text(16, **told("`mark` of the preview: nobody but those shown there is displaced."))


class InTheWay(Shape):
    """One date in the way."""

    booking_id = always(fields.Integer, can_be_null=True, **told("Null where you may not see it."))
    start = always(fields.DateTime)
    end = always(fields.DateTime)
    counts_as = always(**told("", enum=list(CLASSES)))
    until = always(fields.DateTime, **told("Until when it may be displaced."))
    reasons = always(
        fields.List, fields.Nested("Reason"), **told("Everything against displacing it; empty: it gives way.")
    )


class DisplacementLook(Shape):
    """Who would give way now. Nothing has happened."""

    possible = always(fields.Boolean)
    order_version = always(fields.Integer)
    counts_as = always(**told("", enum=list(CLASSES)))
    in_the_way = always(fields.List, fields.Nested(InTheWay))
    reasons = always(fields.List, fields.Nested("Reason"), **told("What stands against it whoever gives way."))
    needs_approval = always(fields.Boolean)
    mark = always()


class DisplacementDone(Shape):
    """The booking that has the time now, and the displacements made for it."""

    booking_id = always(fields.Integer)
    state = always()
    displaced = always(fields.List, fields.Integer)


class DisplacementsWanted(Page):
    """Which displacements."""

    appeal = Word(APPEAL_STATES, **told("Only where the appeal stands like this."))


class AlternativeToDisplaced(Shape):
    """Something that can be had instead, and the body of the POST to `take` that takes it."""

    units = always(fields.List, fields.Nested("UnitWanted"))
    start = always(fields.DateTime)
    end = always(fields.DateTime)
    needs_approval = always(fields.Boolean)


class DisplacementShown(Shape):
    """One date that gave way."""

    id = always(fields.Integer)
    url = always()
    version = always(fields.Integer)
    booking_id = always(fields.Integer, can_be_null=True, **told("Null where you may not see the booking."))
    start = always(fields.DateTime)
    end = always(fields.DateTime)
    units = always(fields.List, fields.Nested("UnitWanted"))
    counted_as = always(**told("", enum=list(CLASSES)))
    gave_way_to = always(**told("", enum=list(CLASSES)))
    order_version = always(fields.Integer)
    reason = always(**told("", enum=list(REASONS)))
    words = always()
    compensation = always()
    compensation_fen = always(fields.Integer, can_be_null=True)
    decided_at = always(fields.DateTime)
    notice_hours = always(fields.Integer)
    standby_id = always(fields.Integer, can_be_null=True, **told("The place in the line for the time that was lost."))
    resettled_id = always(fields.Integer, can_be_null=True, **told("The booking that was taken instead."))
    restored = always(fields.Boolean, **told("Whether an upheld appeal gave the time back."))
    appeal = always(**told("", enum=list(APPEAL_STATES)))
    appeal_words = always()
    answer_words = always()


class DisplacementCase(DisplacementShown):
    """One displacement with what can be had instead now."""

    alternatives = always(fields.List, fields.Nested(AlternativeToDisplaced))


class InsteadTaken(Shape):
    """Another time, or other units, for a displaced date."""

    version = Whole(required=True)
    units = Several(Part(UnitWanted), most=60, required=True)
    start = Moment(required=True)
    end = Moment(required=True)


class InsteadBooked(Shape):
    """The booking that has the other time."""

    booking_id = always(fields.Integer)


class Appealed(Shape):
    """Why one does not agree."""

    version = Whole(required=True)
    words = Text(LONGEST_WORDS, least=1, lines=True, required=True)


class AppealAnswered(Shape):
    """The answer to an appeal, and what is promised where the time is no longer free."""

    version = Whole(required=True)
    answer = Word(("upheld", "rejected"), required=True)
    words = Text(LONGEST_WORDS, least=1, lines=True, required=True)
    compensation = Text(LONGEST_WORDS, lines=True, load_default="")
    compensation_fen = Whole(0, MOST_FEN, allow_none=True, load_default=None)


class OrderShown(Shape):
    """One order of purposes, the highest first."""

    version = always(fields.Integer)
    classes = always(fields.List, fields.String)
    note = always()
    published_at = always(fields.DateTime, can_be_null=True, **told("Null: in force from the beginning."))


class OrderWanted(Shape):
    """The next order: every class once, the highest first; `version` is the one in force that was read."""

    version = Whole(required=True)
    classes = Several(Word(CLASSES), most=len(CLASSES), required=True)
    note = Text(LONGEST_NOTE, least=1, required=True)
