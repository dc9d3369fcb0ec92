"""Group robots: the only requests this application ever sends outside, to allowed hosts that are really outside."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime

from app.outbox.rules import robot as rules
from app.outbox.rules.delivery import DEAD, FAILED, NOT_ALLOWED, SENT, Outcome
from app.outbox.rules.robot import KeptRobot

PATIENCE_SECONDS = 10
LONGEST_ANSWER = 64 * 1024

Opener = Callable[[str], http.client.HTTPConnection]
"""Opens the way to a host; tests give one to a server of their own."""


class NotOutside(OSError):
    """The name leads to an address inside: a private network, this machine."""


class Outside(http.client.HTTPSConnection):
    """A connection to an allowed host. The address that was judged is the one that is connected to, so that a name
    cannot mean something else in between."""

    def connect(self) -> None:
        addresses = [str(found[4][0]) for found in socket.getaddrinfo(self.host, 443, type=socket.SOCK_STREAM)]
        if not addresses or not all(map(rules.is_outside, addresses)):
            raise NotOutside(f"{self.host} is not an address in the open internet")
        raw = socket.create_connection((addresses[0], 443), self.timeout)
        self.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=self.host)


def outside(host: str) -> http.client.HTTPConnection:
    return Outside(host, timeout=PATIENCE_SECONDS)


def tell(
    robot: KeptRobot,
    mark: str,
    words: tuple[str, Sequence[str], str, str],
    hosts: Sequence[str],
    now: datetime,
    opener: Opener = outside,
) -> Outcome:
    """Let a robot say something: (title, lines, address, words of the link). Redirects are not followed."""
    told = robot.told
    if told.host not in hosts:
        return Outcome(DEAD, NOT_ALLOWED)
    title, lines, url, link_text = words
    content = json.dumps(rules.body(told, title, lines, url, link_text, now), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json; charset=utf-8", "X-Gongfang-Delivery": mark}
    connection = opener(told.host)
    try:
        connection.request("POST", rules.target(told, now), content, headers)
        answer = connection.getresponse()
        said = answer.read(LONGEST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        return Outcome(FAILED, f"{type(error).__name__}: {error}")
    finally:
        connection.close()
    text = said[:200].decode("utf-8", "replace")
    try:
        accepted = answer.status == http.HTTPStatus.OK and rules.is_accepted(json.loads(said))
    except ValueError:
        accepted = False
    return Outcome(SENT) if accepted else Outcome(FAILED, f"{answer.status} {text}")
