"""Account pages: sign in and out, set a password, one's own words, devices, tokens and records."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from flask import Response as FlaskResponse
from flask import current_app, flash, redirect, request, session, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import (
    DateField,
    EmailField,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.booking.store import records as booking_records
from app.consortium.actions import account as actions
from app.consortium.actions import entry, passwords, tokens
from app.consortium.actions import messages as message_actions
from app.consortium.rules import passwords as password_rules
from app.consortium.rules.entry import LinkSpent, LockedOut
from app.consortium.rules.permission import RIGHTS, may_enter
from app.consortium.store import credentials
from app.consortium.store import credit as credit_store
from app.consortium.store import entry as entry_store
from app.consortium.store import people as people_store
from app.consortium.store import qualifications as qualification_store
from app.consortium.store import tokens as tokens_store
from app.database import transaction
from app.entrypoints import clock, exports, gate, wording
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.listing import shown_version
from app.entrypoints.web.notices import MessageForm
from app.entrypoints.web.shell import onward, set_locale
from app.entrypoints.web.titles import right_title, role_title
from app.entrypoints.wording.language import LOCALE_COOKIE, LOCALES
from app.foundation.identifiers import secret_hash
from app.foundation.refusal import Reason, Refused
from app.foundation.timespan import DAY, local_midnight
from app.outbox.store import messages as message_store
from app.trail import store as trail_store

CHEAP = "cheap"
MOST_DEEDS_OF_ONE = 10_000


def hashes_cheaply() -> bool:
    """Whether this installation is a test or a demo that asked for quick hashing."""
    return str(current_app.config["PASSWORD_HASHING"]) == CHEAP


# ── in and out ──


class SignInForm(FlaskForm):
    """Name and password."""

    email = EmailField(
        lazy_gettext("E-mail"), [InputRequired(), Length(max=200)], render_kw={"autocomplete": "username"}
    )
    password = PasswordField(
        lazy_gettext("Password"), [InputRequired(), Length(max=200)], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField()


@web.route("/sign-in", methods=["GET", "POST"])
@gate.public
def sign_in() -> Response | tuple[str, int]:
    """Let a person in by name and password."""
    form = SignInForm(next=request.args.get("next", ""))
    if gate.actor().is_signed_in and request.method == "GET":
        return redirect(onward(form.next.data, default="/"))
    reasons: list[str] = []
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        now, address = clock.now(), request.remote_addr or ""
        cookie, link = entry.new_secret(), entry.new_secret()
        checked = entry.check_password(
            form.email.data or "", form.password.data or "", now, address, cheap=hashes_cheaply()
        )
        entered = transaction(
            lambda: entry.sign_in(
                checked,
                cookie=cookie,
                device=_device(),
                address=address,
                now=now,
                policy=current_app.config["PASSWORD_POLICY"],
                link=link,
            )
        )
        if entered.reason is None:
            session.clear()
            if entered.link:
                flash(gettext("Your password is older than 90 days; choose a new one, then sign in."), "waiting")
                return redirect(url_for("web.invitation", link=entered.link))
            return _let_in(cookie, onward(form.next.data, default="/"), entered.locale)
        reasons = wording.sentences([entered.reason])
        status = 429 if isinstance(entered.reason, LockedOut) else 422
    demo = people_store.demo_people() if current_app.config["DEMO"] else []
    return page("account/sign_in.html", status, form=form, reasons=reasons, demo=demo, demo_deeds=DEMO_DEEDS)


@web.post("/sign-out")
@gate.public
def sign_out() -> Response:
    """End this device's sign-in; pressed twice it is still signed out."""
    present = gate.presence()
    if present is not None and present.sign_in_id is not None:
        now = clock.now()
        transaction(lambda: entry.sign_out(present, now))
    session.clear()
    answer = redirect(url_for("web.sign_in"))
    answer.delete_cookie(gate.COOKIE)
    return answer


