"""Entry: signing in and out, and the cookie that says who is here."""

from __future__ import annotations

from flask import current_app, flash, redirect, request, session, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import InputRequired, Length

from app.consortium.actions import entry
from app.consortium.rules.entry import LockedOut
from app.consortium.store import people as people_store
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.web.blueprint import page, web
from app.entrypoints.web.shell import onward, set_locale
from app.entrypoints.wording.language import LOCALE_COOKIE, LOCALES

CHEAP = "cheap"


def hashes_cheaply() -> bool:
    """Whether this installation is a test or a demo that asked for quick hashing."""
    return str(current_app.config["PASSWORD_HASHING"]) == CHEAP


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
                device=device_now(),
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
            return let_in(cookie, onward(form.next.data, default="/"), entered.locale)
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


def let_in(cookie: str, address: str, locale: str) -> Response:
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


def device_now() -> str:
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
