"""Shapes of use: who came, what it was judged to be, credit, and restrictions."""

from __future__ import annotations

from marshmallow import fields

from app.consortium.rules.credit import RULES
from app.consortium.rules.restriction import CAUSES, LONGEST_DAYS, LONGEST_WORDS, OVER, SCOPES, STATES
from app.entrypoints.api.shapes.blocks import LARGEST_PAGE, PAGE_SIZE, always, told
from app.entrypoints.api.shapes.bookings import PersonShown
from app.entrypoints.api.values import Cursor, Id, Moment, Shape, Text, Truth, Whole, WholeInQuery, Word
from app.usage.rules.presence import HOWS
from app.usage.rules.verdict import VERDICTS


class JudgementShown(Shape):
    """What a use was judged to be."""

    verdict = always(**told("", enum=list(VERDICTS)))
    judged_at = always(fields.DateTime)
    late_minutes = always(fields.Integer)
    early_minutes = always(fields.Integer)
    over_minutes = always(fields.Integer)
    why = always(**told("Why it was not judged: fault, closed, not_hers, in_time, nothing_noted; else empty."))
    excused_at = always(fields.DateTime, can_be_null=True)
    excused_why = always()
    version = always(fields.Integer)


class PresenceShown(Shape):
    """What is known of one date: null where nothing is."""

    booking_id = always(fields.Integer)
    date_id = always(fields.Integer)
    version = always(fields.Integer, **told("Of what was noted, for corrections; 0: nothing was."))
    start = always(fields.DateTime)
    end = always(fields.DateTime)
    expected_since = always(
        fields.DateTime, can_be_null=True, **told("Since when it was watched for; without it there is no no-show.")
    )
    arrived_at = always(fields.DateTime, can_be_null=True)
    arrived_how = always(can_be_null=True, **told("", enum=[*HOWS, None]))
    left_at = always(fields.DateTime, can_be_null=True)
    left_how = always(can_be_null=True, **told("", enum=[*HOWS, None]))
    released_at = always(
        fields.DateTime, can_be_null=True, **told("When the rest was given back, or given on because nobody came.")
    )
    booked_until = always(fields.DateTime, can_be_null=True, **told("Its end before that."))
    judgement = always(fields.Nested, JudgementShown, can_be_null=True)


class TimesNoted(Shape):
    """When somebody came and left, as the keeper knows it; null: it is not known."""

    version = Whole(0, 2**31 - 1, required=True, **told("Of what was noted so far; 0 where nothing was."))
    arrived_at = Moment(required=True, allow_none=True)
    left_at = Moment(required=True, allow_none=True)


class OfVersion(Shape):
    """Which version of the booking is meant, where If-Match does not say it."""

    version = Whole(1, 2**31 - 1)


class Excuse(Shape):
    """Why it is excused; `version` is that of the judgement."""

    version = Whole(1, 2**31 - 1, required=True)
    why = Text(LONGEST_WORDS, least=1, lines=True, required=True)


class JudgementsWanted(Shape):
    """Which judged dates."""

    verdict = Word(VERDICTS)
    base = WholeInQuery()
    cursor = Cursor()
    limit = WholeInQuery(most=LARGEST_PAGE, load_default=PAGE_SIZE)


class UseShown(Shape):
    """A judged date."""

    id = always(fields.Integer, **told("Of the date."))
    booking_id = always(fields.Integer)
    title = always()
    holder = always(fields.Nested, PersonShown)
    start = always(fields.DateTime)
    end = always(fields.DateTime)
    units = always(fields.List, fields.Integer())
    presence = always(fields.Nested, PresenceShown)


class EventShown(Shape):
    """Points given or taken once; an excuse is an event of its own that takes one back."""

    id = always(fields.Integer)
    rule = always(**told("", enum=list(RULES)))
    points = always(fields.Integer)
    at = always(fields.DateTime)
    by = always(can_be_null=True, **told("Who did it; null: the clock, from what was noted."))
    reason = always()
    booking_id = always(fields.Integer, can_be_null=True)
    date_id = always(fields.Integer, can_be_null=True)
    reverses = always(fields.Integer, can_be_null=True, **told("The event it takes back."))
    score_after = always(fields.Integer, can_be_null=True, **told("null: it does not count."))


class RestrictionAppeal(Shape):
    """What was said against a restriction, and answered by somebody else than who imposed it."""

    words = always()
    at = always(fields.DateTime)
    answer = always()
    answered_at = always(fields.DateTime, can_be_null=True)


class RestrictionShown(Shape):
    """Where somebody may not book for a time, why, and who decided so."""

    id = always(fields.Integer)
    version = always(fields.Integer)
    person = always(fields.Nested, PersonShown)
    scope = always(**told("", enum=list(SCOPES)))
    scope_id = always(fields.Integer, can_be_null=True, **told("Of the member, base or unit."))
    state = always(**told("over: its time has passed.", enum=[*STATES, OVER]))
    cause = always(**told("repeated: by the rule, from `events`; by_hand.", enum=list(CAUSES)))
    why = always()
    events = always(fields.List, fields.Integer(), **told("Ids of the events of credit it rests on."))
    proposed_at = always(fields.DateTime)
    decided_by = always(can_be_null=True, **told("Name; null while nobody has, or where it is set to be automatic."))
    start = always(fields.DateTime, can_be_null=True)
    until = always(fields.DateTime, can_be_null=True)
    ended_at = always(fields.DateTime, can_be_null=True, **told("Dismissed or lifted then."))
    ended_why = always()
    appeal = always(fields.Nested, RestrictionAppeal, can_be_null=True)


class CreditShown(Shape):
    """One's own credit."""

    score = always(fields.Integer)
    cap = always(fields.Integer)
    events = always(fields.List, fields.Nested(EventShown), **told("The newest first."))
    restrictions = always(fields.List, fields.Nested(RestrictionShown))


class RestrictionsWanted(Shape):
    """Which restrictions."""

    state = Word(("appealed", *STATES, OVER))
    person = Id()
    cursor = Cursor()
    limit = WholeInQuery(most=LARGEST_PAGE, load_default=PAGE_SIZE)


class RestrictionWanted(Shape):
    """A restriction imposed by hand."""

    person = Id(required=True)
    scope = Word(SCOPES, required=True)
    scope_id = Id(allow_none=True, load_default=None, **told("Of the member, base or unit; null with scope all."))
    days = Whole(1, LONGEST_DAYS, required=True)
    why = Text(LONGEST_WORDS, least=1, lines=True, required=True)


class ProposalFollowed(Shape):
    """For how long, and why; without days for as long as is set."""

    version = Whole(1, 2**31 - 1, required=True)
    days = Whole(1, LONGEST_DAYS, allow_none=True, load_default=None)
    why = Text(LONGEST_WORDS, lines=True, load_default="")


class RestrictionReasoned(Shape):
    """A decision and its reason, which the person reads."""

    version = Whole(1, 2**31 - 1, required=True)
    why = Text(LONGEST_WORDS, least=1, lines=True, required=True)


class RestrictionAppealed(Shape):
    """Why it is not right."""

    version = Whole(1, 2**31 - 1, required=True)
    words = Text(LONGEST_WORDS, least=1, lines=True, required=True)


class RestrictionAnswered(Shape):
    """The answer, and whether the restriction is lifted."""

    version = Whole(1, 2**31 - 1, required=True)
    words = Text(LONGEST_WORDS, least=1, lines=True, required=True)
    lifts = Truth(required=True)
