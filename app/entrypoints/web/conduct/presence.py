"""Who comes: buttons on a booking's page for whoever uses it, and a day's list for those who keep the base."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.booking.actions.listing import BookingPage
from app.booking.actions.situation import placement
from app.consortium.rules.office import Actor
from app.consortium.rules.permission import may
from app.consortium.rules.scope import scope
from app.database import transaction
from app.entrypoints import clock, exports, gate
from app.entrypoints.formats import clock_text, day_text, moment_text, named, span_text
from app.entrypoints.web.attempts import flash_all, pressed
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.booking.form import cleaned
from app.entrypoints.web.faults.moments import local_value, moment_of
from app.entrypoints.web.listing import MOST_EXPORTED, listed, shown_version
from app.entrypoints.wording import conduct as conduct_words
from app.entrypoints.wording.language import chosen_locale
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import NotFound, Refused
from app.foundation.timespan import DAY, Span, day_span, local
from app.usage.actions import judging
from app.usage.actions import presence as actions
from app.usage.rules.presence import (
    SOONEST,
    Seen,
    about,
    reasons_against_arriving,
    reasons_against_giving_back,
)
from app.usage.rules.verdict import EXCUSABLE, Judgement
from app.usage.store import judging as judged_store
from app.usage.store import listing as store
from app.usage.store import presence as presence_store
from app.usage.store.listing import Sought, Use

_YEARS = range(1990, 2200)


@dataclass(frozen=True, slots=True)
class Coming:
    """What is known of one date, and what can be pressed now."""

    date_id: int
    span: Span
    seen: Seen
    can_arrive: bool
    can_leave: bool
    can_give_back: bool
    can_extend: bool
    words: str


def coming(date_id: int, span: Span, state: str, seen: Seen, now: datetime, judged: Judgement | None) -> Coming:
    known = about(span, seen)
    runs = state == "confirmed" and span.start <= now < span.end and known.released_at is None
    return Coming(
        date_id=date_id,
        span=span,
        seen=known,
        can_arrive=not reasons_against_arriving(span, state, known, now),
        can_leave=judged is None
        and state == "confirmed"
        and known.arrived_at is not None
        and known.left_at is None
        and now >= span.start,
        can_give_back=not reasons_against_giving_back(span, state, known, now),
        can_extend=runs,
        words=known_words(span, known, now),
    )


def known_words(span: Span, seen: Seen, now: datetime) -> str:
    """What is known, in a few words."""
    parts = []
    if seen.arrived_at is not None:
        parts.append(gettext("came %(at)s", at=clock_text(seen.arrived_at)))
    if seen.left_at is not None:
        parts.append(gettext("left %(at)s", at=clock_text(seen.left_at)))
    if seen.is_unclaimed:
        parts.append(gettext("nobody came; given on %(at)s", at=clock_text(seen.released_at or span.end)))
    elif seen.released_at is not None:
        parts.append(gettext("the rest given back"))
    if parts:
        return gettext(", ").join(parts)
    if now < span.start - SOONEST:
        return gettext("later")
    return gettext("expected") if now < span.end else gettext("nothing noted")


# ── on the booking's page ──


def panel(found: BookingPage, who: Actor, now: datetime) -> dict[str, Any]:
    """The dates of a booking that can be pressed now, and what past ones were judged to be."""
    booking = found.booking
    ids = [date.id for date in booking.dates if date.span.start - SOONEST <= now]
    if not ids:
        return {"running": [], "judged": []}
    seen, judged = presence_store.seen(ids), judged_store.judgements(ids)
    thing = placement(booking, who.on)
    mine = who.person_id in (booking.holder_id, booking.requester_id)
    keeps = may(who, "presence.keep", thing) and not mine
    running = []
    if may(who, "presence.mark", thing):
        running = [
            coming(date.id, date.span, date.state, seen[date.id], now, judged.get(date.id))
            for date in booking.dates
            if date.id in seen and date.state == "confirmed" and now < date.span.end
        ]
    return {
        "running": running,
        "judged": [
            (date, judged[date.id], keeps and is_excusable(judged[date.id]))
            for date in booking.dates
            if date.id in judged and judged[date.id].verdict.word != "not_judged"
        ],
        "keeps": keeps,
        "mine": mine,
        "words": conduct_words,
        "extra": verdict_minutes,
    }


def is_excusable(judged: Judgement | None) -> bool:
    return judged is not None and not judged.is_excused and judged.verdict.word in EXCUSABLE


def verdict_minutes(judged: Judgement) -> str:
    """How late, how early, how long over, in minutes; empty where nothing of it is known."""
    found = judged.verdict
    parts = []
    if found.late_minutes:
        parts.append(gettext("%(n)s minutes late", n=found.late_minutes))
    if found.early_minutes:
        parts.append(gettext("%(n)s minutes early", n=found.early_minutes))
    if found.over_minutes:
        parts.append(gettext("%(n)s minutes over", n=found.over_minutes))
    return gettext(", ").join(parts)


def _back(booking_id: int) -> str:
    """Where the press came from: the day's list, or the booking."""
    if request.form.get("back") != "today":
        return f"/bookings/{booking_id}"
    day = request.form.get("day", "")[:10]
    return f"/today?day={day}" if _day_of(day) else "/today"


