"""Eligibility in words: what is missing, and what to do about it; where the page of a missing thing is."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext

from app.booking.rules import standing
from app.consortium.rules import qualification
from app.entrypoints.formats import day_text, moment_text, span_text
from app.entrypoints.wording.units import Names, Sentences, unit_in
from app.foundation.refusal import Reason
from app.foundation.timespan import Span


def sort_name(sort: str) -> str:
    """A sort of qualification as people call it."""
    return {
        "safety": gettext("Safety admission"),
        "training": gettext("Training"),
        "authorisation": gettext("Operator authorisation"),
    }.get(sort, sort)


def condition_name(name: str) -> str:
    """A condition of the self-check as a line of the list."""
    return {
        "restricted": gettext("No restriction"),
        "agreement": gettext("Agreement on file"),
        "guarantor": gettext("Guarantor"),
        "sixteen": gettext("All learners are 16 or older"),
        "not_first_year": gettext("No learner is in the first year"),
        "hours": gettext("At most 8 hours a day"),
        "night": gettext("Not between 22:00 and 6:00"),
        "one_place": gettext("Not in two places at once"),
    }.get(name, sort_name(name))


def lack_name(name: str) -> str:
    """What somebody has not, by the name of the condition, within a sentence."""
    return {
        "safety": gettext("safety admission"),
        "training": gettext("training"),
        "authorisation": gettext("operator authorisation"),
        "agreement": gettext("an agreement on file"),
        "guarantor": gettext("a guarantor"),
        "restricted": gettext("leave to book (a restriction)"),
    }.get(name, condition_name(name))


def next_step(reason: Reason) -> str:
    """What to do about a reason; empty for reasons that are no matter of eligibility."""
    if isinstance(reason, standing.QualificationMissing):
        return {
            "safety": gettext(
                "Pass the safety examination; the keeper or your organisation's administrator then enters it."
            ),
            "training": gettext("Arrange a training with the keeper, who enters it afterwards."),
            "authorisation": gettext("Ask the keeper of the base to authorise you."),
        }.get(reason.sort, "")
    steps = {
        standing.AgreementMissing: gettext("Have the agreement filed by the consortium's administrator."),
        standing.GuarantorMissing: gettext(
            "Find a member that stands surety, and have it entered with the agreement by the consortium's administrator."
        ),
        standing.NotDeclared: gettext("Tick the statement on the booking form."),
        standing.TooLongForLearners: gettext("Shorten it, or divide it over several days."),
        standing.NightForLearners: gettext("Move it into the day."),
        standing.InTwoPlaces: gettext("Cancel or move one of the two, or hand it over to a colleague."),
        standing.Restricted: gettext("See why on the page of your credit; you may appeal to a person there."),
    }
    return steps.get(type(reason), "")


def _with_step(sentence: str, reason: Reason) -> str:
    """What is missing and what to do, as one text: so a refusal says both wherever it is read."""
    return gettext("%(missing)s %(step)s", missing=sentence, step=next_step(reason))


def missing_text(reason: Any, names: Names) -> str:
    """What is missing, without what to do."""
    return SHORT[type(reason)](reason, names)


def _when_not(ended: date | None, begins: date | None) -> str:
    """`(ended on …; begins on …)` of what was or will be there."""
    if ended and begins:
        return gettext(
            " (it ended on %(ended)s, the next begins on %(begins)s)", ended=day_text(ended), begins=day_text(begins)
        )
    if ended:
        return gettext(" (it ends on %(ended)s)", ended=day_text(ended))
    return gettext(" (it begins on %(begins)s)", begins=day_text(begins)) if begins else ""


def _qualification(reason: standing.QualificationMissing, names: Names) -> str:
    then = _when_not(reason.ended, reason.begins)
    return gettext(
        "%(unit)s: no %(sort)s valid on the day of use%(then)s.",
        unit=unit_in(reason, names),
        sort={
            "safety": gettext("safety admission"),
            "training": gettext("training"),
            "authorisation": gettext("operator authorisation"),
        }.get(reason.sort, reason.sort),
        then=then,
    )


def _not_declared(reason: standing.NotDeclared, _: Names) -> str:
    if reason.what == "sixteen":
        return gettext("A post internship: it is not stated that all learners are 16 or older.")
    return gettext("A post internship: it is not stated that no learner is in the first year.")


def _restricted(reason: standing.Restricted, names: Names) -> str:
    until = moment_text(reason.until)
    if reason.scope == "all":
        return gettext("Booking is restricted until %(until)s: %(why)s", until=until, why=reason.why)
    return gettext(
        "%(unit)s: booking is restricted until %(until)s: %(why)s",
        unit=unit_in(reason, names),
        until=until,
        why=reason.why,
    )


SHORT: Sentences = {
    standing.AgreementMissing: lambda r, n: gettext(
        "%(unit)s: no agreement with its owner is on file for the day of use%(then)s.",
        unit=unit_in(r, n),
        then=_when_not(r.ended, r.begins),
    ),
    standing.GuarantorMissing: lambda r, n: gettext(
        "%(unit)s: the agreement on file names no guarantor.", unit=unit_in(r, n)
    ),
    standing.QualificationMissing: _qualification,
    standing.NotDeclared: _not_declared,
    standing.TooLongForLearners: lambda r, _n: gettext(
        "%(when)s: learners in a post internship work at most %(most)s hours a day.",
        when=moment_text(r.asked_start),
        most=r.most,
    ),
    standing.NightForLearners: lambda r, _n: gettext(
        "%(when)s: learners in a post internship do not work between 22:00 and 6:00.", when=moment_text(r.asked_start)
    ),
    standing.InTwoPlaces: lambda r, _n: gettext(
        "Two places at once: the same person has another booking %(when)s.", when=span_text(Span(r.start, r.end))
    ),
    standing.Restricted: _restricted,
}

SENTENCES: Sentences = {
    kind: (lambda reason, names: _with_step(missing_text(reason, names), reason)) for kind in SHORT
} | {
    qualification.NotToYourself: lambda _r, _n: gettext(
        "Nobody gives an admission, training or authorisation to herself; ask another keeper or administrator."
    ),
    qualification.ScoreTooLow: lambda r, _n: gettext(
        "%(score)s points are not enough; the examination is passed with %(least)s.", score=r.score, least=r.least
    ),
    qualification.UnknownPeople: lambda r, _n: gettext(
        "Nobody here has these addresses, so nothing was given: %(emails)s", emails=gettext(", ").join(r.emails)
    ),
    qualification.AlreadyRevoked: lambda _r, _n: gettext("This was taken back already."),
}
"""What is said of each reason of this topic."""
