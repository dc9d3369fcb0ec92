"""Displacement pages: who would give way and the one press; what the displaced take instead; appeals; the list; the order."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.actions import appealing, asking, displacing
from app.booking.actions import form as choosing
from app.booking.actions.displacing import Look
from app.booking.actions.situation import placement
from app.booking.rules.displacing import APPEAL_STATES, REASONS, Displacement, Said
from app.booking.rules.priority import CLASSES
from app.booking.store import displacing as store
from app.booking.store import listing
from app.consortium.rules.permission import may
from app.consortium.rules.scope import scope
from app.consortium.store.people import names as people_names
from app.database import transaction
from app.entrypoints import clock, exports, gate, wording
from app.entrypoints.formats import moment_text, named, slot_text, span_text
from app.entrypoints.web.attempts import status_of
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.booking import alternatives as words
from app.entrypoints.web.booking.form import cleaned
from app.entrypoints.web.booking.sheet import Sheet, from_post, understand
from app.entrypoints.web.line.displaced import case_words
from app.entrypoints.web.listing import MOST_EXPORTED, asked_sort, asked_word, listed, shown_version
from app.entrypoints.wording.displacing import APPEAL_SIGNS, appeal_name, class_hint, class_name, reason_name
from app.foundation.money import fen_from_yuan
from app.foundation.refusal import Invalid, NotFound, Reason, Refused
from app.foundation.timespan import DAY, local_midnight
from app.trail import actions as trail

NOT_CARRIED = ("csrf_token", "look", "press", "mark", "why", "words", "promise", "amount")
"""Fields of the press itself; all others are the booking form's, and are carried on as they were sent."""

MOST_OFFERED = 6
"""Of so many of those in the way the page says what they would be offered."""


# ── displacing ──


@web.post("/book/displace")
@gate.needs("booking.displace")
def displace() -> Any:
    """Who would give way to what the booking form says; with `press` they do, and the time is booked."""
    who, now = actor(), clock.now()
    sheet = from_post(request.form)
    understand(sheet, who)
    asked = sheet.asked
    if asked is None:
        problems = [*sheet.problems, *(error for errors in sheet.form.errors.values() for error in errors)]
        return _show_look(sheet, None, [str(each) for each in problems], 422)
    if "press" not in request.form:
        return _show_look(sheet, displacing.look(who, asked, now), [], 200)
    said, problems = _said()
    if problems:
        return _show_look(sheet, displacing.look(who, asked, now), wording.sentences(problems), 422)
    mark, uid = request.form.get("mark", ""), str(uuid.uuid4())

    def once() -> dict[str, Any]:
        done = displacing.displace(who, asked, said, now=now, uid=uid, mark=mark)
        return {"booking": done.outcome.booking_id, "displaced": len(done.displacement_ids)}

    content = f"{asking.content_of(asked)}{said}"
    try:
        told, _ = transaction(lambda: trail.once(who.person_id, sheet.form.sound_key(), content, now, once))
    except Refused as refused:
        reasons = wording.sentences(refused.reasons)
        return _show_look(sheet, displacing.look(who, asked, now), reasons, status_of(refused.reasons))
    flash(gettext("Booked. %(n)s dates gave way; those who had them are told and offered others.", n=told["displaced"]))
    return redirect(f"/bookings/{told['booking']}", 303)


def _said() -> tuple[Said, list[Reason]]:
    """What is said to those displaced, and what cannot be read of it."""
    text, fen, problems = request.form.get("amount", "").strip()[:20], None, list[Reason]()
    if text:
        try:
            fen = fen_from_yuan(text)
        except ValueError:
            problems.append(Invalid("compensation_fen", "unreadable"))
    reason = request.form.get("why", "")[:20]
    said = Said(reason, cleaned(request.form.get("words", ""), 400), cleaned(request.form.get("promise", ""), 400), fen)
    return said, problems


def _show_look(sheet: Sheet, found: Look | None, problems: Sequence[str], status: int) -> tuple[str, int]:
    """Who would give way, under which order, until when, and what is against it."""
    asked = sheet.asked
    lines = [_victim_line(each) for each in found.victims] if found else []
    if found and asked and found.is_possible:
        for line, victim in zip(lines[:MOST_OFFERED], found.victims, strict=False):
            offers = words.offers(displacing.offered_to(victim, asked, clock.now()), asked)
            line["offers"] = [each.label for each in offers if victim.is_seen]
    against = list(dict.fromkeys(wording.sentences(found.preview.reasons))) if found else []
    units = choosing.places([want.unit_id for want in sheet.read.wants])
    return page(
        "displacing/look.html",
        status,
        carried=[(name, value) for name, value in request.form.items(multi=True) if name not in NOT_CARRIED],
        title=asked.title if asked else "",
        units=[named(unit) for unit in units.values()],
        when=[slot_text(slot.span, slot.periods) for slot in asked.slots[:60]] if asked else [],
        found=found,
        lines=lines,
        against=against,
        problems=problems,
        reasons=[(each, reason_name(each)) for each in REASONS],
        values=request.form,
        class_name=class_name,
    )


