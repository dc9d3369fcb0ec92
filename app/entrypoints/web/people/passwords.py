"""Passwords: the link of an invitation, and changing one's own."""

from __future__ import annotations

from flask import current_app, flash, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from app.consortium.actions import account as actions
from app.consortium.actions import entry, passwords
from app.consortium.rules import passwords as password_rules
from app.consortium.rules.entry import LinkSpent, LockedOut
from app.consortium.store import credentials
from app.consortium.store import people as people_store
from app.database import transaction
from app.entrypoints import clock, gate, wording
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.people.entry import hashes_cheaply
from app.foundation.identifiers import secret_hash
from app.foundation.refusal import Reason, Refused


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
