"""Messages, for an administrator: what waits to go out, what went, what could not and why; never what it says."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app, flash, redirect
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from app.consortium.actions import messages as actions
from app.consortium.rules.permission import may
from app.consortium.store import people as people_store
from app.database import transaction
from app.entrypoints import clock, exports, gate, letters
from app.entrypoints.formats import moment_text
from app.entrypoints.web.blueprint import actor, page, web
from app.entrypoints.web.listing import MOST_EXPORTED, asked_sort, asked_word, listed
from app.foundation.identifiers import id_from_text
from app.outbox.rules import delivery
from app.outbox.rules.delivery import CHANNELS, STATES
from app.outbox.rules.job import standing_of_all
from app.outbox.store import deliveries as store
from app.outbox.store import jobs, robots
from app.outbox.store.deliveries import Line, Wanted


def state_title(state: str) -> str:
    titles = {
        "waiting": gettext("Waiting to go out"),
        "gathered": gettext("Gathered for a digest"),
        "sent": gettext("Sent"),
        "dead": gettext("Could not be sent"),
        "dropped": gettext("Given up"),
        "expired": gettext("Too late to send"),
    }
    return titles[state]


SIGNS = {
    "waiting": "waiting",
    "gathered": "draft",
    "sent": "done",
    "dead": "clash",
    "dropped": "off",
    "expired": "past",
}


def answer_text(words: str) -> str:
    """How a delivery ended, where we know it ourselves; else the server's own words."""
    texts = {
        delivery.CLOSED: gettext("the account is closed"),
        delivery.UNSET: gettext("no mail server is set"),
        delivery.TOO_MANY: gettext("more than a group is told within an hour"),
        delivery.ENDED: gettext("this group is told nothing any more"),
        delivery.NOT_ALLOWED: gettext("this host is not allowed any more"),
        delivery.DEADLY: gettext("whoever tried to send it died each time"),
        delivery.LATE: gettext("too late to be of use"),
        delivery.NO_ADDRESS: gettext("the e-mail address is none"),
    }
    return texts.get(words, words)


def channel_title(channel: str) -> str:
    return {"mail": gettext("Mail"), "robot": gettext("Group robot")}[channel]


@web.get("/admin/messages")
@gate.needs("outbox.read")
def messages() -> Response | tuple[str, int]:
    """What went out and what did not, the newest first."""
    who, wanted = actor(), _wanted()
    if chosen := exports.wanted():
        lines = store.lines(wanted, MOST_EXPORTED)
        told = _recipients(lines)
        head = [
            gettext("When"),
            gettext("Recipient"),
            gettext("Message"),
            gettext("Way"),
            gettext("State"),
            gettext("Tries"),
        ]
        head += [gettext("Next try"), gettext("Last answer")]
        rows = (
            (
                line.posted_at,
                told[line.id],
                letters.title_of(line.template),
                channel_title(line.channel),
                state_title(line.state),
                line.tries,
                line.due_at if line.state == "waiting" else None,
                answer_text(line.last_words),
            )
            for line in lines
        )
        return exports.as_file(chosen, gettext("Messages"), head, rows)
    shown = listed(store.count(wanted), lambda limit, offset: store.lines(wanted, limit, offset))
    counts = store.counts_by_state()
    return page(
        "outbox/messages.html",
        shown=shown,
        recipients=_recipients(shown.rows),
        counts=[(state, state_title(state), counts.get(state, 0)) for state in STATES],
        dead=counts.get("dead", 0),
        is_empty=not counts,
        channels=[(channel, channel_title(channel)) for channel in CHANNELS],
        templates=[(each, letters.title_of(each)) for each in store.templates()],
        may_change=may(who, "outbox.change"),
        goes_by_mail=bool(current_app.config["SMTP_HOST"]),
        jobs=standing_of_all(jobs.jobs(), clock.now()),
        state_title=state_title,
        channel_title=channel_title,
        title_of=letters.title_of,
        answer_text=answer_text,
        signs=SIGNS,
        moment_text=moment_text,
        sort=wanted.sort,
    )


@web.post("/admin/messages/<id:delivery_id>/again")
@gate.needs("outbox.change")
def send_again(delivery_id: int) -> Response:
    """Try one that could not be sent anew."""
    who, now = actor(), clock.now()
    transaction(lambda: actions.send_again(who, delivery_id, now))
    flash(gettext("It is tried again within seconds."), "done")
    return redirect("/admin/messages")


@web.post("/admin/messages/again")
@gate.needs("outbox.change")
def send_all_again() -> Response:
    """Try all that could not be sent anew."""
    who, now = actor(), clock.now()
    revived = transaction(lambda: actions.send_all_again(who, now))
    flash(ngettext("%(num)s message is tried again.", "%(num)s messages are tried again.", revived), "done")
    return redirect("/admin/messages")


@web.post("/admin/messages/<id:delivery_id>/drop")
@gate.needs("outbox.change")
def drop_message(delivery_id: int) -> Response:
    """Give one up."""
    who, now = actor(), clock.now()
    transaction(lambda: actions.drop(who, delivery_id, now))
    flash(gettext("It is not sent any more; its person still finds it under Notices."), "done")
    return redirect("/admin/messages")


def _wanted() -> Wanted:
    email = asked_word("person")
    person_id = id_from_text(email)
    if email and person_id is None:
        person_id = people_store.person_id_of(email.lower()) or 0
    return Wanted(
        state=asked_word("state", STATES),
        channel=asked_word("channel", CHANNELS),
        person_id=person_id,
        template=asked_word("message"),
        sort=asked_sort(tuple(store.SORTS), "-posted"),
    )


def _recipients(lines: Sequence[Line]) -> dict[int, str]:
    """To whom each goes, by the delivery's id."""
    people = people_store.names(sorted({line.person_id for line in lines if line.channel == "mail"}))
    groups = robots.of_ids({line.robot_id for line in lines if line.robot_id})
    return {
        line.id: groups[line.robot_id].told.name if line.robot_id else people.get(line.person_id, "") for line in lines
    }