def _let_in(cookie: str, address: str, locale: str) -> Response:
    answer = redirect(address)
    answer.set_cookie(
        gate.COOKIE,
        cookie,
        max_age=int(gate.endurance().absolute.total_seconds()),
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    if LOCALE_COOKIE not in request.cookies and locale in LOCALES:
        set_locale(answer, locale)
    return answer


def _device() -> str:
    return "".join(sign for sign in request.user_agent.string if sign.isprintable())[:200]


DEMO_DEEDS = {
    "admin": lazy_gettext("Secretariat: sees and does everything, reads the trail"),
    "teacher": lazy_gettext("Teacher at a college: finds and books labs and machines"),
    "trainer": lazy_gettext("Trainer at a company: books across member organisations"),
    "keeper": lazy_gettext("Keeper of a base: answers requests, closes for maintenance"),
    "finance": lazy_gettext("Finance of a college: reads the bookings of the organisation"),
    "council": lazy_gettext("Council of the consortium: publishes the order of purposes, answers appeals"),
}
"""What each person of the demo can do, by the first part of the e-mail."""


# ── passwords ──


class NewPasswordForm(FlaskForm):
    """A new password, twice."""

    password = PasswordField(
        lazy_gettext("New password"),
        [InputRequired(), Length(max=400)],
        description=lazy_gettext("At least 8 characters. A sentence is easiest to remember and hardest to guess."),
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        lazy_gettext("The same again"), [InputRequired(), Length(max=400)], render_kw={"autocomplete": "new-password"}
    )

    def judged(self, name: str, email: str, old_hash: str) -> list[Reason]:
        """Every reason why the password typed here will not do."""
        typed = self.password.data or ""
        reasons = password_rules.reasons_against(
            typed, name=name, email=email, policy=current_app.config["PASSWORD_POLICY"]
        )
        if typed != self.again.data:
            reasons.append(password_rules.PasswordsDiffer())
        if not reasons and old_hash and passwords.matches(old_hash, typed, cheap=hashes_cheaply()):
            reasons.append(password_rules.PasswordUnchanged())
        return reasons


class ChangePasswordForm(NewPasswordForm):
    """The old password and a new one."""

    old = PasswordField(
        lazy_gettext("Present password"),
        [InputRequired(), Length(max=400)],
        render_kw={"autocomplete": "current-password"},
    )


@web.route("/invitation/<link>", methods=["GET", "POST"])
@gate.public
def invitation(link: str) -> Response | tuple[str, int]:
    """Set a password by a single-use link: the first one, or a new one."""
    now = clock.now()
    found = credentials.person_of_link(secret_hash(link), now) if link.isascii() and len(link) < 200 else None
    if found is None:
        return page("account/link_spent.html", 404, sentence=wording.sentences([LinkSpent()])[0])
    _, name, email, old_hash = found
    form, reasons = NewPasswordForm(), []
    if form.validate_on_submit():
        reasons = wording.sentences(form.judged(name, email, old_hash))
        if not reasons:
            password_hash = passwords.hashed(form.password.data or "", cheap=hashes_cheaply())
            address = request.remote_addr or ""
            try:
                transaction(lambda: actions.set_password_by_link(link, password_hash, address=address, now=now))
            except Refused as refused:
                return page("account/link_spent.html", 404, sentence=wording.sentences(refused.reasons)[0])
            flash(gettext("Your password is set. Sign in with it now."), "done")
            return redirect(url_for("web.sign_in"))
    status = 422 if form.is_submitted() else 200
    return page(
        "account/new_password.html", status, form=form, reasons=reasons, name=name, email=email, is_first=not old_hash
    )


@web.route("/account/password", methods=["GET", "POST"])
@gate.needs("account.change")
def change_password() -> Response | tuple[str, int]:
    """A new password for oneself. Nothing tells whether a guess is the old one but comparing it, which is counted."""
    form, reasons, status = ChangePasswordForm(), [], 200
    if form.is_submitted():
        status = 422
    if form.validate_on_submit():
        who, now, address, typed = actor(), clock.now(), request.remote_addr or "", form.old.data or ""
        kept = or_404(people_store.find(who.person_id))
        found = form.judged(kept.name, kept.email, "")
        if typed == form.password.data:
            found.append(password_rules.PasswordUnchanged())
        if not found:
            checked = entry.check_password(kept.email, typed, now, address, cheap=hashes_cheaply())
            password_hash = passwords.hashed(form.password.data or "", cheap=hashes_cheaply())
            present = gate.presence()
            sign_in_id = present.sign_in_id if present else None
            reason = transaction(
                lambda: actions.change_password(who, sign_in_id, checked, password_hash, address=address, now=now)
            )
            if reason is None:
                flash(gettext("Your password is changed, and every other device is signed out."), "done")
                return redirect("/account")
            found, status = [reason], 429 if isinstance(reason, LockedOut) else 422
        reasons = wording.sentences(found)
    return page("account/change_password.html", status, form=form, reasons=reasons)


# ── one's own account ──


class WordsForm(FlaskForm):
    """What one may change about oneself."""

    name = StringField(lazy_gettext("Full name"), [InputRequired(), Length(max=80)])
    phone = TelField(lazy_gettext("Telephone"), [Optional(), Length(max=40)])
    locale = SelectField(lazy_gettext("Language of messages"), choices=[("zh", "中文"), ("en", "English")])
    version = HiddenField()


class TokenForm(FlaskForm):
    """A token: what for, what it may, until when."""

    name = StringField(
        lazy_gettext("What it is for"),
        [InputRequired(), Length(max=80)],
        description=lazy_gettext("Such as: timetable import"),
    )
    rights = SelectMultipleField(
        lazy_gettext("What it may do"),
        [InputRequired()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    expires_on = DateField(
        lazy_gettext("Last day"), [InputRequired()], description=lazy_gettext("At most one year from today.")
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.rights.choices = [(right, right_title(right)) for right in RIGHTS]


@web.get("/account")
@gate.needs("account.change")
def account() -> tuple[str, int]:
    """One's own account."""
    return _account_page()


def _account_page(
    status: int = 200,
    words: FlaskForm | None = None,
    token_form: TokenForm | None = None,
    reasons: list[str] | None = None,
    fresh_token: str = "",
    told: MessageForm | None = None,
) -> tuple[str, int]:
    who, now, present = actor(), clock.now(), gate.presence()
    kept = or_404(people_store.find(who.person_id))
    endurance = gate.endurance()
    year = clock.today() + timedelta(days=90)
    return page(
        "account/account.html",
        status,
        kept=kept,
        words=words or WordsForm(obj=kept),
        token_form=token_form or TokenForm(rights=["read"], expires_on=year),
        reasons=reasons or [],
        fresh_token=fresh_token,
        told=told or MessageForm.of(who.person_id),
        may_stand_in=may_enter(who, "delegation.change"),
        goes_by_mail=bool(current_app.config["SMTP_HOST"]),
        devices=entry_store.devices(who.person_id, now - endurance.idle, now - endurance.absolute),
        this_device=present.sign_in_id if present else None,
        tokens=tokens_store.tokens_of(who.person_id, now),
        sides=present.sides if present else (),
        appointments=present.appointments if present else (),
        right_title=right_title,
        role_title=role_title,
    )


@web.post("/account/words")
@gate.needs("account.change")
def change_words() -> Response | tuple[str, int]:
    """Own name, telephone, language of messages."""
    form, reasons = WordsForm(), []
    if form.validate_on_submit():
        who, now = actor(), clock.now()
        version = shown_version()
        name, phone, locale = form.name.data or "", form.phone.data or "", form.locale.data or ""
        reasons = _tried(lambda: actions.change_words(who, version, name, phone, locale, now))
        if not reasons:
            flash(gettext("Saved."), "done")
            return redirect("/account")
    return _account_page(422, words=form, reasons=reasons)


@web.post("/account/messages")
@gate.needs("account.change")
def choose_messages() -> Response | tuple[str, int]:
    """Which messages come how, and at what hour the digest comes."""
    form, reasons = MessageForm(), []
    if form.validate_on_submit():
        who, now, version = actor(), clock.now(), shown_version()
        ways, hour = form.ways(), int(form.digest_hour.data or 0)
        reasons = _tried(lambda: message_actions.choose(who, ways, hour, version, now))
        if not reasons:
            flash(gettext("Saved."), "done")
            return redirect("/account#messages")
    return _account_page(422, told=form, reasons=reasons)


@web.post("/account/devices/<id:sign_in_id>/sign-out")
@gate.needs("account.change")
def sign_device_out(sign_in_id: int) -> Response:
    """Sign one of one's own devices out."""
    who, now = actor(), clock.now()
    transaction(lambda: actions.sign_device_out(who, sign_in_id, now))
    flash(gettext("That device is signed out."), "done")
    return redirect("/account#devices")


@web.post("/account/devices/sign-out")
@gate.needs("account.change")
def sign_others_out() -> Response:
    """Sign every device out but this one."""
    who, now, present = actor(), clock.now(), gate.presence()
    sign_in_id = present.sign_in_id if present else None
    ended = transaction(lambda: actions.sign_others_out(who, sign_in_id, now))
    flash(gettext("%(count)s other devices are signed out.", count=ended), "done")
    return redirect("/account#devices")


@web.post("/account/tokens")
@gate.needs("token.change")
def make_token() -> Response | tuple[str, int]:
    """A new token, shown once."""
    form, reasons = TokenForm(), []
    if form.validate_on_submit():
        who, now, token = actor(), clock.now(), entry.new_secret()
        name, rights = form.name.data or "", form.rights.data or []
        last = form.expires_on.data
        assert last
        expires_at = local_midnight(last + DAY) if last.year < 9999 else datetime.max.replace(tzinfo=now.tzinfo)
        reasons = _tried(lambda: tokens.make_token(who, name, rights, token=token, expires_at=expires_at, now=now))
        if not reasons:
            return _account_page(fresh_token=token)
    return _account_page(422, token_form=form, reasons=reasons)


@web.post("/account/tokens/<id:token_id>/revoke")
@gate.needs("token.change")
def revoke_token(token_id: int) -> Response:
    """End a token at once."""
    who, now = actor(), clock.now()
    transaction(lambda: tokens.revoke_token(who, token_id, now))
    flash(gettext("The token opens nothing any more."), "done")
    return redirect("/account#tokens")


@web.get("/account/my-data")
@gate.needs("account.change")
def my_data() -> Response:
    """Everything kept about oneself, as a file (PIPL: access and copy)."""
    who, now = actor(), clock.now()
    kept = actions.own_records(who, now)
    kept["bookings"] = booking_records.of_person(who.person_id)
    kept["calendars"] = booking_records.feeds_of_person(who.person_id)
    kept["messages"] = message_store.of_person(who.person_id)
    kept["qualifications"] = [asdict(each) for each in qualification_store.held_by([who.person_id])]
    kept["credit"] = [asdict(each) for each in credit_store.events_of([who.person_id])]
    kept["restrictions"] = [asdict(each) for each in credit_store.restrictions(person_id=who.person_id)]
    kept["trail"] = [
        {"at": each.at, "deed": each.deed, "object": each.object_kind, "id": each.object_id, "result": each.result}
        for each in trail_store.deeds_of(who.person_id, MOST_DEEDS_OF_ONE)
    ]
    body = json.dumps(kept, ensure_ascii=False, indent=2, default=str)
    answer = FlaskResponse(body, content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = exports.disposition(f"{gettext('My data')}.json")
    return answer


def _tried(do: Any) -> list[str]:
    try:
        transaction(do)
    except Refused as refused:
        if {reason.kind for reason in refused.reasons} & {"missing", "busy"}:
            raise
        return wording.sentences(refused.reasons)
    return []
