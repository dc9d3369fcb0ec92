"""Door screens: a public board that says what is free without a name or a title, and its keeper's page."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import force_locale, gettext

from app.booking.actions import screens as actions
from app.booking.rules.moment import CLOSED, FREE, PARTLY, TAKEN, Stretch, now_and_next
from app.booking.store import screens as store
from app.booking.store.looking import UnitLine
from app.booking.store.screens import Shown
from app.catalogue.store import places
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import clock_text, day_text, is_chinese, moment_text, named
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.calendar.teaching_days import block_words, blocks_of_week, mark_of
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Refused
from app.foundation.timespan import at_local, local_day
from app.timetable.rules.calendar import Calendar
from app.timetable.store.calendar import calendar as calendar_of

LONGEST_TOKEN = 200
ENCODINGS = ("", ":br", ":gzip")
"""What compression adds to a tag on its way out, and so may stand in it on its way back."""
HOURS = range(8, 22)
"""The columns where no bell rings."""
SIGNS = {FREE: "", PARTLY: "◧", TAKEN: "■", CLOSED: "╱"}
"""What a period looks like from afar, beside its colour."""
_WORST = {FREE: 0, PARTLY: 1, CLOSED: 2, TAKEN: 3}


class Both(NamedTuple):
    """The same in Chinese and in English."""

    zh: str
    en: str


class Column(NamedTuple):
    """A class period, or an hour, of today."""

    label: str
    clock: str
    start: int
    end: int
    is_now: bool


class Row(NamedTuple):
    """One lab (or unit) now, next, and through the day."""

    name: Both
    place: str
    state: str
    until: str
    next: str
    next_state: str
    left: int
    capacity: int
    periods: list[str]


@web.get("/screens/<token>")
@gate.public
def screen(token: str) -> Response:
    """The board of a door: for whoever holds its address; asked once a minute, and mostly answered by 304."""
    found = actions.find(token) if len(token) <= LONGEST_TOKEN else None
    if found is None:
        abort(404)
    now = clock.now()
    body = _board(found, now)
    tag = hashlib.sha256(body.encode()).hexdigest()[:32]
    known = next((tag + each for each in ENCODINGS if request.if_none_match.contains_weak(tag + each)), None)
    answer = Response(status=304) if known else Response(body, content_type="text/html; charset=utf-8")
    answer.headers["ETag"] = f'"{known or tag}"'
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["X-Robots-Tag"] = "noindex"
    if actions.is_use_worth_noting(found, now):
        with suppress(Refused):
            transaction(lambda: actions.note_use(found.id, now))
    return answer


def _board(found: Shown, now: datetime) -> str:
    picture = actions.picture(found, now)
    calendar = calendar_of(found.calendar_id, found.campus)
    today, moment = local_day(now), int(now.timestamp())
    columns = _columns(calendar, today, moment)
    rows = [_row(line, picture.days[line.id], columns, moment, found.lab_id is not None) for line in picture.lines]
    place = Both(found.base_zh, found.base_en)
    return render_template(
        "screens/board.html",
        place=Both(found.lab_zh, found.lab_en) if found.lab_id is not None else place,
        within=place if found.lab_id is not None else None,
        today=_both(lambda: _today(calendar, today)),
        words=_both_words(),
        signs=SIGNS,
        columns=columns,
        rows=rows,
        size="few" if len(rows) <= 6 else "some" if len(rows) <= 12 else "many",
    )


def _both(say: Callable[[], str]) -> Both:
    with force_locale("zh"):
        zh = say()
    with force_locale("en"):
        en = say()
    return Both(zh, en)


def _both_words() -> dict[str, Both]:
    """Every word of the board in both languages, for a door that everybody passes."""
    with force_locale("zh"):
        zh = _words()
    with force_locale("en"):
        en = _words()
    return {name: Both(word, en[name]) for name, word in zh.items()}


def _words() -> dict[str, str]:
    return {
        "free": gettext("Free"),
        "partly": gettext("Partly in use"),
        "taken": gettext("Occupied"),
        "closed": gettext("Not open"),
        "until": gettext("until"),
        "all_day": gettext("for the rest of the day"),
        "next": gettext("Next use"),
        "nothing": gettext("None today"),
        "room": gettext("Room"),
        "now": gettext("At this moment"),
        "today": gettext("Today, by class period"),
        "left": gettext("free"),
        "offline": gettext("No connection: this is how it stood at"),
        "empty": gettext("There is nothing to show here yet"),
        "ended": gettext("This address no longer shows anything. Ask the keeper for a new one."),
    }


def _today(calendar: Calendar, today: date) -> str:
    parts = [day_text(today, calendar.terms, calendar.member_id), mark_of(calendar, today).words]
    term = calendar.term_on(today)
    week = term.week_of(today) if term else None
    if term and week:
        parts.append(block_words([each for each in blocks_of_week(calendar, term, week) if not each.learners]))
    return " · ".join(each for each in parts if each)


def _columns(calendar: Calendar, today: date, moment: int) -> list[Column]:
    spans = [(str(each.number), each.start_minute, each.end_minute) for each in calendar.bells.on(today)]
    if not spans:
        spans = [(f"{hour}", hour * 60, hour * 60 + 60) for hour in HOURS]
    midnight = int(at_local(today, 0).timestamp())
    return [
        Column(
            label,
            f"{start // 60:02d}:{start % 60:02d}",
            midnight + start * 60,
            midnight + end * 60,
            midnight + start * 60 <= moment < midnight + end * 60,
        )
        for label, start, end in spans
    ]


def _row(line: UnitLine, day: Sequence[Stretch], columns: Sequence[Column], moment: int, by_unit: bool) -> Row:
    """A lab's row; on the screen of one lab a unit's."""
    rest = [each._replace(start=max(each.start, moment)) for each in day if each.end > moment]
    now, after = now_and_next(rest)
    later = next((each for each in rest if each.start >= now.end and each.state in (TAKEN, PARTLY)), None)
    lab = Both(line.lab_name_zh, line.lab_name_en)
    return Row(
        lab if line.kind == "room" or not by_unit else Both(line.name_zh, line.name_en),
        line.place,
        now.state,
        _clock(now.end) if after else "",
        f"{_clock(later.start)}–{_clock(later.end)}" if later else "",
        later.state if later else "",
        now.left,
        line.capacity,
        [
            max(
                (each.state for each in day if each.start < column.end and column.start < each.end),
                key=lambda state: _WORST[state],
                default=CLOSED,
            )
            for column in columns
        ],
    )


def _clock(seconds: int) -> str:
    text = clock_text(datetime.fromtimestamp(seconds, UTC))
    return "24:00" if text == "00:00" else text


# ── the keeper's side ──


@web.get("/bases/<id:base_id>/screens")
@gate.needs("screen.change")
def screens(base_id: int) -> Any:
    """The screens of a base, and a form for another one."""
    return _show(base_id, [], 200)


@web.post("/bases/<id:base_id>/screens")
@gate.needs("screen.change")
def make_screen(base_id: int) -> Any:
    """Make an address for a screen and show it, this once."""
    who, now, token = actor(), clock.now(), secrets.token_urlsafe(32)
    lab_text, name = request.form.get("lab", ""), request.form.get("name", "")
    lab_id = id_from_text(lab_text) or (0 if lab_text else None)
    try:
        transaction(lambda: actions.make(who, base_id, lab_id, name, token=token, now=now))
    except Refused as refused:
        if any(reason.kind in ("forbidden", "missing") for reason in refused.reasons):
            raise
        return _show(base_id, wording.sentences(refused.reasons), 422)
    site = current_app.config["PUBLIC_URL"] or request.host_url.rstrip("/")
    return page(
        "screens/address.html",
        base_id=base_id,
        base=named(or_404(places.find_base(base_id)).form),
        name=name,
        address=site + url_for("web.screen", token=token),
    )


@web.post("/screens/<id:screen_id>/revoke")
@gate.needs("screen.change")
def revoke_screen(screen_id: int) -> Any:
    """End a screen's address."""
    who, now = actor(), clock.now()
    base_id = transaction(lambda: actions.revoke(who, screen_id, now=now))
    flash(gettext("The address has ended. A screen that still asks for it shows so."), "done")
    return redirect(url_for("web.screens", base_id=base_id), 303)


def _show(base_id: int, problems: list[str], status: int) -> Any:
    base = or_404(places.find_base(base_id))
    living = actions.screens_of(actor(), base_id, clock.now())
    return page(
        "screens/list.html",
        status,
        base_id=base_id,
        base=named(base.form),
        screens=living,
        labs=[(lab_id, en if en and not is_chinese() else zh) for lab_id, zh, en in store.labs_of(base_id)],
        problems=problems,
        name=request.form.get("name", ""),
        lab=request.form.get("lab", request.args.get("lab", "")),
        moment_text=moment_text,
        where=lambda each: each.lab_en if each.lab_en and not is_chinese() else each.lab_zh,
    )
