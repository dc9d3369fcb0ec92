"""Conduct in words: verdicts, events, restrictions, why something cannot be done about them, and what the settings mean."""

from __future__ import annotations

from flask_babel import gettext

from app.consortium.rules import credit, restriction
from app.entrypoints.formats import moment_text
from app.entrypoints.wording.units import Names, Sentences, unit_in
from app.usage.rules import presence, verdict


def verdict_name(word: str) -> str:
    """What a use was judged to be."""
    return {
        verdict.NORMAL: gettext("Used as booked"),
        verdict.NO_SHOW: gettext("Did not come"),
        verdict.LATE: gettext("Came late"),
        verdict.EARLY: gettext("Left early"),
        verdict.OVERRUN: gettext("Stayed too long"),
        verdict.LATE_OVERRUN: gettext("Came late and stayed too long"),
        verdict.LATE_EARLY: gettext("Came late and left early"),
        verdict.LATE_CANCEL: gettext("Cancelled late"),
        verdict.NOT_JUDGED: gettext("Not judged"),
    }.get(word, word)


VERDICT_SIGNS = {
    verdict.NORMAL: "done",
    verdict.NO_SHOW: "clash",
    verdict.NOT_JUDGED: "past",
}
"""Signs of the verdicts; every other is a warning (`waiting`)."""


def rule_name(rule: str) -> str:
    """What an event of credit is for."""
    return {
        credit.NO_FEEDBACK: gettext("Gave no feedback"),
        credit.EXCUSED: gettext("Excused"),
    }.get(rule) or verdict_name(rule)


def standing_name(standing: str) -> str:
    """How a restriction stands."""
    return {
        restriction.PROPOSED: gettext("Proposed"),
        restriction.IN_FORCE: gettext("In force"),
        restriction.DISMISSED: gettext("Not followed"),
        restriction.LIFTED: gettext("Lifted"),
        restriction.OVER: gettext("Its time is over"),
        "appealed": gettext("Appealed against"),
    }.get(standing, standing)


STANDING_SIGNS = {
    restriction.PROPOSED: "waiting",
    restriction.IN_FORCE: "clash",
    restriction.DISMISSED: "past",
    restriction.LIFTED: "done",
    restriction.OVER: "past",
}


def scope_name(scope: str) -> str:
    return {
        "all": gettext("Everywhere"),
        "member": gettext("At what a member owns or keeps"),
        "base": gettext("At one base"),
        "unit": gettext("At one unit"),
    }.get(scope, scope)


def _ask_the_keeper(reason: presence.AskTheKeeper, names: Names) -> str:
    unit = unit_in(reason, names)
    return gettext("A keeper decides about %(unit)s; only she makes it longer while it is used. Ask her.", unit=unit)


SENTENCES: Sentences = {
    presence.NotNow: lambda r, _n: gettext(
        "This can be said from %(opens)s until %(closes)s.",
        opens=moment_text(r.opens),
        closes=moment_text(r.closes),
    ),
    presence.NotConfirmed: lambda _r, _n: gettext("This date is not confirmed."),
    presence.HereAlready: lambda r, _n: gettext("It is noted already, at %(at)s.", at=moment_text(r.at)),
    presence.GivenOn: lambda r, _n: gettext("The rest of this time was given on at %(at)s.", at=moment_text(r.at)),
    presence.Judged: lambda _r, _n: gettext("It has been judged already. A keeper can excuse it."),
    presence.AskTheKeeper: _ask_the_keeper,
    verdict.NothingToExcuse: lambda r, _n: (
        gettext("It is excused already.") if r.verdict == "excused" else gettext("There is nothing to excuse.")
    ),
    restriction.NotOneself: lambda _r, _n: gettext("Nobody decides this about herself; somebody else does."),
    restriction.SomebodyElse: lambda _r, _n: gettext(
        "You imposed this restriction, so somebody else answers the appeal."
    ),
    restriction.RestrictionIs: lambda r, _n: gettext(
        "How the restriction stands: %(state)s. This can no longer be done.", state=standing_name(r.state)
    ),
    restriction.AppealedAlready: lambda _r, _n: gettext("You have appealed already; the answer comes to you."),
}


def of_settings() -> dict[str, tuple[str, str]]:
    """Each setting's name, and what it means; the numbers are those that bases have published."""
    lost = gettext("Points lost.")
    return {
        "presence.kept": (
            gettext("It is noted who comes"),
            gettext("Only where it is noted can somebody be said not to have come. For a base or a unit: 1 or 0."),
        ),
        "release.unclaimed": (
            gettext("What nobody comes for is given on"),
            gettext("The rest of the time goes to the waiting list once the no-show minutes have passed."),
        ),
        "grace.late_minutes": (
            gettext("Late from this many minutes on"),
            gettext("Counted from the start of the slot."),
        ),
        "grace.no_show_minutes": (
            gettext("Not come after this many minutes"),
            gettext("Seen elsewhere: 30 or 60 minutes."),
        ),
        "grace.overrun_minutes": (
            gettext("Overrun from this many minutes on"),
            gettext("Counted from the end of the slot."),
        ),
        "grace.early_minutes": (
            gettext("Left early from this many minutes on"),
            gettext("Before the end. Who gives the rest back is never said to have left early."),
        ),
        "extend.minutes": (
            gettext("One press makes it longer by"),
            gettext("While it is used, where the time after it is free."),
        ),
        "judge.after_hours": (
            gettext("Judged this long after the end"),
            gettext("Until then keepers put right what was noted wrongly."),
        ),
        "cancel.hours": (
            gettext("Cancelled late within"),
            gettext("Before the start. It can always be cancelled; it only costs points."),
        ),
        "credit.start": (gettext("Everybody begins with"), gettext("The score of somebody with no events.")),
        "credit.cap": (gettext("Nobody has more than"), gettext("What would go beyond is lost.")),
        "credit.normal": (gettext("Used as booked"), gettext("Points gained.")),
        "credit.no_show": (gettext("Did not come"), lost),
        "credit.late": (gettext("Came late"), lost),
        "credit.early": (gettext("Left early"), lost),
        "credit.overrun": (gettext("Stayed too long"), lost),
        "credit.late_cancel": (gettext("Cancelled late"), lost),
        "credit.no_feedback": (gettext("Gave no feedback"), gettext("Points lost. No feedback is asked for yet.")),
        "restriction.after_events": (
            gettext("Restricted after"),
            gettext("Not coming, coming late and staying too long count; one date counts once."),
        ),
        "restriction.within_days": (gettext("Counted over the last"), gettext("Older events no longer count.")),
        "restriction.days": (gettext("Restricted for"), gettext("From the day on which somebody decides it.")),
        "restriction.automatic": (
            gettext("Restrict without asking anybody"),
            gettext("With 0 a restriction is only proposed, and a person decides. Either way it can be appealed."),
        ),
    }
