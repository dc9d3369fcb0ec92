"""The settings: every one the application knows, read from the environment and judged before anything starts."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

PROJECT = Path(__file__).resolve().parent
SHORTEST_SECRET = 32
"""Characters. 32 hexadecimal ones are 128 bits."""
PASSWORD_POLICIES = ("asvs", "dengbao2")
"""`asvs`: OWASP ASVS 5.0, length and a list of common ones. `dengbao2`: 等保二级, with complexity and rotation on top."""
PASSWORD_HASHINGS = ("strong", "cheap")
MAIL_LOCKS = ("starttls", "tls", "none")
"""How the way to the mail server is kept private: STARTTLS (port 587), TLS from the start (465), not at all (25)."""
ROBOT_HOSTS = ("qyapi.weixin.qq.com", "oapi.dingtalk.com", "open.feishu.cn")
"""Where the group robots of WeCom, DingTalk and Feishu live."""
_MAIL_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_YES = {"1", "true", "yes", "on"}
_NO = {"", "0", "false", "no", "off"}
_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}


class SettingRefused(Exception):
    """A setting makes no sense or is missing; the sentence says which one and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"Gongfang does not start: {sentence}")


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that may differ between one installation and another. Names in capitals are Flask's or ours.

    Made by `Config.load`; `Flask.config.from_mapping(Config.load().mapping())` hands it to the application.
    """

    INSTANCE_PATH: str
    """The folder, as an absolute path, where the embedded database, its locks, uploads and the demo's secret live."""
    DATABASE_URL: str = field(repr=False)
    SECRET_KEY: str = field(repr=False)
    DEMO: bool = False
    """The demonstration: known accounts, a secret of its own, sign-in by pressing a person."""
    TESTING: bool = False
    PUBLIC_URL: str | None = None
    """Where people reach this installation, for links in messages and feeds. With https, cookies are Secure."""
    PROXY_COUNT: int = 0
    """How many reverse proxies of ours stand in front and set X-Forwarded-…; 0 believes none of these headers."""
    TRUSTED_HOSTS: tuple[str, ...] = ()
    """Host names a request may carry. By default this machine's own names and the one in PUBLIC_URL."""
    MAX_CONTENT_LENGTH: int = 9 * 1024 * 1024
    """Bytes in one request body; the largest upload, a timetable of 8 MB, and the fields beside it fit in."""
    MAX_FORM_MEMORY_SIZE: int = 1024 * 1024
    """Bytes in the fields of one form, files aside."""
    MAX_FORM_PARTS: int = 2_000
    SESSION_IDLE_MINUTES: int = 8 * 60
    """A device that did nothing for so long is signed out."""
    SESSION_ABSOLUTE_MINUTES: int = 14 * 24 * 60
    """A device is signed out so long after signing in, whatever it did."""
    PASSWORD_POLICY: str = "asvs"
    PASSWORD_HASHING: str = "strong"
    """`cheap` makes argon2 quick for tests and measurements; it is refused outside them and the demo."""
    MAIL_FROM: str = ""
    """The address mails come from. Without a mail server messages stay notices on the page."""
    SMTP_HOST: str = ""
    """The mail server that takes our mails; empty: none. May be given whole as SMTP_URL."""
    SMTP_PORT: int = 25
    SMTP_USER: str = ""
    SMTP_PASSWORD: str = field(default="", repr=False)
    SMTP_TLS: str = "starttls"
    SMTP_TIMEOUT_SECONDS: int = 20
    ROBOT_HOSTS: tuple[str, ...] = ROBOT_HOSTS
    """Host names to which group robots may be told things; nothing else is ever asked for outside."""

    @classmethod
    def load(cls, overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None) -> Config:
        """The settings from the environment, with `overrides` (by the same names) before it.

        Raises SettingRefused, one sentence on the first thing that is wrong.
        """
        given: dict[str, Any] = dict(os.environ if environ is None else environ) | dict(overrides or {})
        demo, testing = _flag(given, "DEMO"), _flag(given, "TESTING")
        instance = Path(given.get("INSTANCE_PATH") or PROJECT / "instance").expanduser().absolute()
        public_url = given.get("PUBLIC_URL") or None
        return cls(
            INSTANCE_PATH=str(instance),
            DATABASE_URL=_database_url(given.get("DATABASE_URL") or "", instance),
            SECRET_KEY=_secret_key(given.get("SECRET_KEY") or "", instance, demo=demo, testing=testing),
            DEMO=demo,
            TESTING=testing,
            PUBLIC_URL=_public_url(public_url),
            PROXY_COUNT=_number(given, "PROXY_COUNT", cls.PROXY_COUNT, smallest=0),
            TRUSTED_HOSTS=_trusted_hosts(given.get("TRUSTED_HOSTS"), public_url),
            MAX_CONTENT_LENGTH=_number(given, "MAX_CONTENT_LENGTH", cls.MAX_CONTENT_LENGTH),
            MAX_FORM_MEMORY_SIZE=_number(given, "MAX_FORM_MEMORY_SIZE", cls.MAX_FORM_MEMORY_SIZE),
            MAX_FORM_PARTS=_number(given, "MAX_FORM_PARTS", cls.MAX_FORM_PARTS),
            SESSION_IDLE_MINUTES=_number(given, "SESSION_IDLE_MINUTES", cls.SESSION_IDLE_MINUTES),
            SESSION_ABSOLUTE_MINUTES=_number(given, "SESSION_ABSOLUTE_MINUTES", cls.SESSION_ABSOLUTE_MINUTES),
            PASSWORD_POLICY=_one_of(given, "PASSWORD_POLICY", PASSWORD_POLICIES),
            PASSWORD_HASHING=_hashing(given, demo=demo, testing=testing),
            **_mail(given),
            SMTP_TIMEOUT_SECONDS=_number(given, "SMTP_TIMEOUT_SECONDS", cls.SMTP_TIMEOUT_SECONDS),
            ROBOT_HOSTS=_hosts(given.get("ROBOT_HOSTS")) or ROBOT_HOSTS,
        )

    def mapping(self) -> dict[str, Any]:
        """The settings under the names Flask and its extensions read."""
        own = {each.name: getattr(self, each.name) for each in fields(self)}
        secure = (self.PUBLIC_URL or "").startswith("https://")
        return own | {
            "SQLALCHEMY_DATABASE_URI": self.DATABASE_URL,
            "TRUSTED_HOSTS": list(self.TRUSTED_HOSTS),
            "SESSION_COOKIE_SECURE": secure,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "PREFERRED_URL_SCHEME": "https" if secure else "http",
        }


