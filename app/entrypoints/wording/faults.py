"""Faults in words: how a fault stands, of what it is, and why something cannot be done to it."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext

from app.booking.rules import conflict, outage
from app.entrypoints.formats import moment_text
from app.entrypoints.wording.units import Names, Sentences, unit_in
from app.timetable.rules import faults


def state_name(state: str) -> str:
    return {
        faults.REPORTED: gettext("Reported"),
        faults.CONFIRMED: gettext("Out of order"),
        faults.REPAIRED: gettext("Repaired"),
        faults.DISMISSED: gettext("No fault"),
    }.get(state, state)


STATE_SIGNS = {
    faults.REPORTED: "waiting",
    faults.CONFIRMED: "clash",
    faults.REPAIRED: "done",
    faults.DISMISSED: "past",
}


def cause_name(cause: str) -> str:
    return {
        "unclear": gettext("Not yet known"),
        "wear": gettext("Wear"),
        "operation": gettext("Handling"),
        "power": gettext("Power, water, air"),
        "software": gettext("Software"),
        "accident": gettext("Accident"),
        "other": gettext("Something else"),
        faults.PLANNED: gettext("Planned maintenance"),
    }.get(cause, cause)


def severity_name(severity: str) -> str:
    return {
        faults.UNUSABLE: gettext("It cannot be used"),
        faults.USABLE: gettext("It can still be used"),
    }.get(severity, severity)


def hours_number(length: timedelta) -> float:
    """Hours to two decimals, rounded half to even."""
    return round(length.total_seconds() / 3600, 2)


def _out_of_order(reason: conflict.OutOfOrder, names: Names) -> str:
    return gettext(
        "%(unit)s is out of order, expected until %(until)s.",
        unit=unit_in(reason, names),
        until=moment_text(reason.end),
    )


def _over(reason: faults.FaultIsOver, _: Names) -> str:
    if reason.state == faults.DISMISSED:
        return gettext("This report was put aside already: it was no fault.")
    return gettext("It was repaired already.")


SENTENCES: Sentences = {
    conflict.OutOfOrder: _out_of_order,
    faults.FaultIsOver: _over,
    faults.NotConfirmed: lambda _r, _n: gettext(
        "Nobody has confirmed this fault. Confirm it first, or put the report aside with a word why."
    ),
    outage.NothingNear: lambda _r, _n: gettext(
        "Nothing like it is free near that time. Move it by hand, cancel it, or leave it."
    ),
    outage.NotInTheWay: lambda _r, _n: gettext("Nothing is in this booking's way any more."),
}
