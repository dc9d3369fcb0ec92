"""Shapes: bookings as they are answered, and changing, deciding and cancelling them."""

from __future__ import annotations

from marshmallow import fields

from app.booking.actions.listing import MINE, WHOSE
from app.booking.rules.course import STATES
from app.booking.rules.request import PURPOSES
from app.booking.rules.standing import DECLARATIONS
from app.entrypoints.api.shapes.asking import UnitBooked, UnitWanted
from app.entrypoints.api.shapes.blocks import MOST_DATES, MOST_UNITS, Page, Reason, always, told
from app.entrypoints.api.values import Id, Moment, Part, Several, Shape, Text, Whole, WholeInQuery, Word


class BookingsWanted(Page):
    """Which of one's own bookings."""

    start = Moment(data_key="from", **told("Only with a date that ends after this."))
    end = Moment(data_key="to", **told("Only with a date that starts before this."))
    state = Word(STATES, **told("Only with a date in this state."))
    whose = Word(WHOSE, load_default=MINE, **told("mine; or, where one's office allows, organisation, bases, all."))


class DateMoved(Shape):
    """A new time for one date of a booking."""

    id = Id(required=True)
    start = Moment(required=True)
    end = Moment(required=True)


class BookingChanged(Shape):
    """What is to be different; what is left out stays. The version is given here or as If-Match."""

    version = Whole(**told("The version that was read."))
    title = Text(120, least=1)
    purpose = Word(tuple(PURPOSES))
    headcount = Whole(1, 100_000, allow_none=True, **told("null clears it."))
    note = Text(2000, lines=True)
    declared = Several(Word(DECLARATIONS), least=0, most=2, **told("For post internships: sixteen, not_first_year."))
    units = Several(Part(UnitWanted), most=MOST_UNITS)
    start = Moment(**told("Only for a booking of one date."))
    end = Moment(**told("Only for a booking of one date."))
    dates = Several(Part(DateMoved), most=MOST_DATES)


class DateChanged(Shape):
    """A new time for one date; what is left out stays."""

    version = Whole()
    start = Moment()
    end = Moment()


class Decided(Shape):
    """A keeper's answer."""

    version = Whole()
    note = Text(400, lines=True, load_default="")


class Refusing(Decided):
    """A no: with one of the reasons there are, and words."""

    reason = Text(
        20,
        load_default="",
        metadata={
            "description": "closed_to_kind, safety, not_suitable, full_teaching, maintenance, incomplete, no_agreement, other"
        },
    )


class VersionGiven(Shape):
    """Which version is to be cancelled, where If-Match does not say it; and words for those concerned."""

    version = WholeInQuery()
    note = Text(400, load_default="")


class DateBooked(Shape):
    """One date."""

    id = always(fields.Integer)
    start = always(fields.DateTime)
    end = always(fields.DateTime)
    periods = always(**told("The class periods it was asked for in, such as 3-4; empty: by the clock."))
    week = always(fields.Integer, can_be_null=True, **told("Teaching week by the calendar of the place."))
    state = always(**told("", enum=list(STATES)))


class PersonShown(Shape):
    """A person."""

    id = always(fields.Integer)
    name = always()


class Booked(Shape):
    """A booking just made."""

    id = always(fields.Integer)
    url = always()
    version = always(fields.Integer)
    state = always(**told("waiting: a keeper must approve it first.", enum=list(STATES)))
    title = always()
    purpose = always(**told("", enum=list(PURPOSES)))
    headcount = always(fields.Integer, can_be_null=True)
    note = always()
    acting_for = always(**told("Member code."))
    holder = always(fields.Nested, PersonShown)
    units = always(fields.List, fields.Nested(UnitBooked))
    start = always(fields.DateTime, **told("Of the first date."))
    end = always(fields.DateTime, **told("Of the last date."))
    dates = always(fields.List, fields.Nested(DateBooked))


class DateSkipped(Shape):
    """A date that was left out, and why."""

    start = always(fields.DateTime)
    end = always(fields.DateTime)
    reasons = always(fields.List, fields.Nested(Reason))


class SeriesBooked(Booked):
    """A series just made; with `accept_part` some dates may have been left out."""

    skipped = always(fields.List, fields.Nested(DateSkipped))
    left_out = always(
        fields.List, fields.Nested("DateLeftOut"), **told("Days of wanted weeks on which nothing is taught.")
    )


class ApprovalStep(Shape):
    """One party's answer at one step of the chain."""

    step = always(fields.Integer)
    rule = always(**told("Of the parties of this step: any is enough, or all must agree.", enum=["any", "all"]))
    seat = always(**told("The party the chain names: department, keeper, owner, safety."))
    party = always(**told("Who is asked in its place now."))
    raised = always(**told("Why somebody further up is asked.", enum=["", "silent", "own", "nobody"]))
    state = always(**told("", enum=["later", "waiting", "approved", "refused", "lapsed", "withdrawn"]))
    due_at = always(fields.DateTime, can_be_null=True)
    silence = always(**told("What the end of that time means.", enum=["escalate", "grant"]))
    decided_at = always(fields.DateTime, can_be_null=True)
    decided_by = always(fields.Integer, can_be_null=True)
    for_person = always(fields.Integer, can_be_null=True, **told("In whose place she answered."))
    reason = always(can_be_null=True)
    note = always()


class ApprovalShown(Shape):
    """One base's answer."""

    base_id = always(fields.Integer)
    state = always(**told("", enum=["waiting", "approved", "refused", "withdrawn"]))
    decided_at = always(fields.DateTime, can_be_null=True)
    reason = always(can_be_null=True, **told("Of a refusal: one of the reasons there are."))
    note = always()
    steps = always(fields.List, fields.Nested(ApprovalStep))


class Booking(Booked):
    """A booking as it stands."""

    uid = always(**told("What calendars know it by."))
    requester = always(fields.Nested, PersonShown)
    approvals = always(fields.List, fields.Nested(ApprovalShown))
    created_at = always(fields.DateTime)
    changed_at = always(fields.DateTime)
