"""The mail server: one connection for a batch of mails, and what its answers mean."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from types import TracebackType

from flask import Config

from app.outbox.rules.delivery import DEAD, FAILED, SENT, Outcome

PERMANENT = 500
"""Answers from here on will be the same next time."""


class MailServer:
    """The way to the mail server named in the settings; connected when the first mail goes."""

    def __init__(self, settings: Config) -> None:
        self._settings = settings
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> MailServer:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._hang_up()

    def send(self, mail: EmailMessage, to: str) -> Outcome:
        """Hand one mail over; what became of it. Never raises for what a server or a network may do."""
        try:
            self._connected().send_message(mail, self._settings["MAIL_FROM"], [to])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()), (0, b""))
            self._start_over()
            return Outcome(DEAD if code >= PERMANENT else FAILED, f"{code} {_text(said)}")
        except smtplib.SMTPDataError as error:
            self._start_over()
            return Outcome(
                DEAD if error.smtp_code >= PERMANENT else FAILED, f"{error.smtp_code} {_text(error.smtp_error)}"
            )
        except smtplib.SMTPNotSupportedError as error:
            self._start_over()
            return Outcome(DEAD, _text(error))
        except smtplib.SMTPResponseException as error:
            self._hang_up()
            return Outcome(FAILED, f"{error.smtp_code} {_text(error.smtp_error)}")
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self._hang_up()
            return Outcome(FAILED, f"{type(error).__name__}: {error}")
        return Outcome(SENT)

    def _connected(self) -> smtplib.SMTP:
        if self._connection is not None:
            return self._connection
        told = self._settings
        host, port, patience = told["SMTP_HOST"], told["SMTP_PORT"], told["SMTP_TIMEOUT_SECONDS"]
        if told["SMTP_TLS"] == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, timeout=patience, context=ssl.create_default_context()
            )
        else:
            connection = smtplib.SMTP(host, port, timeout=patience)
        self._connection = connection
        if told["SMTP_TLS"] == "starttls":
            connection.starttls(context=ssl.create_default_context())
        if told["SMTP_USER"]:
            connection.login(told["SMTP_USER"], told["SMTP_PASSWORD"])
        return connection

    def _start_over(self) -> None:
        """The connection is good, the mail was not: forget it, so that the next one begins afresh."""
        try:
            if self._connection is not None:
                self._connection.rset()
        except (smtplib.SMTPException, OSError):
            self._hang_up()

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()


def _text(said: object) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
