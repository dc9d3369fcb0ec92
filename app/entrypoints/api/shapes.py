"""Shapes: what goes into the API and what comes out. The same schemas validate requests and make the OpenAPI document."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.booking.actions.listing import MINE, WHOSE
from app.booking.rules.course import STATES
from app.booking.rules.feed import SCOPES, VARIANTS
from app.booking.rules.request import PURPOSES
from app.booking.rules.standing import DECLARATIONS
from app.catalogue.rules.unit import BASE_KINDS, UNIT_KINDS
from app.consortium.rules.office import MEMBER_KINDS
from app.entrypoints.api.values import (
    Cursor,
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

MOST_UNITS = 60
MOST_DATES = 400
PAGE_SIZE, LARGEST_PAGE = 50, 200


def told(description: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"description": description} | more}


def always(kind: type[fields.Field[Any]] = fields.String, *inner: Any, can_be_null: bool = False, **more: Any) -> Any:
    """A field that every answer has."""
    return kind(*inner, required=True, allow_none=can_be_null, **more)


class Problem(Shape):
    """RFC 9457, with every reason there is."""

    class Meta:
        """A reason's facts differ by its code; so do a problem's further members."""

        unknown = "include"

    type = always(**told("about:blank: the status says it all."))
    title = always()
    status = always(fields.Integer)
    detail = always(**told("All reasons as sentences, in the language of Accept-Language (zh or en)."))
    reasons = always(
        fields.List,
        fields.Nested("Reason"),
        **told("Each reason as a code, a sentence, and the facts it carries (unit_id, unit, start, end, field, …)."),
    )
    alternatives = fields.List(
        fields.Nested("Alternative"), **told("Where time was refused: what can be had instead, the best first.")
    )


class Reason(Shape):
    """One fact that stands in the way."""

    class Meta:
        """Facts differ by code."""

        unknown = "include"

    code = always(**told("A word for programs: overlaps, over_capacity, closed_then, changed_meanwhile, invalid, …"))
    message = always(**told("A sentence for people."))


# ── reading lists ──


class Page(Shape):
    """How much of a list is wanted."""

    cursor = Cursor(**told("`next` of the page before."))
    limit = WholeInQuery(1, LARGEST_PAGE, load_default=PAGE_SIZE, **told("How many at most."))


class LabsWanted(Page):
    """Which labs."""

    base = WholeInQuery(**told("Only in this base (id)."))
    q = Text(60, **told("Only where name or code contains this."))


class BasesWanted(Page):
    """Which bases."""

    kind = Word(BASE_KINDS)
    q = Text(60, **told("Only where name or code contains this."))


class UnitsWanted(Page):
    """Which units."""

    base = WholeInQuery(**told("Only in this base (id)."))
    lab = WholeInQuery(**told("Only in this lab (id)."))
    kind = Word(UNIT_KINDS)
    q = Text(60, **told("Only where name or code contains this."))


class WindowWanted(Shape):
    """A stretch of time, half-open."""

    start = Moment(required=True, **told("RFC 3339 with offset."))
    end = Moment(
        required=True, **told("RFC 3339 with offset; at most 62 days after start. The end itself is not part of it.")
    )


class BookingsWanted(Page):
    """Which of one's own bookings."""

    start = Moment(data_key="from", **told("Only with a date that ends after this."))
    end = Moment(data_key="to", **told("Only with a date that starts before this."))
    state = Word(STATES, **told("Only with a date in this state."))
    whose = Word(WHOSE, load_default=MINE, **told("mine; or, where one's office allows, organisation, bases, all."))


# ── the consortium and the catalogue ──


class Name(Shape):
    """A thing's name in both languages; the English one may be empty."""

    name_zh = always()
    name_en = always()


class Member(Name):
    """成员单位."""

    id = always(fields.Integer)
    code = always(**told("What `acting_for` takes."))
    kind = always(**told("", enum=list(MEMBER_KINDS)))
    joined_on = always(fields.Date)
    left_on = always(fields.Date, can_be_null=True)


