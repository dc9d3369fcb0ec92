"""Delivering: fresh messages go to their ways out; what is due is leased, sent, and only then marked as sent."""

from __future__ import annotations

import logging
import random
import time
from datetime import datetime

from flask import current_app
from flask_babel import force_locale, gettext

from app.booking.rules.feed import Shown
from app.consortium.store import addressees
from app.consortium.store.addressees import Addressee
from app.database import transaction
from app.entrypoints import clock, letters
from app.entrypoints.jobs import group_robots, mail
from app.entrypoints.jobs.mail_server import MailServer
from app.entrypoints.wording.language import LOCALES
from app.foundation.refusal import Refused
from app.outbox import actions as outbox
from app.outbox.rules.delivery import (
    CLOSED,
    DEAD,
    DEADLY,
    DROPPED,
    ENDED,
    EXPIRED,
    FAILED,
    LATE,
    NO_ADDRESS,
    UNSET,
    Leased,
    Outcome,
    has_expired,
    is_hopeless,
)
from app.outbox.rules.letter import DIGEST
from app.outbox.store import messages, robots

log = logging.getLogger(__name__)

LEADS = "gongfang-leads"
"""Where the runner says, among the application's extensions, whether it leads."""
MOST_BATCHES = 50
"""In one run; what is left is the next run's, so that a run has an end."""


def run_deliver(now: datetime) -> str:
    """Spread what is fresh, send what is due; what was done, in a few words."""
    mails = bool(current_app.config["SMTP_HOST"])
    spread = 0
    while fresh := transaction(lambda: outbox.spread(now, mails=mails, bases_of=letters.bases_of)):
        spread += fresh
    ended: dict[str, int] = {}
    with MailServer(current_app.config) as server:
        for _ in range(MOST_BATCHES):
            batch = transaction(lambda: outbox.lease(clock.now()))
            if not batch:
                break
            people = addressees.of_ids({each.message.person_id for each in batch})
            for each in batch:
                if not _leads():
                    return _words(spread, ended)
                outcome = _send(each, people.get(each.message.person_id), server)
                ended[outcome.state] = ended.get(outcome.state, 0) + 1
                _settle(each, outcome)
    return _words(spread, ended)


def _leads() -> bool:
    """Whether this worker is still the one to send. What it has in hand otherwise is the next leader's."""
    leads = current_app.extensions.get(LEADS)
    return leads is None or leads.is_set()


def _words(spread: int, ended: dict[str, int]) -> str:
    words = [f"spread: {spread}"] if spread else []
    return ", ".join([*words, *(f"{state}: {number}" for state, number in sorted(ended.items()))])


def _settle(leased: Leased, outcome: Outcome) -> None:
    """Note it, also when many people write just now: what is not noted would be sent once more."""
    chance, ended_at = random.random(), clock.now()
    for patience in (1, 2, 4):
        try:
            transaction(lambda: outbox.settle(leased, outcome, ended_at, chance))
        except Refused:
            time.sleep(patience)
        else:
            return
    log.warning("how message %s went could not be noted; it will be sent again", leased.message.id)


def _send(leased: Leased, to: Addressee | None, server: MailServer) -> Outcome:
    """One try. Whatever is wrong with one message never stops the others."""
    if is_hopeless(leased.tries):
        return Outcome(DEAD, DEADLY)
    if has_expired(leased.message.posted_at, clock.now()):
        return Outcome(EXPIRED, LATE)
    try:
        return _tell_group(leased) if leased.channel == "robot" else _send_mail(leased, to, server)
    except mail.NoSuchAddress:
        return Outcome(DEAD, NO_ADDRESS)
    except Exception as error:
        log.exception("the message %s could not be made", leased.message.id)
        return Outcome(FAILED, f"{type(error).__name__}: {error}")


def _send_mail(leased: Leased, to: Addressee | None, server: MailServer) -> Outcome:
    if to is None or not to.is_open:
        return Outcome(DROPPED, CLOSED)
    if not current_app.config["SMTP_HOST"]:
        return Outcome(FAILED, UNSET)
    message, now = leased.message, clock.now()
    reader = letters.reader(to.person_id, now)
    with force_locale(LOCALES.get(to.locale, "zh")):
        dates: list[Shown] = []
        if message.template == DIGEST:
            said = letters.digest(message, messages.of_ids(message.facts.get("messages", [])), reader)
        else:
            said, dates = letters.in_full(message, reader, now)
        composed = mail.compose(leased, to, said, dates, letters.given_away(message, now), site())
    return server.send(composed, to.email)


def _tell_group(leased: Leased) -> Outcome:
    robot = robots.of_ids([leased.robot_id or 0]).get(leased.robot_id or 0)
    if robot is None or robot.ended_at is not None:
        return Outcome(DROPPED, ENDED)
    with force_locale(LOCALES.get(robot.told.locale, "zh")):
        said = letters.for_group(leased.message, clock.now())
        lines = [said.opening] if not said.facts else [f"{label}{gettext(':')} {words}" for label, words in said.facts]
        url = f"{site()}{said.path}" if said.path and site() else ""
        words = (said.what, lines, url, gettext("Open it"))
        return group_robots.tell(robot, leased.mark, words, current_app.config["ROBOT_HOSTS"], clock.now())


def site() -> str:
    """Where people reach this installation; links in messages begin with it."""
    return str(current_app.config["PUBLIC_URL"] or "")
