"""Shapes of eligibility: what is asked of whoever books, what people are qualified for, agreements."""

from __future__ import annotations

from marshmallow import fields

from app.booking.rules.request import PURPOSES
from app.consortium.rules.qualification import (
    LONGEST_EVIDENCE,
    LONGEST_NUMBER,
    LONGEST_WHY,
    MOST_AT_ONCE,
    SCOPES,
    SORTS,
    STANDINGS,
)
from app.entrypoints.api.shapes.blocks import Page, always, told
from app.entrypoints.api.values import (
    Day,
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


class CheckWanted(Shape):
    """A use whose conditions are asked for."""

    start = Moment(required=True, **told("RFC 3339 with offset."))
    end = Moment(required=True)
    purpose = Word(tuple(PURPOSES), load_default="teaching")
    sixteen = Truth(load_default=False, **told("For post internships: all learners are 16 or older."))
    not_first_year = Truth(load_default=False, **told("For post internships: no learner is in the first year."))
    person = WholeInQuery(**told("Id of a colleague you may book for; else yourself."))


class Condition(Shape):
    """One thing that is asked."""

    name = always(
        **told(
            "restricted, agreement, guarantor, safety, training, authorisation, sixteen, not_first_year, hours, night, "
            "one_place"
        )
    )
    unit_id = always(
        fields.Integer, can_be_null=True, **told("Who asks it: the unit, a thing in a lab taken whole, the lab around.")
    )
    met = always(fields.Boolean)
    last = always(fields.Date, can_be_null=True, **told("The last day on which what is there is valid."))
    reason = always(fields.Nested, "Reason", can_be_null=True)
    next_step = always(**told("What to do about it, as a sentence; empty where it is met."))


class Checked(Shape):
    """预约资格自检: everything that is asked, met or not."""

    unit_id = always(fields.Integer)
    start = always(fields.DateTime)
    end = always(fields.DateTime)
    eligible = always(fields.Boolean)
    conditions = always(fields.List, fields.Nested(Condition))


class Place(Shape):
    """Where a qualification is valid."""

    kind = always(**told("", enum=list(SCOPES)))
    id = always(fields.Integer, **told("0 for the whole consortium."))


class Qualification(Shape):
    """安全准入、培训、上岗授权."""

    id = always(fields.Integer)
    person_id = always(fields.Integer)
    kind = always(**told("", enum=list(SORTS)))
    place = always(fields.Nested, Place)
    from_on = always(fields.Date)
    last_on = always(fields.Date, can_be_null=True)
    standing = always(**told("", enum=list(STANDINGS)))
    score = always(fields.Integer, can_be_null=True)
    evidence = always()
    version = always(fields.Integer)


class QualificationsWanted(Page):
    """Whose qualifications: one's own, or what is valid in a base one keeps."""

    base = WholeInQuery(**told("Those valid for this base, its labs and units; else your own."))
    kind = Word(SORTS)
    standing = Word(STANDINGS)


class PlaceWanted(Shape):
    """Where it is to be valid."""

    kind = Word(SCOPES, required=True)
    id = Whole(0, load_default=0, **told("0 for the whole consortium."))


class GrantWanted(Shape):
    """What is given to several people for several places at once: all of it or nothing."""

    kind = Word(SORTS, required=True)
    people = Several(PersonNamed(), most=MOST_AT_ONCE, required=True, **told("Ids or e-mail addresses."))
    places = Several(Part(PlaceWanted), most=MOST_AT_ONCE, required=True)
    from_on = Day(required=True)
    last_on = Day(allow_none=True, load_default=None, **told("The last day; null: until further notice."))
    score = Whole(0, 100, allow_none=True, load_default=None)
    evidence = Text(LONGEST_EVIDENCE, load_default="")


class Granted(Shape):
    """The new rows."""

    ids = always(fields.List, fields.Integer())


class Revoked(Shape):
    """Taking back: which version was read, and why."""

    version = Whole(required=True)
    reason = Text(LONGEST_WHY, least=1, lines=True, required=True)


class Agreement(Shape):
    """协议: by which an organisation may use what another owns."""

    id = always(fields.Integer)
    number = always()
    member = always(**told("Code of the organisation that uses."))
    with_member = always(can_be_null=True, **told("Code of the owner; null: any member."))
    guarantor = always(can_be_null=True, **told("Code of the member that stands surety."))
    from_on = always(fields.Date)
    last_on = always(fields.Date, can_be_null=True)
    version = always(fields.Integer)


class AgreementWanted(Shape):
    """What is filed of an agreement."""

    number = Text(LONGEST_NUMBER, least=1, required=True)
    member = Text(40, least=1, required=True, **told("Code of the organisation that uses."))
    with_member = Text(40, allow_none=True, load_default=None, **told("Code of the owner; null: any member."))
    guarantor = Text(40, allow_none=True, load_default=None, **told("Code of the member that stands surety."))
    from_on = Day(required=True)
    last_on = Day(allow_none=True, load_default=None, **told("The last day; null: until further notice."))


class AgreementEnded(Shape):
    """Ending an agreement: which version was read, when, and why."""

    version = Whole(**told("As it was read; or If-Match with the ETag."))
    reason = Text(LONGEST_WHY, least=1, lines=True, required=True)
    last_on = Day(allow_none=True, load_default=None, **told("The last day on which it counts; null: today."))


class AgreementsWanted(Page):
    """Which agreements."""

    standing = Word(("in_force", "to_come", "over", "any"), load_default="in_force")
