"""One's own account: words, messages, devices, tokens, and a copy of what is kept of one."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from flask import Response as FlaskResponse
from flask import current_app, flash, redirect
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DateField, HiddenField, SelectField, SelectMultipleField, StringField, TelField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.booking.store import records as booking_records
from app.consortium.actions import account as actions
from app.consortium.actions import entry, tokens
from app.consortium.actions import messages as message_actions
from app.consortium.rules.permission import RIGHTS, may_enter
from app.consortium.store import credit as credit_store
from app.consortium.store import entry as entry_store
from app.consortium.store import people as people_store
from app.consortium.store import qualifications as qualification_store
from app.consortium.store import tokens as tokens_store
from app.database import transaction
from app.entrypoints import clock, exports, gate
from app.entrypoints.web.attempts import tried
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.listing import shown_version
from app.entrypoints.web.notices import MessageForm
from app.entrypoints.web.titles import right_title, role_title
from app.foundation.timespan import DAY, local_midnight
from app.outbox.store import messages as message_store
from app.trail import store as trail_store

MOST_DEEDS_OF_ONE = 10_000


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
        may_decide=may_enter(who, "inbox.see"),
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
        reasons = tried(lambda: actions.change_words(who, version, name, phone, locale, now))
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
        reasons = tried(lambda: message_actions.choose(who, ways, hour, version, now))
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
        reasons = tried(lambda: tokens.make_token(who, name, rights, token=token, expires_at=expires_at, now=now))
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
