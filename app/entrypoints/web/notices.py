"""Notices: what a person was told, unread first; and the form by which she chooses how she is told."""

from __future__ import annotations

from flask import current_app, flash, redirect, request
from flask_babel import gettext, lazy_gettext, ngettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, SelectField
from wtforms.validators import DataRequired, InputRequired

from app.database import transaction
from app.entrypoints import clock, exports, gate, letters
from app.entrypoints.formats import moment_text
from app.entrypoints.web.blueprint import actor, or_404, page, web
from app.entrypoints.web.listing import MOST_EXPORTED, asked_word, listed
from app.outbox import actions
from app.outbox.rules.letter import KINDS
from app.outbox.rules.ways import GATHERED, MAIL, NOTICE
from app.outbox.store import choices
from app.outbox.store import messages as store
from app.outbox.store.messages import SHOWN_FOR, WantedNotices

WAYS = [
    (MAIL, lazy_gettext("By mail at once")),
    (GATHERED, lazy_gettext("In the daily digest")),
    (NOTICE, lazy_gettext("Only here, under Notices")),
]


class MessageForm(FlaskForm):
    """Which kinds of messages come how, and the hour of the digest."""

    request = SelectField(
        lazy_gettext("Requests that wait for my answer"), [DataRequired()], choices=WAYS, default=MAIL
    )
    answer = SelectField(lazy_gettext("Answers to my requests"), [InputRequired()], choices=WAYS)
    change = SelectField(lazy_gettext("What others change in my bookings"), [InputRequired()], choices=WAYS)
    own = SelectField(
        lazy_gettext("What I did myself, with an invitation for my calendar"), [InputRequired()], choices=WAYS
    )
    other = SelectField(lazy_gettext("Everything else"), [InputRequired()], choices=WAYS)
    digest_hour = SelectField(
        lazy_gettext("Hour of the digest"),
        [InputRequired()],
        choices=[(str(hour), f"{hour:02d}:00") for hour in range(24)],
        description=lazy_gettext("More than a dozen mails within an hour go into the digest by themselves."),
    )
    version = HiddenField()

    @classmethod
    def of(cls, person_id: int) -> MessageForm:
        """The form as it stands for somebody."""
        chosen = choices.find(person_id)
        values = {kind: chosen.way_of(kind) for kind in KINDS}
        return cls(formdata=None, version=chosen.version, digest_hour=str(chosen.digest_hour), **values)

    def ways(self) -> dict[str, str]:
        return {kind: self[kind].data for kind in KINDS}


@web.get("/notices")
@gate.needs("notice.see")
def notices() -> Response | tuple[str, int]:
    """One's own notices."""
    who, now = actor(), clock.now()
    only_unread = asked_word("show", ("unread",)) == "unread"
    wanted = WantedNotices(who.person_id, now - SHOWN_FOR, only_unread)
    if chosen := exports.wanted():
        kept = store.notices(wanted, MOST_EXPORTED)
        head = [gettext("When"), gettext("Message"), gettext("What happened"), gettext("Read")]
        rows = (
            (each.posted_at, said.subject, said.opening, each.read_at)
            for each, said in zip(kept, letters.in_short(kept, who), strict=True)
        )
        return exports.as_file(chosen, gettext("Notices"), head, rows)
    shown = listed(store.count_notices(wanted), lambda limit, offset: store.notices(wanted, limit, offset))
    unread = store.count_unread(who.person_id, now - SHOWN_FOR)
    return page(
        "outbox/notices.html",
        shown=shown,
        told=list(zip(shown.rows, letters.in_short(shown.rows, who), strict=True)),
        unread=unread,
        only_unread=only_unread,
        goes_by_mail=bool(current_app.config["SMTP_HOST"]),
        moment_text=moment_text,
    )


@web.post("/notices/<id:message_id>/open")
@gate.needs("notice.change")
def open_notice(message_id: int) -> Response:
    """Mark one as read and go where it leads."""
    who, now = actor(), clock.now()
    kept = or_404(store.find_notice(who.person_id, message_id))
    transaction(lambda: actions.mark_read(who.person_id, now, message_id))
    [said] = letters.in_short([kept], who)
    return redirect(said.path or "/notices")


@web.post("/notices/read")
@gate.needs("notice.change")
def read_notices() -> Response:
    """Mark all as read."""
    who, now = actor(), clock.now()
    read = transaction(lambda: actions.mark_read(who.person_id, now))
    flash(ngettext("%(num)s notice is marked as read.", "%(num)s notices are marked as read.", read), "done")
    return redirect("/notices?show=unread" if request.form.get("show") == "unread" else "/notices")
