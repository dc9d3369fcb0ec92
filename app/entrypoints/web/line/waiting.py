"""Waiting pages: what one waits for, one's place in the line, and the times that are held for one's answer."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, HiddenField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.booking.actions import form as choosing
from app.booking.actions import waiting as actions
from app.booking.rules.request import PURPOSES
from app.booking.rules.standing import DECLARATIONS
from app.booking.rules.waiting import OFFERED, OPEN, FreeNow, Standby, StandbyForm, places, window_on
from app.booking.store import waiting as store
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import day_text, moment_text, named, span_text, weekday_text
from app.entrypoints.web.attempts import pressed, status_of
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.booking.form import local_from_text
from app.entrypoints.web.booking.sheet import unit_line
from app.entrypoints.web.calendar.editing import clock_of, minute_of
from app.entrypoints.wording.booking import purpose_name
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import NotFound, Refused
from app.foundation.timespan import local
from app.trail.actions import once

MOST_UNITS = 60
MOST_MINUTES = 14 * 24 * 60
A_DOUBLE_PERIOD = 100
"""Minutes that are suggested where no time is named: two class periods and the break between them."""
"""As long as any booking may be: whoever lost so long a time waits for it again. Who waits anew stays within a day."""


class StandbyPage(FlaskForm):
    """What somebody waits for."""

    title = StringField(lazy_gettext("Title"), [InputRequired(), Length(max=120)])
    first_day = DateField(lazy_gettext("From day"), [InputRequired()])
    last_day = DateField(lazy_gettext("To day"), [InputRequired()])
    weekday = SelectMultipleField(lazy_gettext("Weekdays"), validate_choice=False)
    since = StringField(lazy_gettext("Not before"), [InputRequired(), Length(max=8)])
    until = StringField(lazy_gettext("Not after"), [InputRequired(), Length(max=8)])
    minutes = IntegerField(lazy_gettext("For how many minutes"), [InputRequired(), NumberRange(1, MOST_MINUTES)])
    quantity = IntegerField(lazy_gettext("How many"), [Optional(), NumberRange(1, 10_000)])
    together = BooleanField(lazy_gettext("All of them together, not any one of them"))
    headcount = IntegerField(lazy_gettext("Head count"), [Optional(), NumberRange(1, 100_000)])
    purpose = SelectField(lazy_gettext("Purpose"), validate_choice=False)
    note = StringField(lazy_gettext("Note"), [Optional(), Length(max=2000)])
    sixteen = BooleanField(lazy_gettext("All learners are 16 or older"))
    not_first_year = BooleanField(lazy_gettext("No learner is in the first year"))
    key = HiddenField()

    def offer(self) -> None:
        self.purpose.choices = [(code, purpose_name(code)) for code in PURPOSES]
        self.weekday.choices = [(str(n), weekday_text(date(2024, 1, n))) for n in range(1, 8)]
        self.weekday.data = self.weekday.data or []

    def content(self, unit_ids: tuple[int, ...]) -> StandbyForm:
        """What the fields say; minutes below zero stand for a time that cannot be read."""
        since, until = minute_of(self.since.data or ""), minute_of(self.until.data or "")
        quantity = self.quantity.data or 1
        return StandbyForm(
            unit_ids=unit_ids,
            quantity=quantity,
            first_day=self.first_day.data,
            last_day=self.last_day.data,
            weekdays=tuple(int(each) for each in self.weekday.data or () if each in tuple("1234567")),
            from_minute=-1 if since is None else since,
            until_minute=-1 if until is None else until,
            minutes=self.minutes.data or 0,
            periods="",
            title=(self.title.data or "").strip(),
            purpose=self.purpose.data or "",
            headcount=self.headcount.data,
            note=(self.note.data or "").strip(),
            declared=tuple(what for what in DECLARATIONS if self[what].data),
            together=(quantity,) * len(unit_ids) if self.together.data else (),
        )

    def show(self, form: StandbyForm) -> None:
        """Fill the fields with what somebody waits for."""
        self.title.data, self.purpose.data, self.note.data = form.title, form.purpose, form.note
        self.first_day.data, self.last_day.data = form.first_day, form.last_day
        self.weekday.data = [str(each) for each in form.weekdays]
        self.since.data, self.until.data = clock_of(form.from_minute), clock_of(form.until_minute)
        self.minutes.data, self.quantity.data, self.headcount.data = form.minutes, form.quantity, form.headcount
        self.together.data = bool(form.together)
        for what in DECLARATIONS:
            self[what].data = what in form.declared


@web.get("/waiting")
@gate.needs("waiting.change")
def waiting_list() -> tuple[str, int]:
    """All one waits for, and what is held for one's answer."""
    who, now = actor(), clock.now()
    standbys = store.standbys(person_id=who.person_id)
    line = (
        store.standbys(unit_ids={each for standby in standbys for each in standby.form.unit_ids}, state=OPEN)
        if standbys
        else []
    )
    numbers = places(line)
    held = {
        offer.standby_id: offer
        for offer in store.offers(standby_ids=[standby.id for standby in standbys])
        if offer.state == OPEN and offer.expires_at > now
    }
    units = choosing.places([each for standby in standbys for each in standby.form.unit_ids])
    rows = [
        {
            "standby": standby,
            "is_chinese": any("\u4e00" <= letter <= "\u9fff" for letter in standby.form.title),
            "units": _wanted_units(standby.form, units),
            "when": when_of(standby),
            "place": numbers.get(standby.id),
            "offer": held.get(standby.id),
            "offered": span_text(held[standby.id].span) if standby.id in held else "",
            "offered_units": [
                _so_many(units[want.unit_id], want.quantity)
                for want in standby.form.wants(held[standby.id].unit_id)
                if want.unit_id in units
            ]
            if standby.id in held
            else [],
            "until": moment_text(held[standby.id].expires_at) if standby.id in held else "",
        }
        for standby in sorted(standbys, key=lambda each: (each.state != OFFERED, each.state != OPEN, -each.id))
    ]
    return page("waiting/waiting.html", rows=rows)


