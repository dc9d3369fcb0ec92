"""Passwords people may choose: length, not a well-known one, not themselves; and how old one may become."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from app.foundation.refusal import Reason

SHORTEST = 8
LONGEST = 200
"""Characters. ASVS 5.0 asks for at least 8 and for at least 64 to be allowed."""

OLDEST = timedelta(days=90)
"""等保二级's usual parameter."""

# Our own short list: what people type first, in Latin letters and in pinyin. Compared without case and end digits.
_LIST = """
password passwort passw0rd p@ssw0rd p@ssword pa55word passwords mypassword password1 newpassword secret secret1
letmein letmeinnow welcome welcome1 admin admin1 admin123 administrator root root123 rootroot user guest test
test123 testtest tester default changeme change-me please sesame opensesame whatever nothing trustno1 iloveyou
iloveu ilovechina lovelove princess sunshine football baseball basketball superman batman spiderman dragon monkey
shadow master michael jordan pokemon starwars computer internet windows samsung xiaomi huawei apple google
qwerty qwertyui qwertyuiop qwerty123 qwert123 asdfgh asdfghjk asdfghjkl zxcvbn zxcvbnm zxcvbnm1 qazwsx qazwsxedc
1qaz2wsx 1qaz@wsx 1q2w3e4r 1q2w3e4r5t q1w2e3r4 zaq12wsx zaq1xsw2 qwaszx asdfasdf asdf1234 qwer1234 abcd1234
abc123 abc12345 abc123456 abcdefg abcdefgh abcdefghi a1b2c3d4 aa123456 a123456 a1234567 a12345678 a123456789
1234qwer 123qwe 123qweasd 123456a 1234567a 12345678a 123456abc 123abc 123456aa qq123456 wang1234 woaini woaini1314
woaini520 woaiwojia 5201314 1314520 520520 nihao nihao123 nihaoma zhongguo zhongguo1 china china123 beijing
beijing2008 shanghai mima mima123 mimamima wodemima mimashi qwe123 qweasd qweasdzxc admin888 admin666 xuexiao
laoshi jiaoshi xuesheng student teacher student1 teacher1 school school1 shixun shiyan shixunshi gongfang
gongfang1 gongchang peixun zhiye zhiyeyuanxiao lianheti chanjiao jiaoyu yuanqu jidi shebei guanliyuan
superuser supervisor manager manager1 operator system oracle server mysql postgres public private service
"""
_WELL_KNOWN = frozenset(_LIST.split())
_CLASSES = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"), re.compile("[^a-zA-Z0-9]"))
_RUNS: tuple[str, ...] = (
    "0123456789012345678909876543210987654321",
    "abcdefghijklmnopqrstuvwxyzyxwvutsrqponmlkjihgfedcba",
)
_RUNS = (*_RUNS, "qwertyuiopasdfghjklzxcvbnm", "mnbvcxzlkjhgfdsapoiuytrewq")


@dataclass(frozen=True, slots=True)
class PasswordTooShort(Reason):
    """Fewer characters than `least`."""

    code: ClassVar[str] = "password_too_short"
    kind: ClassVar[str] = "invalid"
    least: int


@dataclass(frozen=True, slots=True)
class PasswordTooLong(Reason):
    """More characters than `most`."""

    code: ClassVar[str] = "password_too_long"
    kind: ClassVar[str] = "invalid"
    most: int


@dataclass(frozen=True, slots=True)
class PasswordWellKnown(Reason):
    """One of the passwords that are tried first, or a plain run or repetition of characters."""

    code: ClassVar[str] = "password_well_known"
    kind: ClassVar[str] = "invalid"


@dataclass(frozen=True, slots=True)
class PasswordIsTheirs(Reason):
    """It is the person's own name or e-mail, or little more."""

    code: ClassVar[str] = "password_is_theirs"
    kind: ClassVar[str] = "invalid"


@dataclass(frozen=True, slots=True)
class PasswordTooPlain(Reason):
    """等保二级: fewer than three of small letters, capitals, digits and other signs."""

    code: ClassVar[str] = "password_too_plain"
    kind: ClassVar[str] = "invalid"


@dataclass(frozen=True, slots=True)
class PasswordUnchanged(Reason):
    """The new password is the old one."""

    code: ClassVar[str] = "password_unchanged"
    kind: ClassVar[str] = "invalid"


@dataclass(frozen=True, slots=True)
class PasswordsDiffer(Reason):
    """It was not typed the same twice."""

    code: ClassVar[str] = "passwords_differ"
    kind: ClassVar[str] = "invalid"


def reasons_against(password: str, *, name: str, email: str, policy: str) -> list[Reason]:
    """Every reason why this person should not have this password; empty means she may."""
    reasons: list[Reason] = []
    if len(password) < SHORTEST:
        reasons.append(PasswordTooShort(SHORTEST))
    if len(password) > LONGEST:
        return [PasswordTooLong(LONGEST)]
    if is_well_known(password):
        reasons.append(PasswordWellKnown())
    if is_about(password, name, email):
        reasons.append(PasswordIsTheirs())
    if policy == "dengbao2" and sum(bool(each.search(password)) for each in _CLASSES) < 3:
        reasons.append(PasswordTooPlain())
    return reasons


def is_well_known(password: str) -> bool:
    """Whether it is on the list (also with digits or signs hung on), repeats a few characters, or is one run of keys."""
    plain = password.lower()
    bare = plain.strip("0123456789!@#$%^&*()-_=+.,?~ ")
    pieces = len(set(plain)) <= 3 or any(
        len(plain) % size == 0 and plain == plain[:size] * (len(plain) // size)
        for size in range(1, len(plain) // 3 + 1)
    )
    runs = any(plain in run for run in _RUNS) or (plain.isdigit() and _is_day(plain))
    return plain in _WELL_KNOWN or bare in _WELL_KNOWN or (plain != "" and (pieces or runs))


def is_about(password: str, name: str, email: str) -> bool:
    """Whether little is left of it without the person's own name, e-mail or its parts."""
    plain = password.lower()
    own = {name.lower(), email.lower(), *email.lower().split("@"), *re.split(r"[^\w]+", name.lower())}
    own |= set(re.split(r"[^\w]+", email.lower()))
    return any(len(each) >= 3 and each in plain and len(plain) - len(each) < 5 for each in own)


def is_too_old(set_at: datetime | None, policy: str, now: datetime) -> bool:
    """Whether the policy asks for a new password by now. By default none ever does (ASVS 5.0: no forced rotation)."""
    return policy == "dengbao2" and (set_at is None or now >= set_at + OLDEST)


def _is_day(digits: str) -> bool:
    """A day of birth such as 19900131, which is what many people type."""
    return (
        len(digits) == 8 and digits[:2] in ("19", "20") and 1 <= int(digits[4:6]) <= 12 and 1 <= int(digits[6:]) <= 31
    )