def _victim_line(each: displacing.Victim) -> dict[str, Any]:
    booking, people = each.booking, listing.people([each.booking.holder_id])
    members = listing.members([booking.member_id])
    return {
        "when": slot_text(each.date.span, each.date.periods),
        "title": booking.title if each.is_seen else gettext("A booking you may not see"),
        "url": f"/bookings/{booking.id}" if each.is_seen else "",
        "holder": people.get(booking.holder_id, "") if each.is_seen else "",
        "member": named(members[booking.member_id]) if each.is_seen else "",
        "rank": class_name(each.rank),
        "until": moment_text(each.until),
        "against": wording.sentences(each.reasons),
    }


# ── those displaced ──


@web.get("/displacements")
@gate.needs("displacement.see")
def displacements() -> Response | tuple[str, int]:
    """Every displacement one may see: of one's own bookings, one's member's, one's bases', or all."""
    who = actor()
    seen = scope(who, "displacement.see")
    appeal = asked_word("appeal", APPEAL_STATES)
    first, last = _day("since"), _day("until")
    condition = store.within(
        seen,
        appeal=appeal,
        since=local_midnight(first) if first else None,
        until=local_midnight(last + DAY) if last else None,
    )
    sort = asked_sort(store.SORTS, "-decided")
    if chosen := exports.wanted():
        rows = _lines(store.lines(condition, sort, MOST_EXPORTED, 0))
        head = [
            gettext("When"),
            gettext("What"),
            gettext("Booking"),
            gettext("Gave way as"),
            gettext("In favour of"),
            gettext("Why"),
        ]
        head += [
            gettext("When it was decided"),
            gettext("Notice, hours"),
            gettext("Promised"),
            gettext("Amount, yuan"),
            gettext("Appeal"),
        ]
        return exports.as_file(chosen, gettext("Displacements"), head, (_cells(row) for row in rows))
    shown = listed(store.count(condition), lambda limit, offset: store.lines(condition, sort, limit, offset))
    return page(
        "displacing/list.html",
        shown=shown,
        rows=_lines(shown.rows),
        sort=sort,
        appeals=[(state, appeal_name(state)) for state in APPEAL_STATES],
        everything=seen.everything,
    )


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(asked_word(name))
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None


def _lines(found: Sequence[Displacement]) -> list[dict[str, Any]]:
    """Lines of the list; whose booking it was stands there only where the reader may see the booking."""
    titles = store.titles({each.booking_id for each in found}, scope(actor(), "booking.see"))
    people = people_names(sorted({holder for _, holder in titles.values()}))
    units = store.units_of_dates({each.date_id for each in found})
    places = choosing.places(sorted({unit_id for wanted in units.values() for unit_id, _ in wanted}))
    lines = []
    for one in found:
        title, holder = titles.get(one.booking_id, ("", 0))
        what = [named(places[unit_id]) for unit_id, _ in units.get(one.date_id, ()) if unit_id in places]
        lines.append(
            {
                "one": one,
                "when": span_text(one.span),
                "units": gettext(", ").join(what),
                "title": title,
                "holder": people.get(holder, ""),
                "rank": class_name(one.displaced_class),
                "winner": class_name(one.winner_class),
                "why": reason_name(one.said.reason),
                "decided": moment_text(one.decided_at),
                "appeal": appeal_name(one.appeal),
                "sign": APPEAL_SIGNS[one.appeal],
            }
        )
    return lines


def _cells(row: dict[str, Any]) -> list[exports.Cell]:
    one: Displacement = row["one"]
    whose = gettext(", ").join(part for part in (row["title"], row["holder"]) if part)
    amount = one.said.compensation_fen / 100 if one.said.compensation_fen is not None else None
    told: list[exports.Cell] = [one.span.start, row["units"], whose, row["rank"], row["winner"], row["why"]]
    return [
        *told,
        one.decided_at,
        one.notice_hours,
        one.said.compensation if row["title"] else "",
        amount,
        row["appeal"],
    ]


@web.get("/displacements/<id:displacement_id>")
@gate.needs("displacement.see")
def displacement(displacement_id: int) -> tuple[str, int]:
    """One displacement: what was decided and promised, what can be had instead, the appeal and its answer."""
    return _show_case(displacement_id)


def _show_case(displacement_id: int, problems: Sequence[str] = (), status: int = 200) -> tuple[str, int]:
    who = actor()
    found = appealing.case(who, displacement_id)
    seen = may(who, "booking.see", placement(found.booking, who.on))
    return page(
        "displacing/case.html",
        status,
        case=case_words(found, in_full=seen),
        booking=found.booking if seen else None,
        problems=problems,
        values=request.form,
    )