def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-09-01") else None
    except ValueError:
        return None


@web.post("/bookings/<id:booking_id>/dates/<id:date_id>/arrive")
@gate.needs("presence.mark")
def arrive(booking_id: int, date_id: int) -> Response:
    """I am here; or a keeper notes it."""
    who, now = actor(), clock.now()
    said = gettext("Noted: here since %(at)s.", at=clock_text(now))
    return pressed(lambda: actions.arrive(who, booking_id, date_id, now=now), said, _back(booking_id))


@web.post("/bookings/<id:booking_id>/dates/<id:date_id>/leave")
@gate.needs("presence.mark")
def leave(booking_id: int, date_id: int) -> Response:
    """Left, and that is all: the rest is not given back."""
    who, now = actor(), clock.now()
    said = gettext("Noted: left at %(at)s.", at=clock_text(now))
    return pressed(lambda: actions.leave(who, booking_id, date_id, now=now), said, _back(booking_id))


@web.post("/bookings/<id:booking_id>/dates/<id:date_id>/done")
@gate.needs("presence.mark")
def give_back(booking_id: int, date_id: int) -> Response:
    """Done sooner: the rest goes to whoever waits."""
    who, now, version = actor(), clock.now(), shown_version()
    said = gettext("The rest is free for others. Thank you.")
    return pressed(lambda: actions.give_back(who, booking_id, version, date_id, now=now), said, _back(booking_id))


@web.post("/bookings/<id:booking_id>/dates/<id:date_id>/longer")
@gate.needs("presence.mark")
def extend(booking_id: int, date_id: int) -> Response:
    """A while longer where that is free; else what is in the way, and the way to what is free instead."""
    who, now, version = actor(), clock.now(), shown_version()
    try:
        after = transaction(lambda: actions.extend(who, booking_id, version, date_id, now=now))
    except Refused as refused:
        if any(isinstance(reason, NotFound) for reason in refused.reasons):
            raise
        flash_all(refused.reasons)
        instead = _instead(booking_id, date_id, who)
        return redirect(
            instead if any(reason.kind == "conflict" for reason in refused.reasons) else _back(booking_id), 303
        )
    ends = next(date.span.end for date in after.dates if date.id == date_id)
    flash(gettext("It is yours until %(at)s.", at=clock_text(ends)), "done")
    return redirect(_back(booking_id), 303)


def _instead(booking_id: int, date_id: int, who: Actor) -> str:
    """The booking form for the time after the date, which shows what else is free then."""
    for use in store.uses(scope(who, "booking.see"), Sought(date_id=date_id), 1):
        start = local(use.span.end)
        units = "&".join(f"unit={unit_id}" for unit_id, *_ in use.units)
        end = start + (actions.graces(date_id).extend or timedelta(minutes=30))
        return f"/book/new?{units}&start={start:%Y-%m-%dT%H:%M}&end={end:%Y-%m-%dT%H:%M}"
    return _back(booking_id)


