"""Displaced dates in words, on their own page and on their booking's: what was decided, and what can be taken instead."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from app.booking.actions import appealing
from app.booking.actions import form as choosing
from app.booking.actions.appealing import Case
from app.booking.actions.situation import placement
from app.booking.rules.course import KeptBooking
from app.booking.store import displacing as store
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.consortium.store.people import names as people_names
from app.entrypoints import clock
from app.entrypoints.formats import amount_text, moment_text, named, span_text
from app.entrypoints.web.booking import alternatives as words
from app.entrypoints.wording.displacing import APPEAL_SIGNS, appeal_name, class_name, reason_name


def displaced_words(who: Actor, booking: KeptBooking) -> list[dict[str, Any]]:
    """What was displaced of a booking; nothing for those who may see the booking but not that."""
    found = store.of_booking(booking.id)
    if not found or not may(who, "displacement.see", placement(booking, who.on)):
        return []
    return [case_words(each) for each in appealing.cases(who, booking, found)]


def case_words(found: Case, *, in_full: bool = True) -> dict[str, Any]:
    """A displacement in words, with what can be taken instead now. Not `in_full`: without people and their words."""
    one = found.one
    people = people_names([each for each in (one.decided_by, one.appealed_by, one.answered_by) if each and in_full])
    units = choosing.places([want.unit_id for want in found.asked.wants])
    return {
        "found": found,
        "one": one,
        "words": one.said.words if in_full else "",
        "promised": one.said.compensation if in_full else "",
        "appeal_words": one.appeal_words if in_full else "",
        "answer_words": one.answer_words if in_full else "",
        "when": span_text(one.span),
        "units": gettext(", ").join(named(unit) for unit in units.values()),
        "rank": class_name(one.displaced_class),
        "winner": class_name(one.winner_class),
        "why": reason_name(one.said.reason),
        "decided": moment_text(one.decided_at),
        "decided_by": people.get(one.decided_by, ""),
        "amount": amount_text(one.said.compensation_fen),
        "appeal": appeal_name(one.appeal),
        "sign": APPEAL_SIGNS[one.appeal],
        "appealed_by": people.get(one.appealed_by or 0, ""),
        "appealed": moment_text(one.appealed_at) if one.appealed_at else "",
        "answered_by": people.get(one.answered_by or 0, ""),
        "answered": moment_text(one.answered_at) if one.answered_at else "",
        "offers": [
            each for each in words.offers(appealing.offered(found, clock.now()), found.asked) if each.is_one_piece
        ],
    }