@web.post("/displacements/<id:displacement_id>/take")
@gate.needs("displacement.resettle")
def resettle(displacement_id: int) -> Any:
    """Take an offered time, in one press; she asks for the member whose booking it was, whomever she acts for now."""
    now, version = clock.now(), shown_version()
    found = appealing.case(actor(), displacement_id)
    present = gate.presence()
    who = (present.acting_for(found.booking.member_id) if present else None) or actor()
    wanted = words.requests(found.asked, words.read(request.form.get("offer", "")))
    if len(wanted) != 1 or len(wanted[0].slots) != 1:
        return _show_case(displacement_id, [gettext("This choice cannot be read.")], 422)
    (asked,) = wanted
    slot, uid = asked.slots[0], str(uuid.uuid4())
    try:
        booking_id = transaction(
            lambda: appealing.resettle(who, displacement_id, version, asked.wants, slot, now=now, uid=uid)
        )
    except Refused as refused:
        if any(isinstance(reason, NotFound) for reason in refused.reasons):
            raise
        return _show_case(displacement_id, wording.sentences(refused.reasons), status_of(refused.reasons))
    flash(gettext("It is yours instead. You no longer wait for the time you lost."), "done")
    return redirect(f"/bookings/{booking_id}", 303)


@web.post("/displacements/<id:displacement_id>/appeal")
@gate.needs("displacement.appeal")
def appeal_displacement(displacement_id: int) -> Any:
    who, now, version = actor(), clock.now(), shown_version()
    note = cleaned(request.form.get("words", ""), 400)
    return _tried(
        displacement_id,
        lambda: appealing.appeal(who, displacement_id, version, note, now=now),
        gettext("Your appeal is on its way; somebody else than who displaced you answers it."),
    )


@web.post("/displacements/<id:displacement_id>/answer")
@gate.needs("displacement.answer")
def answer_displacement(displacement_id: int) -> Any:
    who, now, version = actor(), clock.now(), shown_version()
    said, problems = _said()
    if problems:
        return _show_case(displacement_id, wording.sentences(problems), 422)
    return _tried(
        displacement_id,
        lambda: appealing.answer(
            who,
            displacement_id,
            version,
            upheld=request.form.get("answer") == "upheld",
            words=said.words,
            now=now,
            compensation=said.compensation,
            compensation_fen=said.compensation_fen,
        ),
        gettext("Answered; whoever appealed is told."),
    )


def _tried(displacement_id: int, do: Any, said: str) -> Any:
    try:
        transaction(do)
    except Refused as refused:
        if any(isinstance(reason, NotFound) for reason in refused.reasons):
            raise
        return _show_case(displacement_id, wording.sentences(refused.reasons), status_of(refused.reasons))
    flash(said, "done")
    return redirect(f"/displacements/{displacement_id}", 303)


# ── the order ──


@web.get("/order")
@gate.needs("order.see")
def order_of_purposes() -> tuple[str, int]:
    """The order of purposes in force, and every one before it."""
    return _show_order([], 200)


@web.post("/order")
@gate.needs("order.publish")
def publish_order() -> Any:
    """Publish another order; `rank_…` says the place of each class."""
    who, now, version = actor(), clock.now(), shown_version()
    places = {name: request.form.get(f"rank_{name}", "")[:3] for name in CLASSES}
    sound = sorted(places.values()) == [str(n) for n in range(1, len(CLASSES) + 1)]
    classes = sorted(CLASSES, key=lambda name: places[name]) if sound else ()
    note = cleaned(request.form.get("note", ""), 400)
    try:
        transaction(lambda: appealing.publish(who, version, classes, note, now=now))
    except Refused as refused:
        return _show_order(wording.sentences(refused.reasons), status_of(refused.reasons))
    flash(gettext("Published. It is in force from now on."), "done")
    return redirect("/order", 303)


def _show_order(problems: Sequence[str], status: int) -> tuple[str, int]:
    found = store.orders()
    people = people_names(sorted({each.published_by for each in found if each.published_by}))
    rows = [
        {
            "order": each,
            "classes": [class_name(name) for name in each.classes],
            "when": moment_text(each.published_at) if each.published_at else gettext("From the beginning"),
            "by": people.get(each.published_by or 0, ""),
        }
        for each in found
    ]
    places = {name: request.form.get(f"rank_{name}") or str(n) for n, name in enumerate(found[0].classes, 1)}
    return page(
        "displacing/order.html",
        status,
        now=found[0],
        classes=[(name, class_name(name), class_hint(name)) for name in found[0].classes],
        places=places,
        rows=rows,
        problems=problems,
        may_publish=may(actor(), "order.publish"),
        note=request.form.get("note", ""),
    )