class Base(Name):
    """基地."""

    id = always(fields.Integer)
    code = always()
    kind = always(**told("", enum=list(BASE_KINDS)))
    host = always(**told("Code of the member at whose place it stands."))
    operator = always(**told("Code of the member that runs it."))
    keeping_member = always(**told("Code of the member whose keepers look after it."))
    address = always()
    contact = always()
    retired_on = always(fields.Date, can_be_null=True)


class Lab(Name):
    """实训室."""

    id = always(fields.Integer)
    base_id = always(fields.Integer)
    code = always()
    place = always()
    seats = always(fields.Integer, can_be_null=True)
    room_unit_id = always(fields.Integer, can_be_null=True, **told("The unit that stands for the whole lab."))
    retired_on = always(fields.Date, can_be_null=True)


class Unit(Name):
    """可预约单元."""

    id = always(fields.Integer)
    code = always()
    kind = always(**told("room: the whole lab; machine; pool: identical machines; stations.", enum=list(UNIT_KINDS)))
    lab_id = always(fields.Integer)
    base_id = always(fields.Integer)
    capacity = always(fields.Integer, **told("How many can be booked at one time."))
    needs_approval = always(fields.Boolean)
    holds_while_waiting = always(fields.Boolean, **told("Whether a request that waits for approval keeps others out."))
    setup_minutes = always(fields.Integer, **told("Kept free before each use."))
    cleaning_minutes = always(fields.Integer, **told("Kept free after each use."))
    sharing = always(**told("", enum=["external", "internal", "none"]))
    retired_on = always(fields.Date, can_be_null=True)


class Purpose(Name):
    """用途."""

    code = always(**told("What `purpose` takes.", enum=list(PURPOSES)))


class Term(Name):
    """学期."""

    id = always(fields.Integer)
    first_monday = always(fields.Date, **told("The Monday of teaching week 1."))
    weeks = always(fields.Integer)
    member = always(can_be_null=True, **told("Code of the member it holds for; null: for all."))


def list_of(item: type[Shape]) -> type[Shape]:
    """A whole list: `items`."""
    made: Any = Shape.from_dict({"items": always(fields.List, fields.Nested(item))}, name=f"{item.__name__}List")
    result: type[Shape] = made
    return result


class Side(Name):
    """A member the token's owner may act for."""

    code = always()
    roles = always(fields.List, fields.String())


class Me(Shape):
    """Whose token this is and what it may do."""

    id = always(fields.Integer)
    name = always()
    acting_for = always(can_be_null=True, **told("Code of the member that counts where a request names none."))
    members = always(fields.List, fields.Nested(Side))
    rights = always(fields.List, fields.String(), **told("read, book, approve."))


class Taken(Shape):
    """A stretch that is taken, by whom is not told."""

    start = always(fields.DateTime)
    end = always(fields.DateTime)
    quantity = always(fields.Integer, **told("How many; all there is where the whole unit or its lab is taken."))
    cause = always(**told("", enum=["booking", "maintenance", "closure", "fault"]))


class Free(Shape):
    """A stretch in which something is left."""

    start = always(fields.DateTime)
    end = always(fields.DateTime)
    remaining = always(fields.Integer)


class Availability(Shape):
    """When a unit is taken and what is left of it, within its opening hours."""

    unit_id = always(fields.Integer)
    start = always(fields.DateTime)
    end = always(fields.DateTime)
    capacity = always(fields.Integer)
    setup_minutes = always(fields.Integer)
    cleaning_minutes = always(fields.Integer)
    taken = always(fields.List, fields.Nested(Taken))
    free = always(fields.List, fields.Nested(Free))


# ── asking ──


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


# ── bookings as they are answered ──


class UnitBooked(Shape):
    """So many of a unit."""

    id = always(fields.Integer)
    quantity = always(fields.Integer)


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


class Health(Shape):
    """Whether it lives."""

    status = always()


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


def page_of(item: type[Shape]) -> type[Shape]:
    """A page of a list: `items`, and `next`, the cursor of the next page or null at the end."""
    made: Any = Shape.from_dict(
        {
            "items": always(fields.List, fields.Nested(item)),
            "next": always(can_be_null=True, **told("Cursor of the next page; null: this is the last.")),
        },
        name=f"{item.__name__}Page",
    )
    result: type[Shape] = made
    return result