def _flag(given: Mapping[str, Any], name: str) -> bool:
    word = str(given.get(name, "")).strip().lower()
    if word in _YES | _NO:
        return word in _YES
    raise SettingRefused(f"{name} is {word!r}; write 1 or 0.")


def _number(given: Mapping[str, Any], name: str, default: int, smallest: int = 1) -> int:
    text = str(given.get(name, "")).strip() or str(default)
    if text.isascii() and text.isdigit() and len(text) <= 12 and int(text) >= smallest:
        return int(text)
    raise SettingRefused(f"{name} is {text[:40]!r}; write a whole number of at least {smallest}.")


def _one_of(given: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    word = str(given.get(name) or choices[0])
    if word not in choices:
        raise SettingRefused(f"{name} is {word[:40]!r}; write one of: {', '.join(choices)}.")
    return word


def _hashing(given: Mapping[str, Any], *, demo: bool, testing: bool) -> str:
    word = _one_of(given, "PASSWORD_HASHING", PASSWORD_HASHINGS)
    if word == "cheap" and not (demo or testing):
        raise SettingRefused("PASSWORD_HASHING=cheap is for tests and the demo only.")
    return word


def _mail(given: Mapping[str, Any]) -> dict[str, Any]:
    """The mail server and our address, from SMTP_URL or from the single settings."""
    url, host = str(given.get("SMTP_URL") or ""), str(given.get("SMTP_HOST") or "")
    sender = str(given.get("MAIL_FROM") or "")
    if not url and not host:
        return {"MAIL_FROM": sender}
    own = dict(given)
    if url:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port = "", None
        if not host or parts.scheme not in ("smtp", "smtps"):
            raise SettingRefused("SMTP_URL must look like smtp://user:password@mail.example.cn:587 or smtps://…")
        own["SMTP_PORT"] = port or own.get("SMTP_PORT")
        own["SMTP_USER"] = unquote(parts.username or "") or own.get("SMTP_USER")
        own["SMTP_PASSWORD"] = unquote(parts.password or "") or own.get("SMTP_PASSWORD")
        if parts.scheme == "smtps":
            own["SMTP_TLS"] = "tls"
    lock = _one_of(own, "SMTP_TLS", MAIL_LOCKS)
    if sender.count("@") != 1 or not sender.isascii() or not sender.isprintable() or set(sender) & set(' <>,;"\\'):
        raise SettingRefused("MAIL_FROM must be the plain address mails come from, such as gongfang@example.cn")
    return {
        "MAIL_FROM": sender,
        "SMTP_HOST": host,
        "SMTP_PORT": _number({**own, "SMTP_PORT": own.get("SMTP_PORT") or ""}, "SMTP_PORT", _MAIL_PORTS[lock]),
        "SMTP_USER": str(own.get("SMTP_USER") or ""),
        "SMTP_PASSWORD": str(own.get("SMTP_PASSWORD") or ""),
        "SMTP_TLS": lock,
    }


def _hosts(hosts: Any) -> tuple[str, ...]:
    if isinstance(hosts, str):
        hosts = [each.strip().lower() for each in hosts.split(",") if each.strip()]
    return tuple(hosts or ())


def _public_url(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingRefused("PUBLIC_URL must look like https://gongfang.example.cn")
    return url.rstrip("/")


def _trusted_hosts(hosts: Any, public_url: str | None) -> tuple[str, ...]:
    if isinstance(hosts, str):
        hosts = [each.strip() for each in hosts.split(",") if each.strip()]
    if hosts:
        return tuple(hosts)
    own = ["localhost", "127.0.0.1", "[::1]", socket.gethostname()]
    public = urlsplit(public_url or "").hostname
    return tuple(dict.fromkeys([*own, public] if public else own))


def _database_url(url: str, instance: Path) -> str:
    """The address as SQLAlchemy wants it; without one, a file in the instance folder."""
    if not url:
        _make_private_folder(instance)
        return f"sqlite:///{instance / 'gongfang.db'}"
    scheme, mark, rest = url.partition("://")
    if not mark or scheme.split("+")[0] not in (*_DRIVERS, "sqlite"):
        raise SettingRefused(
            "DATABASE_URL must begin with postgresql:// or sqlite:///; "
            "leave it out to keep everything in one file in the instance folder."
        )
    return f"{_DRIVERS.get(scheme, scheme)}://{rest}"


def _secret_key(key: str, instance: Path, *, demo: bool, testing: bool) -> str:
    if key and (len(key) >= SHORTEST_SECRET or testing):
        return key
    if testing:
        return secrets.token_hex()
    if demo and not key:
        return _demo_secret(instance)
    raise SettingRefused(
        f"SECRET_KEY must be set to at least {SHORTEST_SECRET} secret characters; "
        "one is made by: python -c 'import secrets; print(secrets.token_hex())'"
    )


def _demo_secret(instance: Path) -> str:
    """The demo's own random secret: made once, readable by its owner only. Two starts at once agree on one."""
    _make_private_folder(instance)
    place = instance / "secret_key"
    draft = instance / f".secret_key.{os.getpid()}.{secrets.token_hex(4)}"
    if not place.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex())
        try:
            os.link(draft, place)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return place.read_text(encoding="ascii")


def _make_private_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder == PROJECT / "instance" and folder.stat().st_uid == os.getuid():
            folder.chmod(0o700)  # it came with the checkout, open to everybody on the machine
    except OSError as error:
        raise SettingRefused(
            f"the instance folder {folder} cannot be made ({error.strerror}); set INSTANCE_PATH."
        ) from None
