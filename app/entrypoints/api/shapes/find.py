"""Shapes of finding a slot: what is wished for, and the choices that answer it."""

from __future__ import annotations

from marshmallow import fields

from app.booking.rules.wanted import PARTS
from app.booking.rules.wish import ANY, KINDS, LONGEST_WORDS, MOST_NEEDS, MOST_PEOPLE, USUAL
from app.entrypoints.api.shapes.asking import UnitBooked
from app.entrypoints.api.shapes.blocks import MOST_UNITS, always, told
from app.entrypoints.api.values import Day, Id, Part, Several, Shape, Text, Truth, Whole, WholeInQuery, Word
from app.timetable.rules.weeks import LONGEST_TEXT

LARGEST_MANY = 10_000
MOST_COUNT = 14
_WORDS = told("Names, models, functions, software or class codes; alternatives parted by `or`, `或` or `|`.")
_KIND = told("`usual`: whole labs, but anything that words or units name; an empty word: any kind.")
_WEEKS = told("For instance `第3-10周 周二下午` or `3-10周(双) 周二 3-4节`. Without it `from` and `to` hold.")


class NeedWanted(Shape):
    """One line of a wish: so many of what is named."""

    many = Whole(1, LARGEST_MANY, load_default=1)
    text = Text(LONGEST_WORDS, load_default="", **_WORDS)
    kind = Word((*KINDS, ANY), load_default=USUAL, **_KIND)
    units = Several(Id(), least=0, most=MOST_UNITS, load_default=list, **told("Only one of these (ids)."))


class _TimesWanted(Shape):
    """What POST and GET say alike, but for numbers."""

    features = Text(LONGEST_WORDS, load_default="", **told("Software or features that the lab, or a thing in it, has."))
    near_campus = Text(60, load_default="", **told("With `near_host`: the campus' name; empty for none."))
    weeks = Text(LONGEST_TEXT, load_default="", **_WEEKS)
    since = Text(5, load_default="08:00", **told("By the clock: not before. 08:00."))
    until = Text(5, load_default="22:00", **told("By the clock: not after. 24:00 ends the day."))
    part = Word(("", *PARTS), load_default="")


class FindWanted(_TimesWanted):
    """A wish of one line or several, all of them at the same time."""

    needs = Several(Part(NeedWanted), most=MOST_NEEDS, required=True)
    people = Whole(1, MOST_PEOPLE, allow_none=True, load_default=None)
    base = Id(allow_none=True, load_default=None)
    lab = Id(allow_none=True, load_default=None)
    near_host = Id(allow_none=True, load_default=None, **told("The member on whose campus it should be, first of all."))
    only_near = Truth(load_default=False)
    owners = Several(Id(), least=0, most=MOST_UNITS, load_default=list, **told("Owned or run by one of these members."))
    direct = Truth(load_default=False, **told("Only what needs no approval."))
    series = Truth(load_default=False, **told("The dates are wanted together; else any one of them."))
    from_day = Day(data_key="from", allow_none=True, load_default=None)
    to_day = Day(data_key="to", allow_none=True, load_default=None)
    weekdays = Several(Whole(1, 7), most=7, load_default=lambda: [1, 2, 3, 4, 5])
    holidays = Truth(load_default=False, **told("Days off too."))
    count = Whole(1, MOST_COUNT, load_default=2, **told("So many class periods in a row."))
    minutes = Whole(5, 1440, allow_none=True, load_default=None, **told("So long by the clock, instead of periods."))
    first = Whole(1, 30, load_default=1, **told("Not before this class period."))
    last = Whole(1, 30, allow_none=True, load_default=None, **told("Not after this class period."))
    calendar = Id(allow_none=True, load_default=None, **told("By the calendar of this member."))
    term = Id(allow_none=True, load_default=None, **told("The weeks are those of this term."))


class FindAsked(_TimesWanted):
    """A wish of one line, in an address."""

    many = WholeInQuery(1, LARGEST_MANY, load_default=1)
    text = Text(LONGEST_WORDS, load_default="", **_WORDS)
    kind = Word((*KINDS, ANY), load_default=USUAL, **_KIND)
    unit = WholeInQuery(load_default=None)
    people = WholeInQuery(1, MOST_PEOPLE, load_default=None)
    base = WholeInQuery(load_default=None)
    lab = WholeInQuery(load_default=None)
    near_host = WholeInQuery(load_default=None)
    only_near = Truth(load_default=False)
    owner = WholeInQuery(load_default=None)
    direct = Truth(load_default=False)
    series = Truth(load_default=False)
    from_day = Day(data_key="from", load_default=None)
    to_day = Day(data_key="to", load_default=None)
    weekday = WholeInQuery(1, 7, load_default=None)
    holidays = Truth(load_default=False)
    count = WholeInQuery(1, MOST_COUNT, load_default=2)
    minutes = WholeInQuery(5, 1440, load_default=None)
    first = WholeInQuery(1, 30, load_default=1)
    last = WholeInQuery(1, 30, load_default=None)
    calendar = WholeInQuery(load_default=None)
    term = WholeInQuery(load_default=None)


class DateMissing(Shape):
    """A wanted date that a choice does not cover."""

    start = always(fields.DateTime)
    end = always(fields.DateTime)
    why = always(**told("taken, closed, past or gone."))


class DateFound(Shape):
    """A date that can be had."""

    start = always(fields.DateTime)
    end = always(fields.DateTime)
    periods = always()


class Lacking(Shape):
    """Something that is asked for a choice and that you have not."""

    unit_id = always(fields.Integer, can_be_null=True, **told("Who asks it."))
    name = always(**told("safety, training, authorisation, agreement, guarantor or restricted."))


class ChoiceFound(Shape):
    """Units that can be had on these dates as they stand, and why they stand in this order."""

    units = always(fields.List, fields.Nested(UnitBooked))
    dates = always(fields.List, fields.Nested(DateFound))
    of = always(fields.Integer, **told("How many dates were wanted."))
    missing = always(fields.List, fields.Nested(DateMissing))
    together = always(**told("How close the units stand: lab, base, campus or city."))
    nearness = always(fields.Integer, **told("0 on the wished campus, 1 at the same member, 2 elsewhere."))
    own = always(fields.Boolean)
    needs_approval = always(fields.Boolean)
    lacks = always(
        fields.List,
        fields.Nested(Lacking),
        **told("What you have not on the first or last of these dates; see the unit's `eligibility`."),
    )


class LostDate(Shape):
    """A lesson's day on which nothing is taught."""

    day = always(fields.Date)
    week = always(fields.Integer)
    weekday = always(fields.Integer)
    why = always()


class SlotsFound(Shape):
    """The choices, the best first: those that cover the most dates, or where one date is sought, the soonest."""

    calendar = always(fields.Integer, can_be_null=True, **told("The member whose calendar was gone by."))
    choices = always(fields.List, fields.Nested(ChoiceFound))
    total = always(fields.Integer, **told("How many choices (one date: how many times) there are; not all are listed."))
    lost = always(fields.List, fields.Nested(LostDate))
    lacking = always(fields.List, fields.Integer, **told("Lines (from 0) for which there are too few units at all."))
