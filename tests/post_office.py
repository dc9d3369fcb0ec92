"""A real mail server for tests: it takes mails over SMTP, notes each, and refuses whom it is told to refuse."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


class PostOffice:
    """`.mails` in the order in which they came; `.refuses` answers by address; `.settings` leads an application here."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses: dict[str, str] = {}
        self._lock = threading.Lock()
        self.port = 0
        self._controller: Controller | None = None
        self.open()

    @property
    def settings(self) -> dict[str, object]:
        return {
            "SMTP_URL": f"smtp://127.0.0.1:{self.port}",
            "SMTP_TLS": "none",
            "MAIL_FROM": "gongfang@consortium.example",
            "PUBLIC_URL": "http://localhost",
        }

    def open(self) -> None:
        if not self.port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = int(probe.getsockname()[1])
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def close(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        mail.came_to = list(envelope.rcpt_tos)  # type: ignore[attr-defined]
        with self._lock:
            self.mails.append(mail)
        return "250 OK"

    def ids(self) -> list[str]:
        with self._lock:
            return [str(mail["Message-ID"]) for mail in self.mails]

    def wait_for(self, is_so: Callable[[int], bool], seconds: float = 120) -> None:
        """Wait until the number of mails is as wished."""
        give_up_at = time.monotonic() + seconds
        while not is_so(len(self.mails)):
            assert time.monotonic() < give_up_at, f"only {len(self.mails)} mails came"
            time.sleep(0.01)