@web.post("/bookings/<id:booking_id>/dates/<id:date_id>/correct")
@gate.needs("presence.keep")
def correct(booking_id: int, date_id: int) -> Response:
    """A keeper puts right when somebody came and left."""
    who, now, version = actor(), clock.now(), shown_version()
    seen = presence_store.seen([date_id])[date_id]
    arrived, left = (
        _moment(request.form.get(name, ""), kept)
        for name, kept in (("arrived", seen.arrived_at), ("left", seen.left_at))
    )
    return pressed(
        lambda: actions.correct(who, booking_id, date_id, version, arrived, left, now=now),
        gettext("Noted."),
        _back(booking_id),
    )


def _moment(text: str, kept: datetime | None) -> datetime | None:
    """What was typed; a time that was left as it was is kept to the second. What cannot be read lies out of range."""
    if text == local_value(kept):
        return kept
    found = moment_of(text)
    return datetime.max.replace(tzinfo=clock.now().tzinfo) if found is None and text.strip() else found


@web.post("/bookings/<id:booking_id>/dates/<id:date_id>/excuse")
@gate.needs("presence.keep")
def excuse(booking_id: int, date_id: int) -> Response:
    """A keeper excuses what was judged."""
    who, now, version = actor(), clock.now(), shown_version()
    why = cleaned(request.form.get("why", ""), 1000)
    return pressed(
        lambda: judging.excuse(who, booking_id, date_id, version, why=why, now=now),
        gettext("Excused; the points came back."),
        _back(booking_id),
    )


# ── a day's list ──


@web.get("/today")
@gate.needs("presence.keep")
def today() -> Response | tuple[str, int]:
    """Who comes to the bases one keeps, on a day."""
    who, now = actor(), clock.now()
    wanted = _day_of(request.args.get("day", ""))
    day = wanted if wanted is not None and wanted.year in _YEARS else clock.today()
    within = scope(who, "presence.keep")
    sought = Sought(window=day_span(day), base_id=id_from_text(request.args.get("base", "")))
    if chosen := exports.wanted():
        return exports.as_file(
            chosen,
            gettext("Who comes"),
            _head(),
            (_row(use) for use in store.uses(within, sought, MOST_EXPORTED)),
        )
    shown = listed(store.count_uses(within, sought), lambda limit, offset: store.uses(within, sought, limit, offset))
    return page(
        "usage/today.html",
        shown=shown,
        rows=[
            (use, _coming(use, now), is_excusable(use.judgement) and use.holder_id != who.person_id)
            for use in shown.rows
        ],
        day=day,
        earlier=(day - DAY).isoformat(),
        later=(day + DAY).isoformat(),
        is_today=day == clock.today(),
        base_id=sought.base_id,
        bases=[{"id": each[0], "name_zh": each[1], "name_en": each[2]} for each in store.bases(within)],
        words=conduct_words,
        named=named,
        day_text=day_text,
        span_text=span_text,
        moment_text=moment_text,
        clock_text=clock_text,
        local_value=local_value,
        extra=verdict_minutes,
        me=who.person_id,
    )


def _coming(use: Use, now: datetime) -> Coming:
    return coming(use.date_id, use.span, use.state, use.seen, now, use.judgement)


def _head() -> list[str]:
    return [
        gettext("From"),
        gettext("Until"),
        gettext("Unit"),
        gettext("Title"),
        gettext("Booked for"),
        gettext("Member"),
        gettext("Came at"),
        gettext("Left at"),
        gettext("Judged"),
        gettext("Excused because"),
    ]


def _row(use: Use) -> list[exports.Cell]:
    judged = use.judgement
    return [
        use.span.start,
        use.span.end,
        gettext(", ").join(unit_name(each) for each in use.units),
        use.title,
        use.holder,
        member_name(use),
        use.seen.arrived_at,
        use.seen.left_at,
        conduct_words.verdict_name(judged.verdict.word) if judged else "",
        judged.excused_why if judged else "",
    ]


def unit_name(unit: tuple[int, str, str]) -> str:
    return unit[2] if unit[2] and chosen_locale() == "en" else unit[1]


def member_name(use: Use) -> str:
    return use.member_en if use.member_en and chosen_locale() == "en" else use.member_zh
