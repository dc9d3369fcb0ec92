"""People in words: coming in, passwords, offices, messages that did not arrive."""

from __future__ import annotations

from flask_babel import gettext

from app.consortium.rules import entry, membership, passwords
from app.entrypoints.formats import moment_text
from app.entrypoints.wording.units import Sentences
from app.outbox.rules import delivery

SENTENCES: Sentences = {
    delivery.NotDead: lambda _r, _n: gettext("This message went its way meanwhile; nothing was changed."),
    entry.WrongPassword: lambda _r, _n: gettext("E-mail and password do not belong together."),
    entry.LockedOut: lambda r, _n: gettext(
        "Too many wrong passwords. The door opens again at %(until)s.", until=moment_text(r.until)
    ),
    entry.LinkSpent: lambda _r, _n: gettext(
        "This link has been used or has run out. Ask your member's administrator for a new one."
    ),
    passwords.PasswordTooShort: lambda r, _n: gettext("A password needs at least %(least)s characters.", least=r.least),
    passwords.PasswordTooLong: lambda r, _n: gettext("A password has at most %(most)s characters.", most=r.most),
    passwords.PasswordWellKnown: lambda _r, _n: gettext("This password is one of those that are tried first."),
    passwords.PasswordIsTheirs: lambda _r, _n: gettext("This password is little more than your own name or e-mail."),
    passwords.PasswordTooPlain: lambda _r, _n: gettext(
        "A password needs three of these: small letters, capitals, digits, other signs."
    ),
    passwords.PasswordsDiffer: lambda _r, _n: gettext("The two passwords are not the same."),
    membership.NotYourself: lambda _r, _n: gettext(
        "Nobody closes their own account or ends their own office; ask another administrator."
    ),
    membership.AlreadyHolds: lambda _r, _n: gettext("This office is held then already."),
    membership.AccountClosed: lambda _r, _n: gettext("The account is closed; open it first."),
    passwords.PasswordUnchanged: lambda _r, _n: gettext("This is the old password; choose another."),
}
