"""Asking for a booking: the form, its preview, and the one press that books."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.actions import alternatives as taking
from app.booking.actions import asking
from app.booking.actions import form as choosing
from app.booking.rules.course import WAITING
from app.consortium.rules.office import Actor
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.web.blueprint import page, web
from app.entrypoints.web.booking.alternatives import read, requests
from app.entrypoints.web.booking.sheet import Sheet, as_context, from_address, from_post, take_offer, understand
from app.entrypoints.web.booking.verdict import Verdict, judge
from app.foundation.refusal import Busy, KeyUsedOtherwise, NotAllowed, Reason, Refused
from app.trail import actions as trail

RETRY_SECONDS = 3
MOST_SAID, MOST_SAID_AT_ALL = 4, 40
"""Reasons said at the top of the page: more than a few stand in the verdict, date by date."""


def refusal_status(reasons: Sequence[Reason]) -> int:
    """The status of a form shown again: busy before conflict before not allowed before what makes no sense."""
    kinds = {reason.kind for reason in reasons}
    if "busy" in kinds:
        return 503
    if kinds & {"conflict", "stale"}:
        return 409
    return 403 if "forbidden" in kinds else 422


def refusal_headers(reasons: Sequence[Reason]) -> dict[str, str]:
    return {"Retry-After": str(RETRY_SECONDS)} if any(isinstance(reason, Busy) for reason in reasons) else {}


@web.get("/book/new")
@gate.needs("booking.request")
def new_booking() -> Any:
    """The form, filled from the address; it says at once whether the time is free."""
    who, now = gate.actor(), clock.now()
    sheet = from_address(who, request.args, now)
    return _show(sheet, who, status=422 if sheet.problems else 200)


@web.post("/book/new")
@gate.needs("booking.request")
def book() -> Any:
    """Book what the form says, or show it again with everything that stands in the way."""
    who, now = gate.actor(), clock.now()
    sheet = from_post(request.form)
    if offer := request.form.get("take"):
        take_offer(sheet, offer)
        understand(sheet, who, strictly=False)
        return _show(sheet, who, quiet=True)
    if "preview" in request.form:
        understand(sheet, who, strictly=False)
        if request.headers.get("X-Live"):
            return render_template("booking/_verdict.html", verdict=judge(sheet, who, now), sheet=sheet)
        return _show(sheet, who, quiet=True)
    understand(sheet, who)
    asked = sheet.asked
    if asked is None:
        return _show(sheet, who, status=422)
    wanted = [asked]
    if offer := request.form.get("instead"):
        wanted = requests(asked, read(offer))
        if not wanted:
            sheet.problems.append(gettext("This choice cannot be read."))
            return _show(sheet, who, status=422)
    if sheet.form.acting.data not in ("", None, str(who.member_id)):
        sheet.problems.append(gettext("You now act for another member. Check whom this is for, then press Book again."))
        return _show(sheet, who, status=409)
    if not choosing.may_book_for(who, asked.holder_id, clock.today()):
        return _refused(sheet, who, [NotAllowed("booking.request_for")])
    uids = [str(uuid.uuid4()) for _ in wanted]

    def once() -> dict[str, Any]:
        made = taking.take(who, wanted, now=now, uids=uids)
        dates = sum(len(outcome.slots) for outcome in made)
        state = WAITING if any(outcome.state == WAITING for outcome in made) else made[0].state
        return {"booking": made[0].booking_id, "state": state, "dates": dates, "bookings": len(made)}

    content = "".join(asking.content_of(each) for each in wanted)
    try:
        answer, _ = transaction(lambda: trail.once(who.person_id, sheet.form.sound_key(), content, now, once))
    except Refused as refused:
        return _refused(sheet, who, refused.reasons)
    _say_done(answer)
    if answer.get("bookings", 1) > 1:
        return redirect(url_for("web.mine"), 303)
    return redirect(url_for("web.booking_page", booking_id=answer["booking"]), 303)


def _say_done(answer: dict[str, Any]) -> None:
    if answer["state"] == WAITING:
        flash(gettext("Asked for. The keeper's answer will stand in My bookings."), "waiting")
    elif answer.get("bookings", 1) > 1:
        flash(
            gettext("Booked: %(n)s dates are yours, in %(m)s bookings.", n=answer["dates"], m=answer["bookings"]),
            "done",
        )
    elif answer["dates"] > 1:
        flash(gettext("Booked: %(n)s dates are yours.", n=answer["dates"]), "done")
    else:
        flash(gettext("Booked. The time is yours."), "done")


def _refused(sheet: Sheet, who: Actor, reasons: Sequence[Reason]) -> Any:
    if any(isinstance(reason, KeyUsedOtherwise) for reason in reasons):
        sheet.form.fresh_key()
    return _show(sheet, who, reasons=reasons, status=refusal_status(reasons))


def _show(
    sheet: Sheet, who: Actor, *, reasons: Sequence[Reason] = (), status: int = 200, quiet: bool = False
) -> tuple[str, int] | Response | tuple[str, int, dict[str, str]]:
    """The form with its verdict. Quiet: the page looks ahead, so that what is not filled in yet is no error."""
    now = clock.now()
    if quiet:
        for one in (sheet.form.title, sheet.form.purpose, sheet.form.headcount, sheet.form.note):
            one.errors = ()
    sheet.form.acting.data = str(who.member_id or "")
    values = as_context(sheet, who, clock.today())
    verdict = judge(sheet, who, now, reasons) if not any(isinstance(reason, Busy) for reason in reasons) else None
    text, code = page(
        "booking/new.html",
        status,
        verdict=verdict,
        reasons=[*sheet.problems, *_said(reasons, verdict)],
        refused=bool(reasons),
        **values,
    )
    return text, code, refusal_headers(reasons)


def _said(reasons: Sequence[Reason], verdict: Verdict | None) -> list[str]:
    """The reasons on top of the page: all of them where they are few, else what the verdict below spells out."""
    if len(reasons) <= MOST_SAID or verdict is None or not verdict.clashing:
        return wording.sentences(reasons[:MOST_SAID_AT_ALL])
    return [gettext("%(n)s of %(of)s dates are not free", n=len(verdict.clashing), of=verdict.dates)]