def named_unit(unit: Any) -> str:
    return f"{named(unit)} · {unit_line(unit)}"


def _so_many(unit: Any, quantity: int) -> str:
    return f"{named_unit(unit)} × {quantity}" if quantity > 1 else named_unit(unit)


def _wanted_units(form: StandbyForm, units: Mapping[int, Any]) -> list[str]:
    """The units that would do, with how many of each."""
    many = form.together or (form.quantity,) * len(form.unit_ids)
    return [
        _so_many(units[unit_id], quantity)
        for unit_id, quantity in zip(form.unit_ids, many, strict=True)
        if unit_id in units
    ]


def when_of(standby: Standby) -> str:
    """周二、周四 13:00–18:00，90 分钟，2026年9月1日 – 9月30日; the very time where it is one that passes midnight."""
    form = standby.form
    if form.is_overnight and form.first_day is not None:
        return span_text(window_on(form, form.first_day))
    days = gettext(", ").join(weekday_text(date(2024, 1, n)) for n in form.weekdays)
    window = f"{clock_of(form.from_minute)}–{clock_of(form.until_minute)}"
    if form.first_day == form.last_day and form.first_day is not None:
        return gettext(
            "%(day)s, %(window)s, %(n)s minutes", day=day_text(form.first_day), window=window, n=form.minutes
        )
    return gettext(
        "%(days)s %(window)s, %(n)s minutes, from %(first)s to %(last)s",
        days=days,
        window=window,
        n=form.minutes,
        first=day_text(form.first_day or date.min),
        last=day_text(form.last_day or date.min),
    )


@web.get("/waiting/new")
@gate.needs("waiting.change")
def new_standby() -> tuple[str, int]:
    """The form, filled with what the address names: units, and a time as the booking form has it."""
    form = StandbyPage(formdata=None)
    form.offer()
    start, end = local_from_text(request.args.get("start", "")), local_from_text(request.args.get("end", ""))
    day = start[0] if start else clock.today()
    form.first_day.data = form.last_day.data = day
    form.weekday.data = [str(day.isoweekday())]
    since, until, minutes = 8 * 60, 18 * 60, A_DOUBLE_PERIOD
    if start and end and end[1] != start[1]:
        since = start[1]
        until = max(end[1] or 1440, since + 5)
        minutes = until - since
    form.since.data, form.until.data, form.minutes.data = clock_of(since), clock_of(until), minutes
    form.quantity.data, form.together.data = id_from_text(request.args.get("quantity", "")), "together" in request.args
    form.title.data, form.purpose.data = request.args.get("title", "").replace("\x00", "")[:120], "teaching"
    form.key.data = secrets.token_urlsafe(18)
    return _show(form, _units(request.args.getlist("unit")), [], 200)


