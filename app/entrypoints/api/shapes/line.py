"""Shapes of who gets it: standing in the line, offers, proposals to pass bookings on, settings and limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from app.booking.actions.limiting import OWN
from app.booking.rules.passing import ACCEPTED, DECLINED, EXPIRED, HAND_OVER, OPEN, SWAP, WITHDRAWN
from app.booking.rules.passing import LONGEST_NOTE as LONGEST_PROPOSAL
from app.booking.rules.request import PURPOSES
from app.booking.rules.standing import DECLARATIONS
from app.booking.rules.waiting import MOST_UNITS, OFFER_STATES, STANDBY_STATES
from app.consortium.rules.settings import SETTINGS
from app.entrypoints.api.shapes.asking import UnitBooked
from app.entrypoints.api.shapes.blocks import always, told
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

_CLOCK = told("By the clock, such as 08:00; 24:00 ends the day.")


# ── standing in the line ──


class StandbyWanted(Shape):
    """What one waits for: any one of these units, for so long, in this window of the day, on any of these days."""

    units = Several(Id(), most=MOST_UNITS, required=True, **told("Ids, the best liked first; one of them is offered."))
    quantity = Whole(1, 10_000, load_default=1)
    together = Truth(load_default=False, **told("All of the units at once, `quantity` of each, not any one of them."))
    first_day = Day(required=True)
    last_day = Day(required=True)
    weekdays = Several(Whole(1, 7), most=7, **told("1 Monday … 7 Sunday; without it any day."))
    since = Text(5, load_default="08:00", **_CLOCK)
    until = Text(5, load_default="18:00", **_CLOCK)
    minutes = Whole(5, 1440, required=True, **told("For so long, at any start within the window."))
    title = Text(120, least=1, required=True)
    purpose = Word(tuple(PURPOSES), required=True)
    headcount = Whole(1, 100_000, allow_none=True, load_default=None)
    note = Text(2000, lines=True, load_default="")
    declared = Several(
        Word(DECLARATIONS), least=0, most=2, load_default=[], **told("For post internships: sixteen, not_first_year.")
    )
    acting_for = Text(40, least=1, **told("Member code; without it the token owner's first office counts."))


class StandbyChanged(Shape):
    """What one waits for instead; what is left out stays. The version is given here or as If-Match."""

    version = Whole(**told("The version that was read."))
    units = Several(Id(), most=MOST_UNITS)
    together = Truth()
    quantity = Whole(1, 10_000)
    first_day = Day()
    last_day = Day()
    weekdays = Several(Whole(1, 7), most=7)
    since = Text(5, **_CLOCK)
    until = Text(5, **_CLOCK)
    minutes = Whole(1, 14 * 1440)
    title = Text(120, least=1)
    purpose = Word(tuple(PURPOSES))
    headcount = Whole(1, 100_000, allow_none=True, **told("null clears it."))
    note = Text(2000, lines=True)
    declared = Several(Word(DECLARATIONS), least=0, most=2)


class OfferShown(Shape):
    """A freed time that is held for one's answer."""

    id = always(fields.Integer)
    state = always(**told("", enum=list(OFFER_STATES)))
    unit_id = always(fields.Integer, **told("The first of the units."))
    units = always(fields.List, fields.Nested(UnitBooked), **told("All that is held, with how many of each."))
    start = always(fields.DateTime)
    end = always(fields.DateTime)
    expires_at = always(fields.DateTime, **told("Held until then; after that the next in the line is asked."))
    booking_id = always(fields.Integer, **told("The booking that waits for the answer."))


class PlaceShown(Shape):
    """Where one stands in the line, and why."""

    number = always(fields.Integer, **told("1: the next that fits is held for her."))
    displaced_before = always(fields.Integer, **told("Of those before her, whose booking was taken from them."))
    earlier_before = always(fields.Integer, **told("Of those before her, who only came earlier."))
    why = always(**told("A sentence for people."))


class StandbyShown(Shape):
    """What one waits for, as it stands."""

    id = always(fields.Integer)
    url = always()
    version = always(fields.Integer)
    state = always(**told("open: in the line; offered: something is held.", enum=list(STANDBY_STATES)))
    units = always(fields.List, fields.Integer())
    quantity = always(fields.Integer)
    together = always(
        fields.List,
        fields.Nested(UnitBooked),
        **told("Where all of the units are wanted at once: how many of each. Empty: any one of them will do."),
    )
    first_day = always(fields.Date)
    last_day = always(fields.Date)
    weekdays = always(fields.List, fields.Integer())
    since = always()
    until = always()
    minutes = always(fields.Integer, **told("More than from since to until: the very time that runs past midnight."))
    title = always()
    purpose = always(**told("", enum=list(PURPOSES)))
    headcount = always(fields.Integer, can_be_null=True)
    note = always()
    acting_for = always(**told("Member code."))
    asked_at = always(fields.DateTime)
    place = always(fields.Nested, PlaceShown, can_be_null=True, **told("null where one does not wait any more."))
    offer = always(fields.Nested, OfferShown, can_be_null=True, **told("What is held for one's answer now."))
    answered = always(fields.List, fields.Nested(OfferShown), **told("Offers that are over."))


