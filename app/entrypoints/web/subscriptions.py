"""Pages: calendar subscriptions: make one, copy its address, give it a new one, rename it, end it."""

from __future__ import annotations

import re
import secrets
from typing import Any

import segno
from flask import current_app, flash, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from app.booking.actions import feeds
from app.booking.rules.feed import LONGEST_NAME, Feed
from app.booking.store import feeds as store
from app.consortium.rules.office import Actor
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.formats import is_chinese, moment_text
from app.entrypoints.web.blueprint import page, web
from app.foundation.identifiers import id_from_text
from app.foundation.refusal import Refused
from app.foundation.timespan import local_day
from app.trail import actions as trail

THING = re.compile(r"(person|member|base|lab|unit)-([0-9]{1,10})")


class FeedForm(FlaskForm):
    """What to subscribe to, and how much of it."""

    what = SelectField(lazy_gettext("What"), [InputRequired()], validate_choice=False)
    variant = RadioField(
        lazy_gettext("How much"),
        [InputRequired()],
        choices=[
            ("full", lazy_gettext("Everything I may see: titles, people, notes")),
            ("busy", lazy_gettext("Only when it is taken, without titles and people")),
        ],
        default="full",
    )
    name = StringField(lazy_gettext("Name in your calendar"), [Length(max=LONGEST_NAME)])
    key = HiddenField()

    def thing(self) -> tuple[str, int] | None:
        """The chosen scope and id; None for what no honest form sends."""
        found = THING.fullmatch(self.what.data or "")
        number = id_from_text(found[2]) if found else None
        return (found[1], number) if found and number else None


class NameForm(FlaskForm):
    """A new name."""

    name = StringField(lazy_gettext("Name in your calendar"), [InputRequired(), Length(max=LONGEST_NAME)])


@web.get("/calendars")
@gate.needs("feed.change")
def calendars() -> Any:
    """My subscriptions, and a form for another one."""
    form = FeedForm()
    _offer(form, gate.actor())
    form.key.data = secrets.token_urlsafe(18)
    return _show(form)


@web.post("/calendars")
@gate.needs("feed.change")
def subscribe() -> Any:
    """Make a subscription and show its address, this once."""
    who, now, form = gate.actor(), clock.now(), FeedForm()
    offered = _offer(form, who)
    thing = form.thing()
    if thing is None or not form.validate_on_submit():
        if thing is None:
            form.what.errors = [*form.what.errors, gettext("Please choose one of these.")]
        return _show(form, status=422)
    scope, scope_id = thing
    name = (form.name.data or "").strip() or offered.get(form.what.data) or _name_of(scope, scope_id)
    token = secrets.token_urlsafe(32)

    def once() -> dict[str, Any]:
        made = feeds.subscribe(who, name[:LONGEST_NAME], scope, scope_id, form.variant.data, token=token, now=now)
        return {"feed": made}

    content = ["feed.subscribe", scope, scope_id, form.variant.data, name]
    key = form.key.data if re.fullmatch(r"[A-Za-z0-9_-]{8,64}", form.key.data or "") else None
    try:
        _, is_repeat = transaction(lambda: trail.once(who.person_id, key, content, now, once))
    except Refused as refused:
        form.key.data = secrets.token_urlsafe(18)
        return _show(form, wording.sentences(refused.reasons), 422)
    if is_repeat:
        flash(gettext("This subscription is there already. Its address was shown once; make a new one below."), "note")
        return redirect(url_for("web.calendars"), 303)
    return _show_address(name, token)


@web.post("/calendars/<id:feed_id>/rotate")
@gate.needs("feed.change")
def rotate_feed(feed_id: int) -> Any:
    """Give a subscription a new address and show it, this once."""
    who, now, token = gate.actor(), clock.now(), secrets.token_urlsafe(32)
    feed = transaction(lambda: feeds.rotate(who, feed_id, token=token, now=now))
    return _show_address(feed.name, token, is_new=False)


@web.post("/calendars/<id:feed_id>/revoke")
@gate.needs("feed.change")
def revoke_feed(feed_id: int) -> Response:
    """End a subscription."""
    who, now = gate.actor(), clock.now()
    transaction(lambda: feeds.revoke(who, feed_id, now=now))
    flash(gettext("The subscription has ended. Calendars that still ask get nothing."), "done")
    return redirect(url_for("web.calendars"), 303)


