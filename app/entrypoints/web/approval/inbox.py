"""The keeper's inbox: what waits, whether it could still be had, a yes or a no with words, and on to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.actions import deciding, listing
from app.booking.actions import form as choosing
from app.booking.rules.course import WAITING, KeptBooking
from app.booking.rules.listing import Named, Waiting
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import day_text, moment_text, named, slot_text, span_text
from app.entrypoints.web.attempts import flash_all
from app.entrypoints.web.blueprint import page, web
from app.entrypoints.web.booking import words
from app.entrypoints.web.booking.asking import refusal_headers, refusal_status
from app.entrypoints.web.booking.form import asked_page, cleaned
from app.entrypoints.web.booking.sheet import unit_line
from app.entrypoints.wording import chains as chain_words
from app.entrypoints.wording.booking import purpose_name
from app.entrypoints.wording.units import unit_names
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import ChangedMeanwhile, NotFound, Reason, Refused

MOST_AT_ONCE = 50


@web.get("/inbox")
@gate.needs("inbox.see")
def inbox() -> Any:
    """Everything that waits for this person, the earliest use first, each as it stands now."""
    who = gate.actor()
    found = listing.waiting(who, asked_page(request.args))
    return page(
        "inbox/inbox.html",
        found=found,
        judged=[(waiting, _standing(waiting)) for waiting in found.lines],
        **_words_for_templates(),
    )


@web.get("/inbox/decided")
@gate.needs("inbox.see")
def decided() -> Any:
    """The answers that were given."""
    who = gate.actor()
    found = listing.decided(who, asked_page(request.args))
    waiting = listing.waiting_count(who)
    return page("inbox/decided.html", found=found, waiting=waiting, **_words_for_templates())


@web.get("/inbox/<id:booking_id>")
@gate.needs("inbox.see")
def decide(booking_id: int) -> Any:
    """One request with everything a decision needs."""
    return _show(booking_id)


def _show(booking_id: int, reasons: Sequence[Reason] = (), note: str = "", status: int = 200, reason: str = "") -> Any:
    waiting, onward, total = listing.waiting_one(gate.actor(), booking_id)
    names = unit_names(unit.unit_id for unit in waiting.booking.units)
    people = listing.names_of(waiting.parts)
    terms, calendar_id = choosing.terms(), waiting.units[0].calendar_id if waiting.units else None
    verdicts = [
        (
            words.weekly_slot(slot, terms, calendar_id),
            tuple(dict.fromkeys(wording.say(reason, names) for reason in against)),
        )
        for slot, against in waiting.verdicts
    ]
    text, code = page(
        "inbox/decide.html",
        status,
        waiting=waiting,
        booking=waiting.booking,
        standing=_standing(waiting),
        verdicts=verdicts,
        onward=onward,
        total=total,
        note=note,
        reason=reason,
        reason_choices=chain_words.reason_choices(),
        chains=[
            chain_words.answer_steps(
                [part for part in waiting.parts if part.base_id == base.id], _heading(base, waiting), people
            )
            for base in waiting.bases
        ],
        dates=[(date.id, span_text(date.span)) for date in waiting.booking.dates if date.state == WAITING],
        reasons=wording.sentences(reasons),
        terms=terms,
        calendar_id=calendar_id,
        **_words_for_templates(),
    )
    return text, code, refusal_headers(reasons)


def _heading(base: Named, waiting: Waiting) -> str:
    """Whose chain it is, where there are several."""
    return named(base) if len(waiting.bases) > 1 else ""


def _words_for_templates() -> dict[str, Any]:
    return {
        "named": named,
        "slot_text": slot_text,
        "day_text": day_text,
        "moment_text": moment_text,
        "purpose_name": purpose_name,
        "unit_words": words.unit_words,
        "step_line": chain_words.step_line,
        "until_line": chain_words.until_line,
        "reason_title": chain_words.reason_title,
        "unit_line": unit_line,
        "short": words.short_span,
        "short_slot": words.short_slot,
    }


def _standing(waiting: Waiting) -> tuple[str, str]:
    """Whether it could be had now, at a glance: the sign for the state macro and the words."""
    dates, clashes = len(waiting.verdicts), waiting.clashes
    if clashes:
        some = gettext("%(n)s of %(of)s dates not free", n=clashes, of=dates)
        return "clash", gettext("No longer free") if clashes == dates else some
    if waiting.rivals:
        return "waiting", gettext("Free, %(n)s others want it", n=len(waiting.rivals))
    return "free", gettext("Still free") if dates == 1 else gettext("All %(n)s dates free", n=dates)


# ── deciding ──


@web.post("/inbox/<id:booking_id>/approve")
@gate.needs("approval.answer")
def approve(booking_id: int) -> Response | Any:
    """Say yes; what waits is judged again."""
    return _decide(booking_id, agree=True)


@web.post("/inbox/<id:booking_id>/refuse")
@gate.needs("approval.answer")
def refuse(booking_id: int) -> Response | Any:
    """Say no, with words."""
    return _decide(booking_id, agree=False)


def _decide(booking_id: int, *, agree: bool) -> Response | Any:
    who, now = gate.actor(), clock.now()
    version = id_from_text(request.form.get("version", ""))
    note, reason = cleaned(request.form.get("note", ""), 400), cleaned(request.form.get("reason", ""), 20)
    onward = listing.next_waiting(who, booking_id)

    def do(known: int) -> KeptBooking:
        if agree:
            return deciding.approve(who, booking_id, known, now=now, note=note)
        return deciding.refuse(who, booking_id, known, now=now, note=note, reason=reason)

    try:
        if version is None:
            raise Refused(ChangedMeanwhile(0))
        after = transaction(lambda: do(version))
    except Refused as refused:
        return _refused(booking_id, refused.reasons, note, reason)
    flash(_said(after, agree=agree), "done")
    if onward is None:
        return redirect(url_for("web.inbox"), 303)
    return redirect(url_for("web.decide", booking_id=onward), 303)


def _said(after: KeptBooking, *, agree: bool) -> str:
    if not agree:
        return gettext("Refused; the applicant reads your words.")
    if after.state == WAITING:
        return gettext("Your answer is kept; others are still asked.")
    return gettext("Approved.")


def _refused(booking_id: int, reasons: Sequence[Reason], note: str, reason: str = "") -> Any:
    """The same request again with the reasons; where it no longer waits, its page says what became of it."""
    if any(isinstance(reason, NotFound) for reason in reasons):
        raise Refused(reasons)
    try:
        return _show(booking_id, reasons, note, refusal_status(reasons), reason)
    except Refused:
        flash_all(reasons)
        return redirect(url_for("web.booking_page", booking_id=booking_id), 303)


@web.post("/inbox/approve")
@gate.needs("approval.answer")
def approve_several() -> Response:
    """Say yes to all that were ticked, each for itself; what could not be approved is named."""
    who, now = gate.actor(), clock.now()
    done = 0
    for text in request.form.getlist("booking")[:MOST_AT_ONCE]:
        id_text, _, version_text = text.partition(":")
        booking_id, version = id_from_text(id_text), id_from_text(version_text)
        if booking_id is None or version is None:
            flash(gettext("One of the requests cannot be read."), "problem")
            continue
        try:
            transaction(lambda: deciding.approve(who, booking_id, version, now=now))  # noqa: B023 - runs at once
            done += 1
        except Refused as refused:
            sentences = " ".join(wording.sentences(refused.reasons[:3]))
            flash(gettext("Request %(n)s was not approved: %(why)s", n=booking_id, why=sentences), "problem")
    if done:
        flash(gettext("%(n)s requests approved.", n=done), "done")
    elif not request.form.getlist("booking"):
        flash(gettext("Tick the requests to approve first."), "note")
    return redirect(url_for("web.inbox"), 303)
