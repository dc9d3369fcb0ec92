"""Free now: which labs and machines are free at this moment and until when, nearest first; one press books one."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from app.booking.actions import asking, moment
from app.booking.rules.moment import free_until, rest_of_block
from app.booking.rules.request import PURPOSES, Asked, Slot, Want
from app.booking.store import looking
from app.booking.store.looking import BaseLine, UnitLine
from app.consortium.rules.permission import may
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import clock_text, day_text, is_chinese, named
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.booking.asking import refusal_status
from app.entrypoints.web.calendar.notice import notices
from app.entrypoints.wording.booking import purpose_name
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Invalid, Refused
from app.foundation.timespan import Span, at_local, local_day, local_minute
from app.timetable.rules.bell import Bells
from app.timetable.store import bells as bell_store
from app.timetable.store import days as day_store
from app.trail import actions as trail

MOST_LINES = 150
KINDS = ("room", "machine", "stations", "any")
NEAR = ("own", "campus", "elsewhere")


@dataclass(frozen=True, slots=True)
class Free:
    """A unit that is free at this moment."""

    unit: UnitLine
    lab: str
    name: str
    base: str
    until: str
    """Empty: for the rest of the day."""
    left: int
    press: str
    """What the button sends: the unit and the end of the time it takes; empty where one cannot book it at once."""
    press_words: str


@web.get("/now")
@gate.needs("grid.see")
def free_now() -> Any:
    """What is free at this moment."""
    return _show([], 200)


@web.post("/now")
@gate.needs("booking.request")
def book_now() -> Any:
    """Take one of them from now to the end of the block of class periods that the button named."""
    who, now = actor(), clock.now()
    unit_text, _, end_text = request.form.get("take", "").partition("-")
    unit_id, minute = id_from_text(unit_text), id_from_text(end_text)
    purpose = request.form.get("purpose", "teaching")
    reasons: list[Any] = []
    if unit_id is None or minute is None or minute > 24 * 60:
        reasons.append(Invalid("units", "missing"))
    elif purpose not in PURPOSES:
        reasons.append(Invalid("purpose", "unknown"))
    elif at_local(local_day(now), minute) <= _start(now):
        reasons.append(Invalid("end", "past"))
    if reasons or unit_id is None or minute is None:
        return _show([gettext("Press one of the free ones below; the page was a little old.")], 422)
    span = Span(_start(now), at_local(local_day(now), minute))
    title = request.form.get("title", "").strip() or gettext("Used at once")
    asked = Asked((Want(unit_id),), (Slot(span),), purpose, title, who.member_id or 0, who.person_id)
    key, uid = request.form.get("key", ""), str(uuid.uuid4())

    def once() -> dict[str, Any]:
        outcome = asking.request(who, asked, now=now, uid=uid)
        return {"booking": outcome.booking_id, "state": outcome.state}

    content = ["now", unit_id, minute, purpose, title]
    try:
        kept, _ = transaction(lambda: trail.once(who.person_id, key[:64] or None, content, now, once))
    except Refused as refused:
        return _show(wording.sentences(refused.reasons), refusal_status(refused.reasons))
    flash(
        gettext("Asked for. It is yours as soon as its keeper agrees.")
        if kept["state"] == "waiting"
        else gettext("Booked until %(clock)s.", clock=clock_text(span.end)),
        "waiting" if kept["state"] == "waiting" else "done",
    )
    return redirect(url_for("web.booking_page", booking_id=kept["booking"]), 303)


def _start(now: datetime) -> datetime:
    """The next full minute: a booking cannot begin in the past."""
    return (now + timedelta(seconds=59)).replace(second=0, microsecond=0)


def _show(problems: list[str], status: int) -> Any:
    who, now, today = actor(), clock.now(), clock.today()
    kind = request.values.get("kind", "room")
    kind = kind if kind in KINDS else "room"
    seats = id_from_text(request.values.get("seats", "")) or 0
    text = request.values.get("text", "")[:120]
    bases = {base.id: base for base in looking.bases(today)}
    lines = [
        line
        for line in looking.unit_lines(today, kind=kind if kind in ("room", "machine") else "", text=text)
        if line.base_id in bases
        and (kind != "stations" or line.kind in ("pool", "stations"))
        and (not seats or (line.seats or 0) >= seats)
    ]
    days, sides = moment.rest_of_day(who, lines, now)
    tables = tuple(each.form for each in bell_store.bell_tables())
    may_book = may(who, "booking.request")
    found = []
    for line in lines:
        until = free_until(days[line.id])
        shared = line.sharing == "external" or who.member_id in sides.get(line.id, ())
        if until is None or not shared:
            continue
        base = bases[line.base_id]
        mine = tuple(each for each in tables if each.member_id in (None, base.calendar_id))
        found.append(_free(line, base, until, days[line.id][0].left, Bells(mine, base.campus), now, may_book))
    own = _own_campuses(list(bases.values()), who.member_id)
    near = {base.id: _near(base, who.member_id, own) for base in bases.values()}
    grouped = [(each, [one for one in found if near[one.unit.base_id] == each]) for each in NEAR]
    return page(
        "now/now.html",
        status,
        problems=problems,
        groups=[(_group_words(each), group) for each, group in grouped if group],
        most=MOST_LINES,
        total=len(found),
        kind=kind,
        seats=seats or "",
        text=text,
        when=f"{day_text(today)} {clock_text(now)}",
        may_book=may_book,
        purposes=[(code, purpose_name(code)) for code in PURPOSES],
        key=secrets.token_urlsafe(18),
        notices=notices(day_store.days(who.member_id), today, today),
    )


def _free(line: UnitLine, base: BaseLine, until: int, left: int, bells: Bells, now: datetime, may_book: bool) -> Free:
    start = _start(now)
    day = local_day(now)
    end = datetime.fromtimestamp(until, UTC) - timedelta(minutes=line.cleaning_minutes)
    last = 24 * 60 if local_day(end) != day else local_minute(end)
    press, words = "", ""
    if may_book and local_day(start) == day and not line.setup_minutes:
        block = rest_of_block(bells.on(day), local_minute(start), last)
        if block:
            press, words = f"{line.id}-{block[1]}", f"{block[1] // 60:02d}:{block[1] % 60:02d}"
    lab = line.lab_name_zh if is_chinese() or not line.lab_name_en else line.lab_name_en
    whole_day = datetime.fromtimestamp(until, UTC) >= at_local(day, 24 * 60)
    return Free(
        line,
        lab,
        lab if line.kind == "room" else named(line),
        named(base),
        "" if whole_day else clock_text(datetime.fromtimestamp(until, UTC)),
        left,
        press,
        words,
    )


def _own_campuses(bases: Sequence[BaseLine], member_id: int | None) -> set[tuple[int, str]]:
    """The campuses on which one's organisation has a base: the host's, for a campus of that name of another is another."""
    return {(base.host_id, base.campus) for base in bases if _is_own(base, member_id) and base.campus}


def _is_own(base: BaseLine, member_id: int | None) -> bool:
    return member_id is not None and member_id in (base.host_id, base.operator_id, base.keeping_member_id)


def _near(base: BaseLine, member_id: int | None, campuses: set[tuple[int, str]]) -> str:
    if _is_own(base, member_id):
        return "own"
    return "campus" if (base.host_id, base.campus) in campuses else "elsewhere"


def _group_words(near: str) -> str:
    return {
        "own": gettext("In our own bases"),
        "campus": gettext("On the same campus"),
        "elsewhere": gettext("Elsewhere in the city"),
    }[near]
