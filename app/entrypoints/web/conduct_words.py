"""Conduct in words: what the settings of presence, credit and restriction mean."""

from __future__ import annotations

from flask_babel import gettext


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
