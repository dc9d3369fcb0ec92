"""The self-check: what a unit asks of whoever books it, what is there of it, and what to do about the rest."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from flask import request
from flask_babel import gettext

from app.booking.actions import form as choosing
from app.booking.actions import self_check
from app.booking.rules.eligibility import INTERNSHIP, Condition
from app.booking.rules.request import PURPOSES, Asked, Slot, Want
from app.booking.rules.standing import (
    DECLARATIONS,
    AgreementMissing,
    GuarantorMissing,
    InTwoPlaces,
    NotDeclared,
    QualificationMissing,
    Restricted,
)
from app.catalogue.rules.unit import Thing
from app.catalogue.store import shares
from app.consortium.rules.permission import may
from app.entrypoints import clock, gate
from app.entrypoints.formats import day_text, named, span_text
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.booking.sheet import unit_line
from app.entrypoints.web.eligibility.words import declaration_texts
from app.entrypoints.wording.booking import purpose_name
from app.entrypoints.wording.eligibility import condition_name, missing_text, next_step
from app.entrypoints.wording.units import Names, unit_names
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Reason
from app.foundation.timespan import DAY, Span, at_local


@web.get("/units/<id:unit_id>/eligibility")
@gate.needs("booking.request")
def eligibility(unit_id: int) -> tuple[str, int]:
    """Everything that is asked for a use on one day, for oneself or for a colleague one books for."""
    who, now, today = actor(), clock.now(), clock.today()
    unit = or_404(choosing.places([unit_id]).get(unit_id))
    day = _day(request.args.get("day", ""), today + DAY)
    span = _span(day, request.args.get("start", ""), request.args.get("end", ""))
    purpose = request.args.get("purpose", "")
    declared = frozenset(what for what in DECLARATIONS if request.args.get(what))
    holder = id_from_text(request.args.get("for", "")) or who.person_id
    people = choosing.choices(who, [unit_id], today).people
    asked = Asked(
        wants=(Want(unit_id),),
        slots=(Slot(span),),
        purpose=purpose if purpose in PURPOSES else "teaching",
        title="…",
        member_id=who.member_id or 0,
        holder_id=holder if holder in {each for each, _ in people} else who.person_id,
        declared=declared,
    )
    found = self_check.check(who, asked, now)
    names = unit_names({unit_id, *(each.unit_id for each in found if each.unit_id)})
    standing = shares.standing(Thing("unit", unit_id))
    gives = standing is not None and may(who, "qualification.give", standing.placement(today))
    lines = [_line(each, names, unit, gives=gives) for each in found]
    return page(
        "booking/eligibility.html",
        unit=unit,
        unit_line=unit_line,
        named=named,
        lines=sorted(lines, key=lambda line: bool(line["is_met"])),
        missing=sum(not line["is_met"] for line in lines),
        when=span_text(span),
        day=day,
        start=request.args.get("start", "")[:5],
        end=request.args.get("end", "")[:5],
        purposes=[(code, purpose_name(code)) for code in PURPOSES],
        asked=asked,
        people=[each for each in people if each[0] != who.person_id],
        me=who,
        asks_learners=asked.purpose == INTERNSHIP and self_check.asks_of_learners([unit_id]),
        declarations=declaration_texts(),
    )


def _line(found: Condition, names: Names, unit: Any, *, gives: bool) -> dict[str, Any]:
    """A condition as a line: its name, who else asks it, whether it is met, until when, what is missing, what to do."""
    reason = found.reason
    url, label = _way(reason, unit.base.id, gives=gives) if reason else ("", "")
    other = found.unit_id if found.unit_id not in (None, unit.unit_id) else None
    return {
        "name": condition_name(found.name),
        "whose": gettext("asked by: %(unit)s", unit=names[other]) if other else "",
        "is_met": found.is_met,
        "missing": missing_text(reason, names) if reason else "",
        "step": next_step(reason) if reason else "",
        "last": gettext("until %(day)s", day=day_text(found.last)) if found.last else "",
        "url": url,
        "label": label,
    }


def _way(reason: Reason, base_id: int, *, gives: bool) -> tuple[str, str]:
    """Where to do something about it, as far as this reader may."""
    who = actor()
    if isinstance(reason, QualificationMissing):
        if gives:
            return f"/bases/{base_id}/authorisations", gettext("To the authorisations of the base")
        return f"/bases/{base_id}", gettext("To the base and its keeper")
    if isinstance(reason, (AgreementMissing, GuarantorMissing)):
        return ("/admin/agreements", gettext("To the agreements")) if may(who, "agreement.see") else ("", "")
    if isinstance(reason, InTwoPlaces):
        return "/mine", gettext("To my bookings")
    if isinstance(reason, NotDeclared):
        return f"/book/new?unit={reason.unit_id}&purpose={INTERNSHIP}", gettext("To the booking form")
    return ("/account/credit", gettext("To my credit")) if isinstance(reason, Restricted) else ("", "")


def _day(text: str, usual: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return usual
    return day if 2000 <= day.year <= 2200 else usual


def _span(day: date, start: str, end: str) -> Span:
    """The asked hours; 8:00 to 10:00 where they are not two times in order."""
    first, last = _minute(start), _minute(end)
    if first is None or last is None or last <= first:
        first, last = 8 * 60, 10 * 60
    return Span(at_local(day, first), at_local(day, last))


def _minute(text: str) -> int | None:
    if text == "24:00":
        return 24 * 60
    try:
        read = time.fromisoformat(text)
    except ValueError:
        return None
    return read.hour * 60 + read.minute
