"""Shapes: asking for time, in words or in dates, and what a preview says."""

from __future__ import annotations

from marshmallow import fields

from app.booking.rules.request import PURPOSES
from app.booking.rules.standing import DECLARATIONS
from app.entrypoints.api.shapes.blocks import MOST_DATES, MOST_UNITS, Name, Reason, always, told
from app.entrypoints.api.values import (
    Day,
    Id,
    Moment,
    Part,
    PersonNamed,
    Several,
    Shape,
    Text,
    Truth,
    Whole,
    WholeInQuery,
    Word,
)
from app.timetable.rules.weeks import LONGEST_TEXT


class UnitWanted(Shape):
    """So many of a unit."""

    id = Id(required=True)
    quantity = Whole(1, 100_000, load_default=1)


class DateWanted(Shape):
    """One date, half-open."""

    start = Moment(required=True)
    end = Moment(required=True)


class Wanted(Shape):
    """What every request for time says."""

    units = Several(Part(UnitWanted), most=MOST_UNITS, required=True)
    purpose = Word(tuple(PURPOSES), required=True)
    title = Text(120, least=1, required=True)
    headcount = Whole(1, 100_000, allow_none=True, load_default=None)
    note = Text(2000, lines=True, load_default="")
    declared = Several(
        Word(DECLARATIONS), least=0, most=2, load_default=[], **told("For post internships: sixteen, not_first_year.")
    )
    acting_for = Text(40, least=1, **told("Member code; without it the token owner's first office counts."))
    on_behalf_of = PersonNamed(**told("Id or e-mail of a person of that member, where you may book for others."))


class BookingWanted(Wanted):
    """A booking of one date."""

    start = Moment(required=True, **told("RFC 3339 with offset, for instance 2026-09-01T08:00:00+08:00."))
    end = Moment(required=True, **told("The end itself is no longer part of the booking."))


class SeriesWanted(Wanted):
    """A series: `dates`; or `when` in words; or `term`, `weeks`, `weekday` and `periods`."""

    dates = Several(Part(DateWanted), most=MOST_DATES)
    when = Text(LONGEST_TEXT, least=1, **told("For instance 第3-10周(双) 周二 3-4节; several with ；."))
    term = Id(**told("Id of a term; beside `when` it may be left out."))
    near = Day(**told("Beside `when`, without `term`: the term that this day lies in or near; else today."))
    calendar = Id(**told("Id of the member by whose calendar weeks count; else that of the place."))
    keep_lost = Truth(load_default=False, **told("Book days too on which nothing is taught: holidays, exam weeks."))
    weeks = Several(Whole(1, 60), most=60, **told("Teaching weeks."))
    weekday = Whole(1, 7, **told("1 Monday … 7 Sunday."))
    periods = Several(Whole(1, 40), most=40, **told("Class periods, for instance [3, 4]."))
    accept_part = Truth(load_default=False, **told("Book the dates that are free and leave out the others."))


class Said(Shape):
    """A text that says when."""

    when = Text(LONGEST_TEXT, least=1, required=True, **told("For instance 第3-10周(双) 周二 3-4节; several with ；."))
    unit = WholeInQuery(**told("Id of a unit: by the calendar and the bells of its place."))
    calendar = WholeInQuery(**told("Id of the member by whose calendar weeks count."))
    term = WholeInQuery(**told("Id of a term."))
    near = Day(**told("Without `term`: the term that this day lies in or near; else today."))


class PreviewWanted(SeriesWanted):
    """A booking or a series, only to see what would be answered."""

    start = Moment()
    end = Moment()


class UnitBooked(Shape):
    """So many of a unit."""

    id = always(fields.Integer)
    quantity = always(fields.Integer)


class DateLeftOut(Shape):
    """A lesson of a teaching week that is not given, by the calendar."""

    day = always(fields.Date)
    week = always(fields.Integer)
    weekday = always(fields.Integer)
    periods = always()
    why = always(**told("off: a holiday; runs: another day's lessons are given; block: exams and the like."))
    name_zh = always(**told("The holiday's or block's name."))
    name_en = always()


class MeetingRead(Shape):
    """What one part of the text says."""

    weeks = always(fields.List, fields.Integer())
    weekday = always(fields.Integer, **told("1 Monday … 7 Sunday."))
    periods = always(fields.List, fields.Integer())


class DateTaught(Shape):
    """A real date of a lesson."""

    start = always(fields.DateTime)
    end = always(fields.DateTime)
    periods = always()
    week = always(fields.Integer, **told("Whose lessons are given: on a make-up day not the day's own week."))
    weekday = always(fields.Integer)


class TermNamed(Name):
    """A term by name."""

    id = always(fields.Integer)


class Understood(Shape):
    """What a text means."""

    when = always(**told("The text as we write it."))
    term = always(fields.Nested, TermNamed)
    meetings = always(fields.List, fields.Nested(MeetingRead))
    dates = always(fields.List, fields.Nested(DateTaught))
    left_out = always(fields.List, fields.Nested(DateLeftOut))


class DatePreviewed(Shape):
    """What stands against one date."""

    start = always(fields.DateTime)
    end = always(fields.DateTime)
    periods = always()
    week = always(fields.Integer, can_be_null=True)
    free = always(fields.Boolean)
    reasons = always(fields.List, fields.Nested(Reason))


class ChoiceOffered(Shape):
    """Something that could be had instead, as it stands."""

    units = always(fields.List, fields.Nested(UnitBooked))
    dates = always(fields.List, fields.Nested("DateOffered"))


class DateOffered(Shape):
    """A free date."""

    start = always(fields.DateTime)
    end = always(fields.DateTime)
    periods = always()


class Preview(Shape):
    """What asking would be answered now. Nothing is kept or held."""

    free = always(fields.Boolean)
    needs_approval = always(fields.Boolean)
    reasons = always(fields.List, fields.Nested(Reason))
    dates = always(fields.List, fields.Nested(DatePreviewed))
    left_out = always(fields.List, fields.Nested(DateLeftOut))
    nearest = always(
        fields.List, fields.Nested(ChoiceOffered), **told("The free choices nearest to it; empty where it is free.")
    )
    alternatives = always(
        fields.List,
        fields.Nested("Alternative"),
        **told("What can be had instead, the best first, and how to take it."),
    )
