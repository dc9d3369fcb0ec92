"""Standing: what is asked for the use of units, what is on file of whoever asks, and the reasons when it is not enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from app.catalogue.rules.unit import Unit
from app.consortium.rules.qualification import Agreement, Qualification
from app.consortium.rules.restriction import Restriction
from app.foundation.refusal import Reason
from app.foundation.timespan import EARLIEST, Span

NOBODY, OUTSIDE_ONLY, ALL_OTHERS = 0, 1, 2
"""Of whom an agreement is asked: nobody, organisations outside the consortium, everybody not on the owner's side."""

OFF, REFUSED, SPECIAL = 0, 1, 2
"""Long and late hours of learners in post internships: no rule, refused, or only with the keeper's approval."""

AGED, NOT_FIRST_YEAR = "sixteen", "not_first_year"
DECLARATIONS = (AGED, NOT_FIRST_YEAR)
"""What is declared of the learners instead of birth dates: all are 16 or older; none is in the first year."""


@dataclass(frozen=True, slots=True)
class Duties:
    """What is asked for the use of one unit."""

    agreement: int = NOBODY
    guarantor: bool = False
    safety: bool = False
    training: bool = False
    authorisation: bool = False
    learners: int = OFF

    @property
    def asks_person(self) -> bool:
        return self.safety or self.training or self.authorisation

    @property
    def asks_agreement(self) -> bool:
        return self.agreement != NOBODY or self.guarantor


NO_DUTIES = Duties()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another open date of the same person."""

    span: Span
    booking_id: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is asked for the wanted units, and what is on file of the person and of her organisation."""

    units: Mapping[int, Unit]
    duties: Mapping[int, Duties] = field(default_factory=dict)
    sides: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """The members on the owner's side of each unit."""
    qualifications: Sequence[Qualification] = ()
    agreements: Sequence[Agreement] = ()
    outside_ids: frozenset[int] = frozenset()
    """Organisations on the register that are not members."""
    one_place: bool = False
    elsewhere: Sequence[Elsewhere] = ()
    restrictions: Sequence[Restriction] = ()
    at: datetime = EARLIEST
    """When it is asked: a restriction stands against asking, not against a day of use."""
    beside: Mapping[int, Mapping[int, Duties]] = field(default_factory=dict)
    """For a wanted unit, what others ask of its users: the things in a whole lab, the lab around a thing."""


@dataclass(frozen=True, slots=True)
class AgreementMissing(Reason):
    """No agreement with the unit's owner, or with the consortium, is in force on the day; `ended` is the last day of one."""

    code = "agreement_missing"
    unit_id: int
    ended: date | None = None
    begins: date | None = None


@dataclass(frozen=True, slots=True)
class GuarantorMissing(Reason):
    """The agreement of an organisation outside the consortium names no member that stands surety for it."""

    code = "guarantor_missing"
    unit_id: int


@dataclass(frozen=True, slots=True)
class QualificationMissing(Reason):
    """What the person needs for the unit (`sort`: safety, training, authorisation) she has not on the day of use.

    `ended` is the last day of what she had before, `begins` the first day of what she gets later.
    """

    code = "qualification_missing"
    unit_id: int
    sort: str
    ended: date | None = None
    begins: date | None = None


@dataclass(frozen=True, slots=True)
class NotDeclared(Reason):
    """A post internship needs this said of all its learners: `what` is sixteen or not_first_year."""

    code = "not_declared"
    kind = "invalid"
    unit_id: int
    what: str


@dataclass(frozen=True, slots=True)
class TooLongForLearners(Reason):
    """Learners in a post internship work at most `most` hours a day."""

    code = "too_long_for_learners"
    kind = "invalid"
    unit_id: int
    asked_start: datetime
    most: int


@dataclass(frozen=True, slots=True)
class NightForLearners(Reason):
    """Learners in a post internship do not work between 22:00 and 6:00."""

    code = "night_for_learners"
    kind = "invalid"
    unit_id: int
    asked_start: datetime


@dataclass(frozen=True, slots=True)
class InTwoPlaces(Reason):
    """The person holds something else in [start, end), within the asked date that begins at `asked_start`."""

    code = "in_two_places"
    asked_start: datetime
    start: datetime
    end: datetime
    booking_id: int


@dataclass(frozen=True, slots=True)
class Restricted(Reason):
    """The person may not book (`scope`: anything, or what lies there) until then; `why` are the words it was made with."""

    code = "restricted"
    kind = "forbidden"
    unit_id: int
    scope: str
    until: datetime
    why: str