@web.post("/waiting/new")
@gate.needs("waiting.change")
def wait() -> tuple[str, int] | Response:
    form = StandbyPage()
    form.offer()
    unit_ids = _units(request.form.getlist("unit"))
    if not form.validate_on_submit():
        return _show(form, unit_ids, [], 422)
    who, now, content = actor(), clock.now(), form.content(unit_ids)
    key = form.key.data or secrets.token_urlsafe(18)
    try:
        transaction(
            lambda: once(
                who.person_id, key[:64], repr(content), now, lambda: {"id": actions.wait(who, content, now=now)}
            )
        )
    except Refused as refused:
        free = next((each for each in refused.reasons if isinstance(each, FreeNow)), None)
        return _show(form, unit_ids, wording.sentences(refused.reasons), status_of(refused.reasons), free)
    flash(gettext("You are in the line. As soon as something fits it is held for you, and you are told."), "done")
    return redirect("/waiting", 303)


@web.get("/waiting/<id:standby_id>/change")
@gate.needs("waiting.change")
def changed_standby(standby_id: int) -> tuple[str, int]:
    """The form with what one waits for now."""
    standby = _own(standby_id)
    form = StandbyPage(formdata=None)
    form.offer()
    form.show(standby.form)
    return _show(form, standby.form.unit_ids, [], 200, changed=standby)


@web.post("/waiting/<id:standby_id>/change")
@gate.needs("waiting.change")
def change_standby(standby_id: int) -> tuple[str, int] | Response:
    """Wait for something else; the page says whether one keeps one's place."""
    form, standby = StandbyPage(), _own(standby_id)
    form.offer()
    unit_ids = _units(request.form.getlist("unit"))
    if not form.validate_on_submit():
        return _show(form, unit_ids, [], 422, changed=standby)
    who, now, content = actor(), clock.now(), form.content(unit_ids)
    version = id_from_text(request.form.get("version", "")) or 0
    try:
        keeps = transaction(lambda: actions.change(who, standby_id, version, content, now=now))
    except Refused as refused:
        free = next((each for each in refused.reasons if isinstance(each, FreeNow)), None)
        sentences, status = wording.sentences(refused.reasons), status_of(refused.reasons)
        return _show(form, unit_ids, sentences, status, free, _own(standby_id))
    if keeps:
        flash(gettext("Changed. You keep your place in the line."), "done")
    else:
        flash(gettext("Changed. You wait for more than before, so you stand at the end of the line now."), "done")
    return redirect("/waiting", 303)


def _own(standby_id: int) -> Standby:
    found = store.find(standby_id)
    if found is None or found.person_id != actor().person_id:
        raise Refused(NotFound())
    return found


@web.post("/waiting/<id:standby_id>/withdraw")
@gate.needs("waiting.change")
def withdraw(standby_id: int) -> Response:
    who, now, version = actor(), clock.now(), id_from_text(request.form.get("version", "")) or 0
    return pressed(
        lambda: actions.withdraw(who, standby_id, version, now=now), gettext("You no longer wait for this."), "/waiting"
    )


@web.post("/offers/<id:offer_id>/accept")
@gate.needs("waiting.change")
def accept_offer(offer_id: int) -> Response:
    who, now = actor(), clock.now()
    return pressed(lambda: actions.accept(who, offer_id, now=now), gettext("It is yours."), "/waiting")


@web.post("/offers/<id:offer_id>/decline")
@gate.needs("waiting.change")
def decline_offer(offer_id: int) -> Response:
    who, now, leave = actor(), clock.now(), request.form.get("leave") == "yes"
    said = gettext("The next in the line is asked.")
    return pressed(lambda: actions.decline(who, offer_id, now=now, leave=leave), said, "/waiting")


def _units(texts: list[str]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(found for each in texts[:MOST_UNITS] if (found := id_from_text(each))))


def _show(
    form: StandbyPage,
    unit_ids: tuple[int, ...],
    reasons: list[str],
    status: int,
    free: FreeNow | None = None,
    changed: Standby | None = None,
) -> tuple[str, int]:
    who = actor()
    found = choosing.choices(who, list(unit_ids), clock.today())
    offered = [(unit.unit_id, named_unit(unit), unit.unit_id in unit_ids) for unit in (*found.units, *found.siblings)]
    return page(
        "waiting/new.html",
        status,
        form=form,
        units=offered,
        reasons=reasons,
        book_url=_book_url(free, unit_ids if form.together.data else (free.unit_id,)) if free else "",
        changed=changed,
    )


def _book_url(free: FreeNow, unit_ids: tuple[int, ...]) -> str:
    start, end = local(free.start), local(free.end)
    units = "&".join(f"unit={unit_id}" for unit_id in unit_ids)
    return f"/book/new?{units}&start={start:%Y-%m-%dT%H:%M}&end={end:%Y-%m-%dT%H:%M}"
