"""Robots of group chats: which addresses are allowed, and what WeCom, DingTalk and Feishu want to be sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.foundation.refusal import Invalid, Reason
from app.outbox.rules.letter import KINDS

FORMS = ("wecom", "dingtalk", "feishu")
HOSTS = {"wecom": "qyapi.weixin.qq.com", "dingtalk": "oapi.dingtalk.com", "feishu": "open.feishu.cn"}
"""Where each form's robots live unless an installation allows other hosts."""
ONES_OWN = ("consortium/", "passing/", "usage/", "outbox/")
"""Templates of what lies between the consortium and one person, such as a restriction, a no-show or her daily digest: no
group is told of it, without a name either."""
LONGEST_NAME, LONGEST_URL, LONGEST_SECRET = 80, 400, 200
LONGEST_TEXT = 1_200
"""Characters; WeCom takes 4,096 octets of markdown."""
_ADDRESS = re.compile(r"(?P<scheme>[a-z]+)://(?P<host>[a-z0-9.-]+)(?::443)?(?P<path>/[!-~]*?)?(?:\?(?P<query>[!-~]*))?")
_LEADS_INSIDE = tuple(
    map(ipaddress.ip_network, ("192.0.0.0/24", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/23", "2002::/16"))
)
"""Addresses that stand for others, which may lie inside: NAT64, 6to4, Teredo, what IPv4 set aside for protocols."""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~])")


@dataclass(frozen=True, slots=True)
class RobotForm:
    """What an administrator says about a robot."""

    name: str
    form: str
    url: str
    secret: str = ""
    base_id: int | None = None
    kinds: tuple[str, ...] = KINDS
    locale: str = "zh"

    @property
    def host(self) -> str:
        """The host's name; empty where the address is none of ours to read."""
        found = _ADDRESS.fullmatch(self.url)
        return found["host"] if found else ""


@dataclass(frozen=True, slots=True)
class KeptRobot:
    """A robot as it is kept."""

    id: int
    told: RobotForm
    made_at: datetime
    ended_at: datetime | None
    version: int

    @property
    def shown_address(self) -> str:
        """Enough of the address to tell robots apart, not enough to use it."""
        return f"{self.told.host}/…{self.told.url[-4:]}"

    def wants(self, kind: str, base_ids: frozenset[int]) -> bool:
        return kind in self.told.kinds and (self.told.base_id is None or self.told.base_id in base_ids)


def reasons_against(told: RobotForm, hosts: Sequence[str]) -> list[Reason]:
    """Every reason why this robot cannot be kept. Only https to a host on the list; never an address in figures."""
    reasons: list[Reason] = []
    if not told.name.strip():
        reasons.append(Invalid("robot_name", "missing"))
    elif len(told.name.strip()) > LONGEST_NAME:
        reasons.append(Invalid("robot_name", "too_long"))
    if told.form not in FORMS:
        reasons.append(Invalid("robot_form", "unknown"))
    if problem := _problem_of(told.url, hosts):
        reasons.append(Invalid("robot_url", problem))
    if len(told.secret) > LONGEST_SECRET:
        reasons.append(Invalid("robot_secret", "too_long"))
    if not told.kinds or set(told.kinds) - set(KINDS):
        reasons.append(Invalid("robot_kinds", "missing" if not told.kinds else "unknown"))
    if told.locale not in ("zh", "en"):
        reasons.append(Invalid("locale", "unknown"))
    return reasons


def _problem_of(url: str, hosts: Sequence[str]) -> str:
    if not url:
        return "missing"
    if len(url) > LONGEST_URL:
        return "too_long"
    found = _ADDRESS.fullmatch(url)
    if found is None or "#" in url or "@" in url or "\\" in url:
        return "unreadable"
    if found["scheme"] != "https":
        return "not_https"
    return "" if found["host"] in hosts else "host_not_allowed"


def is_outside(address: str) -> bool:
    """Whether an IP address lies in the open internet: nothing private, local, shared or set aside."""
    try:
        found = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    inner = getattr(found, "ipv4_mapped", None)
    return (
        (inner or found).is_global
        and not found.is_multicast
        and not any(found in network for network in _LEADS_INSIDE if network.version == found.version)
    )


def target(told: RobotForm, now: datetime) -> str:
    """Path and query of the request. DingTalk wants its signature there."""
    found = _ADDRESS.fullmatch(told.url)
    path, query = (found["path"] or "/", found["query"] or "") if found else ("/", "")
    if told.form == "dingtalk" and told.secret:
        moment = int(now.timestamp() * 1000)
        sign = signature(told.form, told.secret, moment).replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        query = "&".join(part for part in (query, f"timestamp={moment}", f"sign={sign}") if part)
    return f"{path}?{query}" if query else path


def body(told: RobotForm, title: str, lines: Sequence[str], url: str, link_text: str, now: datetime) -> dict[str, Any]:
    """What the robot is sent: a title, lines of plain text, one link."""
    said = "\n\n".join([f"**{escaped(title)}**", *map(escaped, lines)])[:LONGEST_TEXT]
    text = f"{said}\n\n[{escaped(link_text)}]({url})" if url else said
    if told.form == "wecom":
        return {"msgtype": "markdown", "markdown": {"content": text}}
    if told.form == "dingtalk":
        return {"msgtype": "markdown", "markdown": {"title": title[:60], "text": text}}
    said = "\n".join(map(escaped, lines))[:LONGEST_TEXT]
    card: dict[str, Any] = {
        "header": {"title": {"tag": "plain_text", "content": title[:100]}},
        "elements": [
            {"tag": "markdown", "content": f"{said}\n[{escaped(link_text)}]({url})" if url else said},
        ],
    }
    whole: dict[str, Any] = {"msg_type": "interactive", "card": card}
    if told.secret:
        moment = int(now.timestamp())
        whole |= {"timestamp": str(moment), "sign": signature(told.form, told.secret, moment)}
    return whole


def signature(form: str, secret: str, moment: int) -> str:
    """HMAC-SHA256 in base64. DingTalk signs `moment\\nsecret` with the secret; Feishu signs nothing with both as the key."""
    whole = f"{moment}\n{secret}".encode()
    key, content = (secret.encode(), whole) if form == "dingtalk" else (whole, b"")
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def is_accepted(answer: Any) -> bool:
    """Whether the service's JSON says yes: `errcode` 0 (WeCom, DingTalk), `code` or `StatusCode` 0 (Feishu)."""
    if not isinstance(answer, dict):
        return False
    codes = [answer[name] for name in ("errcode", "code", "StatusCode") if name in answer]
    return bool(codes) and all(code == 0 for code in codes)


def escaped(text: str) -> str:
    """Text that stays text in markdown: nothing in it calls anybody, makes a link or a heading."""
    plain = " ".join(text.split()).replace("<", "＜").replace(">", "＞").replace("@", "＠")
    return _MARKDOWN.sub(r"\\\1", plain)