class Versioned(Shape):
    """Which version is meant, where If-Match does not say it."""

    version = WholeInQuery()


class Nothing(Shape):
    """Nothing more need be said."""


class Leaving(Shape):
    """Whether one leaves the line with the answer."""

    leave = Truth(load_default=False, **told("Wait no more. Without it one goes on waiting for another time."))


# ── passing on ──


class HandOverWanted(Shape):
    """To whom a whole booking is to go."""

    version = Whole(**told("Of the booking, as it was read."))
    to = PersonNamed(required=True, **told("Id or e-mail of a person who can take it over."))
    note = Text(LONGEST_PROPOSAL, lines=True, load_default="")


class SwapWanted(Shape):
    """Which of one's dates for which taken time."""

    version = Whole(**told("Of the booking, as it was read."))
    date_id = Id(required=True, **told("The date one gives."))
    unit = Id(required=True, **told("Id of the unit one would like to have."))
    at = Moment(required=True, **told("An instant at which somebody's single date holds it."))
    note = Text(LONGEST_PROPOSAL, lines=True, load_default="")


class TimePassed(Shape):
    """Units at a time. What the other's booking is for is not told."""

    units = always(fields.List, fields.Nested(UnitBooked))
    start = always(fields.DateTime)
    end = always(fields.DateTime)


class ProposalShown(Shape):
    """A proposal, seen from one's own side."""

    id = always(fields.Integer)
    url = always()
    kind = always(**told("", enum=[HAND_OVER, SWAP]))
    state = always(**told("", enum=[OPEN, ACCEPTED, DECLINED, WITHDRAWN, EXPIRED]))
    is_mine = always(fields.Boolean, **told("Whether one made it; else it waits for one's answer."))
    gives = always(fields.List, fields.Nested(TimePassed), **told("What one gives."))
    gets = always(fields.List, fields.Nested(TimePassed), **told("What one gets."))
    booking_id = always(fields.Integer, can_be_null=True, **told("One's own booking in it."))
    note = always()
    made_at = always(fields.DateTime)
    expires_at = always(fields.DateTime)


# ── settings and limits ──


def _numbers(name: str, names: tuple[str, ...], can_be_null: bool) -> type[Shape]:
    """One field for each of these settings, with its bounds."""
    made: Any = Shape.from_dict(
        {
            each: Whole(
                SETTINGS[each].least,
                SETTINGS[each].most,
                allow_none=can_be_null,
                attribute=each.replace(".", "/"),  # a dot would make an object inside an object
                **told(SETTINGS[each].unit),
            )
            for each in names
        },
        name=name,
    )
    result: type[Shape] = made
    return result


def numbers_of(values: Mapping[str, int | None]) -> dict[str, int]:
    """Numbers as they were sent, by the settings' own names; what is null was not said."""
    return {name.replace("/", "."): value for name, value in values.items() if value is not None}


SettingsNumbers = _numbers("SettingsNumbers", tuple(SETTINGS), can_be_null=False)
LimitsNumbers = _numbers("LimitsNumbers", OWN, can_be_null=True)


class SettingsChanged(Shape):
    """Which numbers are to be others; the rest stays."""

    mark = Text(16, least=1, **told("`mark` as it was read; or If-Match with the ETag."))
    values = Part(SettingsNumbers, required=True)


class LimitsSet(Shape):
    """All own numbers of the base or unit; one that is left out or null is as everywhere."""

    mark = Text(16, least=1, **told("`mark` as it was read; or If-Match with the ETag."))
    values = Part(LimitsNumbers, required=True)


class SettingShown(Shape):
    """One number in force."""

    name = always(**told("", enum=list(SETTINGS)))
    unit = always(**told("What it counts."))
    value = always(fields.Integer)
    default = always(fields.Integer)
    least = always(fields.Integer)
    most = always(fields.Integer)
    is_off_at_zero = always(fields.Boolean, **told("Whether 0 means that there is no such rule."))
    may_differ = always(fields.Boolean, **told("Whether a base or a unit may have its own."))


class SettingsShown(Shape):
    """Every number in force for the whole consortium."""

    mark = always(**told("Changes with every change; to be sent with one."))
    items = always(fields.List, fields.Nested(SettingShown))


class LimitShown(Shape):
    """One number of a base or unit."""

    name = always(**told("", enum=list(OWN)))
    own = always(fields.Integer, can_be_null=True, **told("null: none of its own."))
    value = always(fields.Integer, **told("What is in force there."))


class LimitsShown(Shape):
    """The numbers in force at a base or a unit."""

    mark = always(**told("Of its own numbers; to be sent with a change."))
    items = always(fields.List, fields.Nested(LimitShown))
