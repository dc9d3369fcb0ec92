"""Wording: the one place where a reason becomes a sentence, in the page's language; one room per topic."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext

from app.entrypoints.wording import (
    booking,
    calendar,
    catalogue,
    chains,
    conduct,
    displacing,
    eligibility,
    faults,
    fields,
    limits,
    people,
)
from app.entrypoints.wording.units import Names, Sentences, names_in
from app.foundation import refusal
from app.foundation.refusal import Reason


def sentences(reasons: Sequence[Reason]) -> list[str]:
    """Each reason as a sentence; unit names are read in one query."""
    names = names_in(reasons)
    return list(dict.fromkeys(say(reason, names) for reason in reasons))


def say(reason: Reason, names: Names) -> str:
    """One reason as one sentence."""
    return SENTENCES[type(reason)](reason, names)


SENTENCES: Sentences = {
    refusal.NotFound: lambda _r, _n: gettext("There is no such thing here."),
    refusal.NotAllowed: lambda _r, _n: gettext("You are not allowed to do this."),
    refusal.ChangedMeanwhile: lambda _r, _n: gettext(
        "Somebody changed this meanwhile. Please look at it as it is now and decide again."
    ),
    refusal.Busy: lambda _r, _n: gettext("Many people are booking right now. Nothing was changed; please try again."),
    refusal.KeyUsedOtherwise: lambda _r, _n: gettext("This request was sent before with other content."),
    refusal.Invalid: fields.invalid,
    **booking.SENTENCES,
    **calendar.SENTENCES,
    **catalogue.SENTENCES,
    **chains.SENTENCES,
    **conduct.SENTENCES,
    **displacing.SENTENCES,
    **eligibility.SENTENCES,
    **faults.SENTENCES,
    **limits.SENTENCES,
    **people.SENTENCES,
}
"""Every reason there is; a test holds this complete, in both languages."""
