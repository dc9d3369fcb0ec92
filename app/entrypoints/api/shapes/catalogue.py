"""Shapes: the members and who one is among them, bases, labs, units, purposes and terms."""

from __future__ import annotations

from marshmallow import fields

from app.booking.rules.request import PURPOSES
from app.catalogue.rules.unit import BASE_KINDS, UNIT_KINDS
from app.consortium.rules.office import MEMBER_KINDS
from app.entrypoints.api.shapes.blocks import Name, Page, always, told
from app.entrypoints.api.values import Shape, Text, WholeInQuery, Word


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
