"""Mails: a message as one MIME mail, the same whenever it is made again, with its invitations."""

from __future__ import annotations

from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from flask import current_app
from flask_babel import gettext

from app.booking.rules.feed import Occurrence, Shown
from app.consortium.store.addressees import Addressee
from app.entrypoints.ical.invitation import invitation
from app.entrypoints.ical.words import Words, plain
from app.entrypoints.letters import Said
from app.outbox.rules.delivery import Leased

MOST_INVITATIONS = 20
"""Dates of a series that a mail invites to; whoever has more subscribes to her calendar."""
LONGEST_SUBJECT = 200


class NoSuchAddress(Exception):
    """Nothing can ever be sent to this address."""


def compose(
    leased: Leased, to: Addressee, said: Said, dates: Sequence[Shown], given_away: Sequence[Occurrence], site: str
) -> EmailMessage:
    """The mail in its reader's language. Message-ID and date come from the row, so that a repeat is the same mail."""
    sender = current_app.config["MAIL_FROM"]
    mail = EmailMessage(policy=SMTP)
    try:
        mail["To"] = Address(one_line(to.name), addr_spec=to.email)
        mail["From"] = Address(gettext("Gongfang"), addr_spec=sender)
    except (ValueError, IndexError) as error:
        raise NoSuchAddress(str(error)) from error
    mail["Subject"] = one_line(said.subject)[:LONGEST_SUBJECT]
    mail["Date"] = leased.message.posted_at
    mail["Message-ID"] = f"<{leased.mark}@{sender.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    values = {"said": said, "name": to.name, "site": site, "locale": to.locale}
    mail.set_content(plain(_written("outbox/mail/frame.txt", values)))
    mail.add_alternative(plain(_written("outbox/mail/frame.html", values)), subtype="html")
    invitations = _invitations(leased, to, dates, given_away, site, sender)
    if invitations:
        method, whole = invitations[0]
        _add_calendar(mail, method, whole)
    for number, (method, whole) in enumerate(invitations[1:], 2):
        _attach_calendar(mail, method, whole, f"{'cancel' if method == 'CANCEL' else 'invite'}-{number}.ics")
    return mail


def _invitations(
    leased: Leased, to: Addressee, dates: Sequence[Shown], given_away: Sequence[Occurrence], site: str, sender: str
) -> list[tuple[str, bytes]]:
    """What her calendar should do, date by date: only dates that are hers, or were until this message, and that this
    change, or a later one, touched."""
    message = leased.message
    words = Words(to.locale, site, with_units=False)
    mine = [
        each
        for each in dates
        if each.occurrence.holder_id == to.person_id
        and each.occurrence.changed_at >= message.posted_at
        and not _was_never_hers(each)
    ]
    events = [words.event(each) for each in mine]
    events += [words.given_away(each) for each in given_away if each.changed_at >= message.posted_at]
    return [invitation(event, sender, to.email, one_line(to.name)) for event in events[:MOST_INVITATIONS]]


def _was_never_hers(shown: Shown) -> bool:
    """Asked for and not yet given, or refused without having been given: no calendar knows of it."""
    one = shown.occurrence
    if one.state == "waiting":
        return one.sequence == 0
    return one.state == "refused" and one.sequence <= 1


def _written(template: str, values: dict[str, object]) -> str:
    return current_app.jinja_env.get_template(template).render(values)


def _add_calendar(mail: EmailMessage, method: str, whole: bytes) -> None:
    """The form mail programs read an invitation in: one more way to show the mail's own text."""
    mail.add_alternative(whole.decode(), subtype="calendar", charset="utf-8", cte="base64")
    part = next(each for each in mail.iter_parts() if each.get_content_type() == "text/calendar")
    part.set_param("method", method)


def _attach_calendar(mail: EmailMessage, method: str, whole: bytes, file_name: str) -> None:
    mail.add_attachment(whole.decode(), subtype="calendar", charset="utf-8", cte="base64", filename=file_name)
    *_, part = mail.iter_attachments()
    part.set_param("method", method)


def one_line(text: str) -> str:
    """Text for a header: nothing in it can begin another one."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
