"""Displacement in words: classes of the order, reasons, how an appeal stands, and why nobody gives way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext

from app.booking.rules import displacing, priority
from app.catalogue.store import units as catalogue
from app.entrypoints.formats import moment_text, named, span_text
from app.entrypoints.wording.units import Names, Sentences
from app.foundation.timespan import Span


def class_name(name: str) -> str:
    """A class of the order."""
    return {
        priority.LESSON: gettext("Teaching on the timetable"),
        priority.EVENT: gettext("Certification and competition"),
        priority.OWNER: gettext("The owner's side"),
        priority.MEMBER: gettext("Other members"),
        priority.OUTSIDE: gettext("Organisations from outside"),
    }.get(name, name)


def class_hint(name: str) -> str:
    """What belongs to a class."""
    return {
        priority.LESSON: gettext("What an imported timetable has booked."),
        priority.EVENT: gettext("Bookings for these two purposes, whoever asks: their dates are public."),
        priority.OWNER: gettext("Members who own, host, run or keep every unit of the booking."),
        priority.MEMBER: gettext("Every other member of the consortium."),
        priority.OUTSIDE: gettext("On the register, but no members."),
    }.get(name, "")


def reason_name(reason: str) -> str:
    """Why somebody was displaced."""
    return {
        "timetable": gettext("The timetable teaches then"),
        "event": gettext("A certification or competition"),
        "owner_need": gettext("The owner needs it itself"),
        "other": gettext("Something else, said in words"),
    }.get(reason, reason)


def appeal_name(state: str) -> str:
    return {
        displacing.NONE: gettext("No appeal"),
        displacing.OPEN: gettext("Appeal waits for an answer"),
        displacing.UPHELD: gettext("Appeal upheld"),
        displacing.REJECTED: gettext("Appeal rejected"),
    }.get(state, state)


APPEAL_SIGNS = {
    displacing.NONE: "past",
    displacing.OPEN: "waiting",
    displacing.UPHELD: "done",
    displacing.REJECTED: "refused",
}


def told(facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What a message says to those displaced beside its words: why, what they are promised, what was free instead."""
    found: list[tuple[str, str]] = []
    if "offers" not in facts and "upheld" not in facts:
        return ()
    if reason := facts.get("reason"):
        found.append((gettext("Why"), reason_name(str(reason))))
    if promised := facts.get("compensation"):
        found.append((gettext("What is promised instead"), str(promised)))
    if offers := facts.get("offers"):
        names = {unit.id: named(unit) for unit in catalogue.units(_units_in(offers)).values()}
        found.append((gettext("Free instead"), "\n".join(_offer(each, names) for each in offers)))
    return tuple(found)


def _units_in(offers: Any) -> list[int]:
    return sorted({unit_id for wants, *_ in offers for unit_id, _ in wants})


def _offer(offer: Any, names: Names) -> str:
    wants, start, end, _ = offer
    what = gettext(", ").join(names[unit_id] for unit_id, _ in wants if unit_id in names)
    return f"{span_text(Span(datetime.fromisoformat(start), datetime.fromisoformat(end)))} · {what}"


def _not_higher(reason: priority.NotHigher, _: Names) -> str:
    return gettext(
        "“%(theirs)s” goes before “%(mine)s”: the booking of %(when)s keeps its time.",
        theirs=class_name(reason.theirs),
        mine=class_name(reason.mine),
        when=moment_text(reason.start),
    )


def _equal_rank(reason: priority.EqualRank, _: Names) -> str:
    return gettext(
        "The booking of %(when)s ranks as high (%(rank)s): whoever came first keeps the time.",
        when=moment_text(reason.start),
        rank=class_name(reason.rank),
    )


def _after_the_deadline(reason: priority.AfterTheDeadline, _: Names) -> str:
    return gettext(
        "The booking of %(when)s could give way until %(deadline)s; now it keeps its time.",
        when=moment_text(reason.start),
        deadline=moment_text(reason.deadline),
    )


SENTENCES: Sentences = {
    priority.NotDisplacedHere: lambda r, _n: gettext(
        "At this place nobody gives way: the booking of %(when)s keeps its time.", when=moment_text(r.start)
    ),
    priority.NotHigher: _not_higher,
    priority.EqualRank: _equal_rank,
    priority.AfterTheDeadline: _after_the_deadline,
    priority.HasBegun: lambda r, _n: gettext(
        "The booking of %(when)s has begun and keeps its time.", when=moment_text(r.start)
    ),
    displacing.OthersInTheWay: lambda _r, _n: gettext(
        "Others are in the way by now than were shown. Nobody was displaced; look again."
    ),
    displacing.ResettledAlready: lambda _r, _n: gettext("Another time has been taken for it already."),
    displacing.NoAppeal: lambda r, _n: gettext("This cannot be done now: %(state)s.", state=appeal_name(r.state)),
    displacing.SomebodyElseDecides: lambda _r, _n: gettext(
        "Somebody else answers an appeal than who displaced, who appealed, and whose booking it is."
    ),
}