@web.route("/calendars/<id:feed_id>/name", methods=["GET", "POST"])
@gate.needs("feed.change")
def rename_feed(feed_id: int) -> Any:
    """Rename a subscription."""
    who, now = gate.actor(), clock.now()
    feed = feeds.get(who, feed_id)
    form = NameForm(data={"name": feed.name})
    reasons: list[str] = []
    if form.validate_on_submit():
        try:
            transaction(lambda: feeds.rename(who, feed_id, form.name.data or "", now=now))
        except Refused as refused:
            reasons = wording.sentences(refused.reasons)
        else:
            flash(gettext("Renamed. Calendars show the new name after their next visit."), "done")
            return redirect(url_for("web.calendars"), 303)
    return page("calendars/name.html", 422 if form.is_submitted() else 200, form=form, feed=feed, reasons=reasons)


def _show(form: FeedForm, reasons: list[str] | None = None, status: int = 200) -> tuple[str, int]:
    mine = feeds.feeds_of(gate.actor())
    names = store.names((feed.scope, feed.scope_id) for feed in mine)
    today = clock.today()
    return page(
        "calendars/calendars.html",
        status,
        form=form,
        reasons=reasons or [],
        feeds=mine,
        subject=lambda feed: _subject(feed, names),
        moment_text=moment_text,
        bases=[(base.id, _in_language(base.name_zh, base.name_en)) for base in store.bases_to_choose(today)],
        chosen_base=_chosen_base(),
        form_first=bool(_wanted() or reasons or form.errors),
    )


def _show_address(name: str, token: str, *, is_new: bool = True) -> tuple[str, int]:
    address = _site() + url_for("web_calendars.feed", token=token)
    webcal = re.sub(r"^https?://", "webcal://", address)
    code = segno.make(webcal, error="m").svg_inline(
        omitsize=True, border=3, dark="#1c1c1c", light="#ffffff", svgclass="qr"
    )
    return page(
        "calendars/address.html",
        name=name,
        address=address,
        webcal=webcal,
        code=Markup(code),  # noqa: S704 - drawn by us from an address of our own making
        is_new=is_new,
    )


def _site() -> str:
    return current_app.config["PUBLIC_URL"] or request.host_url.rstrip("/")


def _wanted() -> str:
    """The thing whose page sent us here, as a value of the form: `unit-12`; empty where none did."""
    if what := request.values.get("what", ""):
        return what if THING.fullmatch(what) else ""
    found = [(scope, id_from_text(request.args.get(scope, ""))) for scope in ("unit", "lab", "base")]
    return next((f"{scope}-{number}" for scope, number in found if number), "")


def _chosen_base() -> int | None:
    """The base whose labs and units are offered: chosen, or that of a thing whose page sent us here."""
    if base_id := id_from_text(request.values.get("base", "")):
        return base_id
    scope, _, number = _wanted().partition("-")
    scope_id = id_from_text(number)
    return store.base_of(scope, scope_id) if scope_id and scope in ("base", "lab", "unit") else None


def _offer(form: FeedForm, who: Actor) -> dict[str, str]:
    """Fill the choices: my own, my organisation's, the chosen base's. Answers each value's own name."""
    named: dict[str, str] = {f"person-{who.person_id}": gettext("My bookings")}
    if who.member_id is not None:
        named[f"member-{who.member_id}"] = _name_of("member", who.member_id)
    groups: dict[str, list[tuple[str, str]]] = {gettext("Mine"): list(named.items())}
    base_id = _chosen_base()
    if base_id is not None and (base := _name_of("base", base_id)):
        named[f"base-{base_id}"] = base
        groups[base] = [(f"base-{base_id}", gettext("The whole base"))]
        for one in store.things_to_choose(base_id, local_day(clock.now())):
            value, name = f"{one.scope}-{one.id}", _in_language(one.name_zh, one.name_en)
            named[value] = name
            groups.setdefault(_in_language(one.lab_zh, one.lab_en) or base, []).append((value, name))
        form.what.default = f"base-{base_id}"
    form.what.choices = groups
    if not form.is_submitted():
        form.what.data = _wanted() if _wanted() in named else form.what.default
    return named


def _name_of(scope: str, scope_id: int) -> str:
    name_zh, name_en = store.names([(scope, scope_id)]).get((scope, scope_id), ("", ""))
    return _in_language(name_zh, name_en)


def _subject(feed: Feed, names: dict[tuple[str, int], tuple[str, str]]) -> str:
    """What a subscription is of, in words."""
    if feed.scope == "person":
        return gettext("My bookings")
    name = _in_language(*names.get((feed.scope, feed.scope_id), ("", "")))
    kinds = {
        "member": gettext("Member"),
        "base": gettext("Base"),
        "lab": gettext("Lab"),
        "unit": gettext("Unit"),
    }
    return gettext("%(kind)s: %(name)s", kind=kinds[feed.scope], name=name)


def _in_language(name_zh: str, name_en: str) -> str:
    return name_zh if is_chinese() or not name_en else name_en
