"""Shapes of the teaching calendar: terms with their marked weeks, bell tables, holidays, decisions about days, one day."""

from __future__ import annotations

from marshmallow import fields

from app.entrypoints.api.shapes.blocks import Name, always, told
from app.entrypoints.api.shapes.catalogue import Term
from app.entrypoints.api.values import Day, Shape, Text, WholeInQuery
from app.timetable.rules.days import MOST_AHEAD, RULE_KINDS
from app.timetable.rules.term import BLOCK_KINDS


class Whose(Shape):
    """Whose calendar is asked for."""

    member = Text(40, least=1, **told("Code of the member; without one, the member you ask for."))


class BlockShown(Name):
    """Weeks of a term without a normal timetable, or marked otherwise."""

    kind = always(**told("", enum=list(BLOCK_KINDS)))
    first_week = always(fields.Integer)
    last_week = always(fields.Integer, **told("Included."))
    learners = always(**told("For whom; empty: for everybody."))
    teaches = always(fields.Boolean, **told("Whether the normal timetable goes on."))


class SchoolTerm(Term):
    """学期, with its marked weeks."""

    blocks = always(fields.List, fields.Nested(BlockShown))


class PeriodShown(Shape):
    """节次 on the wall clock."""

    number = always(fields.Integer)
    start = always(**told("HH:MM"))
    end = always(**told("HH:MM; 24:00 ends a day."))


class BellTableShown(Name):
    """作息时间表. The closest to a place and day rings: the member's before the consortium's, then campus, learners, season."""

    id = always(fields.Integer)
    member = always(can_be_null=True, **told("Code; null: the consortium's."))
    campus = always(**told("Empty: every campus."))
    learners = always(**told("Empty: everybody."))
    from_on = always(fields.Date, can_be_null=True, **told("First day; null: since ever."))
    until_on = always(fields.Date, can_be_null=True, **told("The day after the last; null: until further notice."))
    periods = always(fields.List, fields.Nested(PeriodShown))


class YearWanted(Shape):
    """Which year."""

    year = WholeInQuery(1980, 2200, required=True)


class HolidayShown(Shape):
    """A line of the national notice."""

    date = always(fields.Date)
    name = always()
    is_off = always(fields.Boolean, **told("false: a weekend day that is worked."))
    notice_year = always(fields.Integer, **told("Whose notice says so: a December may stand in the next year's."))


class Holidays(Shape):
    """The national holidays of a year."""

    year = always(fields.Integer)
    known = always(fields.Boolean, **told("false: not announced or not entered; ordinary weekdays count meanwhile."))
    december_may_change = always(fields.Boolean, **told("true while the next year's notice is not here."))
    days = always(fields.List, fields.Nested(HolidayShown))


class DayRuleShown(Name):
    """What an organisation decided of a day."""

    id = always(fields.Integer)
    member = always(can_be_null=True, **told("Code; null: the consortium's."))
    day = always(fields.Date)
    kind = always(**told("off: nothing is taught; on: it is.", enum=list(RULE_KINDS)))
    stands_for = always(fields.Date, can_be_null=True, **told("The lost day whose timetable is given."))


class DayWanted(Whose):
    """Which day, at which campus, for whom."""

    day = Day(required=True)
    campus = Text(60)
    learners = Text(40)


class Runs(Shape):
    """Whose timetable is given."""

    term_id = always(fields.Integer)
    week = always(fields.Integer)
    weekday = always(fields.Integer, **told("1 Monday … 7 Sunday."))
    day = always(fields.Date, **told("The day whose timetable it is: the day itself, or the lost one."))


class DayShown(Shape):
    """What a day is on an organisation's calendar."""

    day = always(fields.Date)
    member = always(can_be_null=True)
    kind = always(
        **told("How it stands.", enum=["plain", "off", "on", "make_up", "runs", "moved"]),
    )
    name_zh = always()
    name_en = always()
    week = always(fields.Integer, can_be_null=True, **told("The teaching week it lies in; null between terms."))
    runs = always(fields.Nested, Runs, can_be_null=True, **told("null: nothing is taught."))
    given_on = always(fields.Date, can_be_null=True, **told("Where this day's own timetable is given; null: nowhere."))
    is_working = always(fields.Boolean, **told("A working day by the national notices alone."))
    year_known = always(fields.Boolean, **told("false: the holidays of its year are not known here."))
    periods = always(fields.List, fields.Nested(PeriodShown))


class DeadlineWanted(Shape):
    """From when, how many."""

    start = Day(required=True, data_key="from")
    count = WholeInQuery(0, MOST_AHEAD // 2, required=True)


class Deadline(Shape):
    """The day on which so many working days have passed."""

    start = always(fields.Date, data_key="from", **told("Not counted itself."))
    count = always(fields.Integer)
    day = always(fields.Date)
    unknown_years = always(
        fields.List,
        fields.Integer(),
        **told("Years counted by ordinary weekdays, as their holidays are not known here."),
    )
